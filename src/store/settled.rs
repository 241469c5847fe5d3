//! When an instant of recording is settled: no write can still be recorded at or before it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::time::Instant;

/// Younger instants may still see writes come in: a write transaction comes to its commit within five
/// seconds, and the commit itself may take its time on a slow disk or replica.
const YOUNG_MICROS: i64 = 60_000_000;
/// How far beyond the database's clock an instant may lie and be waited for.
const SKEW_MICROS_MAX: i64 = 1_000_000;
/// How often and how long to look whether writes have ended.
const LOOKS_MAX: u32 = 1_200;
const LOOK_PAUSE: Duration = Duration::from_millis(5);

/// Whether an instant of recording can be answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing will be recorded at or before it any more.
    Yes,
    /// It lies in the future of the database's clock.
    Future,
    /// Writes under way have not ended in time.
    NotYet,
}

impl Store {
    /// Waits until nothing can be recorded at or before an instant any more. Takes no locks.
    ///
    /// First the database's clock must have passed the instant; a write that begins after that is
    /// recorded later. Then the writes under way at that moment must have ended.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn settled(&self, known_at: Instant) -> Result<Settled, StoreError> {
        let mut now = self.database_now().await?;
        if known_at > now.plus_micros(SKEW_MICROS_MAX) {
            return Ok(Settled::Future);
        }
        while now <= known_at {
            let wait = (known_at.as_micros() - now.as_micros() + 1).unsigned_abs();
            tokio::time::sleep(Duration::from_micros(wait)).await;
            now = self.database_now().await?;
        }
        if known_at < now.plus_micros(-YOUNG_MICROS) {
            return Ok(Settled::Yes);
        }
        let awaited = self.writes_under_way().await?;
        for _ in 0..LOOKS_MAX {
            let under_way = self.writes_under_way().await?;
            if awaited.is_disjoint(&under_way) {
                return Ok(Settled::Yes);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Ok(Settled::NotYet)
    }

    /// The database's clock.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn database_now(&self) -> Result<Instant, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::database_now
                        SELECT clock_timestamp() AS "now!: Instant""#
                )
                .fetch_one(pool)
                .await
            })
            .await?;
        Ok(row.now)
    }

    /// The transactions of this database that have begun to write.
    ///
    /// Each holds a lock on its own id from before its first write, and so from before its instant of
    /// recording. (The bounds of a snapshot do not tell: the newest transaction lies at or beyond them.)
    async fn writes_under_way(&self) -> Result<BTreeSet<String>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::writes_under_way
                    SELECT l.transactionid::text AS "transaction_id!"
                    FROM pg_locks AS l
                    JOIN pg_stat_activity AS a ON a.pid = l.pid
                    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                        AND a.datname = current_database()"#
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows.into_iter().map(|row| row.transaction_id).collect())
    }
}
