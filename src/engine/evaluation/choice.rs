//! By what a model is chosen, and which one that is.

use super::{Assessment, Candidate};

/// What a candidate is judged by: the lower, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Mean Poisson deviance of a customer in the hold-out period. It is least for the candidate whose
    /// forecasts are nearest to the mean purchases, which is what value rests on.
    MeanPoissonDeviance,
    /// Mean absolute error of a customer; it rewards forecasts near the median, often 0.
    MeanAbsoluteError,
    /// Root of the mean square error; a few heavy buyers decide it.
    RootMeanSquaredError,
    /// Mean square error of ln(1 + purchases).
    MeanSquaredLogError,
    /// How far the total is off, in either direction, as a share of it.
    AbsoluteBias,
    /// Akaike's information criterion of the fit; it does not look at the hold-out period.
    Akaike,
    /// Schwarz's information criterion of the fit; likewise.
    Bayesian,
}

impl Criterion {
    /// All of them, in the order of the contract.
    pub const ALL: [Criterion; 7] = [
        Criterion::MeanPoissonDeviance,
        Criterion::MeanAbsoluteError,
        Criterion::RootMeanSquaredError,
        Criterion::MeanSquaredLogError,
        Criterion::AbsoluteBias,
        Criterion::Akaike,
        Criterion::Bayesian,
    ];

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MeanPoissonDeviance => "mean Poisson deviance",
            Self::MeanAbsoluteError => "mean absolute error",
            Self::RootMeanSquaredError => "root mean squared error",
            Self::MeanSquaredLogError => "mean squared log error",
            Self::AbsoluteBias => "absolute bias",
            Self::Akaike => "AIC",
            Self::Bayesian => "BIC",
        }
    }

    /// Its value at one origin; `None` where the candidate has none.
    #[must_use]
    pub fn value(self, assessment: &Assessment) -> Option<f64> {
        let accuracy = &assessment.accuracy;
        let criteria = assessment
            .likelihood
            .as_ref()
            .and_then(|likelihood| likelihood.criteria);
        match self {
            Self::MeanPoissonDeviance => accuracy.mean_poisson_deviance,
            Self::MeanAbsoluteError => Some(accuracy.mean_absolute_error),
            Self::RootMeanSquaredError => Some(accuracy.root_mean_squared_error),
            Self::MeanSquaredLogError => Some(accuracy.mean_squared_log_error),
            Self::AbsoluteBias => accuracy.bias.map(f64::abs),
            Self::Akaike => criteria.map(|criteria| criteria.akaike),
            Self::Bayesian => criteria.map(|criteria| criteria.bayesian),
        }
    }
}

/// A candidate over all origins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Who.
    pub candidate: Candidate,
    /// Origins at which the criterion has a value for it.
    pub origins: usize,
    /// Mean of the criterion over the origins that count; `None` unless it has a value at each.
    pub value: Option<f64>,
}

/// Who does best.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// All candidates, in the order given.
    pub standings: Vec<Standing>,
    /// Origins that count.
    pub origins: usize,
    /// The family chosen; `None` when none has a value at every origin that counts.
    pub chosen: Option<Candidate>,
    /// The best baseline, if it does better than the family chosen.
    pub better_baseline: Option<Candidate>,
}

/// Chooses a family by a criterion's values, candidate by candidate, origin by origin.
///
/// An origin counts when at least one family has a value there: an origin before the first purchases
/// would otherwise exclude everybody. Every origin that counts has the same weight. Only families can
/// be chosen, never baselines; of equals the first given.
#[must_use]
pub fn choose(table: &[(Candidate, Vec<Option<f64>>)]) -> Choice {
    let families = || {
        let of_family = |row: &&(Candidate, _)| row.0.family().is_some();
        table.iter().filter(of_family)
    };
    let origins_asked = table.iter().map(|(_, values)| values.len()).max();
    let counts: Vec<usize> = (0..origins_asked.unwrap_or(0))
        .filter(|origin| families().any(|(_, values)| values[*origin].is_some()))
        .collect();
    let standing = |(candidate, values): &(Candidate, Vec<Option<f64>>)| {
        let counted: Option<Vec<f64>> = counts.iter().map(|origin| values[*origin]).collect();
        Standing {
            candidate: *candidate,
            origins: values.iter().flatten().count(),
            value: counted
                .filter(|counted| !counted.is_empty())
                .map(|counted| mean(&counted)),
        }
    };
    let standings: Vec<Standing> = table.iter().map(standing).collect();
    let best = |is_family: bool| {
        let mut best: Option<(Candidate, f64)> = None;
        for standing in &standings {
            let Some(value) = standing.value else {
                continue;
            };
            let takes_part = standing.candidate.family().is_some() == is_family;
            if takes_part && best.is_none_or(|(_, least)| value < least) {
                best = Some((standing.candidate, value));
            }
        }
        best
    };
    let chosen = best(true);
    let better_baseline =
        best(false).filter(|(_, value)| chosen.is_some_and(|(_, of_family)| *value < of_family));
    Choice {
        origins: counts.len(),
        chosen: chosen.map(|(candidate, _)| candidate),
        better_baseline: better_baseline.map(|(candidate, _)| candidate),
        standings,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are fewer than 2^53 origins"
)]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
