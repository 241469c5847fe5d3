//! Distribution of a number of purchases.

use super::{COUNTS_MAX, Interval, IntervalError, Level};

/// Probability of more purchases that is left out: far below the tails of any interval.
const TAIL_NEGLIGIBLE: f64 = 1e-10;

/// Probabilities of at least 0, 1, 2, … purchases.
#[derive(Debug, Clone, PartialEq)]
pub struct CountDistribution {
    /// P(X ≥ n), falling from 1 at n = 0; beyond the last it is negligible.
    at_least: Vec<f64>,
}

impl CountDistribution {
    /// The mean of distributions, each given as P(alive) and P(X ≥ n | alive) for n = 1, 2, …
    ///
    /// # Errors
    ///
    /// [`IntervalError::TooManyPurchases`] when more than [`COUNTS_MAX`] are likely.
    pub(super) fn mixture(
        parts: Vec<(f64, impl Iterator<Item = f64>)>,
    ) -> Result<Self, IntervalError> {
        let mut at_least = vec![1.0];
        for here in survivors(parts) {
            if here < TAIL_NEGLIGIBLE {
                return Ok(Self { at_least });
            }
            at_least.push(here);
        }
        Err(IntervalError::TooManyPurchases)
    }

    /// [`CountDistribution::interval`] of [`CountDistribution::mixture`], counted only up to the
    /// interval's end.
    ///
    /// # Errors
    ///
    /// [`IntervalError::TooManyPurchases`] when it ends beyond [`COUNTS_MAX`].
    pub(super) fn interval_of_mixture(
        parts: Vec<(f64, impl Iterator<Item = f64>)>,
        level: Level,
    ) -> Result<Interval, IntervalError> {
        let mut interval = Interval {
            low: 0.0,
            high: 0.0,
        };
        for here in survivors(parts) {
            if is_reached(1.0 - level.tail(), here) {
                return Ok(interval);
            }
            interval.high += 1.0;
            if !is_reached(level.tail(), here) {
                interval.low += 1.0;
            }
        }
        Err(IntervalError::TooManyPurchases)
    }

    /// P(X ≥ n).
    #[must_use]
    pub fn at_least(&self, purchases: usize) -> f64 {
        self.at_least.get(purchases).copied().unwrap_or_default()
    }

    /// P(X = n) for n = 0, 1, … up to the last that is not negligible.
    pub fn probabilities(&self) -> impl Iterator<Item = f64> {
        let after = self.at_least.iter().skip(1).copied().chain([0.0]);
        self.at_least
            .iter()
            .zip(after)
            .map(|(here, after)| here - after)
    }

    /// Smallest n with P(X ≤ n) ≥ `probability`.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> usize {
        self.at_least
            .iter()
            .skip(1)
            .take_while(|more| !is_reached(probability, **more))
            .count()
    }

    /// Interval that the actual number of purchases lies in.
    ///
    /// # Formula
    ///
    /// ```text
    /// from the smallest n with P(X ≤ n) ≥ tail to the smallest with P(X ≤ n) ≥ 1 − tail
    /// ```
    ///
    /// Numbers are discrete: the interval covers at least what is asked, and where nearly everybody
    /// buys nothing much more.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most COUNTS_MAX")]
    pub fn interval(&self, level: Level) -> Interval {
        Interval {
            low: self.quantile(level.tail()) as f64,
            high: self.quantile(1.0 - level.tail()) as f64,
        }
    }

    /// Randomised probability transform: uniform on 0..1 if the actual number follows this
    /// distribution and `uniform` is uniform on 0..1, independently.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X < n) + uniform·P(X = n)
    /// ```
    ///
    /// # Source
    ///
    /// Czado, Gneiting and Held (2009), "Predictive Model Assessment for Count Data", Biometrics
    /// 65(4), 1254–1261, section 2.1.
    #[must_use]
    pub fn probability_transform(&self, purchases: usize, uniform: f64) -> f64 {
        let (here, after) = (self.at_least(purchases), self.at_least(purchases + 1));
        1.0 - here + uniform * (here - after)
    }
}

/// Whether P(X ≤ n) = 1 − P(X ≥ n + 1) is at least `probability`.
fn is_reached(probability: f64, more: f64) -> bool {
    more <= 1.0 - probability
}

/// P(X ≥ n) of a mixture for n = 1, 2, … up to [`COUNTS_MAX`].
fn survivors(mut parts: Vec<(f64, impl Iterator<Item = f64>)>) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few points around a fit")]
    let count = parts.len() as f64;
    let mut last: f64 = 1.0;
    (0..COUNTS_MAX).map(move |_| {
        let next = |(alive, survivors): &mut (f64, _)| {
            *alive * Iterator::next(survivors).unwrap_or_default()
        };
        // Rounding must not let a probability rise.
        last = last.min(parts.iter_mut().map(next).sum::<f64>() / count);
        last
    })
}
