//! Sums over customers against the customers.

use super::*;
use crate::engine::score::{Models, Referees, Score, ScoreInput, score};

/// The score and the outlook of somebody with so many purchase days who were seen so many days later.
fn scored(
    model: AnyPurchaseModel,
    days: i64,
    later: i32,
    policy: &Policy,
    covariance: Option<&[f64]>,
) -> (Score, Outlook) {
    let (mut own, day) = customer();
    own.purchase_days = days;
    if days == 1 {
        own.purchase_day_span = own.purchase_day_span.map(|span| Span {
            first: span.last,
            ..span
        });
        own.first_day_net = own.totals.revenue;
    }
    let day = day.plus_days(later);
    let scorer = prepare(model, 365, policy).unwrap();
    let spend = spend();
    let input = ScoreInput {
        own: Some(&own),
        referees: &Referees::Counted(Vec::new()),
        as_of_day: day,
        horizon_days: 365,
        policy,
        models: Models {
            purchase: Some(&scorer),
            spend: Some(&spend),
        },
        referral: None,
        buyers_brought: 0,
    };
    let score = score(&input);
    let models = Uncertain {
        purchases: &PurchaseOutlook::new(model, covariance, 365, policy),
        discounted_purchases: score.prediction.unwrap().discounted_expected_purchases,
        spend: Some(&spend),
        spend_intervals: Some(spend_intervals()),
    };
    let outlook = outlook(&own, day, models, policy).unwrap();
    (score, outlook)
}

fn total(customers: &[(Score, Outlook)]) -> PredictionTotals {
    let mut totals = Totals::default();
    for (score, outlook) in customers {
        totals.add(Some(score), Some(outlook));
    }
    assert_eq!(totals.customers(), customers.len() as i64);
    assert_eq!(totals.predicted_customers(), customers.len() as i64);
    totals.predictions().unwrap()
}

fn policies() -> [Policy; 2] {
    let periods = Policy {
        discounting: Discounting::MidPeriod { period_days: 90 },
        ..BUILTIN_1
    };
    [BUILTIN_1, periods]
}

#[test]
fn totals_of_one_customer_are_those_of_the_customer() {
    for policy in policies() {
        for model in models() {
            let (score, outlook) = scored(model, 4, 0, &policy, Some(&COVARIANCE));
            let found = total(&[(score.clone(), outlook)]);
            let prediction = score.prediction.unwrap();
            assert_eq!(found.expected_purchases, prediction.expected_purchases);
            let interval = found.expected_purchases_interval;
            assert_eq!(interval, outlook.expected_purchases);
            let contribution = found.contribution.unwrap();
            let expected = prediction.spend.unwrap().expected_contribution;
            assert_eq!(contribution.expected, expected);
            assert_eq!(contribution.interval, outlook.expected_contribution);
        }
    }
}

#[test]
fn sums_are_those_of_the_expectations_and_their_intervals_hold_them() {
    for policy in policies() {
        for model in models() {
            let customers = [(4, 0), (1, 10), (9, 300), (4, 3_000), (2, 1)];
            let customers = customers
                .map(|(days, later)| scored(model, days, later, &policy, Some(&COVARIANCE)));
            let found = total(&customers);
            let mut purchases = 0.0;
            let mut money = Micros::ZERO;
            let mut width = 0.0;
            for (score, outlook) in &customers {
                let prediction = score.prediction.unwrap();
                purchases += prediction.expected_purchases;
                money += prediction.spend.unwrap().expected_contribution;
                let own = outlook.expected_purchases.unwrap();
                width += own.high - own.low;
            }
            assert_eq!(found.expected_purchases, purchases);
            let interval = found.expected_purchases_interval.unwrap();
            assert!(interval.contains(purchases));
            // What is shared does not average out, nor is it more than all of it at once.
            let shared = interval.high - interval.low;
            assert!(0.3 * width < shared && shared < width);
            let contribution = found.contribution.unwrap();
            assert_eq!(contribution.expected, money);
            let interval = contribution.interval.unwrap();
            assert!(interval.lower < money && money < interval.upper);
            assert_eq!(total(&customers), found, "the same order, the same bits");
            // Twice everybody is twice the sums.
            let twice = total(&[customers.clone(), customers].concat());
            assert_eq!(twice.contribution.unwrap().expected, money + money);
            let high = twice.expected_purchases_interval.unwrap().high;
            let single = found.expected_purchases_interval.unwrap().high;
            assert!((high / single - 2.0).abs() < 1e-12);
        }
    }
}

#[test]
fn what_one_prediction_lacks_the_sum_lacks() {
    let [model, ..] = models();
    let known = scored(model, 4, 0, &BUILTIN_1, Some(&COVARIANCE));
    let unknown = scored(model, 4, 0, &BUILTIN_1, None);
    for customers in [
        [known.clone(), unknown.clone(), known.clone()],
        [unknown, known.clone(), known.clone()],
    ] {
        let found = total(&customers);
        let without = Err(Reason::NoUncertainty);
        assert_eq!(found.expected_purchases_interval, without);
        let contribution = found.contribution.unwrap();
        assert_eq!(contribution.interval, Err(Reason::NoUncertainty));
        assert!(Micros::ZERO < contribution.expected);
    }
    // Who is not known, or has no prediction, is counted and adds nothing.
    let mut totals = Totals::default();
    totals.add(None, None);
    let mut nothing_bought = known.0.clone();
    nothing_bought.prediction = Err(Reason::NoPurchase);
    totals.add(Some(&nothing_bought), None);
    assert_eq!(totals.predictions(), None);
    totals.add(Some(&known.0), Some(&known.1));
    assert_eq!((totals.customers(), totals.predicted_customers()), (3, 1));
    assert_eq!(totals.predictions(), Some(total(&[known])));
}

#[test]
fn no_sum_is_beyond_all_numbers() {
    let [model, ..] = models();
    let (mut score, outlook) = scored(model, 4, 0, &BUILTIN_1, Some(&COVARIANCE));
    let mut prediction = score.prediction.unwrap();
    let mut spend = prediction.spend.unwrap();
    spend.expected_contribution = Micros(i128::MAX / 2);
    prediction.spend = Ok(spend);
    score.prediction = Ok(prediction);
    let three = [
        (score.clone(), outlook),
        (score.clone(), outlook),
        (score, outlook),
    ];
    let found = total(&three);
    assert_eq!(found.contribution, Err(Reason::NotEnoughData));
    assert!(found.expected_purchases_interval.is_ok());
}
