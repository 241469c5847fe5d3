//! What is absent from an answer, and why.

use super::pb::customervalue::v1 as pb;
use crate::engine::score::Reason;

/// A component that cannot be given.
#[must_use]
pub fn unavailable(component: &str, reason: Reason) -> pb::Unavailable {
    let (reason, detail) = match reason {
        Reason::NoFacts => (
            pb::UnavailableReason::NoFacts,
            "no fact had happened by then",
        ),
        Reason::NoPurchase => (
            pb::UnavailableReason::NoPurchase,
            "no purchase is left after refunds and voids",
        ),
        Reason::NotEnoughData => (
            pb::UnavailableReason::NotEnoughData,
            "there are too few data behind it to determine it",
        ),
        Reason::NoModel => (
            pb::UnavailableReason::NoModel,
            "no model was in force then; fit and activate one",
        ),
        Reason::NoUncertainty => (
            pb::UnavailableReason::NotEnoughData,
            "the model was stored without the uncertainty of its parameters; fit it again",
        ),
        Reason::NoSnapshot => (
            pb::UnavailableReason::NoSnapshot,
            "no population snapshot was in force then; take and activate one",
        ),
        Reason::NotInPolicy => (
            pb::UnavailableReason::NotInPolicy,
            "the policy version does not define it",
        ),
        Reason::TooLarge => (
            pb::UnavailableReason::TooLarge,
            "there are more referees than one score reads",
        ),
    };
    pb::Unavailable {
        component: component.to_owned(),
        reason: reason.into(),
        detail: detail.to_owned(),
    }
}

/// A component that needs a referral model besides the others.
#[must_use]
pub fn no_referral_model(component: &str) -> pb::Unavailable {
    pb::Unavailable {
        detail: "no referral model was in force then; fit and activate a referral model".to_owned(),
        ..unavailable(component, Reason::NoModel)
    }
}

/// A customer about whom nothing is recorded.
#[must_use]
pub fn unknown_customer(component: &str) -> pb::Unavailable {
    pb::Unavailable {
        component: component.to_owned(),
        reason: pb::UnavailableReason::UnknownCustomer.into(),
        detail: "nothing was recorded about the customer by then".to_owned(),
    }
}
