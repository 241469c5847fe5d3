//! Reads what follows from the rows of a snapshot.

use std::collections::BTreeMap;

use super::super::error::StoreError;
use super::super::pool::Store;
use super::{SegmentSum, SnapshotDetail};
use crate::engine::money::Micros;
use crate::engine::segment::abc::AbcCuts;
use crate::engine::segment::axis::Axis;
use crate::engine::segment::concentration::{Concentration, LORENZ_POINTS};
use crate::engine::segment::distribution::{Distribution, PERCENTILES};

const CORRUPT: StoreError = StoreError::Corrupt {
    entity: "population snapshot",
};

/// A stored list of numbers, which has as many as it was written with.
fn numbers<const N: usize>(stored: Vec<Micros>) -> Result<[i128; N], StoreError> {
    let numbers: Vec<i128> = stored.into_iter().map(|number| number.0).collect();
    numbers.try_into().map_err(|_| CORRUPT)
}

fn count(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| CORRUPT)
}

impl Store {
    /// What follows from the rows of a stored snapshot; `None` if there is none of that number.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn snapshot_detail(
        &self,
        tenant_id: &str,
        number: i32,
    ) -> Result<Option<SnapshotDetail>, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::snapshot_detail
                    SELECT
                        customers, value_micros AS "value: Micros",
                        class_a_least_micros AS "class_a_least: Micros",
                        class_b_least_micros AS "class_b_least: Micros",
                        peak_micros AS "peak: Micros", peak_customers,
                        lorenz_micros AS "lorenz: Vec<Micros>",
                        top_fifth_micros AS "top_fifth: Micros",
                        half_differences_micros AS "half_differences: Micros"
                    FROM population_snapshots
                    WHERE tenant_id = $1 AND number = $2"#,
                    tenant_id,
                    number,
                )
                .fetch_optional(pool)
                .await
            })
            .await?;
        let Some(row) = row else { return Ok(None) };
        let abc = AbcCuts {
            total: row.value.0,
            a_at_least: row.class_a_least.map(|least| least.0),
            b_at_least: row.class_b_least.map(|least| least.0),
            peak: row.peak.0,
            peak_customers: count(row.peak_customers)?,
        };
        let concentration = Concentration {
            count: count(row.customers)?,
            total: row.value.0,
            positive_total: row.peak.0,
            lorenz: numbers::<LORENZ_POINTS>(row.lorenz)?,
            top_fifth_total: row.top_fifth.0,
            half_differences: row.half_differences.0,
        };
        Ok(Some(SnapshotDetail {
            distributions: self.snapshot_distributions(tenant_id, number).await?,
            abc,
            concentration,
            segments: self.snapshot_segments(tenant_id, number).await?,
        }))
    }

    async fn snapshot_distributions(
        &self,
        tenant_id: &str,
        number: i32,
    ) -> Result<BTreeMap<Axis, Distribution>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::snapshot_distributions
                    SELECT
                        axis, customers, minimum AS "minimum: Micros",
                        maximum AS "maximum: Micros", percentiles AS "percentiles: Vec<Micros>"
                    FROM population_distributions
                    WHERE tenant_id = $1 AND number = $2"#,
                    tenant_id,
                    number,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                let axis = usize::try_from(row.axis).ok();
                let axis = axis.and_then(|axis| Axis::ALL.get(axis)).ok_or(CORRUPT)?;
                let distribution = Distribution {
                    count: count(row.customers)?,
                    min: row.minimum.0,
                    max: row.maximum.0,
                    percentiles: numbers::<PERCENTILES>(row.percentiles)?,
                };
                Ok((*axis, distribution))
            })
            .collect()
    }

    async fn snapshot_segments(
        &self,
        tenant_id: &str,
        number: i32,
    ) -> Result<Vec<SegmentSum>, StoreError> {
        self.read(|pool| async move {
            sqlx::query_as!(
                SegmentSum,
                r#"-- store::snapshot_segments
                SELECT scheme, segment, customers, value_micros AS "value: Micros"
                FROM population_segments
                WHERE tenant_id = $1 AND number = $2
                ORDER BY scheme, segment"#,
                tenant_id,
                number,
            )
            .fetch_all(pool)
            .await
        })
        .await
    }
}
