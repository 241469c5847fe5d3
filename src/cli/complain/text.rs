//! Complaints for people.

use crate::cli::amounts::money_text;
use crate::cli::instants;
use crate::cli::score::{pairs, words};
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// A state as people call it: `COMPLAINT_STATE_IN_HANDLING` is `in handling`.
pub(super) fn state_name(state: pb::ComplaintState) -> String {
    words(state.as_str_name(), "COMPLAINT_STATE_")
}

fn severity_name(severity: pb::ComplaintSeverity) -> String {
    match severity {
        pb::ComplaintSeverity::Unspecified => "-".to_owned(),
        known @ (pb::ComplaintSeverity::Low
        | pb::ComplaintSeverity::Medium
        | pb::ComplaintSeverity::High
        | pb::ComplaintSeverity::Critical) => words(known.as_str_name(), "COMPLAINT_SEVERITY_"),
    }
}

fn clock_state(clock: &pb::ComplaintClock) -> String {
    words(clock.state().as_str_name(), "COMPLAINT_CLOCK_STATE_")
}

/// A length of time in days, hours and minutes.
fn length(length: &prost_types::Duration) -> String {
    let minutes = length.seconds.abs() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let text = match days {
        0 => format!("{hours} h {minutes:02} min"),
        days => format!("{days} d {hours} h {minutes:02} min"),
    };
    if length.seconds < 0 || length.nanos < 0 {
        format!("-{text}")
    } else {
        text
    }
}

/// A complaint.
pub(super) fn complaint(complaint: &pb::Complaint) -> String {
    let optional = |value: &Option<String>| value.clone();
    let mut text = format!(
        "complaint {} of customer {}: {}\n\n",
        complaint.complaint_id, complaint.customer_id, complaint.subject
    );
    let remedies: Vec<String> = complaint
        .wanted_remedy()
        .map(|remedy| words(remedy.as_str_name(), "WANTED_REMEDY_"))
        .collect();
    let owner = match complaint.owner == complaint.received_by {
        true => format!("{}, the first asked", complaint.owner),
        false => format!(
            "{}; first asked was {}",
            complaint.owner, complaint.received_by
        ),
    };
    let corrective = complaint.corrective_action.as_ref().map(|action| {
        let place = words(action.place().as_str_name(), "CORRECTIVE_ACTION_PLACE_");
        format!("{}, {place}", action.reference)
    });
    let waived = optional(&complaint.corrective_action_waiver);
    let visit = complaint.visit.as_ref().map(|visit| {
        let accepted = if visit.accepted {
            "accepted"
        } else {
            "not accepted"
        };
        format!("{accepted}, satisfied {} of 5", visit.satisfied)
    });
    let worth = complaint.value_at_stake.as_ref().map(|stake| {
        let amount = stake.amount.as_ref();
        let code = amount.map_or("", |money| money.currency_code.as_str());
        format!("{} {code}, customer lifetime value", money_text(amount))
    });
    let unknown = complaint.unavailable.first();
    let rows: Vec<(&str, Option<String>)> = vec![
        ("state", Some(state_name(complaint.state()))),
        ("cycle", Some(complaint.cycle.to_string())),
        ("owner", Some(owner)),
        ("handler", optional(&complaint.handler)),
        ("offered to", optional(&complaint.offered_to)),
        ("severity", Some(severity_name(complaint.severity()))),
        ("category", optional(&complaint.category)),
        (
            "wanted",
            Some(remedies.join(", ")).filter(|text| !text.is_empty()),
        ),
        ("channel", Some(complaint.channel.clone())),
        (
            "occurred",
            Some(instants::text(complaint.occurred_at.as_ref())),
        ),
        (
            "received",
            Some(instants::text(complaint.received_at.as_ref())),
        ),
        ("waits for", optional(&complaint.waiting_reason)),
        ("resolution", optional(&complaint.resolution)),
        ("explanation", optional(&complaint.explanation)),
        ("root cause", optional(&complaint.root_cause)),
        ("corrective action", corrective),
        ("no corrective action", waived),
        ("follow-up", visit),
        (
            "value at stake",
            worth.or_else(|| unknown.map(|absent| format!("- ({})", absent.detail))),
        ),
        ("etag", Some(complaint.etag.clone())),
    ];
    let rows: Vec<(&str, String)> = rows
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    text.push_str(&pairs(&rows));
    let as_of = complaint.provenance.as_ref();
    let as_of = instants::text(as_of.and_then(|rests_on| rests_on.as_of.as_ref()));
    text.push_str(&format!("\nclocks as of {as_of}\n"));
    text.push_str(&clocks(complaint));
    if !complaint.transitions.is_empty() {
        text.push_str("\nwhat happened\n");
        text.push_str(&transitions(complaint));
    }
    if !complaint.possible_duplicates.is_empty() {
        text.push_str("\npossibly the same matter\n");
        text.push_str(&duplicates(complaint));
    }
    text
}

fn clocks(complaint: &pb::Complaint) -> String {
    let rows: Vec<Vec<String>> = complaint
        .clocks
        .iter()
        .map(|clock| {
            let remaining = clock.remaining.as_ref().map(length);
            vec![
                clock.name.replace('_', "-"),
                clock_state(clock),
                instants::text(clock.due_at.as_ref()),
                remaining.unwrap_or_else(|| "-".to_owned()),
            ]
        })
        .collect();
    let columns = [
        ("clock", Side::Left),
        ("state", Side::Left),
        ("due", Side::Left),
        ("left", Side::Right),
    ];
    table(&columns, &rows)
}

fn transitions(complaint: &pb::Complaint) -> String {
    let rows: Vec<Vec<String>> = complaint
        .transitions
        .iter()
        .map(|transition| {
            let kind = transition.kind().as_str_name();
            vec![
                instants::text(transition.occurred_at.as_ref()),
                words(kind, "COMPLAINT_TRANSITION_KIND_"),
                transition.actor.clone(),
                state_name(transition.state()),
                transition.note.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("when", Side::Left),
        ("transition", Side::Left),
        ("by", Side::Left),
        ("then", Side::Left),
        ("note", Side::Left),
    ];
    table(&columns, &rows)
}

fn duplicates(complaint: &pb::Complaint) -> String {
    let rows: Vec<Vec<String>> = complaint
        .possible_duplicates
        .iter()
        .map(|other| {
            vec![
                other.complaint_id.clone(),
                state_name(other.state()),
                other.shared.join(", "),
                format!("{:.0} %", other.similarity * 100.0),
            ]
        })
        .collect();
    let columns = [
        ("complaint", Side::Left),
        ("state", Side::Left),
        ("in common", Side::Left),
        ("subjects alike", Side::Right),
    ];
    table(&columns, &rows)
}

/// The complaints of a customer.
pub(in crate::cli) fn of_customer(complaints: &pb::CustomerComplaints) -> String {
    let counts = [
        ("received", grouped(complaints.total)),
        ("open", grouped(complaints.open)),
        ("overdue", grouped(complaints.overdue)),
    ];
    let mut text = pairs(&counts);
    if complaints.complaints.is_empty() {
        return text;
    }
    let rows: Vec<Vec<String>> = complaints
        .complaints
        .iter()
        .map(|complaint| {
            let late = late(&complaint.clocks);
            vec![
                complaint.complaint_id.clone(),
                state_name(complaint.state()),
                severity_name(complaint.severity()),
                complaint.owner.clone(),
                late,
                complaint.subject.clone(),
            ]
        })
        .collect();
    let columns = [
        ("open complaint", Side::Left),
        ("state", Side::Left),
        ("severity", Side::Left),
        ("owner", Side::Left),
        ("overdue", Side::Left),
        ("subject", Side::Left),
    ];
    text.push_str(&table(&columns, &rows));
    text
}

/// Names of the clocks that are overdue.
fn late(clocks: &[pb::ComplaintClock]) -> String {
    let late: Vec<String> = clocks
        .iter()
        .filter(|clock| clock.state() == pb::ComplaintClockState::Overdue)
        .map(|clock| clock.name.replace('_', "-"))
        .collect();
    late.join(", ")
}

/// Complaints of a list.
pub(super) fn list(complaints: &[pb::Complaint]) -> String {
    if complaints.is_empty() {
        return "no complaint is like that\n".to_owned();
    }
    let rows: Vec<Vec<String>> = complaints
        .iter()
        .map(|complaint| {
            vec![
                complaint.complaint_id.clone(),
                complaint.customer_id.clone(),
                state_name(complaint.state()),
                severity_name(complaint.severity()),
                complaint.owner.clone(),
                complaint.handler.clone().unwrap_or_else(|| "-".to_owned()),
                instants::text(complaint.received_at.as_ref()),
                late(&complaint.clocks),
                complaint.subject.clone(),
            ]
        })
        .collect();
    let columns = [
        ("complaint", Side::Left),
        ("customer", Side::Left),
        ("state", Side::Left),
        ("severity", Side::Left),
        ("owner", Side::Left),
        ("handler", Side::Left),
        ("received", Side::Left),
        ("overdue", Side::Left),
        ("subject", Side::Left),
    ];
    table(&columns, &rows)
}
