//! How what comes is brought to the cut-off, in the models' unit of time.

use super::numeric::special::{exp, exp_m1};
use super::purchase_model::{ForecastError, PurchaseModel, discount_rate_checked, horizon_checked};
use super::time_alive::TimeAlive;

/// Periods that a horizon may hold; ten years of days are 3650.
const PERIODS_MAX: f64 = 1e5;

/// A discount rate and the instants at which it is applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discount {
    rate: f64,
    period: Option<f64>,
}

impl Discount {
    /// Everything by its own distance from the cut-off: e^(−δt).
    ///
    /// # Units
    ///
    /// - `rate_continuous` (δ): 1/time, `0 ≤ δ < ∞`; an effective rate i per unit of time is
    ///   δ = ln(1 + i)
    ///
    /// # Errors
    ///
    /// [`ForecastError::DiscountRate`] when the rate is negative or not finite.
    pub fn continuous(rate_continuous: f64) -> Result<Self, ForecastError> {
        Ok(Self {
            rate: discount_rate_checked(rate_continuous)?,
            period: None,
        })
    }

    /// Everything as if it came in the middle of the period it falls into: e^(−δ(k−½)h) for period
    /// k = 1, 2, … of length h from the cut-off on. A horizon may cut the last period short, which
    /// does not move its middle.
    ///
    /// # Units
    ///
    /// - `rate_continuous` (δ): as in [`Discount::continuous`]
    /// - `period` (h): time, `0 < h < ∞`
    ///
    /// # Errors
    ///
    /// [`ForecastError::DiscountRate`], and [`ForecastError::Period`] when the period is not above 0
    /// or not finite.
    pub fn mid_period(rate_continuous: f64, period: f64) -> Result<Self, ForecastError> {
        if !(period.is_finite() && 0.0 < period) {
            return Err(ForecastError::Period { value: period });
        }
        Ok(Self {
            rate: discount_rate_checked(rate_continuous)?,
            period: Some(period),
        })
    }

    /// δ.
    #[must_use]
    pub fn rate_continuous(&self) -> f64 {
        self.rate
    }

    /// h, where there are periods.
    #[must_use]
    pub fn period(&self) -> Option<f64> {
        self.period
    }

    /// `horizon` when it is one and holds no more periods than can be summed.
    pub(super) fn horizon_checked(&self, horizon: f64) -> Result<f64, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        match self.period {
            Some(value) if PERIODS_MAX * value < horizon => Err(ForecastError::Period { value }),
            Some(_) | None => Ok(horizon),
        }
    }
}

/// Ends of the periods in a horizon, each with what an amount that has come by then counts.
///
/// # Formula
///
/// ```text
/// Σₖ [F(tₖ) − F(tₖ₋₁)]·wₖ = F(H)·wₙ + Σₖ F(tₖ)·(wₖ − wₖ₊₁),   wₖ = e^(−δ(k−½)h),  F(0) = 0
/// ```
///
/// by parts: F never falls and w never rises, so that nothing cancels on the right.
///
/// # Units
///
/// - `horizon` (H): time, `0 ≤ H`
/// - `period` (h): time, `0 < h`, `H/h` at most some thousands
pub(super) fn period_ends(
    rate: f64,
    period: f64,
    horizon: f64,
) -> impl Iterator<Item = (f64, f64)> {
    let last = (horizon / period).ceil().max(1.0);
    let step = -exp_m1(-rate * period);
    let mut number = 0.0;
    std::iter::from_fn(move || {
        number += 1.0;
        let weight = exp(-rate * (number - 0.5) * period);
        if number < last {
            return Some((number * period, weight * step));
        }
        (number == last).then_some((horizon, weight))
    })
}

/// Expected purchases of a customer who has not left, discounted.
///
/// # Formula
///
/// ```text
/// Σₖ [E(tₖ) − E(tₖ₋₁)]·e^(−δ(k−½)h),   tₖ = min(k·h, H)      with periods
/// ∫₀ᴴ e^(−δt) dE(t)                                           without
/// ```
///
/// # Units
///
/// - `horizon` (H): time, `0 ≤ H < ∞`; anything else means nothing here, the callers check it
/// - returns: purchase events at the cut-off's value
pub(super) fn discounted_purchases_if_alive<M: PurchaseModel>(
    model: &M,
    statistics: &M::Statistics,
    horizon: f64,
    discount: Discount,
) -> f64 {
    let Discount { rate, period } = discount;
    match period {
        Some(period) => period_ends(rate, period, horizon)
            .map(|(end, weight)| weight * model.purchases_if_alive(statistics, end))
            .sum(),
        None if rate == 0.0 => model.purchases_if_alive(statistics, horizon),
        None => model.discounted_purchases_if_alive(statistics, horizon, rate),
    }
}

/// Expected time alive of a customer who has not left, discounted in the same way.
pub(super) fn discounted_time_if_alive<M: TimeAlive>(
    model: &M,
    statistics: &M::Statistics,
    horizon: f64,
    discount: Discount,
) -> f64 {
    let Discount { rate, period } = discount;
    match period {
        Some(period) => period_ends(rate, period, horizon)
            .map(|(end, weight)| weight * model.time_if_alive(statistics, end))
            .sum(),
        None if rate == 0.0 => model.time_if_alive(statistics, horizon),
        None => model.discounted_time_if_alive(statistics, horizon, rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::nbd::Nbd;
    use crate::engine::statistics::PurchaseStatistics;

    #[test]
    fn a_cut_last_period_keeps_its_middle() {
        // Rate ln 4 a period: 4^(−½) = ½, ⅛, 1/32. Two of 10 and a half of one.
        let rate = libm::log(4.0) / 10.0;
        let ends: Vec<(f64, f64)> = period_ends(rate, 10.0, 25.0).collect();
        for ((end, weight), (end_expected, expected)) in ends.into_iter().zip([
            (10.0, 0.5 - 0.125),
            (20.0, 0.125 - 0.03125),
            (25.0, 0.03125),
        ]) {
            assert_eq!(end, end_expected);
            assert!(
                (weight - expected).abs() < 1e-15,
                "{weight} is not {expected}"
            );
        }
    }

    #[test]
    fn without_a_rate_nothing_is_discounted() {
        let model = Nbd { r: 1.0, alpha: 1.0 };
        let history = PurchaseStatistics::new(3.0, 1.0, 3.0).unwrap();
        let discount = Discount::mid_period(0.0, 4.0).unwrap();
        let found = discounted_purchases_if_alive(&model, &history, 10.0, discount);
        assert_eq!(found, 10.0);
        assert_eq!(period_ends(0.1, 4.0, 0.0).count(), 1);
    }

    #[test]
    fn periods_are_refused_by_their_length() {
        for value in [0.0, -1.0, f64::INFINITY] {
            assert_eq!(
                Discount::mid_period(0.1, value),
                Err(ForecastError::Period { value })
            );
        }
        let seconds = Discount::mid_period(0.1, 1e-6).unwrap();
        assert!(seconds.horizon_checked(1.0).is_err());
        assert_eq!(seconds.horizon_checked(0.05), Ok(0.05));
    }
}
