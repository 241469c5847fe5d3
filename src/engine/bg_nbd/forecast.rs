//! Expected and discounted purchases of one customer, at any legal parameters.

use super::BgNbd;
use crate::engine::numeric::beta_rule::BetaRule;
use crate::engine::numeric::quadrature::{decaying_panels, integrate, panel_nodes};
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::statistics::PurchaseStatistics;

/// Why a forecast is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// The horizon is negative, infinite or not a number.
    #[error("horizon is {value}, not a finite number from 0")]
    Horizon {
        /// The refused horizon.
        value: f64,
    },
    /// The discount rate is negative, infinite or not a number.
    #[error("continuous discount rate is {value}, not a finite number from 0")]
    DiscountRate {
        /// The refused rate.
        value: f64,
    },
    /// Without discounting the purchases of an unlimited future have no finite sum in general.
    #[error("residual purchases need a continuous discount rate above 0, not {value}")]
    ResidualWithoutDiscount {
        /// The refused rate.
        value: f64,
    },
}

impl BgNbd {
    /// Expected purchases in the `horizon` after the cut-off, given the customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t) = P(alive) · Eₚ[ (1 − (A/(A + p·t))^(r+x)) / p ],   p ~ Beta(a, b+x),  A = α + T
    /// ```
    ///
    /// The published form has the factor (a+b+x−1)/(a−1) and a Gauss hypergeometric function; it
    /// breaks down at a = 1 and, for x = 0, at a + b ≤ 1. The average over p has no such point.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: purchase events, `0 ≤ E`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when `t` is negative or not finite.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 10, before its integral over p is done.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    pub fn expected_purchases(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        let future = Future::new(self, statistics.frequency(), statistics.age(), horizon);
        Ok(self.probability_alive(statistics) * future.purchases(horizon))
    }

    /// Expected purchases of a new customer, drawn at random, in the `horizon` after their first.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(t)] = Eₚ[ (1 − (α/(α + p·t))ʳ) / p ],   p ~ Beta(a, b)
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: repeat purchase events, `0 ≤ E`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when `t` is negative or not finite.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 9, before its integral over p is done.
    pub fn expected_purchases_new_customer(&self, horizon: f64) -> Result<f64, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        Ok(Future::new(self, 0.0, 0.0, horizon).purchases(horizon))
    }

    /// Expected purchases in the `horizon` after the cut-off, each discounted continuously.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(H) = ∫₀ᴴ e^(−δt) dE(t) = e^(−δH)·E(H) + δ·∫₀ᴴ e^(−δt)·E(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`; an effective rate i per unit of time
    ///   is δ = ln(1 + i)
    /// - returns: purchase events at the cut-off's value, `0 ≤ D ≤ E(H)`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] and [`ForecastError::DiscountRate`] when the argument is negative
    /// or not finite.
    ///
    /// # Source
    ///
    /// Integration by parts of the definition; for the Pareto/NBD model the same integral over an
    /// infinite horizon is Fader, Hardie and Lee (2005), "RFM and CLV", J. Marketing Research 42(4).
    pub fn discounted_expected_purchases(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        let rate = discount_rate_checked(discount_rate_continuous)?;
        let future = Future::new(self, statistics.frequency(), statistics.age(), horizon);
        Ok(self.probability_alive(statistics) * future.discounted_purchases(horizon, rate))
    }

    /// Discounted expected residual purchases: the same over an unlimited future (DERT).
    ///
    /// # Formula
    ///
    /// ```text
    /// D(∞) = δ·∫₀^∞ e^(−δt)·E(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `discount_rate_continuous` (δ): 1/time, `0 < δ < ∞`
    /// - returns: purchase events at the cut-off's value, `0 ≤ D`
    ///
    /// # Errors
    ///
    /// [`ForecastError::ResidualWithoutDiscount`] when δ is 0, [`ForecastError::DiscountRate`] when
    /// it is negative or not finite.
    ///
    /// # Source
    ///
    /// As [`BgNbd::discounted_expected_purchases`].
    pub fn residual_purchases(
        &self,
        statistics: &PurchaseStatistics,
        discount_rate_continuous: f64,
    ) -> Result<f64, ForecastError> {
        let value = discount_rate_checked(discount_rate_continuous)?;
        if value == 0.0 {
            return Err(ForecastError::ResidualWithoutDiscount { value });
        }
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let scale = (self.alpha + age) / self.haste(frequency);
        let edges = decaying_panels(scale, f64::INFINITY, value);
        let reach = edges.iter().copied().fold(0.0, f64::max);
        let future = Future::new(self, frequency, age, reach);
        let integral = integrate(&panel_nodes(scale, &edges), |time| {
            exp(-value * time) * future.purchases(time)
        });
        Ok(self.probability_alive(statistics) * value * integral)
    }

    /// κ, such that E(t) is smooth in y = ln(1 + κ·t/A): about how many purchases p·λ·A ends.
    ///
    /// On the line |Im y| = π/2 the power (1 + p·t/A)^−s is at most about e^(p·s/κ). With
    /// κ = 1 + s·(a+1)/(a+b+x) the average of that over p stays below e. In ln(1 + t/A) itself it
    /// reaches 2^(s/2), which costs all digits at s = 90 when p is large.
    pub(super) fn haste(&self, frequency: f64) -> f64 {
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

    /// D(H) by parts; both terms are positive, so nothing cancels.
    pub(super) fn discounted_purchases(&self, horizon: f64, discount_rate: f64) -> f64 {
        let at_horizon = self.purchases(horizon);
        if discount_rate == 0.0 {
            return at_horizon;
        }
        let scale = self.rate / self.haste;
        let edges = decaying_panels(scale, horizon, discount_rate);
        let integral = integrate(&panel_nodes(scale, &edges), |time| {
            exp(-discount_rate * time) * self.purchases(time)
        });
        exp(-discount_rate * horizon) * at_horizon + discount_rate * integral
    }
}

pub(super) fn horizon_checked(value: f64) -> Result<f64, ForecastError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(ForecastError::Horizon { value })
    }
}

pub(super) fn discount_rate_checked(value: f64) -> Result<f64, ForecastError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(ForecastError::DiscountRate { value })
    }
}
