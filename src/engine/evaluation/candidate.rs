//! Who takes part in an evaluation.

use crate::engine::family::Family;
use crate::engine::fit::{Fit, FitError, Prior, fit_bg_nbd, fit_mbg_nbd, fit_nbd, fit_pareto_nbd};
use crate::engine::nbd::Nbd;
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::purchase_scorer::AnyPurchaseModel;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// A way to foretell purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    /// Baseline without a model: everybody goes on as before, x/T a unit of time.
    SameRate,
    /// Baseline without dropout: [`Nbd`].
    Nbd,
    /// Customers may leave after a repeat purchase.
    BgNbd,
    /// Customers may leave after any purchase.
    MbgNbd,
    /// Customers may leave at any time.
    ParetoNbd,
}

impl Candidate {
    /// All of them, baselines first.
    pub const ALL: [Candidate; 5] = [
        Candidate::SameRate,
        Candidate::Nbd,
        Candidate::BgNbd,
        Candidate::MbgNbd,
        Candidate::ParetoNbd,
    ];

    /// The family that models of it are stored under; `None` for a baseline.
    #[must_use]
    pub const fn family(self) -> Option<Family> {
        match self {
            Self::SameRate | Self::Nbd => None,
            Self::BgNbd => Some(Family::BgNbd),
            Self::MbgNbd => Some(Family::MbgNbd),
            Self::ParetoNbd => Some(Family::ParetoNbd),
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameRate => "same rate as before",
            Self::Nbd => "nbd",
            Self::BgNbd => "bg-nbd",
            Self::MbgNbd => "mbg-nbd",
            Self::ParetoNbd => "pareto-nbd",
        }
    }

    /// Fits it to weighted customers.
    pub(super) fn fit(
        self,
        rows: &[Weighted<PurchaseStatistics>],
        prior: Prior,
    ) -> Result<Known, FitError> {
        Ok(match self {
            Self::SameRate => Known {
                forecaster: Forecaster::SameRate,
                parameters: Vec::new(),
                log_likelihood: None,
            },
            Self::Nbd => known(&fit_nbd(rows, prior)?, Forecaster::Nbd),
            Self::BgNbd => known(&fit_bg_nbd(rows, prior)?, |model| {
                Forecaster::Family(AnyPurchaseModel::BgNbd(model))
            }),
            Self::MbgNbd => known(&fit_mbg_nbd(rows, prior)?, |model| {
                Forecaster::Family(AnyPurchaseModel::MbgNbd(model))
            }),
            Self::ParetoNbd => known(&fit_pareto_nbd(rows, prior)?, |model| {
                Forecaster::Family(AnyPurchaseModel::ParetoNbd(model))
            }),
        })
    }
}

/// A candidate that is fitted.
pub(super) struct Known {
    pub(super) forecaster: Forecaster,
    pub(super) parameters: Vec<f64>,
    /// `None` where there is no likelihood.
    pub(super) log_likelihood: Option<f64>,
}

fn known<M: Copy, const N: usize>(fit: &Fit<M, N>, forecaster: impl Fn(M) -> Forecaster) -> Known {
    Known {
        forecaster: forecaster(fit.model),
        parameters: fit.parameters.to_vec(),
        log_likelihood: Some(fit.log_likelihood),
    }
}

/// What foretells.
pub(super) enum Forecaster {
    SameRate,
    Nbd(Nbd),
    Family(AnyPurchaseModel),
}

impl Forecaster {
    /// Expected purchases in the horizon.
    ///
    /// # Formula
    ///
    /// ```text
    /// same rate: E(t) = x/T · t, and 0 without a repeat purchase
    /// ```
    pub(super) fn expected_purchases(&self, history: &PurchaseStatistics, horizon: f64) -> f64 {
        match self {
            // Who bought again has an age above 0.
            Self::SameRate if history.frequency() == 0.0 => 0.0,
            Self::SameRate => history.frequency() / history.age() * horizon,
            Self::Nbd(model) => model.purchases_if_alive(history, horizon),
            Self::Family(model) => {
                model.probability_alive(history) * model.purchases_if_alive(history, horizon)
            }
        }
    }
}
