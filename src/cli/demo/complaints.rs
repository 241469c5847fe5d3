//! Complaints of the worked example's customer, each at another place of the loop. All instants lie in
//! the past and are told, so that due times are the same whenever it runs.

use super::cdnow::instant;
use super::example::CUSTOMER;
use crate::cli::calls::{answer, patiently};
use crate::cli::failure::Refused;
use crate::cli::table::{Side, table};
use crate::cli::{instants, score};
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// The one asked first.
const OWNER: &str = "service-desk";
/// The instant at which the complaints are shown.
const AS_OF: &str = "2005-11-10T12:00:00Z";

/// Records a complaint received at an instant.
async fn record(
    client: &Client,
    id: &str,
    received_at: &str,
    subject: &str,
) -> anyhow::Result<pb::Complaint> {
    let at = instant(received_at)?;
    let request = pb::RecordComplaintRequest {
        complaint_id: id.to_owned(),
        customer_id: CUSTOMER.to_owned(),
        occurred_at: Some(at),
        received_at: Some(at),
        channel: "hotline".to_owned(),
        kind: pb::ComplaintKind::Complaint.into(),
        subject: subject.to_owned(),
        wanted_remedy: vec![pb::WantedRemedy::Fix.into()],
        severity: pb::ComplaintSeverity::Medium.into(),
        received_by: OWNER.to_owned(),
        category: Some("delivery".to_owned()),
        ..pb::RecordComplaintRequest::default()
    };
    let done = patiently(|| {
        let mut complaints = client.complaints.clone();
        let request = request.clone();
        async move { complaints.record_complaint(request).await }
    });
    Ok(done.await?.complaint.unwrap_or_default())
}

/// A complaint after transitions, each at an instant; made before, they change nothing.
macro_rules! moved {
    ($client:expr, $complaint:expr; $($method:ident $request:ident $at:literal { $($field:ident: $value:expr),* })*) => {{
        let mut complaint = $complaint;
        $({
            let request = pb::$request {
                complaint_id: complaint.complaint_id,
                event_id: stringify!($method).to_owned(),
                etag: complaint.etag,
                actor: OWNER.to_owned(),
                occurred_at: Some(instant($at)?),
                note: None,
                $($field: $value,)*
            };
            let done = patiently(|| {
                let mut complaints = $client.complaints.clone();
                let request = request.clone();
                async move { complaints.$method(request).await }
            });
            complaint = done.await?.complaint.unwrap_or_default();
        })*
        complaint
    }};
}

/// Records the complaints, moves them, and shows them as they stood at an instant.
pub(super) async fn show(client: &Client) -> anyhow::Result<String> {
    let assess = || i32::from(pb::ComplaintAssessment::Valid);
    let late = record(
        client,
        "late-parcel",
        "2005-11-07T09:00:00Z",
        "parcel came late",
    )
    .await?;
    moved!(client, late;
        acknowledge_complaint AcknowledgeComplaintRequest "2005-11-07T10:00:00Z" {}
        assess_complaint AssessComplaintRequest "2005-11-07T11:00:00Z" {
            outcome: assess(), assessor: None, severity: 0, category: None
        }
        dispatch_complaint DispatchComplaintRequest "2005-11-07T12:00:00Z" { handler: "warehouse".to_owned() }
        resolve_complaint ResolveComplaintRequest "2005-11-07T18:00:00Z" {
            resolution: "sent by courier".to_owned(),
            root_cause: Some("wrong address".to_owned()),
            corrective_action: None,
            corrective_action_waiver: Some("a single slip".to_owned())
        }
        follow_up_complaint FollowUpComplaintRequest "2005-11-09T09:00:00Z" {
            accepted: Some(true), satisfied: 5
        }
        close_complaint CloseComplaintRequest "2005-11-09T10:00:00Z" {
            root_cause: None, corrective_action: None, corrective_action_waiver: None
        }
    );
    let broken = record(
        client,
        "broken-disc",
        "2005-11-09T08:00:00Z",
        "disc is broken",
    )
    .await?;
    moved!(client, broken;
        acknowledge_complaint AcknowledgeComplaintRequest "2005-11-09T09:00:00Z" {}
        assess_complaint AssessComplaintRequest "2005-11-09T09:30:00Z" {
            outcome: assess(), assessor: None, severity: 0, category: None
        }
        dispatch_complaint DispatchComplaintRequest "2005-11-09T10:00:00Z" { handler: "warehouse".to_owned() }
        pause_complaint PauseComplaintRequest "2005-11-09T14:00:00Z" {
            waiting_for: pb::ComplaintWaitingFor::Customer.into(),
            reason: "a photo".to_owned(),
            resume_due_at: None
        }
        resume_complaint ResumeComplaintRequest "2005-11-10T08:00:00Z" {}
    );
    record(
        client,
        "no-answer",
        "2005-11-08T12:00:00Z",
        "nobody answers",
    )
    .await?;
    let mut complaints = client.complaints.clone();
    let request = pb::ListComplaintsRequest {
        customer_id: Some(CUSTOMER.to_owned()),
        as_of: Some(instant(AS_OF)?),
        ..pb::ListComplaintsRequest::default()
    };
    let listed: Result<pb::ListComplaintsResponse, Refused> =
        answer(complaints.list_complaints(request).await);
    Ok(text(&listed?.complaints))
}

fn text(complaints: &[pb::Complaint]) -> String {
    let rows: Vec<Vec<String>> = complaints
        .iter()
        .flat_map(|complaint| {
            let state = score::words(complaint.state().as_str_name(), "COMPLAINT_STATE_");
            (1..).zip(&complaint.clocks).map(move |(number, clock)| {
                let first = |text: &str| match number {
                    1 => text.to_owned(),
                    _ => String::new(),
                };
                vec![
                    first(&complaint.complaint_id),
                    first(&state),
                    first(complaint.handler.as_ref().unwrap_or(&complaint.owner)),
                    clock.name.replace('_', "-"),
                    score::words(clock.state().as_str_name(), "COMPLAINT_CLOCK_STATE_"),
                    instants::text(clock.due_at.as_ref()),
                ]
            })
        })
        .collect();
    let columns = [
        ("complaint", Side::Left),
        ("state", Side::Left),
        ("works on it", Side::Left),
        ("clock", Side::Left),
        ("state", Side::Left),
        ("due", Side::Left),
    ];
    format!(
        "\nComplaints\n\n{}\n  of customer {CUSTOMER} as of {AS_OF}; {OWNER} owns them\n",
        table(&columns, &rows)
    )
}
