//! Cut points out of the measures of all customers, in the order PostgreSQL sorts them into.

use std::collections::BTreeMap;

use super::Take;
use super::rows::Measured;
use crate::app::error::AppError;
use crate::app::progress::{Progress, Teller};
use crate::engine::segment::CutPoints;
use crate::engine::segment::abc::{AbcBuilder, AbcCuts};
use crate::engine::segment::axis::Axis;
use crate::engine::segment::concentration::{Concentration, ConcentrationBuilder};
use crate::engine::segment::distribution::DistributionBuilder;
use crate::store::population::ValueOrder;

impl Take<'_> {
    /// Distributions, classes and concentration; `None` when `progress` said to stop.
    pub(super) async fn cut_points(
        &self,
        measured: &Measured,
        progress: Teller<'_>,
    ) -> Result<Option<(CutPoints, Concentration)>, AppError> {
        let store = &self.app.store;
        let tenant_id = &self.tenant.tenant_id;
        let mut distributions = BTreeMap::new();
        let mut concentration =
            ConcentrationBuilder::new(measured.values[Axis::Contribution.index()]);
        for (done, axis) in Axis::ALL.into_iter().enumerate() {
            if !progress(step(done, measured)) {
                return Ok(None);
            }
            let count = measured.values[axis.index()];
            if count == 0 {
                continue;
            }
            self.go_on().await?;
            let mut distribution = DistributionBuilder::new(count);
            let order = ValueOrder::Ascending;
            store
                .population_values(
                    tenant_id,
                    &self.take_id,
                    axis.index(),
                    order,
                    &mut |value| {
                        distribution.push(value.0);
                        if axis == Axis::Contribution {
                            concentration.push(value.0);
                        }
                    },
                )
                .await?;
            distributions.extend(distribution.finish().map(|found| (axis, found)));
        }
        if !progress(step(Axis::ALL.len(), measured)) {
            return Ok(None);
        }
        self.go_on().await?;
        let concentration = concentration.finish();
        let cuts = CutPoints {
            distributions,
            abc: self.abc(concentration.total).await?,
            has_models: self.has_models(),
        };
        Ok(Some((cuts, concentration)))
    }

    async fn abc(&self, total: i128) -> Result<AbcCuts, AppError> {
        let Some(segmentation) = self.policy.segmentation else {
            return Ok(AbcCuts::default());
        };
        let mut abc = AbcBuilder::new(
            total,
            segmentation.abc_a_percent,
            segmentation.abc_b_percent,
        );
        self.app
            .store
            .population_values(
                &self.tenant.tenant_id,
                &self.take_id,
                Axis::Contribution.index(),
                ValueOrder::Descending,
                &mut |value| abc.push(value.0),
            )
            .await?;
        Ok(abc.finish())
    }
}

fn step(axes_done: usize, measured: &Measured) -> Progress {
    let axes = u32::try_from(Axis::ALL.len() + 1).unwrap_or(u32::MAX);
    Progress {
        step: "finding cut points",
        done_share: f64::from(u32::try_from(axes_done).unwrap_or(axes)) / f64::from(axes),
        customers: measured.customers,
    }
}
