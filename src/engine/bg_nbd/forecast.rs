//! The future of a customer who has not left, at any legal parameters.

use super::BgNbd;
use crate::engine::discount::period_ends;
use crate::engine::numeric::beta_rule::BetaRule;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::quadrature::{decaying_panels, integrate, panel_nodes};
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::{exp, exp_m1, exp_m1_over, ln_1p};

impl BgNbd {
    /// κ, such that E(t) is smooth in y = ln(1 + κ·t/A): about how many purchases p·λ·A ends.
    ///
    /// On the line |Im y| = π/2 the power (1 + p·t/A)^−s is at most about e^(p·s/κ). With
    /// κ = 1 + s·(a+1)/(a+b+x) the average of that over p stays below e. In ln(1 + t/A) itself it
    /// reaches 2^(s/2), which costs all digits at s = 90 when p is large.
    pub(in crate::engine) fn haste(&self, frequency: f64) -> f64 {
        1.0 + (self.r + frequency) * (self.a + 1.0) / (self.a + self.b + frequency)
    }
}

/// The future of a customer known to be alive.
pub(super) struct Future {
    dropout: BetaRule,
    /// s = r + x.
    shape: f64,
    /// A = α + T.
    rate: f64,
    /// See [`BgNbd::haste`].
    haste: f64,
}

impl Future {
    /// Serves all times up to `reach`.
    pub(super) fn new(model: &BgNbd, frequency: f64, age: f64, reach: f64) -> Self {
        let shape = model.r + frequency;
        let rate = model.alpha + age;
        Self {
            dropout: BetaRule::new(model.a, model.b + frequency, shape * (reach / rate)),
            shape,
            rate,
            haste: model.haste(frequency),
        }
    }

    /// Eₚ[(1 − (1 + p·t/A)^−s)/p], with expm1 and log1p because p·t/A may be tiny.
    pub(super) fn purchases(&self, time: f64) -> f64 {
        let scaled = time / self.rate;
        self.dropout
            .average(|p| -exp_m1(-self.shape * ln_1p(p * scaled)) / p)
    }

    /// The discounted amount of a horizon by periods, see [`period_ends`], of what has come by t as
    /// `by` says: [`Future::purchases`] or [`Future::time_alive`].
    ///
    /// Many periods are read from an interpolant of `by`(t)/t in y = ln(1 + κt/A), on segments of
    /// length 1 as in the tables, since an average over p costs microseconds.
    pub(super) fn by_periods(
        &self,
        rate: f64,
        period: f64,
        horizon: f64,
        by: impl Fn(&Self, f64) -> f64,
    ) -> f64 {
        let ends = period_ends(rate, period, horizon);
        let segments = Segments::new(self.haste, horizon / self.rate, 1.0);
        let points = segments.points();
        if horizon / period <= index_to_f64(points.as_flattened().len()) {
            return ends.map(|(end, weight)| weight * by(self, end)).sum();
        }
        let of = |scaled: f64| by(self, scaled * self.rate) / scaled;
        let rows: Vec<_> = points
            .iter()
            .map(|scaled| chebyshev::coefficients(&scaled.map(of)))
            .collect();
        ends.map(|(end, weight)| {
            let scaled = end / self.rate;
            let (segment, local) = segments.locate(scaled);
            weight * scaled * chebyshev::evaluate(&rows[segment], local)
        })
        .sum()
    }

    /// S(t) = Eₚ[(1 + p·t/A)^−s].
    pub(super) fn survival(&self, time: f64) -> f64 {
        let scaled = time / self.rate;
        self.dropout
            .average(|p| exp(-self.shape * ln_1p(p * scaled)))
    }

    /// ∫₀ᵗ S: A·Eₚ[((1 + p·t/A)^(1−s) − 1)/((1 − s)·p)], which has its limit at s = 1.
    pub(super) fn time_alive(&self, time: f64) -> f64 {
        let scaled = time / self.rate;
        let of_dropout = |p: f64| exp_m1_over(1.0 - self.shape, ln_1p(p * scaled)) / p;
        self.rate * self.dropout.average(of_dropout)
    }

    /// ∫₀ᴴ e^(−δt)·S(t) dt.
    pub(super) fn discounted_time_alive(&self, horizon: f64, discount_rate: f64) -> f64 {
        let scale = self.rate / self.haste;
        let edges = decaying_panels(scale, horizon, discount_rate);
        integrate(&panel_nodes(scale, &edges), |time| {
            exp(-discount_rate * time) * self.survival(time)
        })
    }

    /// D(H) by parts; both terms are positive, so nothing cancels. At an infinite horizon the first
    /// is 0.
    pub(super) fn discounted_purchases(&self, horizon: f64, discount_rate: f64) -> f64 {
        let scale = self.rate / self.haste;
        let edges = decaying_panels(scale, horizon, discount_rate);
        let integral = discount_rate
            * integrate(&panel_nodes(scale, &edges), |time| {
                exp(-discount_rate * time) * self.purchases(time)
            });
        if horizon.is_infinite() {
            return integral;
        }
        exp(-discount_rate * horizon) * self.purchases(horizon) + integral
    }
}

#[expect(clippy::cast_precision_loss, reason = "indices here are below 100,000")]
fn index_to_f64(index: usize) -> f64 {
    index as f64
}
