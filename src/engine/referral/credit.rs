//! What is credited for the generations below a customer.

use super::contribution;
use crate::engine::history::Totals;
use crate::engine::money::{Micros, share_half_even};
use crate::engine::policy::{Policy, ReferralPolicy};

/// The referees at one depth and what they add up to from their credit days on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// How many referees.
    pub referees: i64,
    /// How many of them have a purchase left from their credit day on.
    pub buyers: i64,
    /// Their sums.
    pub totals: Totals,
}

impl Generation {
    /// Takes a referee in, who adds up to so much from the credit day on.
    pub fn add(&mut self, totals: Totals) {
        self.referees += 1;
        self.buyers += i64::from(0 < totals.purchases);
        self.totals += totals;
    }
}

/// Credit for one depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthCredit {
    /// 1 for direct referees.
    pub depth: usize,
    /// How many referees.
    pub referees: i64,
    /// How many of them have bought.
    pub buyers: i64,
    /// What is credited.
    pub credit: Micros,
}

/// Credits the generations below a customer, direct referees first, to the policy's depth.
///
/// # Formula
///
/// ```text
/// creditᵈ = share · decay^(d − 1) · [(1 − p) · contributionᵈ + p · saved · buyersᵈ]
/// ```
///
/// - d: depth, 1 for direct referees
/// - contributionᵈ: [`contribution`] of all referees at that depth together, from their credit days on
/// - buyersᵈ: those of them who have bought since
/// - p: probability that a referee would have come anyway
/// - saved: what winning a customer costs who was not brought
///
/// The bracket is exact and the share of it is rounded once a depth, half to even.
///
/// # Bounds
///
/// Let worthᵈ be the larger of contributionᵈ and saved · buyersᵈ, which with p = 0 is contributionᵈ
/// alone, and never below 0.
///
/// - creditᵈ ≤ worthᵈ, exactly: no ancestor is credited more than the descendants are worth.
///   Where contributionᵈ < 0 the credit is no lower than that. A sum over depths is bounded by the sum
///   of worthᵈ, not by the sum of contributions, as a loss further down weighs less than a gain above.
/// - With Σ share · decay^(d − 1) ≤ 1 over the policy's depths, and contributions that are not
///   negative, what all ancestors together are credited for a referee is at most what that referee is
///   worth, but for half a micro-unit a depth and ancestor, as each is rounded for itself.
/// - With contributions that are not negative it grows with share, decay and depth.
///
/// # Source
///
/// That a referee who would have come anyway is worth the acquisition cost saved: Kumar, Petersen and
/// Leone (2010), "Driving Profitability by Encouraging Customer Referrals: Who, When, and How",
/// Journal of Marketing 74(5), 1–17, their type-two referrals. A probability in place of their label,
/// and share and decay, are ours; so is that a referee who came because of the referral is credited
/// with the contribution alone, without the acquisition cost saved that they add for both types.
#[must_use]
pub fn credit(generations: &[Generation], policy: &Policy) -> Vec<DepthCredit> {
    generations
        .iter()
        .take(policy.referral.depth)
        .enumerate()
        .map(|(level, generation)| DepthCredit {
            depth: level + 1,
            referees: generation.referees,
            buyers: generation.buyers,
            credit: credit_of(generation, level, policy),
        })
        .collect()
}

/// Credit for the generation so many levels below the direct referees.
fn credit_of(generation: &Generation, level: usize, policy: &Policy) -> Micros {
    /// A factor of one millionth: the bracket is in millionths of a micro-unit.
    const MILLIONTH: i128 = 1;
    let ReferralPolicy {
        share_millionths,
        decay_millionths,
        came_anyway_millionths,
        acquisition_cost_saved,
        ..
    } = policy.referral;
    let came_because = policy.referral.came_because_millionths();
    let contributed = contribution(&generation.totals, policy).0;
    let saved = acquisition_cost_saved.0 * i128::from(generation.buyers);
    let bracket = came_because * contributed + came_anyway_millionths * saved;
    let decay = std::iter::repeat_n(decay_millionths, level);
    let factors = [MILLIONTH, share_millionths].into_iter().chain(decay);
    Micros(share_half_even(bracket, factors))
}

#[cfg(test)]
mod tests;
