//! The transitions of `ComplaintService`: what all have in common, once. What each carries stands in
//! `carried`.

mod carried;

use tonic::{Request, Response, Status};

use super::complaint::shown;
use super::complaints::Complaints;
use super::ledger::outcome;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::move_complaint::MoveRequest;
use crate::engine::complaint::transition::Move;
use crate::engine::time::Instant;
use crate::ids::ID_BYTES_MAX;

/// The fields that every transition has.
#[derive(Clone, Copy, Debug)]
pub struct Common<'r> {
    complaint_id: &'r str,
    event_id: &'r str,
    etag: &'r str,
    actor: &'r str,
    occurred_at: Option<&'r prost_types::Timestamp>,
    note: Option<&'r str>,
}

/// A request that moves a complaint.
pub trait Transition {
    /// What it is answered by.
    type Response: From<(pb::Complaint, pb::RecordOutcome)>;

    /// The fields that every transition has.
    fn common(&self) -> Common<'_>;

    /// What it carries beside.
    fn carried(&self, reader: &mut Reader) -> Option<Move>;
}

/// Names the request and the answer of each transition.
macro_rules! transitions {
    ($($request:ident => $response:ident,)*) => {
        $(
            impl From<(pb::Complaint, pb::RecordOutcome)> for pb::$response {
                fn from((complaint, outcome): (pb::Complaint, pb::RecordOutcome)) -> Self {
                    Self {
                        complaint: Some(complaint),
                        outcome: outcome.into(),
                    }
                }
            }

            impl Transition for pb::$request {
                type Response = pb::$response;

                fn common(&self) -> Common<'_> {
                    Common {
                        complaint_id: &self.complaint_id,
                        event_id: &self.event_id,
                        etag: &self.etag,
                        actor: &self.actor,
                        occurred_at: self.occurred_at.as_ref(),
                        note: self.note.as_deref(),
                    }
                }

                fn carried(&self, reader: &mut Reader) -> Option<Move> {
                    carried::Carries::transition(self, reader)
                }
            }
        )*
    };
}

transitions! {
    AcknowledgeComplaintRequest => AcknowledgeComplaintResponse,
    AssessComplaintRequest => AssessComplaintResponse,
    DispatchComplaintRequest => DispatchComplaintResponse,
    ReturnComplaintRequest => ReturnComplaintResponse,
    PauseComplaintRequest => PauseComplaintResponse,
    ResumeComplaintRequest => ResumeComplaintResponse,
    ResolveComplaintRequest => ResolveComplaintResponse,
    ExplainComplaintRequest => ExplainComplaintResponse,
    FollowUpComplaintRequest => FollowUpComplaintResponse,
    CloseComplaintRequest => CloseComplaintResponse,
    ReopenComplaintRequest => ReopenComplaintResponse,
    WithdrawComplaintRequest => WithdrawComplaintResponse,
    OfferComplaintRequest => OfferComplaintResponse,
    AcceptComplaintRequest => AcceptComplaintResponse,
}

/// Reads a transition, makes it and answers the complaint.
pub(super) async fn handle<T: Transition>(
    complaints: &Complaints,
    request: Request<T>,
) -> Result<Response<T::Response>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = read(
        &mut reader,
        request.get_ref(),
        complaints.app.latest_instant(),
    );
    let asked = reader.finish(asked)?;
    let (made, complaint) = complaints.app.move_complaint(&tenant_id, asked).await?;
    let answer = (shown(complaint), outcome(made));
    Ok(Response::new(answer.into()))
}

fn read<T: Transition>(reader: &mut Reader, request: &T, latest: Instant) -> Option<MoveRequest> {
    let common = request.common();
    let complaint_id = reader.id("complaint_id", common.complaint_id);
    let event_id = reader.id("event_id", common.event_id);
    let etag = reader.required_text("etag", common.etag, ID_BYTES_MAX);
    let actor = reader.id("actor", common.actor);
    let occurred_at = reader.optional_past("occurred_at", common.occurred_at, latest);
    let note = match common.note {
        None => Some(None),
        Some("") => reader.optional_text("note", Some(""), 0),
        Some(note) => reader.long_text("note", note).map(Some),
    };
    let transition = request.carried(reader);
    Some(MoveRequest {
        complaint_id: complaint_id?,
        event_id: event_id?,
        etag: etag?,
        actor: actor?,
        occurred_at: occurred_at?,
        note: note?,
        transition: transition?,
    })
}
