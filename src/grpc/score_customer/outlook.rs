//! Residual value and intervals of a prediction as the contract writes them.

use super::answer::Writer;
use crate::engine::interval::Interval;
use crate::engine::money::Currency;
use crate::engine::outlook::{LEVEL, MoneyInterval};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;
use crate::grpc::write::money;

/// What a prediction holds beyond its means; nothing where there is none.
#[derive(Default)]
pub(super) struct Outlook {
    pub(super) residual_value: Option<Money>,
    pub(super) expected_purchases: Option<pb::Interval>,
    pub(super) actual_purchases: Option<pb::Interval>,
    pub(super) expected_contribution: Option<pb::MoneyInterval>,
}

impl Writer<'_> {
    /// Without an expected spend, which is told as absent itself, there is no money either.
    pub(super) fn outlook(&mut self, currency: Currency, has_spend: bool) -> Outlook {
        let Some(outlook) = self.scored.outlook else {
            return Outlook::default();
        };
        let expected = self.present(
            "prediction.expected_purchases_interval",
            outlook.expected_purchases,
        );
        let actual = self.present(
            "prediction.actual_purchases_interval",
            outlook.actual_purchases,
        );
        let mut answer = Outlook {
            expected_purchases: expected.map(purchases_interval),
            actual_purchases: actual.map(|found| interval(found, "actual-purchases-predictive")),
            ..Outlook::default()
        };
        if has_spend {
            let residual = self.present("prediction.residual_value", outlook.residual_value);
            answer.residual_value = residual.map(|residual| money(residual, currency));
            let contribution = self.present(
                "prediction.expected_contribution_interval",
                outlook.expected_contribution,
            );
            answer.expected_contribution =
                contribution.map(|found| contribution_interval(found, currency));
        }
        answer
    }
}

/// An interval of expected purchases.
pub(in crate::grpc) fn purchases_interval(found: Interval) -> pb::Interval {
    interval(found, "expected-purchases-lognormal-delta")
}

/// An interval of expected contribution.
pub(in crate::grpc) fn contribution_interval(
    found: MoneyInterval,
    currency: Currency,
) -> pb::MoneyInterval {
    pb::MoneyInterval {
        lower: Some(money(found.lower, currency)),
        upper: Some(money(found.upper, currency)),
        level: LEVEL,
        method: "expected-value-lognormal-delta".to_owned(),
    }
}

fn interval(found: Interval, method: &str) -> pb::Interval {
    pb::Interval {
        lower: found.low,
        upper: found.high,
        level: LEVEL,
        method: method.to_owned(),
    }
}
