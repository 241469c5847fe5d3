//! The table of legal moves: from which state to which, under which guards, and what the clocks do.
//!
//! `data/complaint_transitions.csv` and `docs/complaints.md` hold the same table; tests compare
//! them.

use super::State;
use super::clock::{Clock, Effect};
use super::guard::Guard;
use super::transition::{Move, MoveKind, WaitingFor};

/// What a move leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This state.
    To(State),
    /// The state it was made in.
    Same,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kind of move.
    pub kind: MoveKind,
    /// Which moves of that kind, if they do not all lead to the same.
    pub case: Option<&'static str>,
    /// The states it can be made in.
    pub from: &'static [State],
    /// Where it leads.
    pub to: Target,
    /// What must hold beside.
    pub guards: &'static [Guard],
    /// What it does to the clocks.
    pub clocks: &'static [(Clock, Effect)],
}

/// What recording a complaint does to the clocks, at the instant it was received.
pub const RECEIPT: [(Clock, Effect); 2] = [
    (Clock::Acknowledgement, Effect::Start),
    (Clock::Resolution, Effect::Start),
];

/// States in which something can still happen.
const OPEN: &[State] = &[
    State::Received,
    State::Acknowledged,
    State::Valid,
    State::Invalid,
    State::InHandling,
    State::WaitingCustomer,
    State::WaitingPartner,
    State::Resolved,
    State::Explained,
    State::FollowedUp,
    State::Reopened,
];

/// States in which it may be decided, or decided otherwise, whether a complaint is justified.
const ASSESSABLE: &[State] = &[
    State::Acknowledged,
    State::Valid,
    State::Invalid,
    State::InHandling,
    State::Reopened,
];

const fn rule(kind: MoveKind, from: &'static [State], to: Target) -> Rule {
    Rule {
        kind,
        case: None,
        from,
        to,
        guards: &[],
        clocks: &[],
    }
}

/// The table, in the order of [`MoveKind::ALL`].
pub const RULES: &[Rule] = &[
    Rule {
        clocks: &[(Clock::Acknowledgement, Effect::Stop)],
        ..rule(
            MoveKind::Acknowledge,
            &[State::Received],
            Target::To(State::Acknowledged),
        )
    },
    Rule {
        case: Some("valid"),
        guards: &[
            Guard::NotConcerned,
            Guard::Severity,
            Guard::Category,
            Guard::Room,
        ],
        ..rule(MoveKind::Assess, ASSESSABLE, Target::To(State::Valid))
    },
    Rule {
        case: Some("invalid"),
        guards: &[
            Guard::NotConcerned,
            Guard::Severity,
            Guard::Category,
            Guard::Room,
        ],
        ..rule(MoveKind::Assess, ASSESSABLE, Target::To(State::Invalid))
    },
    Rule {
        guards: &[Guard::AssessedValid, Guard::Room],
        ..rule(
            MoveKind::Dispatch,
            &[State::Valid, State::InHandling, State::Reopened],
            Target::To(State::InHandling),
        )
    },
    Rule {
        guards: &[Guard::Dispatched],
        ..rule(
            MoveKind::Return,
            &[State::InHandling, State::Resolved],
            Target::Same,
        )
    },
    Rule {
        case: Some("customer"),
        guards: &[Guard::Room],
        clocks: &[(Clock::Resolution, Effect::Pause)],
        ..rule(
            MoveKind::Pause,
            &[State::InHandling],
            Target::To(State::WaitingCustomer),
        )
    },
    Rule {
        case: Some("partner"),
        guards: &[Guard::Room],
        ..rule(
            MoveKind::Pause,
            &[State::InHandling],
            Target::To(State::WaitingPartner),
        )
    },
    Rule {
        clocks: &[(Clock::Resolution, Effect::Resume)],
        ..rule(
            MoveKind::Resume,
            &[State::WaitingCustomer, State::WaitingPartner],
            Target::To(State::InHandling),
        )
    },
    Rule {
        clocks: &[
            (Clock::Resolution, Effect::Stop),
            (Clock::FollowUp, Effect::Start),
        ],
        ..rule(
            MoveKind::Resolve,
            &[State::InHandling],
            Target::To(State::Resolved),
        )
    },
    Rule {
        clocks: &[
            (Clock::Resolution, Effect::Stop),
            (Clock::FollowUp, Effect::Start),
        ],
        ..rule(
            MoveKind::Explain,
            &[State::Invalid],
            Target::To(State::Explained),
        )
    },
    Rule {
        clocks: &[(Clock::FollowUp, Effect::Stop)],
        ..rule(
            MoveKind::FollowUp,
            &[State::Resolved, State::Explained],
            Target::To(State::FollowedUp),
        )
    },
    Rule {
        guards: &[Guard::Accepted, Guard::Cause, Guard::CorrectiveAction],
        ..rule(
            MoveKind::Close,
            &[State::FollowedUp],
            Target::To(State::Closed),
        )
    },
    Rule {
        guards: &[Guard::Unsatisfied, Guard::Room],
        clocks: &[
            (Clock::Resolution, Effect::Start),
            (Clock::FollowUp, Effect::Reset),
        ],
        ..rule(
            MoveKind::Reopen,
            &[State::FollowedUp],
            Target::To(State::Reopened),
        )
    },
    Rule {
        clocks: &[
            (Clock::Acknowledgement, Effect::Cancel),
            (Clock::Resolution, Effect::Cancel),
            (Clock::FollowUp, Effect::Cancel),
        ],
        ..rule(MoveKind::Withdraw, OPEN, Target::To(State::Withdrawn))
    },
    Rule {
        guards: &[Guard::AnotherOwner, Guard::Room],
        ..rule(MoveKind::Offer, OPEN, Target::Same)
    },
    Rule {
        guards: &[Guard::Offered, Guard::OfferedToActor],
        ..rule(MoveKind::Accept, OPEN, Target::Same)
    },
];

/// Which moves of its kind this is, where they do not all lead to the same.
const fn case_of(transition: &Move) -> Option<&'static str> {
    match transition {
        Move::Assess { is_valid: true, .. } => Some("valid"),
        Move::Assess {
            is_valid: false, ..
        } => Some("invalid"),
        Move::Pause {
            waiting_for: WaitingFor::Customer,
            ..
        } => Some("customer"),
        Move::Pause {
            waiting_for: WaitingFor::Partner,
            ..
        } => Some("partner"),
        Move::Acknowledge
        | Move::Dispatch { .. }
        | Move::Return
        | Move::Resume
        | Move::Resolve { .. }
        | Move::Explain { .. }
        | Move::FollowUp { .. }
        | Move::Close { .. }
        | Move::Reopen { .. }
        | Move::Withdraw { .. }
        | Move::Offer { .. }
        | Move::Accept => None,
    }
}

/// The row of a move in a state; `None` if the move is not legal there.
#[must_use]
pub fn rule_of(state: State, transition: &Move) -> Option<&'static Rule> {
    let kind = transition.kind();
    RULES
        .iter()
        .filter(|rule| rule.kind == kind && rule.case == case_of(transition))
        .find(|rule| rule.from.contains(&state))
}

/// Kinds of move that are legal in a state, guards aside.
#[must_use]
pub fn legal(state: State) -> Vec<MoveKind> {
    MoveKind::ALL
        .into_iter()
        .filter(|kind| {
            RULES
                .iter()
                .any(|rule| rule.kind == *kind && rule.from.contains(&state))
        })
        .collect()
}
