//! The customers' rows of population snapshots: written bucket by bucket while a snapshot is taken,
//! sorted for its cut points, and read afterwards.
//!
//! Rows carry the id of their take ([`take`]); they count once a snapshot names it.

pub mod read;
pub mod take;

use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::keys;
use super::pool::Store;
use crate::engine::money::Micros;
use crate::engine::time::Instant;
use crate::ids::{BUCKETS, CustomerKey};

/// What was measured of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredRow {
    /// Which customer.
    pub key: CustomerKey,
    /// Measures by their numbers; `None` where the customer has none.
    pub measures: Vec<Option<Micros>>,
}

/// The segments of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentedRow {
    /// Which customer.
    pub key: CustomerKey,
    /// Segments by the numbers of their schemes; `None` where the customer is in none.
    pub segments: Vec<Option<i16>>,
}

/// In which order values come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueOrder {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// An array as PostgreSQL reads it from text: a statement takes a list of lists only so.
fn array_text<T: std::fmt::Display>(items: impl Iterator<Item = Option<T>>) -> String {
    let items: Vec<String> = items
        .map(|item| item.map_or_else(|| "NULL".to_owned(), |item| item.to_string()))
        .collect();
    format!("{{{}}}", items.join(","))
}

/// All buckets, for statements over a whole take: so they find its rows by the key.
pub(super) fn all_buckets() -> Vec<i32> {
    (0..BUCKETS).collect()
}

/// The place of a number that counts from 0 in an array that counts from 1.
pub(super) fn place(number: usize) -> i32 {
    i32::try_from(number).map_or(i32::MAX, |number| number + 1)
}

impl Store {
    /// Customers of some buckets in the order of bucket and id, after one of them; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customers_of_buckets(
        &self,
        tenant_id: &str,
        buckets: &[i32],
        after: &CustomerKey,
        limit: usize,
    ) -> Result<Vec<CustomerKey>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    "-- store::customers_of_buckets
                    SELECT bucket, customer_id
                    FROM customer_states
                    WHERE bucket = ANY($1) AND tenant_id = $2 AND (bucket, customer_id) > ($3, $4)
                    ORDER BY bucket, customer_id
                    LIMIT $5",
                    buckets,
                    tenant_id,
                    after.bucket,
                    after.customer_id,
                    limit as i64,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            })
            .collect())
    }

    /// When the newest fact of a tenant happened; `None` without any.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn newest_fact_at(&self, tenant_id: &str) -> Result<Option<Instant>, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::newest_fact_at
                    SELECT max(last_fact_at) AS "newest: Instant"
                    FROM customer_states
                    WHERE bucket = ANY($1) AND tenant_id = $2"#,
                    &all_buckets(),
                    tenant_id,
                )
                .fetch_one(pool)
                .await
            })
            .await?;
        Ok(row.newest)
    }

    /// The values of a measure of a take in order, one after the other; PostgreSQL sorts them, and
    /// nothing is gathered here.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn population_values(
        &self,
        tenant_id: &str,
        take_id: &str,
        axis: usize,
        order: ValueOrder,
        each: &mut (dyn FnMut(Micros) + Send),
    ) -> Result<(), StoreError> {
        let statement = match order {
            ValueOrder::Ascending => {
                "-- store::population_values: ascending
                SELECT measures[$4] AS value
                FROM population_rows
                WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $3::text::uuid
                    AND measures[$4] IS NOT NULL
                ORDER BY 1"
            }
            ValueOrder::Descending => {
                "-- store::population_values: descending
                SELECT measures[$4] AS value
                FROM population_rows
                WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $3::text::uuid
                    AND measures[$4] IS NOT NULL
                ORDER BY 1 DESC"
            }
        };
        let mut values = sqlx::query_scalar::<_, Micros>(statement)
            .bind(all_buckets())
            .bind(tenant_id)
            .bind(take_id)
            .bind(place(axis))
            .fetch(&self.pool);
        while let Some(value) = values.try_next().await? {
            each(value);
        }
        Ok(())
    }
}

/// Inserts rows of a take.
///
/// # Errors
///
/// When the store does not answer.
pub async fn population_rows_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    take_id: &str,
    rows: &[MeasuredRow],
) -> Result<(), StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| &row.key));
    let measures: Vec<String> = rows
        .iter()
        .map(|row| array_text(row.measures.iter().map(|value| value.map(|value| value.0))))
        .collect();
    sqlx::query!(
        "-- store::population_rows_insert_in_tx
        INSERT INTO population_rows (bucket, tenant_id, take_id, customer_id, measures)
        SELECT n.bucket, $1, $2::text::uuid, n.customer_id, n.measures::numeric(38,0)[]
        FROM unnest($3::integer[], $4::text[], $5::text[]) AS n (bucket, customer_id, measures)
        ON CONFLICT (bucket, tenant_id, take_id, customer_id) DO NOTHING",
        tenant_id,
        take_id,
        &buckets,
        &customers,
        &measures,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes the segments of rows of a take.
///
/// # Errors
///
/// When the store does not answer.
pub async fn population_segments_set_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    take_id: &str,
    rows: &[SegmentedRow],
) -> Result<(), StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| &row.key));
    let segments: Vec<String> = rows
        .iter()
        .map(|row| array_text(row.segments.iter().copied()))
        .collect();
    sqlx::query!(
        "-- store::population_segments_set_in_tx
        UPDATE population_rows AS r
        SET segments = n.segments::smallint[]
        FROM unnest($3::integer[], $4::text[], $5::text[]) AS n (bucket, customer_id, segments)
        WHERE r.bucket = n.bucket AND r.tenant_id = $1 AND r.take_id = $2::text::uuid
            AND r.customer_id = n.customer_id",
        tenant_id,
        take_id,
        &buckets,
        &customers,
        &segments,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_postgresql_reads_them() {
        let items = [Some(1), None, Some(-3)];
        assert_eq!(array_text(items.into_iter()), "{1,NULL,-3}");
        assert_eq!(array_text(std::iter::empty::<Option<i16>>()), "{}");
    }
}
