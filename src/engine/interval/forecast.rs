//! Purchases of one customer: expected, and how many there may be.

use super::around::{Around, NEAR, whole};
use super::count::CountDistribution;
use super::model::{CountModel, Direct, Prepared, Surroundings};
use super::total::Purchases;
use super::{Interval, IntervalError, Level, total::log_none};
use crate::engine::numeric::special::exp;
use crate::engine::purchase_model::ForecastError;
use crate::engine::statistics::PurchaseStatistics;

/// A fitted model of purchases with its uncertainty, prepared for a horizon and a discount rate.
///
/// It never changes after construction: a customer's numbers do not depend on who came before.
#[derive(Debug, Clone)]
pub struct PurchaseIntervals<M: CountModel<N>, const N: usize, P = <M as CountModel<N>>::Prepared> {
    horizon: f64,
    /// Near the fit, for derivatives.
    near: Around<M, N>,
    /// Near and far, prepared for horizon and discount rate.
    prepared: P,
}

impl<M: CountModel<N>, const N: usize> PurchaseIntervals<M, N> {
    /// Prepares the model at the fit and at the 2N points around it. The BG/NBD and MBG/NBD models
    /// make tables, each when its frequency is first asked for, which then costs about a
    /// millisecond; numbers do not depend on what was asked before.
    ///
    /// # Units
    ///
    /// - `log_parameter_covariance` (C): squared nats, as [`crate::engine::fit::Fit`] has it
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    ///
    /// # Errors
    ///
    /// [`IntervalError`] when C is not a covariance, when a point around the fit is beyond all
    /// numbers, or when horizon or rate are refused.
    pub fn new(
        model: M,
        log_parameter_covariance: &[[f64; N]; N],
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, IntervalError> {
        Self::build(model, log_parameter_covariance, horizon, |models| {
            M::prepare(models, horizon, discount_rate_continuous)
        })
    }
}

impl<M: CountModel<N>, const N: usize> PurchaseIntervals<M, N, Surroundings<Direct<M>, N>> {
    /// The same without anything computed in advance: each customer costs the BG/NBD and MBG/NBD
    /// models some milliseconds.
    ///
    /// # Units
    ///
    /// As [`PurchaseIntervals::new`].
    ///
    /// # Errors
    ///
    /// As [`PurchaseIntervals::new`].
    pub fn direct(
        model: M,
        log_parameter_covariance: &[[f64; N]; N],
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, IntervalError> {
        Self::build(model, log_parameter_covariance, horizon, |models| {
            let direct = |model: &M| Direct::new(*model, horizon, discount_rate_continuous);
            Ok(Surroundings {
                near: models.near.try_map(direct)?,
                far: models.far.try_map(direct)?,
            })
        })
    }
}

/// Expected purchases of one customer around a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected<const N: usize> {
    /// In the horizon.
    pub purchases: Around<f64, N>,
    /// The same, each discounted to the cut-off.
    pub discounted: Around<f64, N>,
}

impl<M: CountModel<N>, const N: usize, P: Prepared<N>> PurchaseIntervals<M, N, P> {
    fn build(
        model: M,
        log_parameter_covariance: &[[f64; N]; N],
        horizon: f64,
        prepare: impl Fn(&Surroundings<M, N>) -> Result<P, ForecastError>,
    ) -> Result<Self, IntervalError> {
        let around = |distance| -> Result<Around<M, N>, IntervalError> {
            let fit = model.parameters();
            let parameters = Around::parameters(fit, log_parameter_covariance, distance)?;
            Ok(parameters.map(|parameters| M::from_parameters(*parameters)))
        };
        let models = Surroundings {
            near: around(NEAR)?,
            far: around(whole(N))?,
        };
        Ok(Self {
            horizon,
            near: models.near,
            prepared: prepare(&models)?,
        })
    }

    /// Expected purchases of one customer: all that intervals of expectations need.
    #[must_use]
    pub fn expected(&self, statistics: &PurchaseStatistics) -> Expected<N> {
        let forecasts = self.prepared.forecast(statistics);
        Expected {
            purchases: forecasts.map(|forecast| forecast.expected_purchases),
            discounted: forecasts.map(|forecast| forecast.discounted_expected_purchases),
        }
    }

    /// Purchases of one customer, expected and actual, ready to be added to those of others.
    ///
    /// # Formula
    ///
    /// ```text
    /// Var(X) = P(alive)·E[X(X−1) | alive] + E − E²
    /// P(X = 0) = 1 − P(alive)·P(X ≥ 1 | alive)
    /// ```
    ///
    /// Both at the fit; what the parameters add is in the points around it.
    #[must_use]
    pub fn forecast(&self, statistics: &PurchaseStatistics) -> Purchases<N> {
        let forecasts = self.prepared.forecast(statistics);
        let model = &self.near.centre;
        let alive = forecasts.centre.probability_alive;
        let expected = forecasts.centre.expected_purchases;
        let pairs = alive * model.pairs_if_alive(statistics, self.horizon);
        let mut at_least = model.at_least_if_alive(statistics, self.horizon);
        let any = alive * at_least.next().unwrap_or_default();
        Purchases {
            expected: forecasts.map(|forecast| forecast.expected_purchases),
            discounted: forecasts.map(|forecast| forecast.discounted_expected_purchases),
            own_variance: (pairs + expected - expected * expected).max(0.0),
            log_probability_none: log_none(any),
        }
    }

    /// Interval of the probability that the customer has not left, given the true parameters and the
    /// history.
    ///
    /// # Formula
    ///
    /// ```text
    /// 1/(1 + e^(l ∓ zσ)),  l the log-odds of having left, σ² its variance from the parameters
    /// ```
    ///
    /// # Units
    ///
    /// - returns: probabilities; both 1 where the model knows that nobody can have left
    ///
    /// # Source
    ///
    /// [`Around::variance`]: the delta method, on the scale where a probability has no ends.
    #[must_use]
    pub fn probability_alive(&self, statistics: &PurchaseStatistics, level: Level) -> Interval {
        let log_odds = self.near.map(|model| model.log_odds_left(statistics));
        let half = level.deviations() * log_odds.variance().sqrt();
        let alive = |log_odds: f64| 1.0 / (1.0 + exp(log_odds));
        Interval {
            low: alive(log_odds.centre + half),
            high: alive(log_odds.centre - half),
        }
    }

    /// Expected purchases of an unlimited future, each discounted to the cut-off, around the fit.
    ///
    /// [`Around::lognormal_interval`] makes an interval of them, or of a sum.
    ///
    /// # Units
    ///
    /// - `discount_rate_continuous` (δ): 1/time, `0 < δ < ∞`
    /// - returns: purchase events at the cut-off's value
    ///
    /// # Errors
    ///
    /// [`IntervalError::Forecast`] when δ is 0, negative or not finite.
    pub fn residual_purchases(
        &self,
        statistics: &PurchaseStatistics,
        discount_rate_continuous: f64,
    ) -> Result<Around<f64, N>, IntervalError> {
        let residual = |model: &M| model.residual_purchases(statistics, discount_rate_continuous);
        Ok(self.near.try_map(residual)?)
    }

    /// Distribution of the actual number of purchases of one customer: the posterior predictive one.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X ≥ n) = 1/(2N) · Σ P(alive)·P(X ≥ n | alive) over the points around the fit
    /// ```
    ///
    /// # Errors
    ///
    /// [`IntervalError::TooManyPurchases`] when more than [`super::COUNTS_MAX`] are likely.
    pub fn count(
        &self,
        statistics: &PurchaseStatistics,
    ) -> Result<CountDistribution, IntervalError> {
        CountDistribution::mixture(self.prepared.survivors(statistics))
    }

    /// [`CountDistribution::interval`] of [`PurchaseIntervals::count`], for less: only counts up to
    /// its end are looked at.
    ///
    /// # Errors
    ///
    /// [`IntervalError::TooManyPurchases`] when it ends beyond [`super::COUNTS_MAX`].
    pub fn count_interval(
        &self,
        statistics: &PurchaseStatistics,
        level: Level,
    ) -> Result<Interval, IntervalError> {
        CountDistribution::interval_of_mixture(self.prepared.survivors(statistics), level)
    }
}
