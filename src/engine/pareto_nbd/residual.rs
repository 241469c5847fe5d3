//! Residual purchases of many customers at one discount rate.
//!
//! The time that a living customer is expected to stay, discounted, depends on the history only
//! through the age: a Chebyshev interpolant in ln(1 + T/β), a segment of which is made when first
//! asked for. What it holds depends on nothing that was asked before.

use std::sync::OnceLock;

use super::{ParetoNbd, discounted_stay};
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::segments::Segments;
use crate::engine::purchase_model::{ForecastError, PurchaseModel, residual_rate_checked};
use crate::engine::statistics::PurchaseStatistics;

/// Longest segment: half of it is to half of the strip without singularities as 1 to 2.5, which
/// leaves an error of 5.2⁻¹⁸ = 1e-13.
const SEGMENT_MAX: f64 = 1.25;

/// A model and a discount rate, prepared for many customers up to an age.
#[derive(Debug, Clone)]
pub struct ParetoNbdResidual {
    model: ParetoNbd,
    discount_rate: f64,
    age_max: f64,
    segments: Segments,
    tables: Vec<OnceLock<[f64; chebyshev::POINTS]>>,
}

impl ParetoNbdResidual {
    /// Prepares for customers up to an age; older ones are computed directly.
    ///
    /// # Units
    ///
    /// - `discount_rate_continuous` (δ): 1/time, `0 < δ < ∞`
    /// - `age_max`: time, `0 ≤ T < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError`] as [`PurchaseModel::residual_purchases`].
    pub fn new(
        model: ParetoNbd,
        discount_rate_continuous: f64,
        age_max: f64,
    ) -> Result<Self, ForecastError> {
        let segments = Segments::new(1.0 / model.beta, age_max, SEGMENT_MAX);
        Ok(Self {
            model,
            discount_rate: residual_rate_checked(discount_rate_continuous)?,
            age_max,
            tables: (0..segments.count()).map(|_| OnceLock::new()).collect(),
            segments,
        })
    }

    /// Discounted purchases of an unlimited future: [`PurchaseModel::residual_purchases`], to 1e-11
    /// relative.
    #[must_use]
    pub fn purchases(&self, statistics: &PurchaseStatistics) -> f64 {
        let age = statistics.age();
        let tabulated = || {
            let (segment, local) = self.segments.locate(age);
            let table = self.tables.get(segment).filter(|_| age <= self.age_max)?;
            let stays = || {
                self.segments
                    .points()
                    .get(segment)
                    .map(|ages| self.stays(ages))
            };
            let table = table.get_or_init(|| stays().unwrap_or_default());
            Some(chebyshev::evaluate(table, local))
        };
        let stay = tabulated().unwrap_or_else(|| self.stay(age));
        let if_alive = self.model.rate_if_alive(statistics) * stay;
        self.model.probability_alive(statistics) * if_alive
    }

    fn stays(&self, ages: &[f64; chebyshev::POINTS]) -> [f64; chebyshev::POINTS] {
        chebyshev::coefficients(&ages.map(|age| self.stay(age)))
    }

    fn stay(&self, age: f64) -> f64 {
        let ParetoNbd { s, beta, .. } = self.model;
        discounted_stay(s, beta + age, f64::INFINITY, self.discount_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_match_the_integral() {
        for (s, beta) in [(0.606, 11.669), (1.0, 1e-3), (40.0, 0.2), (0.02, 3e4)] {
            let model = ParetoNbd::new(0.553, 10.578, s, beta).unwrap();
            for rate in [1e-5, 0.0018, 0.3] {
                let residual = ParetoNbdResidual::new(model, rate, 5_218.0).unwrap();
                for age in [0.1, 3.0, 38.9, 600.0, 5_218.0, 1e6] {
                    let statistics = PurchaseStatistics::new(2.0, age, age).unwrap();
                    let found = residual.purchases(&statistics);
                    let expected = model.residual_purchases(&statistics, rate).unwrap();
                    let error = ((found - expected) / expected).abs();
                    assert!(error < 1e-10, "{error:e}: {model:?} {rate} {age}");
                }
            }
        }
    }

    #[test]
    fn an_unlimited_future_without_discount_is_refused() {
        let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
        for rate in [0.0, -0.1, f64::NAN] {
            assert!(ParetoNbdResidual::new(model, rate, 1.0).is_err());
        }
    }
}
