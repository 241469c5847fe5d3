//! What is prepared against the functions of the models themselves.

use super::*;
use crate::engine::numeric::special::exp;

const HORIZON: f64 = 52.0;

fn histories() -> Vec<PurchaseStatistics> {
    [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 38.9),
        (2.0, 30.4, 38.9),
        (12.0, 17.7, 32.9),
        (64.0, 100.0, 100.0),
        (900.0, 80.0, 400.0),
    ]
    .into_iter()
    .map(|(x, t_x, age)| PurchaseStatistics::new(x, t_x, age).unwrap())
    .collect()
}

fn matches<M>(model: M, any: fn(M) -> AnyPurchaseModel)
where
    M: PurchaseModel<Statistics = PurchaseStatistics> + Copy,
{
    for rate in [0.0, 0.0019] {
        let scorer = PurchaseScorer::new(any(model), HORIZON, rate).unwrap();
        for row in histories() {
            let scored = scorer.score(&row);
            let discounted = model.discounted_expected_purchases(&row, HORIZON, rate);
            for (found, expected) in [
                (scored.probability_alive, model.probability_alive(&row)),
                (
                    scored.expected_purchases,
                    model.expected_purchases(&row, HORIZON).unwrap(),
                ),
                (scored.discounted_expected_purchases, discounted.unwrap()),
            ] {
                let off = (found - expected).abs();
                assert!(
                    off <= 1e-11 * expected,
                    "{found} is not {expected}: {row:?}"
                );
            }
        }
    }
}

#[test]
fn prepared_models_foretell_what_the_models_do() {
    matches(
        BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
        AnyPurchaseModel::BgNbd,
    );
    matches(
        MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap(),
        AnyPurchaseModel::MbgNbd,
    );
    matches(
        ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap(),
        AnyPurchaseModel::ParetoNbd,
    );
}

#[test]
fn horizon_and_rate_are_refused_in_every_family() {
    for model in [
        AnyPurchaseModel::BgNbd(BgNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
        AnyPurchaseModel::MbgNbd(MbgNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
        AnyPurchaseModel::ParetoNbd(ParetoNbd::new(1.0, 1.0, 1.0, 1.0).unwrap()),
    ] {
        assert_eq!(
            PurchaseScorer::new(model, -1.0, 0.1),
            Err(ForecastError::Horizon { value: -1.0 })
        );
        assert_eq!(
            PurchaseScorer::new(model, 1.0, -1.0),
            Err(ForecastError::DiscountRate { value: -1.0 })
        );
    }
}

/// Histories by the number of tabulated and of other frequencies, and a horizon that periods cut.
fn check_discount<M>(model: M, any: fn(M) -> AnyPurchaseModel, discount: Discount)
where
    M: TimeAlive<Statistics = PurchaseStatistics> + Copy,
{
    let scorer = PurchaseScorer::with_discount(any(model), HORIZON, discount).unwrap();
    for row in histories() {
        let alive = model.probability_alive(&row);
        let purchases = discounted_purchases_if_alive(&model, &row, HORIZON, discount);
        let time = discounted_time_if_alive(&model, &row, HORIZON, discount);
        for (found, expected) in [
            (
                scorer.score(&row).discounted_expected_purchases,
                alive * purchases,
            ),
            (
                alive * scorer.discounted_purchases_if_alive(&row),
                alive * purchases,
            ),
            (scorer.discounted_time_alive(&row), alive * time),
        ] {
            let off = (found - expected).abs();
            assert!(
                off <= 1e-11 * expected,
                "{found} is not {expected}: {row:?}"
            );
        }
        for after in [0.0, 20.0, HORIZON, 2.0 * HORIZON] {
            let expected = model.survival(&row, after).unwrap();
            let off = (scorer.survival(&row, after) - expected).abs();
            assert!(off <= 1e-11, "{expected} after {after}: {row:?}");
        }
    }
}

#[test]
fn every_way_to_discount_is_prepared_for_every_family() {
    for discount in [
        Discount::continuous(0.0),
        Discount::continuous(0.0019),
        Discount::mid_period(0.0, 7.0),
        Discount::mid_period(0.0019, 30.0 / 7.0),
        Discount::mid_period(0.3, 1.0 / 7.0),
        Discount::mid_period(0.0019, 520.0),
    ] {
        let discount = discount.unwrap();
        let bg_nbd = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        check_discount(bg_nbd, AnyPurchaseModel::BgNbd, discount);
        let hasty = BgNbd::new(14.0, 0.9, 40.0, 0.3).unwrap();
        check_discount(hasty, AnyPurchaseModel::BgNbd, discount);
        let mbg_nbd = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
        check_discount(mbg_nbd, AnyPurchaseModel::MbgNbd, discount);
        let pareto_nbd = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
        check_discount(pareto_nbd, AnyPurchaseModel::ParetoNbd, discount);
    }
}

#[test]
fn mid_periods_equal_the_sum_over_them_and_tend_to_continuous_discounting() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let customer = PurchaseStatistics::new(2.0, 30.4, 38.9).unwrap();
    let rate = 0.05;
    let by_periods = |period| {
        let discount = Discount::mid_period(rate, period).unwrap();
        let any = AnyPurchaseModel::BgNbd(model);
        let scorer = PurchaseScorer::with_discount(any, HORIZON, discount).unwrap();
        scorer.score(&customer).discounted_expected_purchases
    };
    // 52 weeks by twenty: 20, 20 and 12, whose middles are 10, 30 and 50.
    let until = |time| model.expected_purchases(&customer, time).unwrap();
    let by_hand = until(20.0) * exp(-rate * 10.0)
        + (until(40.0) - until(20.0)) * exp(-rate * 30.0)
        + (until(52.0) - until(40.0)) * exp(-rate * 50.0);
    assert!((by_periods(20.0) - by_hand).abs() < 1e-13 * by_hand);
    // The error of the middle falls with the square of the period.
    let continuous = model.discounted_expected_purchases(&customer, HORIZON, rate);
    let continuous = continuous.unwrap();
    let errors = [4.0, 2.0, 1.0].map(|period| (by_periods(period) - continuous).abs());
    assert!(errors[0] < 0.01 * continuous, "{errors:?}");
    for pair in errors.windows(2) {
        let ratio = pair[0] / pair[1];
        assert!((3.8..4.2).contains(&ratio), "{errors:?}");
    }
}
