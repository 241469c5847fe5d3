//! What every model of purchases foretells about one customer.
//!
//! The families differ in how a customer leaves. What a history says about the future is the same
//! product in all of them: the probability that the customer has not left, times what one who has
//! not left is expected to buy. Each family gives the two factors; this file puts them together and
//! checks the arguments, once for all.

use super::numeric::special::{exp, log_sum_exp, softplus};

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
    /// The horizon is not a whole number of periods, as a model of discrete periods needs.
    #[error("horizon is {value}, not a whole number of periods")]
    HorizonNotWhole {
        /// The refused horizon.
        value: f64,
    },
    /// The discount rate is negative, infinite or not a number.
    #[error("discount rate is {value}, not a finite number from 0")]
    DiscountRate {
        /// The refused rate.
        value: f64,
    },
    /// A period of discounting is not above 0, or the horizon holds too many of them.
    #[error(
        "discounting period is {value}, not a finite number above 0 that the horizon holds at most 100000 of"
    )]
    Period {
        /// The refused period.
        value: f64,
    },
    /// Without discounting the purchases of an unlimited future have no finite sum in general.
    #[error("residual purchases need a discount rate above 0, not {value}")]
    ResidualWithoutDiscount {
        /// The refused rate.
        value: f64,
    },
}

/// A model of purchases, or of renewals.
///
/// Time is in whatever unit the model's parameters and the statistics share. In a model of discrete
/// periods it is a number of periods, and discount rates are effective ones a period: what comes
/// after j periods counts 1/(1+d)ʲ. In continuous time it counts e^(−δt).
pub trait PurchaseModel {
    /// What the model knows of one customer.
    type Statistics;

    /// Whether time is a whole number of periods.
    const IS_DISCRETE: bool = false;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Units
    ///
    /// - returns: nats; in continuous time the density of x event times, so that it changes with
    ///   the unit of time, by the same amount in every family: differences between families mean
    ///   something
    fn log_likelihood(&self, statistics: &Self::Statistics) -> f64;

    /// Logarithm of the odds that the customer has left by the cut-off.
    ///
    /// # Units
    ///
    /// - returns: nats; −∞ for a customer who cannot have left, ∞ for one known to have left
    fn log_odds_left(&self, statistics: &Self::Statistics) -> f64;

    /// Expected purchases in the `horizon` of a customer who has not left by the cut-off.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`; anything else means nothing here, the callers check it
    /// - returns: purchase events, `0 ≤ E`
    fn purchases_if_alive(&self, statistics: &Self::Statistics, horizon: f64) -> f64;

    /// The same, each discounted to the cut-off; the horizon may be infinite.
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H ≤ ∞`
    /// - `discount_rate` (δ, d): 1/time, `0 < δ < ∞`
    /// - returns: purchase events at the cut-off's value
    fn discounted_purchases_if_alive(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        discount_rate: f64,
    ) -> f64;

    /// Expected purchases of a customer drawn at random in the `horizon` after their first.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: repeat purchase events, `0 ≤ E`
    fn purchases_of_new_customer(&self, horizon: f64) -> f64;

    /// Natural logarithm of the probability of so many purchases in the `horizon` by a customer who has
    /// not left by the cut-off.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: nats, at most 0; −∞ for a number that cannot be
    fn log_count_if_alive(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        purchases: u32,
    ) -> f64;

    /// The same for a customer drawn at random, in the `horizon` after their first purchase.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64;

    /// Probability that the customer has not left by the cut-off.
    ///
    /// # Formula
    ///
    /// ```text
    /// P = 1 / (1 + odds)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: probability, `0 ≤ P ≤ 1`; 0 where it is below the smallest number, see
    ///   [`PurchaseModel::log_probability_alive`]
    fn probability_alive(&self, statistics: &Self::Statistics) -> f64 {
        1.0 / (1.0 + exp(self.log_odds_left(statistics)))
    }

    /// Natural logarithm of the probability that the customer has not left by the cut-off.
    ///
    /// # Units
    ///
    /// - returns: nats, at most 0; −∞ only where the probability is 0, not merely small
    fn log_probability_alive(&self, statistics: &Self::Statistics) -> f64 {
        // 0 − 0 is 0, where the negative of 0 is −0.
        0.0 - softplus(self.log_odds_left(statistics))
    }

    /// Expected purchases in the `horizon` after the cut-off, given the customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t) = P(alive) · E(t | alive)
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: purchase events, `0 ≤ E`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when `t` is negative or not finite,
    /// [`ForecastError::HorizonNotWhole`] when it should be a number of periods and is not.
    fn expected_purchases(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_of(horizon, Self::IS_DISCRETE)?;
        Ok(self.probability_alive(statistics) * self.purchases_if_alive(statistics, horizon))
    }

    /// Expected purchases of a new customer, drawn at random, in the `horizon` after their first.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: repeat purchase events, `0 ≤ E`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when `t` is negative or not finite,
    /// [`ForecastError::HorizonNotWhole`] when it should be a number of periods and is not.
    fn expected_purchases_new_customer(&self, horizon: f64) -> Result<f64, ForecastError> {
        Ok(self.purchases_of_new_customer(horizon_of(horizon, Self::IS_DISCRETE)?))
    }

    /// Natural logarithm of the probability of so many purchases in the `horizon` after the cut-off, given
    /// the customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X = n) = P(alive)·P(X = n | alive) + 1{n=0}·(1 − P(alive))
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: nats, at most 0; −∞ only where the probability is 0, not merely small
    ///
    /// # Errors
    ///
    /// As [`PurchaseModel::expected_purchases`].
    fn log_probability_of_count(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        purchases: u32,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_of(horizon, Self::IS_DISCRETE)?;
        let log_odds = self.log_odds_left(statistics);
        let if_alive = self.log_count_if_alive(statistics, horizon, purchases);
        let alive = if_alive - softplus(log_odds);
        if 0 < purchases {
            return Ok(alive);
        }
        // 1 − P(alive) = 1/(1 + 1/odds)
        Ok(log_sum_exp(alive, -softplus(-log_odds)).min(0.0))
    }

    /// Natural logarithm of the probability that a new customer, drawn at random, makes so many purchases
    /// in the `horizon` after their first.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: nats, at most 0; −∞ only where the probability is 0, not merely small
    ///
    /// # Errors
    ///
    /// As [`PurchaseModel::expected_purchases`].
    fn log_probability_of_count_new_customer(
        &self,
        horizon: f64,
        purchases: u32,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_of(horizon, Self::IS_DISCRETE)?;
        Ok(self.log_count_of_new_customer(horizon, purchases))
    }

    /// Expected purchases in the `horizon` after the cut-off, each discounted to it.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(H) = ∫₀ᴴ e^(−δt) dE(t)
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate` (δ, d): 1/time, `0 ≤ δ < ∞`; in continuous time an effective rate i per unit
    ///   of time is δ = ln(1 + i)
    /// - returns: purchase events at the cut-off's value, `0 ≤ D ≤ E(H)`
    ///
    /// # Errors
    ///
    /// As [`PurchaseModel::expected_purchases`], and [`ForecastError::DiscountRate`] when the rate is
    /// negative or not finite.
    fn discounted_expected_purchases(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        discount_rate: f64,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_of(horizon, Self::IS_DISCRETE)?;
        let rate = discount_rate_checked(discount_rate)?;
        let if_alive = if rate == 0.0 {
            self.purchases_if_alive(statistics, horizon)
        } else {
            self.discounted_purchases_if_alive(statistics, horizon, rate)
        };
        Ok(self.probability_alive(statistics) * if_alive)
    }

    /// Discounted expected residual purchases: the same over an unlimited future (DERT).
    ///
    /// # Formula
    ///
    /// ```text
    /// D(∞) = ∫₀^∞ e^(−δt) dE(t) = δ·∫₀^∞ e^(−δt)·E(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `discount_rate` (δ, d): 1/time, `0 < δ < ∞`
    /// - returns: purchase events at the cut-off's value, `0 ≤ D`
    ///
    /// # Errors
    ///
    /// [`ForecastError::ResidualWithoutDiscount`] when δ is 0, [`ForecastError::DiscountRate`] when
    /// it is negative or not finite.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), "RFM and CLV", J. Marketing Research 42(4), 415–430.
    fn residual_purchases(
        &self,
        statistics: &Self::Statistics,
        discount_rate: f64,
    ) -> Result<f64, ForecastError> {
        let rate = residual_rate_checked(discount_rate)?;
        let if_alive = self.discounted_purchases_if_alive(statistics, f64::INFINITY, rate);
        Ok(self.probability_alive(statistics) * if_alive)
    }
}

/// `value` when it is a horizon.
pub(super) fn horizon_checked(value: f64) -> Result<f64, ForecastError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(ForecastError::Horizon { value })
    }
}

/// `value` when it is a horizon of a model of continuous or of discrete time.
fn horizon_of(value: f64, is_discrete: bool) -> Result<f64, ForecastError> {
    let horizon = horizon_checked(value)?;
    if is_discrete && horizon.fract() != 0.0 {
        return Err(ForecastError::HorizonNotWhole { value });
    }
    Ok(horizon)
}

/// `value` when it is a discount rate.
pub(super) fn discount_rate_checked(value: f64) -> Result<f64, ForecastError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(ForecastError::DiscountRate { value })
    }
}

/// `value` when it is a discount rate that makes an unlimited future finite.
pub(super) fn residual_rate_checked(value: f64) -> Result<f64, ForecastError> {
    if discount_rate_checked(value)? == 0.0 {
        return Err(ForecastError::ResidualWithoutDiscount { value });
    }
    Ok(value)
}
