//! MBG/NBD: the BG/NBD model in which a customer may leave after the first purchase too.
//!
//! While alive a customer buys at the rate λ, and after each purchase, the first included, leaves
//! for good with probability p; λ is gamma distributed (r, α) over the base and p beta (a, b). So
//! those who never came back are no longer all counted as alive.
//!
//! After the first purchase has been survived nothing distinguishes a customer from one of the BG/NBD
//! model with b + 1 in place of b. All forecasts use that.

use super::bg_nbd::{BgNbd, log_idleness, log_rate_likelihood};
use super::numeric::rising::ln_beta_rising;
use super::numeric::special::{ln, log_sum_exp, softplus};
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::PurchaseStatistics;
use super::time_alive::TimeAlive;

/// Parameters of the MBG/NBD model.
///
/// # Source
///
/// Batislam, Denizel and Filiztekin (2007), "Empirical validation and comparison of models for
/// customer base analysis", International Journal of Research in Marketing 24(3), 201–209.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MbgNbd {
    /// r: shape of the purchase rates, dimensionless, above 0.
    pub r: f64,
    /// α: rate of the purchase rates, in time, above 0.
    pub alpha: f64,
    /// a: beta parameter of the dropout probability, dimensionless, above 0.
    pub a: f64,
    /// b: beta parameter of the dropout probability, dimensionless, above 0.
    pub b: f64,
}

impl MbgNbd {
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

    /// The BG/NBD model of a customer who stayed after the first purchase.
    pub(in crate::engine) fn after_first_purchase(&self) -> BgNbd {
        let Self { r, alpha, a, b } = *self;
        BgNbd {
            r,
            alpha,
            a,
            b: b + 1.0,
        }
    }
}

impl PurchaseModel for MbgNbd {
    type Statistics = PurchaseStatistics;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = Γ(r+x)·αʳ/Γ(r) · B(a, b+x+1)/B(a, b) · [ (α+T)^−(r+x) + a/(b+x)·(α+t_x)^−(r+x) ]
    /// ```
    ///
    /// # Source
    ///
    /// Batislam, Denizel and Filiztekin (2007), appendix; the BG/NBD likelihood with one more chance
    /// to leave, at t = 0. Reference values: `tests/golden/lifetime-value.csv`.
    fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        let chances = statistics.frequency() + 1.0;
        log_rate_likelihood(self.r, self.alpha, statistics)
            + ln_beta_rising(self.a, self.b, chances)
            + softplus(self.log_odds_left(statistics))
    }

    /// Logarithm of the odds that the customer has left.
    ///
    /// # Formula
    ///
    /// ```text
    /// odds = a/(b+x) · ((α+T)/(α+t_x))^(r+x)
    /// ```
    ///
    /// # Source
    ///
    /// The two terms of the likelihood.
    fn log_odds_left(&self, statistics: &PurchaseStatistics) -> f64 {
        let odds = self.a / (self.b + statistics.frequency());
        ln(odds) + log_idleness(self.r, self.alpha, statistics)
    }

    /// Expected purchases of a customer who has not left.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(t | alive) = Eₚ[ (1 − (A/(A + p·t))^(r+x)) / p ],   p ~ Beta(a, b+x+1),  A = α + T
    /// ```
    ///
    /// # Source
    ///
    /// As [`BgNbd::purchases_if_alive`], with b + 1.
    fn purchases_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        self.after_first_purchase()
            .purchases_if_alive(statistics, horizon)
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
    /// As [`BgNbd::discounted_purchases_if_alive`], with b + 1. Reference values:
    /// `tests/golden/lifetime-value.csv`.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        self.after_first_purchase().discounted_purchases_if_alive(
            statistics,
            horizon,
            discount_rate_continuous,
        )
    }

    /// Expected purchases of a new customer, who may have left right after the first purchase.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(t)] = b/(a+b) · Eₚ[ (1 − (α/(α + p·t))ʳ) / p ],   p ~ Beta(a, b+1)
    /// ```
    ///
    /// # Source
    ///
    /// Batislam, Denizel and Filiztekin (2007), appendix, before the integral over p is done.
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        let stays = self.b / (self.a + self.b);
        stays
            * self
                .after_first_purchase()
                .purchases_of_new_customer(horizon)
    }

    /// Logarithm of the probability of n purchases of a customer who has not left: as
    /// [`BgNbd::log_count_if_alive`], with b + 1.
    fn log_count_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        self.after_first_purchase()
            .log_count_if_alive(statistics, horizon, purchases)
    }

    /// Logarithm of the probability of n purchases of a new customer.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X(t) = n) = b/(a+b)·P(X(t) = n | stayed) + 1{n=0}·a/(a+b)
    /// ```
    ///
    /// The first term as for the BG/NBD model with b + 1.
    ///
    /// # Source
    ///
    /// Batislam, Denizel and Filiztekin (2007), appendix, by the first chance to leave.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        let stayed = self.after_first_purchase();
        let of_stayed = stayed.log_count_of_new_customer(horizon, purchases);
        let stays = ln_beta_rising(self.a, self.b, 1.0) + of_stayed;
        if 0 < purchases {
            return stays;
        }
        log_sum_exp(stays, ln(self.a / (self.a + self.b))).min(0.0)
    }
}

/// Of a customer who stayed after the first purchase: as in the BG/NBD model with b + 1.
impl TimeAlive for MbgNbd {
    fn survival_if_alive(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        let stayed = self.after_first_purchase();
        stayed.survival_if_alive(statistics, time)
    }

    fn time_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        self.after_first_purchase()
            .time_if_alive(statistics, horizon)
    }

    fn discounted_time_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        let stayed = self.after_first_purchase();
        stayed.discounted_time_if_alive(statistics, horizon, discount_rate_continuous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_seen_once_may_have_left() {
        let model = MbgNbd::new(1.0, 4.0, 1.0, 1.0).unwrap();
        let once = PurchaseStatistics::new(0.0, 0.0, 4.0).unwrap();
        // odds = 1·(8/4)¹
        assert!((model.probability_alive(&once) - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn parameters_are_refused_by_name() {
        let error = MbgNbd::new(1.0, 1.0, 1.0, f64::NAN).unwrap_err();
        assert!(matches!(
            error,
            ParameterError::NotPositive { name: "b", .. }
        ));
    }
}
