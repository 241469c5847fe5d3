//! Residual value against its factors, and what is said where there is none.

mod totals;

use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::history::Span;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::policy::BUILTIN_1;
use crate::engine::score::prepare;
use crate::engine::time::parse_day;

const COVARIANCE: [f64; 16] = [
    0.003, 0.003, 0.001, 0.002, 0.003, 0.008, 0.002, 0.003, 0.001, 0.002, 0.055, 0.060, 0.002,
    0.003, 0.060, 0.085,
];

/// Four purchase days in 20 weeks for 80, 10 of them on the first; seen 30 weeks after it.
fn customer() -> (CustomerTotals, Day) {
    let mut own = CustomerTotals {
        purchase_days: 4,
        purchase_day_span: Some(Span {
            first: parse_day("2020-01-01").unwrap(),
            last: parse_day("2020-05-20").unwrap(),
        }),
        first_day_net: Micros(10_000_000),
        ..CustomerTotals::default()
    };
    own.totals.revenue = Micros(80_000_000);
    (own, parse_day("2020-07-29").unwrap())
}

fn spend() -> SpendModel {
    SpendModel {
        model: GammaGamma::new(6.25, 3.74, 15.44).unwrap(),
        net_revenue: Micros(100),
        cost_of_goods: Micros(60),
        net_revenue_without_cost_of_goods: Micros::ZERO,
    }
}

fn spend_intervals() -> SpendIntervals {
    let covariance = [
        [0.036, -0.010, -0.045],
        [-0.010, 0.006, 0.016],
        [-0.045, 0.016, 0.072],
    ];
    SpendIntervals::new(spend().model, &covariance).unwrap()
}

fn asked(
    model: AnyPurchaseModel,
    covariance: Option<&[f64]>,
    horizon_days: i32,
    policy: &Policy,
) -> Outlook {
    let (own, day) = customer();
    let history = purchase_statistics(&own, day).unwrap();
    let scorer = prepare(model, horizon_days, policy).unwrap();
    let models = Uncertain {
        purchases: &PurchaseOutlook::new(model, covariance, horizon_days, policy),
        discounted_purchases: scorer.score(&history).discounted_expected_purchases,
        spend: Some(&spend()),
        spend_intervals: Some(spend_intervals()),
    };
    outlook(&own, day, models, policy).unwrap()
}

fn models() -> [AnyPurchaseModel; 3] {
    [
        AnyPurchaseModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        AnyPurchaseModel::MbgNbd(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        AnyPurchaseModel::ParetoNbd(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap()),
    ]
}

#[test]
fn residual_value_is_residual_purchases_times_spend_times_margin() {
    let (own, day) = customer();
    let statistics = purchase_statistics(&own, day).unwrap();
    let of_spend = spend_statistics(&own).unwrap();
    let on_each = spend().model.expected_spend(&of_spend).unwrap() * 0.4;
    let rate = weekly_discount_rate(BUILTIN_1.discount_rate);
    for model in models() {
        let purchases = match model {
            AnyPurchaseModel::BgNbd(model) => model.residual_purchases(&statistics, rate),
            AnyPurchaseModel::MbgNbd(model) => model.residual_purchases(&statistics, rate),
            AnyPurchaseModel::ParetoNbd(model) => model.residual_purchases(&statistics, rate),
        };
        let expected = Micros::from_estimate(purchases.unwrap() * on_each).unwrap();
        let found = asked(model, None, 365, &BUILTIN_1).residual_value.unwrap();
        assert!((found.0 - expected.0).abs() <= 1, "{found:?} {expected:?}");
    }
}

#[test]
fn every_horizon_has_intervals() {
    let periods = Policy {
        discounting: Discounting::MidPeriod { period_days: 90 },
        ..BUILTIN_1
    };
    for policy in [BUILTIN_1, periods] {
        for model in models() {
            for horizon_days in [0, 1, 365, 3_650] {
                let found = asked(model, Some(&COVARIANCE), horizon_days, &policy);
                let expected = found.expected_purchases.unwrap();
                let actual = found.actual_purchases.unwrap();
                let money = found.expected_contribution.unwrap();
                assert!(actual.low <= expected.low && expected.high <= actual.high.max(1.0));
                assert!(Micros::ZERO <= money.lower && money.lower <= money.upper);
                assert_eq!(horizon_days == 0, money.upper == Micros::ZERO);
            }
        }
    }
}

#[test]
fn what_is_not_known_is_said_apart() {
    let without_rate = Policy {
        discount_rate: 0.0,
        ..BUILTIN_1
    };
    for model in models() {
        let found = asked(model, Some(&COVARIANCE), 365, &without_rate);
        assert_eq!(found.residual_value, Err(Reason::NotInPolicy));
        assert!(found.expected_contribution.is_ok());
        for covariance in [None, Some(&COVARIANCE[..9])] {
            let found = asked(model, covariance, 365, &BUILTIN_1);
            assert!(found.residual_value.is_ok());
            assert_eq!(found.expected_purchases, Err(Reason::NoUncertainty));
            assert_eq!(found.actual_purchases, Err(Reason::NoUncertainty));
            assert_eq!(found.expected_contribution, Err(Reason::NoUncertainty));
        }
        let singular = asked(model, Some(&[1.0; 16]), 365, &BUILTIN_1);
        assert_eq!(singular.actual_purchases, Err(Reason::NotEnoughData));
    }
}
