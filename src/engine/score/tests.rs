//! What a policy's way to discount and its costs to serve make of a score.

use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::comparison::{formula, formula_value};
use crate::engine::history::Span;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::money::MICROS_PER_UNIT;
use crate::engine::numeric::special::{exp, ln};
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::policy::BUILTIN_1;
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::time_alive::TimeAlive;

const TODAY: Day = Day::from_days(20_000);
const YEAR_WEEKS: f64 = DAYS_PER_YEAR / DAYS_PER_WEEK;

fn units(units: i128) -> Micros {
    Micros(units * MICROS_PER_UNIT)
}

/// Two repeat purchase days of 20, the last 60 days ago, the first so many.
fn customer(age_days: i32) -> CustomerTotals {
    let mut totals = CustomerTotals {
        purchase_days: 3,
        purchase_day_span: Some(Span {
            first: TODAY.plus_days(-age_days),
            last: TODAY.plus_days(-60),
        }),
        first_day_net: units(20),
        ..CustomerTotals::default()
    };
    totals.totals.purchases = 3;
    totals.totals.revenue = units(60);
    totals.totals.costs[CostKind::Acquisition.index()] = units(25);
    totals.totals.costs[CostKind::ToServe.index()] = units(6);
    totals
}

fn spend_model() -> SpendModel {
    SpendModel {
        model: GammaGamma::new(6.25, 3.74, 15.44).unwrap(),
        net_revenue: units(1),
        cost_of_goods: Micros::ZERO,
        net_revenue_without_cost_of_goods: Micros::ZERO,
    }
}

/// A customer's score under a policy and what the formula makes of them.
fn scored(
    model: AnyPurchaseModel,
    own: &CustomerTotals,
    policy: &Policy,
) -> (Score, Result<Micros, Reason>) {
    let purchase = prepare(model, policy.horizon_days, policy).unwrap();
    let spend = spend_model();
    let input = ScoreInput {
        own: Some(own),
        referees: &Referees::Counted(Vec::new()),
        as_of_day: TODAY,
        horizon_days: policy.horizon_days,
        policy,
        models: Models {
            purchase: Some(&purchase),
            spend: Some(&spend),
        },
        referral: None,
        buyers_brought: 0,
    };
    let score = score(&input);
    let formula = formula(&input, &score);
    (score, formula.map(|formula| formula.value))
}

fn with_costs(per_purchase: i128, per_year: i128) -> Policy {
    Policy {
        cost_to_serve_per_purchase: units(per_purchase),
        cost_to_serve_per_year: units(per_year),
        ..BUILTIN_1
    }
}

/// Compares costs with the model's own functions.
fn check_costs<M>(model: M, any: fn(M) -> AnyPurchaseModel)
where
    M: TimeAlive<Statistics = PurchaseStatistics> + Copy,
{
    let own = customer(272);
    let history = purchase_statistics(&own, TODAY).unwrap();
    let rate = ln(1.1) / YEAR_WEEKS;
    let purchases = model.discounted_expected_purchases(&history, YEAR_WEEKS, rate);
    let weeks = model.expected_time_alive(&history, YEAR_WEEKS, rate);
    let (purchases, weeks) = (purchases.unwrap(), weeks.unwrap());
    let (without, _) = scored(any(model), &own, &BUILTIN_1);
    let contribution = without.expected().unwrap();
    let parts = |score: &Score| {
        score
            .parts
            .clone()
            .into_iter()
            .rev()
            .take(2)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        parts(&without)[0],
        (ValuePart::ExpectedContribution, contribution)
    );
    for (per_purchase, per_year) in [(3, 0), (0, 50), (3, 50)] {
        let (with, _) = scored(any(model), &own, &with_costs(per_purchase, per_year));
        let [(cost_part, cost), (contribution_part, same)] = parts(&with)[..] else {
            panic!("{:?}", with.parts);
        };
        assert_eq!(
            (contribution_part, same),
            (ValuePart::ExpectedContribution, contribution)
        );
        assert_eq!(cost_part, ValuePart::ExpectedCost);
        let cost_units = -cost.to_units();
        let expected = purchases * units(per_purchase).to_units()
            + weeks / YEAR_WEEKS * units(per_year).to_units();
        assert!(
            (cost_units - expected).abs() <= 1e-6,
            "{cost_units} is not {expected}"
        );
        assert_eq!(with.expected(), Ok(contribution + cost));
    }
}

#[test]
fn costs_to_serve_follow_purchases_and_time_alive() {
    check_costs(
        BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
        AnyPurchaseModel::BgNbd,
    );
    check_costs(
        MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap(),
        AnyPurchaseModel::MbgNbd,
    );
    check_costs(
        ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap(),
        AnyPurchaseModel::ParetoNbd,
    );
}

#[test]
fn a_policys_periods_discount_contribution_and_costs_alike() {
    let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
    let own = customer(272);
    let history = purchase_statistics(&own, TODAY).unwrap();
    let policy = Policy {
        discounting: Discounting::MidPeriod { period_days: 300 },
        ..with_costs(0, 73)
    };
    let (score, _) = scored(AnyPurchaseModel::ParetoNbd(model), &own, &policy);
    let spend = score.prediction.unwrap().spend.unwrap();
    // Two periods: their middles are 150 and 450 days away, though the year cuts the second short.
    let middle = |days: f64| exp(-ln(1.1) * days / 365.0);
    let by_hand = |until: &dyn Fn(f64) -> f64| {
        let first = until(300.0 / 7.0);
        first * middle(150.0) + (until(YEAR_WEEKS) - first) * middle(450.0)
    };
    let purchases = by_hand(&|weeks| model.expected_purchases(&history, weeks).unwrap());
    let weeks = by_hand(&|weeks| model.expected_time_alive(&history, weeks, 0.0).unwrap());
    let expected = purchases * expected_spend(&spend_model(), &own).unwrap().0;
    let found = spend.expected_contribution.to_units();
    assert!(
        (found - expected).abs() <= 1e-6,
        "{found} is not {expected}"
    );
    let cost = spend.expected_cost.unwrap();
    // 73 a year are 1.4 a week.
    let expected = 1.4 * weeks;
    let found = cost.amount.to_units();
    assert!(
        (found - expected).abs() <= 1e-6,
        "{found} is not {expected}"
    );
}

#[test]
fn the_formula_is_a_geometric_series() {
    let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-12;
    assert!(close(formula_value(3.0, 0.8, 0.1), 8.0));
    assert!(close(formula_value(-3.0, 0.8, 0.1), -8.0));
    assert!(close(formula_value(5.0, 0.0, 0.0), 0.0));
    let sum: f64 = (1..2_000)
        .map(|year| 4.0 * libm::pow(0.9 / 1.05, f64::from(year)))
        .sum();
    assert!(close(formula_value(4.0, 0.9, 0.05), sum));
    assert_eq!(formula_value(4.0, 1.0, 0.0), None);
}

#[test]
fn the_formula_takes_a_years_contribution_and_a_years_survival() {
    let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
    // 60 less 6 to serve, without the 25 for winning them: in less than a year as it is, else by year.
    for (age_days, yearly) in [(272, 54.0), (730, 27.0)] {
        let own = customer(age_days);
        let history = purchase_statistics(&own, TODAY).unwrap();
        let retention = model.survival(&history, YEAR_WEEKS).unwrap();
        let (_, found) = scored(AnyPurchaseModel::ParetoNbd(model), &own, &BUILTIN_1);
        let found = found.unwrap().to_units();
        let expected = yearly * retention / (1.1 - retention);
        assert!(
            (found - expected).abs() <= 1e-6,
            "{found} is not {expected}"
        );
    }
    let nobody = CustomerTotals::default();
    let (_, absent) = scored(AnyPurchaseModel::ParetoNbd(model), &nobody, &BUILTIN_1);
    assert_eq!(absent, Err(Reason::NoPurchase));
}
