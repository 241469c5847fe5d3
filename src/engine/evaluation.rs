//! Which model of purchases foretells best, and how well: hold-out by origins.
//!
//! At an origin, the end of a calibration period, every candidate is fitted to what was known then and
//! foretells how often each customer buys in the hold-out period that follows. What happened is known,
//! so that forecasts can be compared with it. The customers are those who had bought by the origin.
//!
//! - this file: the customers of an origin, and what is measured of one candidate there;
//! - `candidate`: who takes part: the families, and two baselines that any model has to beat;
//! - `accuracy`: total, bias, frequency classes and errors: how many purchases are foretold;
//! - `ranking`: who is foretold to buy more than whom, which is another question;
//! - `choice`: criteria, and the family that does best by one of them.
//!
//! Sums run over the distinct histories in their order, so that they do not depend on the order in
//! which customers are given, not even in their last bits.

mod accuracy;
mod candidate;
mod choice;
mod ranking;

pub use accuracy::{Accuracy, FREQUENCY_CLASSES, FrequencyClass};
pub use candidate::Candidate;
pub use choice::{Choice, Contender, Criterion, Standing, Values, choose};
pub use ranking::Ranking;

use std::cmp::Ordering;

use super::fit::{FitError, Prior};
use super::numeric::special::ln;
use super::purchase_model::{ForecastError, horizon_checked};
use super::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use super::statistics::{PurchaseStatistics, TotalOrder, Weighted, group_rows};
use candidate::{Forecaster, Known};

/// A customer at an origin, and what happened after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOut {
    /// What was known at the origin.
    pub history: PurchaseStatistics,
    /// Purchase events in the hold-out period.
    pub actual: u32,
}

impl TotalOrder for HeldOut {
    fn leading_count(&self) -> f64 {
        self.history.leading_count()
    }

    fn total_order(&self, other: &Self) -> Ordering {
        let by_history = self.history.total_order(&other.history);
        by_history.then(self.actual.cmp(&other.actual))
    }
}

/// The customers of an origin, grouped.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    rows: Vec<Weighted<HeldOut>>,
    histories: Vec<Weighted<PurchaseStatistics>>,
    customers: f64,
    horizon: f64,
}

/// A forecast beside what happened.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    frequency: f64,
    predicted: f64,
    actual: f64,
    customers: f64,
}

/// How likely a model makes the histories it was fitted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    /// The parameters, in the order of the family's paper.
    pub parameters: Vec<f64>,
    /// Total natural log-likelihood of the calibration period, without the prior.
    pub log_likelihood: f64,
    /// Akaike's and Schwarz's criterion; `None` for a model that was not fitted to these customers.
    pub criteria: Option<InformationCriteria>,
}

/// The log-likelihood less a penalty for parameters, in the scale of −2·ln L: lower is better.
///
/// # Formula
///
/// ```text
/// AIC = 2k − 2·ln L
/// BIC = k·ln n − 2·ln L
/// ```
///
/// # Units
///
/// - k: parameters fitted, n: customers
/// - both compare models of the same customers only; under a weak prior ln L is that of the mode,
///   hardly below its maximum
///
/// # Source
///
/// Akaike (1974), "A new look at the statistical model identification", IEEE Transactions on
/// Automatic Control 19(6), 716–723; Schwarz (1978), "Estimating the dimension of a model", Annals of
/// Statistics 6(2), 461–464.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InformationCriteria {
    /// Akaike's.
    pub akaike: f64,
    /// Schwarz's.
    pub bayesian: f64,
}

impl InformationCriteria {
    /// Of a fit of so many parameters to so many customers.
    #[must_use]
    pub fn of(log_likelihood: f64, parameters: u32, customers: f64) -> Self {
        let parameters = f64::from(parameters);
        Self {
            akaike: 2.0 * parameters - 2.0 * log_likelihood,
            bayesian: parameters * ln(customers) - 2.0 * log_likelihood,
        }
    }
}

/// What is measured of one candidate at one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The fit; `None` for a candidate without parameters.
    pub likelihood: Option<Likelihood>,
    /// How many purchases are foretold.
    pub accuracy: Accuracy,
    /// Who is foretold to buy more.
    pub ranking: Ranking,
}

impl Origin {
    /// Groups the customers of an origin.
    ///
    /// # Units
    ///
    /// - `weight`: customers a row stands for, above 0
    /// - `horizon`: length of the hold-out period in the unit of time of the histories, `0 ≤ t < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when the horizon is negative or not finite.
    pub fn new(rows: &[Weighted<HeldOut>], horizon: f64) -> Result<Self, ForecastError> {
        let rows = group_rows(rows);
        let is_same = |left: &Weighted<HeldOut>, right: &Weighted<HeldOut>| {
            left.row.history == right.row.history
        };
        let histories = rows
            .chunk_by(is_same)
            .map(|run| Weighted {
                row: run[0].row.history,
                weight: run.iter().map(|row| row.weight).sum(),
            })
            .collect();
        Ok(Self {
            customers: rows.iter().map(|row| row.weight).sum(),
            horizon: horizon_checked(horizon)?,
            rows,
            histories,
        })
    }

    /// Customers who had bought by the origin.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.customers
    }

    /// Purchase events of the hold-out period.
    #[must_use]
    pub fn actual(&self) -> f64 {
        let actual = |row: &Weighted<HeldOut>| row.weight * f64::from(row.row.actual);
        self.rows.iter().map(actual).sum()
    }

    /// Fits a candidate to the calibration period and compares what it foretells with what happened.
    ///
    /// # Errors
    ///
    /// [`FitError`] when the histories do not determine the candidate.
    pub fn assess(&self, candidate: Candidate, prior: Prior) -> Result<Assessment, FitError> {
        if self.rows.is_empty() {
            return Err(FitError::NoCustomers);
        }
        let known = candidate.fit(&self.histories, prior)?;
        Ok(self.measure(&known, true))
    }

    /// Compares what a model foretells, whose parameters are given, with what happened.
    ///
    /// # Errors
    ///
    /// [`FitError::NoCustomers`] when nobody had bought by the origin.
    pub fn assess_model(
        &self,
        model: AnyPurchaseModel,
        parameters: &[f64],
    ) -> Result<Assessment, FitError> {
        if self.rows.is_empty() {
            return Err(FitError::NoCustomers);
        }
        let likelihood =
            |row: &Weighted<PurchaseStatistics>| row.weight * model.log_likelihood(&row.row);
        let known = Known {
            forecaster: Forecaster::Family(model),
            parameters: parameters.to_vec(),
            log_likelihood: Some(self.histories.iter().map(likelihood).sum()),
        };
        Ok(self.measure(&known, false))
    }

    fn measure(&self, known: &Known, was_fitted_here: bool) -> Assessment {
        let outcomes = self.outcomes(&known.forecaster);
        let parameters = known.parameters.clone();
        let parameter_count = u32::try_from(parameters.len()).unwrap_or(u32::MAX);
        let likelihood = known.log_likelihood.map(|log_likelihood| Likelihood {
            parameters,
            log_likelihood,
            criteria: was_fitted_here
                .then(|| InformationCriteria::of(log_likelihood, parameter_count, self.customers)),
        });
        Assessment {
            likelihood,
            accuracy: Accuracy::of(&outcomes),
            ranking: Ranking::of(&outcomes),
        }
    }

    /// The forecast of every distinct history, beside each of its outcomes.
    fn outcomes(&self, forecaster: &Forecaster) -> Vec<Outcome> {
        let horizon = self.horizon;
        let prepared = match forecaster {
            // The horizon was checked when the origin was made.
            Forecaster::Family(model) => PurchaseScorer::new(*model, horizon, 0.0).ok(),
            Forecaster::SameRate | Forecaster::Nbd(_) => None,
        };
        let mut last: Option<(PurchaseStatistics, f64)> = None;
        let outcome = |row: &Weighted<HeldOut>| {
            let history = row.row.history;
            let predicted = match last {
                Some((known, predicted)) if known == history => predicted,
                Some(_) | None => match &prepared {
                    Some(scorer) => scorer.score(&history).expected_purchases,
                    None => forecaster.expected_purchases(&history, horizon),
                },
            };
            last = Some((history, predicted));
            Outcome {
                frequency: history.frequency(),
                predicted,
                actual: f64::from(row.row.actual),
                customers: row.weight,
            }
        };
        self.rows.iter().map(outcome).collect()
    }
}

#[cfg(test)]
mod tests;
