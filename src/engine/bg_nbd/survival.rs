//! How long customers stay, for many of them: tables as in [`super::scorer`].

use super::BgNbd;
use super::forecast::Future;
use super::scorer::{FREQUENCIES, frequency_index};
use super::shares::{Share, counts};
use crate::engine::discount::Discount;
use crate::engine::numeric::beta_rule::LogitGrid;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::{exp, exp_m1, exp_m1_over, ln_1p};
use crate::engine::statistics::PurchaseStatistics;
use crate::engine::time_alive::TimeAlive as _;

/// Longest segment, as in the tables of purchases.
const SEGMENT_MAX: f64 = 1.0;

/// Values of all tabulated frequencies at one p·u.
type OfFrequencies = [f64; FREQUENCIES as usize];

/// An average over p, as a function of frequency and u = t/(α + T).
#[derive(Debug, Clone, PartialEq)]
struct Table {
    segments: Segments,
    /// Frequency-major, then segment.
    rows: Vec<[f64; chebyshev::POINTS]>,
}

impl Table {
    /// Tabulates Eₚ[f(p·u)] for times up to `reach`, p ~ Beta(a, b+x); `fill` gives f of each
    /// frequency at p·u.
    fn new(model: &BgNbd, reach: f64, fill: impl Fn(f64, &mut OfFrequencies)) -> Self {
        let BgNbd { r, a, b, alpha } = *model;
        let highest = f64::from(FREQUENCIES - 1);
        // κ is monotone in the frequency: the largest is at one of the ends.
        let haste = model.haste(0.0).max(model.haste(highest));
        let segments = Segments::new(haste, reach / alpha, SEGMENT_MAX);
        let places = segments.points();
        let longest = places.as_flattened().iter().copied().fold(0.0, f64::max);
        let grid = LogitGrid::new(a, b, b + highest, (r + highest) * longest);
        let weights: Vec<Vec<f64>> = (0..FREQUENCIES)
            .map(|frequency| grid.weights(a, b + f64::from(frequency)))
            .collect();
        let mut values = vec![[0.0; chebyshev::POINTS]; weights.len() * segments.count()];
        let mut at_node = [0.0; FREQUENCIES as usize];
        for (segment, places) in places.iter().enumerate() {
            for (point, scaled) in places.iter().enumerate() {
                for (node, p) in grid.points().iter().enumerate() {
                    fill(p * scaled, &mut at_node);
                    for (frequency, (value, weight)) in at_node.iter().zip(&weights).enumerate() {
                        values[frequency * segments.count() + segment][point] +=
                            weight[node] * value;
                    }
                }
            }
        }
        let rows = values.iter().map(chebyshev::coefficients).collect();
        Self { segments, rows }
    }

    /// The value at u; `None` for a frequency that is not tabulated.
    fn value(&self, frequency: f64, scaled: f64) -> Option<f64> {
        let (segment, local) = self.segments.locate(scaled);
        let row = frequency_index(frequency) * self.segments.count() + segment;
        let row = self.rows.get(row)?;
        Some(chebyshev::evaluate(row, local))
    }

    /// Of a table of F(u)/u, the table of Σ w·τ·F(uτ)/(uτ) over the shares of the horizon.
    fn discounted(&self, horizon: f64, discount: Discount) -> Self {
        let columns = self.segments.count();
        let mut values = vec![[0.0; chebyshev::POINTS]; self.rows.len()];
        for (segment, places) in self.segments.points().iter().enumerate() {
            for (point, scaled) in places.iter().enumerate() {
                let scale = 1.0 / (self.segments.haste() * scaled);
                let shares = Share::all(discount, horizon, scale);
                let counts = counts(&shares, &self.segments, *scaled);
                for (frequency, row) in self.rows.chunks(columns).enumerate() {
                    let pairs = row.as_flattened().iter().zip(counts.as_flattened());
                    values[frequency * columns + segment][point] =
                        pairs.map(|(of, count)| of * count).sum();
                }
            }
        }
        Self {
            segments: self.segments,
            rows: values.iter().map(chebyshev::coefficients).collect(),
        }
    }
}

/// Survival up to a time, prepared for many customers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct BgNbdSurvival {
    model: BgNbd,
    reach: f64,
    table: Table,
}

impl BgNbdSurvival {
    /// Prepares times from 0 to `reach`.
    pub(in crate::engine) fn new(model: BgNbd, reach: f64) -> Self {
        let table = Table::new(&model, reach, |product, values| {
            let factor = 1.0 / (1.0 + product);
            let mut power = exp(-model.r * ln_1p(product));
            for value in values {
                *value = power;
                power *= factor;
            }
        });
        Self {
            model,
            reach,
            table,
        }
    }

    /// As [`BgNbd::survival_if_alive`], to 1e-11 relative where it is not below 1e-10; a time beyond
    /// the reach is computed directly, as is a high frequency.
    pub(in crate::engine) fn if_alive(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        let scaled = time / (self.model.alpha + statistics.age());
        let value = self.table.value(statistics.frequency(), scaled);
        match value.filter(|_| time <= self.reach) {
            // An interpolant of something that falls to 0 may end just below.
            Some(value) => value.clamp(0.0, 1.0),
            None => self.model.survival_if_alive(statistics, time),
        }
    }
}

/// Discounted time alive in a horizon, prepared for many customers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct BgNbdStay {
    model: BgNbd,
    horizon: f64,
    discount: Discount,
    table: Table,
}

impl BgNbdStay {
    /// Prepares a horizon that the discount has checked.
    ///
    /// With q = 1/(1 + p·u) time alive is t·(1 − q^(s−1))/((s−1)·p·u), s = r + x: from the second
    /// frequency on a sum of positive terms, as in the table of purchases.
    pub(in crate::engine) fn new(model: BgNbd, horizon: f64, discount: Discount) -> Self {
        let r = model.r;
        let plain = Table::new(&model, horizon, |product, values| {
            let logarithm = ln_1p(product);
            let factor = 1.0 / (1.0 + product);
            let mut power = exp(-r * logarithm);
            let mut gone = -exp_m1(-r * logarithm) / product;
            let mut shape = r;
            let (first, others) = values.split_at_mut(1);
            first.fill(exp_m1_over(1.0 - r, logarithm) / product);
            for value in others {
                *value = gone / shape;
                gone += power * factor;
                power *= factor;
                shape += 1.0;
            }
        });
        let table = plain.discounted(horizon, discount);
        Self {
            model,
            horizon,
            discount,
            table,
        }
    }

    /// Discounted time alive of a customer who has not left, to 1e-11 relative.
    pub(in crate::engine) fn if_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let scaled = self.horizon / (self.model.alpha + statistics.age());
        match self.table.value(statistics.frequency(), scaled) {
            Some(value) => value * self.horizon,
            None => self.direct(statistics),
        }
    }

    /// Of a frequency that is not tabulated.
    #[cold]
    fn direct(&self, statistics: &PurchaseStatistics) -> f64 {
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let future = Future::new(&self.model, frequency, age, self.horizon);
        let rate = self.discount.rate_continuous();
        match self.discount.period() {
            Some(period) => future.by_periods(rate, period, self.horizon, Future::time_alive),
            None if rate == 0.0 => future.time_alive(self.horizon),
            None => future.discounted_time_alive(self.horizon, rate),
        }
    }
}
