//! Sums over customers: what the parameters add grows with the sum, what the customers add with its
//! root.

use super::around::Around;
use super::{Interval, IntervalError, Level};
use crate::engine::numeric::incomplete::gamma_quantile;
use crate::engine::numeric::special::{exp, ln_1p};

/// Purchases of one customer or of a set: a sum of independent futures under shared parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchases<const N: usize> {
    /// Expected purchases in the horizon.
    pub expected: Around<f64, N>,
    /// The same, each discounted to the cut-off.
    pub discounted: Around<f64, N>,
    /// Variance of the actual number if the fit is the truth.
    pub own_variance: f64,
    /// ln of the probability that nobody buys anything.
    pub log_probability_none: f64,
}

/// Value of one customer or of a set, before any margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value<const N: usize> {
    /// Expected value as the purchase model's parameters vary, at the spend model's fit.
    pub expected: Around<f64, N>,
    /// Derivatives of the expected value by the spend model's log-parameters.
    pub spend_gradient: [f64; 3],
    /// Their covariance.
    pub spend_covariance: [[f64; 3]; 3],
    /// Variance of the actual value if both fits are the truth; may be infinite.
    pub own_variance: f64,
    /// ln of the probability that nobody buys anything.
    pub log_probability_none: f64,
}

/// Expected value of one customer or of a set, before any margin: what intervals of expectations need
/// of [`Value`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedValue<const N: usize> {
    /// Expected value as the purchase model's parameters vary, at the spend model's fit.
    pub expected: Around<f64, N>,
    /// Derivatives of the expected value by the spend model's log-parameters.
    pub spend_gradient: [f64; 3],
    /// Their covariance.
    pub spend_covariance: [[f64; 3]; 3],
}

impl<const N: usize> ExpectedValue<N> {
    /// Adds the expected value of others, under the same models.
    pub fn add(&mut self, other: &Self) {
        self.expected.add(&other.expected);
        for (sum, term) in self.spend_gradient.iter_mut().zip(other.spend_gradient) {
            *sum += term;
        }
    }

    /// The expected value times a number above 0 that all parameters share.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            expected: self.expected.map(|value| value * factor),
            spend_gradient: self.spend_gradient.map(|entry| entry * factor),
            spend_covariance: self.spend_covariance,
        }
    }

    /// Variance of the logarithm of the expected value, from the parameters of both models.
    ///
    /// # Formula
    ///
    /// ```text
    /// σ² = variance of ln D·E[Z] over the purchase model's points + gᵀCg/(D·E[Z])²
    /// ```
    ///
    /// The two fits are independent; g is exact.
    #[must_use]
    pub fn log_variance(&self) -> f64 {
        let value = self.expected.centre;
        if value == 0.0 {
            return 0.0;
        }
        let gradient = self.spend_gradient.map(|entry| entry / value);
        self.expected.log_variance() + variance_of_spend(gradient, &self.spend_covariance)
    }

    /// Interval of the expected value, given the true parameters and the histories.
    ///
    /// # Formula
    ///
    /// ```text
    /// V·e^(±zσ)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: money at the cut-off's value
    #[must_use]
    pub fn interval(&self, level: Level) -> Interval {
        self.expected.lognormal_interval(self.log_variance(), level)
    }
}

impl<const N: usize> Purchases<N> {
    /// Adds the purchases of others.
    pub fn add(&mut self, other: &Self) {
        self.expected.add(&other.expected);
        self.discounted.add(&other.discounted);
        self.own_variance += other.own_variance;
        self.log_probability_none += other.log_probability_none;
    }

    /// Interval of the expected purchases, given the true parameters and the histories.
    ///
    /// # Formula
    ///
    /// ```text
    /// E·e^(±zσ),  σ² the variance of ln E from the parameters
    /// ```
    ///
    /// # Units
    ///
    /// - returns: purchase events
    ///
    /// # Source
    ///
    /// [`Around::log_variance`]: the delta method.
    #[must_use]
    pub fn expected(&self, level: Level) -> Interval {
        self.expected.interval(level)
    }

    /// Interval of the actual number of purchases of a set, by its moments.
    ///
    /// # Formula
    ///
    /// ```text
    /// mean E,  variance Σ Var(Xᵢ) + E²σ²,  P(0) = Π P(Xᵢ = 0)
    /// beyond 0 gamma distributed with the moments that are left; n covers n − ½ to n + ½
    /// ```
    ///
    /// A number of purchases is a mixture of Poisson variables over gamma distributed rates, which
    /// is why a gamma distribution fits. For a single customer [`super::CountDistribution`] is
    /// exact.
    ///
    /// # Units
    ///
    /// - returns: purchase events, whole numbers
    #[must_use]
    pub fn actual(&self, level: Level) -> Interval {
        let mean = self.expected.centre;
        let variance = self.own_variance + mean * mean * self.expected.log_variance();
        let law = Moments::new(mean, variance, self.log_probability_none);
        let whole = |probability: f64| match law.quantile(probability) {
            0.0 => 0.0,
            some => (some - 0.5).ceil().max(1.0),
        };
        Interval {
            low: whole(level.tail()),
            high: whole(1.0 - level.tail()),
        }
    }
}

impl<const N: usize> Value<N> {
    /// Adds the value of others, under the same models.
    pub fn add(&mut self, other: &Self) {
        self.expected.add(&other.expected);
        for (sum, term) in self.spend_gradient.iter_mut().zip(other.spend_gradient) {
            *sum += term;
        }
        self.own_variance += other.own_variance;
        self.log_probability_none += other.log_probability_none;
    }

    /// As [`ExpectedValue::log_variance`].
    #[must_use]
    pub fn log_variance(&self) -> f64 {
        self.expectation().log_variance()
    }

    /// As [`ExpectedValue::interval`].
    #[must_use]
    pub fn expected(&self, level: Level) -> Interval {
        self.expectation().interval(level)
    }

    fn expectation(&self) -> ExpectedValue<N> {
        ExpectedValue {
            expected: self.expected,
            spend_gradient: self.spend_gradient,
            spend_covariance: self.spend_covariance,
        }
    }

    /// Interval of the actual value of a set, by its moments.
    ///
    /// # Formula
    ///
    /// As [`Purchases::actual`], without rounding. For a single customer
    /// [`super::ValueDistribution`] is exact.
    ///
    /// # Units
    ///
    /// - returns: money at the cut-off's value
    ///
    /// # Errors
    ///
    /// [`IntervalError::SpendVarianceInfinite`] when some customer's actual value has no variance.
    pub fn actual(&self, level: Level) -> Result<Interval, IntervalError> {
        if self.own_variance == f64::INFINITY {
            return Err(IntervalError::SpendVarianceInfinite);
        }
        let mean = self.expected.centre;
        let variance = self.own_variance + mean * mean * self.log_variance();
        let law = Moments::new(mean, variance, self.log_probability_none);
        Ok(Interval {
            low: law.quantile(level.tail()),
            high: law.quantile(1.0 - level.tail()),
        })
    }
}

/// gᵀCg of the spend model's log-parameters.
fn variance_of_spend(gradient: [f64; 3], covariance: &[[f64; 3]; 3]) -> f64 {
    let rows = gradient.iter().zip(covariance);
    let variance: f64 = rows
        .map(|(entry, row)| {
            let product: f64 = row.iter().zip(gradient).map(|(c, other)| c * other).sum();
            entry * product
        })
        .sum();
    variance.max(0.0)
}

/// ln P(X = 0) from P(X ≥ 1).
pub(super) fn log_none(any: f64) -> f64 {
    ln_1p(-any.min(1.0))
}

/// A mass at 0 and a gamma distribution beyond, with a given mean and variance together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moments {
    none: f64,
    /// Mean and variance of what is not 0.
    mean: f64,
    variance: f64,
}

impl Moments {
    fn new(mean: f64, variance: f64, log_none: f64) -> Self {
        let none = exp(log_none);
        let any = 1.0 - none;
        if any == 0.0 {
            return Self {
                none: 1.0,
                mean: 0.0,
                variance: 0.0,
            };
        }
        let mean_of_some = mean / any;
        Self {
            none,
            mean: mean_of_some,
            variance: ((variance + mean * mean) / any - mean_of_some * mean_of_some).max(0.0),
        }
    }

    /// Smallest value that `probability` lies at or below.
    fn quantile(&self, probability: f64) -> f64 {
        if probability <= self.none {
            return 0.0;
        }
        // So narrow a distribution is its mean to all digits.
        if self.variance <= self.mean * self.mean * f64::EPSILON {
            return self.mean;
        }
        let of_some = (probability - self.none) / (1.0 - self.none);
        let scale = self.variance / self.mean;
        scale * gamma_quantile(self.mean / scale, of_some)
    }
}
