//! What is known about a customer before recent days and contacts are looked at, and after.

use std::collections::BTreeMap;

use crate::app::score_customer::referees;
use crate::app::score_customer::tree::Tree;
use crate::engine::contact::{ContactPurpose, Contacts};
use crate::engine::fact::FactKind;
use crate::engine::history::{CustomerTotals, Totals};
use crate::engine::policy::Policy;
use crate::engine::segment::Observed;
use crate::engine::segment::relationship::LatestContacts;
use crate::engine::segment::windows::{WindowSums, Windows};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::customer_state::CustomerState;

/// Days that were read from the store.
pub(super) type RecentDays = BTreeMap<CustomerKey, Vec<(Day, WindowSums)>>;

/// Where a customer's recent days are.
pub(crate) enum Days {
    /// Folded from the facts.
    Folded(BTreeMap<Day, Totals>),
    /// In the store, unless the latest fact is older.
    Stored {
        /// When the latest fact happened.
        last_fact_at: Option<Instant>,
    },
}

impl Days {
    /// The days of a customer whose state answers.
    pub(crate) fn of_state(state: &CustomerState) -> Self {
        Self::Stored {
            last_fact_at: state.fact_span.map(|span| span.last),
        }
    }
}

/// Of whom the referees below and the referrers above are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trees {
    /// Of nobody.
    Nobody,
    /// Of customers who are named as referrers: enough for referral value.
    Referrers,
    /// Of customers who were brought too.
    All,
}

impl Trees {
    /// Whether the tree of a customer is read.
    pub(super) const fn has(self, is_referrer: bool, was_brought: bool) -> bool {
        match self {
            Self::Nobody => false,
            Self::Referrers => is_referrer,
            Self::All => is_referrer || was_brought,
        }
    }
}

/// What is known about a customer before recent days and contacts are looked at.
pub(crate) struct Basis {
    /// The customer's own sums.
    pub(crate) own: Option<CustomerTotals>,
    /// The referees.
    pub(crate) tree: Tree,
    /// The recent days.
    pub(crate) days: Days,
    /// Contacts were recorded about the customer.
    pub(crate) has_contacts: bool,
}

impl Basis {
    /// A customer whose recent days and contacts do not matter.
    pub(crate) fn without_recent(own: Option<CustomerTotals>, tree: Tree) -> Self {
        Self {
            own,
            tree,
            days: Days::Folded(BTreeMap::new()),
            has_contacts: false,
        }
    }
}

/// The days that the schemes look back on: the current ones and as many before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LookBack {
    /// The first of them.
    pub(super) since: Day,
    /// The last of them.
    pub(super) until: Day,
}

impl LookBack {
    /// From a day back.
    pub(crate) fn from(day: Day, policy: &Policy) -> Self {
        let days = policy.segmentation.map_or(0, |of| 2 * of.current_days);
        Self {
            since: day.plus_days(1 - days),
            until: day,
        }
    }
}

/// Whether contacts were recorded about a customer.
pub(crate) fn has_contacts(state: &CustomerState) -> bool {
    state.facts[FactKind::Contact.index()] > 0
}

/// Puts together what was read about a customer.
pub(super) fn observed(
    basis: Basis,
    stored: Vec<(Day, WindowSums)>,
    contacts: Contacts,
    look_back: LookBack,
    policy: &Policy,
) -> Observed {
    let latest = ContactPurpose::ALL.map(|purpose| contacts.of(purpose).map(|of| of.last_day));
    Observed {
        own: basis.own,
        crv_to_date: referees(&basis.tree).value(policy),
        has_referees: basis.tree.too_large || basis.tree.position.direct > 0,
        windows: match basis.days {
            Days::Folded(days) => Windows::of_totals(&days, look_back.since),
            Days::Stored { .. } => Windows::of(stored),
        },
        contacts: LatestContacts(latest),
    }
}
