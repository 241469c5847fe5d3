//! Gamma-Gamma: how much a customer spends on one purchase.
//!
//! A customer's spend on one event is gamma distributed with shape p and rate ν; over the base ν is
//! gamma distributed with shape q and rate γ. The mean of x events then carries all that the
//! history says, and the posterior mean is a weighted average of it and the base's mean.

use super::numeric::rising::ln_rising;
use super::numeric::special::{ln, ln_1p, ln_gamma};
use super::parameter::{ParameterError, positive};
use super::statistics::SpendStatistics;

/// Parameters of the Gamma-Gamma model.
///
/// # Source
///
/// Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", note 025;
/// Fader, Hardie and Lee (2005), "RFM and CLV", J. Marketing Research 42(4), 415–430.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    /// p: shape of the spend on one event, dimensionless, above 0.
    pub p: f64,
    /// q: shape of the spend rates, dimensionless, above 0.
    pub q: f64,
    /// γ: rate of the spend rates, in money, above 0.
    pub gamma: f64,
}

/// Why an expected spend does not exist.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpendError {
    /// The base's spend has so heavy a tail that its mean is infinite: q ≤ 1.
    #[error("mean spend of the base is infinite: q is {q}, not above 1")]
    PopulationMeanInfinite {
        /// The model's q.
        q: f64,
    },
    /// Even after this history the tail is so heavy that the mean is infinite: p·x + q ≤ 1.
    #[error("mean spend after {frequency} events is infinite: p·x + q is {shape}, not above 1")]
    CustomerMeanInfinite {
        /// The customer's repeat events.
        frequency: f64,
        /// p·x + q.
        shape: f64,
    },
}

impl GammaGamma {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(p: f64, q: f64, gamma: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            p: positive("p", p)?,
            q: positive("q", q)?,
            gamma: positive("gamma", gamma)?,
        })
    }

    /// Natural logarithm of the density of one customer's mean spend.
    ///
    /// # Formula
    ///
    /// ```text
    /// f(z̄) = Γ(px+q)/(Γ(px)·Γ(q)) · γ^q · z̄^(px−1) · x^(px) / (γ + x·z̄)^(px+q)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: nats; a density in 1/money, so that it changes with the unit of money
    ///
    /// # Source
    ///
    /// Fader and Hardie (2013), note 025, equation 1a.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    #[must_use]
    pub fn log_likelihood(&self, statistics: &SpendStatistics) -> f64 {
        let Self { p, q, gamma } = *self;
        let (x, mean) = (statistics.frequency(), statistics.monetary());
        let (shape, total) = (p * x, x * mean);
        // Powers of ratios: those of the sums themselves cancel when p·x is large.
        ln_rising(shape, q)
            - ln_gamma(q)
            - shape * ln_1p(gamma / total)
            - q * ln_1p(total / gamma)
            - ln(mean)
    }

    /// Expected spend on one future event of a customer with this history.
    ///
    /// # Formula
    ///
    /// ```text
    /// E = p·(γ + x·z̄) / (p·x + q − 1)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: money for one event, `0 < E`
    ///
    /// # Errors
    ///
    /// [`SpendError::CustomerMeanInfinite`] when `p·x + q ≤ 1`.
    ///
    /// # Source
    ///
    /// Fader and Hardie (2013), note 025, equation 5.
    /// Reference values: `tests/golden/oracle-lifetime-value.json`.
    ///
    /// # Examples
    ///
    /// ```
    /// use customer_value::engine::gamma_gamma::GammaGamma;
    /// use customer_value::engine::statistics::SpendStatistics;
    ///
    /// let model = GammaGamma { p: 2.0, q: 3.0, gamma: 10.0 };
    /// let statistics = SpendStatistics::new(1.0, 6.0)?;
    /// assert_eq!(model.expected_spend(&statistics), Ok(8.0)); // 2·(10 + 6)/(2 + 3 − 1)
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expected_spend(&self, statistics: &SpendStatistics) -> Result<f64, SpendError> {
        let (x, mean) = (statistics.frequency(), statistics.monetary());
        let excess = self.p * x + (self.q - 1.0);
        if excess <= 0.0 {
            return Err(SpendError::CustomerMeanInfinite {
                frequency: x,
                shape: excess + 1.0,
            });
        }
        Ok(self.p * (self.gamma + x * mean) / excess)
    }

    /// Expected spend on one event of a customer drawn at random; also of one without repeat events.
    ///
    /// # Formula
    ///
    /// ```text
    /// E = p·γ / (q − 1)
    /// ```
    ///
    /// # Units
    ///
    /// - returns: money for one event, `0 < E`
    ///
    /// # Errors
    ///
    /// [`SpendError::PopulationMeanInfinite`] when `q ≤ 1`.
    ///
    /// # Source
    ///
    /// Fader and Hardie (2013), note 025, equation 3.
    pub fn population_mean(&self) -> Result<f64, SpendError> {
        let excess = self.q - 1.0;
        if excess <= 0.0 {
            return Err(SpendError::PopulationMeanInfinite { q: self.q });
        }
        Ok(self.p * self.gamma / excess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_means_are_refused_with_their_reason() {
        let model = GammaGamma::new(0.15, 0.8, 10.0).unwrap();
        assert_eq!(
            model.population_mean(),
            Err(SpendError::PopulationMeanInfinite { q: 0.8 })
        );
        let once = SpendStatistics::new(1.0, 5.0).unwrap();
        assert!(matches!(
            model.expected_spend(&once),
            Err(SpendError::CustomerMeanInfinite { frequency: 1.0, .. })
        ));
        let twice = SpendStatistics::new(2.0, 5.0).unwrap();
        assert!(0.0 < model.expected_spend(&twice).unwrap());
    }

    #[test]
    fn parameters_are_refused_by_name() {
        assert_eq!(
            GammaGamma::new(1.0, -2.0, 3.0),
            Err(ParameterError::NotPositive {
                name: "q",
                value: -2.0
            })
        );
    }
}
