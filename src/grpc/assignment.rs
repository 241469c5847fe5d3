//! Assignments to segments as the contract writes them.

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::quantity::Value;
use super::unavailable::unavailable;
use super::write::{money, timestamp};
use crate::app::segment::{Assigned, Assignments};
use crate::engine::money::Currency;
use crate::engine::segment::reason::{Bound, MeasuredValue, Quantity};

/// A customer's assignments, and which schemes are not available; their components begin with
/// `path`.
#[must_use]
pub fn assignments(
    all: &Assignments,
    currency: Option<Currency>,
    path: &str,
) -> (Vec<pb::SegmentAssignment>, Vec<pb::Unavailable>) {
    let mut given = Vec::with_capacity(all.len());
    let mut absent = Vec::new();
    for (scheme, outcome) in all {
        match outcome {
            Ok(assigned) => given.push(assignment(assigned, currency)),
            Err(reason) => {
                absent.push(unavailable(&format!("{path}{}", scheme.name()), *reason));
            }
        }
    }
    (given, absent)
}

fn assignment(assigned: &Assigned, currency: Option<Currency>) -> pb::SegmentAssignment {
    let assignment = &assigned.assignment;
    let segment = assignment.scheme.segments().get(assignment.segment);
    let measures = assignment.why.measures.iter();
    pb::SegmentAssignment {
        scheme: assignment.scheme.name().to_owned(),
        segment: segment.map_or(String::new(), |segment| segment.name.to_owned()),
        label: segment.map_or(String::new(), |segment| segment.label.to_owned()),
        reason: Some(pb::AssignmentReason {
            measures: measures
                .map(|measure| measured_value(measure, currency))
                .collect(),
            explanation: assignment.why.sentence.clone(),
        }),
        next_change_at: assigned.next_change_at.map(timestamp),
        treatment: assigned.treatment.to_owned(),
    }
}

fn measured_value(measure: &MeasuredValue, currency: Option<Currency>) -> pb::MeasuredValue {
    let write = |quantity: Quantity| quantity_of(quantity, currency);
    pb::MeasuredValue {
        measure: measure.name.to_owned(),
        value: write(measure.value),
        lower_cut: measure.lower.and_then(write),
        upper_cut: measure.upper.and_then(write),
        above_lower_cut: measure.to_lower().and_then(write),
        below_upper_cut: measure.to_upper().and_then(write),
        cut_is_upper: measure.bound == Bound::AtLeast,
        score: measure.score.map(i32::from),
        percentile: measure.percentile.map(i32::from),
    }
}

/// A number with its unit; money is absent without a currency, which means without any money.
#[expect(
    clippy::cast_precision_loss,
    reason = "days are far below 2^53 millionths of a day"
)]
pub(super) fn quantity_of(quantity: Quantity, currency: Option<Currency>) -> Option<pb::Quantity> {
    let value = match quantity {
        Quantity::Days(days) => Value::Days(days as f64),
        Quantity::MicroDays(micros) => Value::Days(micros as f64 / 1e6),
        Quantity::Count(count) => Value::Count(count),
        Quantity::Money(amount) => Value::Money(money(amount, currency?)),
        Quantity::Probability(probability) => Value::Probability(probability),
    };
    Some(pb::Quantity { value: Some(value) })
}
