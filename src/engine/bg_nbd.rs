//! BG/NBD: how often a customer buys, and whether they have left.
//!
//! While alive a customer buys at the rate λ, and after each purchase leaves for good with
//! probability p. Over the base λ is gamma distributed (shape r, rate α) and p beta distributed
//! (a, b), independently. Given that a customer with history (x, t_x, T) is alive, λ is again gamma
//! (r + x, α + T) and p beta (a, b + x); every forecast here is an average over these two.
//!
//! - this file: the likelihood and the probability of being alive;
//! - `forecast`: expected and discounted purchases, for one customer, at any legal parameters;
//! - [`scorer`]: the same numbers for many customers, about a hundred times faster.

mod forecast;
pub mod scorer;

use super::numeric::special::{exp, ln, ln_1p, ln_gamma, log_sum_exp};
use super::parameter::{ParameterError, positive};
use super::statistics::PurchaseStatistics;

pub use forecast::ForecastError;
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

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = Γ(r+x)·αʳ/Γ(r) · Γ(a+b)·Γ(b+x) / (Γ(b)·Γ(a+b+x))
    ///     · [ (α+T)^−(r+x) + 1{x>0}·a/(b+x−1)·(α+t_x)^−(r+x) ]
    /// ```
    ///
    /// # Units
    ///
    /// - returns: nats; the density of x event times, so that it changes with the unit of time
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 6; Hardie's note 004 for this factoring.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    #[must_use]
    pub fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        let Self { r, alpha, a, b } = *self;
        let x = statistics.frequency();
        let alive = -(r + x) * ln(alpha + statistics.age());
        if x == 0.0 {
            return r * ln(alpha) + alive;
        }
        let dropped = ln(self.dropout_odds(x)) - (r + x) * ln(alpha + statistics.recency());
        let rate = ln_gamma(r + x) - ln_gamma(r) + r * ln(alpha);
        let dropout = ln_gamma(a + b) - ln_gamma(b) + ln_gamma(b + x) - ln_gamma(a + b + x);
        rate + dropout + log_sum_exp(alive, dropped)
    }

    /// Probability that the customer has not left by the cut-off.
    ///
    /// # Formula
    ///
    /// ```text
    /// P = 1 / (1 + 1{x>0}·a/(b+x−1)·((α+T)/(α+t_x))^(r+x))
    ///   = w / (w + a/(b+x−1)),   w = exp(−(r+x)·ln(1 + (T−t_x)/(α+t_x)))
    /// ```
    ///
    /// The second form underflows to 0 where the first overflows.
    ///
    /// # Units
    ///
    /// - returns: probability, `0 ≤ P ≤ 1`; exactly 1 without a repeat purchase, since a customer
    ///   of this model can only leave at a repeat purchase
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), the denominator of equation 10; Hardie's note 021 by itself.
    #[must_use]
    pub fn probability_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let x = statistics.frequency();
        if x == 0.0 {
            return 1.0;
        }
        let idle = statistics.age() - statistics.recency();
        let survival = exp(-(self.r + x) * ln_1p(idle / (self.alpha + statistics.recency())));
        survival / (survival + self.dropout_odds(x))
    }

    /// a/(b + x − 1) for x ≥ 1; the order of the sum keeps a small b exact at x = 1.
    fn dropout_odds(&self, x: f64) -> f64 {
        self.a / (self.b + (x - 1.0))
    }
}

#[cfg(test)]
mod tests;
