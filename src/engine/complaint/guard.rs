//! What a move needs beside its state.

use super::Complaint;
use super::machine::{ComplaintView, Outcome};
use super::transition::{Event, Move};

/// From so many transitions on, those that could go round for ever are refused: a history is
/// bounded. Those that lead straight on are still taken, where their own guards hold; where none of
/// them does, a complaint that is open can be withdrawn.
pub const ROUNDS_UNTIL: usize = 1_000;

/// Up to this mark a customer is not satisfied, of 5; the sources leave the number open.
pub const UNSATISFIED_MAX: i16 = 2;

/// What a move needs beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// It does not happen before what happened last.
    InOrder,
    /// Nobody assesses a complaint about themselves.
    NotConcerned,
    /// It is known how grave the complaint is.
    Severity,
    /// It is known what the complaint is about.
    Category,
    /// The last assessment found it valid.
    AssessedValid,
    /// Somebody else than the owner works on it.
    Dispatched,
    /// The customer accepted what came of it.
    Accepted,
    /// There is an explanation or a root cause.
    Cause,
    /// There is an explanation, or the corrective action is linked or waived.
    CorrectiveAction,
    /// The customer is not satisfied.
    Unsatisfied,
    /// The one who is asked does not own it already.
    AnotherOwner,
    /// Somebody was asked to own it.
    Offered,
    /// The one who was asked accepts.
    OfferedToActor,
    /// The history is not too long to go another round.
    Room,
}

impl Guard {
    /// All guards.
    pub const ALL: [Guard; 14] = [
        Guard::InOrder,
        Guard::NotConcerned,
        Guard::Severity,
        Guard::Category,
        Guard::AssessedValid,
        Guard::Dispatched,
        Guard::Accepted,
        Guard::Cause,
        Guard::CorrectiveAction,
        Guard::Unsatisfied,
        Guard::AnotherOwner,
        Guard::Offered,
        Guard::OfferedToActor,
        Guard::Room,
    ];

    /// Its name in tables and refusals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Guard::InOrder => "in_order",
            Guard::NotConcerned => "not_concerned",
            Guard::Severity => "severity",
            Guard::Category => "category",
            Guard::AssessedValid => "assessed_valid",
            Guard::Dispatched => "dispatched",
            Guard::Accepted => "accepted",
            Guard::Cause => "cause",
            Guard::CorrectiveAction => "corrective_action",
            Guard::Unsatisfied => "unsatisfied",
            Guard::AnotherOwner => "another_owner",
            Guard::Offered => "offered",
            Guard::OfferedToActor => "offered_to_actor",
            Guard::Room => "room",
        }
    }

    /// What to do where it does not hold.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Guard::InOrder => {
                "it would lie before the complaint's last transition: correct occurred_at, or leave it out"
            }
            Guard::NotConcerned => {
                "nobody assesses a complaint about themselves: let somebody else assess it"
            }
            Guard::Severity => "the severity is not known: give it with the assessment",
            Guard::Category => "the category is not known: give it with the assessment",
            Guard::AssessedValid => {
                "the last assessment found the complaint invalid: assess it as valid first"
            }
            Guard::Dispatched => "nobody but its owner works on it: there is nothing to return",
            Guard::Accepted => {
                "the customer did not accept what came of it: reopen the complaint and resolve or explain it anew"
            }
            Guard::Cause => "there is neither an explanation nor a root cause: give root_cause",
            Guard::CorrectiveAction => {
                "no corrective action is linked or waived: give corrective_action with its reference, or corrective_action_waiver with the reason"
            }
            Guard::Unsatisfied => {
                "the customer accepted what came of it and is satisfied: close the complaint"
            }
            Guard::AnotherOwner => "who is asked owns the complaint already: ask somebody else",
            Guard::Offered => "nobody was asked to own the complaint: offer it first",
            Guard::OfferedToActor => {
                "the complaint was offered to somebody else: only they can accept it"
            }
            Guard::Room => {
                "the complaint has too many transitions to go another round: bring it to its end, or withdraw it"
            }
        }
    }

    /// Whether it holds for a move of a complaint.
    #[must_use]
    pub fn holds(self, view: &ComplaintView, complaint: &Complaint, event: &Event) -> bool {
        let is_explained = view.outcome == Some(Outcome::Explained);
        match (self, &event.transition) {
            (Guard::InOrder, _) => event.occurred_at >= view.last_at,
            (Guard::NotConcerned, Move::Assess { assessor, .. }) => match &complaint.concerns {
                Some(concerned) => concerned != assessor && *concerned != event.actor,
                None => true,
            },
            (Guard::Severity, Move::Assess { severity, .. }) => {
                severity.or(view.severity).is_some()
            }
            (Guard::Category, Move::Assess { category, .. }) => {
                category.is_some() || view.category.is_some()
            }
            (Guard::AssessedValid, _) => view.is_valid == Some(true),
            (Guard::Dispatched, _) => view.handler.is_some(),
            (Guard::Accepted, _) => view.visit.is_some_and(|visit| visit.is_accepted),
            (Guard::Cause, Move::Close { root_cause, .. }) => {
                is_explained || root_cause.is_some() || view.root_cause.is_some()
            }
            (
                Guard::CorrectiveAction,
                Move::Close {
                    corrective_action, ..
                },
            ) => is_explained || corrective_action.is_some() || view.corrective_action.is_some(),
            (Guard::Unsatisfied, _) => view
                .visit
                .is_some_and(|visit| !visit.is_accepted || visit.satisfied <= UNSATISFIED_MAX),
            (Guard::AnotherOwner, Move::Offer { new_owner }) => *new_owner != view.owner,
            (Guard::Offered, _) => view.offered_to.is_some(),
            (Guard::OfferedToActor, _) => view.offered_to.as_ref() == Some(&event.actor),
            (Guard::Room, _) => view.transitions < ROUNDS_UNTIL,
            (
                Guard::NotConcerned
                | Guard::Severity
                | Guard::Category
                | Guard::Cause
                | Guard::CorrectiveAction
                | Guard::AnotherOwner,
                _,
            ) => true,
        }
    }
}
