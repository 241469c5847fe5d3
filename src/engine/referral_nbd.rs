//! Referral NBD: how many customers a customer goes on to bring.
//!
//! From the first purchase on a customer brings others at a rate λ, for ever; over the base λ is gamma
//! distributed (shape r, rate α). It is the NBD model with referees in place of purchases, so that its
//! likelihood and its fit are those of [`Nbd`]. What somebody will bring is told by what they have
//! brought as far as that goes, and by what others bring for the rest.
//!
//! # What counts
//!
//! - A referee counts who is direct (the elected edge names the customer as referrer), who was brought
//!   on the customer's first purchase day or later, and who has a purchase left on the day of being
//!   brought or later. Somebody who was named and never bought is nobody a future referee's first
//!   purchase could stand for.
//! - Exposure is the time from the customer's first purchase day on, as the age of a purchase model.
//!   Who bought nothing yet has none, and no expectation.

use super::nbd::Nbd;
use super::parameter::ParameterError;
use super::statistics::PurchaseStatistics;

/// Parameters of the referral NBD model.
///
/// # Source
///
/// Ours, after Ehrenberg (1959), "The Pattern of Consumer Purchases", Applied Statistics 8(1), 26–41:
/// counts of a Poisson process whose rate is gamma distributed over the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferralNbd {
    /// r: shape of the rates of bringing others, dimensionless, above 0.
    pub r: f64,
    /// α: rate of the rates of bringing others, in time, above 0.
    pub alpha: f64,
}

impl ReferralNbd {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(r: f64, alpha: f64) -> Result<Self, ParameterError> {
        let Nbd { r, alpha } = Nbd::new(r, alpha)?;
        Ok(Self { r, alpha })
    }

    /// Expected referees in a unit of time, of a customer who brought so many in the exposure.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[λ | n, T] = (r + n)/(α + T) = w·n/T + (1 − w)·r/α,   w = T/(α + T)
    /// ```
    ///
    /// # Units
    ///
    /// - `referees` (n): referees who count, whole, `0 ≤ n`
    /// - `exposure` (T): time, `0 ≤ T < ∞`
    /// - returns: referees in a unit of time; between the base's rate r/α and the customer's own n/T
    ///
    /// # Source
    ///
    /// The mean of λ's posterior, gamma (r + n, α + T), as [`Nbd::expected_rate`].
    ///
    /// # Examples
    ///
    /// ```
    /// use customer_value::engine::referral_nbd::ReferralNbd;
    ///
    /// let model = ReferralNbd { r: 0.5, alpha: 60.0 };
    /// assert_eq!(model.expected_rate(2.0, 40.0), 0.025); // (0.5 + 2)/(60 + 40)
    /// ```
    #[must_use]
    pub fn expected_rate(&self, referees: f64, exposure: f64) -> f64 {
        (self.r + referees) / (self.alpha + exposure)
    }
}

/// What the model knows of a customer, as the history of an NBD model whose events are referees; `None`
/// when the exposure is 0, which says nothing about a rate.
///
/// When the last referee came does not matter to the model: recency stands at the end.
///
/// # Units
///
/// - `referees` (n): whole, `0 ≤ n`
/// - `exposure` (T): time, `0 ≤ T < ∞`
#[must_use]
pub fn referral_history(referees: f64, exposure: f64) -> Option<PurchaseStatistics> {
    if exposure <= 0.0 {
        return None;
    }
    let recency = if referees == 0.0 { 0.0 } else { exposure };
    PurchaseStatistics::new(referees, recency, exposure).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exposure_of_no_time_says_nothing() {
        assert_eq!(referral_history(0.0, 0.0), None);
        assert_eq!(referral_history(1.0, 0.0), None);
        let history = referral_history(2.0, 10.0).unwrap();
        assert_eq!((history.frequency(), history.age()), (2.0, 10.0));
        assert!(referral_history(0.0, 10.0).is_some());
    }

    proptest! {
        #[test]
        fn shrinkage_lies_between_the_base_and_the_customer(
            r in 1e-3..1e3_f64,
            alpha in 1e-3..1e4_f64,
            referees in 0..1000_u16,
            exposure in 1e-3..1e4_f64,
            factor in 1.01..10.0_f64,
        ) {
            let model = ReferralNbd::new(r, alpha).unwrap();
            let count = f64::from(referees);
            let rate = model.expected_rate(count, exposure);
            let (base, own) = (r / alpha, count / exposure);
            let slack = 1e-12 * base.max(own);
            prop_assert!(base.min(own) - slack <= rate && rate <= base.max(own) + slack);
            // One more referee raises it; the same number in more time lowers it.
            prop_assert!(rate < model.expected_rate(count + 1.0, exposure));
            prop_assert!(model.expected_rate(count, factor * exposure) < rate);
            // The same rate seen for longer weighs more.
            let nearer = model.expected_rate(count * 10.0, exposure * 10.0);
            prop_assert!((nearer - own).abs() <= (rate - own).abs() + slack);
            let seen_for_ever = model.expected_rate(count * 1e9, exposure * 1e9);
            prop_assert!((seen_for_ever - own).abs() <= 1e-4 * (rate - own).abs() + slack);
        }
    }
}
