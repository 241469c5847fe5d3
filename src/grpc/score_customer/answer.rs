//! A score as the contract writes it.

use super::part::{explanation, value_part};
use crate::app::definitions::InForce;
use crate::app::score_customer::Scored;
use crate::engine::fact::{CostKind, PurchaseKind};
use crate::engine::history::CustomerTotals;
use crate::engine::money::{Currency, Micros, divide_half_even};
use crate::engine::policy::{Discounting, Policy};
use crate::engine::referral::contribution;
use crate::engine::score::{ENGINE_VERSION, Reason, Spend};
use crate::grpc::assignment::assignments;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;
use crate::grpc::unavailable::unavailable;
use crate::grpc::write::{cost_kind, money, purchase_kind, timestamp};

/// Writes a score as the contract has it, noting what is absent and why.
pub(super) struct Writer<'s> {
    pub(super) scored: &'s Scored,
    pub(super) mask: &'s [String],
    pub(super) unavailable: Vec<pb::Unavailable>,
}

impl Writer<'_> {
    pub(super) fn score(mut self, customer_id: String) -> pb::CustomerScore {
        let lasting_value = self
            .wanted("lasting_value")
            .then(|| self.lasting_value())
            .flatten();
        let clv = self.wanted("clv").then(|| self.clv()).flatten();
        let crv = self.wanted("crv").then(|| self.crv()).flatten();
        let history = self.wanted("history").then(|| self.history()).flatten();
        let prediction = (self.wanted("prediction") || self.wanted("explanation"))
            .then(|| self.prediction())
            .flatten();
        let referral = self.wanted("referral").then(|| self.referral()).flatten();
        let rfm = self.wanted("rfm").then(|| self.rfm()).flatten();
        let complaints = self
            .wanted("complaints")
            .then(|| self.complaints())
            .flatten();
        let value_comparison = self.comparison();
        pb::CustomerScore {
            customer_id,
            lasting_value,
            clv,
            crv,
            history,
            prediction,
            referral,
            rfm,
            segments: self.segments(),
            complaints,
            value_comparison,
            satisfaction: self.satisfaction(),
            provenance: Some(self.provenance()),
            unavailable: self.unavailable,
        }
    }

    pub(super) fn wanted(&self, component: &str) -> bool {
        super::is_wanted(self.mask, component)
    }

    fn absent<T>(&mut self, component: &str, reason: Reason) -> Option<T> {
        self.unavailable.push(unavailable(component, reason));
        None
    }

    pub(super) fn present<T>(&mut self, component: &str, value: Result<T, Reason>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(reason) => self.absent(component, reason),
        }
    }

    /// The currency and the customer's own sums, without which nothing is worth anything.
    pub(super) fn own(&mut self, component: &str) -> Option<(Currency, &CustomerTotals)> {
        let scored = self.scored;
        match (scored.currency, &scored.own) {
            (Some(currency), Some(own)) => Some((currency, own)),
            // No fact with money: nothing was bought.
            (None, Some(_)) => self.absent(component, Reason::NoPurchase),
            (_, None) => self.absent(component, Reason::NoFacts),
        }
    }

    fn lasting_value(&mut self) -> Option<pb::LastingValue> {
        let (currency, own) = self.own("lasting_value")?;
        let own = own.clone();
        let scored = self.scored;
        let crv = self.present("lasting_value", scored.score.crv_to_date)?;
        let clv = contribution(&own.totals, &scored.policy);
        let expected = self.present("lasting_value.expected", scored.score.expected_in_all());
        let parts = scored
            .score
            .parts
            .iter()
            .map(|(part, amount)| pb::ValuePartAmount {
                part: value_part(*part).into(),
                amount: Some(money(*amount, currency)),
                explanation: explanation(scored, &own, *part, currency),
            })
            .collect();
        let totals = totals(clv + crv, expected, currency);
        Some(pb::LastingValue {
            to_date: totals.to_date,
            expected: totals.expected,
            total: totals.total,
            parts,
        })
    }

    fn clv(&mut self) -> Option<pb::ValueTotals> {
        let (currency, _) = self.own("clv")?;
        let to_date = self.present("clv", self.scored.score.clv_to_date)?;
        let expected = self.present("clv.expected", self.scored.score.expected());
        Some(totals(to_date, expected, currency))
    }

    fn crv(&mut self) -> Option<pb::ValueTotals> {
        let (currency, _) = self.own("crv")?;
        let to_date = self.present("crv", self.scored.score.crv_to_date)?;
        let forecast = self.referral_forecast("crv.expected");
        let expected = forecast.map(|forecast| forecast.credit);
        Some(totals(to_date, expected, currency))
    }

    fn history(&mut self) -> Option<pb::History> {
        let policy = &self.scored.policy;
        let (currency, own) = self.own("history")?;
        let totals = &own.totals;
        let costs = CostKind::ALL
            .into_iter()
            .map(|kind| (kind, totals.costs[kind.index()]))
            .filter(|(_, amount)| *amount != Micros::ZERO)
            .map(|(kind, amount)| pb::CostAmount {
                kind: cost_kind(kind).into(),
                amount: Some(money(amount, currency)),
            })
            .collect();
        let purchase_kinds = PurchaseKind::ALL
            .into_iter()
            .map(|kind| (kind, own.kinds[kind.index()]))
            .filter(|(_, of_kind)| of_kind.purchases != 0 || of_kind.net_revenue != Micros::ZERO)
            .map(|(kind, of_kind)| pb::PurchaseKindTotals {
                kind: purchase_kind(kind).into(),
                purchases: of_kind.purchases,
                revenue: Some(money(of_kind.net_revenue, currency)),
            })
            .collect();
        let mean = (totals.purchases > 0).then(|| {
            Micros(divide_half_even(
                totals.net_revenue().0,
                i128::from(totals.purchases),
            ))
        });
        Some(pb::History {
            purchases: totals.purchases,
            purchase_days: own.purchase_days,
            first_purchase_at: own.purchase_span.map(|span| timestamp(span.first)),
            last_purchase_at: own.purchase_span.map(|span| timestamp(span.last)),
            revenue: Some(money(totals.revenue, currency)),
            refunds: Some(money(totals.refunds, currency)),
            costs,
            contribution: Some(money(contribution(totals, policy), currency)),
            revenue_without_cost_of_goods: Some(money(
                totals.revenue_without_cost_of_goods,
                currency,
            )),
            mean_purchase: mean.map(|mean| money(mean, currency)),
            mean_days_between_purchases: mean_days_between(own),
            purchase_kinds,
        })
    }

    fn prediction(&mut self) -> Option<pb::Prediction> {
        let (currency, _) = self.own("prediction")?;
        let scored = self.scored;
        let prediction = self.present("prediction", scored.score.prediction)?;
        let spend: Option<Spend> =
            self.present("prediction.expected_spend_per_purchase", prediction.spend);
        let name = |model: &Option<InForce>| {
            model
                .as_ref()
                .map(|model| model.name.clone())
                .unwrap_or_default()
        };
        let outlook = self.outlook(currency, spend.is_some());
        let (discounting, discounting_period_days) = discounting(&scored.policy);
        Some(pb::Prediction {
            residual_value: outlook.residual_value,
            expected_purchases_interval: outlook.expected_purchases,
            actual_purchases_interval: outlook.actual_purchases,
            expected_contribution_interval: outlook.expected_contribution,
            probability_alive: prediction.probability_alive,
            expected_purchases: prediction.expected_purchases,
            expected_spend_per_purchase: spend.map(|spend| money(spend.expected_spend, currency)),
            spend_is_population_mean: spend.is_some_and(|spend| spend.is_population_mean),
            expected_contribution: spend.map(|spend| money(spend.expected_contribution, currency)),
            margin: spend.map(|spend| spend.margin),
            horizon_days: scored.horizon_days,
            discount_rate: scored.policy.discount_rate,
            discounting: discounting.into(),
            discounting_period_days,
            time_unit: "week".to_owned(),
            purchase_model: name(&scored.purchase_model),
            spend_model: name(&scored.spend_model),
            explanation: self.explanation(currency),
        })
    }

    fn segments(&mut self) -> Vec<pb::SegmentAssignment> {
        let scored = self.scored;
        let (given, absent) = assignments(&scored.segments, scored.currency, "segments.");
        self.unavailable.extend(absent);
        given
    }

    fn provenance(&self) -> pb::Provenance {
        let snapshots = self.scored.snapshots.clone();
        pb::Provenance {
            engine_version: ENGINE_VERSION.to_owned(),
            policy_version: self.scored.policy.version.to_string(),
            model_versions: self
                .scored
                .models_used()
                .map(|model| model.name.clone())
                .collect(),
            snapshot_id: snapshots.snapshot.unwrap_or_default(),
            rfm_snapshot_id: snapshots.rfm.unwrap_or_default(),
            as_of: Some(timestamp(self.scored.as_of)),
            known_at: Some(timestamp(self.scored.known_at)),
        }
    }
}

fn discounting(policy: &Policy) -> (pb::Discounting, Option<i32>) {
    match policy.discounting {
        Discounting::Continuous => (pb::Discounting::Continuous, None),
        Discounting::MidPeriod { period_days } => (pb::Discounting::MidPeriod, Some(period_days)),
    }
}

fn totals(to_date: Micros, expected: Option<Micros>, currency: Currency) -> pb::ValueTotals {
    let write = |amount: Micros| -> Option<Money> { Some(money(amount, currency)) };
    pb::ValueTotals {
        to_date: write(to_date),
        expected: expected.and_then(write),
        total: expected.and_then(|expected| write(to_date + expected)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a customer has fewer than 2^53 purchase days"
)]
fn mean_days_between(own: &CustomerTotals) -> Option<f64> {
    let span = own.purchase_day_span.filter(|_| own.purchase_days > 1)?;
    Some(f64::from(span.last.days_since(span.first)) / (own.purchase_days - 1) as f64)
}
