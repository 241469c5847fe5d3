//! Transitions as the contract writes them.

use super::values::complaint_state;
use super::{action, assessment, visit};
use crate::app::complaint::FoldedComplaint;
use crate::engine::complaint::State;
use crate::engine::complaint::machine::Visit;
use crate::engine::complaint::transition::Move;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::{choice, timestamp};
use crate::store::complaint::StoredEvent;

/// The history of a complaint, oldest first.
pub(super) fn transitions(folded: &FoldedComplaint) -> Vec<pb::ComplaintTransition> {
    (1..)
        .zip(folded.stored.events.iter().zip(&folded.states))
        .map(|(sequence, (stored, state))| transition(sequence, stored, *state))
        .collect()
}

fn transition(sequence: i64, stored: &StoredEvent, state: State) -> pb::ComplaintTransition {
    let event = &stored.event;
    let common = pb::ComplaintTransition {
        sequence,
        event_id: event.event_id.clone(),
        kind: choice(event.transition.kind().index()),
        actor: event.actor.clone(),
        occurred_at: Some(timestamp(event.occurred_at)),
        recorded_at: Some(timestamp(stored.recorded_at)),
        state: complaint_state(state).into(),
        note: event.note.clone(),
        ..pb::ComplaintTransition::default()
    };
    match event.transition.clone() {
        Move::Acknowledge | Move::Return | Move::Resume | Move::Accept => common,
        Move::Assess {
            is_valid,
            assessor,
            severity,
            category,
        } => pb::ComplaintTransition {
            assessment: assessment(is_valid).into(),
            assessor: Some(assessor),
            severity: severity.map_or(0, |severity| choice(severity.index())),
            category,
            ..common
        },
        Move::Dispatch { handler } => pb::ComplaintTransition {
            handler: Some(handler),
            ..common
        },
        Move::Pause {
            waiting_for,
            reason,
            resume_due_at,
        } => pb::ComplaintTransition {
            waiting_for: choice(waiting_for.index()),
            reason: Some(reason),
            resume_due_at: resume_due_at.map(timestamp),
            ..common
        },
        Move::Resolve {
            resolution,
            root_cause,
            corrective_action,
        } => {
            let (linked, waiver) = action(corrective_action.as_ref());
            pb::ComplaintTransition {
                resolution: Some(resolution),
                root_cause,
                corrective_action: linked,
                corrective_action_waiver: waiver,
                ..common
            }
        }
        Move::Explain { explanation } => pb::ComplaintTransition {
            explanation: Some(explanation),
            ..common
        },
        Move::FollowUp {
            is_accepted,
            satisfied,
        } => pb::ComplaintTransition {
            visit: Some(visit(Visit {
                is_accepted,
                satisfied,
                occurred_at: event.occurred_at,
            })),
            ..common
        },
        Move::Close {
            root_cause,
            corrective_action,
        } => {
            let (linked, waiver) = action(corrective_action.as_ref());
            pb::ComplaintTransition {
                root_cause,
                corrective_action: linked,
                corrective_action_waiver: waiver,
                ..common
            }
        }
        Move::Reopen { reason } | Move::Withdraw { reason } => pb::ComplaintTransition {
            reason: Some(reason),
            ..common
        },
        Move::Offer { new_owner } => pb::ComplaintTransition {
            new_owner: Some(new_owner),
            ..common
        },
    }
}
