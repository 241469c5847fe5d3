//! Evaluations as the contract writes them.

use super::model::{model_family, model_prior, parameters};
use super::pb::customervalue::v1 as pb;
use super::write::{choice, date};
use crate::app::evaluate_model::{Evaluation, OriginEvaluation};
use crate::engine::evaluation::{
    Accuracy, Assessment, Candidate, Contender, Criterion, FrequencyClass, Ranking, Standing,
};
use crate::engine::family::Family;
use crate::engine::score::ENGINE_VERSION;

/// Criteria in the order of the contract.
pub(super) const CRITERIA: [Criterion; 7] = Criterion::ALL;

/// An evaluation.
#[must_use]
pub fn evaluation(found: &Evaluation) -> pb::Evaluation {
    let chosen = found.choice.chosen;
    let family = chosen.and_then(|(candidate, _)| candidate.family());
    let criterion = CRITERIA.iter().position(|other| *other == found.criterion);
    let (model_name, stored_family) = found.model.clone().unzip();
    pb::Evaluation {
        chosen_family: family
            .map_or(pb::ModelFamily::Unspecified, model_family)
            .into(),
        reason: found.reason.clone(),
        criterion: criterion.map_or(0, choice),
        prior: model_prior(found.prior).into(),
        origins_counted: few(found.choice.origins),
        standings: found.choice.standings.iter().map(standing).collect(),
        origins: found
            .origins
            .iter()
            .map(|found| origin(found, stored_family))
            .collect(),
        model_name: model_name.unwrap_or_default(),
        engine_version: ENGINE_VERSION.to_owned(),
    }
}

fn standing(standing: &Standing) -> pb::CandidateStanding {
    let family = match standing.contender {
        Contender::Fitted(candidate) => candidate.family(),
        Contender::Stored => None,
    };
    pb::CandidateStanding {
        candidate: candidate(standing.contender).into(),
        criterion_value: standing.value,
        origins_assessed: few(standing.origins),
        can_be_chosen: family.is_some(),
    }
}

fn origin(found: &OriginEvaluation, stored: Option<Family>) -> pb::EvaluationOrigin {
    let of_contender = |(contender, outcome): &(Contender, Result<Assessment, String>)| {
        let found = match outcome {
            Ok(found) => assessment(*contender, found, stored),
            Err(failure) => pb::CandidateAssessment {
                failure: failure.clone(),
                ..pb::CandidateAssessment::default()
            },
        };
        pb::CandidateAssessment {
            candidate: candidate(*contender).into(),
            ..found
        }
    };
    pb::EvaluationOrigin {
        calibration_end: Some(date(found.calibration_end)),
        holdout_end: Some(date(found.holdout_end)),
        customers: whole(found.customers),
        actual_purchase_days: whole(found.actual),
        assessments: found.assessments.iter().map(of_contender).collect(),
    }
}

fn assessment(
    contender: Contender,
    found: &Assessment,
    stored: Option<Family>,
) -> pb::CandidateAssessment {
    let likelihood = found.likelihood.as_ref();
    let criteria = likelihood.and_then(|likelihood| likelihood.criteria);
    let parameter_count = likelihood
        .filter(|_| criteria.is_some())
        .map_or(0, |likelihood| likelihood.parameters.len());
    pb::CandidateAssessment {
        candidate: candidate(contender).into(),
        failure: String::new(),
        parameters: likelihood.map(|found| named(contender, &found.parameters, stored)),
        log_likelihood: likelihood.map(|found| found.log_likelihood),
        parameter_count: few(parameter_count),
        aic: criteria.map(|criteria| criteria.akaike),
        bic: criteria.map(|criteria| criteria.bayesian),
        calibration: Some(calibration(&found.accuracy)),
        errors: Some(pb::PredictionErrors {
            mean_absolute_error: found.accuracy.mean_absolute_error,
            root_mean_squared_error: found.accuracy.root_mean_squared_error,
            mean_squared_log_error: found.accuracy.mean_squared_log_error,
        }),
        ranking: Some(ranking(&found.ranking)),
    }
}

/// Parameters by their names.
fn named(contender: Contender, values: &[f64], stored: Option<Family>) -> pb::ModelParameters {
    let family = match contender {
        Contender::Fitted(candidate) => candidate.family(),
        Contender::Stored => stored,
    };
    match family {
        Some(family) => parameters(family, values),
        None => pb::ModelParameters {
            r: values.first().copied(),
            alpha: values.get(1).copied(),
            ..pb::ModelParameters::default()
        },
    }
}

fn calibration(accuracy: &Accuracy) -> pb::Calibration {
    let class = |class: &FrequencyClass| pb::FrequencyClass {
        frequency: i32::try_from(class.frequency).unwrap_or(i32::MAX),
        customers: whole(class.customers),
        predicted_purchase_days: class.predicted,
        actual_purchase_days: whole(class.actual),
    };
    pb::Calibration {
        predicted_purchase_days: accuracy.predicted,
        actual_purchase_days: whole(accuracy.actual),
        bias: accuracy.bias,
        mean_poisson_deviance: accuracy.mean_poisson_deviance,
        frequency_classes: accuracy.classes.iter().map(class).collect(),
    }
}

fn ranking(ranking: &Ranking) -> pb::Ranking {
    pb::Ranking {
        spearman: ranking.spearman,
        pearson: ranking.pearson,
        top_decile_share: ranking.top_decile_share,
    }
}

const fn candidate(contender: Contender) -> pb::EvaluationCandidate {
    match contender {
        Contender::Fitted(Candidate::SameRate) => pb::EvaluationCandidate::SameRate,
        Contender::Fitted(Candidate::Nbd) => pb::EvaluationCandidate::Nbd,
        Contender::Fitted(Candidate::BgNbd) => pb::EvaluationCandidate::BgNbd,
        Contender::Fitted(Candidate::MbgNbd) => pb::EvaluationCandidate::MbgNbd,
        Contender::Fitted(Candidate::ParetoNbd) => pb::EvaluationCandidate::ParetoNbd,
        Contender::Stored => pb::EvaluationCandidate::StoredModel,
    }
}

/// A small number.
fn few(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A sum of whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of customers and days are whole and far below 2^53"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_have_the_numbers_of_the_contract() {
        for (criterion, name) in [
            (Criterion::MeanPoissonDeviance, "MEAN_POISSON_DEVIANCE"),
            (Criterion::MeanAbsoluteError, "MEAN_ABSOLUTE_ERROR"),
            (Criterion::RootMeanSquaredError, "ROOT_MEAN_SQUARED_ERROR"),
            (Criterion::MeanSquaredLogError, "MEAN_SQUARED_LOG_ERROR"),
            (Criterion::AbsoluteBias, "ABSOLUTE_BIAS"),
            (Criterion::Akaike, "AIC"),
            (Criterion::Bayesian, "BIC"),
        ] {
            let place = CRITERIA.iter().position(|other| *other == criterion);
            let number = pb::EvaluationCriterion::try_from(choice(place.unwrap())).unwrap();
            let expected = format!("EVALUATION_CRITERION_{name}");
            assert_eq!(number.as_str_name(), expected);
        }
    }
}
