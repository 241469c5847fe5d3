//! How an amount to come is brought to the instant of a score.

/// When a purchase to come counts as paid, for discounting at an annual effective rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discounting {
    /// At its own instant: (1 + rate)^(−years), a year being 365 days.
    Continuous,
    /// In the middle of the period of so many days, counted from the instant of the score, that it
    /// falls into.
    MidPeriod {
        /// Length of a period, 1 to 3650 days.
        period_days: i32,
    },
}
