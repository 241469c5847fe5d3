//! What a customer is expected to bring: future direct referees, by the model in force.

use super::newcomers::Newcomers;
use crate::engine::money::{MICROS_PER_UNIT, Micros};
use crate::engine::policy::Policy;
use crate::engine::referral_nbd::ReferralNbd;
use crate::engine::score::{Reason, SpendModel};

/// A referral model in force, prepared for a horizon, a policy and the purchase model in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferralModel {
    /// At which rate customers bring others.
    pub rates: ReferralNbd,
    /// What those buy, at the rate of one a week.
    pub newcomers: Newcomers,
}

/// What a customer brought so far, as the referral model counts it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brought {
    /// Direct referees brought on the customer's first purchase day or later, who have a purchase left
    /// since they were brought.
    pub buyers: i64,
    /// Weeks from the customer's first purchase day to the day of the instant.
    pub exposure_weeks: f64,
}

/// Direct referees to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferralForecast {
    /// What was brought so far.
    pub brought: Brought,
    /// Expected referees a week.
    pub referees_per_week: f64,
    /// Expected referees in the horizon.
    pub expected_referees: f64,
    /// Purchase days they are expected to bring in it, their first ones included, discounted.
    pub discounted_purchases: f64,
    /// Expected net spend on each: the base's mean.
    pub expected_spend: Micros,
    /// Share of it that is left after cost of goods.
    pub margin: f64,
    /// What is credited for them.
    pub credit: Micros,
}

/// What a customer is expected to be credited for direct referees who come within the horizon.
///
/// # Formula
///
/// ```text
/// λ      = (r + n)/(α + T)
/// credit = λ · share · [(1 − p) · purchases · spend · margin + p · saved · arrivals]
/// ```
///
/// - n, T: buyers brought so far and exposure
/// - purchases, arrivals: [`Newcomers`], for one customer a week
/// - spend, margin: the spend model's mean over the base, and its pooled margin; the first purchase is
///   taken to be like the others
/// - share, p, saved: as in [`super::credit()`], at depth 1. Whom the referees will bring in their turn
///   is not foreseen.
///
/// # Errors
///
/// [`Reason::NotEnoughData`] when the mean spend or the margin does not exist.
///
/// # Source
///
/// Ours: [`ReferralNbd::expected_rate`] times what the models in force expect of a new customer.
pub fn referral_forecast(
    brought: Brought,
    model: &ReferralModel,
    spend: &SpendModel,
    policy: &Policy,
) -> Result<ReferralForecast, Reason> {
    let expected_spend = spend.model.population_mean();
    let expected_spend = expected_spend.map_err(|_| Reason::NotEnoughData)?;
    let margin = spend.margin(policy).ok_or(Reason::NotEnoughData)?;
    let rate = model
        .rates
        .expected_rate(number(brought.buyers), brought.exposure_weeks);
    let newcomers = &model.newcomers;
    let discounted_purchases = rate * newcomers.discounted_purchases;
    let referral = &policy.referral;
    let contributed = discounted_purchases * expected_spend * margin;
    let saved = rate * newcomers.discounted_arrivals * referral.acquisition_cost_saved.to_units();
    let each = share(referral.came_because_millionths()) * contributed
        + share(referral.came_anyway_millionths) * saved;
    let credit = share(referral.share_millionths) * each;
    let micros = |units: f64| Micros::from_estimate(units).ok_or(Reason::NotEnoughData);
    Ok(ReferralForecast {
        brought,
        referees_per_week: rate,
        expected_referees: rate * newcomers.horizon_weeks,
        discounted_purchases,
        expected_spend: micros(expected_spend)?,
        margin,
        credit: micros(credit)?,
    })
}

/// Millionths as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share is at most a million millionths"
)]
fn share(millionths: i128) -> f64 {
    millionths as f64 / MICROS_PER_UNIT as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a customer brings fewer than 2^53 others"
)]
fn number(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gamma_gamma::GammaGamma;
    use crate::engine::policy::{BUILTIN_2, ReferralPolicy};

    fn model() -> ReferralModel {
        ReferralModel {
            rates: ReferralNbd::new(0.5, 60.0).unwrap(),
            newcomers: Newcomers {
                horizon_weeks: 52.0,
                discounted_arrivals: 50.0,
                discounted_purchases: 80.0,
            },
        }
    }

    fn spend(q: f64) -> SpendModel {
        SpendModel {
            // The mean is p·γ/(q − 1).
            model: GammaGamma::new(2.0, q, 15.0).unwrap(),
            net_revenue: Micros(4_000_000),
            cost_of_goods: Micros(1_000_000),
            net_revenue_without_cost_of_goods: Micros::ZERO,
        }
    }

    fn policy(share_millionths: i128, came_anyway_millionths: i128) -> Policy {
        Policy {
            referral: ReferralPolicy {
                share_millionths,
                came_anyway_millionths,
                acquisition_cost_saved: Micros(8_000_000),
                ..ReferralPolicy::FULL_TO_16
            },
            ..BUILTIN_2
        }
    }

    const BROUGHT: Brought = Brought {
        buyers: 2,
        exposure_weeks: 40.0,
    };

    #[test]
    fn credit_to_come_is_checkable_by_hand() {
        let found = referral_forecast(BROUGHT, &model(), &spend(4.0), &BUILTIN_2).unwrap();
        assert_eq!(found.referees_per_week, 0.025);
        assert_eq!(found.expected_referees, 1.3);
        assert_eq!(found.discounted_purchases, 2.0);
        assert_eq!(found.expected_spend, Micros(10_000_000));
        assert_eq!(found.margin, 0.75);
        // 2 purchases of 10 at a margin of 75 %
        assert_eq!(found.credit, Micros(15_000_000));
        // Half of 80 % of it and of 20 % of 8 for each of 0.025 · 50 arrivals
        let found =
            referral_forecast(BROUGHT, &model(), &spend(4.0), &policy(500_000, 200_000)).unwrap();
        assert_eq!(found.credit, Micros(7_000_000));
        // Nobody comes because of the referral: only the cost of winning them is saved.
        let found = referral_forecast(
            BROUGHT,
            &model(),
            &spend(4.0),
            &policy(1_000_000, 1_000_000),
        );
        assert_eq!(found.unwrap().credit, Micros(10_000_000));
    }

    #[test]
    fn a_mean_spend_that_does_not_exist_is_no_number() {
        let found = referral_forecast(BROUGHT, &model(), &spend(0.9), &BUILTIN_2);
        assert_eq!(found, Err(Reason::NotEnoughData));
    }

    #[test]
    fn credit_to_come_grows_with_what_was_brought_and_with_the_share() {
        let credit = |buyers, exposure_weeks, share| {
            let brought = Brought {
                buyers,
                exposure_weeks,
            };
            let policy = policy(share, 100_000);
            let found = referral_forecast(brought, &model(), &spend(4.0), &policy);
            found.unwrap().credit
        };
        assert!(credit(2, 40.0, 500_000) < credit(3, 40.0, 500_000));
        assert!(credit(2, 60.0, 500_000) < credit(2, 40.0, 500_000));
        assert!(credit(2, 40.0, 400_000) < credit(2, 40.0, 500_000));
        assert!(Micros::ZERO < credit(0, 0.0, 1));
    }
}
