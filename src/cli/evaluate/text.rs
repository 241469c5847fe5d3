//! An evaluation for people.

use crate::cli::instants::date_text;
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// All tables of an evaluation, then the choice.
pub(super) fn evaluation(found: &pb::Evaluation) -> String {
    let name = |candidate: pb::EvaluationCandidate| match candidate {
        pb::EvaluationCandidate::SameRate => "same rate as before".to_owned(),
        pb::EvaluationCandidate::Nbd => "nbd".to_owned(),
        pb::EvaluationCandidate::BgNbd => "bg-nbd".to_owned(),
        pb::EvaluationCandidate::MbgNbd => "mbg-nbd".to_owned(),
        pb::EvaluationCandidate::ParetoNbd => "pareto-nbd".to_owned(),
        pb::EvaluationCandidate::StoredModel => found.model_name.clone(),
        pb::EvaluationCandidate::Unspecified => "-".to_owned(),
    };
    let mut text = String::new();
    for origin in &found.origins {
        text.push_str(&of_origin(origin, &name));
        text.push('\n');
    }
    if found.origins.len() > 1 {
        text.push_str("over all origins\n");
        let rows: Vec<Vec<String>> = found
            .standings
            .iter()
            .map(|standing| {
                vec![
                    name(standing.candidate()),
                    number(standing.criterion_value, 4),
                    standing.origins_assessed.to_string(),
                ]
            })
            .collect();
        let columns = [
            ("candidate", Side::Left),
            ("criterion", Side::Right),
            ("origins", Side::Right),
        ];
        text.push_str(&table(&columns, &rows));
        text.push('\n');
    }
    text.push_str(&found.reason);
    text.push('\n');
    text
}

type Name<'n> = &'n dyn Fn(pb::EvaluationCandidate) -> String;

fn of_origin(origin: &pb::EvaluationOrigin, name: Name<'_>) -> String {
    let mut text = format!(
        "known until {}, held out until {}: {} customers bought on {} days\n",
        date_text(origin.calibration_end.as_ref()),
        date_text(origin.holdout_end.as_ref()),
        grouped(origin.customers),
        grouped(origin.actual_purchase_days),
    );
    let measured: Vec<&pb::CandidateAssessment> = origin
        .assessments
        .iter()
        .filter(|found| found.failure.is_empty())
        .collect();
    if !measured.is_empty() {
        text.push_str(&how_much(&measured, name));
        text.push_str(&by_class(&measured, name));
        text.push_str(&who_and_fit(&measured, name));
    }
    for found in &origin.assessments {
        if !found.failure.is_empty() {
            text.push_str(&format!(
                "  {}: {}\n",
                name(found.candidate()),
                found.failure
            ));
        }
    }
    text
}

fn how_much(measured: &[&pb::CandidateAssessment], name: Name<'_>) -> String {
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|found| {
            let calibration = found.calibration.clone().unwrap_or_default();
            let errors = found.errors.unwrap_or_default();
            let percent = calibration.bias.map(|bias| 100.0 * bias);
            vec![
                name(found.candidate()),
                format!("{:.1}", calibration.predicted_purchase_days),
                percent.map_or("-".to_owned(), |percent| format!("{percent:+.1} %")),
                number(calibration.mean_poisson_deviance, 4),
                number(Some(errors.mean_absolute_error), 4),
                number(Some(errors.root_mean_squared_error), 4),
                number(Some(errors.mean_squared_log_error), 4),
            ]
        })
        .collect();
    let columns = [
        ("how much", Side::Left),
        ("predicted", Side::Right),
        ("bias", Side::Right),
        ("deviance", Side::Right),
        ("MAE", Side::Right),
        ("RMSE", Side::Right),
        ("MSLE", Side::Right),
    ];
    table(&columns, &rows)
}

/// Predicted days by frequency, below what happened.
fn by_class(measured: &[&pb::CandidateAssessment], name: Name<'_>) -> String {
    let classes = |found: &pb::CandidateAssessment| {
        let calibration = found.calibration.clone().unwrap_or_default();
        calibration.frequency_classes
    };
    let Some(first) = measured.first().map(|found| classes(found)) else {
        return String::new();
    };
    let last = first.len().saturating_sub(1);
    let titles: Vec<String> = first
        .iter()
        .enumerate()
        .map(|(place, class)| match place {
            place if place == last => format!("{}+", class.frequency),
            _ => class.frequency.to_string(),
        })
        .collect();
    let row = |title: &str, cells: Vec<String>| {
        let mut row = vec![title.to_owned()];
        row.extend(cells);
        row
    };
    let of_first = |cell: fn(&pb::FrequencyClass) -> i64| -> Vec<String> {
        first.iter().map(|class| grouped(cell(class))).collect()
    };
    let mut rows = vec![
        row("customers", of_first(|class| class.customers)),
        row("actual days", of_first(|class| class.actual_purchase_days)),
    ];
    for found in measured {
        let cells = classes(found)
            .iter()
            .map(|class| format!("{:.1}", class.predicted_purchase_days))
            .collect();
        rows.push(row(&name(found.candidate()), cells));
    }
    let mut columns = vec![("by repeats before", Side::Left)];
    columns.extend(titles.iter().map(|title| (&**title, Side::Right)));
    table(&columns, &rows)
}

fn who_and_fit(measured: &[&pb::CandidateAssessment], name: Name<'_>) -> String {
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|found| {
            let ranking = found.ranking.unwrap_or_default();
            let share = ranking.top_decile_share.map(|share| 100.0 * share);
            vec![
                name(found.candidate()),
                number(ranking.spearman, 4),
                number(ranking.pearson, 4),
                share.map_or("-".to_owned(), |share| format!("{share:.1} %")),
                number(found.log_likelihood, 2),
                found.parameter_count.to_string(),
                number(found.aic, 2),
                number(found.bic, 2),
            ]
        })
        .collect();
    let columns = [
        ("who, and the fit", Side::Left),
        ("Spearman", Side::Right),
        ("Pearson", Side::Right),
        ("of the top tenth", Side::Right),
        ("log-likelihood", Side::Right),
        ("parameters", Side::Right),
        ("AIC", Side::Right),
        ("BIC", Side::Right),
    ];
    table(&columns, &rows)
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"))
}
