//! Takes: snapshots being taken, and what remains of those that were not finished.
//!
//! A take's row says that its rows are somebody's work in progress. Whoever adds to them moves the
//! take's row in the same transaction, and whoever removes them marks it first: so nothing is added
//! to what is being removed.

use sqlx::PgConnection;

use super::super::error::StoreError;
use super::super::pool::Store;
use crate::engine::time::Instant;
use crate::ids::BUCKETS;

/// A take that has not gone on for so long is abandoned: its process is gone.
const IDLE_SECONDS_MAX: f64 = 600.0;
/// Buckets whose rows are removed in one transaction.
const BUCKETS_AT_A_TIME: usize = 16;

impl Store {
    /// Begins a take and answers its id.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn population_take_begin(&self, tenant_id: &str) -> Result<String, StoreError> {
        let tenant_id = tenant_id.to_owned();
        self.run_tx("population_take_begin", move |connection| {
            let tenant_id = tenant_id.clone();
            Box::pin(async move {
                let row = sqlx::query!(
                    r#"-- store::population_take_begin
                    INSERT INTO population_takes (
                        tenant_id, take_id, is_abandoned, started_at, moved_at
                    )
                    VALUES ($1, gen_random_uuid(), false, clock_timestamp(), clock_timestamp())
                    RETURNING take_id::text AS "take_id!""#,
                    tenant_id,
                )
                .fetch_one(connection)
                .await?;
                Ok::<_, StoreError>(row.take_id)
            })
        })
        .await
    }

    /// Takes of a tenant that nobody goes on with.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn population_takes_abandoned(
        &self,
        tenant_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::population_takes_abandoned
                    SELECT take_id::text AS "take_id!"
                    FROM population_takes
                    WHERE tenant_id = $1
                        AND (
                            is_abandoned
                            OR moved_at < clock_timestamp() - make_interval(secs => $2)
                        )
                    ORDER BY started_at, take_id"#,
                    tenant_id,
                    IDLE_SECONDS_MAX,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows.into_iter().map(|row| row.take_id).collect())
    }

    /// Removes a take and its rows, unless a snapshot names it by now.
    ///
    /// # Errors
    ///
    /// When the store does not answer; what is left is then found by the next take.
    pub async fn population_take_discard(
        &self,
        tenant_id: &str,
        take_id: &str,
    ) -> Result<(), StoreError> {
        if !self.population_take_abandon(tenant_id, take_id).await? {
            return Ok(());
        }
        let buckets: Vec<i32> = (0..BUCKETS).collect();
        for some in buckets.chunks(BUCKETS_AT_A_TIME) {
            let (tenant_id, take_id) = (tenant_id.to_owned(), take_id.to_owned());
            let some = some.to_vec();
            self.run_tx("population_take_discard", move |connection| {
                let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
                let some = some.clone();
                Box::pin(async move {
                    sqlx::query!(
                        "-- store::population_take_discard: rows
                        DELETE FROM population_rows
                        WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $3::text::uuid",
                        &some,
                        tenant_id,
                        take_id,
                    )
                    .execute(connection)
                    .await?;
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
        }
        let (tenant_id, take_id) = (tenant_id.to_owned(), take_id.to_owned());
        self.run_tx("population_take_discard", move |connection| {
            let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
            Box::pin(async move {
                sqlx::query!(
                    "-- store::population_take_discard: take
                    DELETE FROM population_takes
                    WHERE tenant_id = $1 AND take_id = $2::text::uuid AND is_abandoned",
                    tenant_id,
                    take_id,
                )
                .execute(connection)
                .await?;
                Ok::<_, StoreError>(())
            })
        })
        .await
    }

    /// Marks a take so that nothing is added to it any more; answers whether there is such a take.
    async fn population_take_abandon(
        &self,
        tenant_id: &str,
        take_id: &str,
    ) -> Result<bool, StoreError> {
        let (tenant_id, take_id) = (tenant_id.to_owned(), take_id.to_owned());
        self.run_tx("population_take_abandon", move |connection| {
            let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
            Box::pin(async move {
                let marked = sqlx::query!(
                    "-- store::population_take_abandon
                    UPDATE population_takes
                    SET is_abandoned = true
                    WHERE tenant_id = $1 AND take_id = $2::text::uuid",
                    tenant_id,
                    take_id,
                )
                .execute(connection)
                .await?;
                Ok::<_, StoreError>(marked.rows_affected() > 0)
            })
        })
        .await
    }
}

/// Notes that a take goes on, and locks it; answers whether it may.
///
/// The clock is read on its own: Citus refuses an update of a table that every node holds whole where
/// each node would read its own.
///
/// # Errors
///
/// When the store does not answer.
pub async fn population_take_move_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    take_id: &str,
) -> Result<bool, StoreError> {
    let clock = sqlx::query!(
        r#"-- store::population_take_move_in_tx: clock
        SELECT clock_timestamp() AS "now!: Instant""#
    )
    .fetch_one(&mut *connection)
    .await?;
    let moved = sqlx::query!(
        "-- store::population_take_move_in_tx
        UPDATE population_takes
        SET moved_at = $3
        WHERE tenant_id = $1 AND take_id = $2::text::uuid AND NOT is_abandoned",
        tenant_id,
        take_id,
        clock.now as _,
    )
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() > 0)
}

/// Ends a take whose rows a snapshot names from now on.
///
/// # Errors
///
/// When the store does not answer.
pub async fn population_take_end_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    take_id: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- store::population_take_end_in_tx
        DELETE FROM population_takes
        WHERE tenant_id = $1 AND take_id = $2::text::uuid",
        tenant_id,
        take_id,
    )
    .execute(connection)
    .await?;
    Ok(())
}
