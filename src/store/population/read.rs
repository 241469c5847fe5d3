//! Reads of a snapshot's rows.

use std::collections::BTreeMap;

use super::super::error::StoreError;
use super::super::pool::Store;
use super::place;
use crate::engine::money::Micros;
use crate::engine::segment::Scheme;
use crate::ids::{BUCKETS, CustomerKey};

/// Buckets looked through in one statement for members of a segment.
const BUCKETS_AT_A_TIME: usize = 64;

/// A customer's row of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationRow {
    /// Which customer.
    pub key: CustomerKey,
    /// Measures by their numbers; `None` where the customer has none.
    pub measures: Vec<Option<Micros>>,
    /// Segments by the numbers of their schemes; `None` where the customer is in none.
    pub segments: Vec<Option<i16>>,
}

/// Members of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Members<'m> {
    /// The take of the snapshot.
    pub take_id: &'m str,
    /// The scheme.
    pub scheme: Scheme,
    /// Number of the segment; `None` for all customers who are in one.
    pub segment: Option<i16>,
}

/// How many customers stood where in two snapshots; `None` for those who are not in one of them.
pub type Moves = BTreeMap<(Option<Vec<Option<i16>>>, Option<Vec<Option<i16>>>), i64>;

#[derive(sqlx::FromRow)]
struct Row {
    bucket: i32,
    customer_id: String,
    measures: Vec<Option<Micros>>,
    segments: Option<Vec<Option<i16>>>,
}

impl From<Row> for PopulationRow {
    fn from(row: Row) -> Self {
        Self {
            key: CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            },
            measures: row.measures,
            segments: row.segments.unwrap_or_default(),
        }
    }
}

impl Store {
    /// Members of a segment in the order of bucket and id, after one of them; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn population_members(
        &self,
        tenant_id: &str,
        members: Members<'_>,
        after: Option<&CustomerKey>,
        limit: usize,
    ) -> Result<Vec<PopulationRow>, StoreError> {
        let (mut bucket, mut customer_id) = match after {
            Some(key) => (key.bucket, key.customer_id.as_str()),
            None => (0, ""),
        };
        let mut found: Vec<PopulationRow> = Vec::new();
        while bucket < BUCKETS && found.len() < limit {
            let some: &Vec<i32> = &(bucket..BUCKETS).take(BUCKETS_AT_A_TIME).collect();
            let wanted = (limit - found.len()) as i64;
            let rows = self
                .read(|pool| async move {
                    sqlx::query_as::<_, Row>(
                        "-- store::population_members
                        SELECT bucket, customer_id, measures, segments
                        FROM population_rows
                        WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $3::text::uuid
                            AND (bucket, customer_id) > ($4, $5)
                            AND segments[$6] IS NOT NULL AND segments[$6] = coalesce($7, segments[$6])
                        ORDER BY bucket, customer_id
                        LIMIT $8",
                    )
                    .bind(some)
                    .bind(tenant_id)
                    .bind(members.take_id)
                    .bind(bucket)
                    .bind(customer_id)
                    .bind(place(members.scheme.index()))
                    .bind(members.segment)
                    .bind(wanted)
                    .fetch_all(pool)
                    .await
                })
                .await?;
            found.extend(rows.into_iter().map(PopulationRow::from));
            bucket = some.last().map_or(BUCKETS, |last| last + 1);
            customer_id = "";
        }
        Ok(found)
    }

    /// How many customers of some buckets stood where in two snapshots.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn population_moves(
        &self,
        tenant_id: &str,
        takes: (&str, &str),
        buckets: &[i32],
    ) -> Result<Moves, StoreError> {
        type Pair = (Option<Vec<Option<i16>>>, Option<Vec<Option<i16>>>, i64);
        let rows = self
            .read(|pool| async move {
                sqlx::query_as::<_, Pair>(
                    "-- store::population_moves
                    SELECT f.segments, t.segments, count(*)
                    FROM (
                        SELECT bucket, customer_id, segments FROM population_rows
                        WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $3::text::uuid
                    ) AS f
                    FULL JOIN (
                        SELECT bucket, customer_id, segments FROM population_rows
                        WHERE bucket = ANY($1) AND tenant_id = $2 AND take_id = $4::text::uuid
                    ) AS t ON t.bucket = f.bucket AND t.customer_id = f.customer_id
                    GROUP BY f.segments, t.segments",
                )
                .bind(buckets)
                .bind(tenant_id)
                .bind(takes.0)
                .bind(takes.1)
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|(from, to, customers)| ((from, to), customers))
            .collect())
    }
}
