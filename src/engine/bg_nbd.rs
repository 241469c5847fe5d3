//! BG/NBD: how often a customer buys, and whether they have left.
//!
//! While alive a customer buys at the rate λ, and after each purchase leaves for good with
//! probability p. Over the base λ is gamma distributed (shape r, rate α) and p beta distributed
//! (a, b), independently. Given that a customer with history (x, t_x, T) is alive, λ is again gamma
//! (r + x, α + T) and p beta (a, b + x); every forecast here is an average over these two.
//!
//! - this file: the likelihood and the probability of being alive;
//! - `count`: how many purchases there may be;
//! - `forecast`: the future of a customer who has not left, at any legal parameters;
//! - `stay`: how long such a customer stays;
//! - [`scorer`]: the same numbers for many customers, about a hundred times faster;
//! - [`residual`]: likewise for the residual purchases.

mod count;
mod forecast;
pub mod residual;
pub mod scorer;
mod shares;
mod stay;
mod survival;

use super::numeric::quadrature::decay_reach;
use super::numeric::rising::{ln_beta_rising, ln_rising};
use super::numeric::special::{exp, ln, ln_1p, softplus};
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::PurchaseStatistics;
use forecast::Future;

pub(super) use survival::{BgNbdStay, BgNbdSurvival};

pub use residual::BgNbdResidual;
pub use scorer::{BgNbdScorer, PurchaseForecast};

/// Parameters of the BG/NBD model.
///
/// # Source
///
/// Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the
/// Pareto/NBD Model", Marketing Science 24(2), 275–284.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    /// r: shape of the purchase rates, dimensionless, above 0.
    pub r: f64,
    /// α: rate of the purchase rates, in time, above 0.
    pub alpha: f64,
    /// a: beta parameter of the dropout probability, dimensionless, above 0.
    pub a: f64,
    /// b: beta parameter of the dropout probability, dimensionless, above 0.
    pub b: f64,
}

impl BgNbd {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            r: positive("r", r)?,
            alpha: positive("alpha", alpha)?,
            a: positive("a", a)?,
            b: positive("b", b)?,
        })
    }

    /// The model of somebody who is alive after x repeat purchases in T.
    fn after(&self, frequency: f64, age: f64) -> Self {
        Self {
            r: self.r + frequency,
            alpha: self.alpha + age,
            a: self.a,
            b: self.b + frequency,
        }
    }

    /// a/(b + x − 1) for x ≥ 1; the order of the sum keeps a small b exact at x = 1.
    fn dropout_odds(&self, x: f64) -> f64 {
        self.a / (self.b + (x - 1.0))
    }
}

impl PurchaseModel for BgNbd {
    type Statistics = PurchaseStatistics;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = Γ(r+x)·αʳ/Γ(r) · Γ(a+b)·Γ(b+x) / (Γ(b)·Γ(a+b+x))
    ///     · [ (α+T)^−(r+x) + 1{x>0}·a/(b+x−1)·(α+t_x)^−(r+x) ]
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 6; Hardie's note 004 for this factoring.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        let x = statistics.frequency();
        log_rate_likelihood(self.r, self.alpha, statistics)
            + ln_beta_rising(self.a, self.b, x)
            + softplus(self.log_odds_left(statistics))
    }

    /// Logarithm of the odds that the customer has left.
    ///
    /// # Formula
    ///
    /// ```text
    /// odds = 1{x>0}·a/(b+x−1) · ((α+T)/(α+t_x))^(r+x)
    /// ```
    ///
    /// Without a repeat purchase they are 0: a customer of this model can only leave at a repeat
    /// purchase.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), the denominator of equation 10; Hardie's note 021 by itself.
    fn log_odds_left(&self, statistics: &PurchaseStatistics) -> f64 {
        let x = statistics.frequency();
        if x == 0.0 {
            return f64::NEG_INFINITY;
        }
        ln(self.dropout_odds(x)) + log_idleness(self.r, self.alpha, statistics)
    }

    /// Probability that the customer has not left by the cut-off.
    ///
    /// # Formula
    ///
    /// ```text
    /// P = w / (w + a/(b+x−1)),   w = exp(−(r+x)·ln(1 + (T−t_x)/(α+t_x)))
    /// ```
    ///
    /// One logarithm less than by the odds, for whoever scores millions.
    ///
    /// # Units
    ///
    /// - returns: probability, `0 ≤ P ≤ 1`; exactly 1 without a repeat purchase
    ///
    /// # Source
    ///
    /// As [`BgNbd::log_odds_left`].
    fn probability_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let x = statistics.frequency();
        if x == 0.0 {
            return 1.0;
        }
        let survival = exp(-log_idleness(self.r, self.alpha, statistics));
        survival / (survival + self.dropout_odds(x))
    }

    /// Expected purchases of a customer who has not left.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t | alive) = Eₚ[ (1 − (A/(A + p·t))^(r+x)) / p ],   p ~ Beta(a, b+x),  A = α + T
    /// ```
    ///
    /// The published form has the factor (a+b+x−1)/(a−1) and a Gauss hypergeometric function; it
    /// breaks down at a = 1 and, for x = 0, at a + b ≤ 1. The average over p has no such point.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 10, before its integral over p is done.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    fn purchases_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        Future::new(self, statistics.frequency(), statistics.age(), horizon).purchases(horizon)
    }

    /// The same, discounted.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(H | alive) = e^(−δH)·E(H | alive) + δ·∫₀ᴴ e^(−δt)·E(t | alive) dt
    /// ```
    ///
    /// # Source
    ///
    /// Integration by parts of the definition. Reference values: `tests/golden/bg-nbd-forecasts.json`.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        let (frequency, age) = (statistics.frequency(), statistics.age());
        let reach = if horizon.is_infinite() {
            decay_reach(discount_rate_continuous)
        } else {
            horizon
        };
        Future::new(self, frequency, age, reach)
            .discounted_purchases(horizon, discount_rate_continuous)
    }

    /// Expected purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(t)] = Eₚ[ (1 − (α/(α + p·t))ʳ) / p ],   p ~ Beta(a, b)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 9, before its integral over p is done.
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        Future::new(self, 0.0, 0.0, horizon).purchases(horizon)
    }

    /// Logarithm of the probability of n purchases of a customer who has not left.
    ///
    /// # Formula
    ///
    /// As [`BgNbd::log_count_of_new_customer`], with r + x, α + T and b + x.
    ///
    /// # Source
    ///
    /// Given that a customer is alive, λ and p have the same distributions with these parameters.
    fn log_count_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        let (x, age) = (statistics.frequency(), statistics.age());
        count::log_count(&self.after(x, age), horizon, purchases)
    }

    /// Logarithm of the probability of n purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X(t) = n) = B(a, b+n)/B(a, b)·P(N = n) + 1{n>0}·B(a+1, b+n−1)/B(a, b)·P(N ≥ n)
    /// N: negative binomial (r, α/(α+t)),   P(N ≥ n) = I(t/(α+t); n, r)
    /// ```
    ///
    /// The paper writes P(N ≥ n) as 1 less a sum, which drowns in rounding where it is small.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 8.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        count::log_count(self, horizon, purchases)
    }
}

/// ln of Γ(r+x)·αʳ / (Γ(r)·(α+T)^(r+x)): the likelihood of x events in T by a customer who stays.
///
/// Written so that α ≫ T costs no digits: αʳ/(α+T)ʳ is (1 + T/α)^−r.
pub(super) fn log_rate_likelihood(r: f64, alpha: f64, statistics: &PurchaseStatistics) -> f64 {
    let (x, age) = (statistics.frequency(), statistics.age());
    ln_rising(r, x) - r * ln_1p(age / alpha) - x * ln(alpha + age)
}

/// ln of ((α+T)/(α+t_x))^(r+x): how much less likely the silence since t_x is for one who stays.
pub(super) fn log_idleness(r: f64, alpha: f64, statistics: &PurchaseStatistics) -> f64 {
    let idle = statistics.age() - statistics.recency();
    (r + statistics.frequency()) * ln_1p(idle / (alpha + statistics.recency()))
}

#[cfg(test)]
mod tests;
