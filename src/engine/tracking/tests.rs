//! Sums over customers one by one, and laws of the plot.

use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::pareto_nbd::ParetoNbd;

const END: Day = Day::from_days(280);

fn models() -> [AnyPurchaseModel; 3] {
    [
        AnyPurchaseModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        AnyPurchaseModel::MbgNbd(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        AnyPurchaseModel::ParetoNbd(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap()),
    ]
}

/// Histories at the end of the calibration period; the last is beyond what scorers tabulate.
fn histories() -> Vec<PurchaseStatistics> {
    [
        (0.0, 0, 280),
        (0.0, 0, 100),
        (2.0, 70, 280),
        (2.0, 210, 280),
        (2.0, 210, 280),
        (7.0, 91, 100),
        (90.0, 270, 280),
    ]
    .into_iter()
    .map(|(repeats, recency, age)| {
        PurchaseStatistics::new(repeats, weeks(recency), weeks(age)).unwrap()
    })
    .collect()
}

/// The cohorts of these histories, and two customers acquired later.
fn cohorts() -> Vec<Cohort> {
    [(0, 5.0), (180, 2.0), (285, 1.0), (300, 1.0)]
        .into_iter()
        .map(|(first, customers)| Cohort {
            first: Day::from_days(first),
            customers,
        })
        .collect()
}

fn tracker(model: AnyPurchaseModel) -> Tracker {
    let known: Vec<_> = histories()
        .into_iter()
        .map(|row| Weighted { row, weight: 1.0 })
        .collect();
    Tracker::new(model, END, &known, cohorts(), END.plus_days(364)).unwrap()
}

fn period(first: i32, last: i32) -> Period {
    Period {
        first: Day::from_days(first),
        last: Day::from_days(last),
    }
}

#[track_caller]
fn close(found: f64, expected: f64) {
    let off = (found - expected).abs();
    assert!(off <= 1e-10 * expected.abs(), "{found} is not {expected}");
}

#[test]
fn a_week_after_the_calibration_is_the_sum_over_customers() {
    for model in models() {
        let found = tracker(model).expected(&[period(295, 301)])[0];
        let known: f64 = histories()
            .iter()
            .map(|history| {
                let within = |days: i32| model.purchases_if_alive(history, weeks(days));
                model.probability_alive(history) * (within(21) - within(14))
            })
            .sum();
        close(found.of_known, known);
        let new = |days: i32| model.purchases_of_new_customer(weeks(days));
        // One is 9 days old before the week; the other comes within it.
        let acquired = new(16) - new(9) + new(1);
        close(found.of_acquired, acquired);
        let of_cohorts = 5.0 * (new(301) - new(294)) + 2.0 * (new(121) - new(114));
        close(found.unconditional, of_cohorts + acquired);
        close(found.total(), known + acquired);
    }
}

#[test]
fn within_the_calibration_everybody_goes_by_age() {
    for model in models() {
        let found = tracker(model).expected(&[period(175, 181)])[0];
        let new = |days: i32| model.purchases_of_new_customer(weeks(days));
        let expected = 5.0 * (new(181) - new(174)) + 2.0 * new(1);
        close(found.of_known, expected);
        close(found.unconditional, expected);
        assert_eq!(found.of_acquired, 0.0);
    }
}

#[test]
fn weeks_add_up_to_the_whole_and_a_straddling_one_to_its_parts() {
    for model in models() {
        let tracker = tracker(model);
        let weekly: Vec<Period> = (0..52)
            .map(|week| period(281 + 7 * week, 287 + 7 * week))
            .collect();
        let by_week: f64 = tracker.expected(&weekly).iter().map(Expected::total).sum();
        let year = tracker.expected(&[period(281, 644)])[0];
        close(by_week, year.total());
        let straddling = tracker.expected(&[period(270, 300)])[0];
        let parts = tracker.expected(&[period(270, 280), period(281, 300)]);
        close(straddling.of_known, parts[0].of_known + parts[1].of_known);
        close(straddling.of_acquired, parts[1].of_acquired);
    }
}

#[test]
fn order_of_customers_moves_no_bit() {
    let model = models()[0];
    let mut turned: Vec<_> = histories()
        .into_iter()
        .map(|row| Weighted { row, weight: 1.0 })
        .collect();
    turned.reverse();
    let other = Tracker::new(model, END, &turned, cohorts(), END.plus_days(364)).unwrap();
    let periods = [period(281, 287), period(288, 294)];
    assert_eq!(tracker(model).expected(&periods), other.expected(&periods));
}

#[test]
fn last_day_before_the_calibration_end_is_refused() {
    let refused = Tracker::new(models()[0], END, &[], Vec::new(), END.plus_days(-7));
    assert_eq!(refused.unwrap_err(), ForecastError::Horizon { value: -1.0 });
}
