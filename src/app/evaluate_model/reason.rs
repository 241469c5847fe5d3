//! The choice of a family in words.

use crate::engine::evaluation::{Candidate, Choice, Contender, Criterion};

/// Why a family was chosen, or why none was.
pub(super) fn of(criterion: Criterion, choice: &Choice) -> String {
    let name = criterion.name();
    let Some((chosen, value)) = choice.chosen else {
        return format!(
            "no family has a {name} at every origin at which one of them could be assessed; \
             the failures say why"
        );
    };
    let over = match choice.origins {
        1 => "at the one origin".to_owned(),
        origins => format!("on average over {origins} origins"),
    };
    let mut text = format!(
        "{} has the least {name} {over}, {}",
        chosen.name(),
        shown(value)
    );
    let mut others: Vec<(Candidate, f64)> = choice
        .standings
        .iter()
        .filter_map(|standing| match standing.contender {
            Contender::Fitted(candidate) => Some(candidate).zip(standing.value),
            Contender::Stored => None,
        })
        .filter(|(candidate, _)| candidate.family().is_some() && *candidate != chosen)
        .collect();
    others.sort_by(|(_, left), (_, right)| left.total_cmp(right));
    if let Some((second, of_second)) = others.first() {
        text.push_str(&format!("; {} has {}", second.name(), shown(*of_second)));
        if *of_second == value {
            text.push_str(", and of equals the first in the table is chosen");
        }
    }
    if let Some((baseline, of_baseline)) = choice.better_baseline {
        text.push_str(&format!(
            ". The baseline {} does better, {}: by this criterion no family is worth its parameters here",
            baseline.name(),
            shown(of_baseline)
        ));
    }
    text.push('.');
    text
}

/// A value as people read it.
fn shown(value: f64) -> String {
    if value.abs() < 1_000.0 {
        format!("{value:.4}")
    } else {
        format!("{value:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::evaluation::{Values, choose};

    fn told(rows: &[(Candidate, f64)]) -> String {
        let values = |(candidate, value): &(Candidate, f64)| Values {
            contender: Contender::Fitted(*candidate),
            by_origin: vec![Some(*value)],
        };
        let table: Vec<Values> = rows.iter().map(values).collect();
        of(Criterion::MeanAbsoluteError, &choose(&table))
    }

    #[test]
    fn reason_names_the_second_and_a_baseline_that_does_better() {
        let rows = [
            (Candidate::Nbd, 0.5),
            (Candidate::BgNbd, 0.75),
            (Candidate::MbgNbd, 0.625),
        ];
        assert_eq!(
            told(&rows),
            "mbg-nbd has the least mean absolute error at the one origin, 0.6250; bg-nbd has \
             0.7500. The baseline nbd does better, 0.5000: by this criterion no family is worth its \
             parameters here."
        );
    }

    #[test]
    fn equals_and_nobody_are_told() {
        let equals = told(&[(Candidate::BgNbd, 0.5), (Candidate::ParetoNbd, 0.5)]);
        assert!(equals.contains("of equals the first"), "{equals}");
        let nobody = told(&[(Candidate::Nbd, 0.5)]);
        assert!(
            nobody.starts_with("no family has a mean absolute error"),
            "{nobody}"
        );
    }
}
