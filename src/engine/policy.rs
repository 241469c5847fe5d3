//! Parameters of an answer that are ours rather than the data's, in named versions.

mod discounting;
mod referral;
mod rfm;
mod segmentation;
mod treatments;

use std::borrow::Cow;

use super::money::Micros;
pub use discounting::Discounting;
pub use referral::ReferralPolicy;
pub use rfm::{RfmCutPoints, RfmCuts};
use segmentation::SEGMENTATION_2;
pub use segmentation::{Segmentation, TierThreshold};

/// A named set of parameters. A version never changes; a new one stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name, as answers carry it.
    pub version: Cow<'static, str>,
    /// Days looked ahead when a request does not say, 0 to 3650.
    pub horizon_days: i32,
    /// Annual effective rate at which expected value is discounted, 0.1 for 10 %.
    pub discount_rate: f64,
    /// When a purchase to come counts as paid.
    pub discounting: Discounting,
    /// Share of revenue that is left after cost of goods where that cost is not known, in
    /// millionths.
    pub margin_millionths: i128,
    /// What each purchase day to come costs to serve; not negative.
    pub cost_to_serve_per_purchase: Micros,
    /// What a year of being a customer costs to serve, from now on; not negative.
    pub cost_to_serve_per_year: Micros,
    /// What is credited for referees.
    pub referral: ReferralPolicy,
    /// Most referees a score reads; with more, referral value is too large to give.
    pub referees_max: usize,
    /// Which cut points the scores of recency, frequency and monetary value go by.
    pub rfm_cuts: RfmCuts,
    /// How customers are divided into segments; `None` where the policy does not say.
    pub segmentation: Option<&'static Segmentation>,
}

/// The built-in policy: 365 days, 10 % a year, margin 100 % where cost of goods is not known, direct
/// and indirect referees credited in full to depth 16. The values are this product's own: the
/// sources leave them open.
pub const BUILTIN_1: Policy = Policy {
    version: Cow::Borrowed("builtin/1"),
    horizon_days: 365,
    discount_rate: 0.10,
    discounting: Discounting::Continuous,
    margin_millionths: 1_000_000,
    cost_to_serve_per_purchase: Micros::ZERO,
    cost_to_serve_per_year: Micros::ZERO,
    referral: ReferralPolicy::FULL_TO_16,
    referees_max: 100_000,
    rfm_cuts: RfmCuts::SnapshotInForce,
    segmentation: None,
};

/// The second built-in policy: values as the first, and segments.
pub const BUILTIN_2: Policy = Policy {
    version: Cow::Borrowed("builtin/2"),
    segmentation: Some(&SEGMENTATION_2),
    ..BUILTIN_1
};

/// Family of the built-in policies in their names.
pub const BUILTIN_FAMILY: &str = "builtin";

/// All built-in policies, the newest last; they hold at every instant.
pub const BUILTIN: [&Policy; 2] = [&BUILTIN_1, &BUILTIN_2];

impl Policy {
    /// The newest built-in policy: in force where no other is.
    #[must_use]
    pub const fn newest_builtin() -> &'static Policy {
        &BUILTIN_2
    }

    /// The number in its name, which is family/number.
    #[must_use]
    pub fn number(&self) -> Option<i32> {
        self.version.rsplit_once('/')?.1.parse().ok()
    }

    /// The built-in policy of a name; `None` if there is none of that name.
    #[must_use]
    pub fn builtin(version: &str) -> Option<&'static Policy> {
        BUILTIN.into_iter().find(|policy| policy.version == version)
    }
}
