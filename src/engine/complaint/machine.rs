//! What a complaint is after its transitions, and whether another one is allowed.

use super::super::time::Instant;
use super::clock::{Clock, Effect, Reading, Stopwatch};
use super::clock_policy::ClockPolicy;
use super::rules::{RECEIPT, Rule, Target, legal, rule_of};
use super::transition::{CorrectiveAction, Event, Move, MoveKind};
use super::{Complaint, Severity, State};

/// From so many transitions on, those that could go round for ever are refused: a history is
/// bounded, and every complaint can still be brought to its end.
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
                "the customer did not accept what came of it: reopen the complaint, or follow up on another resolution"
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

    fn holds(self, view: &ComplaintView, complaint: &Complaint, event: &Event) -> bool {
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

/// What a cycle ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A resolution.
    Resolved,
    /// A written explanation.
    Explained,
}

/// What the customer said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Whether the customer accepts what came of it.
    pub is_accepted: bool,
    /// How satisfied the customer is, 1 to 5.
    pub satisfied: i16,
    /// When.
    pub occurred_at: Instant,
}

/// Why a move is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not know it.
    #[error("a complaint in state {} does not know this move", .state.name())]
    Illegal {
        /// The state.
        state: State,
        /// The move.
        kind: MoveKind,
    },
    /// Something beside the state is missing.
    #[error("{}", .guard.advice())]
    Guarded {
        /// The state.
        state: State,
        /// The move.
        kind: MoveKind,
        /// What does not hold.
        guard: Guard,
    },
}

impl Refusal {
    /// Kinds of move that the state knows.
    #[must_use]
    pub fn legal(&self) -> Vec<MoveKind> {
        match self {
            Refusal::Illegal { state, .. } | Refusal::Guarded { state, .. } => legal(*state),
        }
    }
}

/// A complaint after its transitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintView {
    /// Where it stands.
    pub state: State,
    /// Who is accountable; never empty.
    pub owner: String,
    /// Who works on it; `None` while that is its owner.
    pub handler: Option<String>,
    /// Who was asked to own it and has not accepted yet.
    pub offered_to: Option<String>,
    /// 1, and one more with every reopening.
    pub cycle: i32,
    /// How many transitions there were.
    pub transitions: usize,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// What it is about.
    pub category: Option<String>,
    /// What the last assessment found.
    pub is_valid: Option<bool>,
    /// Who assessed it last.
    pub assessor: Option<String>,
    /// Why it waits; `None` when it does not.
    pub waiting_reason: Option<String>,
    /// By when what it waits for should come.
    pub resume_due_at: Option<Instant>,
    /// What the cycle ended with; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// What was done.
    pub resolution: Option<String>,
    /// What was written to the customer.
    pub explanation: Option<String>,
    /// Why it had happened.
    pub root_cause: Option<String>,
    /// What is done about that.
    pub corrective_action: Option<CorrectiveAction>,
    /// What the customer said of it in this cycle.
    pub visit: Option<Visit>,
    /// When the last transition happened, or when it was received.
    pub last_at: Instant,
    watches: [Stopwatch; Clock::ALL.len()],
}

impl ComplaintView {
    /// A complaint without any transition.
    #[must_use]
    pub fn received(complaint: &Complaint) -> Self {
        let mut view = Self {
            state: State::Received,
            owner: complaint.received_by.clone(),
            handler: None,
            offered_to: None,
            cycle: 1,
            transitions: 0,
            severity: complaint.severity,
            category: complaint.category.clone(),
            is_valid: None,
            assessor: None,
            waiting_reason: None,
            resume_due_at: None,
            outcome: None,
            resolution: None,
            explanation: None,
            root_cause: None,
            corrective_action: None,
            visit: None,
            last_at: complaint.received_at,
            watches: std::array::from_fn(|_| Stopwatch::default()),
        };
        view.run_clocks(&RECEIPT, complaint.received_at);
        view
    }

    /// Makes a move if it is legal and its guards hold.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; the view is unchanged then.
    pub fn make(&mut self, complaint: &Complaint, event: &Event) -> Result<(), Refusal> {
        let (state, kind) = (self.state, event.transition.kind());
        let rule = rule_of(state, &event.transition).ok_or(Refusal::Illegal { state, kind })?;
        let missing = rule
            .guards
            .iter()
            .chain(&[Guard::InOrder])
            .find(|guard| !guard.holds(self, complaint, event));
        if let Some(guard) = missing {
            return Err(Refusal::Guarded {
                state,
                kind,
                guard: *guard,
            });
        }
        self.follow(rule, event);
        Ok(())
    }

    fn follow(&mut self, rule: &Rule, event: &Event) {
        self.transitions += 1;
        self.last_at = event.occurred_at;
        self.run_clocks(rule.clocks, event.occurred_at);
        if let Target::To(state) = rule.to {
            self.state = state;
        }
        if !matches!(self.state, State::WaitingCustomer | State::WaitingPartner) {
            self.waiting_reason = None;
            self.resume_due_at = None;
        }
        self.take_in(event);
        if !self.state.is_open() {
            self.offered_to = None;
        }
    }

    /// Takes in what a transition carries.
    fn take_in(&mut self, event: &Event) {
        match &event.transition {
            Move::Acknowledge | Move::Resume => {}
            Move::Assess {
                is_valid,
                assessor,
                severity,
                category,
            } => {
                self.is_valid = Some(*is_valid);
                self.assessor = Some(assessor.clone());
                self.severity = severity.or(self.severity);
                self.category = category.clone().or(self.category.take());
                self.handler = None;
            }
            Move::Dispatch { handler } => {
                self.handler = (*handler != self.owner).then(|| handler.clone());
            }
            Move::Return => self.handler = None,
            Move::Pause {
                reason,
                resume_due_at,
                ..
            } => {
                self.waiting_reason = Some(reason.clone());
                self.resume_due_at = *resume_due_at;
            }
            Move::Resolve {
                resolution,
                root_cause,
                corrective_action,
            } => {
                self.outcome = Some(Outcome::Resolved);
                self.resolution = Some(resolution.clone());
                self.explain_cause(root_cause.as_ref(), corrective_action.as_ref());
            }
            Move::Explain { explanation } => {
                self.outcome = Some(Outcome::Explained);
                self.explanation = Some(explanation.clone());
            }
            // The visit is the owner's: what is still with a handler comes back with it.
            Move::FollowUp {
                is_accepted,
                satisfied,
            } => {
                self.visit = Some(Visit {
                    is_accepted: *is_accepted,
                    satisfied: *satisfied,
                    occurred_at: event.occurred_at,
                });
                self.handler = None;
            }
            Move::Close {
                root_cause,
                corrective_action,
            } => self.explain_cause(root_cause.as_ref(), corrective_action.as_ref()),
            Move::Reopen { .. } => {
                self.cycle += 1;
                self.outcome = None;
                self.visit = None;
            }
            Move::Withdraw { .. } => self.handler = None,
            Move::Offer { new_owner } => self.offered_to = Some(new_owner.clone()),
            Move::Accept => {
                if let Some(owner) = self.offered_to.take() {
                    self.handler = self.handler.take().filter(|handler| *handler != owner);
                    self.owner = owner;
                }
            }
        }
    }

    fn explain_cause(&mut self, cause: Option<&String>, action: Option<&CorrectiveAction>) {
        self.root_cause = cause.cloned().or(self.root_cause.take());
        self.corrective_action = action.cloned().or(self.corrective_action.take());
    }

    fn run_clocks(&mut self, effects: &[(Clock, Effect)], at: Instant) {
        for (clock, effect) in effects {
            self.watches[clock.index()].apply(*effect, at);
        }
    }

    /// How a clock stands at an instant that is not before the last transition.
    #[must_use]
    pub fn clock(&self, clock: Clock, policy: &ClockPolicy, as_of: Instant) -> Reading {
        self.watches[clock.index()].reading(clock.allowance_micros(policy), as_of)
    }

    /// When the first of the running clocks is due, or was; `None` when none runs.
    #[must_use]
    pub fn next_due_at(&self, policy: &ClockPolicy) -> Option<Instant> {
        use super::clock::ClockState;
        Clock::ALL
            .into_iter()
            .map(|clock| self.clock(clock, policy, self.last_at))
            .filter(|reading| matches!(reading.state, ClockState::Running | ClockState::Overdue))
            .filter_map(|reading| reading.due_at)
            .min()
    }

    /// Whether a running clock is past due.
    #[must_use]
    pub fn is_overdue(&self, policy: &ClockPolicy, as_of: Instant) -> bool {
        self.next_due_at(policy).is_some_and(|due| as_of > due)
    }
}

/// A complaint after its transitions, in their order.
///
/// # Errors
///
/// [`Refusal`] of the first that is not allowed.
pub fn fold<'e>(
    complaint: &Complaint,
    events: impl IntoIterator<Item = &'e Event>,
) -> Result<ComplaintView, Refusal> {
    let mut view = ComplaintView::received(complaint);
    for event in events {
        view.make(complaint, event)?;
    }
    Ok(view)
}
