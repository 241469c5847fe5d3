//! Thresholds that divide customers into segments.
//!
//! The sources name the schemes and leave the thresholds open: all of them are this product's own.
//! Where a number does come from the sources it says so.

use super::treatments::TREATMENTS_2;
use crate::engine::money::{MICROS_PER_UNIT, Micros};
use crate::engine::segment::scheme::Scheme;

/// A tier and the percentile of contribution above which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierThreshold {
    /// Index of the tier's segment.
    pub segment: usize,
    /// Customers whose contribution lies above this percentile of the snapshot are at least in it.
    pub above_percentile: u8,
}

/// How customers are divided into segments.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// Days that are current: value and yearly sales are of so many days up to the instant.
    pub current_days: i32,
    /// Share of the net total in percent that the customers of class A bring.
    pub abc_a_percent: u8,
    /// Share of the net total in percent that the customers of the classes A and B bring.
    pub abc_b_percent: u8,
    /// Lifetime and referral value are high above this percentile of the snapshot, referral value
    /// above zero as well.
    pub clv_crv_percentile: u8,
    /// Current value and potential are high above this percentile of the snapshot, and above zero.
    pub value_matrix_percentile: u8,
    /// Tiers from the top down; who is above none of them is in the last segment.
    pub tiers: &'static [TierThreshold],
    /// Revenue after refunds of the current days from which on a customer is in the top tier
    /// whatever else (10 million a year in the sources' example).
    pub top_tier_net_revenue: Micros,
    /// Mean days between purchases below this count as this many: two purchases on two days running
    /// are no rhythm.
    pub rhythm_days_min: i64,
    /// Lifecycle: who is silent for more than this many times their own rhythm is gone.
    pub lifecycle_silence_rhythms: i64,
    /// Lifecycle: days of silence after a single purchase beyond which a customer is gone.
    pub lifecycle_single_silence_days: i64,
    /// Lifecycle: purchase days from which on a customer was more than in development.
    pub lifecycle_mature_purchase_days: i64,
    /// Lifecycle: sales of the current days below this percentage of the time before are falling.
    pub lifecycle_falling_below_percent: i128,
    /// Lifecycle: sales of the current days above this percentage of the time before are rising.
    pub lifecycle_rising_above_percent: i128,
    /// Relationship: contacts of so many days up to the instant tell the level.
    pub relationship_days: i32,
    /// Activity: a customer is new for so many days from the first purchase day on.
    pub activity_new_days: i64,
    /// Activity: active from this probability of being alive on.
    pub activity_active_probability: f64,
    /// Activity: dormant from this probability of being alive on, lost below.
    pub activity_dormant_probability: f64,
    /// Activity by rhythm: active up to so many times the rhythm of silence.
    pub activity_active_rhythms: i64,
    /// Activity by rhythm: dormant up to so many times the rhythm of silence, lost beyond.
    pub activity_dormant_rhythms: i64,
    /// What to do with the customers of each segment, by scheme and segment.
    pub treatments: [&'static [&'static str]; Scheme::ALL.len()],
}

impl Segmentation {
    /// What to do with the customers of a segment.
    #[must_use]
    pub fn treatment(&self, scheme: Scheme, segment: usize) -> &'static str {
        let of_scheme = self.treatments[scheme.index()];
        of_scheme.get(segment).copied().unwrap_or_default()
    }
}

/// Segments of the policy `builtin/2`.
pub(super) const SEGMENTATION_2: Segmentation = Segmentation {
    current_days: 365,
    abc_a_percent: 80,
    abc_b_percent: 95,
    clv_crv_percentile: 50,
    value_matrix_percentile: 50,
    tiers: &[
        TierThreshold {
            segment: 0,
            above_percentile: 95,
        },
        TierThreshold {
            segment: 1,
            above_percentile: 80,
        },
        TierThreshold {
            segment: 2,
            above_percentile: 50,
        },
    ],
    top_tier_net_revenue: Micros(10_000_000 * MICROS_PER_UNIT),
    rhythm_days_min: 7,
    lifecycle_silence_rhythms: 4,
    lifecycle_single_silence_days: 365,
    lifecycle_mature_purchase_days: 5,
    lifecycle_falling_below_percent: 50,
    lifecycle_rising_above_percent: 110,
    relationship_days: 365,
    activity_new_days: 90,
    activity_active_probability: 0.5,
    activity_dormant_probability: 0.1,
    activity_active_rhythms: 2,
    activity_dormant_rhythms: 4,
    treatments: TREATMENTS_2,
};
