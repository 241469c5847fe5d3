//! Distributions of the number of purchases: values, laws, and what intervals make of them.

use crate::support::{FUNCTION_TOLERANCE, check, oracle};
use customer_value::engine::bg_bb::BgBb;
use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::interval::PurchaseIntervals;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::nbd::Nbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::{ForecastError, PurchaseModel};
use customer_value::engine::sbg::Sbg;
use customer_value::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, StatisticsError,
};
use serde_json::Value;

const VALUES: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/purchase-counts.csv"
));

/// A row of the file, but for its family and parameters.
struct Row<'r> {
    text: &'r str,
    history: [f64; 3],
    horizon: f64,
    count: u32,
    log_if_alive: f64,
    log_new_customer: f64,
}

fn compare<M: PurchaseModel>(
    row: &Row<'_>,
    model: &M,
    history: impl Fn(f64, f64, f64) -> Result<M::Statistics, StatisticsError>,
) {
    let [frequency, recency, age] = row.history;
    let history = history(frequency, recency, age).unwrap();
    let new = model.log_probability_of_count_new_customer(row.horizon, row.count);
    for (name, actual, expected) in [
        (
            "if alive",
            model.log_count_if_alive(&history, row.horizon, row.count),
            row.log_if_alive,
        ),
        ("new customer", new.unwrap(), row.log_new_customer),
    ] {
        // A probability near 1 by its logarithm, one near 0 relatively.
        let error = if actual == expected {
            0.0
        } else {
            (actual - expected).abs() / expected.abs().max(1.0)
        };
        let text = row.text;
        assert!(
            error <= FUNCTION_TOLERANCE,
            "{name}: {actual} against {expected}, {error:e}, {text}"
        );
    }
}

#[test]
fn probabilities_of_counts_match_50_digits_over_the_legal_domain() {
    let mut count = 0;
    for text in VALUES.lines().skip(1) {
        let cells: Vec<&str> = text.split(',').collect();
        let number = |cell: usize| cells[cell].parse::<f64>().unwrap();
        let parameters: Vec<f64> = cells[1..5].iter().flat_map(|cell| cell.parse()).collect();
        let row = Row {
            text,
            history: [number(5), number(6), number(7)],
            horizon: number(8),
            count: cells[9].parse().unwrap(),
            log_if_alive: number(10),
            log_new_customer: number(11),
        };
        let purchases = PurchaseStatistics::new;
        match (cells[0], parameters.as_slice()) {
            ("nbd", &[r, alpha]) => compare(&row, &Nbd::new(r, alpha).unwrap(), purchases),
            ("bg-nbd", &[r, alpha, a, b]) => {
                compare(&row, &BgNbd::new(r, alpha, a, b).unwrap(), purchases);
            }
            ("mbg-nbd", &[r, alpha, a, b]) => {
                compare(&row, &MbgNbd::new(r, alpha, a, b).unwrap(), purchases);
            }
            ("pareto-nbd", &[r, alpha, s, beta]) => {
                compare(&row, &ParetoNbd::new(r, alpha, s, beta).unwrap(), purchases);
            }
            ("bg-bb", &[alpha, beta, gamma, delta]) => {
                let model = BgBb::new(alpha, beta, gamma, delta).unwrap();
                compare(&row, &model, PeriodStatistics::new);
            }
            ("sbg", &[alpha, beta]) => {
                compare(
                    &row,
                    &Sbg::new(alpha, beta).unwrap(),
                    RenewalStatistics::new,
                );
            }
            other => panic!("{other:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 67);
}

#[test]
fn published_probabilities_are_met() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let of_new = |horizon, count| {
        let log = model.log_probability_of_count_new_customer(horizon, count);
        log.unwrap().exp()
    };
    let oracle = oracle();
    let values = &oracle["function_values"]["bgnbd_params_0243_4414_0793_2426"];
    let met = |actual, value: &Value| check(actual, value.as_f64().unwrap(), FUNCTION_TOLERANCE);
    met(of_new(2.0, 10), &values["pmf_t2_x10"]);
    met(of_new(39.0, 0), &values["pmf_t39_x0"]);
    let further = values["pmf_t30_x11_20"].as_array().unwrap();
    assert_eq!(further.len(), 10);
    for (count, value) in (11..).zip(further) {
        met(of_new(30.0, count), value);
    }
}

/// Sums to 1, and has the mean that is expected, of a new customer and of one with a history.
#[track_caller]
fn check_laws<M: PurchaseModel>(model: &M, history: &M::Statistics, horizon: f64) {
    let of_new = |count| model.log_probability_of_count_new_customer(horizon, count);
    let of_known = |count| model.log_probability_of_count(history, horizon, count);
    let expected = [
        model.expected_purchases_new_customer(horizon).unwrap(),
        model.expected_purchases(history, horizon).unwrap(),
    ];
    let (mut total, mut mean) = ([0.0; 2], [0.0; 2]);
    for count in 0..4_000 {
        for (index, log) in [of_new(count), of_known(count)].into_iter().enumerate() {
            let probability = log.unwrap().exp();
            total[index] += probability;
            mean[index] += f64::from(count) * probability;
        }
    }
    for index in 0..2 {
        check(total[index], 1.0, 1e-10);
        check(mean[index], expected[index], 1e-8);
    }
}

#[test]
fn probabilities_add_up_to_1_and_to_the_expected_purchases() {
    let history = PurchaseStatistics::new(2.0, 30.4, 38.9).unwrap();
    for horizon in [0.5, 39.0] {
        check_laws(&Nbd::new(0.385, 12.0).unwrap(), &history, horizon);
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        check_laws(&model, &history, horizon);
        let model = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
        check_laws(&model, &history, horizon);
        let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
        check_laws(&model, &history, horizon);
    }
    let history = PeriodStatistics::new(2.0, 5.0, 6.0).unwrap();
    let model = BgBb::new(1.204, 0.75, 0.657, 2.783).unwrap();
    check_laws(&model, &history, 12.0);
    let active = RenewalStatistics::new(3.0, 3.0, 3.0).unwrap();
    check_laws(&Sbg::new(0.704, 1.182).unwrap(), &active, 12.0);
}

#[test]
fn nothing_is_bought_in_no_time_and_by_whoever_has_left() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let history = PurchaseStatistics::new(2.0, 30.4, 38.9).unwrap();
    let none = model.log_probability_of_count(&history, 0.0, 0).unwrap();
    assert!((-1e-15..=0.0).contains(&none), "{none}");
    let one = model.log_probability_of_count(&history, 0.0, 1);
    assert_eq!(one, Ok(f64::NEG_INFINITY));
    let refused = model.log_probability_of_count(&history, -1.0, 0);
    assert_eq!(refused, Err(ForecastError::Horizon { value: -1.0 }));

    let model = Sbg::new(0.704, 1.182).unwrap();
    let left = RenewalStatistics::new(1.0, 1.0, 3.0).unwrap();
    assert_eq!(model.log_probability_of_count(&left, 5.0, 0), Ok(0.0));
    let one = model.log_probability_of_count(&left, 5.0, 1);
    assert_eq!(one, Ok(f64::NEG_INFINITY));
    let refused = model.log_probability_of_count_new_customer(1.5, 0);
    assert_eq!(refused, Err(ForecastError::HorizonNotWhole { value: 1.5 }));
}

/// With parameters known for sure, the distribution that intervals are made of is this one.
#[test]
fn intervals_are_made_of_the_same_distribution() {
    let sure = [0, 1, 2, 3]
        .map(|row| [0, 1, 2, 3].map(|column| f64::from(u8::from(row == column)) * 1e-24));
    let histories = [(0.0, 0.0, 38.9), (2.0, 30.4, 38.9), (12.0, 17.7, 32.9)]
        .map(|(x, recency, age)| PurchaseStatistics::new(x, recency, age).unwrap());
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let intervals = PurchaseIntervals::direct(model, &sure, 39.0, 0.0).unwrap();
    for history in &histories {
        let distribution = intervals.count(history).unwrap();
        for (count, probability) in (0..).zip(distribution.probabilities()) {
            let log = model.log_probability_of_count(history, 39.0, count);
            assert!((log.unwrap().exp() - probability).abs() < 2e-10, "{count}");
        }
    }
    let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
    let intervals = PurchaseIntervals::direct(model, &sure, 39.0, 0.0).unwrap();
    for history in &histories {
        let distribution = intervals.count(history).unwrap();
        for (count, probability) in (0..).zip(distribution.probabilities()) {
            let log = model.log_probability_of_count(history, 39.0, count);
            assert!((log.unwrap().exp() - probability).abs() < 2e-10, "{count}");
        }
    }
}
