//! Sufficient statistics of the models of discrete periods.

use super::{PurchaseStatistics, StatisticsError, TotalOrder, non_negative};
use std::cmp::Ordering;

/// Most periods that are accepted: the likelihood of a silence is a sum over its periods.
pub const PERIODS_MAX: f64 = 1e5;

/// What a model of discrete periods, with at most one purchase in each, knows of one customer.
///
/// Invariants: all whole, 0 ≤ frequency ≤ recency ≤ periods, and recency is 0 exactly when frequency
/// is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodStatistics {
    frequency: f64,
    recency: f64,
    periods: f64,
}

impl PeriodStatistics {
    /// Checked constructor.
    ///
    /// # Units
    ///
    /// - `frequency` (x): periods with a purchase after the first one, `0 ≤ x ≤ t_x`
    /// - `recency` (t_x): period of the last of them, `0 ≤ t_x ≤ n`
    /// - `age` (n): periods observed, `0 ≤ n ≤ 1e5`
    ///
    /// # Errors
    ///
    /// [`StatisticsError`] names the field and the rule it breaks.
    pub fn new(frequency: f64, recency: f64, age: f64) -> Result<Self, StatisticsError> {
        let recency = whole_periods("recency", recency)?;
        let age = whole_periods("age", age)?;
        let history = PurchaseStatistics::new(frequency, recency, age)?;
        if recency < frequency {
            return Err(StatisticsError::FrequencyAboveRecency { frequency, recency });
        }
        Ok(Self {
            frequency: history.frequency,
            recency,
            periods: age,
        })
    }

    /// x: periods with a purchase.
    #[must_use]
    pub fn frequency(&self) -> f64 {
        self.frequency
    }

    /// t_x: period of the last purchase.
    #[must_use]
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// n: periods observed.
    #[must_use]
    pub fn periods(&self) -> f64 {
        self.periods
    }
}

/// What a model of contracts knows of one customer.
///
/// Invariants: whole, 0 ≤ renewals ≤ periods. Fewer renewals than periods mean that the customer did
/// not renew again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenewalStatistics {
    renewals: f64,
    periods: f64,
}

impl RenewalStatistics {
    /// Checked constructor, from the columns that all models share.
    ///
    /// # Units
    ///
    /// - `frequency`, `recency` (k): renewals, one number, `0 ≤ k ≤ n`
    /// - `age` (n): periods observed, `0 ≤ n ≤ 1e5`
    ///
    /// # Errors
    ///
    /// [`StatisticsError`] names the field and the rule it breaks.
    pub fn new(frequency: f64, recency: f64, age: f64) -> Result<Self, StatisticsError> {
        let history = PeriodStatistics::new(frequency, recency, age)?;
        if history.frequency != history.recency {
            return Err(StatisticsError::RecencyIsNotRenewals { frequency, recency });
        }
        Ok(Self {
            renewals: history.frequency,
            periods: history.periods,
        })
    }

    /// k: renewals.
    #[must_use]
    pub fn renewals(&self) -> f64 {
        self.renewals
    }

    /// n: periods observed.
    #[must_use]
    pub fn periods(&self) -> f64 {
        self.periods
    }

    /// Whether the customer renewed every time.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.renewals == self.periods
    }
}

impl TotalOrder for PeriodStatistics {
    fn leading_count(&self) -> f64 {
        self.frequency
    }

    fn total_order(&self, other: &Self) -> Ordering {
        self.frequency
            .total_cmp(&other.frequency)
            .then(self.recency.total_cmp(&other.recency))
            .then(self.periods.total_cmp(&other.periods))
    }
}

impl TotalOrder for RenewalStatistics {
    fn leading_count(&self) -> f64 {
        self.renewals
    }

    fn total_order(&self, other: &Self) -> Ordering {
        self.renewals
            .total_cmp(&other.renewals)
            .then(self.periods.total_cmp(&other.periods))
    }
}

fn whole_periods(field: &'static str, value: f64) -> Result<f64, StatisticsError> {
    let value = non_negative(field, value)?;
    if value.fract() != 0.0 || PERIODS_MAX < value {
        return Err(StatisticsError::NotPeriods { field, value });
    }
    Ok(value)
}
