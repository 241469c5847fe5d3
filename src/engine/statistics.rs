//! Sufficient statistics of one customer, and their grouping.
//!
//! All that the models need to know of a purchase history is how many repeat events it has, when
//! the last one was, how long it was watched, and the mean spend. Many customers share the same
//! numbers: [`group_rows`] merges them, so that fitting costs one evaluation for each distinct row.
//!
//! - this file: purchases in continuous time, spend, grouping;
//! - `periods`: purchases and renewals in discrete periods;
//! - `log`: all of it from a log of purchases.

mod log;
mod periods;

use std::cmp::Ordering;

pub use log::{LoggedPurchase, LoggedStatistics, statistics_of_log};
pub use periods::{PERIODS_MAX, PeriodStatistics, RenewalStatistics};

/// Why statistics are refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// A number is infinite or not a number.
    #[error("{field} is {value}, not a finite number")]
    NotFinite {
        /// Which one.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number is negative.
    #[error("{field} is {value}, below 0")]
    Negative {
        /// Which one.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// The number of events is not whole, or above [`FREQUENCY_MAX`].
    #[error("frequency is {value}, not a whole number up to {FREQUENCY_MAX}")]
    NotACount {
        /// The refused frequency.
        value: f64,
    },
    /// The last purchase lies after the cut-off.
    #[error("recency {recency} is above age {age}")]
    RecencyAboveAge {
        /// Time from the first purchase to the last.
        recency: f64,
        /// Time from the first purchase to the cut-off.
        age: f64,
    },
    /// Without a repeat event the last purchase is the first: recency must be 0.
    #[error("recency is {recency} without a repeat purchase")]
    RecencyWithoutRepeat {
        /// The refused recency.
        recency: f64,
    },
    /// Repeat events at the very time of the first purchase: they belong to that event.
    #[error("recency is 0 with {frequency} repeat purchases")]
    RepeatWithoutRecency {
        /// The refused frequency.
        frequency: f64,
    },
    /// A time that should be a whole number of periods is not, or is above [`PERIODS_MAX`].
    #[error("{field} is {value}, not a whole number of periods up to {PERIODS_MAX}")]
    NotPeriods {
        /// Which one.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// More events than periods up to the last of them.
    #[error("frequency {frequency} is above recency {recency}: at most one event a period")]
    FrequencyAboveRecency {
        /// Events.
        frequency: f64,
        /// Period of the last.
        recency: f64,
    },
    /// Renewals follow one another: the last is in the period with its number.
    #[error("recency {recency} is not the number of renewals, {frequency}")]
    RecencyIsNotRenewals {
        /// Renewals.
        frequency: f64,
        /// The refused recency.
        recency: f64,
    },
    /// Spend is known only from repeat events: frequency must be at least 1.
    #[error("mean spend without a repeat purchase")]
    SpendWithoutRepeat,
    /// Mean spend must be above 0: the gamma distribution has no mass there.
    #[error("monetary is {value}, not above 0")]
    SpendNotPositive {
        /// The refused mean.
        value: f64,
    },
}

/// Largest accepted number of events: whole numbers up to here are exact, and no history is longer.
pub const FREQUENCY_MAX: f64 = 1e9;

/// What a purchase-rate model knows of one customer.
///
/// Invariants: frequency whole, 0 ≤ recency ≤ age, and recency is 0 exactly when frequency is 0. A
/// repeat event at recency 0 has probability 0 in a continuous-time model; it means that events of
/// one period were not merged, and is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseStatistics {
    frequency: f64,
    recency: f64,
    age: f64,
}

impl PurchaseStatistics {
    /// Checked constructor.
    ///
    /// # Units
    ///
    /// - `frequency` (x): repeat events, whole, `0 ≤ x ≤ 1e9`
    /// - `recency` (t_x): time, `0 ≤ t_x ≤ T`
    /// - `age` (T): time, `0 ≤ T < ∞`
    ///
    /// # Errors
    ///
    /// [`StatisticsError`] names the field and the rule it breaks.
    pub fn new(frequency: f64, recency: f64, age: f64) -> Result<Self, StatisticsError> {
        let frequency = count(frequency)?;
        let recency = non_negative("recency", recency)?;
        let age = non_negative("age", age)?;
        if age < recency {
            return Err(StatisticsError::RecencyAboveAge { recency, age });
        }
        if frequency == 0.0 && 0.0 < recency {
            return Err(StatisticsError::RecencyWithoutRepeat { recency });
        }
        if 0.0 < frequency && recency == 0.0 {
            return Err(StatisticsError::RepeatWithoutRecency { frequency });
        }
        Ok(Self {
            frequency,
            recency,
            age,
        })
    }

    /// x: repeat events.
    #[must_use]
    pub fn frequency(&self) -> f64 {
        self.frequency
    }

    /// t_x: time from the first purchase to the last.
    #[must_use]
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// T: time from the first purchase to the cut-off.
    #[must_use]
    pub fn age(&self) -> f64 {
        self.age
    }
}

/// What a spend model knows of one customer.
///
/// Invariants: frequency whole and at least 1, monetary above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendStatistics {
    frequency: f64,
    monetary: f64,
}

impl SpendStatistics {
    /// Checked constructor.
    ///
    /// # Units
    ///
    /// - `frequency` (x): repeat events, whole, `1 ≤ x ≤ 1e9`
    /// - `monetary` (z̄): money, mean spend on one repeat event, `0 < z̄ < ∞`
    ///
    /// # Errors
    ///
    /// [`StatisticsError`] names the field and the rule it breaks.
    pub fn new(frequency: f64, monetary: f64) -> Result<Self, StatisticsError> {
        let frequency = count(frequency)?;
        if frequency == 0.0 {
            return Err(StatisticsError::SpendWithoutRepeat);
        }
        let value = finite("monetary", monetary)?;
        if value <= 0.0 {
            return Err(StatisticsError::SpendNotPositive { value });
        }
        Ok(Self {
            frequency,
            monetary,
        })
    }

    /// x: repeat events.
    #[must_use]
    pub fn frequency(&self) -> f64 {
        self.frequency
    }

    /// z̄: mean spend on one repeat event.
    #[must_use]
    pub fn monetary(&self) -> f64 {
        self.monetary
    }
}

/// A row with the number of customers it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted<T> {
    /// The row.
    pub row: T,
    /// How many customers it stands for; need not be whole (a bootstrap or decay weight).
    pub weight: f64,
}

/// Rows that can be put in a total order, by a number of events first.
pub trait TotalOrder {
    /// The number of events; rows are ordered by it first.
    fn leading_count(&self) -> f64;

    /// Compares field by field, frequency first; equal only when all fields are equal.
    fn total_order(&self, other: &Self) -> Ordering;
}

impl TotalOrder for PurchaseStatistics {
    fn leading_count(&self) -> f64 {
        self.frequency
    }

    fn total_order(&self, other: &Self) -> Ordering {
        self.frequency
            .total_cmp(&other.frequency)
            .then(self.recency.total_cmp(&other.recency))
            .then(self.age.total_cmp(&other.age))
    }
}

impl TotalOrder for SpendStatistics {
    fn leading_count(&self) -> f64 {
        self.frequency
    }

    fn total_order(&self, other: &Self) -> Ordering {
        self.frequency
            .total_cmp(&other.frequency)
            .then(self.monetary.total_cmp(&other.monetary))
    }
}

/// Merges equal rows, adding their weights; the result is sorted and does not depend on the order
/// of `rows`, not even in its last bits.
#[must_use]
pub fn group_rows<T: TotalOrder + Copy>(rows: &[Weighted<T>]) -> Vec<Weighted<T>> {
    let mut sorted = rows.to_vec();
    // Weights take part in the order because a sum of unequal weights depends on theirs.
    sorted.sort_unstable_by(|left, right| {
        let by_row = left.row.total_order(&right.row);
        by_row.then(left.weight.total_cmp(&right.weight))
    });
    sorted.dedup_by(|row, last| {
        let is_equal = last.row.total_order(&row.row) == Ordering::Equal;
        if is_equal {
            last.weight += row.weight;
        }
        is_equal
    });
    sorted
}

fn finite(field: &'static str, value: f64) -> Result<f64, StatisticsError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(StatisticsError::NotFinite { field, value })
    }
}

fn non_negative(field: &'static str, value: f64) -> Result<f64, StatisticsError> {
    let value = finite(field, value)?;
    if value < 0.0 {
        return Err(StatisticsError::Negative { field, value });
    }
    // Adding 0 turns −0 into 0, so that equal numbers have equal bits.
    Ok(value + 0.0)
}

fn count(frequency: f64) -> Result<f64, StatisticsError> {
    let value = non_negative("frequency", frequency)?;
    if value.fract() != 0.0 || FREQUENCY_MAX < value {
        return Err(StatisticsError::NotACount { value });
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
