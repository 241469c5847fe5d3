//! Forecasts for many customers, an order of magnitude faster than one by one.
//!
//! A customer's history enters a forecast through the frequency x, which is a whole number, and
//! through two times, never together: with W(y) = ((α+y)/α)ʳ, times ((β+y)/β)ˢ for Pareto/NBD,
//!
//! ```text
//! 1/P(alive) = stays(T) + ((α+T)/(α+t_x))ˣ · W(T)/W(t_x) · leaves(t_x)
//! ```
//!
//! | family | leaves(y) | stays(T) |
//! |---|---|---|
//! | BG/NBD | 1{x>0}·a/(b+x−1) | 1 |
//! | MBG/NBD | a/(b+x) | 1 |
//! | Pareto/NBD | L(y), see `ParetoNbd::leaves_first` | 1 − L(T) |
//!
//! and what one who is alive will buy depends on x and T. For each x below [`FREQUENCIES`] the
//! functions of one time are tabulated; no logarithm and no exponential is left.
//! Only terms that are not negative are added: near t_x = T nothing cancels.

use super::bg_nbd::PurchaseForecast;
use super::numeric::half_octave::HalfOctaves;
use super::numeric::polynomial::{Polynomials, evaluate, polynomials};
use super::numeric::special::{exp, ln_1p};
use super::pareto_nbd::ParetoNbd;
use super::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use super::statistics::PurchaseStatistics;

/// Frequencies 0, 1, .. that are tabulated.
pub const FREQUENCIES: u32 = 65;

/// Half octaves that are tabulated at most: ages up to 2³² times the scale of the model.
const HALF_OCTAVES_MAX: usize = 64;

/// Largest relative error of a table against the model, where it is checked: once between the points
/// of every half octave and frequency.
const ERROR_MAX: f64 = 1e-12;

/// W, leaves, expected and discounted purchases if alive.
const COLUMNS: usize = 4;

/// A model, a horizon and a discount rate, prepared for customers by the hundred thousand.
///
/// It never changes after construction: a customer's numbers depend neither on who was scored before
/// nor on who else is.
#[derive(Debug, Clone)]
pub struct PurchaseTable<'s> {
    scorer: &'s PurchaseScorer,
    alpha: f64,
    /// 1 where whoever leaves may do so without a purchase, else 0.
    leaves_silently: f64,
    /// leaves(0) of whoever bought once.
    leaves_at_start: f64,
    half_octaves: HalfOctaves,
    count: usize,
    /// Frequency-major, then half octave; empty where a table cannot hold the model.
    table: Vec<Polynomials<COLUMNS>>,
}

impl<'s> PurchaseTable<'s> {
    /// Prepares tables for customers up to an age; this costs some milliseconds. Older ones, and those
    /// with more purchases, are scored by `scorer` itself.
    ///
    /// # Units
    ///
    /// - `age_max`: time, `0 ≤ age_max`
    #[must_use]
    pub fn new(scorer: &'s PurchaseScorer, age_max: f64) -> Self {
        let (alpha, scale, leaves_silently) = match scorer.model() {
            AnyPurchaseModel::BgNbd(model) => (model.alpha, model.alpha, 0.0),
            AnyPurchaseModel::MbgNbd(model) => (model.alpha, model.alpha, 0.0),
            AnyPurchaseModel::ParetoNbd(model) => (model.alpha, model.alpha.min(model.beta), 1.0),
        };
        let half_octaves = HalfOctaves::new(scale);
        let (last, _) = half_octaves.locate(age_max);
        let mut prepared = Self {
            scorer,
            alpha,
            leaves_silently,
            leaves_at_start: leaves(&scorer.model(), 0.0, 0.0),
            half_octaves,
            count: last.saturating_add(1).min(HALF_OCTAVES_MAX),
            table: Vec::new(),
        };
        prepared.table = prepared.tabulate();
        if !prepared.is_exact() {
            prepared.table.clear();
        }
        prepared
    }

    /// Probability of being alive, expected and discounted purchases of one customer.
    ///
    /// # Formula
    ///
    /// As [`PurchaseScorer::score`], which it matches to 1e-11 relative.
    #[must_use]
    #[inline]
    pub fn score(&self, statistics: &PurchaseStatistics) -> PurchaseForecast {
        let (recency, age) = (statistics.recency(), statistics.age());
        let frequency = frequency_index(statistics.frequency());
        let first = frequency * self.count;
        let (half_octave, place) = self.half_octaves.locate(age);
        let cells = self.table.get(first..first + self.count);
        let Some(cell) = cells.and_then(|cells| cells.get(half_octave)) else {
            return self.scorer.score(statistics);
        };
        let [weight, leaves, expected, discounted] = evaluate::<COLUMNS, COLUMNS>(cell, place);
        let left = if frequency == 0 {
            // t_x is 0, and W(0) is 1.
            weight * self.leaves_at_start
        } else {
            // The last purchase is no later than the cut-off: its half octave is in the table.
            let (half_octave, place) = self.half_octaves.locate(recency);
            let [weight_last, leaves_last] =
                evaluate::<COLUMNS, 2>(&self.table[first + half_octave], place);
            let ratio = (self.alpha + age) / (self.alpha + recency);
            whole_power(ratio, frequency) * (weight * leaves_last) / weight_last
        };
        let stays = 1.0 - self.leaves_silently * leaves;
        let probability_alive = 1.0 / (stays + left);
        PurchaseForecast {
            probability_alive,
            expected_purchases: probability_alive * expected,
            discounted_expected_purchases: probability_alive * discounted,
        }
    }

    fn tabulate(&self) -> Vec<Polynomials<COLUMNS>> {
        let model = self.scorer.model();
        let values = |frequency: f64, age: f64| {
            let recency = if frequency == 0.0 { 0.0 } else { age };
            let row = PurchaseStatistics::new(frequency, recency, age).ok()?;
            let [expected, discounted] = self.scorer.purchases_if_alive(&row);
            let leaves = leaves(&model, frequency, age);
            Some([weight(&model, age), leaves, expected, discounted])
        };
        let mut table = Vec::new();
        for frequency in 0..FREQUENCIES {
            let frequency = f64::from(frequency);
            for half_octave in 0..self.count {
                let ages = self.half_octaves.points(half_octave);
                // What is not a number fails the check.
                let values = ages.map(|age| values(frequency, age).unwrap_or([f64::NAN; COLUMNS]));
                table.push(polynomials(&values));
            }
        }
        table
    }

    /// Whether the tables say what the model does, between their points.
    fn is_exact(&self) -> bool {
        (0..FREQUENCIES).all(|frequency| {
            (0..self.count).all(|half_octave| {
                let age = self.half_octaves.at(half_octave, 0.9);
                let recency = if frequency == 0 { 0.0 } else { 0.6 * age };
                let row = PurchaseStatistics::new(f64::from(frequency), recency, age);
                row.is_ok_and(|row| {
                    let (found, exact) = (self.score(&row), self.scorer.score(&row));
                    let is_near =
                        |found: f64, exact: f64| (found - exact).abs() <= ERROR_MAX * exact.abs();
                    is_near(found.probability_alive, exact.probability_alive)
                        && is_near(found.expected_purchases, exact.expected_purchases)
                        && is_near(
                            found.discounted_expected_purchases,
                            exact.discounted_expected_purchases,
                        )
                })
            })
        })
    }
}

/// W(y).
fn weight(model: &AnyPurchaseModel, age: f64) -> f64 {
    match model {
        AnyPurchaseModel::BgNbd(model) => exp(model.r * ln_1p(age / model.alpha)),
        AnyPurchaseModel::MbgNbd(model) => exp(model.r * ln_1p(age / model.alpha)),
        AnyPurchaseModel::ParetoNbd(ParetoNbd { r, alpha, s, beta }) => {
            exp(r * ln_1p(age / alpha) + s * ln_1p(age / beta))
        }
    }
}

/// leaves(y).
fn leaves(model: &AnyPurchaseModel, frequency: f64, age: f64) -> f64 {
    match model {
        AnyPurchaseModel::BgNbd(_) if frequency == 0.0 => 0.0,
        AnyPurchaseModel::BgNbd(model) => model.a / (model.b + (frequency - 1.0)),
        AnyPurchaseModel::MbgNbd(model) => model.a / (model.b + frequency),
        AnyPurchaseModel::ParetoNbd(model) => model.leaves_first(frequency, age),
    }
}

/// `base` to a whole power, by squares; below 65 factors, so that rounding stays below 1e-14.
#[inline]
fn whole_power(base: f64, exponent: usize) -> f64 {
    let (mut power, mut square, mut rest) = (1.0, base, exponent);
    while 0 < rest {
        if rest & 1 == 1 {
            power *= square;
        }
        square *= square;
        rest >>= 1;
    }
    power
}

/// Index of a frequency; far beyond the table for those that are not in it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a frequency is a whole number from 0 to 1e9"
)]
#[inline]
fn frequency_index(frequency: f64) -> usize {
    frequency as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bg_nbd::BgNbd;
    use crate::engine::mbg_nbd::MbgNbd;

    const AGE_MAX: f64 = 200.0;

    fn histories() -> Vec<PurchaseStatistics> {
        let mut rows = vec![PurchaseStatistics::new(0.0, 0.0, 0.0).unwrap()];
        for age in [0.01, 3.0, 38.9, 77.0, AGE_MAX, 1e4] {
            rows.push(PurchaseStatistics::new(0.0, 0.0, age).unwrap());
            for x in [1.0, 2.0, 7.0, 64.0, 65.0, 900.0] {
                for share in [1e-6, 0.3, 0.95, 1.0 - 1e-12, 1.0] {
                    rows.push(PurchaseStatistics::new(x, share * age, age).unwrap());
                }
            }
        }
        rows
    }

    #[track_caller]
    fn check(model: AnyPurchaseModel, horizon: f64, rate: f64) {
        let scorer = PurchaseScorer::new(model, horizon, rate).unwrap();
        let table = PurchaseTable::new(&scorer, AGE_MAX);
        for row in histories() {
            let (found, exact) = (table.score(&row), scorer.score(&row));
            for (found, exact) in [
                (found.probability_alive, exact.probability_alive),
                (found.expected_purchases, exact.expected_purchases),
                (
                    found.discounted_expected_purchases,
                    exact.discounted_expected_purchases,
                ),
            ] {
                let off = (found - exact).abs();
                assert!(
                    off <= 1e-11 * exact,
                    "{found} is not {exact}: {model:?}, {row:?}"
                );
            }
        }
    }

    #[test]
    fn tables_say_what_the_model_does() {
        for (horizon, rate) in [(52.0, 0.0019), (0.0, 0.1), (1e5, 0.0)] {
            for [r, alpha, a, b] in [
                [0.243, 4.414, 0.793, 2.426],
                [0.6, 8.0, 1.0, 3.0],
                [0.3, 5.0, 0.3, 0.2],
                [40.0, 300.0, 2.0, 9.0],
                [1e4, 1e4, 1e4, 1e4],
            ] {
                let model = BgNbd::new(r, alpha, a, b).unwrap();
                check(AnyPurchaseModel::BgNbd(model), horizon, rate);
                let model = MbgNbd::new(r, alpha, a, b).unwrap();
                check(AnyPurchaseModel::MbgNbd(model), horizon, rate);
            }
            for [r, alpha, s, beta] in [
                [0.553, 10.578, 0.606, 11.669],
                [0.55, 7.0, 1.0, 7.0],
                [0.5, 1e4, 0.5, 1e-3],
                [1.5, 40.0, 64.0, 7721.0],
                [1e4, 1e4, 1e4, 1e4],
            ] {
                let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
                check(AnyPurchaseModel::ParetoNbd(model), horizon, rate);
            }
        }
    }

    #[test]
    fn ordinary_models_have_a_table() {
        let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
        let scorer = PurchaseScorer::new(AnyPurchaseModel::ParetoNbd(model), 52.0, 0.0).unwrap();
        let table = PurchaseTable::new(&scorer, AGE_MAX);
        // 1 + 200/10.578 lies between 16 and 24.
        assert_eq!(table.table.len(), 65 * 9);
    }
}
