//! Pareto/NBD: customers who may leave at any time, not only after a purchase.
//!
//! While alive a customer buys at the rate λ; their life is exponential with rate μ. Over the base λ
//! is gamma distributed (shape r, rate α) and μ gamma distributed (s, β), independently. Given that
//! a customer with history (x, t_x, T) is alive, λ is gamma (r + x, α + T) and μ gamma (s, β + T).
//!
//! - this file: likelihood, probability of being alive, forecasts;
//! - `count`: how many purchases there may be;
//! - `silence`: the one integral of the model, over the time at which the customer may have left;
//! - [`residual`]: residual purchases of many customers.
//!
//! The published forms are differences of two Gauss hypergeometric functions, which lose all digits
//! at t_x near T, at α = β and for hundreds of purchases; s = 1 needs a formula of its own. Here the
//! integral is done by quadrature, all of whose terms are positive.

mod count;
pub mod residual;
mod silence;

use super::bg_nbd::log_rate_likelihood;
use super::numeric::quadrature::visit_log_concave;
use super::numeric::special::{exp, exp_m1, exp_m1_over, ln_1p, softplus};
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::PurchaseStatistics;
use super::time_alive::TimeAlive;

pub use residual::ParetoNbdResidual;
pub(super) use silence::{Departure, visit_departures, visit_leaving};

/// Parameters of the Pareto/NBD model.
///
/// # Source
///
/// Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and What Will
/// They Do Next?", Management Science 33(1), 1–24; Fader and Hardie (2005), "A Note on Deriving the
/// Pareto/NBD Model and Related Expressions", from here on "the note".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    /// r: shape of the purchase rates, dimensionless, above 0.
    pub r: f64,
    /// α: rate of the purchase rates, in time, above 0.
    pub alpha: f64,
    /// s: shape of the dropout rates, dimensionless, above 0.
    pub s: f64,
    /// β: rate of the dropout rates, in time, above 0.
    pub beta: f64,
}

impl ParetoNbd {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            r: positive("r", r)?,
            alpha: positive("alpha", alpha)?,
            s: positive("s", s)?,
            beta: positive("beta", beta)?,
        })
    }

    /// Probability that a customer who is alive at `time`, after so many purchases, leaves before the
    /// next one.
    ///
    /// # Formula
    ///
    /// ```text
    /// L(y) = s·∫₀^∞ ((α+y)/(α+y+u))^(r+x)·((β+y)/(β+y+u))^s du/(β+y+u) = E[μ/(λ+μ)]
    /// ```
    ///
    /// The odds of having left are a difference of two of them, L(t_x) carried on to T less L(T).
    ///
    /// # Source
    ///
    /// The note, equation 18, its integral from t_x to T as one from t_x on less one from T on.
    pub(super) fn leaves_first(&self, frequency: f64, time: f64) -> f64 {
        let mut sum = 0.0;
        let totals = [self.alpha + time, self.beta + time];
        visit_leaving(
            self.r + frequency,
            self.s,
            totals,
            f64::INFINITY,
            |leaving| {
                sum += leaving.share;
            },
        );
        sum
    }

    /// E[λ | x, T, alive] = (r + x)/(α + T).
    fn rate_if_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        (self.r + statistics.frequency()) / (self.alpha + statistics.age())
    }
}

/// ∫₀ᵗ (B/(B + τ))ˢ dτ: the time that a customer with B = β + T is expected to stay of the next t.
///
/// With v = ln(1 + τ/B) it is `B·(e^((1−s)·ln(1 + t/B)) − 1)/(1 − s)`, which has its limit at s = 1.
fn expected_stay(s: f64, rate: f64, horizon: f64) -> f64 {
    rate * exp_m1_over(1.0 - s, ln_1p(horizon / rate))
}

/// ∫₀ᴴ e^(−δτ)·(B/(B + τ))ˢ dτ, in v = ln(1 + τ/B): the integrand is e^φ with the concave
/// φ(v) = (1 − s)·v − δB·(eᵛ − 1).
fn discounted_stay(s: f64, rate: f64, horizon: f64, discount_rate: f64) -> f64 {
    let decay = discount_rate * rate;
    let end = ln_1p(horizon / rate);
    let mut sum = 0.0;
    visit_log_concave(
        end,
        |v| (1.0 - s) - decay * exp(v),
        |v, weight| sum += weight * exp((1.0 - s) * v - decay * exp_m1(v)),
    );
    rate * sum
}

impl PurchaseModel for ParetoNbd {
    type Statistics = PurchaseStatistics;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = Γ(r+x)·αʳ·βˢ/Γ(r)
    ///     · [ (α+T)^−(r+x)·(β+T)^−s + s·∫ (α+y)^−(r+x)·(β+y)^−(s+1) dy ],   t_x ≤ y ≤ T
    /// ```
    ///
    /// # Source
    ///
    /// The note, equations 18 to 20, before the integral in them is done.
    /// Reference values: `tests/golden/lifetime-value.csv`.
    fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        log_rate_likelihood(self.r, self.alpha, statistics)
            - self.s * ln_1p(statistics.age() / self.beta)
            + softplus(self.log_odds_left(statistics))
    }

    /// Logarithm of the odds that the customer has left.
    ///
    /// # Formula
    ///
    /// ```text
    /// odds = s·∫ ((α+T)/(α+y))^(r+x)·((β+T)/(β+y))^s dy/(β+y),   t_x ≤ y ≤ T
    /// ```
    ///
    /// −∞ when t_x = T: somebody who buys is there.
    ///
    /// # Source
    ///
    /// The note, equations 36 and 37, before the integral in them is done.
    fn log_odds_left(&self, statistics: &PurchaseStatistics) -> f64 {
        silence::log_odds(self, statistics)
    }

    /// Expected purchases of a customer who has not left.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t | alive) = (r+x)/(α+T) · ∫₀ᵗ ((β+T)/(β+T+τ))^s dτ
    ///              = (r+x)·(β+T)/((α+T)·(s−1)) · [ 1 − ((β+T)/(β+T+t))^(s−1) ]
    /// ```
    ///
    /// # Source
    ///
    /// The note, equation 41; written so that s = 1 is no exception.
    fn purchases_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        let rate = self.beta + statistics.age();
        self.rate_if_alive(statistics) * expected_stay(self.s, rate, horizon)
    }

    /// The same, discounted.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(H | alive) = (r+x)/(α+T) · ∫₀ᴴ e^(−δτ)·((β+T)/(β+T+τ))^s dτ
    /// ```
    ///
    /// For H = ∞ the integral is (β+T)·Ψ(1, 2−s; δ(β+T)), Ψ the confluent hypergeometric function of
    /// the second kind.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), "RFM and CLV", J. Marketing Research 42(4), 415–430, equation 5.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        let rate = self.beta + statistics.age();
        let stay = discounted_stay(self.s, rate, horizon, discount_rate_continuous);
        self.rate_if_alive(statistics) * stay
    }

    /// Expected purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(t)] = r/α · ∫₀ᵗ (β/(β+τ))^s dτ = r·β/(α·(s−1)) · [ 1 − (β/(β+t))^(s−1) ]
    /// ```
    ///
    /// # Source
    ///
    /// The note, equation 27.
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        self.r / self.alpha * expected_stay(self.s, self.beta, horizon)
    }

    /// Logarithm of the probability of n purchases of a customer who has not left.
    ///
    /// # Formula
    ///
    /// As [`ParetoNbd::log_count_of_new_customer`], with r + x, α + T and β + T.
    ///
    /// # Source
    ///
    /// Fader and Hardie (2014), "Deriving the Conditional PMF of the Pareto/NBD Model", note 028.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        let age = statistics.age();
        let now = Self {
            r: self.r + statistics.frequency(),
            alpha: self.alpha + age,
            beta: self.beta + age,
            ..*self
        };
        count::log_count(&now, horizon, purchases)
    }

    /// Logarithm of the probability of n purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X(t) = n) = P(N(t) = n)·(β/(β+t))ˢ + ∫₀ᵗ P(N(τ) = n)·(β/(β+τ))ˢ·s/(β+τ) dτ
    /// N(τ): negative binomial (r, α/(α+τ))
    /// ```
    ///
    /// # Source
    ///
    /// Fader and Hardie (2006), "Deriving an Expression for P(X(t) = x) Under the Pareto/NBD Model",
    /// note 012, before its integral is done.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        count::log_count(self, horizon, purchases)
    }
}

impl TimeAlive for ParetoNbd {
    /// Probability that a customer alive at the cut-off is still so after a time.
    ///
    /// # Formula
    ///
    /// ```text
    /// S(t) = ((β+T)/(β+T+t))^s
    /// ```
    ///
    /// # Source
    ///
    /// The mean of e^(−μt) over μ ~ gamma (s, β + T).
    /// Reference values: `tests/golden/time-alive.csv`.
    fn survival_if_alive(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        exp(-self.s * ln_1p(time / (self.beta + statistics.age())))
    }

    /// Expected time alive: the integral of [`ParetoNbd::purchases_if_alive`].
    fn time_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        expected_stay(self.s, self.beta + statistics.age(), horizon)
    }

    /// The same, discounted: the integral of [`ParetoNbd::discounted_purchases_if_alive`].
    fn discounted_time_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        let rate = self.beta + statistics.age();
        discounted_stay(self.s, rate, horizon, discount_rate_continuous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::numeric::special::ln;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = ((actual - expected) / expected).abs();
        assert!(error < 1e-13, "{actual} against {expected}: {error:e}");
    }

    #[test]
    fn equal_scales_have_a_closed_form() {
        // α = β: odds = s/(r+s+x)·[((α+T)/(α+t_x))^(r+s+x) − 1]
        let model = ParetoNbd::new(0.5, 10.0, 1.5, 10.0).unwrap();
        let statistics = PurchaseStatistics::new(2.0, 20.0, 50.0).unwrap();
        check(
            model.log_odds_left(&statistics),
            ln(1.5 / 4.0 * (libm::pow(2.0, 4.0) - 1.0)),
        );
    }

    #[test]
    fn somebody_who_just_bought_is_there() {
        let model = ParetoNbd::new(0.5, 10.0, 1.5, 7.0).unwrap();
        let statistics = PurchaseStatistics::new(2.0, 50.0, 50.0).unwrap();
        assert_eq!(model.probability_alive(&statistics), 1.0);
        assert_eq!(model.log_probability_alive(&statistics), 0.0);
    }

    #[test]
    fn dropout_at_shape_1_is_a_logarithm() {
        // s = 1: E = r/α·β·ln(1 + t/β)
        let model = ParetoNbd::new(2.0, 4.0, 1.0, 3.0).unwrap();
        check(model.purchases_of_new_customer(6.0), 1.5 * ln(3.0));
    }

    #[test]
    fn discounting_without_dropout_is_an_annuity() {
        // s → 0: ∫₀^∞ e^(−δτ) dτ = 1/δ
        check(discounted_stay(1e-300, 5.0, f64::INFINITY, 0.01), 100.0);
        check(
            discounted_stay(1e-300, 5.0, 100.0, 0.01),
            100.0 * (1.0 - exp(-1.0)),
        );
    }
}
