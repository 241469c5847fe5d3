//! The machine against its table, in data and documentation, and long walks through it.

mod guards;
mod table;
mod walks;

use std::collections::BTreeMap;

use super::machine::{ComplaintView, fold};
use super::transition::{ActionPlace, CorrectiveAction, Event, Move, WaitingFor};
use super::{Complaint, ComplaintKind, Severity, State, WantedRemedy};
use crate::engine::time::Instant;

const HOUR: i64 = 3_600_000_000;

fn complaint() -> Complaint {
    Complaint {
        complaint_id: "c".into(),
        customer_id: "ann".into(),
        occurred_at: Instant::from_micros(0),
        received_at: Instant::from_micros(0),
        is_received_at_told: true,
        channel: "hotline".into(),
        kind: ComplaintKind::Complaint,
        subject: "late".into(),
        description: None,
        wanted_remedies: vec![WantedRemedy::Fix],
        severity: None,
        received_by: "first".into(),
        transaction_id: None,
        product_id: None,
        partner_id: None,
        category: None,
        concerns: Some("concerned".into()),
    }
}

/// One move of each kind and case, with all it could carry.
fn moves() -> Vec<Move> {
    let action = Some(CorrectiveAction::Linked {
        place: ActionPlace::Internal,
        reference: "a".into(),
    });
    let assess = |is_valid| Move::Assess {
        is_valid,
        assessor: "assessor".into(),
        severity: Some(Severity::High),
        category: Some("delivery".into()),
    };
    let pause = |waiting_for| Move::Pause {
        waiting_for,
        reason: "photo".into(),
        resume_due_at: None,
    };
    vec![
        Move::Acknowledge,
        assess(true),
        assess(false),
        Move::Dispatch {
            handler: "handler".into(),
        },
        Move::Return,
        pause(WaitingFor::Customer),
        pause(WaitingFor::Partner),
        Move::Resume,
        Move::Resolve {
            resolution: "sent".into(),
            root_cause: None,
            corrective_action: None,
        },
        Move::Explain {
            explanation: "as agreed".into(),
        },
        Move::FollowUp {
            is_accepted: true,
            satisfied: 2,
        },
        Move::Close {
            root_cause: Some("address".into()),
            corrective_action: action,
        },
        Move::Reopen {
            reason: "again".into(),
        },
        Move::Withdraw {
            reason: "found".into(),
        },
        Move::Offer {
            new_owner: "next".into(),
        },
        Move::Accept,
    ]
}

fn event(hours: i64, actor: &str, transition: Move) -> Event {
    Event {
        event_id: "e".into(),
        actor: actor.into(),
        occurred_at: Instant::from_micros(hours * HOUR),
        is_occurred_at_told: true,
        note: None,
        transition,
    }
}

/// A complaint in each state, made by legal moves an hour apart, whose guards all hold: it was
/// dispatched and offered wherever it could be.
fn views() -> BTreeMap<State, ComplaintView> {
    let kinds = |names: &[usize]| -> Vec<Move> {
        let moves = moves();
        names.iter().map(|place| moves[*place].clone()).collect()
    };
    let offer = 14;
    let paths: [(State, &[usize]); 13] = [
        (State::Received, &[offer]),
        (State::Acknowledged, &[offer, 0]),
        (State::Valid, &[offer, 0, 1]),
        (State::Invalid, &[offer, 0, 2]),
        (State::InHandling, &[offer, 0, 1, 3]),
        (State::WaitingCustomer, &[offer, 0, 1, 3, 5]),
        (State::WaitingPartner, &[offer, 0, 1, 3, 6]),
        (State::Resolved, &[offer, 0, 1, 3, 8]),
        (State::Explained, &[offer, 0, 2, 9]),
        (State::FollowedUp, &[offer, 0, 1, 3, 8, 10]),
        (State::Closed, &[offer, 0, 1, 3, 8, 10, 11]),
        (State::Reopened, &[offer, 0, 1, 3, 8, 10, 12]),
        (State::Withdrawn, &[offer, 13]),
    ];
    paths
        .into_iter()
        .map(|(state, path)| {
            let events: Vec<Event> = (1..)
                .zip(kinds(path))
                .map(|(hours, transition)| event(hours, "first", transition))
                .collect();
            let view = fold(&complaint(), &events).expect("legal");
            assert_eq!(view.state, state);
            (state, view)
        })
        .collect()
}
