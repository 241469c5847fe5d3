//! What a family of purchases must know for intervals.

use super::around::Around;
use crate::engine::bg_nbd::PurchaseForecast;
use crate::engine::numeric::special::exp;
use crate::engine::purchase_model::{
    ForecastError, PurchaseModel, discount_rate_checked, horizon_checked,
};
use crate::engine::statistics::PurchaseStatistics;

/// A model of purchases in continuous time with `N` parameters.
pub trait CountModel<const N: usize>:
    Copy + PurchaseModel<Statistics = PurchaseStatistics>
{
    /// The model at and around a fit, prepared for many customers.
    type Prepared: Prepared<N>;
    /// Probabilities of at least 1, 2, … purchases.
    type AtLeast: Iterator<Item = f64>;

    /// The parameters, in the order of the fit's covariance.
    fn parameters(&self) -> [f64; N];

    /// The model of these parameters, all above 0.
    fn from_parameters(parameters: [f64; N]) -> Self;

    /// Prepares forecasts of many customers at and around a fit.
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError`] when the horizon or the rate is negative or not finite.
    fn prepare(
        models: &Surroundings<Self, N>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self::Prepared, ForecastError>;

    /// Expected ordered pairs of purchases, E[X(X−1)], of a customer who has not left.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    /// - returns: squared purchase events; with E and P(alive) it gives the variance of X
    fn pairs_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64;

    /// P(X ≥ n) for n = 1, 2, … without end, of a customer who has not left.
    ///
    /// # Units
    ///
    /// - `horizon` (t): time, `0 ≤ t < ∞`
    fn at_least_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> Self::AtLeast;
}

/// A model at and around a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings<M, const N: usize> {
    /// Near the fit, for derivatives.
    pub near: Around<M, N>,
    /// As far from the fit as the truth is on average, for distributions.
    pub far: Around<M, N>,
}

/// A model at and around a fit, prepared for one horizon and discount rate.
pub trait Prepared<const N: usize> {
    /// Probabilities of at least 1, 2, … purchases.
    type AtLeast<'p>: Iterator<Item = f64>
    where
        Self: 'p;

    /// Probability of being alive, expected and discounted purchases of one customer, near the fit.
    fn forecast(&self, statistics: &PurchaseStatistics) -> Around<PurchaseForecast, N>;

    /// Probability of being alive and P(X ≥ n | alive) for n = 1, 2, …, of the points far from the
    /// fit.
    fn survivors(&self, statistics: &PurchaseStatistics) -> Vec<(f64, Self::AtLeast<'_>)>;
}

/// The survivors of models with nothing computed in advance.
pub(super) fn survivors<M: CountModel<N>, const N: usize>(
    models: &Around<M, N>,
    statistics: &PurchaseStatistics,
    horizon: f64,
) -> Vec<(f64, M::AtLeast)> {
    let of_model = |model: &M| {
        let alive = model.probability_alive(statistics);
        (alive, model.at_least_if_alive(statistics, horizon))
    };
    models.beside().map(of_model).collect()
}

/// A model with a horizon and a discount rate, nothing computed in advance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direct<M> {
    model: M,
    horizon: f64,
    discount_rate: f64,
}

impl<M> Direct<M> {
    /// Checked constructor.
    ///
    /// # Units
    ///
    /// - `horizon` (H): time, `0 ≤ H < ∞`
    /// - `discount_rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError`] when the horizon or the rate is negative or not finite.
    pub fn new(
        model: M,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, ForecastError> {
        Ok(Self {
            model,
            horizon: horizon_checked(horizon)?,
            discount_rate: discount_rate_checked(discount_rate_continuous)?,
        })
    }
}

impl<M: PurchaseModel<Statistics = PurchaseStatistics>> Direct<M> {
    /// Probability of being alive, expected and discounted purchases of one customer.
    #[must_use]
    pub fn forecast(&self, statistics: &PurchaseStatistics) -> PurchaseForecast {
        let (model, horizon, rate) = (&self.model, self.horizon, self.discount_rate);
        let probability_alive = model.probability_alive(statistics);
        let expected = model.purchases_if_alive(statistics, horizon);
        let discounted = if rate == 0.0 {
            expected
        } else {
            model.discounted_purchases_if_alive(statistics, horizon, rate)
        };
        PurchaseForecast {
            probability_alive,
            expected_purchases: probability_alive * expected,
            discounted_expected_purchases: probability_alive * discounted,
        }
    }
}

impl<M: CountModel<N>, const N: usize> Prepared<N> for Surroundings<Direct<M>, N> {
    type AtLeast<'p>
        = M::AtLeast
    where
        Self: 'p;

    fn forecast(&self, statistics: &PurchaseStatistics) -> Around<PurchaseForecast, N> {
        self.near.map(|model| model.forecast(statistics))
    }

    fn survivors(&self, statistics: &PurchaseStatistics) -> Vec<(f64, M::AtLeast)> {
        let far = self.far.map(|direct| direct.model);
        survivors(&far, statistics, self.far.centre.horizon)
    }
}

/// A probability mass that may start far below the smallest number and grow back, by factors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mass {
    /// The mass is `mantissa · e^(−600·missing)`.
    mantissa: f64,
    missing: u32,
}

/// Nats that one unit of `missing` stands for; e⁻⁶⁰⁰ is about 1e-261.
const CHUNK: f64 = 600.0;

impl Mass {
    /// `factor · e^−decay`, for `0 ≤ decay`; a decay beyond 1e9 stays zero for good.
    pub(super) fn new(factor: f64, decay: f64) -> Self {
        let chunks = (decay / CHUNK).floor().min(1e9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 1e9"
        )]
        let missing = chunks as u32;
        Self {
            mantissa: factor * exp(-(decay - chunks * CHUNK)),
            missing,
        }
    }

    /// The mass; 0 where it is below 1e-261.
    pub(super) fn value(self) -> f64 {
        if self.missing == 0 {
            self.mantissa
        } else {
            0.0
        }
    }

    /// Multiplies the mass.
    pub(super) fn multiply(&mut self, factor: f64) {
        self.mantissa *= factor;
        if 0 < self.missing && 1.0 < self.mantissa {
            self.mantissa *= exp(-CHUNK);
            self.missing -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
