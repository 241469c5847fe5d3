//! What each transition carries beside what all have in common.

use crate::engine::complaint::Severity;
use crate::engine::complaint::transition::{ActionPlace, CorrectiveAction, Move, WaitingFor};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::read::{Reader, SHORT_BYTES_MAX, TEXT_BYTES_MAX};

/// A request of a transition.
pub(super) trait Carries {
    /// What it carries; `None` if something is not as it must be.
    fn transition(&self, reader: &mut Reader) -> Option<Move>;
}

/// Transitions that carry nothing.
macro_rules! nothing {
    ($($request:ident => $transition:ident,)*) => {
        $(
            impl Carries for pb::$request {
                fn transition(&self, _: &mut Reader) -> Option<Move> {
                    Some(Move::$transition)
                }
            }
        )*
    };
}

nothing! {
    AcknowledgeComplaintRequest => Acknowledge,
    ReturnComplaintRequest => Return,
    ResumeComplaintRequest => Resume,
    AcceptComplaintRequest => Accept,
}

impl Carries for pb::AssessComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let outcome = ("outcome", "ComplaintAssessment");
        let is_valid = reader.required_choice(outcome, self.outcome, &[true, false]);
        let assessor = reader.optional_id("assessor", self.assessor.as_deref());
        let severity = ("severity", "ComplaintSeverity");
        let severity = reader.choice(severity, self.severity, &Severity::ALL);
        let category = reader.optional_text("category", self.category.as_deref(), SHORT_BYTES_MAX);
        Some(Move::Assess {
            is_valid: is_valid?,
            assessor: assessor?.unwrap_or_else(|| self.actor.clone()),
            severity: severity?,
            category: category?,
        })
    }
}

impl Carries for pb::DispatchComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let handler = reader.id("handler", &self.handler)?;
        Some(Move::Dispatch { handler })
    }
}

impl Carries for pb::PauseComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let waiting_for = ("waiting_for", "ComplaintWaitingFor");
        let waiting_for = reader.required_choice(waiting_for, self.waiting_for, &WaitingFor::ALL);
        let reason = reader.required_text("reason", &self.reason, TEXT_BYTES_MAX);
        let resume_due_at = reader.optional_instant("resume_due_at", self.resume_due_at.as_ref());
        Some(Move::Pause {
            waiting_for: waiting_for?,
            reason: reason?,
            resume_due_at: resume_due_at?,
        })
    }
}

impl Carries for pb::ResolveComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let resolution = required_long(reader, "resolution", &self.resolution);
        let (root_cause, corrective_action) = cause(
            reader,
            self.root_cause.as_deref(),
            self.corrective_action.as_ref(),
            self.corrective_action_waiver.as_deref(),
        )?;
        Some(Move::Resolve {
            resolution: resolution?,
            root_cause,
            corrective_action,
        })
    }
}

impl Carries for pb::ExplainComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let explanation = required_long(reader, "explanation", &self.explanation)?;
        Some(Move::Explain { explanation })
    }
}

impl Carries for pb::FollowUpComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        if self.accepted.is_none() {
            reader.refuse("accepted", "is required");
        }
        let marks = 1..=5;
        if !marks.contains(&self.satisfied) {
            reader.refuse("satisfied", "must lie between 1 and 5");
            return None;
        }
        Some(Move::FollowUp {
            is_accepted: self.accepted?,
            satisfied: i16::try_from(self.satisfied).ok()?,
        })
    }
}

impl Carries for pb::CloseComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let (root_cause, corrective_action) = cause(
            reader,
            self.root_cause.as_deref(),
            self.corrective_action.as_ref(),
            self.corrective_action_waiver.as_deref(),
        )?;
        Some(Move::Close {
            root_cause,
            corrective_action,
        })
    }
}

impl Carries for pb::ReopenComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let reason = reader.required_text("reason", &self.reason, TEXT_BYTES_MAX)?;
        Some(Move::Reopen { reason })
    }
}

impl Carries for pb::WithdrawComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let reason = reader.required_text("reason", &self.reason, TEXT_BYTES_MAX)?;
        Some(Move::Withdraw { reason })
    }
}

impl Carries for pb::OfferComplaintRequest {
    fn transition(&self, reader: &mut Reader) -> Option<Move> {
        let new_owner = reader.id("new_owner", &self.new_owner)?;
        Some(Move::Offer { new_owner })
    }
}

fn required_long(reader: &mut Reader, field: &str, value: &str) -> Option<String> {
    if value.is_empty() {
        reader.refuse(field, "is required");
        return None;
    }
    reader.long_text(field, value)
}

/// Why it had happened, and what is done about that.
fn cause(
    reader: &mut Reader,
    root_cause: Option<&str>,
    linked: Option<&pb::CorrectiveAction>,
    waiver: Option<&str>,
) -> Option<(Option<String>, Option<CorrectiveAction>)> {
    let root_cause = reader.optional_text("root_cause", root_cause, TEXT_BYTES_MAX);
    let field = "corrective_action_waiver";
    let waiver = reader.optional_text(field, waiver, TEXT_BYTES_MAX);
    let linked = match linked {
        None => Some(None),
        Some(linked) => action(reader, linked).map(Some),
    };
    let action = match (linked?, waiver?) {
        (Some(_), Some(_)) => {
            reader.refuse(field, "must not stand beside corrective_action");
            return None;
        }
        (Some(linked), None) => Some(linked),
        (None, Some(reason)) => Some(CorrectiveAction::Waived { reason }),
        (None, None) => None,
    };
    Some((root_cause?, action))
}

fn action(reader: &mut Reader, linked: &pb::CorrectiveAction) -> Option<CorrectiveAction> {
    let place = ("corrective_action.place", "CorrectiveActionPlace");
    let place = reader.required_choice(place, linked.place, &ActionPlace::ALL);
    let reference = reader.id("corrective_action.reference", &linked.reference);
    Some(CorrectiveAction::Linked {
        place: place?,
        reference: reference?,
    })
}
