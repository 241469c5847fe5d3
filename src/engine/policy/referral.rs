//! What a referrer is credited for the customers they brought.

use crate::engine::money::{MICROS_PER_UNIT, Micros};

/// How referees are credited to those who brought them: [`crate::engine::referral::credit()`].
///
/// Per referee at depth d the share `share · decay^(d − 1)` is credited, so that over all ancestors
/// the shares sum to at most `share / (1 − decay)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferralPolicy {
    /// To which depth referees are credited, 1 to 16; 1 is direct referees only.
    pub depth: usize,
    /// Share of a direct referee's contribution that is credited, in millionths, 0 to 1,000,000.
    pub share_millionths: i128,
    /// What is left of the share from one depth to the next, in millionths, 0 to 1,000,000.
    pub decay_millionths: i128,
    /// Probability that a referee would have come without being brought, in millionths, 0 to
    /// 1,000,000. As far as they would have, only the acquisition cost saved is credited, and only
    /// of those who have bought: nobody else was won.
    pub came_anyway_millionths: i128,
    /// What winning a customer costs who was not brought; not negative.
    pub acquisition_cost_saved: Micros,
}

impl ReferralPolicy {
    /// Direct and indirect referees in full to depth 16, none of whom would have come anyway.
    pub const FULL_TO_16: Self = Self {
        depth: 16,
        share_millionths: MICROS_PER_UNIT,
        decay_millionths: MICROS_PER_UNIT,
        came_anyway_millionths: 0,
        acquisition_cost_saved: Micros::ZERO,
    };

    /// Probability that a referee would not have come without being brought, in millionths.
    #[must_use]
    pub const fn came_because_millionths(&self) -> i128 {
        MICROS_PER_UNIT - self.came_anyway_millionths
    }
}
