//! What a customer is worth: the pure function behind ScoreCustomer.
//!
//! Amounts are exact. An estimate becomes micro-units once, half to even; totals are sums of rounded
//! parts, so parts always add up.

mod referees;

use super::fact::CostKind;
use super::gamma_gamma::GammaGamma;
use super::history::CustomerTotals;
use super::money::Micros;
use super::numeric::special::ln_1p;
use super::policy::Policy;
use super::purchase_model::ForecastError;
use super::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use super::referral::{
    DepthCredit, ReferralForecast, ReferralModel, assumed_cost_of_goods, contribution,
};
use super::statistics::{PurchaseStatistics, SpendStatistics};
use super::time::Day;
pub use referees::Referees;
use referees::referees_to_come;

/// Version of the arithmetic: it moves whenever the same facts could give other bytes.
pub const ENGINE_VERSION: &str = "2";

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
    /// The purchase model, prepared for the horizon and the policy's discount rate.
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

/// What the models expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Probability of still being a customer.
    pub probability_alive: f64,
    /// Expected purchase days in the horizon.
    pub expected_purchases: f64,
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
    /// Expected contribution, or why there is none.
    ///
    /// # Errors
    ///
    /// The reason why nothing is expected.
    pub fn expected(&self) -> Result<Micros, Reason> {
        self.expected_contribution()
    }

    /// Expected contribution before expected costs, or why there is none.
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
    if let Ok(expected) = score.expected() {
        score
            .parts
            .push((ValuePart::ExpectedContribution, expected));
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

/// A purchase model prepared for a horizon and a policy's discount rate.
///
/// # Errors
///
/// [`ForecastError`] when the horizon is negative.
pub fn prepare(
    model: AnyPurchaseModel,
    horizon_days: i32,
    policy: &Policy,
) -> Result<PurchaseScorer, ForecastError> {
    PurchaseScorer::new(
        model,
        f64::from(horizon_days) / DAYS_PER_WEEK,
        weekly_discount_rate(policy.discount_rate),
    )
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

/// Expected spend on a purchase day, in units, and whether it is the base's mean for want of repeat
/// days that say more.
pub(super) fn expected_spend(
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

/// What purchase and spend model expect of a customer from a day on.
///
/// # Formula
///
/// ```text
/// expected contribution = discounted expected purchases · expected spend · margin
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
    let forecast = models.purchase.ok_or(Reason::NoModel)?.score(&statistics);
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
        })
    });
    Ok(Prediction {
        probability_alive: forecast.probability_alive,
        expected_purchases: forecast.expected_purchases,
        spend,
    })
}
