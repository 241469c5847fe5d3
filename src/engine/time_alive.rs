//! How long a customer stays: for costs that every day of being a customer brings, bought or not.
//!
//! The models of continuous time say it beside the purchases they foretell. As with those, what a
//! history says is the probability that the customer has not left, times what is expected of one who
//! has not.

use super::purchase_model::{ForecastError, PurchaseModel, discount_rate_checked, horizon_checked};

/// A model of purchases in continuous time that also says how long customers stay.
pub trait TimeAlive: PurchaseModel {
    /// Probability that a customer alive at the cut-off is still so after `time`.
    ///
    /// # Units
    ///
    /// - `time` (t): time, `0 ≤ t < ∞`; anything else means nothing here, the callers check it
    /// - returns: probability, `0 ≤ S ≤ 1`, falling with t from 1
    fn survival_if_alive(&self, statistics: &Self::Statistics, time: f64) -> f64;

    /// Expected time alive in the `horizon` of a customer alive at the cut-off.
    ///
    /// # Formula
    ///
    /// ```text
    /// L(H | alive) = ∫₀ᴴ S(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - returns: time, `0 ≤ L ≤ H`
    fn time_if_alive(&self, statistics: &Self::Statistics, horizon: f64) -> f64;

    /// The same, each instant discounted to the cut-off; the horizon may be infinite.
    ///
    /// # Formula
    ///
    /// ```text
    /// L(H | alive) = ∫₀ᴴ e^(−δt)·S(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H ≤ ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 < δ < ∞`
    /// - returns: time at the cut-off's value, `0 ≤ L ≤ (1 − e^(−δH))/δ`
    fn discounted_time_if_alive(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64;

    /// Probability of still being alive after `time`, given the customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(alive at T + t) = P(alive at T) · S(t)
    /// ```
    ///
    /// # Units
    ///
    /// - `time` (t): time, `0 ≤ t < ∞`
    /// - returns: probability, at most that of being alive now
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when `t` is negative or not finite.
    fn survival(&self, statistics: &Self::Statistics, time: f64) -> Result<f64, ForecastError> {
        let time = horizon_checked(time)?;
        Ok(self.probability_alive(statistics) * self.survival_if_alive(statistics, time))
    }

    /// Expected time alive in the `horizon` after the cut-off, given the customer's history, each
    /// instant discounted to it.
    ///
    /// # Formula
    ///
    /// ```text
    /// L(H) = P(alive) · ∫₀ᴴ e^(−δt)·S(t) dt
    /// ```
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    /// - returns: time at the cut-off's value, `0 ≤ L ≤ P(alive)·H`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] and [`ForecastError::DiscountRate`] when the argument is negative
    /// or not finite.
    fn expected_time_alive(
        &self,
        statistics: &Self::Statistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<f64, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        let rate = discount_rate_checked(discount_rate_continuous)?;
        let if_alive = if rate == 0.0 {
            self.time_if_alive(statistics, horizon)
        } else {
            self.discounted_time_if_alive(statistics, horizon, rate)
        };
        Ok(self.probability_alive(statistics) * if_alive)
    }
}
