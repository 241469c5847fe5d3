//! Families of models that a service fits, by the names they carry everywhere.

use super::bg_nbd::BgNbd;
use super::gamma_gamma::GammaGamma;
use super::mbg_nbd::MbgNbd;
use super::pareto_nbd::ParetoNbd;
use super::purchase_scorer::AnyPurchaseModel;
use super::referral_nbd::ReferralNbd;

/// A family of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Purchases: beta-geometric / negative binomial.
    BgNbd,
    /// Purchases: modified beta-geometric / negative binomial.
    MbgNbd,
    /// Purchases: Pareto / negative binomial.
    ParetoNbd,
    /// Spend: gamma-gamma.
    GammaGamma,
    /// Referees: negative binomial.
    ReferralNbd,
}

impl Family {
    /// All families.
    pub const ALL: [Family; 5] = [
        Family::BgNbd,
        Family::MbgNbd,
        Family::ParetoNbd,
        Family::GammaGamma,
        Family::ReferralNbd,
    ];

    /// The family as it stands in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "bg-nbd",
            Self::MbgNbd => "mbg-nbd",
            Self::ParetoNbd => "pareto-nbd",
            Self::GammaGamma => "gamma-gamma",
            Self::ReferralNbd => "referral-nbd",
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
            Self::BgNbd | Self::MbgNbd | Self::ParetoNbd => "purchase",
            Self::GammaGamma => "spend",
            Self::ReferralNbd => "referral",
        }
    }

    /// Names of its parameters, in the order of its paper.
    #[must_use]
    pub const fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::BgNbd | Self::MbgNbd => &["r", "alpha", "a", "b"],
            Self::ParetoNbd => &["r", "alpha", "s", "beta"],
            Self::GammaGamma => &["p", "q", "gamma"],
            Self::ReferralNbd => &["r", "alpha"],
        }
    }

    /// The purchase model of parameters in the order of its paper; `None` for a family of another
    /// slot, and for values that are no parameters of this one.
    #[must_use]
    pub fn purchase_model(self, parameters: &[f64]) -> Option<AnyPurchaseModel> {
        let &[first, second, third, fourth] = parameters else {
            return None;
        };
        match self {
            Self::BgNbd => BgNbd::new(first, second, third, fourth)
                .map(AnyPurchaseModel::BgNbd)
                .ok(),
            Self::MbgNbd => MbgNbd::new(first, second, third, fourth)
                .map(AnyPurchaseModel::MbgNbd)
                .ok(),
            Self::ParetoNbd => ParetoNbd::new(first, second, third, fourth)
                .map(AnyPurchaseModel::ParetoNbd)
                .ok(),
            Self::GammaGamma | Self::ReferralNbd => None,
        }
    }

    /// Whether values are parameters of the family, in the order of its paper: as many, each within
    /// its bounds.
    #[must_use]
    pub fn has_parameters(self, values: &[f64]) -> bool {
        match (self, values) {
            (Self::GammaGamma, &[p, q, gamma]) => GammaGamma::new(p, q, gamma).is_ok(),
            (Self::ReferralNbd, &[r, alpha]) => ReferralNbd::new(r, alpha).is_ok(),
            (Self::GammaGamma | Self::ReferralNbd, _) => false,
            (Self::BgNbd | Self::MbgNbd | Self::ParetoNbd, values) => {
                self.purchase_model(values).is_some()
            }
        }
    }
}
