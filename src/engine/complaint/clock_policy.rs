//! How long the clocks of a complaint run.

use super::super::time::MICROS_PER_SECOND;

const HOUR_MICROS: i64 = 3_600 * MICROS_PER_SECOND;

/// How long the clocks of a complaint run, in microseconds of time that passes day and night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockPolicy {
    /// From receipt to acknowledgement.
    pub acknowledgement_micros: i64,
    /// From receipt, or reopening, to a resolution or explanation.
    pub resolution_micros: i64,
    /// From a resolution or explanation to the follow-up.
    pub follow_up_micros: i64,
}

/// Acknowledgement and resolution within 24 hours, follow-up within 7 days.
///
/// # Source
///
/// "Resolve any complaint of a customer within 24 hours" is the promise of the source texts; the
/// bounds of acknowledgement and follow-up are this product's own.
pub const CLOCKS: ClockPolicy = ClockPolicy {
    acknowledgement_micros: 24 * HOUR_MICROS,
    resolution_micros: 24 * HOUR_MICROS,
    follow_up_micros: 7 * 24 * HOUR_MICROS,
};
