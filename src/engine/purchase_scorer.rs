//! A purchase model of any family, prepared for a horizon and a discount rate.
//!
//! BG/NBD and MBG/NBD share the tables of [`BgNbdScorer`]: whoever stayed after the first purchase is,
//! to MBG/NBD, a customer of the BG/NBD model with b + 1, so that only the probability of being alive
//! is its own. Pareto/NBD needs no tables.

use super::bg_nbd::{BgNbd, BgNbdScorer, PurchaseForecast};
use super::mbg_nbd::MbgNbd;
use super::pareto_nbd::ParetoNbd;
use super::purchase_model::{ForecastError, PurchaseModel, discount_rate_checked, horizon_checked};
use super::statistics::PurchaseStatistics;

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

/// A model, a horizon and a discount rate, prepared for many customers.
///
/// It never changes after construction: a customer's numbers do not depend on who was scored before.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseScorer {
    horizon: f64,
    discount_rate: f64,
    prepared: Prepared,
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
    /// Prepares a model; this costs some milliseconds for the beta-geometric families, nothing for
    /// Pareto/NBD.
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
        let horizon = horizon_checked(horizon)?;
        let discount_rate = discount_rate_checked(discount_rate_continuous)?;
        let tables = |model| BgNbdScorer::new(model, horizon, discount_rate);
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
            discount_rate,
            prepared,
        })
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
                let expected = model.purchases_if_alive(statistics, self.horizon);
                let discounted = if self.discount_rate == 0.0 {
                    expected
                } else {
                    model.discounted_purchases_if_alive(
                        statistics,
                        self.horizon,
                        self.discount_rate,
                    )
                };
                [expected, discounted]
            }
        }
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
mod tests {
    use super::*;

    const HORIZON: f64 = 52.0;

    fn histories() -> Vec<PurchaseStatistics> {
        [
            (0.0, 0.0, 0.0),
            (0.0, 0.0, 38.9),
            (2.0, 30.4, 38.9),
            (12.0, 17.7, 32.9),
            (64.0, 100.0, 100.0),
            (900.0, 80.0, 400.0),
        ]
        .into_iter()
        .map(|(x, t_x, age)| PurchaseStatistics::new(x, t_x, age).unwrap())
        .collect()
    }

    fn matches<M>(model: M, any: fn(M) -> AnyPurchaseModel)
    where
        M: PurchaseModel<Statistics = PurchaseStatistics> + Copy,
    {
        for rate in [0.0, 0.0019] {
            let scorer = PurchaseScorer::new(any(model), HORIZON, rate).unwrap();
            for row in histories() {
                let scored = scorer.score(&row);
                let discounted = model.discounted_expected_purchases(&row, HORIZON, rate);
                for (found, expected) in [
                    (scored.probability_alive, model.probability_alive(&row)),
                    (
                        scored.expected_purchases,
                        model.expected_purchases(&row, HORIZON).unwrap(),
                    ),
                    (scored.discounted_expected_purchases, discounted.unwrap()),
                ] {
                    let off = (found - expected).abs();
                    assert!(
                        off <= 1e-11 * expected,
                        "{found} is not {expected}: {row:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn prepared_models_foretell_what_the_models_do() {
        matches(
            BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
            AnyPurchaseModel::BgNbd,
        );
        matches(
            MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap(),
            AnyPurchaseModel::MbgNbd,
        );
        matches(
            ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap(),
            AnyPurchaseModel::ParetoNbd,
        );
    }

    #[test]
    fn horizon_and_rate_are_refused_in_every_family() {
        for model in [
            AnyPurchaseModel::BgNbd(BgNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
            AnyPurchaseModel::MbgNbd(MbgNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
            AnyPurchaseModel::ParetoNbd(ParetoNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
        ] {
            assert_eq!(
                PurchaseScorer::new(model, -1.0, 0.1),
                Err(ForecastError::Horizon { value: -1.0 })
            );
            assert_eq!(
                PurchaseScorer::new(model, 1.0, -1.0),
                Err(ForecastError::DiscountRate { value: -1.0 })
            );
        }
    }
}
