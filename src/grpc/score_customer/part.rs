//! Parts of a value, with words on how each came about.

use crate::app::score_customer::Scored;
use crate::engine::fact::CostKind;
use crate::engine::history::CustomerTotals;
use crate::engine::money::{Currency, Micros};
use crate::engine::policy::{Policy, ReferralPolicy};
use crate::engine::referral::ReferralForecast;
use crate::engine::score::{ExpectedCost, Prediction, ValuePart};
use crate::grpc::pb::customervalue::v1 as pb;

/// The contract's name of a part.
pub(super) const fn value_part(part: ValuePart) -> pb::ValuePart {
    match part {
        ValuePart::OwnRevenue => pb::ValuePart::OwnRevenue,
        ValuePart::Refunds => pb::ValuePart::Refunds,
        ValuePart::CostOfGoods => pb::ValuePart::CostOfGoods,
        ValuePart::AssumedCostOfGoods => pb::ValuePart::AssumedCostOfGoods,
        ValuePart::Cost(CostKind::Acquisition) => pb::ValuePart::AcquisitionCost,
        ValuePart::Cost(CostKind::ToServe) => pb::ValuePart::ServiceCost,
        ValuePart::Cost(CostKind::Marketing) => pb::ValuePart::MarketingCost,
        ValuePart::Cost(CostKind::Retention) => pb::ValuePart::RetentionCost,
        ValuePart::Cost(CostKind::ReferralReward) => pb::ValuePart::ReferralReward,
        ValuePart::Cost(CostKind::Compensation) => pb::ValuePart::Compensation,
        ValuePart::Cost(CostKind::Rebate) => pb::ValuePart::Rebate,
        ValuePart::ReferralCredit => pb::ValuePart::ReferralCredit,
        ValuePart::ExpectedContribution => pb::ValuePart::ExpectedContribution,
        ValuePart::ExpectedCost => pb::ValuePart::ExpectedCost,
        ValuePart::ExpectedReferral => pb::ValuePart::ExpectedReferral,
    }
}

/// How a part came about, for a person to read.
pub(super) fn explanation(
    scored: &Scored,
    own: &CustomerTotals,
    part: ValuePart,
    currency: Currency,
) -> String {
    match part {
        ValuePart::OwnRevenue => {
            format!(
                "paid by the customer, before refunds; purchases left: {}",
                own.totals.purchases
            )
        }
        ValuePart::Refunds => "given back, up to each purchase's amount".to_owned(),
        ValuePart::CostOfGoods => "cost of goods as recorded, less returned goods".to_owned(),
        ValuePart::AssumedCostOfGoods => {
            "the policy's cost of goods for revenue whose cost was not recorded".to_owned()
        }
        ValuePart::Cost(CostKind::Acquisition) => "spent on winning the customer".to_owned(),
        ValuePart::Cost(CostKind::ToServe) => "spent on serving the customer".to_owned(),
        ValuePart::Cost(CostKind::Marketing) => "spent on marketing to the customer".to_owned(),
        ValuePart::Cost(CostKind::Retention) => "spent on keeping the customer".to_owned(),
        ValuePart::Cost(CostKind::ReferralReward) => "paid as referral rewards".to_owned(),
        ValuePart::Cost(CostKind::Compensation) => "paid as compensation".to_owned(),
        ValuePart::Cost(CostKind::Rebate) => "paid as rebates".to_owned(),
        ValuePart::ReferralCredit => format!(
            "contributed by {} direct and {} indirect referees since they were brought{}",
            scored.position.direct,
            scored.position.indirect,
            credit_terms(&scored.policy.referral, currency)
        ),
        ValuePart::ExpectedContribution => match scored.score.prediction {
            Ok(Prediction {
                expected_purchases,
                spend: Ok(spend),
                ..
            }) => format!(
                "{expected_purchases:.4} purchases expected in {} days x {:.2} {} a purchase x margin {:.2} %, \
                 discounted at {:.2} % a year",
                scored.horizon_days,
                spend.expected_spend.to_units(),
                currency.code(),
                spend.margin * 100.0,
                scored.policy.discount_rate * 100.0,
            ),
            _ => String::new(),
        },
        ValuePart::ExpectedCost => {
            let spend = scored.score.prediction.and_then(|of| of.spend);
            let cost = spend.map(|spend| spend.expected_cost);
            match cost {
                Ok(Some(cost)) => cost_terms(cost, &scored.policy, currency),
                Ok(None) | Err(_) => String::new(),
            }
        }
        ValuePart::ExpectedReferral => match &scored.score.referral {
            Ok(forecast) => expected_referral(forecast, scored, currency),
            Err(_) => String::new(),
        },
    }
}

/// How the credit for referees to come came about.
fn expected_referral(forecast: &ReferralForecast, scored: &Scored, currency: Currency) -> String {
    let ReferralForecast {
        brought,
        expected_referees,
        discounted_purchases,
        ..
    } = forecast;
    let terms = ReferralPolicy {
        // Only direct referees are foreseen: neither depth nor decay matters.
        depth: ReferralPolicy::FULL_TO_16.depth,
        decay_millionths: ReferralPolicy::FULL_TO_16.decay_millionths,
        ..scored.policy.referral.clone()
    };
    format!(
        "{expected_referees:.4} direct referees expected in {} days, after {} in {:.1} weeks, who make \
         {discounted_purchases:.4} purchases in them, discounted at {:.2} % a year, x {:.2} {} a purchase x \
         margin {:.2} %{}",
        scored.horizon_days,
        brought.buyers,
        brought.exposure_weeks,
        scored.policy.discount_rate * 100.0,
        forecast.expected_spend.to_units(),
        currency.code(),
        forecast.margin * 100.0,
        credit_terms(&terms, currency),
    )
}

/// What serving is expected to cost, by what the policy charges for.
fn cost_terms(cost: ExpectedCost, policy: &Policy, currency: Currency) -> String {
    let each = |often: f64, what: &str, each: Micros| {
        let price = format!("{:.2} {}", each.to_units(), currency.code());
        (each != Micros::ZERO).then(|| format!("{often:.4} {what} x {price}"))
    };
    let per_purchase = policy.cost_to_serve_per_purchase;
    let terms = [
        each(cost.purchases, "purchases", per_purchase),
        each(
            cost.years_alive,
            "years of being a customer",
            policy.cost_to_serve_per_year,
        ),
    ];
    let terms: Vec<String> = terms.into_iter().flatten().collect();
    format!("{} to serve, expected and discounted", terms.join(" + "))
}

/// How a policy credits, where it does not credit in full; to be read after what it credits.
fn credit_terms(referral: &ReferralPolicy, currency: Currency) -> String {
    let full = ReferralPolicy::FULL_TO_16;
    let mut terms = Vec::new();
    if referral.depth != full.depth {
        terms.push(format!("credited to depth {}", referral.depth));
    }
    if referral.share_millionths != full.share_millionths {
        let share = percent(referral.share_millionths);
        terms.push(format!("share {share} % of direct referees"));
    }
    if referral.decay_millionths != full.decay_millionths {
        let decay = percent(referral.decay_millionths);
        terms.push(format!("from one depth to the next {decay} % of the share"));
    }
    if referral.came_anyway_millionths != full.came_anyway_millionths {
        terms.push(format!(
            "{} % would have come anyway, which saves {:.2} {} on each who bought",
            percent(referral.came_anyway_millionths),
            referral.acquisition_cost_saved.to_units(),
            currency.code(),
        ));
    }
    terms.into_iter().map(|term| format!("; {term}")).collect()
}

/// Millionths in percent, exactly.
fn percent(millionths: i128) -> String {
    let (whole, rest) = (millionths / 10_000, millionths % 10_000);
    let text = format!("{whole}.{rest:04}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::money::Micros;

    #[test]
    fn a_policy_that_credits_in_full_needs_no_words() {
        let currency = Currency::parse("CNY").unwrap();
        assert_eq!(credit_terms(&ReferralPolicy::FULL_TO_16, currency), "");
        let referral = ReferralPolicy {
            depth: 3,
            share_millionths: 500_000,
            decay_millionths: 333_333,
            came_anyway_millionths: 200_000,
            acquisition_cost_saved: Micros(850_000_000),
        };
        assert_eq!(
            credit_terms(&referral, currency),
            "; credited to depth 3; share 50 % of direct referees; from one depth to the next \
             33.3333 % of the share; 20 % would have come anyway, which saves 850.00 CNY on each who \
             bought"
        );
    }
}
