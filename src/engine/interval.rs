//! Intervals: how far the truth may lie from what a fitted model foretells.
//!
//! Two things are unknown. The model's parameters were estimated, so that every customer's forecast
//! is off in a way that all customers share; and a customer whose parameters were known would still
//! buy a random number of times, for random amounts, independently of the others. What an interval
//! must cover says which of the two it holds:
//!
//! | estimand | unknown | single customer | any set of customers |
//! |---|---|---|---|
//! | expected purchases, given the true parameters and the history | parameters | [`Purchases::expected`] | the same, of the sum |
//! | actual number of purchases | both | [`CountDistribution::interval`] | [`Purchases::actual`] of the sum |
//! | probability of being alive, likewise | parameters | [`PurchaseIntervals::probability_alive`] | |
//! | expected value, given the true parameters and the history | parameters | [`Value::expected`] | the same, of the sum |
//! | actual value | both | [`ValueDistribution::interval`] | [`Value::actual`] of the sum |
//!
//! # Method
//!
//! The estimates of the N log-parameters are normal about the true ones, with the covariance C that
//! the fit carries. [`around`] puts 2N points on the axes of C, on both sides of the fit. Forecasts
//! are computed at the fit and at such points; nothing is refitted, nothing is drawn, and the same
//! input gives the same bits.
//!
//! - An *expected* quantity f is taken as lognormal (a probability: its odds), with the variance gᵀCg of the delta method: g is
//!   the gradient of ln f, by differences over half a standard deviation to either side.
//! - An *actual* quantity has the average of the distributions that the points foretell, √N standard
//!   deviations away, where they have the mean and the covariance of the normal distribution: an
//!   average over them is one over it up to third order (the unscented transform).
//! - A *sum* needs the sums at the 2N + 1 points, the sum of the customers' own variances and the
//!   probability that all of it is nothing: a handful of numbers however many customers there are.
//!   Parts are added in the order given; for the same bits on any number of threads, add them in
//!   blocks whose limits do not depend on the threads.
//!
//! # Source
//!
//! Julier and Uhlmann (2004), "Unscented Filtering and Nonlinear Estimation", Proc. IEEE 92(3),
//! 401–422; van der Vaart (1998), Asymptotic Statistics, chapter 3 (delta method).
//!
//! - this file: levels, intervals, and why there may be none;
//! - [`around`]: the points; [`model`]: what a family of purchases must know; `beta_geometric`,
//!   `pareto_nbd`: what the families know;
//! - [`forecast`]: one customer's purchases, expected and actual; [`count`]: their distribution;
//! - [`value`]: the same for money; [`total`]: sums, and the distribution by moments.

pub mod around;
mod beta_geometric;
pub mod count;
pub mod forecast;
pub mod model;
mod pareto_nbd;
pub mod total;
pub mod value;

use super::gamma_gamma::SpendError;
use super::numeric::distribution::normal_quantile_two_sided;
use super::purchase_model::ForecastError;

pub use count::CountDistribution;
pub use forecast::{Expected, PurchaseIntervals};
pub use total::{ExpectedValue, Purchases, Value};
pub use value::{SpendIntervals, ValueDistribution};

/// Why there is no interval.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IntervalError {
    /// The probability that an interval should cover is not between 0 and 1.
    #[error("coverage is {value}, not between 0 and 1")]
    Coverage {
        /// The refused coverage.
        value: f64,
    },
    /// The covariance of the log-parameters is not that of a fit.
    #[error("the covariance of the log-parameters is not positive definite")]
    Covariance,
    /// A point of the uncertain parameters is beyond all numbers: the data tell nothing about it.
    #[error("the parameters are so uncertain that some of their values are not numbers")]
    ParametersUnbounded,
    /// Horizon or discount rate are refused.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// The expected spend does not exist.
    #[error(transparent)]
    Spend(#[from] SpendError),
    /// Some customer's spend has so heavy a tail that its variance is infinite: p·x + q ≤ 2. The
    /// sum of actual values then has no variance either.
    #[error("the variance of a customer's spend is infinite: p·x + q is not above 2")]
    SpendVarianceInfinite,
    /// More purchases are likely than are worth counting one by one.
    #[error("more than {COUNTS_MAX} purchases are likely: their number has no interval")]
    TooManyPurchases,
}

/// Largest number of purchases whose probability is computed.
pub const COUNTS_MAX: u32 = 100_000;

/// The probability that an interval should cover, with equal tails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    coverage: f64,
    deviations: f64,
}

impl Level {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`IntervalError::Coverage`] unless `0 < coverage < 1`.
    pub fn new(coverage: f64) -> Result<Self, IntervalError> {
        if 0.0 < coverage && coverage < 1.0 {
            Ok(Self {
                coverage,
                deviations: normal_quantile_two_sided(coverage),
            })
        } else {
            Err(IntervalError::Coverage { value: coverage })
        }
    }

    /// The probability in the interval.
    #[must_use]
    pub fn coverage(self) -> f64 {
        self.coverage
    }

    /// The probability below the interval, and above it.
    #[must_use]
    pub fn tail(self) -> f64 {
        0.5 * (1.0 - self.coverage)
    }

    /// Half the interval of a normal distribution, in standard deviations.
    #[must_use]
    pub fn deviations(self) -> f64 {
        self.deviations
    }
}

/// An interval with both ends in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end; may be infinite.
    pub high: f64,
}

impl Interval {
    /// The interval of a multiple, such as a margin's share; a negative factor turns it around.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let (one, other) = (self.low * factor, self.high * factor);
        Self {
            low: one.min(other),
            high: one.max(other),
        }
    }

    /// Whether the value lies in the interval.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

#[cfg(test)]
mod tests;
