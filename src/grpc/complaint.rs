//! A complaint as the contract writes it.

mod transition;
pub mod values;

use super::pb::customervalue::v1 as pb;
use super::unavailable::unavailable;
use super::write::{choice, duration, money, timestamp};
use crate::app::complaint::{Duplicate, FoldedComplaint, ShownComplaint, Stake};
use crate::engine::complaint::clock::Clock;
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::complaint::machine::{ComplaintView, Visit};
use crate::engine::complaint::rules::legal;
use crate::engine::complaint::transition::CorrectiveAction;
use crate::engine::policy::Policy;
use crate::engine::score::ENGINE_VERSION;
use crate::engine::time::Instant;
use transition::transitions;
use values::complaint_state;

/// A complaint with what may be the same matter and what its customer is worth.
pub(super) fn shown(shown: ShownComplaint) -> pb::Complaint {
    let ShownComplaint {
        folded,
        duplicates,
        stake,
        as_of,
        known_at,
    } = shown;
    let mut complaint = folded_complaint(&folded, as_of);
    complaint.possible_duplicates = duplicates.into_iter().map(duplicate).collect();
    match stake.value {
        Ok((amount, currency)) => {
            complaint.value_at_stake = Some(pb::ValueAtStake {
                amount: Some(money(amount, currency)),
                basis: pb::ValueAtStakeBasis::ClvTotal.into(),
            });
        }
        Err(reason) => complaint.unavailable = vec![unavailable("value_at_stake", reason)],
    }
    complaint.provenance = Some(provenance(Some(&stake), as_of, known_at));
    complaint
}

/// A complaint as a list shows it.
pub(super) fn listed(
    folded: &FoldedComplaint,
    as_of: Instant,
    known_at: Option<Instant>,
) -> pb::Complaint {
    let known_at = known_at.unwrap_or(folded.stored.newest_recorded_at());
    pb::Complaint {
        provenance: Some(provenance(None, as_of, known_at)),
        ..folded_complaint(folded, as_of)
    }
}

fn folded_complaint(folded: &FoldedComplaint, as_of: Instant) -> pb::Complaint {
    let (recorded, view) = (&folded.stored.complaint, &folded.view);
    let (corrective_action, corrective_action_waiver) = action(view.corrective_action.as_ref());
    pb::Complaint {
        complaint_id: recorded.complaint_id.clone(),
        customer_id: recorded.customer_id.clone(),
        occurred_at: Some(timestamp(recorded.occurred_at)),
        received_at: Some(timestamp(recorded.received_at)),
        recorded_at: Some(timestamp(folded.stored.recorded_at)),
        channel: recorded.channel.clone(),
        kind: choice(recorded.kind.index()),
        subject: recorded.subject.clone(),
        description: recorded.description.clone(),
        wanted_remedy: recorded
            .wanted_remedies
            .iter()
            .map(|remedy| choice(remedy.index()))
            .collect(),
        severity: view.severity.map_or(0, |severity| choice(severity.index())),
        category: view.category.clone(),
        transaction_id: recorded.transaction_id.clone(),
        product_id: recorded.product_id.clone(),
        partner_id: recorded.partner_id.clone(),
        concerns: recorded.concerns.clone(),
        received_by: recorded.received_by.clone(),
        owner: view.owner.clone(),
        handler: view.handler.clone(),
        offered_to: view.offered_to.clone(),
        state: complaint_state(view.state).into(),
        cycle: view.cycle,
        clocks: clocks(view, as_of),
        assessment: view
            .is_valid
            .map_or(0, |is_valid| assessment(is_valid).into()),
        assessor: view.assessor.clone(),
        waiting_reason: view.waiting_reason.clone(),
        resume_due_at: view.resume_due_at.map(timestamp),
        resolution: view.resolution.clone(),
        explanation: view.explanation.clone(),
        root_cause: view.root_cause.clone(),
        corrective_action,
        corrective_action_waiver,
        visit: view.visit.map(visit),
        etag: folded.etag(),
        legal_transitions: legal(view.state)
            .into_iter()
            .map(|kind| choice(kind.index()))
            .collect(),
        transitions: transitions(folded),
        ..pb::Complaint::default()
    }
}

/// The clocks of a complaint as they stand at an instant.
pub(super) fn clocks(view: &ComplaintView, as_of: Instant) -> Vec<pb::ComplaintClock> {
    Clock::ALL
        .into_iter()
        .map(|clock| {
            let reading = view.clock(clock, &CLOCKS, as_of);
            pb::ComplaintClock {
                name: clock.name().to_owned(),
                due_at: reading.due_at.map(timestamp),
                state: choice(reading.state.index()),
                remaining: reading.remaining_micros.map(duration),
                started_at: reading.started_at.map(timestamp),
                ended_at: reading.ended_at.map(timestamp),
            }
        })
        .collect()
}

fn provenance(stake: Option<&Stake>, as_of: Instant, known_at: Instant) -> pb::Provenance {
    // A list computes nothing by a policy of the tenant's: its clocks are the built-in ones.
    let policy = stake.map_or(Policy::newest_builtin(), |stake| &stake.policy);
    let models = stake
        .map(|stake| stake.models.as_slice())
        .unwrap_or_default();
    pb::Provenance {
        engine_version: ENGINE_VERSION.to_owned(),
        policy_version: policy.version.to_string(),
        model_versions: models.iter().map(|model| model.name.clone()).collect(),
        snapshot_id: String::new(),
        rfm_snapshot_id: String::new(),
        as_of: Some(timestamp(as_of)),
        known_at: Some(timestamp(known_at)),
    }
}

fn duplicate(duplicate: Duplicate) -> pb::PossibleDuplicate {
    pb::PossibleDuplicate {
        complaint_id: duplicate.complaint_id,
        similarity: duplicate.similarity.subject,
        shared: duplicate
            .similarity
            .shared
            .into_iter()
            .map(str::to_owned)
            .collect(),
        received_at: Some(timestamp(duplicate.received_at)),
        state: complaint_state(duplicate.state).into(),
    }
}

const fn assessment(is_valid: bool) -> pb::ComplaintAssessment {
    if is_valid {
        pb::ComplaintAssessment::Valid
    } else {
        pb::ComplaintAssessment::Invalid
    }
}

fn visit(visit: Visit) -> pb::ComplaintVisit {
    pb::ComplaintVisit {
        accepted: visit.is_accepted,
        satisfied: i32::from(visit.satisfied),
        occurred_at: Some(timestamp(visit.occurred_at)),
    }
}

/// The action that is linked, or why there is none.
fn action(action: Option<&CorrectiveAction>) -> (Option<pb::CorrectiveAction>, Option<String>) {
    match action {
        None => (None, None),
        Some(CorrectiveAction::Linked { place, reference }) => {
            let linked = pb::CorrectiveAction {
                place: choice(place.index()),
                reference: reference.clone(),
            };
            (Some(linked), None)
        }
        Some(CorrectiveAction::Waived { reason }) => (None, Some(reason.clone())),
    }
}
