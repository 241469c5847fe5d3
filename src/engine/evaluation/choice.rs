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

/// Whoever has a row in the table of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// A candidate, fitted anew at every origin.
    Fitted(Candidate),
    /// A model whose parameters are given.
    Stored,
}

/// The criterion's values of a contender, origin by origin; `None` where it has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Whose.
    pub contender: Contender,
    /// The values.
    pub by_origin: Vec<Option<f64>>,
}

impl Values {
    /// The candidate, if it is of a family that can be chosen.
    fn family(&self) -> Option<Candidate> {
        match self.contender {
            Contender::Fitted(candidate) => candidate.family().map(|_| candidate),
            Contender::Stored => None,
        }
    }

    /// The candidate, if it is a baseline.
    fn baseline(&self) -> Option<Candidate> {
        match self.contender {
            Contender::Fitted(candidate) if candidate.family().is_none() => Some(candidate),
            Contender::Fitted(_) | Contender::Stored => None,
        }
    }
}

/// A contender over all origins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Who.
    pub contender: Contender,
    /// Origins at which the criterion has a value.
    pub origins: usize,
    /// Mean of the criterion over the origins that count; `None` unless it has a value at each.
    pub value: Option<f64>,
}

/// Who does best.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// All contenders, in the order given.
    pub standings: Vec<Standing>,
    /// Origins that count.
    pub origins: usize,
    /// The family chosen, and its value; `None` when none has a value at every origin that counts.
    pub chosen: Option<(Candidate, f64)>,
    /// The best baseline, if it does better than the family chosen.
    pub better_baseline: Option<(Candidate, f64)>,
}

/// Chooses a family by a criterion.
///
/// An origin counts when at least one family has a value there: an origin before the first purchases
/// would otherwise exclude everybody. Every origin that counts has the same weight. Only families are
/// chosen, never a baseline nor a stored model; of equals the first given.
#[must_use]
pub fn choose(table: &[Values]) -> Choice {
    let families = || table.iter().filter(|values| values.family().is_some());
    let origins_asked = table.iter().map(|values| values.by_origin.len()).max();
    let counted: Vec<usize> = (0..origins_asked.unwrap_or(0))
        .filter(|origin| families().any(|values| values.by_origin[*origin].is_some()))
        .collect();
    let value = |values: &Values| mean(counted.iter().map(|origin| values.by_origin[*origin]));
    let best = |who: fn(&Values) -> Option<Candidate>| {
        let mut best: Option<(Candidate, f64)> = None;
        for values in table {
            if let Some((candidate, value)) = who(values).zip(value(values))
                && best.is_none_or(|(_, least)| value < least)
            {
                best = Some((candidate, value));
            }
        }
        best
    };
    let chosen = best(Values::family);
    let better = |(_, baseline): &(Candidate, f64)| {
        chosen.is_some_and(|(_, of_family)| *baseline < of_family)
    };
    Choice {
        standings: table
            .iter()
            .map(|values| Standing {
                contender: values.contender,
                origins: values.by_origin.iter().flatten().count(),
                value: value(values),
            })
            .collect(),
        origins: counted.len(),
        better_baseline: best(Values::baseline).filter(better),
        chosen,
    }
}

/// The mean; `None` of nothing, and where a value is missing.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value?;
        count += 1.0;
    }
    (0.0 < count).then(|| sum / count)
}
