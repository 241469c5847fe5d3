//! Parts of a value, with words on how each came about.

use crate::app::score_customer::Scored;
use crate::engine::fact::CostKind;
use crate::engine::history::CustomerTotals;
use crate::engine::money::Currency;
use crate::engine::score::{Prediction, ValuePart};
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
            "contributed by {} direct and {} indirect referees since they were brought",
            scored.position.direct, scored.position.indirect
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
    }
}
