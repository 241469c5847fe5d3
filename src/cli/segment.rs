//! `segment`.

use super::calls::{connect, patiently};
use super::table::{Side, table};
use super::{instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::segment::Scheme;
use crate::engine::time::Instant;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Tells where customers belong, why, when they move if nothing happens, and what to do.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value segment 4711
  customer-value segment 4711 4712 --scheme rfm --scheme lifecycle
  customer-value segment 4711 --as-of 1998-06-30T23:59:59Z --output json")]
pub struct Segment {
    /// Which customers, at most 1000
    #[arg(required = true, value_name = "CUSTOMER_ID")]
    customer_ids: Vec<String>,

    /// Scheme to show; may be given several times [default: all]
    #[arg(
        long = "scheme",
        value_name = "SCHEME",
        value_parser = clap::builder::PossibleValuesParser::new(Scheme::ALL.map(Scheme::name))
    )]
    schemes: Vec<String>,

    /// Instant to segment for: facts that happened up to it count [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    as_of: Option<Instant>,

    /// Use only what was recorded up to this instant [default: everything]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    known_at: Option<Instant>,
}

impl Segment {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let connection = connect(client).await?;
        let request = pb::SegmentRequest {
            customer_ids: self.customer_ids.clone(),
            schemes: self.schemes.clone(),
            as_of: self.as_of.map(write::timestamp),
            known_at: self.known_at.map(write::timestamp),
        };
        let answer = patiently(|| {
            let mut segmentation = connection.segmentation.clone();
            let request = request.clone();
            async move { segmentation.segment(request).await }
        })
        .await?;
        match client.output {
            Output::Json => output::write(&output::json("SegmentResponse", &answer)?),
            Output::Table => output::write(&segments_text(&answer)),
        }
    }
}

/// An answer for people.
#[must_use]
pub fn segments_text(answer: &pb::SegmentResponse) -> String {
    let mut text = String::new();
    let provenance = answer.provenance.clone().unwrap_or_default();
    let as_of = instants::text(provenance.as_of.as_ref());
    for customer in &answer.customers {
        text.push_str(&format!(
            "customer {} as of {as_of}\n",
            customer.customer_id
        ));
        if !customer.assignments.is_empty() {
            text.push_str(&assignments_text(&customer.assignments));
            text.push_str("  what to do\n");
            text.push_str(&treatments_text(&customer.assignments));
        }
        if !customer.unavailable.is_empty() {
            text.push_str("  not available\n");
            let absent = customer.unavailable.iter();
            let rows: Vec<Vec<String>> = absent
                .map(|absent| vec![absent.component.clone(), absent.detail.clone()])
                .collect();
            text.push_str(&table(&[("", Side::Left), ("", Side::Left)], &rows));
        }
        text.push('\n');
    }
    text.push_str(&format!(
        "policy {}, snapshot {}\n",
        provenance.policy_version,
        snapshot_text(&provenance.snapshot_id)
    ));
    text
}

/// A snapshot's name; a word without one.
#[must_use]
pub fn snapshot_text(name: &str) -> String {
    if name.is_empty() { "none" } else { name }.to_owned()
}

/// Segments by scheme, each with its reason.
#[must_use]
pub fn assignments_text(assignments: &[pb::SegmentAssignment]) -> String {
    let rows: Vec<Vec<String>> = assignments
        .iter()
        .map(|assigned| {
            let reason = assigned.reason.as_ref();
            let reason = reason.map(|reason| reason.explanation.as_str());
            // The sentence begins with the label, which has a column of its own.
            let label = format!("{}: ", assigned.label);
            let why = reason.unwrap_or_default();
            let why = why.strip_prefix(&label).unwrap_or(why);
            vec![
                assigned.scheme.clone(),
                assigned.label.clone(),
                instants::text(assigned.next_change_at.as_ref()),
                why.to_owned(),
            ]
        })
        .collect();
    let columns = [
        ("scheme", Side::Left),
        ("segment", Side::Left),
        ("moves", Side::Left),
        ("why", Side::Left),
    ];
    table(&columns, &rows)
}

/// What to do with a customer, by scheme.
fn treatments_text(assignments: &[pb::SegmentAssignment]) -> String {
    let rows: Vec<Vec<String>> = assignments
        .iter()
        .map(|assigned| vec![assigned.scheme.clone(), assigned.treatment.clone()])
        .collect();
    table(&[("", Side::Left), ("", Side::Left)], &rows)
}
