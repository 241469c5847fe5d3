//! A purchase model of any family, prepared for a horizon and a discount rate.
//!
//! BG/NBD and MBG/NBD share the tables of [`BgNbdScorer`]: whoever stayed after the first purchase is,
//! to MBG/NBD, a customer of the BG/NBD model with b + 1, so that only the probability of being alive
//! is its own. Pareto/NBD needs no tables.

use std::sync::OnceLock;

use super::bg_nbd::{BgNbd, BgNbdScorer, BgNbdStay, BgNbdSurvival, PurchaseForecast};
use super::discount::{Discount, discounted_purchases_if_alive, discounted_time_if_alive};
use super::mbg_nbd::MbgNbd;
use super::pareto_nbd::ParetoNbd;
use super::purchase_model::{ForecastError, PurchaseModel};
use super::statistics::PurchaseStatistics;
use super::time_alive::TimeAlive;

/// A model of purchases, of a family that scores are made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnyPurchaseModel {
    /// Customers may leave after a repeat purchase.
    BgNbd(BgNbd),
    /// Customers may leave after any purchase.
    MbgNbd(MbgNbd),
    /// Customers may leave at any time.
    ParetoNbd(ParetoNbd),
}

impl AnyPurchaseModel {
    /// Natural logarithm of the likelihood of one customer's history, as
    /// [`PurchaseModel::log_likelihood`].
    #[must_use]
    pub fn log_likelihood(&self, statistics: &PurchaseStatistics) -> f64 {
        match self {
            Self::BgNbd(model) => model.log_likelihood(statistics),
            Self::MbgNbd(model) => model.log_likelihood(statistics),
            Self::ParetoNbd(model) => model.log_likelihood(statistics),
        }
    }

    /// Probability that the customer has not left, as [`PurchaseModel::probability_alive`].
    #[must_use]
    pub fn probability_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        match self {
            Self::BgNbd(model) => model.probability_alive(statistics),
            Self::MbgNbd(model) => model.probability_alive(statistics),
            Self::ParetoNbd(model) => model.probability_alive(statistics),
        }
    }

    /// Expected purchases of a customer who has not left, as [`PurchaseModel::purchases_if_alive`].
    #[must_use]
    pub fn purchases_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.purchases_if_alive(statistics, horizon),
            Self::MbgNbd(model) => model.purchases_if_alive(statistics, horizon),
            Self::ParetoNbd(model) => model.purchases_if_alive(statistics, horizon),
        }
    }

    /// Expected purchases of a new customer, as [`PurchaseModel::purchases_of_new_customer`].
    #[must_use]
    pub fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.purchases_of_new_customer(horizon),
            Self::MbgNbd(model) => model.purchases_of_new_customer(horizon),
            Self::ParetoNbd(model) => model.purchases_of_new_customer(horizon),
        }
    }
}

/// A model, a horizon and a way to discount, prepared for many customers.
///
/// A customer's numbers do not depend on who was scored before: what is prepared when it is first
/// asked for is the same whoever asks.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseScorer {
    horizon: f64,
    discount: Discount,
    prepared: Prepared,
    /// Longest time of [`PurchaseScorer::survival`] that is prepared.
    survival_reach: f64,
    survival: OnceLock<BgNbdSurvival>,
    stay: OnceLock<BgNbdStay>,
}

#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::enum_variant_names, reason = "they are the families' names")]
enum Prepared {
    BgNbd(BgNbdScorer),
    MbgNbd {
        model: MbgNbd,
        /// Of those who stayed after the first purchase.
        stayed: BgNbdScorer,
    },
    ParetoNbd(ParetoNbd),
}

impl PurchaseScorer {
    /// Prepares a model for continuous discounting; this costs some milliseconds for the
    /// beta-geometric families, nothing for Pareto/NBD.
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] and [`ForecastError::DiscountRate`] when the argument is negative
    /// or not finite.
    pub fn new(
        model: AnyPurchaseModel,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, ForecastError> {
        let discount = Discount::continuous(discount_rate_continuous)?;
        Self::with_discount(model, horizon, discount)
    }

    /// Prepares a model for whichever way to discount.
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when the horizon is negative or not finite,
    /// [`ForecastError::Period`] when it holds too many periods.
    pub fn with_discount(
        model: AnyPurchaseModel,
        horizon: f64,
        discount: Discount,
    ) -> Result<Self, ForecastError> {
        let horizon = discount.horizon_checked(horizon)?;
        let tables = |model| BgNbdScorer::with_discount(model, horizon, discount);
        let prepared = match model {
            AnyPurchaseModel::BgNbd(model) => Prepared::BgNbd(tables(model)?),
            AnyPurchaseModel::MbgNbd(model) => Prepared::MbgNbd {
                model,
                stayed: tables(model.after_first_purchase())?,
            },
            AnyPurchaseModel::ParetoNbd(model) => Prepared::ParetoNbd(model),
        };
        Ok(Self {
            horizon,
            discount,
            prepared,
            survival_reach: horizon,
            survival: OnceLock::new(),
            stay: OnceLock::new(),
        })
    }

    /// The same, prepared for survival up to a time instead of the horizon.
    #[must_use]
    pub fn surviving_up_to(self, time: f64) -> Self {
        Self {
            survival_reach: time,
            survival: OnceLock::new(),
            ..self
        }
    }

    /// The model.
    pub(super) fn model(&self) -> AnyPurchaseModel {
        match &self.prepared {
            Prepared::BgNbd(scorer) => AnyPurchaseModel::BgNbd(*scorer.model()),
            Prepared::MbgNbd { model, .. } => AnyPurchaseModel::MbgNbd(*model),
            Prepared::ParetoNbd(model) => AnyPurchaseModel::ParetoNbd(*model),
        }
    }

    /// Expected purchases, not discounted, of a customer who has not left, in any time up to the
    /// horizon. The recency does not matter.
    ///
    /// # Units
    ///
    /// - `time` (t): time, `0 ≤ t ≤ H`; beyond the horizon it means nothing
    #[must_use]
    pub fn purchases_if_alive_within(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        match &self.prepared {
            Prepared::BgNbd(scorer) => scorer.purchases_if_alive_within(statistics, time),
            Prepared::MbgNbd { stayed, .. } => stayed.purchases_if_alive_within(statistics, time),
            Prepared::ParetoNbd(model) => model.purchases_if_alive(statistics, time),
        }
    }

    /// Probability of being alive, expected and discounted purchases of one customer.
    ///
    /// # Formula
    ///
    /// As [`PurchaseModel::probability_alive`], [`PurchaseModel::expected_purchases`] and
    /// [`PurchaseModel::discounted_expected_purchases`], which it matches to 1e-11 relative.
    #[must_use]
    pub fn score(&self, statistics: &PurchaseStatistics) -> PurchaseForecast {
        let probability_alive = self.probability_alive(statistics);
        let [expected, discounted] = self.purchases_if_alive(statistics);
        PurchaseForecast {
            probability_alive,
            expected_purchases: probability_alive * expected,
            discounted_expected_purchases: probability_alive * discounted,
        }
    }

    /// Expected and discounted purchases of a customer who has not left.
    pub(super) fn purchases_if_alive(&self, statistics: &PurchaseStatistics) -> [f64; 2] {
        match &self.prepared {
            Prepared::BgNbd(tables) | Prepared::MbgNbd { stayed: tables, .. } => {
                tables.purchases_if_alive(statistics)
            }
            Prepared::ParetoNbd(model) => {
                let (horizon, discount) = (self.horizon, self.discount);
                [
                    model.purchases_if_alive(statistics, horizon),
                    discounted_purchases_if_alive(model, statistics, horizon, discount),
                ]
            }
        }
    }

    /// Probability of being alive after a time, given the customer's history.
    ///
    /// # Formula
    ///
    /// As [`TimeAlive::survival`], which it matches to 1e-10 absolute.
    ///
    /// # Units
    ///
    /// - `time` (t): time, `0 ≤ t < ∞`
    #[must_use]
    pub fn survival(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        let table = |model: &BgNbd| BgNbdSurvival::new(*model, self.survival_reach);
        let if_alive = match &self.prepared {
            Prepared::BgNbd(tables) | Prepared::MbgNbd { stayed: tables, .. } => {
                let survival = self.survival.get_or_init(|| table(tables.model()));
                survival.if_alive(statistics, time)
            }
            Prepared::ParetoNbd(model) => model.survival_if_alive(statistics, time),
        };
        self.probability_alive(statistics) * if_alive
    }

    /// Expected time alive in the horizon, discounted as the purchases are.
    ///
    /// # Formula
    ///
    /// As [`TimeAlive::expected_time_alive`], by periods where the discount has some; it matches to
    /// 1e-11 relative.
    ///
    /// # Units
    ///
    /// - returns: time at the cut-off's value, at most P(alive) times the horizon
    #[must_use]
    pub fn discounted_time_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let (horizon, discount) = (self.horizon, self.discount);
        let table = |model: &BgNbd| BgNbdStay::new(*model, horizon, discount);
        let if_alive = match &self.prepared {
            Prepared::BgNbd(tables) | Prepared::MbgNbd { stayed: tables, .. } => {
                let stay = self.stay.get_or_init(|| table(tables.model()));
                stay.if_alive(statistics)
            }
            Prepared::ParetoNbd(model) => {
                discounted_time_if_alive(model, statistics, horizon, discount)
            }
        };
        self.probability_alive(statistics) * if_alive
    }

    /// Probability of being alive, as in [`PurchaseScorer::score`].
    #[must_use]
    pub fn probability_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        match &self.prepared {
            Prepared::BgNbd(scorer) => scorer.model().probability_alive(statistics),
            Prepared::MbgNbd { model, .. } => model.probability_alive(statistics),
            Prepared::ParetoNbd(model) => model.probability_alive(statistics),
        }
    }

    /// Discounted expected purchases of a customer who is alive; they depend on frequency and age
    /// only. Times the probability of being alive they are those of [`PurchaseScorer::score`], to the
    /// last bit.
    #[must_use]
    pub fn discounted_purchases_if_alive(&self, statistics: &PurchaseStatistics) -> f64 {
        let [_, discounted] = self.purchases_if_alive(statistics);
        discounted
    }
}

#[cfg(test)]
mod tests;
