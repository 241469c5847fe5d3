//! Snapshots for people.

use crate::cli::amounts::money_text;
use crate::cli::instants;
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// A share in percent.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A snapshot.
pub(super) fn snapshot(taken: &pb::PopulationSnapshot) -> String {
    let facts = [
        ("taken for", instants::text(taken.as_of.as_ref())),
        ("as known at", instants::text(taken.known_at.as_ref())),
        ("customers", grouped(taken.customers)),
        ("policy", taken.policy_version.clone()),
        ("models", models(taken)),
    ];
    let rows: Vec<Vec<String>> = facts
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    let facts = table(&[("", Side::Left), ("", Side::Left)], &rows);
    format!("{}\n{facts}", taken.snapshot_id)
}

fn models(snapshot: &pb::PopulationSnapshot) -> String {
    if snapshot.model_versions.is_empty() {
        "none".to_owned()
    } else {
        snapshot.model_versions.join(", ")
    }
}

/// From when to when an activation holds.
fn in_force(activation: &pb::SnapshotActivation) -> String {
    let from = instants::text(activation.effective_at.as_ref());
    match &activation.effective_until {
        Some(until) => format!("from {from} until {}", instants::text(Some(until))),
        None => format!("from {from} on"),
    }
}

/// A snapshot put in force.
pub(super) fn activated(done: &pb::ActivatePopulationSnapshotResponse) -> String {
    let activation = done.activation.clone().unwrap_or_default();
    let name = &activation.snapshot_id;
    format!("{name} is in force {}\n", in_force(&activation))
}

/// Snapshots with their activations.
pub(super) fn list(list: &pb::ListPopulationSnapshotsResponse) -> String {
    if list.snapshots.is_empty() {
        return "there is no snapshot yet; `customer-value snapshot take` makes one\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .snapshots
        .iter()
        .map(|snapshot| {
            let held = list.activations.iter();
            let held = held.filter(|held| held.snapshot_id == snapshot.snapshot_id);
            let held: Vec<String> = held.map(in_force).collect();
            vec![
                snapshot.snapshot_id.clone(),
                instants::text(snapshot.as_of.as_ref()),
                grouped(snapshot.customers),
                models(snapshot),
                held.join("; "),
            ]
        })
        .collect();
    let columns = [
        ("snapshot", Side::Left),
        ("taken for", Side::Left),
        ("customers", Side::Right),
        ("models", Side::Left),
        ("in force", Side::Left),
    ];
    table(&columns, &rows)
}

/// Members of a segment.
pub(super) fn members(found: &pb::ListSegmentMembersResponse) -> String {
    let rows: Vec<Vec<String>> = found
        .members
        .iter()
        .map(|member| {
            let score = |measure: &str| {
                let mut measures = member.measures.iter();
                let found = measures.find(|found| found.measure == measure);
                found.and_then(|found| found.score)
            };
            let scores = ["recency_days", "frequency", "monetary"].map(score);
            let cell: Option<Vec<String>> = scores
                .into_iter()
                .map(|score| score.map(|score| score.to_string()))
                .collect();
            vec![
                member.customer_id.clone(),
                member.segment.clone(),
                money_text(member.value.as_ref()),
                cell.map_or_else(|| "-".to_owned(), |cell| cell.concat()),
            ]
        })
        .collect();
    let columns = [
        ("customer", Side::Left),
        ("segment", Side::Left),
        ("value to date", Side::Right),
        ("RFM", Side::Right),
    ];
    let mut text = format!("{}\n{}", found.snapshot_id, table(&columns, &rows));
    if !found.next_page_token.is_empty() {
        text.push_str("  and more; --limit lists them\n");
    }
    text
}

/// The segments of a snapshot.
pub(super) fn description(described: &pb::DescribeSegmentationResponse) -> String {
    let taken = described.snapshot.clone().unwrap_or_default();
    let mut text = format!(
        "{} for {}: {} customers, value to date {}\n",
        taken.snapshot_id,
        instants::text(taken.as_of.as_ref()),
        grouped(taken.customers),
        money_text(described.value.as_ref()),
    );
    if let Some(line) = described.concentration.as_ref().and_then(concentration) {
        text.push_str(&line);
    }
    for scheme in &described.schemes {
        text.push_str(&format!("\n{}\n{}", scheme.scheme, segments(scheme)));
        if let Some(compared) = &described.compare_snapshot {
            text.push_str(&format!("\n  moves since {}\n", compared.snapshot_id));
            text.push_str(&moves(scheme));
        }
    }
    text
}

/// How unequally the value is spread, in one line.
#[must_use]
pub fn concentration(of: &pb::ValueConcentration) -> Option<String> {
    let top = percent(of.top_fifth_share?);
    let gini = of.gini?;
    Some(format!(
        "the most valuable 20 % of the customers hold {top} of it; Gini {gini:.3}\n"
    ))
}

/// The segments of a scheme with customers and value.
#[must_use]
pub fn segments(scheme: &pb::SchemeDescription) -> String {
    let mut rows: Vec<Vec<String>> = scheme
        .segments
        .iter()
        .map(|segment| {
            vec![
                segment.label.clone(),
                grouped(segment.customers),
                percent(segment.customer_share),
                money_text(segment.value.as_ref()),
                segment.value_share.map_or_else(|| "-".to_owned(), percent),
            ]
        })
        .collect();
    if scheme.customers_without_segment > 0 {
        let mut row = vec![
            "(none)".to_owned(),
            grouped(scheme.customers_without_segment),
        ];
        row.resize(5, String::new());
        rows.push(row);
    }
    let columns = [
        ("segment", Side::Left),
        ("customers", Side::Right),
        ("share", Side::Right),
        ("value to date", Side::Right),
        ("share", Side::Right),
    ];
    table(&columns, &rows)
}

/// Who moved; those who stayed are left out.
fn moves(scheme: &pb::SchemeDescription) -> String {
    let name = |segment: Option<&str>, absent: &str| match segment {
        None => absent.to_owned(),
        Some("") => "(none)".to_owned(),
        Some(segment) => segment.to_owned(),
    };
    let moved = scheme.moves.iter();
    let rows: Vec<Vec<String>> = moved
        .filter(|moved| moved.from_segment != moved.to_segment)
        .map(|moved| {
            vec![
                name(moved.from_segment.as_deref(), "(newcomers)"),
                name(moved.to_segment.as_deref(), "(gone)"),
                grouped(moved.customers),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "  nobody moved\n".to_owned();
    }
    let columns = [
        ("from", Side::Left),
        ("to", Side::Left),
        ("customers", Side::Right),
    ];
    table(&columns, &rows)
}
