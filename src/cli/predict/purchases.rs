//! What a model of purchases or renewals predicts, row by row.

use super::Line;
use crate::cli::failure::WrongUsage;
use crate::engine::age_table::AgeTable;
use crate::engine::numeric::blocks::{Threads, map};
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// Rows that one thread takes at a time.
const BLOCK_ROWS: usize = 1_024;

/// How far a prediction looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) horizon: f64,
    pub(super) discount_rate: Option<f64>,
    /// The largest number of purchases whose probability is asked for.
    pub(super) counts: Option<u32>,
    pub(super) threads: Threads,
}

impl Look {
    /// Refuses a horizon or a rate that the model refuses; `nobody` is a history of no length.
    pub(super) fn check<M: PurchaseModel>(
        &self,
        model: &M,
        nobody: &M::Statistics,
    ) -> Result<(), WrongUsage> {
        let usage = |error| WrongUsage(format!("{error}"));
        model
            .expected_purchases(nobody, self.horizon)
            .map_err(usage)?;
        if let Some(rate) = self.discount_rate {
            model.residual_purchases(nobody, rate).map_err(usage)?;
        }
        Ok(())
    }

    /// Expected and residual purchases of somebody who is alive.
    fn if_alive<M: PurchaseModel>(&self, model: &M, row: &M::Statistics) -> [f64; 2] {
        let residual = |rate| model.discounted_purchases_if_alive(row, f64::INFINITY, rate);
        [
            model.purchases_if_alive(row, self.horizon),
            self.discount_rate.map_or(0.0, residual),
        ]
    }

    /// Predicts rows of a model of discrete periods.
    pub(super) fn periods<M>(&self, model: &M, rows: &[Weighted<M::Statistics>]) -> Vec<Line>
    where
        M: PurchaseModel<Statistics: Sync> + Sync,
    {
        self.lines(model, rows, |row| self.if_alive(model, row))
    }

    /// Predicts rows of a model of continuous time, which is analytic but for ages below −`scale`.
    pub(super) fn histories<M>(
        &self,
        model: &M,
        scale: f64,
        rows: &[Weighted<PurchaseStatistics>],
    ) -> Vec<Line>
    where
        M: PurchaseModel<Statistics = PurchaseStatistics> + Sync,
    {
        let exact = |row: &_| self.if_alive(model, row);
        let table = AgeTable::new(scale, rows, self.threads, exact);
        self.lines(model, rows, |row| {
            table.get(row).unwrap_or_else(|| exact(row))
        })
    }

    fn lines<M>(
        &self,
        model: &M,
        rows: &[Weighted<M::Statistics>],
        if_alive: impl Fn(&M::Statistics) -> [f64; 2] + Sync,
    ) -> Vec<Line>
    where
        M: PurchaseModel<Statistics: Sync> + Sync,
    {
        let line = |row: &M::Statistics| {
            let alive = model.probability_alive(row);
            let [expected, residual] = if_alive(row).map(|if_alive| alive * if_alive);
            Line {
                numbers: vec![
                    Some(alive),
                    Some(expected),
                    self.discount_rate.map(|_| residual),
                    Some(model.log_likelihood(row)),
                ],
                log_counts: self.log_counts(model, row),
            }
        };
        let blocks: Vec<&[Weighted<M::Statistics>]> = rows.chunks(BLOCK_ROWS).collect();
        let lines = map(&blocks, self.threads, |block| -> Vec<Line> {
            block.iter().map(|weighted| line(&weighted.row)).collect()
        });
        lines.into_iter().flatten().collect()
    }

    fn log_counts<M: PurchaseModel>(&self, model: &M, row: &M::Statistics) -> Vec<f64> {
        let Some(last) = self.counts else {
            return Vec::new();
        };
        let log_probability = |count| {
            // The horizon is checked already.
            let found = model.log_probability_of_count(row, self.horizon, count);
            found.unwrap_or(f64::NAN)
        };
        (0..=last).map(log_probability).collect()
    }
}
