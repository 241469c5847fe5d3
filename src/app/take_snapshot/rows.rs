//! The two passes over the customers: what they measure, and where they belong.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Take, take_go_on_in_tx};
use crate::app::error::AppError;
use crate::app::everybody::{CHUNK, Pass};
use crate::app::progress::{Progress, Teller};
use crate::app::segment::YIELD_EVERY;
use crate::engine::money::Micros;
use crate::engine::segment::axis::Axis;
use crate::engine::segment::scheme::Scheme;
use crate::engine::segment::{Context, CutPoints, Measures, segment_of};
use crate::ids::CustomerKey;
use crate::store::population::{
    MeasuredRow, SegmentedRow, population_rows_insert_in_tx, population_segments_set_in_tx,
};
use crate::store::snapshot::{NO_SEGMENT, SegmentSum};

/// What the first pass counted.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// Customers measured.
    pub(super) customers: i64,
    /// How many have each measure, by [`Axis::index`].
    pub(super) values: [u64; Axis::ALL.len()],
}

/// What the second pass added up.
#[derive(Debug, Default)]
pub(super) struct Segmented {
    rows: Sha256,
    sums: BTreeMap<(i16, i16), (i64, Micros)>,
}

impl Segmented {
    fn take_in(&mut self, measures: &[Option<Micros>], row: &SegmentedRow) {
        let customer_id = row.key.customer_id.as_bytes();
        self.rows.update((customer_id.len() as u64).to_be_bytes());
        self.rows.update(customer_id);
        for value in measures {
            self.rows.update([u8::from(value.is_some())]);
            self.rows.update(value.unwrap_or_default().0.to_be_bytes());
        }
        let value = measures.get(Axis::Contribution.index());
        let value = value.copied().flatten().unwrap_or_default();
        for (scheme, segment) in (0..).zip(&row.segments) {
            let segment = segment.unwrap_or(NO_SEGMENT);
            self.rows.update(segment.to_be_bytes());
            let (customers, sum) = self.sums.entry((scheme, segment)).or_default();
            *customers += 1;
            *sum += value;
        }
    }

    /// Hash of all rows in the order of their keys.
    pub(super) fn rows_hash(&self) -> Vec<u8> {
        self.rows.clone().finalize().to_vec()
    }

    /// Customers and value of every segment that is not empty.
    pub(super) fn sums(&self) -> Vec<SegmentSum> {
        let sums = self.sums.iter();
        sums.map(|((scheme, segment), (customers, value))| SegmentSum {
            scheme: *scheme,
            segment: *segment,
            customers: *customers,
            value: *value,
        })
        .collect()
    }
}

impl Take<'_> {
    /// Measures every customer that the view knows; `None` when `progress` said to stop.
    pub(super) async fn measure(&self, progress: Teller<'_>) -> Result<Option<Measured>, AppError> {
        let mut measured = Measured::default();
        let mut pass = Pass::start();
        loop {
            if !progress(step("measuring", &pass, measured.customers)) {
                return Ok(None);
            }
            let tenant_id = &self.tenant.tenant_id;
            let keys = self.app.next_customers(tenant_id, &mut pass, CHUNK).await?;
            if keys.is_empty() {
                return Ok(Some(measured));
            }
            let rows: Vec<MeasuredRow> = self
                .measures(keys)
                .await?
                .into_iter()
                .map(|(key, measures)| MeasuredRow {
                    measures: self.values(&measures),
                    key,
                })
                .collect();
            for row in &rows {
                measured.customers += 1;
                for (count, value) in measured.values.iter_mut().zip(&row.measures) {
                    *count += u64::from(value.is_some());
                }
            }
            self.insert(rows).await?;
        }
    }

    /// Finds the segments of every customer; `None` when `progress` said to stop.
    pub(super) async fn segment(
        &self,
        cuts: &CutPoints,
        progress: Teller<'_>,
    ) -> Result<Option<Segmented>, AppError> {
        let context = Context {
            policy: &self.policy,
            cut_points: Some(cuts),
            // Of its own instant it is the newest.
            newest_cut_points: Some(cuts),
            models: self.models(),
            currency: self.tenant.base_currency,
        };
        let mut segmented = Segmented::default();
        let mut customers = 0;
        let mut pass = Pass::start();
        loop {
            if !progress(step("finding segments", &pass, customers)) {
                return Ok(None);
            }
            let tenant_id = &self.tenant.tenant_id;
            let keys = self.app.next_customers(tenant_id, &mut pass, CHUNK).await?;
            if keys.is_empty() {
                return Ok(Some(segmented));
            }
            let mut rows = Vec::with_capacity(keys.len());
            for (place, (key, measures)) in self.measures(keys).await?.into_iter().enumerate() {
                if place % YIELD_EVERY == 0 {
                    tokio::task::yield_now().await;
                }
                let at = measures.now();
                let segments = Scheme::ALL.map(|scheme| {
                    let segment = segment_of(scheme, &at, &context).ok()?;
                    i16::try_from(segment).ok()
                });
                let row = SegmentedRow {
                    segments: segments.to_vec(),
                    key,
                };
                segmented.take_in(&self.values(&measures), &row);
                rows.push(row);
            }
            customers += rows.len() as i64;
            self.set_segments(rows).await?;
        }
    }

    /// The measures of those customers whom the view knows and who have a fact by then.
    async fn measures(
        &self,
        keys: Vec<CustomerKey>,
    ) -> Result<Vec<(CustomerKey, Measures)>, AppError> {
        let measured = self
            .app
            .measures(self.tenant, &keys, self.view, self.models(), &self.policy)
            .await?;
        let has_facts = |measures: &Measures| measures.observed.own.is_some();
        Ok(keys
            .into_iter()
            .zip(measured)
            .filter_map(|(key, measures)| Some((key, measures.filter(has_facts)?)))
            .collect())
    }

    /// Values on all axes, by [`Axis::index`].
    fn values(&self, measures: &Measures) -> Vec<Option<Micros>> {
        let value = |axis| measures.axis(axis, &self.policy).map(Micros);
        Axis::ALL.map(value).to_vec()
    }

    async fn insert(&self, rows: Vec<MeasuredRow>) -> Result<(), AppError> {
        let (tenant_id, take_id) = (self.tenant.tenant_id.clone(), self.take_id.clone());
        let rows = Arc::new(rows);
        self.app
            .store
            .run_tx("take_snapshot", move |connection| {
                let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
                let rows = rows.clone();
                Box::pin(async move {
                    take_go_on_in_tx(connection, &tenant_id, &take_id).await?;
                    population_rows_insert_in_tx(connection, &tenant_id, &take_id, &rows).await?;
                    Ok::<_, AppError>(())
                })
            })
            .await
    }

    async fn set_segments(&self, rows: Vec<SegmentedRow>) -> Result<(), AppError> {
        let (tenant_id, take_id) = (self.tenant.tenant_id.clone(), self.take_id.clone());
        let rows = Arc::new(rows);
        self.app
            .store
            .run_tx("take_snapshot", move |connection| {
                let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
                let rows = rows.clone();
                Box::pin(async move {
                    take_go_on_in_tx(connection, &tenant_id, &take_id).await?;
                    population_segments_set_in_tx(connection, &tenant_id, &take_id, &rows).await?;
                    Ok::<_, AppError>(())
                })
            })
            .await
    }
}

fn step(name: &'static str, pass: &Pass, customers: i64) -> Progress {
    Progress {
        step: name,
        done_share: pass.done_share(),
        customers,
    }
}
