//! The schemes and their segments, by names and indices that never change.

/// A way of dividing customers into segments, each customer in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Recency, frequency, monetary value.
    Rfm,
    /// Who brings the first 80 % of the value, the next 15 %, the rest.
    Abc,
    /// Lifetime value by referral value.
    ClvCrv,
    /// Current value by potential.
    ValueMatrix,
    /// Tiers by contribution, with one criterion that decides alone.
    Tier,
    /// Where the customer stands between first contact and decline.
    Lifecycle,
    /// How close the relationship is, from recorded contacts.
    Relationship,
    /// Whether the customer is still there.
    Activity,
}

/// A segment of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name, as answers carry it.
    pub name: &'static str,
    /// The same for people.
    pub label: &'static str,
}

macro_rules! segments {
    ($($name:literal: $label:literal),+ $(,)?) => {
        &[$(Segment { name: $name, label: $label }),+]
    };
}

const RFM: &[Segment] = segments! {
    "champions": "Champions",
    "loyal_customers": "Loyal customers",
    "potential_loyalists": "Potential loyalists",
    "new_customers": "New customers",
    "promising": "Promising",
    "need_attention": "Need attention",
    "about_to_sleep": "About to sleep",
    "at_risk": "At risk",
    "cant_lose": "Cannot lose them",
    "hibernating": "Hibernating",
    "prospect": "Prospect",
};
const ABC: &[Segment] = segments! { "a": "A", "b": "B", "c": "C" };
const CLV_CRV: &[Segment] = segments! {
    "champion": "Champion",
    "affluent": "Affluent",
    "advocate": "Advocate",
    "miser": "Miser",
};
const VALUE_MATRIX: &[Segment] = segments! {
    "vip": "VIP",
    "improve": "Improve",
    "maintain": "Maintain",
    "abandon": "Abandon",
};
const TIER: &[Segment] = segments! {
    "platinum": "Platinum",
    "gold": "Gold",
    "silver": "Silver",
    "bronze": "Bronze",
};
const LIFECYCLE: &[Segment] = segments! {
    "exploration": "Exploration (introduction)",
    "development": "Development (growth)",
    "stable": "Stable (maturity)",
    "decline": "Decline",
    "lost_in_development": "Lost in development",
};
const RELATIONSHIP: &[Segment] = segments! {
    "basic": "Basic",
    "reactive": "Reactive",
    "accountable": "Accountable",
    "proactive": "Proactive",
    "partner": "Partner",
};
const ACTIVITY: &[Segment] = segments! {
    "prospect": "Prospect",
    "new": "New",
    "active": "Active",
    "dormant": "Dormant",
    "lost": "Lost",
};

impl Scheme {
    /// All schemes, in the order of their [`index`](Self::index).
    pub const ALL: [Scheme; 8] = [
        Scheme::Rfm,
        Scheme::Abc,
        Scheme::ClvCrv,
        Scheme::ValueMatrix,
        Scheme::Tier,
        Scheme::Lifecycle,
        Scheme::Relationship,
        Scheme::Activity,
    ];

    /// Place in [`Scheme::ALL`]; never changes, since it is stored.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name, as requests and answers carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rfm => "rfm",
            Self::Abc => "abc",
            Self::ClvCrv => "clv_crv",
            Self::ValueMatrix => "value_matrix",
            Self::Tier => "tier",
            Self::Lifecycle => "lifecycle",
            Self::Relationship => "relationship",
            Self::Activity => "activity",
        }
    }

    /// The scheme of a name; `None` if there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Its segments; a segment's place here is its index, which never changes, since it is stored.
    #[must_use]
    pub const fn segments(self) -> &'static [Segment] {
        match self {
            Self::Rfm => RFM,
            Self::Abc => ABC,
            Self::ClvCrv => CLV_CRV,
            Self::ValueMatrix => VALUE_MATRIX,
            Self::Tier => TIER,
            Self::Lifecycle => LIFECYCLE,
            Self::Relationship => RELATIONSHIP,
            Self::Activity => ACTIVITY,
        }
    }

    /// The index of a segment's name; `None` if the scheme has none of that name.
    #[must_use]
    pub fn segment_named(self, name: &str) -> Option<usize> {
        let mut segments = self.segments().iter();
        segments.position(|segment| segment.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_indices_find_back() {
        for (index, scheme) in Scheme::ALL.into_iter().enumerate() {
            assert_eq!(scheme.index(), index);
            assert_eq!(Scheme::named(scheme.name()), Some(scheme));
            let names: BTreeSet<&str> = scheme.segments().iter().map(|of| of.name).collect();
            assert_eq!(names.len(), scheme.segments().len());
            for (place, segment) in scheme.segments().iter().enumerate() {
                assert_eq!(scheme.segment_named(segment.name), Some(place));
            }
        }
        assert_eq!(Scheme::named("clp"), None);
    }
}
