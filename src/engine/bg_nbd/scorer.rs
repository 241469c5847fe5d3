//! Forecasts for many customers at one horizon and discount rate.
//!
//! Given that a customer is alive, expected and discounted purchases depend on the history only
//! through the frequency x and u = H/(α + T). For each frequency below [`FREQUENCIES`] both are
//! tabulated as Chebyshev interpolants in y = ln(1 + κu), on segments no longer than 1: in y they are
//! analytic in the strip |Im y| < π and bounded in half of it (κ: `BgNbd::haste`, the largest of
//! all tabulated x), so that [`chebyshev::POINTS`] points leave an error near 1e-14. The range
//! 0 ≤ y ≤ ln(1 + κH/α) covers every age. Higher frequencies are computed directly.

use super::BgNbd;
use super::forecast::Future;
use super::shares::{Share, counts};
use crate::engine::discount::Discount;
use crate::engine::numeric::beta_rule::LogitGrid;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::purchase_model::{ForecastError, PurchaseModel};
use crate::engine::statistics::PurchaseStatistics;

/// Frequencies 0, 1, .. that are tabulated.
pub const FREQUENCIES: u32 = 65;
/// Longest segment.
const SEGMENT_MAX: f64 = 1.0;

/// What the model foretells about one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseForecast {
    /// Probability that the customer has not left by the cut-off.
    pub probability_alive: f64,
    /// Expected purchase events in the horizon.
    pub expected_purchases: f64,
    /// The same, each discounted to the cut-off.
    pub discounted_expected_purchases: f64,
}

/// Coefficients of (E(H)/u, D(H)/u) for one frequency and segment.
type Pair = [[f64; 2]; chebyshev::POINTS];

/// A model, a horizon and a discount rate, prepared for many customers.
///
/// It never changes after construction: a customer's numbers do not depend on who was scored before.
#[derive(Debug, Clone, PartialEq)]
pub struct BgNbdScorer {
    model: BgNbd,
    horizon: f64,
    discount: Discount,
    segments: Segments,
    /// Frequency-major, then segment.
    table: Vec<Pair>,
}

impl BgNbdScorer {
    /// Prepares the tables; this costs some milliseconds, as much as scoring many thousand customers.
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] and [`ForecastError::DiscountRate`] when the argument is negative
    /// or not finite.
    pub fn new(
        model: BgNbd,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, ForecastError> {
        Self::with_discount(
            model,
            horizon,
            Discount::continuous(discount_rate_continuous)?,
        )
    }

    /// The same, for whichever way to discount.
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when the horizon is negative or not finite,
    /// [`ForecastError::Period`] when it holds too many periods.
    pub fn with_discount(
        model: BgNbd,
        horizon: f64,
        discount: Discount,
    ) -> Result<Self, ForecastError> {
        let horizon = discount.horizon_checked(horizon)?;
        // κ is monotone in the frequency: the largest is at one of the ends.
        let highest = f64::from(FREQUENCIES - 1);
        let haste = model.haste(0.0).max(model.haste(highest));
        let segments = Segments::new(haste, horizon / model.alpha, SEGMENT_MAX);
        let mut table = tabulate_expected(&model, &segments);
        tabulate_discounted(&mut table, &segments, horizon, discount);
        Ok(Self {
            model,
            horizon,
            discount,
            segments,
            table,
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &BgNbd {
        &self.model
    }

    /// Probability of being alive, expected and discounted purchases of one customer.
    ///
    /// # Formula
    ///
    /// As [`BgNbd::probability_alive`], [`BgNbd::expected_purchases`] and
    /// [`BgNbd::discounted_expected_purchases`], which it matches to 1e-11 relative.
    #[must_use]
    pub fn score(&self, statistics: &PurchaseStatistics) -> PurchaseForecast {
        let probability_alive = self.model.probability_alive(statistics);
        let [expected, discounted] = self.purchases_if_alive(statistics);
        PurchaseForecast {
            probability_alive,
            expected_purchases: probability_alive * expected,
            discounted_expected_purchases: probability_alive * discounted,
        }
    }

    /// Expected and discounted purchases of a customer who has not left.
    pub(in crate::engine) fn purchases_if_alive(
        &self,
        statistics: &PurchaseStatistics,
    ) -> [f64; 2] {
        let scaled = self.horizon / (self.model.alpha + statistics.age());
        let (segment, local) = self.segments.locate(scaled);
        let row = frequency_index(statistics.frequency()) * self.segments.count() + segment;
        match self.table.get(row) {
            Some(pair) => chebyshev::evaluate_pair(pair, local).map(|value| value * scaled),
            None => self.direct(statistics),
        }
    }

    /// Expected purchases, not discounted, of a customer who has not left, in any time up to the
    /// horizon: the same table, since time and age enter only as u = t/(α + T).
    pub(in crate::engine) fn purchases_if_alive_within(
        &self,
        statistics: &PurchaseStatistics,
        time: f64,
    ) -> f64 {
        let scaled = time / (self.model.alpha + statistics.age());
        let (segment, local) = self.segments.locate(scaled);
        let row = frequency_index(statistics.frequency()) * self.segments.count() + segment;
        match self.table.get(row) {
            Some(pair) => chebyshev::evaluate_pair(pair, local)[0] * scaled,
            None => self.model.purchases_if_alive(statistics, time),
        }
    }

    /// Expected and discounted purchases of a living customer whose frequency is not tabulated.
    #[cold]
    fn direct(&self, statistics: &PurchaseStatistics) -> [f64; 2] {
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let future = Future::new(&self.model, frequency, age, self.horizon);
        let expected = future.purchases(self.horizon);
        let rate = self.discount.rate_continuous();
        let discounted = match self.discount.period() {
            Some(period) => future.by_periods(rate, period, self.horizon, Future::purchases),
            None if rate == 0.0 => expected,
            None => future.discounted_purchases(self.horizon, rate),
        };
        [expected, discounted]
    }
}

/// Fills the first column: E(H)/u for every frequency, segment and point at once.
///
/// With q = 1/(1 + p·u) the integrand is d/(p·u), d = 1 − q^(r+x). From one frequency to the next
/// d grows by q^(r+x)·(1 − q), a sum of positive terms, so that a tiny p·u costs no digits.
fn tabulate_expected(model: &BgNbd, segments: &Segments) -> Vec<Pair> {
    let BgNbd { r, a, b, .. } = *model;
    let highest = f64::from(FREQUENCIES - 1);
    let times = segments.points();
    let longest = times.iter().flatten().copied().fold(0.0, f64::max);
    let grid = LogitGrid::new(a, b, b + highest, (r + highest) * longest);
    let weights: Vec<Vec<f64>> = (0..FREQUENCIES)
        .map(|frequency| grid.weights(a, b + f64::from(frequency)))
        .collect();

    let mut values = vec![[0.0; chebyshev::POINTS]; weights.len() * segments.count()];
    for (segment, scaled_times) in times.iter().enumerate() {
        for (point, scaled) in scaled_times.iter().enumerate() {
            for (node, p) in grid.points().iter().enumerate() {
                let product = p * scaled;
                let logarithm = ln_1p(product);
                let factor = 1.0 / (1.0 + product);
                let mut power = exp(-r * logarithm);
                let mut gone = -exp_m1(-r * logarithm) / product;
                for (frequency, of_frequency) in weights.iter().enumerate() {
                    let row = frequency * segments.count() + segment;
                    values[row][point] += of_frequency[node] * gone;
                    gone += power * factor;
                    power *= factor;
                }
            }
        }
    }
    let interpolants = values.iter().map(chebyshev::coefficients);
    interpolants
        .map(|column| column.map(|entry| [entry, 0.0]))
        .collect()
}

/// Fills the second column: D(H)/u, from the first.
///
/// With F(u) = E/u it is Σ w·τ·F(uτ) over the shares τ of the horizon, see [`Share`].
fn tabulate_discounted(table: &mut [Pair], segments: &Segments, horizon: f64, discount: Discount) {
    let columns = segments.count();
    let mut values = vec![[0.0; chebyshev::POINTS]; table.len()];
    for (segment, scaled_times) in segments.points().iter().enumerate() {
        for (point, scaled) in scaled_times.iter().enumerate() {
            let scale = 1.0 / (segments.haste() * scaled);
            let counts = counts(&Share::all(discount, horizon, scale), segments, *scaled);
            for first in (0..table.len()).step_by(columns) {
                let row = &table[first..first + columns];
                let pairs = row.as_flattened().iter().zip(counts.as_flattened());
                values[first + segment][point] = pairs.map(|([of, _], count)| of * count).sum();
            }
        }
    }
    for (pairs, column) in table.iter_mut().zip(&values) {
        for (pair, entry) in pairs.iter_mut().zip(chebyshev::coefficients(column)) {
            pair[1] = entry;
        }
    }
}

/// Index of a frequency; far beyond any table for those that are not in it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a frequency is a whole number from 0 to 1e9"
)]
pub(in crate::engine) fn frequency_index(frequency: f64) -> usize {
    frequency as usize
}
