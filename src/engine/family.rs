//! Families of models, by the names they carry everywhere.

/// A family of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Purchases: beta-geometric / negative binomial.
    BgNbd,
    /// Spend: gamma-gamma.
    GammaGamma,
}

impl Family {
    /// All families.
    pub const ALL: [Family; 2] = [Family::BgNbd, Family::GammaGamma];

    /// The family as it stands in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "bg-nbd",
            Self::GammaGamma => "gamma-gamma",
        }
    }

    /// The family of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// The slot its models serve in.
    #[must_use]
    pub const fn slot(self) -> &'static str {
        match self {
            Self::BgNbd => "purchase",
            Self::GammaGamma => "spend",
        }
    }

    /// Names of its parameters, in the order of its paper.
    #[must_use]
    pub const fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::BgNbd => &["r", "alpha", "a", "b"],
            Self::GammaGamma => &["p", "q", "gamma"],
        }
    }
}
