//! Hardie's published likelihoods, limits that can be checked by hand, and laws.

#![expect(
    clippy::disallowed_methods,
    reason = "tests draw from ranges, not from bits"
)]

use super::*;
use crate::engine::purchase_model::ForecastError;
use proptest::prelude::*;

/// Digits to which the slow functions agree with closed forms; rounding alone leaves 1e-13.
const TOLERANCE_RELATIVE: f64 = 1e-12;

#[track_caller]
fn check(actual: f64, expected: f64) {
    let error = ((actual - expected) / expected).abs();
    assert!(
        error < TOLERANCE_RELATIVE,
        "{actual} against {expected}: {error:e}"
    );
}

fn history(frequency: f64, recency: f64, age: f64) -> PurchaseStatistics {
    PurchaseStatistics::new(frequency, recency, age).unwrap()
}

#[test]
fn parameters_are_refused_by_name() {
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = BgNbd::new(1.0, value, 1.0, 1.0).unwrap_err();
        let ParameterError::NotPositive { name, .. } = error;
        assert_eq!(name, "alpha");
    }
}

#[test]
fn arguments_are_refused_by_kind() {
    let model = BgNbd::new(0.25, 4.0, 0.8, 2.5).unwrap();
    let customer = history(0.0, 0.0, 1.0);
    assert_eq!(
        model.expected_purchases(&customer, -1.0),
        Err(ForecastError::Horizon { value: -1.0 })
    );
    assert_eq!(
        model.discounted_expected_purchases(&customer, 1.0, f64::INFINITY),
        Err(ForecastError::DiscountRate {
            value: f64::INFINITY
        })
    );
    assert_eq!(
        model.residual_purchases(&customer, 0.0),
        Err(ForecastError::ResidualWithoutDiscount { value: 0.0 })
    );
    assert_eq!(
        BgNbdScorer::new(model, f64::INFINITY, 0.0),
        Err(ForecastError::Horizon {
            value: f64::INFINITY
        })
    );
}

#[test]
fn uniform_dropout_and_geometric_rate_have_a_closed_form() {
    // r = 1, x = 0, p ~ Beta(1, 1): (1 − 1/(1 + pu))/p = u/(1 + pu), whose mean is ln(1 + u).
    let model = BgNbd::new(1.0, 4.0, 1.0, 1.0).unwrap();
    for horizon in [1e-9, 1.0, 39.0, 1e5, 1e12] {
        let expected = ln_1p(horizon / 4.0);
        check(
            model.expected_purchases_new_customer(horizon).unwrap(),
            expected,
        );
    }
}

#[test]
fn dropout_nearly_never_leaves_the_gamma_poisson_rate() {
    // p → 0: E = (r + x)/(α + T)·t
    let model = BgNbd::new(0.5, 5.0, 1e-3, 1e9).unwrap();
    let expected = model
        .expected_purchases(&history(3.0, 20.0, 30.0), 26.0)
        .unwrap();
    let linear = 3.5 / 35.0 * 26.0;
    assert!((expected / linear - 1.0).abs() < 1e-9);
}

#[test]
fn no_horizon_expects_nothing() {
    let model = BgNbd::new(0.5, 5.0, 1.0, 2.0).unwrap();
    let customer = history(3.0, 20.0, 30.0);
    assert_eq!(model.expected_purchases(&customer, 0.0), Ok(0.0));
    assert_eq!(
        model.discounted_expected_purchases(&customer, 0.0, 0.1),
        Ok(0.0)
    );
    let forecast = BgNbdScorer::new(model, 0.0, 0.1).unwrap().score(&customer);
    assert_eq!(forecast.expected_purchases, 0.0);
    assert_eq!(forecast.discounted_expected_purchases, 0.0);
}

#[test]
fn residual_is_the_limit_of_long_horizons() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let customer = history(2.0, 30.43, 38.86);
    let long = model.discounted_expected_purchases(&customer, 40.0 / 0.0027, 0.0027);
    check(
        long.unwrap(),
        model.residual_purchases(&customer, 0.0027).unwrap(),
    );
}

#[test]
fn probability_alive_underflows_to_zero() {
    let model = BgNbd::new(0.1, 1.0, 0.4, 0.8).unwrap();
    let lapsed = history(5000.0, 1.0, 900.0);
    assert_eq!(model.probability_alive(&lapsed), 0.0);
    assert_eq!(model.expected_purchases(&lapsed, 52.0), Ok(0.0));
    assert!(model.log_likelihood(&lapsed).is_finite());
}

#[test]
fn order_of_customers_does_not_change_bits() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let customers = [
        history(2.0, 30.0, 38.0),
        history(90.0, 30.0, 38.0),
        history(0.0, 0.0, 5.0),
    ];
    let scorer = BgNbdScorer::new(model, 39.0, 0.0027).unwrap();
    let forward = customers.map(|customer| scorer.score(&customer));
    let again = BgNbdScorer::new(model, 39.0, 0.0027).unwrap();
    for index in [2, 1, 0, 1] {
        assert_eq!(again.score(&customers[index]), forward[index]);
    }
}

fn is_shareable<T: Send + Sync>(_: &T) {}

#[test]
fn scorer_can_be_shared_between_threads() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    is_shareable(&BgNbdScorer::new(model, 39.0, 0.0).unwrap());
}

fn models() -> impl Strategy<Value = BgNbd> {
    let log = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    (
        log(0.02, 20.0),
        log(0.2, 100.0),
        log(0.02, 50.0),
        log(0.05, 500.0),
    )
        .prop_map(|(r, alpha, a, b)| BgNbd { r, alpha, a, b })
}

fn histories() -> impl Strategy<Value = PurchaseStatistics> {
    (0_u32..90, 0.01..=1.0_f64, 0.1..600.0_f64).prop_map(|(frequency, share, age)| {
        let recency = if frequency == 0 { 0.0 } else { share * age };
        history(f64::from(frequency), recency, age)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn probability_lies_between_0_and_1(model in models(), customer in histories()) {
        let probability = model.probability_alive(&customer);
        prop_assert!((0.0..=1.0).contains(&probability));
        prop_assert!(model.log_likelihood(&customer).is_finite());
    }

    #[test]
    fn later_last_purchase_never_lowers_probability(
        model in models(), customer in histories(), share in 0.0..1.0_f64,
    ) {
        prop_assume!(0.0 < customer.frequency());
        let gap = customer.age() - customer.recency();
        let recency = (customer.recency() + share * gap).min(customer.age());
        let later = history(customer.frequency(), recency, customer.age());
        let difference = model.probability_alive(&later) - model.probability_alive(&customer);
        prop_assert!(-1e-14 <= difference);
    }

    #[test]
    fn longer_horizon_never_lowers_expectation(
        model in models(), customer in histories(), horizon in 0.0..600.0_f64, more in 0.0..600.0_f64,
    ) {
        let short = model.expected_purchases(&customer, horizon).unwrap();
        let long = model.expected_purchases(&customer, horizon + more).unwrap();
        prop_assert!(short <= long * (1.0 + 1e-13));
    }

    #[test]
    fn discounting_only_lowers(model in models(), customer in histories(), rate in 0.0..0.05_f64) {
        let plain = model.expected_purchases(&customer, 104.0).unwrap();
        let discounted = model.discounted_expected_purchases(&customer, 104.0, rate).unwrap();
        prop_assert!(discounted <= plain * (1.0 + 1e-13));
        prop_assert!(plain * (-rate * 104.0).exp() <= discounted * (1.0 + 1e-13));
    }

    #[test]
    fn scorer_equals_the_single_functions(
        model in models(), customer in histories(), horizon in 1.0..520.0_f64, rate in 0.0..0.01_f64,
    ) {
        let forecast = BgNbdScorer::new(model, horizon, rate).unwrap().score(&customer);
        let expected = model.expected_purchases(&customer, horizon).unwrap();
        let discounted = model.discounted_expected_purchases(&customer, horizon, rate).unwrap();
        prop_assert_eq!(forecast.probability_alive, model.probability_alive(&customer));
        prop_assert!((forecast.expected_purchases - expected).abs() <= 1e-11 * expected);
        prop_assert!((forecast.discounted_expected_purchases - discounted).abs() <= 1e-11 * discounted);
    }
}
