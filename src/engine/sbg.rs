//! Shifted beta-geometric (sBG): customers under contract, who renew or leave.
//!
//! At the end of each period a customer leaves with probability θ, else renews; over the base θ is
//! beta distributed (α, β). Whoever left is known to have left. Retention rises with age although no
//! customer changes: those with a high θ leave first.

use super::numeric::geometric::expected_periods;
use super::numeric::rising::ln_beta_rising;
use super::numeric::special::ln;
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::RenewalStatistics;

/// Parameters of the shifted beta-geometric model.
///
/// # Source
///
/// Fader and Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing
/// 21(1), 76–90; from here on "the paper".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sbg {
    /// α: beta parameter of the probability of leaving, dimensionless, above 0.
    pub alpha: f64,
    /// β: beta parameter of the probability of leaving, dimensionless, above 0.
    pub beta: f64,
}

impl Sbg {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(alpha: f64, beta: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            alpha: positive("alpha", alpha)?,
            beta: positive("beta", beta)?,
        })
    }

    /// Probability that a new customer renews at least `renewals` times.
    ///
    /// # Formula
    ///
    /// ```text
    /// S(t) = B(α, β+t)/B(α, β)
    /// ```
    ///
    /// # Units
    ///
    /// - `renewals` (t): whole, `0 ≤ t`
    /// - returns: natural logarithm of the probability
    ///
    /// # Source
    ///
    /// The paper, equation 6.
    #[must_use]
    pub fn log_survival(&self, renewals: f64) -> f64 {
        ln_beta_rising(self.alpha, self.beta, renewals)
    }

    /// Probability that a customer with so many renewals renews once more: the retention rate.
    ///
    /// # Formula
    ///
    /// ```text
    /// S(t+1)/S(t) = (β+t)/(α+β+t)
    /// ```
    ///
    /// # Units
    ///
    /// - `renewals` (t): whole, `0 ≤ t`
    /// - returns: probability, `0 < r ≤ 1`
    ///
    /// # Source
    ///
    /// The paper, equation 8.
    #[must_use]
    pub fn retention(&self, renewals: f64) -> f64 {
        (self.beta + renewals) / (self.alpha + (self.beta + renewals))
    }

    /// Discounted renewals in the `horizon` of a customer with so many renewals, the next one due now.
    fn renewals(&self, renewals: f64, horizon: f64, discount_rate: f64) -> f64 {
        let stays = self.beta + renewals + 1.0;
        // Seen from the next renewal on: it counts 1, not 1/(1+d).
        let if_renewed = expected_periods(self.alpha, stays, horizon, discount_rate);
        self.retention(renewals) * (1.0 + discount_rate) * if_renewed
    }
}

impl PurchaseModel for Sbg {
    type Statistics = RenewalStatistics;
    const IS_DISCRETE: bool = true;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = S(n)                      when all n periods were renewed
    /// L = S(k) − S(k+1) = S(k)·α/(α+β+k)   when the customer left after k renewals
    /// ```
    ///
    /// # Units
    ///
    /// - returns: nats; a probability
    ///
    /// # Source
    ///
    /// The paper, equations 5 and 6.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    fn log_likelihood(&self, statistics: &RenewalStatistics) -> f64 {
        let renewals = statistics.renewals();
        let survival = self.log_survival(renewals);
        if statistics.is_active() {
            survival
        } else {
            survival + ln(self.alpha / (self.alpha + (self.beta + renewals)))
        }
    }

    /// −∞ for an active customer, ∞ for one who did not renew: nothing is hidden under a contract.
    fn log_odds_left(&self, statistics: &RenewalStatistics) -> f64 {
        if statistics.is_active() {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }
    }

    /// Expected renewals of an active customer with n renewals.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(m) = Σ S(n+j)/S(n),   j = 1..m
    /// ```
    ///
    /// # Source
    ///
    /// The paper, equation 6.
    fn purchases_if_alive(&self, statistics: &RenewalStatistics, horizon: f64) -> f64 {
        self.renewals(statistics.periods(), horizon, 0.0)
    }

    /// The same, discounted, the next renewal being due now: renewal j counts 1/(1+d)^(j−1).
    ///
    /// # Formula
    ///
    /// ```text
    /// DERL = (β+n)/(α+β+n) · ₂F₁(1, β+n+1; α+β+n+1; 1/(1+d)),   n renewals so far
    /// ```
    ///
    /// # Source
    ///
    /// Fader and Hardie (2010), "Customer-Base Valuation in a Contractual Setting: The Perils of
    /// Ignoring Heterogeneity", Marketing Science 29(1), 85–93, equation 6.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &RenewalStatistics,
        horizon: f64,
        discount_rate: f64,
    ) -> f64 {
        self.renewals(statistics.periods(), horizon, discount_rate)
    }

    /// Expected renewals of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(m)] = Σ S(j),   j = 1..m
    /// ```
    ///
    /// # Source
    ///
    /// The paper, equation 6.
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        self.renewals(0.0, horizon, 0.0)
    }

    /// Logarithm of the probability of k renewals in m periods of an active customer with n renewals.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X = k) = (S(n+k) − S(n+k+1))/S(n) for k < m,   S(n+m)/S(n) for k = m
    /// ```
    ///
    /// # Source
    ///
    /// The paper, equations 5 and 6.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_if_alive(
        &self,
        statistics: &RenewalStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        let known = Self {
            alpha: self.alpha,
            beta: self.beta + statistics.periods(),
        };
        known.log_count_of_new_customer(horizon, purchases)
    }

    /// The same for a new customer: n = 0. For k < m it is the probability of leaving in period k + 1, the
    /// churn of the paper.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        let renewals = f64::from(purchases);
        if horizon < renewals {
            return f64::NEG_INFINITY;
        }
        let survival = self.log_survival(renewals);
        if renewals == horizon {
            return survival;
        }
        survival + ln(self.alpha / (self.alpha + (self.beta + renewals)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_chance_of_leaving_is_checkable_by_hand() {
        // α = β = 1: S(t) = 1/(t+1)
        let model = Sbg::new(1.0, 1.0).unwrap();
        assert!((model.log_survival(3.0) - ln(0.25)).abs() < 1e-15);
        let left = RenewalStatistics::new(1.0, 1.0, 3.0).unwrap();
        assert!((model.log_likelihood(&left) - ln(0.5 - 1.0 / 3.0)).abs() < 1e-15);
        assert_eq!(model.probability_alive(&left), 0.0);
        assert_eq!(model.expected_purchases(&left, 5.0), Ok(0.0));
        let active = RenewalStatistics::new(1.0, 1.0, 1.0).unwrap();
        let expected = model.expected_purchases(&active, 2.0).unwrap();
        assert!((expected - (2.0 / 3.0 + 2.0 / 4.0)).abs() < 1e-15);
    }
}
