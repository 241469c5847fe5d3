//! `ComplaintService.RecordComplaint`.

use tonic::{Request, Response, Status};

use super::complaint::shown;
use super::complaints::Complaints;
use super::ledger::outcome;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use crate::engine::complaint::{Complaint, ComplaintKind, Severity, WantedRemedy};
use crate::engine::time::Instant;

/// Longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 256;

pub(super) async fn handle(
    complaints: &Complaints,
    request: Request<pb::RecordComplaintRequest>,
) -> Result<Response<pb::RecordComplaintResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let app = &complaints.app;
    let asked = complaint(
        &mut reader,
        request.get_ref(),
        app.latest_instant(),
        |occurred_at| app.now_or(occurred_at),
    );
    let complaint = reader.finish(asked)?;
    let (recorded, complaint) = app.record_complaint(&tenant_id, complaint).await?;
    Ok(Response::new(pb::RecordComplaintResponse {
        complaint: Some(shown(complaint)),
        outcome: outcome(recorded).into(),
    }))
}

/// The complaint; one without `received_at` was received as `now_or` says of when it happened.
fn complaint(
    reader: &mut Reader,
    request: &pb::RecordComplaintRequest,
    latest: Instant,
    now_or: impl Fn(Instant) -> Instant,
) -> Option<Complaint> {
    let complaint_id = reader.id("complaint_id", &request.complaint_id);
    let customer_id = reader.id("customer_id", &request.customer_id);
    let occurred_at = reader.occurred_at("occurred_at", request.occurred_at.as_ref(), latest);
    let received_at = reader.optional_past("received_at", request.received_at.as_ref(), latest);
    if let (Some(occurred_at), Some(Some(received_at))) = (occurred_at, received_at)
        && received_at < occurred_at
    {
        reader.refuse("received_at", "must not lie before occurred_at");
    }
    let channel = reader.required_text("channel", &request.channel, SHORT_BYTES_MAX);
    let kind = ("kind", "ComplaintKind");
    let kind = reader.required_choice(kind, request.kind, &ComplaintKind::ALL);
    let subject = reader.required_text("subject", &request.subject, SUBJECT_BYTES_MAX);
    let description = reader.long_text("description", &request.description);
    let wanted_remedies = remedies(reader, &request.wanted_remedy, kind);
    let severity = ("severity", "ComplaintSeverity");
    let severity = reader.choice(severity, request.severity, &Severity::ALL);
    let received_by = reader.id("received_by", &request.received_by);
    let transaction_id = reader.optional_id("transaction_id", request.transaction_id.as_deref());
    let product_id = reader.optional_id("product_id", request.product_id.as_deref());
    let partner_id = reader.optional_id("partner_id", request.partner_id.as_deref());
    let category = reader.optional_text("category", request.category.as_deref(), SHORT_BYTES_MAX);
    let concerns = reader.optional_id("concerns", request.concerns.as_deref());
    let occurred_at = occurred_at?;
    Some(Complaint {
        complaint_id: complaint_id?,
        customer_id: customer_id?,
        occurred_at,
        received_at: received_at?.unwrap_or_else(|| now_or(occurred_at)),
        is_received_at_told: request.received_at.is_some(),
        channel: channel?,
        kind: kind?,
        subject: subject?,
        description: description.filter(|text| !text.is_empty()),
        wanted_remedies: wanted_remedies?,
        severity: severity?,
        received_by: received_by?,
        transaction_id: transaction_id?,
        product_id: product_id?,
        partner_id: partner_id?,
        category: category?,
        concerns: concerns?,
    })
}

/// What the customer wants, sorted.
fn remedies(
    reader: &mut Reader,
    numbers: &[i32],
    kind: Option<ComplaintKind>,
) -> Option<Vec<WantedRemedy>> {
    let field = "wanted_remedy";
    if numbers.is_empty() && kind == Some(ComplaintKind::Complaint) {
        reader.refuse(field, "a complaint must have at least one");
        return None;
    }
    if numbers.len() > WantedRemedy::ALL.len() {
        reader.refuse(field, "must name each remedy at most once");
        return None;
    }
    let found: Vec<Option<WantedRemedy>> = numbers
        .iter()
        .enumerate()
        .map(|(index, number)| {
            let path = format!("{field}[{index}]");
            reader.required_choice((&path, "WantedRemedy"), *number, &WantedRemedy::ALL)
        })
        .collect();
    let mut remedies: Vec<WantedRemedy> = found.into_iter().collect::<Option<_>>()?;
    remedies.sort_unstable();
    remedies.dedup();
    if remedies.len() < numbers.len() {
        reader.refuse(field, "must name each remedy at most once");
        return None;
    }
    Some(remedies)
}
