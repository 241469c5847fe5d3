//! Indices and instruments for people.

use crate::cli::instants;
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// The groups of an answer, one line each.
#[must_use]
pub fn groups(answer: &pb::SatisfactionIndexResponse) -> String {
    let compares = answer.groups.iter().any(|group| group.difference.is_some());
    let mut columns = vec![
        ("group", Side::Left),
        ("index", Side::Right),
        ("interval", Side::Left),
        ("responses", Side::Right),
        ("customers", Side::Right),
        ("effective", Side::Right),
    ];
    if compares {
        columns.extend([("difference", Side::Right), ("p value", Side::Right)]);
    }
    let rows: Vec<Vec<String>> = answer
        .groups
        .iter()
        .map(|group| {
            let mut row = line(answer, group);
            if compares {
                row.extend(difference(group));
            }
            row
        })
        .collect();
    table(&columns, &rows)
}

fn line(answer: &pb::SatisfactionIndexResponse, group: &pb::SatisfactionGroup) -> Vec<String> {
    let key = match (group.key.as_str(), answer.groups.len()) {
        ("", 1) => "all",
        ("", _) => "(none)",
        (key, _) => key,
    };
    let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), one_decimal);
    let withheld = match group.suppressed() {
        pb::SuppressionReason::Unspecified => None,
        pb::SuppressionReason::TooFew => {
            let threshold = answer.suppression_threshold;
            Some(format!("withheld: fewer than {threshold} responses"))
        }
        pb::SuppressionReason::Complementary => {
            Some("withheld: another small group would follow from it".to_owned())
        }
    };
    if let Some(withheld) = withheld {
        let dash = || "-".to_owned();
        return vec![key.to_owned(), dash(), withheld, dash(), dash(), dash()];
    }
    vec![
        key.to_owned(),
        number(group.index),
        interval(group.interval.as_ref()),
        grouped(group.responses),
        grouped(group.customers),
        number(group.effective_responses),
    ]
}

fn difference(group: &pb::SatisfactionGroup) -> [String; 2] {
    match &group.difference {
        None => ["-".to_owned(), "-".to_owned()],
        Some(difference) => {
            let sign = if difference.value < 0.0 { "" } else { "+" };
            let value = format!("{sign}{}", one_decimal(difference.value));
            [
                format!("{value} ({})", interval(difference.interval.as_ref())),
                format!("{:.3}", difference.p_value),
            ]
        }
    }
}

fn one_decimal(number: f64) -> String {
    format!("{number:.1}")
}

fn interval(interval: Option<&pb::Interval>) -> String {
    interval.map_or_else(
        || "-".to_owned(),
        |interval| {
            let (lower, upper) = (interval.lower, interval.upper);
            format!("{lower:.1} to {upper:.1}")
        },
    )
}

/// An answer: what it is, its groups, and what is missing.
#[must_use]
pub fn index(answer: &pb::SatisfactionIndexResponse) -> String {
    let mut text = format!(
        "{}, version {}: {}\n",
        answer.instrument_id,
        answer.instrument_version,
        answer
            .method()
            .as_str_name()
            .trim_start_matches("SATISFACTION_METHOD_"),
    );
    if let Some(first) = answer.groups.first() {
        let (min, max) = (first.scale_min, first.scale_max);
        text.push_str(&format!(
            "on a scale from {min} to {max}: {}\n\n",
            answer.formula
        ));
        text.push_str(&groups(answer));
    } else {
        text.push_str(&format!("{}\n\nno responses\n", answer.formula));
    }
    let intervals = answer
        .groups
        .iter()
        .filter_map(|group| group.interval.as_ref());
    let mut methods: Vec<&str> = intervals.map(|interval| interval.method.as_str()).collect();
    methods.sort_unstable();
    methods.dedup();
    let level = answer
        .groups
        .iter()
        .find_map(|group| group.interval.as_ref());
    if let Some(level) = level {
        let per_cent = level.level * 100.0;
        let methods = methods.join(", ");
        text.push_str(&format!("\nintervals at {per_cent} %, {methods}\n"));
    }
    if let [only] = answer.groups.as_slice() {
        text.push_str(&parts(&only.indicators));
    }
    if answer.responses_of_other_versions > 0 {
        let others = grouped(answer.responses_of_other_versions);
        text.push_str(&format!(
            "{others} responses to other versions are not counted\n"
        ));
    }
    let of_groups = answer.groups.iter().flat_map(|group| {
        let missing = group.unavailable.iter();
        missing.map(move |missing| (group.key.as_str(), missing))
    });
    let of_all = answer.unavailable.iter().map(|missing| ("", missing));
    for (key, missing) in of_all.chain(of_groups) {
        let of = if key.is_empty() {
            String::new()
        } else {
            format!("{key}: ")
        };
        text.push_str(&format!(
            "{of}no {}: {}\n",
            missing.component, missing.detail
        ));
    }
    text
}

/// The parts of an index, if there are several.
#[must_use]
pub fn parts(parts: &[pb::IndicatorScore]) -> String {
    if parts.len() < 2 {
        return String::new();
    }
    let rows: Vec<Vec<String>> = parts
        .iter()
        .map(|part| {
            let depth = usize::try_from(part.level - 1).unwrap_or(0);
            let score = part.score.map_or_else(|| "-".to_owned(), one_decimal);
            vec![
                format!("{}{}", "  ".repeat(depth), part.name),
                score,
                format!("{:.3}", part.weight),
                grouped(part.responses),
            ]
        })
        .collect();
    let columns = [
        ("part", Side::Left),
        ("score", Side::Right),
        ("weight", Side::Right),
        ("responses", Side::Right),
    ];
    format!("\n{}", table(&columns, &rows))
}

/// What a customer answered last, one line an instrument.
#[must_use]
pub fn last_answers(satisfaction: &pb::CustomerSatisfaction) -> String {
    let rows: Vec<Vec<String>> = satisfaction
        .instruments
        .iter()
        .map(|last| {
            vec![
                last.instrument_id.clone(),
                last.index.map_or_else(|| "-".to_owned(), one_decimal),
                format!("{} to {}", last.scale_min, last.scale_max),
                instants::text(last.answered_at.as_ref()),
                grouped(last.responses),
            ]
        })
        .collect();
    let columns = [
        ("survey", Side::Left),
        ("index", Side::Right),
        ("scale", Side::Left),
        ("answered", Side::Left),
        ("responses", Side::Right),
    ];
    table(&columns, &rows)
}

/// What became of a definition.
#[must_use]
pub fn defined(answer: &pb::DefineInstrumentResponse) -> String {
    let instrument = answer.instrument.clone().unwrap_or_default();
    let became = match answer.outcome() {
        pb::RecordOutcome::Duplicate => "is defined so already",
        pb::RecordOutcome::Created | pb::RecordOutcome::Unspecified => "is defined",
    };
    let (id, version) = (instrument.instrument_id, instrument.version);
    format!("{id}, version {version}, {became}\n")
}

/// Instruments, one line each.
#[must_use]
pub fn instruments(instruments: &[pb::Instrument]) -> String {
    if instruments.is_empty() {
        return "there is no instrument yet; `customer-value satisfaction define FILE` makes one\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = instruments
        .iter()
        .map(|instrument| {
            let definition = instrument.definition.clone().unwrap_or_default();
            let scale = definition.scale.unwrap_or_default();
            let items = definition.items.iter().map(|item| item.item_id.as_str());
            vec![
                instrument.instrument_id.clone(),
                instrument.version.to_string(),
                format!("{} to {}", scale.min, scale.max),
                items.collect::<Vec<_>>().join(", "),
                instants::text(instrument.recorded_at.as_ref()),
            ]
        })
        .collect();
    let columns = [
        ("instrument", Side::Left),
        ("version", Side::Right),
        ("scale", Side::Left),
        ("items", Side::Left),
        ("recorded", Side::Left),
    ];
    table(&columns, &rows)
}
