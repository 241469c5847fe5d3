//! How long customers stay, against values computed with 50 digits, and what theory says of it.

use crate::support::FUNCTION_TOLERANCE;
use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::nbd::Nbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::ForecastError;
use customer_value::engine::statistics::PurchaseStatistics;
use customer_value::engine::time_alive::TimeAlive;
use proptest::prelude::*;

const VALUES: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/time-alive.csv"
));

/// Rounding of functions that agree to 14 digits.
const ROUNDING: f64 = 1e-12;

#[track_caller]
fn close(found: f64, expected: f64, what: &str) {
    let error = ((found - expected) / expected).abs();
    // A survival below the smallest double is 0.
    let is_tiny = expected < 1e-300 && found < 1e-300;
    assert!(
        error <= FUNCTION_TOLERANCE || is_tiny,
        "{found} against {expected}, {error:e}, {what}"
    );
}

fn compare(model: &impl TimeAlive<Statistics = PurchaseStatistics>, numbers: &[f64], row: &str) {
    let &[
        x,
        recency,
        age,
        horizon,
        rate,
        survival,
        time,
        discounted,
        residual,
    ] = numbers
    else {
        panic!("{row}");
    };
    let history = PurchaseStatistics::new(x, recency, age).unwrap();
    close(model.survival_if_alive(&history, horizon), survival, row);
    close(model.time_if_alive(&history, horizon), time, row);
    let of = |horizon| model.discounted_time_if_alive(&history, horizon, rate);
    close(of(horizon), discounted, row);
    close(of(f64::INFINITY), residual, row);
    let alive = model.probability_alive(&history);
    let found = model.expected_time_alive(&history, horizon, rate).unwrap();
    assert!((found - alive * of(horizon)).abs() <= ROUNDING * found);
    let found = model.survival(&history, horizon).unwrap();
    assert!((found - alive * model.survival_if_alive(&history, horizon)).abs() <= ROUNDING);
}

#[test]
fn functions_match_50_digits_over_the_legal_domain() {
    let mut count = 0;
    for row in VALUES.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |cell: &&str| cell.parse::<f64>().ok();
        let parameters: Vec<f64> = cells[1..5].iter().filter_map(number).collect();
        let numbers: Vec<f64> = cells[5..].iter().filter_map(number).collect();
        match (cells[0], parameters.as_slice()) {
            ("nbd", &[r, alpha]) => compare(&Nbd { r, alpha }, &numbers, row),
            ("bg-nbd", &[r, alpha, a, b]) => compare(&BgNbd { r, alpha, a, b }, &numbers, row),
            ("mbg-nbd", &[r, alpha, a, b]) => compare(&MbgNbd { r, alpha, a, b }, &numbers, row),
            ("pareto-nbd", &[r, alpha, s, beta]) => {
                compare(&ParetoNbd { r, alpha, s, beta }, &numbers, row);
            }
            other => panic!("{other:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 94);
}

#[test]
fn arguments_are_refused_with_their_reason() {
    let model = Nbd { r: 1.0, alpha: 1.0 };
    let history = PurchaseStatistics::new(0.0, 0.0, 1.0).unwrap();
    assert_eq!(
        model.expected_time_alive(&history, -1.0, 0.1),
        Err(ForecastError::Horizon { value: -1.0 })
    );
    assert_eq!(
        model.expected_time_alive(&history, 1.0, -0.1),
        Err(ForecastError::DiscountRate { value: -0.1 })
    );
    assert_eq!(
        model.survival(&history, f64::INFINITY),
        Err(ForecastError::Horizon {
            value: f64::INFINITY
        })
    );
}

fn parameter() -> impl Strategy<Value = f64> {
    (1e-3_f64.ln()..1e4_f64.ln()).prop_map(f64::exp)
}

fn check(
    model: &impl TimeAlive<Statistics = PurchaseStatistics>,
    history: &PurchaseStatistics,
    [horizon, longer]: [f64; 2],
    rate: f64,
) -> Result<(), TestCaseError> {
    let alive = model.probability_alive(history);
    let time = |horizon, rate| model.expected_time_alive(history, horizon, rate).unwrap();
    let most = alive * horizon * (1.0 + ROUNDING);
    let (plain, discounted) = (time(horizon, 0.0), time(horizon, rate));
    prop_assert!(
        0.0 <= discounted && discounted <= plain * (1.0 + ROUNDING),
        "{discounted} {plain}"
    );
    prop_assert!(plain <= most, "{plain} {most}");
    // Not below what is lived by those who outlive the horizon.
    let survival = model.survival(history, horizon).unwrap();
    prop_assert!(survival <= alive);
    prop_assert!(survival * horizon <= plain * (1.0 + ROUNDING) + f64::MIN_POSITIVE);
    // A longer horizon holds the shorter, and survival only falls.
    prop_assert!(plain <= time(longer, 0.0) * (1.0 + ROUNDING));
    prop_assert!(discounted <= time(longer, rate) * (1.0 + ROUNDING));
    let later = model.survival(history, longer).unwrap();
    prop_assert!(later <= survival * (1.0 + ROUNDING));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn time_alive_lies_between_0_and_the_horizon_and_grows_with_it(
        (r, alpha, a, b) in (parameter(), parameter(), parameter(), parameter()),
        frequency in prop_oneof![Just(0), 1..10_u32, 10..5000_u32],
        (share, age) in (1e-6..=1.0_f64, 0.01..1e4_f64),
        (horizon, factor, rate) in (0.0..1e3_f64, 1.0..3.0_f64, 1e-5..1.0_f64),
    ) {
        let recency = if frequency == 0 { 0.0 } else { share * age };
        let history = PurchaseStatistics::new(f64::from(frequency), recency, age).unwrap();
        let horizons = [horizon, factor * horizon];
        check(&Nbd { r, alpha }, &history, horizons, rate)?;
        check(&BgNbd { r, alpha, a, b }, &history, horizons, rate)?;
        check(&MbgNbd { r, alpha, a, b }, &history, horizons, rate)?;
        check(&ParetoNbd { r, alpha, s: a, beta: b }, &history, horizons, rate)?;
    }
}
