//! NBD: how often a customer buys when nobody ever leaves.
//!
//! A customer buys at the rate λ, for ever; over the base λ is gamma distributed (shape r, rate α).
//! It is the baseline that a model of leaving has to beat.

use super::bg_nbd::log_rate_likelihood;
use super::numeric::rising::ln_rising;
use super::numeric::special::{exp_m1, ln_1p};
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::PurchaseStatistics;
use super::time_alive::TimeAlive;

/// Parameters of the NBD model.
///
/// # Source
///
/// Ehrenberg (1959), "The Pattern of Consumer Purchases", Applied Statistics 8(1), 26–41.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nbd {
    /// r: shape of the purchase rates, dimensionless, above 0.
    pub r: f64,
    /// α: rate of the purchase rates, in time, above 0.
    pub alpha: f64,
}

impl Nbd {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(r: f64, alpha: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            r: positive("r", r)?,
            alpha: positive("alpha", alpha)?,
        })
    }

    /// Expected purchase rate of a customer with this history.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[λ | x, T] = (r + x)/(α + T)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: purchase events in a unit of time; between the base's rate r/α and the customer's
    ///   own x/T
    ///
    /// # Source
    ///
    /// The mean of λ's posterior, gamma (r + x, α + T).
    ///
    /// # Examples
    ///
    /// ```
    /// use customer_value::engine::nbd::Nbd;
    /// use customer_value::engine::statistics::PurchaseStatistics;
    ///
    /// let model = Nbd { r: 1.0, alpha: 10.0 };
    /// let statistics = PurchaseStatistics::new(4.0, 30.0, 40.0)?;
    /// assert_eq!(model.expected_rate(&statistics), 0.1); // (1 + 4)/(10 + 40)
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn expected_rate(&self, statistics: &PurchaseStatistics) -> f64 {
        (self.r + statistics.frequency()) / (self.alpha + statistics.age())
    }
}

impl PurchaseModel for Nbd {
    type Statistics = PurchaseStatistics;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = Γ(r+x)·αʳ / (Γ(r)·(α+T)^(r+x))
    /// ```
    ///
    /// The density of the event times, as in the other families; the probability of the number x
    /// alone has the factor Tˣ/x! besides, which no parameter moves.
    ///
    /// # Source
    ///
    /// Ehrenberg (1959), the negative binomial distribution as a gamma mixture.
    /// Reference values: `tests/golden/lifetime-value.csv`.
    fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        log_rate_likelihood(self.r, self.alpha, statistics)
    }

    /// −∞: nobody leaves, and P(alive) is 1.
    fn log_odds_left(&self, _: &PurchaseStatistics) -> f64 {
        f64::NEG_INFINITY
    }

    /// Expected purchases.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t) = (r + x)/(α + T) · t
    /// ```
    ///
    /// # Source
    ///
    /// [`Nbd::expected_rate`].
    fn purchases_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        self.expected_rate(statistics) * horizon
    }

    /// The same, discounted.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(H) = (r + x)/(α + T) · (1 − e^(−δH))/δ
    /// ```
    ///
    /// # Source
    ///
    /// The integral of [`Nbd::expected_rate`], discounted.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        self.expected_rate(statistics) * annuity(horizon, discount_rate_continuous)
    }

    /// Expected purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(t)] = r/α · t
    /// ```
    ///
    /// # Source
    ///
    /// The mean of λ over the base, gamma (r, α).
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        self.r / self.alpha * horizon
    }

    /// Logarithm of the probability of n purchases.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X = n) = Γ(s+n)/(Γ(s)·n!) · (A/(A+t))ˢ · (t/(A+t))ⁿ,   s = r + x,  A = α + T
    /// ```
    ///
    /// # Source
    ///
    /// Ehrenberg (1959), the negative binomial distribution as a gamma mixture, with λ's posterior.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        let shape = self.r + statistics.frequency();
        let rate = self.alpha + statistics.age();
        log_negative_binomial(shape, rate, horizon, purchases)
    }

    /// The same for a new customer: s = r, A = α.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        log_negative_binomial(self.r, self.alpha, horizon, purchases)
    }
}

/// Logarithm of the probability of n events in t at a rate that is gamma distributed (s, A).
///
/// # Formula
///
/// ```text
/// ln P = ln Γ(s+n)/Γ(s) − ln n! − s·ln(1 + t/A) − n·ln(1 + A/t)
/// ```
pub(super) fn log_negative_binomial(shape: f64, rate: f64, time: f64, events: u32) -> f64 {
    let none = -shape * ln_1p(time / rate);
    if events == 0 {
        // 0 − 0 is 0, where the negative of 0 is −0.
        return 0.0 + none;
    }
    let n = f64::from(events);
    ln_rising(shape, n) - ln_rising(1.0, n) + none - n * ln_1p(rate / time)
}

/// Nobody leaves: S = 1, so that all of the horizon is time alive.
impl TimeAlive for Nbd {
    fn survival_if_alive(&self, _: &PurchaseStatistics, _: f64) -> f64 {
        1.0
    }

    fn time_if_alive(&self, _: &PurchaseStatistics, horizon: f64) -> f64 {
        horizon
    }

    fn discounted_time_if_alive(
        &self,
        _: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        annuity(horizon, discount_rate_continuous)
    }
}

/// ∫₀ᴴ e^(−δt) dt = (1 − e^(−δH))/δ.
fn annuity(horizon: f64, discount_rate: f64) -> f64 {
    -exp_m1(-discount_rate * horizon) / discount_rate
}
