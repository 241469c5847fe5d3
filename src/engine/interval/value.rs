//! Money: what the expected spend is uncertain by, and what one customer may actually spend.

use super::around::{Around, whole};
use super::count::CountDistribution;
use super::total::{ExpectedValue, Purchases, Value};
use super::{Interval, IntervalError, Level};
use crate::engine::gamma_gamma::{GammaGamma, SpendError};
use crate::engine::numeric::incomplete::beta_share;
use crate::engine::numeric::special::{exp, ln};
use crate::engine::statistics::SpendStatistics;

/// A fitted spend model with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendIntervals {
    covariance: [[f64; 3]; 3],
    models: Around<GammaGamma, 3>,
}

impl SpendIntervals {
    /// Prepares the model at the fit and at the six points around it.
    ///
    /// # Units
    ///
    /// - `log_parameter_covariance` (C): squared nats, as [`crate::engine::fit::Fit`] has it
    ///
    /// # Errors
    ///
    /// [`IntervalError`] when C is not a covariance, or a point around the fit is beyond all numbers.
    pub fn new(
        model: GammaGamma,
        log_parameter_covariance: &[[f64; 3]; 3],
    ) -> Result<Self, IntervalError> {
        let GammaGamma { p, q, gamma } = model;
        let parameters = Around::parameters([p, q, gamma], log_parameter_covariance, whole(3))?;
        Ok(Self {
            covariance: *log_parameter_covariance,
            models: parameters.map(|[p, q, gamma]| GammaGamma {
                p: *p,
                q: *q,
                gamma: *gamma,
            }),
        })
    }

    /// Value of one customer, expected and actual, ready to be added to those of others: purchases
    /// times spend, before any margin.
    ///
    /// # Formula
    ///
    /// ```text
    /// expected: D·E[Z]
    /// Var(Y) = d²·( E[Z²]·E[X] + E[ZZ′]·E[X(X−1)] ) − (D·E[Z])²,   d = D/E[X]
    /// E[Z²] = p(p+1)·γ′²/((q′−1)(q′−2)),  E[ZZ′] = p²·γ′²/((q′−1)(q′−2)),
    /// q′ = p·x + q,  γ′ = γ + x·z̄
    /// ∂ ln E[Z] by ln p, ln q, ln γ: 1 − p·x/(q′−1), −q/(q′−1), γ/γ′
    /// ```
    ///
    /// Z, Z′ are the spends on two events of the same customer. Every event is discounted by the
    /// mean factor d: at 10 % a year over a year the single factors deviate from it by 3 %, which
    /// adds 0.1 % to the variance.
    ///
    /// # Units
    ///
    /// - `purchases`: those of this one customer
    /// - `spend`: `None` without a repeat event, for whom the base's spend stands in
    ///
    /// # Errors
    ///
    /// [`SpendError`] when the expected spend does not exist. A variance that does not exist is no
    /// error until it is asked for.
    ///
    /// # Source
    ///
    /// Fader and Hardie (2013), note 025: the spend rate ν is gamma (q′, γ′) after the history.
    pub fn value<const N: usize>(
        &self,
        purchases: &Purchases<N>,
        spend: Option<&SpendStatistics>,
    ) -> Result<Value<N>, SpendError> {
        let model = &self.models.centre;
        let mean = self.expected_spend(spend)?;
        let posterior = Posterior::new(model, spend);
        let expected = purchases.discounted.map(|discounted| discounted * mean);
        let gradient = posterior.log_mean_gradient(model);
        Ok(Value {
            expected,
            spend_gradient: gradient.map(|entry| entry * expected.centre),
            spend_covariance: self.covariance,
            own_variance: posterior.variance(model.p, purchases, expected.centre),
            log_probability_none: purchases.log_probability_none,
        })
    }

    /// Expected value of one customer, before any margin: that of [`SpendIntervals::value`] without
    /// what only actual values need.
    ///
    /// # Units
    ///
    /// - `discounted`: discounted expected purchases around the fit
    /// - returns: money at the cut-off's value
    ///
    /// # Errors
    ///
    /// As [`SpendIntervals::value`].
    pub fn expected_value<const N: usize>(
        &self,
        discounted: &Around<f64, N>,
        spend: Option<&SpendStatistics>,
    ) -> Result<ExpectedValue<N>, SpendError> {
        let mean = self.expected_spend(spend)?;
        let model = &self.models.centre;
        let gradient = Posterior::new(model, spend).log_mean_gradient(model);
        let expected = discounted.map(|discounted| discounted * mean);
        Ok(ExpectedValue {
            expected,
            spend_gradient: gradient.map(|entry| entry * expected.centre),
            spend_covariance: self.covariance,
        })
    }

    fn expected_spend(&self, spend: Option<&SpendStatistics>) -> Result<f64, SpendError> {
        match spend {
            Some(statistics) => self.models.centre.expected_spend(statistics),
            None => self.models.centre.population_mean(),
        }
    }

    /// Distribution of the actual value of one customer: purchases times spend, before any margin.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(Y ≤ y) = P(X = 0) + Σₙ P(X = n)·P(d·Sₙ ≤ y)
    /// P(Sₙ ≤ w) = I_z(p·n, q′),   z = w/(γ′ + w)
    /// ```
    ///
    /// averaged over the points around both fits, which are independent: given the purchases, the
    /// likelihood of the spends holds no parameter of theirs.
    ///
    /// # Units
    ///
    /// - `purchases`, `counts`: those of this one customer
    ///
    /// # Source
    ///
    /// Fader and Hardie (2013), note 025: a sum of n spends is gamma (p·n, ν), so that Sₙ/γ′ is beta
    /// prime (p·n, q′).
    #[must_use]
    pub fn distribution<const N: usize>(
        &self,
        purchases: &Purchases<N>,
        counts: &CountDistribution,
        spend: Option<&SpendStatistics>,
    ) -> ValueDistribution {
        let expected = purchases.expected.centre;
        ValueDistribution {
            counts: counts.probabilities().collect(),
            discount: if expected == 0.0 {
                1.0
            } else {
                purchases.discounted.centre / expected
            },
            shapes: self.models.map(|model| model.p),
            posteriors: self.models.map(|model| Posterior::new(model, spend)),
        }
    }
}

/// The spend rate ν of one customer after the history: gamma (q′, γ′).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Posterior {
    /// q′ = p·x + q.
    q: f64,
    /// γ′ = γ + x·z̄.
    gamma: f64,
}

impl Posterior {
    fn new(model: &GammaGamma, spend: Option<&SpendStatistics>) -> Self {
        let (x, total) = spend.map_or((0.0, 0.0), |spend| {
            (spend.frequency(), spend.frequency() * spend.monetary())
        });
        Self {
            q: model.p * x + model.q,
            gamma: model.gamma + total,
        }
    }

    /// Derivatives of the logarithm of the expected spend by the log-parameters of the model that
    /// this is the posterior of.
    fn log_mean_gradient(&self, model: &GammaGamma) -> [f64; 3] {
        let excess = self.q - 1.0;
        [
            1.0 - (self.q - model.q) / excess,
            -model.q / excess,
            model.gamma / self.gamma,
        ]
    }

    /// Variance of the actual value; infinite when q′ ≤ 2.
    fn variance<const N: usize>(&self, p: f64, purchases: &Purchases<N>, value: f64) -> f64 {
        let expected = purchases.expected.centre;
        if expected == 0.0 {
            return 0.0;
        }
        if self.q <= 2.0 {
            return f64::INFINITY;
        }
        let discount = purchases.discounted.centre / expected;
        let pairs = purchases.own_variance - expected + expected * expected;
        // E[ν⁻²]
        let rates = self.gamma * self.gamma / ((self.q - 1.0) * (self.q - 2.0));
        let squares = p * rates * ((p + 1.0) * expected + p * pairs);
        (discount * discount * squares - value * value).max(0.0)
    }
}

/// Distribution of the actual value of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDistribution {
    /// P(X = n).
    counts: Vec<f64>,
    /// d: what a purchase in the horizon is worth at the cut-off, on average.
    discount: f64,
    /// p around the fit.
    shapes: Around<f64, 3>,
    posteriors: Around<Posterior, 3>,
}

/// Counts less likely than this do not move an interval.
const PROBABILITY_NEGLIGIBLE: f64 = 1e-9;
/// Ridders' steps; each at least halves the range, and near the root doubles the digits.
const STEPS_MAX: u32 = 60;
/// Range of ln y at which a quantile is found.
const LOG_TOLERANCE: f64 = 1e-9;
/// Doublings of the range of ln y in search of a quantile: up to e^(±1,000).
const DOUBLINGS_MAX: u32 = 10;

impl ValueDistribution {
    /// P(Y ≤ y).
    #[must_use]
    pub fn at_most(&self, value: f64) -> f64 {
        let none = self.counts.first().copied().unwrap_or(1.0);
        if value < 0.0 {
            return 0.0;
        }
        if value == 0.0 || self.discount == 0.0 {
            return none;
        }
        let spent = value / self.discount;
        let mut sum = none;
        let mut purchases = 0.0;
        for probability in self.counts.iter().skip(1) {
            purchases += 1.0;
            if *probability < PROBABILITY_NEGLIGIBLE {
                continue;
            }
            let points = self.shapes.beside().zip(self.posteriors.beside());
            let shares = points.map(|(p, posterior)| {
                beta_share(p * purchases, posterior.q, spent / posterior.gamma)
            });
            sum += probability * shares.sum::<f64>() / 6.0;
        }
        sum
    }

    /// Smallest y with P(Y ≤ y) ≥ `probability`.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        if probability <= self.at_most(0.0) || self.discount == 0.0 {
            return 0.0;
        }
        let excess = |log_value: f64| self.at_most(exp(log_value)) - probability;
        let start = ln(self.discount * self.posteriors.centre.gamma);
        let (mut low, mut high) = (start - 1.0, start + 1.0);
        for step in 0..DOUBLINGS_MAX {
            let reach = f64::from(1_u32 << step);
            if 0.0 <= excess(low) {
                low -= reach;
            } else if excess(high) < 0.0 {
                high += reach;
            } else {
                break;
            }
        }
        exp(ridders(excess, low, high))
    }

    /// Interval that the actual value lies in, by the quantiles of the two tails.
    #[must_use]
    pub fn interval(&self, level: Level) -> Interval {
        Interval {
            low: self.quantile(level.tail()),
            high: self.quantile(1.0 - level.tail()),
        }
    }

    /// Randomised probability transform, as [`CountDistribution::probability_transform`]: only at 0
    /// has the distribution a mass to spread.
    #[must_use]
    pub fn probability_transform(&self, value: f64, uniform: f64) -> f64 {
        if value <= 0.0 {
            uniform * self.at_most(0.0)
        } else {
            self.at_most(value)
        }
    }
}

/// Root of a rising function between `low` and `high`.
///
/// # Source
///
/// Ridders (1979), "A new algorithm for computing a single root of a real continuous function", IEEE
/// Trans. Circuits and Systems 26(11), 979–980.
fn ridders(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    for _ in 0..STEPS_MAX {
        if high - low < LOG_TOLERANCE || at_low == 0.0 || at_high == 0.0 {
            break;
        }
        let middle = 0.5 * (low + high);
        let at_middle = f(middle);
        let scale = (at_middle * at_middle - at_low * at_high).sqrt();
        let next = middle - (middle - low) * at_middle / scale;
        let at_next = f(next);
        let mut narrow = |place: f64, value: f64| {
            if value < 0.0 {
                (low, at_low) = (low.max(place), value);
            } else {
                (high, at_high) = (high.min(place), value);
            }
        };
        narrow(middle, at_middle);
        narrow(next, at_next);
    }
    if at_low == 0.0 { low } else { high }
}
