//! What can happen to a complaint after it was recorded.

use super::super::fact::Content;
use super::super::time::Instant;
use super::Severity;

/// A kind of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveKind {
    /// The customer learns that the complaint was received.
    Acknowledge,
    /// Somebody decides whether it is justified.
    Assess,
    /// Somebody is to work on it.
    Dispatch,
    /// Who worked on it gives it back to its owner.
    Return,
    /// Work waits for somebody.
    Pause,
    /// Work goes on.
    Resume,
    /// A resolution is given.
    Resolve,
    /// A written explanation is given.
    Explain,
    /// The customer is asked what came of it.
    FollowUp,
    /// It is done.
    Close,
    /// The customer is not satisfied; another cycle begins.
    Reopen,
    /// It is taken back.
    Withdraw,
    /// Its owner asks somebody else to own it.
    Offer,
    /// Who was asked takes it over.
    Accept,
}

impl MoveKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [MoveKind; 14] = [
        MoveKind::Acknowledge,
        MoveKind::Assess,
        MoveKind::Dispatch,
        MoveKind::Return,
        MoveKind::Pause,
        MoveKind::Resume,
        MoveKind::Resolve,
        MoveKind::Explain,
        MoveKind::FollowUp,
        MoveKind::Close,
        MoveKind::Reopen,
        MoveKind::Withdraw,
        MoveKind::Offer,
        MoveKind::Accept,
    ];

    /// Its place in [`MoveKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MoveKind::Acknowledge => "acknowledge",
            MoveKind::Assess => "assess",
            MoveKind::Dispatch => "dispatch",
            MoveKind::Return => "return",
            MoveKind::Pause => "pause",
            MoveKind::Resume => "resume",
            MoveKind::Resolve => "resolve",
            MoveKind::Explain => "explain",
            MoveKind::FollowUp => "follow_up",
            MoveKind::Close => "close",
            MoveKind::Reopen => "reopen",
            MoveKind::Withdraw => "withdraw",
            MoveKind::Offer => "offer",
            MoveKind::Accept => "accept",
        }
    }

    /// The call that makes it.
    #[must_use]
    pub const fn call(self) -> &'static str {
        match self {
            MoveKind::Acknowledge => "AcknowledgeComplaint",
            MoveKind::Assess => "AssessComplaint",
            MoveKind::Dispatch => "DispatchComplaint",
            MoveKind::Return => "ReturnComplaint",
            MoveKind::Pause => "PauseComplaint",
            MoveKind::Resume => "ResumeComplaint",
            MoveKind::Resolve => "ResolveComplaint",
            MoveKind::Explain => "ExplainComplaint",
            MoveKind::FollowUp => "FollowUpComplaint",
            MoveKind::Close => "CloseComplaint",
            MoveKind::Reopen => "ReopenComplaint",
            MoveKind::Withdraw => "WithdrawComplaint",
            MoveKind::Offer => "OfferComplaint",
            MoveKind::Accept => "AcceptComplaint",
        }
    }
}

/// Whom work waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitingFor {
    /// The customer; the resolution clock pauses.
    Customer,
    /// A partner; no clock pauses.
    Partner,
}

impl WaitingFor {
    /// All, in the order of their numbers.
    pub const ALL: [WaitingFor; 2] = [WaitingFor::Customer, WaitingFor::Partner];

    /// Its place in [`WaitingFor::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where a cause is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionPlace {
    /// In the organisation itself.
    Internal,
    /// At a partner.
    Partner,
}

impl ActionPlace {
    /// All, in the order of their numbers.
    pub const ALL: [ActionPlace; 2] = [ActionPlace::Internal, ActionPlace::Partner];

    /// Its place in [`ActionPlace::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What is done about the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectiveAction {
    /// An action that is tracked elsewhere.
    Linked {
        /// Where it takes effect.
        place: ActionPlace,
        /// Its id there.
        reference: String,
    },
    /// None.
    Waived {
        /// Why not.
        reason: String,
    },
}

/// What a transition carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// See [`MoveKind::Acknowledge`].
    Acknowledge,
    /// See [`MoveKind::Assess`].
    Assess {
        /// Whether the complaint is justified.
        is_valid: bool,
        /// Who decided.
        assessor: String,
        /// How grave it is; `None` as it was.
        severity: Option<Severity>,
        /// What it is about; `None` as it was.
        category: Option<String>,
    },
    /// See [`MoveKind::Dispatch`].
    Dispatch {
        /// Who is to work on it.
        handler: String,
    },
    /// See [`MoveKind::Return`].
    Return,
    /// See [`MoveKind::Pause`].
    Pause {
        /// Whom work waits for.
        waiting_for: WaitingFor,
        /// What for.
        reason: String,
        /// By when it should come.
        resume_due_at: Option<Instant>,
    },
    /// See [`MoveKind::Resume`].
    Resume,
    /// See [`MoveKind::Resolve`].
    Resolve {
        /// What was done.
        resolution: String,
        /// Why it had happened.
        root_cause: Option<String>,
        /// What is done about that.
        corrective_action: Option<CorrectiveAction>,
    },
    /// See [`MoveKind::Explain`].
    Explain {
        /// What was written to the customer.
        explanation: String,
    },
    /// See [`MoveKind::FollowUp`].
    FollowUp {
        /// Whether the customer accepts what came of it.
        is_accepted: bool,
        /// How satisfied the customer is, 1 (not at all) to 5.
        satisfied: i16,
    },
    /// See [`MoveKind::Close`].
    Close {
        /// Why it had happened.
        root_cause: Option<String>,
        /// What is done about that.
        corrective_action: Option<CorrectiveAction>,
    },
    /// See [`MoveKind::Reopen`].
    Reopen {
        /// Why.
        reason: String,
    },
    /// See [`MoveKind::Withdraw`].
    Withdraw {
        /// Why.
        reason: String,
    },
    /// See [`MoveKind::Offer`].
    Offer {
        /// Who shall own it.
        new_owner: String,
    },
    /// See [`MoveKind::Accept`].
    Accept,
}

impl Move {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> MoveKind {
        match self {
            Move::Acknowledge => MoveKind::Acknowledge,
            Move::Assess { .. } => MoveKind::Assess,
            Move::Dispatch { .. } => MoveKind::Dispatch,
            Move::Return => MoveKind::Return,
            Move::Pause { .. } => MoveKind::Pause,
            Move::Resume => MoveKind::Resume,
            Move::Resolve { .. } => MoveKind::Resolve,
            Move::Explain { .. } => MoveKind::Explain,
            Move::FollowUp { .. } => MoveKind::FollowUp,
            Move::Close { .. } => MoveKind::Close,
            Move::Reopen { .. } => MoveKind::Reopen,
            Move::Withdraw { .. } => MoveKind::Withdraw,
            Move::Offer { .. } => MoveKind::Offer,
            Move::Accept => MoveKind::Accept,
        }
    }
}

/// A transition that was recorded, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The caller's id, unique within the complaint.
    pub event_id: String,
    /// Who did it.
    pub actor: String,
    /// When it happened.
    pub occurred_at: Instant,
    /// Whether the caller said so; otherwise it is when it was recorded.
    pub is_occurred_at_told: bool,
    /// Anything else.
    pub note: Option<String>,
    /// What happened.
    pub transition: Move,
}

impl Event {
    /// The content that makes a repetition the same transition.
    #[must_use]
    pub fn content(&self) -> Content {
        let text =
            |name: &'static str| move |content: Content, text: &str| content.text(name, text);
        let told = self.is_occurred_at_told.then_some(self.occurred_at);
        let content = Content::default()
            .text("transition", self.transition.kind().name())
            .text("event_id", &self.event_id)
            .text("actor", &self.actor)
            .maybe(told, |content, told| {
                content.whole("occurred_at", told.as_micros())
            })
            .maybe(self.note.as_deref(), text("note"));
        match &self.transition {
            Move::Acknowledge | Move::Return | Move::Resume | Move::Accept => content,
            Move::Assess {
                is_valid,
                assessor,
                severity,
                category,
            } => content
                .whole("outcome", i64::from(*is_valid))
                .text("assessor", assessor)
                .maybe(*severity, |content, severity| {
                    content.whole("severity", severity.index() as i64)
                })
                .maybe(category.as_deref(), text("category")),
            Move::Dispatch { handler } => content.text("handler", handler),
            Move::Pause {
                waiting_for,
                reason,
                resume_due_at,
            } => content
                .whole("waiting_for", waiting_for.index() as i64)
                .text("reason", reason)
                .maybe(*resume_due_at, |content, due| {
                    content.whole("resume_due_at", due.as_micros())
                }),
            Move::Resolve {
                resolution,
                root_cause,
                corrective_action,
            } => content
                .text("resolution", resolution)
                .maybe(root_cause.as_deref(), text("root_cause"))
                .maybe(corrective_action.as_ref(), action_content),
            Move::Explain { explanation } => content.text("explanation", explanation),
            Move::FollowUp {
                is_accepted,
                satisfied,
            } => content
                .whole("accepted", i64::from(*is_accepted))
                .whole("satisfied", i64::from(*satisfied)),
            Move::Close {
                root_cause,
                corrective_action,
            } => content
                .maybe(root_cause.as_deref(), text("root_cause"))
                .maybe(corrective_action.as_ref(), action_content),
            Move::Reopen { reason } | Move::Withdraw { reason } => content.text("reason", reason),
            Move::Offer { new_owner } => content.text("new_owner", new_owner),
        }
    }
}

fn action_content(content: Content, action: &CorrectiveAction) -> Content {
    match action {
        CorrectiveAction::Linked { place, reference } => {
            let value = [&[place.index() as u8], reference.as_bytes()].concat();
            content.bytes("corrective_action", &value)
        }
        CorrectiveAction::Waived { reason } => content.text("corrective_action_waiver", reason),
    }
}
