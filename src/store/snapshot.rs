//! Population snapshots as stored: what they rest on, their cut points and sums. Their rows are in
//! [`population`](super::population).

pub mod detail;

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::error::StoreError;
use super::tenant::{tenant_lock_in_tx, tenant_next_epoch_in_tx};
use crate::engine::money::Micros;
use crate::engine::segment::abc::AbcCuts;
use crate::engine::segment::axis::Axis;
use crate::engine::segment::concentration::Concentration;
use crate::engine::segment::distribution::Distribution;
use crate::engine::time::Instant;

/// Family of snapshots in their names.
pub const SNAPSHOT_FAMILY: &str = "snapshot";
/// What snapshots are in force as.
pub const SNAPSHOT_SLOT: &str = "population";

/// Number of a segment in [`SegmentSum`] for customers who are in none.
pub const NO_SEGMENT: i16 = -1;

/// A stored snapshot, without its cut points.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSnapshot {
    /// Number within the tenant; its name is snapshot/number.
    pub number: i32,
    /// Names its rows.
    pub take_id: String,
    /// What it rests on.
    pub basis: SnapshotBasis,
    /// How many customers it has.
    pub customers: i64,
    /// When it was stored.
    pub recorded_at: Instant,
}

/// The name of a snapshot, such as snapshot/3.
#[must_use]
pub fn snapshot_name(number: i32) -> String {
    format!("{SNAPSHOT_FAMILY}/{number}")
}

impl StoredSnapshot {
    /// Its name, such as snapshot/3.
    #[must_use]
    pub fn name(&self) -> String {
        snapshot_name(self.number)
    }

    /// Whether a purchase and a spend model were in force, so that what is expected was measured.
    #[must_use]
    pub fn has_models(&self) -> bool {
        self.basis.model_versions.len() == 2
    }
}

/// Everything a snapshot is a function of, beside the facts: equal bases give equal snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBasis {
    /// Facts that had happened by this instant count.
    pub as_of: Instant,
    /// Facts and definitions recorded by this instant count.
    pub known_at: Instant,
    /// The policy.
    pub policy_version: String,
    /// Names of the models in force, purchase before spend.
    pub model_versions: Vec<String>,
    /// Version of the arithmetic.
    pub engine_version: String,
}

/// A snapshot that was taken, before it has a number.
#[derive(Clone, Debug)]
pub struct TakenSnapshot {
    /// Names its rows.
    pub take_id: String,
    /// Hash of the rows and of what they rest on.
    pub fingerprint: Vec<u8>,
    /// What it rests on.
    pub basis: SnapshotBasis,
    /// How many customers it has.
    pub customers: i64,
    /// What follows from its rows.
    pub detail: SnapshotDetail,
}

/// What follows from the rows of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotDetail {
    /// How measures are distributed over the customers who have them.
    pub distributions: BTreeMap<Axis, Distribution>,
    /// Where the classes by value to date begin.
    pub abc: AbcCuts,
    /// How unequally the value to date is spread.
    pub concentration: Concentration,
    /// Customers and value of every segment that is not empty, by scheme and segment.
    pub segments: Vec<SegmentSum>,
}

/// Customers and value of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSum {
    /// Number of the scheme.
    pub scheme: i16,
    /// Number of the segment within it, or [`NO_SEGMENT`].
    pub segment: i16,
    /// Customers in it.
    pub customers: i64,
    /// Their value to date.
    pub value: Micros,
}

struct SnapshotRow {
    number: i32,
    take_id: String,
    as_of: Instant,
    known_at: Instant,
    policy_version: String,
    model_versions: Vec<String>,
    engine_version: String,
    customers: i64,
    recorded_at: Instant,
}

impl From<SnapshotRow> for StoredSnapshot {
    fn from(row: SnapshotRow) -> Self {
        Self {
            number: row.number,
            take_id: row.take_id,
            basis: SnapshotBasis {
                as_of: row.as_of,
                known_at: row.known_at,
                policy_version: row.policy_version,
                model_versions: row.model_versions,
                engine_version: row.engine_version,
            },
            customers: row.customers,
            recorded_at: row.recorded_at,
        }
    }
}

/// The snapshots of a tenant, oldest first.
pub(super) async fn snapshots_of(
    executor: impl sqlx::PgExecutor<'_>,
    tenant_id: &str,
) -> Result<Vec<StoredSnapshot>, sqlx::Error> {
    let rows = sqlx::query_as!(
        SnapshotRow,
        r#"-- store::snapshots_of
        SELECT
            number, take_id::text AS "take_id!", as_of AS "as_of: Instant",
            known_at AS "known_at: Instant", policy_version, model_versions, engine_version,
            customers, recorded_at AS "recorded_at: Instant"
        FROM population_snapshots
        WHERE tenant_id = $1
        ORDER BY number"#,
        tenant_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(StoredSnapshot::from).collect())
}

/// What came of storing a snapshot.
#[derive(Clone, Debug)]
pub enum Inserted {
    /// It is stored.
    New(StoredSnapshot),
    /// An equal one was stored before.
    Equal(StoredSnapshot),
}

/// Stores a snapshot under the next number of the tenant, unless an equal one is stored. `None` for a
/// tenant without facts.
///
/// # Errors
///
/// When the store does not answer.
pub async fn snapshot_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    taken: &TakenSnapshot,
) -> Result<Option<Inserted>, StoreError> {
    if !tenant_lock_in_tx(&mut *connection, tenant_id).await? {
        return Ok(None);
    }
    let equal = sqlx::query!(
        "-- store::snapshot_insert_in_tx: equal
        SELECT number
        FROM population_snapshots
        WHERE tenant_id = $1 AND fingerprint = $2",
        tenant_id,
        taken.fingerprint,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let stored = snapshots_of(&mut *connection, tenant_id).await?;
    if let Some(equal) = equal {
        let mut stored = stored.into_iter();
        let found = stored.find(|found| found.number == equal.number);
        return Ok(found.map(Inserted::Equal));
    }
    let newest = stored.last();
    let number = newest.map_or(1, |newest| newest.number + 1);
    let recorded_at = tenant_next_epoch_in_tx(&mut *connection, tenant_id).await?;
    let recorded_at = newest.map_or(recorded_at, |newest| {
        newest.recorded_at.plus_micros(1).max(recorded_at)
    });
    let (basis, detail) = (&taken.basis, &taken.detail);
    let (abc, concentration) = (&detail.abc, &detail.concentration);
    let lorenz: Vec<Micros> = concentration.lorenz.into_iter().map(Micros).collect();
    sqlx::query!(
        "-- store::snapshot_insert_in_tx
        INSERT INTO population_snapshots (
            tenant_id, number, take_id, fingerprint, as_of, known_at, policy_version,
            model_versions, engine_version, customers, value_micros, class_a_least_micros,
            class_b_least_micros, peak_micros, peak_customers, lorenz_micros, top_fifth_micros,
            half_differences_micros, recorded_at
        )
        VALUES (
            $1, $2, $3::text::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19
        )",
        tenant_id,
        number,
        taken.take_id,
        taken.fingerprint,
        basis.as_of as _,
        basis.known_at as _,
        basis.policy_version,
        &basis.model_versions,
        basis.engine_version,
        taken.customers,
        Micros(abc.total) as _,
        abc.a_at_least.map(Micros) as _,
        abc.b_at_least.map(Micros) as _,
        Micros(abc.peak) as _,
        abc.peak_customers as i64,
        lorenz as _,
        Micros(concentration.top_fifth_total) as _,
        Micros(concentration.half_differences) as _,
        recorded_at as _,
    )
    .execute(&mut *connection)
    .await?;
    distributions_insert_in_tx(&mut *connection, tenant_id, number, &detail.distributions).await?;
    segments_insert_in_tx(connection, tenant_id, number, &detail.segments).await?;
    Ok(Some(Inserted::New(StoredSnapshot {
        number,
        take_id: taken.take_id.clone(),
        basis: basis.clone(),
        customers: taken.customers,
        recorded_at,
    })))
}

async fn distributions_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    number: i32,
    distributions: &BTreeMap<Axis, Distribution>,
) -> Result<(), StoreError> {
    // One row a measure, of which there are few: arrays of arrays would have to be taken apart again.
    for (axis, distribution) in distributions {
        let percentiles: Vec<Micros> = distribution.percentiles.into_iter().map(Micros).collect();
        sqlx::query!(
            "-- store::distributions_insert_in_tx
            INSERT INTO population_distributions (
                tenant_id, number, axis, customers, minimum, maximum, percentiles
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            tenant_id,
            number,
            axis.index() as i16,
            distribution.count as i64,
            Micros(distribution.min) as _,
            Micros(distribution.max) as _,
            percentiles as _,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn segments_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    number: i32,
    segments: &[SegmentSum],
) -> Result<(), StoreError> {
    let schemes: Vec<i16> = segments.iter().map(|sum| sum.scheme).collect();
    let numbers: Vec<i16> = segments.iter().map(|sum| sum.segment).collect();
    let customers: Vec<i64> = segments.iter().map(|sum| sum.customers).collect();
    let values: Vec<Micros> = segments.iter().map(|sum| sum.value).collect();
    sqlx::query!(
        "-- store::segments_insert_in_tx
        INSERT INTO population_segments (
            tenant_id, number, scheme, segment, customers, value_micros
        )
        SELECT $1, $2, n.scheme, n.segment, n.customers, n.value
        FROM unnest($3::smallint[], $4::smallint[], $5::bigint[], $6::numeric[])
            AS n (scheme, segment, customers, value)",
        tenant_id,
        number,
        &schemes,
        &numbers,
        &customers,
        values as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
