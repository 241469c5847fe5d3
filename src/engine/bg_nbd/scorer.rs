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
use crate::engine::numeric::beta_rule::LogitGrid;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::quadrature::{decaying_panels, panel_nodes};
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::purchase_model::{
    ForecastError, PurchaseModel, discount_rate_checked, horizon_checked,
};
use crate::engine::statistics::PurchaseStatistics;

/// Frequencies 0, 1, .. that are tabulated.
pub const FREQUENCIES: u32 = 65;

/// What the model foretells about one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseForecast {
    /// Probability that the customer has not left by the cut-off.
    pub probability_alive: f64,
    /// Expected purchase events in the horizon.
    pub expected_purchases: f64,
    /// The same, each discounted continuously to the cut-off.
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
    discount_rate: f64,
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
        let horizon = horizon_checked(horizon)?;
        let discount_rate = discount_rate_checked(discount_rate_continuous)?;
        let segments = Segments::new(&model, horizon / model.alpha);
        let mut table = tabulate_expected(&model, &segments);
        let decay = discount_rate * horizon;
        tabulate_discounted(&mut table, &segments, decay);
        Ok(Self {
            model,
            horizon,
            discount_rate,
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
        let row = frequency_index(statistics.frequency()) * self.segments.count + segment;
        match self.table.get(row) {
            Some(pair) => chebyshev::evaluate_pair(pair, local).map(|value| value * scaled),
            None => self.direct(statistics),
        }
    }

    /// Expected and discounted purchases of a living customer whose frequency is not tabulated.
    #[cold]
    fn direct(&self, statistics: &PurchaseStatistics) -> [f64; 2] {
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let future = Future::new(&self.model, frequency, age, self.horizon);
        let expected = future.purchases(self.horizon);
        if self.discount_rate == 0.0 {
            return [expected, expected];
        }
        [
            expected,
            future.discounted_purchases(self.horizon, self.discount_rate),
        ]
    }
}

/// Equal segments of 0 ≤ y ≤ ln(1 + κH/α).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Segments {
    /// κ.
    haste: f64,
    count: usize,
    count_as_f64: f64,
    per_unit: f64,
}

/// Shortest range of y that is tabulated, so that a horizon of 0 needs no branch.
const RANGE_MIN: f64 = 1e-6;

impl Segments {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a logarithm of a finite number, rounded up: 1 ≤ count ≤ 710"
    )]
    fn new(model: &BgNbd, scaled_max: f64) -> Self {
        // κ is monotone in the frequency: the largest is at one of the ends.
        let haste = model
            .haste(0.0)
            .max(model.haste(f64::from(FREQUENCIES - 1)));
        let range = ln_1p(haste * scaled_max).max(RANGE_MIN);
        let count_as_f64 = range.ceil();
        Self {
            haste,
            count: count_as_f64 as usize,
            count_as_f64,
            per_unit: count_as_f64 / range,
        }
    }

    /// Segment of u and its place −1..1 there.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 ≤ u, and the index is bounded by the number of segments"
    )]
    fn locate(&self, scaled: f64) -> (usize, f64) {
        let place = ln_1p(self.haste * scaled) * self.per_unit;
        let floor = place.floor().min(self.count_as_f64 - 1.0);
        (floor as usize, 2.0 * (place - floor) - 1.0)
    }

    /// u at each interpolation point of each segment.
    fn scaled_times(&self) -> Vec<[f64; chebyshev::POINTS]> {
        let points = chebyshev::points();
        let mut start = 0.0;
        let mut times = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            times.push(
                points.map(|x| exp_m1((start + 0.5 * (1.0 + x)) / self.per_unit) / self.haste),
            );
            start += 1.0;
        }
        times
    }
}

/// Fills the first column: E(H)/u for every frequency, segment and point at once.
///
/// With q = 1/(1 + p·u) the integrand is d/(p·u), d = 1 − q^(r+x). From one frequency to the next
/// d grows by q^(r+x)·(1 − q), a sum of positive terms, so that a tiny p·u costs no digits.
fn tabulate_expected(model: &BgNbd, segments: &Segments) -> Vec<Pair> {
    let BgNbd { r, a, b, .. } = *model;
    let highest = f64::from(FREQUENCIES - 1);
    let times = segments.scaled_times();
    let longest = times.iter().flatten().copied().fold(0.0, f64::max);
    let grid = LogitGrid::new(a, b, b + highest, (r + highest) * longest);
    let weights: Vec<Vec<f64>> = (0..FREQUENCIES)
        .map(|frequency| grid.weights(a, b + f64::from(frequency)))
        .collect();

    let mut values = vec![[0.0; chebyshev::POINTS]; weights.len() * segments.count];
    for (segment, scaled_times) in times.iter().enumerate() {
        for (point, scaled) in scaled_times.iter().enumerate() {
            for (node, p) in grid.points().iter().enumerate() {
                let product = p * scaled;
                let logarithm = ln_1p(product);
                let factor = 1.0 / (1.0 + product);
                let mut power = exp(-r * logarithm);
                let mut gone = -exp_m1(-r * logarithm) / product;
                for (frequency, of_frequency) in weights.iter().enumerate() {
                    let row = frequency * segments.count + segment;
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
/// With F(u) = E/u and τ = t/H: `D/u = e^(−δH)·F(u) + δH·∫₀¹ e^(−δHτ)·τ·F(uτ) dτ`.
fn tabulate_discounted(table: &mut [Pair], segments: &Segments, decay: f64) {
    let times = segments.scaled_times();
    let mut values = vec![[0.0; chebyshev::POINTS]; table.len()];
    for (segment, scaled_times) in times.iter().enumerate() {
        for (point, scaled) in scaled_times.iter().enumerate() {
            let scale = 1.0 / (segments.haste * scaled);
            let mut terms = vec![(segments.locate(*scaled), exp(-decay))];
            if 0.0 < decay {
                for node in panel_nodes(scale, &decaying_panels(scale, 1.0, decay)) {
                    let place = segments.locate(scaled * node.position);
                    let discount = decay * exp(-decay * node.position);
                    terms.push((place, discount * node.position * node.weight));
                }
            }
            for first in (0..table.len()).step_by(segments.count) {
                values[first + segment][point] = terms
                    .iter()
                    .map(|((place, local), weight)| {
                        weight * chebyshev::evaluate_pair(&table[first + place], *local)[0]
                    })
                    .sum();
            }
        }
    }
    for (pairs, column) in table.iter_mut().zip(&values) {
        for (pair, entry) in pairs.iter_mut().zip(chebyshev::coefficients(column)) {
            pair[1] = entry;
        }
    }
}

/// Index of a frequency; far beyond the table for those that are not in it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a frequency is a whole number from 0 to 1e9"
)]
fn frequency_index(frequency: f64) -> usize {
    frequency as usize
}
