//! Residual purchases of many customers at one discount rate.
//!
//! Given that a customer is alive, the discounted purchases of an unlimited future depend on the
//! history only through the frequency x and z = δ·(α + T). For each frequency they are tabulated as
//! Chebyshev interpolants in ln z, when first asked for: in ln z they are analytic in the strip
//! |Im ln z| < π and bounded in half of it. What a table holds depends on nothing that was asked
//! before.

use std::sync::OnceLock;

use super::BgNbd;
use super::scorer::frequency_index;
use crate::engine::numeric::beta_rule::LogitGrid;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::{exp, exp_m1, ln, ln_1p};
use crate::engine::purchase_model::{ForecastError, PurchaseModel, residual_rate_checked};
use crate::engine::statistics::PurchaseStatistics;

/// Frequencies 0, 1, … whose tables are kept; of others each customer costs a millisecond.
const FREQUENCIES: u32 = 128;
/// Longest segment of ln z: half of it is to the strip's half-width as 1 to 2.5, which leaves an
/// error of 5.2⁻¹⁸ = 1e-13.
const SEGMENT_MAX: f64 = 1.25;

/// A model and a discount rate, prepared for many customers up to an age.
#[derive(Debug, Clone)]
pub struct BgNbdResidual {
    model: BgNbd,
    discount_rate: f64,
    age_max: f64,
    /// Of T/α: ln(1 + T/α) is ln z but for a constant.
    segments: Segments,
    waits: Waits,
    /// Weights of the waits at each point of each segment.
    rows: Vec<Vec<f64>>,
    /// A frequency's interpolants of K, one a segment.
    tables: Vec<OnceLock<Vec<[f64; chebyshev::POINTS]>>>,
}

impl BgNbdResidual {
    /// Prepares what all frequencies share; a frequency's table costs about a millisecond when it is
    /// first asked for.
    ///
    /// # Units
    ///
    /// - `discount_rate_continuous` (δ): 1/time, `0 < δ < ∞`
    /// - `age_max`: time, `0 ≤ T < ∞`; older customers are computed directly
    ///
    /// # Errors
    ///
    /// [`ForecastError`] as [`PurchaseModel::residual_purchases`].
    pub fn new(
        model: BgNbd,
        discount_rate_continuous: f64,
        age_max: f64,
    ) -> Result<Self, ForecastError> {
        let discount_rate = residual_rate_checked(discount_rate_continuous)?;
        let segments = Segments::new(1.0, age_max / model.alpha, SEGMENT_MAX);
        let youngest = discount_rate * model.alpha;
        let oldest = discount_rate * (model.alpha + age_max);
        let shape_max = model.r + f64::from(FREQUENCIES);
        let waits = Waits::new(youngest, oldest, shape_max);
        let ages = segments.points();
        let decays = ages.as_flattened().iter().map(|age| youngest * (1.0 + age));
        Ok(Self {
            model,
            discount_rate,
            age_max,
            segments,
            rows: decays.map(|decay| waits.weights(decay)).collect(),
            waits,
            tables: (0..FREQUENCIES).map(|_| OnceLock::new()).collect(),
        })
    }

    /// Discounted purchases of an unlimited future, of a customer who has not left.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(∞ | alive) = s/z · K(z),   K(z) = ∫₀^∞ z·e^(−zw)·G(w) dw
    /// G(w) = Eₚ[(1 + p·w)^−(s+1)],   p ~ Beta(a, b+x),  s = r + x,  z = δ·(α+T)
    /// ```
    ///
    /// which [`PurchaseModel::discounted_purchases_if_alive`] is at an infinite horizon, to 1e-11
    /// relative: the purchase rate after w·(α+T) is s/(α+T)·G(w).
    #[must_use]
    pub fn purchases_if_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let decay = self.discount_rate * (self.model.alpha + age);
        let table = self.tables.get(frequency_index(frequency));
        let share = match table.filter(|_| age <= self.age_max) {
            Some(table) => {
                let (segment, local) = self.segments.locate(age / self.model.alpha);
                let interpolants = table.get_or_init(|| self.table(frequency));
                interpolants
                    .get(segment)
                    .map(|segment| chebyshev::evaluate(segment, local))
            }
            None => None,
        };
        let shape = self.model.r + frequency;
        shape / decay * share.unwrap_or_else(|| direct(&self.model, frequency, decay))
    }

    /// The same for any customer.
    #[must_use]
    pub fn purchases(&self, statistics: &PurchaseStatistics) -> f64 {
        self.model.probability_alive(statistics) * self.purchases_if_alive(statistics)
    }

    fn table(&self, frequency: f64) -> Vec<[f64; chebyshev::POINTS]> {
        let rates = rates(&self.model, frequency, &self.waits);
        let values: Vec<f64> = self.rows.iter().map(|row| average(row, &rates)).collect();
        let (segments, _) = values.as_chunks::<{ chebyshev::POINTS }>();
        segments.iter().map(chebyshev::coefficients).collect()
    }
}

/// K(z) of a frequency or an age that no table holds.
#[cold]
fn direct(model: &BgNbd, frequency: f64, decay: f64) -> f64 {
    let waits = Waits::new(decay, decay, model.r + frequency);
    average(&waits.weights(decay), &rates(model, frequency, &waits))
}

fn average(weights: &[f64], values: &[f64]) -> f64 {
    let terms = weights.iter().zip(values);
    terms.map(|(weight, value)| weight * value).sum()
}

/// G at the waits.
fn rates(model: &BgNbd, frequency: f64, waits: &Waits) -> Vec<f64> {
    let BgNbd { r, a, b, .. } = *model;
    let power = r + frequency + 1.0;
    let longest = waits.positions.last().copied().unwrap_or_default();
    let grid = LogitGrid::for_tables(&[[a, b + frequency]], power * longest);
    let weights = grid.weights(a, b + frequency);
    let of_wait = |wait: &f64| {
        let nodes = grid.points().iter().zip(&weights);
        nodes
            .map(|(p, weight)| weight * exp(-power * ln_1p(p * wait)))
            .sum()
    };
    waits.positions.iter().map(of_wait).collect()
}

/// Spacing of ln w: in it z·w·e^(−zw)·G(w) is analytic, and bounded in almost all of
/// |Im ln w| < π/2; the error is about e^(−2π·1.4/0.25) = 5e-16.
const SPACING: f64 = 0.25;
/// e⁻⁴⁰ is 4e-18.
const DECAY_NEGLIGIBLE: f64 = 40.0;
/// Below this share of the shortest time on which anything changes, G is 1 but for the share itself
/// and the weight of all that is before is the share too: together 1e-14.
const BEGINNING: f64 = 1e-7;

/// Times w to the next purchases, in units of α + T, at equal steps of ln w.
#[derive(Debug, Clone)]
struct Waits {
    positions: Vec<f64>,
}

impl Waits {
    /// Serves every z from `decay_min` to `decay_max` and shape s up to `shape_max`.
    fn new(decay_min: f64, decay_max: f64, shape_max: f64) -> Self {
        let first = ln(BEGINNING / (decay_max + shape_max + 1.0));
        let last = ln(DECAY_NEGLIGIBLE / decay_min);
        let mut positions = Vec::new();
        let mut step = 0.0;
        while first + (step - 1.0) * SPACING < last {
            positions.push(exp(first + step * SPACING));
            step += 1.0;
        }
        Self { positions }
    }

    /// Weights of an average over the exponential distribution of rate z = `decay`.
    fn weights(&self, decay: f64) -> Vec<f64> {
        let density = |wait: &f64| wait * exp(-decay * wait);
        let mut weights: Vec<f64> = self.positions.iter().map(density).collect();
        // What is before the first falls like w: a geometric series.
        if let Some(first) = weights.first_mut() {
            *first /= -exp_m1(-SPACING);
        }
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE_MAX: f64 = 5_218.0;

    #[track_caller]
    fn check(residual: &BgNbdResidual, statistics: &PurchaseStatistics) {
        let found = residual.purchases_if_alive(statistics);
        let (model, rate) = (&residual.model, residual.discount_rate);
        let expected = model.discounted_purchases_if_alive(statistics, f64::INFINITY, rate);
        let error = ((found - expected) / expected).abs();
        assert!(
            error < 1e-10,
            "{found} is not {expected}, {error:e}: {model:?} {rate} {statistics:?}"
        );
    }

    #[test]
    fn tables_match_the_integral() {
        for (r, alpha, a, b) in [
            (0.243, 4.414, 0.793, 2.426),
            (1e-3, 1.0, 1e-3, 1.0),
            (30.0, 0.05, 40.0, 0.2),
            (5.0, 500.0, 0.02, 300.0),
        ] {
            let model = BgNbd::new(r, alpha, a, b).unwrap();
            for rate in [1e-5, 0.0018, 0.3] {
                let residual = BgNbdResidual::new(model, rate, AGE_MAX).unwrap();
                for frequency in [0.0, 1.0, 127.0, 3_000.0] {
                    for age in [0.1, 38.9, AGE_MAX, 1e6] {
                        let recency = f64::min(frequency, age);
                        check(
                            &residual,
                            &PurchaseStatistics::new(frequency, recency, age).unwrap(),
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_unlimited_future_without_discount_is_refused() {
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        for rate in [0.0, -0.1, f64::NAN] {
            assert!(BgNbdResidual::new(model, rate, AGE_MAX).is_err());
        }
    }
}
