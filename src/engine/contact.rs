//! Contacts: who spoke with a customer, and what for.

use super::fact::Content;
use super::time::{Day, Instant};

/// Who began a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactDirection {
    /// The customer.
    Inbound,
    /// The organisation.
    Outbound,
}

impl ContactDirection {
    /// Both directions, in the order of their numbers.
    pub const ALL: [ContactDirection; 2] = [ContactDirection::Inbound, ContactDirection::Outbound];

    /// Its place in [`ContactDirection::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What a contact was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactPurpose {
    /// Selling something.
    Sale,
    /// A matter of the customer's own: a question, a wish, a complaint.
    Inbound,
    /// Asking after a sale whether everything is well.
    FollowUp,
    /// Telling the customer of something useful unasked.
    Proactive,
    /// Working on something together.
    Joint,
}

impl ContactPurpose {
    /// All purposes, in the order of their numbers.
    pub const ALL: [ContactPurpose; 5] = [
        ContactPurpose::Sale,
        ContactPurpose::Inbound,
        ContactPurpose::FollowUp,
        ContactPurpose::Proactive,
        ContactPurpose::Joint,
    ];

    /// Its place in [`ContactPurpose::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Somebody spoke with a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The caller's id, unique per customer.
    pub contact_id: String,
    /// With whom.
    pub customer_id: String,
    /// When.
    pub occurred_at: Instant,
    /// Who began it.
    pub direction: ContactDirection,
    /// What for.
    pub purpose: ContactPurpose,
    /// By which channel.
    pub channel: Option<String>,
}

impl Contact {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::default()
            .text("contact_id", &self.contact_id)
            .text("customer_id", &self.customer_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .whole("direction", self.direction.index() as i64)
            .whole("purpose", self.purpose.index() as i64)
            .maybe(self.channel.as_deref(), |content, channel| {
                content.text("channel", channel)
            })
    }
}

/// The contacts of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactTotals {
    /// How many, at least one.
    pub count: i64,
    /// When the latest was.
    pub last_at: Instant,
    /// The latest day of one.
    pub last_day: Day,
}

/// The contacts of a customer that count, by [`ContactPurpose::index`]; `None` without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contacts(pub [Option<ContactTotals>; ContactPurpose::ALL.len()]);

impl Contacts {
    /// The contacts of a purpose.
    #[must_use]
    pub const fn of(&self, purpose: ContactPurpose) -> Option<ContactTotals> {
        self.0[purpose.index()]
    }
}
