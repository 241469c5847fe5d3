//! What a complaint is after its transitions, and whether another one is allowed.

use super::super::time::Instant;
use super::clock::{Clock, Effect, Reading, Stopwatch};
use super::clock_policy::ClockPolicy;
use super::guard::Guard;
use super::rules::{RECEIPT, Rule, Target, legal, rule_of};
use super::transition::{CorrectiveAction, Event, Move, MoveKind};
use super::{Complaint, Severity, State};

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

    /// Makes a move that was recorded. Its guards held then; they are not asked again, so that a
    /// history stays what it is when guards change.
    ///
    /// # Errors
    ///
    /// [`Refusal::Illegal`] if the table does not know the move; the view is unchanged then.
    pub fn replay(&mut self, event: &Event) -> Result<(), Refusal> {
        let (state, kind) = (self.state, event.transition.kind());
        let rule = rule_of(state, &event.transition).ok_or(Refusal::Illegal { state, kind })?;
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

/// A complaint after transitions that were recorded, in their order.
///
/// # Errors
///
/// [`Refusal::Illegal`] of the first that the table does not know.
pub fn fold<'e>(
    complaint: &Complaint,
    events: impl IntoIterator<Item = &'e Event>,
) -> Result<ComplaintView, Refusal> {
    let mut view = ComplaintView::received(complaint);
    for event in events {
        view.replay(event)?;
    }
    Ok(view)
}
