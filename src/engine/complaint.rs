//! Complaints: what is recorded, the closed loop they go through, and the clocks they are held to.
//!
//! A complaint is what was recorded and the transitions since, in their order; everything else is
//! folded from these. In reading order:
//!
//! - [`transition`]: what can happen to a complaint;
//! - [`rules`]: the table of legal moves, their guards and what they do to the clocks; the same
//!   table stands in `data/complaint_transitions.csv` and in `docs/complaints.md`;
//! - [`guard`]: what a move needs beside its state;
//! - [`machine`]: what a complaint is after its transitions, and whether another one is allowed;
//! - [`clock`]: due times and the states of the clocks;
//! - [`clock_policy`]: how long the clocks run;
//! - [`similarity`]: which complaints may be the same matter.
//!
//! # Source
//!
//! The loop of acceptance, identification (valid or invalid), handling or explanation, follow-up
//! visit and improvement; the first asked stays accountable until the customer is satisfied and the
//! complaint is back with its owner.

pub mod clock;
pub mod clock_policy;
pub mod guard;
pub mod machine;
pub mod rules;
pub mod similarity;
pub mod transition;

#[cfg(test)]
mod tests;

use super::fact::Content;
use super::time::Instant;

/// What the customer came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComplaintKind {
    /// Something went wrong.
    Complaint,
    /// Something could be better.
    Suggestion,
}

impl ComplaintKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ComplaintKind; 2] = [ComplaintKind::Complaint, ComplaintKind::Suggestion];

    /// Its place in [`ComplaintKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What the customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantedRemedy {
    /// To be listened to.
    Listen,
    /// To be respected.
    Respect,
    /// To have it put right.
    Fix,
    /// To be compensated.
    Compensate,
}

impl WantedRemedy {
    /// All remedies, in the order of their numbers.
    pub const ALL: [WantedRemedy; 4] = [
        WantedRemedy::Listen,
        WantedRemedy::Respect,
        WantedRemedy::Fix,
        WantedRemedy::Compensate,
    ];

    /// Its place in [`WantedRemedy::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// How grave it is; a graver one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An inconvenience.
    Low,
    /// A loss that can be made good.
    Medium,
    /// A heavy loss, or many customers.
    High,
    /// Danger to people, law or the organisation.
    Critical,
}

impl Severity {
    /// All severities, in the order of their numbers.
    pub const ALL: [Severity; 4] = [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    /// Its place in [`Severity::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where a complaint stands in its loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Recorded.
    Received,
    /// The customer knows that it was received.
    Acknowledged,
    /// Assessed: it is justified.
    Valid,
    /// Assessed: it is not justified, and needs an explanation.
    Invalid,
    /// Somebody works on it.
    InHandling,
    /// Work waits for the customer.
    WaitingCustomer,
    /// Work waits for a partner.
    WaitingPartner,
    /// A resolution was given.
    Resolved,
    /// A written explanation was given.
    Explained,
    /// The customer was asked what came of it.
    FollowedUp,
    /// Done; nothing follows.
    Closed,
    /// The customer was not satisfied; another cycle began.
    Reopened,
    /// Taken back; nothing follows.
    Withdrawn,
}

impl State {
    /// All states, in the order of their numbers.
    pub const ALL: [State; 13] = [
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
        State::Closed,
        State::Reopened,
        State::Withdrawn,
    ];

    /// Its place in [`State::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name in tables and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Received => "Received",
            State::Acknowledged => "Acknowledged",
            State::Valid => "Valid",
            State::Invalid => "Invalid",
            State::InHandling => "InHandling",
            State::WaitingCustomer => "WaitingCustomer",
            State::WaitingPartner => "WaitingPartner",
            State::Resolved => "Resolved",
            State::Explained => "Explained",
            State::FollowedUp => "FollowedUp",
            State::Closed => "Closed",
            State::Reopened => "Reopened",
            State::Withdrawn => "Withdrawn",
        }
    }

    /// Whether anything can still happen to the complaint.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, State::Closed | State::Withdrawn)
    }
}

/// A complaint as it was recorded; this never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The caller's id, unique per tenant.
    pub complaint_id: String,
    /// Whose complaint.
    pub customer_id: String,
    /// When it happened to the customer.
    pub occurred_at: Instant,
    /// When it reached the organisation; all clocks start here.
    pub received_at: Instant,
    /// Whether the caller said so; otherwise `received_at` is when it was recorded.
    pub is_received_at_told: bool,
    /// By which channel.
    pub channel: String,
    /// What the customer came with.
    pub kind: ComplaintKind,
    /// In a few words.
    pub subject: String,
    /// At length.
    pub description: Option<String>,
    /// What the customer wants; sorted, each once.
    pub wanted_remedies: Vec<WantedRemedy>,
    /// How grave it seemed.
    pub severity: Option<Severity>,
    /// The person or queue asked first: its first owner.
    pub received_by: String,
    /// The purchase it is about.
    pub transaction_id: Option<String>,
    /// The product it is about.
    pub product_id: Option<String>,
    /// The partner it is about.
    pub partner_id: Option<String>,
    /// What it is about, in the caller's own categories.
    pub category: Option<String>,
    /// The person it is about, who shall not assess it.
    pub concerns: Option<String>,
}

impl Complaint {
    /// The content that makes a repetition the same complaint.
    #[must_use]
    pub fn content(&self) -> Content {
        let text =
            |name: &'static str| move |content: Content, text: &str| content.text(name, text);
        let remedies: Vec<u8> = self
            .wanted_remedies
            .iter()
            .map(|remedy| remedy.index() as u8)
            .collect();
        let told = self.is_received_at_told.then_some(self.received_at);
        Content::default()
            .text("complaint_id", &self.complaint_id)
            .text("customer_id", &self.customer_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .maybe(told, |content, told| {
                content.whole("received_at", told.as_micros())
            })
            .text("channel", &self.channel)
            .whole("kind", self.kind.index() as i64)
            .text("subject", &self.subject)
            .maybe(self.description.as_deref(), text("description"))
            .bytes("wanted_remedy", &remedies)
            .maybe(self.severity, |content, severity| {
                content.whole("severity", severity.index() as i64)
            })
            .text("received_by", &self.received_by)
            .maybe(self.transaction_id.as_deref(), text("transaction_id"))
            .maybe(self.product_id.as_deref(), text("product_id"))
            .maybe(self.partner_id.as_deref(), text("partner_id"))
            .maybe(self.category.as_deref(), text("category"))
            .maybe(self.concerns.as_deref(), text("concerns"))
    }
}
