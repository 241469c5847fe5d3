//! What a customer is worth: the pure function behind ScoreCustomer.
//!
//! Amounts are exact. An estimate becomes micro-units once, half to even; totals are sums of rounded
//! parts, so parts always add up.
//!
//! - this file: the parts and what they add up to;
//! - `prediction`: what the models expect;
//! - `referees`: what the customers they brought are worth.

mod prediction;
mod referees;
#[cfg(test)]
mod tests;

use super::discount::Discount;
use super::fact::CostKind;
use super::gamma_gamma::GammaGamma;
use super::history::CustomerTotals;
use super::money::Micros;
use super::numeric::special::ln_1p;
use super::policy::{Discounting, Policy};
use super::purchase_model::ForecastError;
use super::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use super::referral::{
    DepthCredit, ReferralForecast, ReferralModel, assumed_cost_of_goods, contribution,
};
use super::statistics::{PurchaseStatistics, SpendStatistics};
use super::time::Day;
pub(super) use prediction::expected_spend;
pub use prediction::{ExpectedCost, Prediction, Spend, predict};
pub use referees::Referees;
use referees::referees_to_come;

/// Version of the arithmetic: it moves whenever the same facts could give other bytes.
pub const ENGINE_VERSION: &str = "3";

/// Days in a week, the unit of time of the models.
pub const DAYS_PER_WEEK: f64 = 7.0;
/// Days in a year, for discounting.
pub const DAYS_PER_YEAR: f64 = 365.0;

/// A part of the lasting value, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValuePart {
    /// What the customer paid, before refunds.
    OwnRevenue,
    /// What was given back.
    Refunds,
    /// What the goods cost.
    CostOfGoods,
    /// The policy's cost of goods where none was recorded.
    AssumedCostOfGoods,
    /// Spent on the customer.
    Cost(CostKind),
    /// What referees contributed.
    ReferralCredit,
    /// What is expected.
    ExpectedContribution,
    /// What serving the customer is expected to cost.
    ExpectedCost,
    /// What referees to come are expected to contribute.
    ExpectedReferral,
}

/// Why a component is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No fact up to the instant.
    NoFacts,
    /// No purchase left after refunds and voids.
    NoPurchase,
    /// Too few facts.
    NotEnoughData,
    /// No model in force.
    NoModel,
    /// The model in force was stored without the uncertainty of its parameters.
    NoUncertainty,
    /// No population snapshot in force.
    NoSnapshot,
    /// Not defined by the policy.
    NotInPolicy,
    /// More rows than one call may read.
    TooLarge,
}

/// A model in force, as a score uses it.
#[derive(Debug)]
pub struct SpendModel {
    /// The model.
    pub model: GammaGamma,
    /// Revenue after refunds of its calibration period.
    pub net_revenue: Micros,
    /// Cost of goods of its calibration period.
    pub cost_of_goods: Micros,
    /// Revenue after refunds whose cost of goods is not known.
    pub net_revenue_without_cost_of_goods: Micros,
}

impl SpendModel {
    /// Share of revenue left after cost of goods in the calibration period, under a policy; `None`
    /// without revenue.
    #[must_use]
    pub fn margin(&self, policy: &Policy) -> Option<f64> {
        if self.net_revenue <= Micros::ZERO {
            return None;
        }
        let assumed = assumed_cost_of_goods(self.net_revenue_without_cost_of_goods, policy);
        let left = self.net_revenue - self.cost_of_goods - assumed;
        Some(left.to_units() / self.net_revenue.to_units())
    }
}

/// The models in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Models<'m> {
    /// The purchase model, prepared for the horizon and the policy's way to discount.
    pub purchase: Option<&'m PurchaseScorer>,
    /// The spend model.
    pub spend: Option<&'m SpendModel>,
}

/// Everything a score is a function of.
#[derive(Debug)]
pub struct ScoreInput<'s> {
    /// What the customer's own facts add up to; `None` without a fact up to the instant.
    pub own: Option<&'s CustomerTotals>,
    /// The customers they brought.
    pub referees: &'s Referees,
    /// The day of the instant, in the tenant's time zone.
    pub as_of_day: Day,
    /// Days to look ahead.
    pub horizon_days: i32,
    /// The parameters.
    pub policy: &'s Policy,
    /// The models in force, prepared for the horizon.
    pub models: Models<'s>,
    /// The referral model in force, prepared likewise; `None` without a purchase model too.
    pub referral: Option<&'s ReferralModel>,
    /// Direct referees the model counts: see [`super::referral::Brought::buyers`].
    pub buyers_brought: i64,
}

/// Recency, frequency, monetary value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfm {
    /// Days since the last purchase day.
    pub recency_days: i32,
    /// Purchase days.
    pub frequency: i64,
    /// Revenue after refunds.
    pub monetary: Micros,
}

/// What a customer is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Parts to date that are not zero, in order; then the expected part.
    pub parts: Vec<(ValuePart, Micros)>,
    /// Customer lifetime value to date.
    pub clv_to_date: Result<Micros, Reason>,
    /// Referral value to date with its depths.
    pub crv_to_date: Result<Micros, Reason>,
    /// Credit by depth.
    pub credits: Vec<DepthCredit>,
    /// What the models expect.
    pub prediction: Result<Prediction, Reason>,
    /// Direct referees to come.
    pub referral: Result<ReferralForecast, Reason>,
    /// Recency, frequency, monetary value.
    pub rfm: Result<Rfm, Reason>,
}

impl Score {
    /// Expected contribution less expected cost to serve, or why there is none.
    ///
    /// # Errors
    ///
    /// The reason why nothing is expected.
    pub fn expected(&self) -> Result<Micros, Reason> {
        Ok(self.prediction?.spend?.expected())
    }

    /// Expected contribution, before that cost.
    ///
    /// # Errors
    ///
    /// The reason why nothing is expected.
    pub fn expected_contribution(&self) -> Result<Micros, Reason> {
        Ok(self.prediction?.spend?.expected_contribution)
    }

    /// Everything expected: of the customer, and as far as there is a referral model of the referees
    /// to come.
    ///
    /// # Errors
    ///
    /// The reason why nothing is expected of the customer.
    pub fn expected_in_all(&self) -> Result<Micros, Reason> {
        let referral = self.referral.map(|forecast| forecast.credit);
        Ok(self.expected()? + referral.unwrap_or(Micros::ZERO))
    }
}

/// Scores a customer.
#[must_use]
pub fn score(input: &ScoreInput<'_>) -> Score {
    let policy = input.policy;
    let own = input.own.ok_or(Reason::NoFacts);
    let credits = input.referees.credits(policy);
    let crv_to_date = input.referees.value(policy);
    let prediction = own.and_then(|own| predict(own, input.as_of_day, input.models, policy));
    let mut parts = own.map(|own| own_parts(own, policy)).unwrap_or_default();
    if let Ok(credit) = crv_to_date {
        parts.push((ValuePart::ReferralCredit, credit));
    }
    parts.retain(|(_, amount)| *amount != Micros::ZERO);
    let mut score = Score {
        parts,
        clv_to_date: own.map(|own| contribution(&own.totals, policy)),
        crv_to_date,
        credits: credits.unwrap_or_default(),
        prediction,
        referral: own.and_then(|own| referees_to_come(own, input)),
        rfm: own.and_then(|own| rfm(own, input.as_of_day)),
    };
    if let Ok(Spend {
        expected_contribution,
        expected_cost,
        ..
    }) = score.prediction.and_then(|prediction| prediction.spend)
    {
        let contribution = (ValuePart::ExpectedContribution, expected_contribution);
        let cost = expected_cost.map(|cost| (ValuePart::ExpectedCost, -cost.amount));
        score
            .parts
            .extend([Some(contribution), cost].into_iter().flatten());
        if let Ok(forecast) = score.referral {
            score
                .parts
                .push((ValuePart::ExpectedReferral, forecast.credit));
        }
    }
    score
}

fn own_parts(own: &CustomerTotals, policy: &Policy) -> Vec<(ValuePart, Micros)> {
    let totals = &own.totals;
    let assumed = assumed_cost_of_goods(totals.revenue_without_cost_of_goods, policy);
    let mut parts = Vec::with_capacity(16);
    parts.push((ValuePart::OwnRevenue, totals.revenue));
    parts.push((ValuePart::Refunds, -totals.refunds));
    parts.push((ValuePart::CostOfGoods, -totals.cost_of_goods));
    parts.push((ValuePart::AssumedCostOfGoods, -assumed));
    for kind in CostKind::ALL {
        parts.push((ValuePart::Cost(kind), -totals.costs[kind.index()]));
    }
    parts
}

fn rfm(own: &CustomerTotals, as_of_day: Day) -> Result<Rfm, Reason> {
    let span = own.purchase_day_span.ok_or(Reason::NoPurchase)?;
    Ok(Rfm {
        recency_days: as_of_day.days_since(span.last),
        frequency: own.purchase_days,
        monetary: own.totals.net_revenue(),
    })
}

/// Continuous weekly rate of an annual effective rate: δ = ln(1 + rate) / (365 / 7).
#[must_use]
pub fn weekly_discount_rate(annual_rate: f64) -> f64 {
    ln_1p(annual_rate) * DAYS_PER_WEEK / DAYS_PER_YEAR
}

/// A purchase model prepared for a horizon and a policy's way to discount.
///
/// # Errors
///
/// [`ForecastError`] when the horizon is negative.
pub fn prepare(
    model: AnyPurchaseModel,
    horizon_days: i32,
    policy: &Policy,
) -> Result<PurchaseScorer, ForecastError> {
    let weeks = |days: i32| f64::from(days) / DAYS_PER_WEEK;
    let rate = weekly_discount_rate(policy.discount_rate);
    let discount = match policy.discounting {
        Discounting::Continuous => Discount::continuous(rate),
        Discounting::MidPeriod { period_days } => Discount::mid_period(rate, weeks(period_days)),
    };
    let scorer = PurchaseScorer::with_discount(model, weeks(horizon_days), discount?)?;
    Ok(scorer.surviving_up_to(DAYS_PER_YEAR / DAYS_PER_WEEK))
}

/// Frequency, recency and age of a customer on a day, in weeks; `None` without a purchase day.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a customer has fewer than 2^53 purchase days"
)]
pub fn purchase_statistics(own: &CustomerTotals, day: Day) -> Option<PurchaseStatistics> {
    let span = own.purchase_day_span?;
    let weeks = |days: i32| f64::from(days) / DAYS_PER_WEEK;
    PurchaseStatistics::new(
        (own.purchase_days - 1) as f64,
        weeks(span.last.days_since(span.first)),
        weeks(day.days_since(span.first)),
    )
    .ok()
}

/// Repeat days and their mean net amount; `None` without a repeat day or without payment on any.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a customer has fewer than 2^53 purchase days"
)]
pub fn spend_statistics(own: &CustomerTotals) -> Option<SpendStatistics> {
    if own.purchase_days < 2 {
        return None;
    }
    let repeats = (own.purchase_days - 1) as f64;
    let spent = own.totals.net_revenue() - own.first_day_net;
    SpendStatistics::new(repeats, spent.to_units() / repeats).ok()
}
