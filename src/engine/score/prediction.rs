//! What the models expect of a customer.

use super::{
    DAYS_PER_WEEK, DAYS_PER_YEAR, Models, Reason, SpendModel, purchase_statistics, spend_statistics,
};
use crate::engine::bg_nbd::PurchaseForecast;
use crate::engine::history::CustomerTotals;
use crate::engine::money::Micros;
use crate::engine::policy::Policy;
use crate::engine::purchase_scorer::PurchaseScorer;
use crate::engine::statistics::PurchaseStatistics;
use crate::engine::time::Day;

/// What the models expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Probability of still being a customer.
    pub probability_alive: f64,
    /// Expected purchase days in the horizon.
    pub expected_purchases: f64,
    /// The same, discounted.
    pub discounted_expected_purchases: f64,
    /// Expected spend on a purchase day, and whether it is the population's.
    pub spend: Result<Spend, Reason>,
}

/// What spend model and margin add to a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Expected net spend on a purchase day.
    pub expected_spend: Micros,
    /// The customer's own spend says nothing yet.
    pub is_population_mean: bool,
    /// Share of spend left after cost of goods.
    pub margin: f64,
    /// Expected contribution in the horizon, discounted.
    pub expected_contribution: Micros,
    /// Expected cost to serve in the horizon, where the policy has some.
    pub expected_cost: Option<ExpectedCost>,
}

impl Spend {
    /// Expected contribution less expected cost to serve.
    #[must_use]
    pub fn expected(&self) -> Micros {
        let cost = self.expected_cost.map(|cost| cost.amount);
        self.expected_contribution - cost.unwrap_or_default()
    }
}

/// What serving a customer is expected to cost, and on what that rests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedCost {
    /// The cost, discounted; not negative.
    pub amount: Micros,
    /// Discounted expected purchase days in the horizon.
    pub purchases: f64,
    /// Discounted expected years alive in the horizon; 0 where the policy has no cost a year.
    pub years_alive: f64,
}

/// What purchase and spend model expect of a customer from a day on.
///
/// # Formula
///
/// ```text
/// expected contribution = discounted expected purchases · expected spend · margin
/// expected cost to serve = discounted expected purchases · cost a purchase
///                          + discounted expected years alive · cost a year
/// ```
///
/// # Errors
///
/// [`Reason::NoPurchase`] and [`Reason::NoModel`].
pub fn predict(
    own: &CustomerTotals,
    day: Day,
    models: Models<'_>,
    policy: &Policy,
) -> Result<Prediction, Reason> {
    let statistics = purchase_statistics(own, day).ok_or(Reason::NoPurchase)?;
    let purchase = models.purchase.ok_or(Reason::NoModel)?;
    let forecast = purchase.score(&statistics);
    let spend = models.spend.ok_or(Reason::NoModel).and_then(|spend| {
        let (expected_spend, is_population_mean) = expected_spend(spend, own)?;
        let margin = spend.margin(policy).ok_or(Reason::NotEnoughData)?;
        let contribution = forecast.discounted_expected_purchases * expected_spend * margin;
        let micros = |units: f64| Micros::from_estimate(units).ok_or(Reason::NotEnoughData);
        Ok(Spend {
            expected_spend: micros(expected_spend)?,
            is_population_mean,
            margin,
            expected_contribution: micros(contribution)?,
            expected_cost: expected_cost(purchase, &statistics, &forecast, policy)?,
        })
    });
    Ok(Prediction {
        probability_alive: forecast.probability_alive,
        expected_purchases: forecast.expected_purchases,
        discounted_expected_purchases: forecast.discounted_expected_purchases,
        spend,
    })
}

/// Expected spend on a purchase day, in units, and whether it is the base's mean for want of repeat
/// days that say more.
pub(in crate::engine) fn expected_spend(
    spend: &SpendModel,
    own: &CustomerTotals,
) -> Result<(f64, bool), Reason> {
    let own_spend = spend_statistics(own);
    let expected = match &own_spend {
        Some(statistics) => spend.model.expected_spend(statistics),
        None => spend.model.population_mean(),
    };
    let expected = expected.map_err(|_| Reason::NotEnoughData)?;
    Ok((expected, own_spend.is_none()))
}

/// Expected cost to serve; `None` under a policy without any.
fn expected_cost(
    purchase: &PurchaseScorer,
    statistics: &PurchaseStatistics,
    forecast: &PurchaseForecast,
    policy: &Policy,
) -> Result<Option<ExpectedCost>, Reason> {
    let per_purchase = policy.cost_to_serve_per_purchase;
    let per_year = policy.cost_to_serve_per_year;
    if per_purchase == Micros::ZERO && per_year == Micros::ZERO {
        return Ok(None);
    }
    let purchases = forecast.discounted_expected_purchases;
    let years_alive = if per_year == Micros::ZERO {
        0.0
    } else {
        purchase.discounted_time_alive(statistics) * DAYS_PER_WEEK / DAYS_PER_YEAR
    };
    let units = purchases * per_purchase.to_units() + years_alive * per_year.to_units();
    Ok(Some(ExpectedCost {
        amount: Micros::from_estimate(units).ok_or(Reason::NotEnoughData)?,
        purchases,
        years_alive,
    }))
}
