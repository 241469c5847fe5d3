//! Distributions against means and variances known otherwise, and what no interval may break.

use super::around::Around;
use super::model::{CountModel, Direct};
use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::numeric::rising::ln_rising;
use crate::engine::numeric::special::{exp, ln_1p, ln_gamma};
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::PurchaseModel as _;
use crate::engine::statistics::{PurchaseStatistics, SpendStatistics};

fn history(frequency: f64, recency: f64, age: f64) -> PurchaseStatistics {
    PurchaseStatistics::new(frequency, recency, age).unwrap()
}

fn histories() -> Vec<PurchaseStatistics> {
    vec![
        history(0.0, 0.0, 0.0),
        history(0.0, 0.0, 30.0),
        history(1.0, 2.0, 30.0),
        history(3.0, 30.0, 30.0),
        history(40.0, 28.0, 30.0),
        history(900.0, 100.0, 100.0),
    ]
}

/// Variances and correlations of an ordinary fit.
const COVARIANCE: [[f64; 4]; 4] = [
    [0.003, 0.003, 0.001, 0.002],
    [0.003, 0.008, 0.002, 0.003],
    [0.001, 0.002, 0.055, 0.060],
    [0.002, 0.003, 0.060, 0.085],
];
const SPEND_COVARIANCE: [[f64; 3]; 3] = [
    [0.036, -0.010, -0.045],
    [-0.010, 0.006, 0.016],
    [-0.045, 0.016, 0.072],
];

fn level() -> Level {
    Level::new(0.9).unwrap()
}

fn bg_nbd() -> PurchaseIntervals<BgNbd, 4> {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    PurchaseIntervals::new(model, &COVARIANCE, 39.0, 0.0018).unwrap()
}

fn gamma_gamma() -> SpendIntervals {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    SpendIntervals::new(model, &SPEND_COVARIANCE).unwrap()
}

#[track_caller]
fn check(actual: f64, expected: f64, tolerance_relative: f64) {
    let error = ((actual - expected) / expected).abs();
    assert!(
        error < tolerance_relative,
        "{actual} against {expected}: {error:e}"
    );
}

/// Σ P(X ≥ n) is the mean, Σ 2(n−1)·P(X ≥ n) is E[X(X−1)]: both have formulas of their own.
#[track_caller]
fn check_moments<M: CountModel<4>>(model: M) {
    for horizon in [0.5, 39.0] {
        for statistics in histories() {
            let forecast = Direct::new(model, horizon, 0.0).unwrap();
            let forecast = forecast.forecast(&statistics);
            let (mut mean, mut pairs, mut before, mut last) = (0.0, 0.0, 0.0, 1.0);
            // P(N ≥ n) is 1 less a sum: what is left of it at the end is rounding.
            let survivors = model.at_least_if_alive(&statistics, horizon);
            for at_least in survivors.take_while(|at_least| 1e-14 < *at_least) {
                assert!(
                    0.0 <= at_least && at_least <= last * (1.0 + 1e-12),
                    "{statistics:?}"
                );
                mean += at_least;
                pairs += 2.0 * before * at_least;
                before += 1.0;
                last = at_least;
            }
            let expected = forecast.expected_purchases / forecast.probability_alive;
            check(mean, expected, 1e-9);
            check(pairs, model.pairs_if_alive(&statistics, horizon), 1e-8);
        }
    }
}

#[test]
fn survivors_have_the_moments_of_the_model() {
    check_moments(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap());
    check_moments(BgNbd::new(0.3, 40.0, 1.0, 0.5).unwrap());
    check_moments(BgNbd::new(3.0, 10.0, 1e-3, 2.0).unwrap());
    check_moments(MbgNbd::new(0.525, 6.18, 0.891, 1.614).unwrap());
    check_moments(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap());
    check_moments(ParetoNbd::new(0.553, 10.578, 1.0, 0.01).unwrap());
    check_moments(ParetoNbd::new(5.0, 0.1, 2.0, 300.0).unwrap());
}

#[test]
fn without_leaving_purchases_are_negative_binomial() {
    let statistics = history(2.0, 10.0, 20.0);
    let (shape, rate, horizon) = (2.5, 25.0, 30.0);
    let log_share = -ln_1p(rate / horizon);
    let probability = |n: f64| {
        exp(ln_rising(shape, n) - ln_gamma(n + 1.0) - shape * ln_1p(horizon / rate) + n * log_share)
    };
    let bg_nbd = BgNbd::new(0.5, 5.0, 1e-13, 1.0).unwrap();
    let pareto_nbd = ParetoNbd::new(0.5, 5.0, 1e-13, 1.0).unwrap();
    let of_bg: Vec<f64> = bg_nbd
        .at_least_if_alive(&statistics, horizon)
        .take(9)
        .collect();
    let of_pareto = pareto_nbd.at_least_if_alive(&statistics, horizon);
    let mut more = 1.0;
    let mut n = 0.0;
    for (of_bg, of_pareto) in of_bg.into_iter().zip(of_pareto) {
        more -= probability(n);
        n += 1.0;
        check(of_bg, more, 1e-11);
        check(of_pareto, more, 1e-11);
    }
}

#[test]
fn probabilities_that_start_at_nothing_come_back() {
    // (A/(A+t))ˢ is below the smallest number: 9,000 purchases, again as long a time.
    let statistics = history(9_000.0, 100.0, 100.0);
    let model = BgNbd::new(0.25, 4.5, 1e-6, 2.5).unwrap();
    let intervals = PurchaseIntervals::new(model, &COVARIANCE, 200.0, 0.0).unwrap();
    let count = intervals.count(&statistics).unwrap();
    let median = count.quantile(0.5);
    assert!((17_000..17_600).contains(&median), "{median}");
}

#[test]
fn more_purchases_than_can_be_counted_are_refused() {
    let model = BgNbd::new(0.25, 4.5, 1e-6, 2.5).unwrap();
    let intervals = PurchaseIntervals::new(model, &COVARIANCE, 1e5, 0.0).unwrap();
    assert_eq!(
        intervals.count(&history(900.0, 100.0, 100.0)),
        Err(IntervalError::TooManyPurchases)
    );
}

#[test]
fn points_have_the_mean_and_covariance_of_the_fit() {
    let fit = [0.243, 4.414, 0.793, 2.426];
    let points = Around::parameters(fit, &COVARIANCE, 2.0).unwrap();
    let logarithms = points.map(|point| {
        std::array::from_fn::<f64, 4, _>(|index| libm::log(point[index] / fit[index]))
    });
    for row in 0..4 {
        let mean: f64 = logarithms.beside().map(|point| point[row]).sum::<f64>() / 8.0;
        assert!(mean.abs() < 1e-15);
        for column in 0..4 {
            let products = logarithms.beside().map(|point| point[row] * point[column]);
            let covariance = products.sum::<f64>() / 8.0;
            assert!((covariance - COVARIANCE[row][column]).abs() < 1e-15);
        }
    }
}

#[test]
fn log_variance_of_a_parameter_is_its_variance() {
    let points = Around::parameters([0.243, 4.414, 0.793, 2.426], &COVARIANCE, 0.5).unwrap();
    for (index, row) in COVARIANCE.iter().enumerate() {
        let parameter = points.map(|point| point[index]);
        check(parameter.log_variance(), row[index], 1e-12);
        let inverse = parameter.map(|value| 1.0 / value);
        check(inverse.log_variance(), row[index], 1e-12);
    }
}

#[test]
fn value_gradient_matches_differences() {
    let spend = SpendStatistics::new(3.0, 20.0).unwrap();
    let purchases = bg_nbd().forecast(&history(3.0, 20.0, 30.0));
    for spend in [None, Some(&spend)] {
        let value = |parameters: [f64; 3]| {
            let [p, q, gamma] = parameters;
            let model = GammaGamma { p, q, gamma };
            let intervals = SpendIntervals::new(model, &SPEND_COVARIANCE).unwrap();
            intervals.value(&purchases, spend).unwrap()
        };
        let fit = [6.25, 3.74, 15.44];
        let gradient = value(fit).spend_gradient;
        for index in 0..3 {
            let at = |step: f64| {
                let mut parameters = fit;
                parameters[index] *= exp(step);
                value(parameters).expected.centre
            };
            check(gradient[index], (at(1e-5) - at(-1e-5)) / 2e-5, 1e-8);
        }
    }
}

#[test]
fn value_distribution_has_the_mean_and_variance_of_the_moments() {
    // Negligible uncertainty, so that only the customer's own is left.
    let tiny = COVARIANCE.map(|row| row.map(|entry| entry * 1e-12));
    let tiny_spend = SPEND_COVARIANCE.map(|row| row.map(|entry| entry * 1e-12));
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let intervals = PurchaseIntervals::new(model, &tiny, 39.0, 0.0018).unwrap();
    let spends = SpendIntervals::new(GammaGamma::new(6.25, 9.0, 15.44).unwrap(), &tiny_spend);
    let spend = SpendStatistics::new(3.0, 20.0).unwrap();
    let statistics = history(3.0, 20.0, 30.0);
    let purchases = intervals.forecast(&statistics);
    let spends = spends.unwrap();
    let value = spends.value(&purchases, Some(&spend)).unwrap();
    let count = intervals.count(&statistics).unwrap();
    let law = spends.distribution(&purchases, &count, Some(&spend));
    // E[Y] = ∫ P(Y > y) dy and E[Y²] = ∫ 2y·P(Y > y) dy, by the midpoint rule.
    let (step, mut mean, mut square, mut y) = (0.5, 0.0, 0.0, 0.25);
    while y < 600.0 {
        let above = 1.0 - law.at_most(y);
        mean += step * above;
        square += step * 2.0 * y * above;
        y += step;
    }
    check(mean, value.expected.centre, 1e-4);
    check(square - mean * mean, value.own_variance, 1e-2);
    for probability in [0.6, 0.95, 0.999] {
        let quantile = law.quantile(probability);
        if 0.0 < quantile {
            check(law.at_most(quantile), probability, 1e-8);
        }
    }
}

#[test]
fn intervals_widen_with_the_level_and_hold_the_estimate() {
    let purchases = bg_nbd().forecast(&history(3.0, 20.0, 30.0));
    let value = gamma_gamma().value(&purchases, None).unwrap();
    let mut last: Option<(Interval, Interval)> = None;
    for coverage in [0.5, 0.8, 0.9, 0.99] {
        let level = Level::new(coverage).unwrap();
        let (of_purchases, of_value) = (purchases.expected(level), value.expected(level));
        assert!(of_purchases.contains(purchases.expected.centre));
        assert!(of_value.contains(value.expected.centre));
        if let Some((purchases, value)) = last {
            assert!(of_purchases.low < purchases.low && purchases.high < of_purchases.high);
            assert!(of_value.low < value.low && value.high < of_value.high);
        }
        last = Some((of_purchases, of_value));
    }
}

#[test]
fn probabilities_of_being_alive_stay_probabilities() {
    let (model, intervals) = (BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(), bg_nbd());
    for statistics in histories() {
        let interval = intervals.probability_alive(&statistics, level());
        assert!(interval.contains(model.probability_alive(&statistics)));
        assert!(0.0 <= interval.low && interval.high <= 1.0, "{interval:?}");
        if statistics.frequency() == 0.0 {
            assert_eq!((interval.low, interval.high), (1.0, 1.0));
        }
    }
}

#[test]
fn an_unlimited_future_has_an_interval() {
    let statistics = history(3.0, 20.0, 30.0);
    let residual = bg_nbd().residual_purchases(&statistics, 0.01).unwrap();
    let interval = residual.lognormal_interval(residual.log_variance(), level());
    let expected = bg_nbd().forecast(&statistics).expected.centre;
    assert!(expected < residual.centre && interval.contains(residual.centre));
    assert!(interval.low < residual.centre && residual.centre < interval.high);
    assert!(matches!(
        bg_nbd().residual_purchases(&statistics, 0.0),
        Err(IntervalError::Forecast(_))
    ));
}

#[test]
fn shared_uncertainty_does_not_average_out() {
    let one = bg_nbd().forecast(&history(3.0, 20.0, 30.0));
    let mut many = one;
    for _ in 1..10_000 {
        many.add(&one);
    }
    let (single, sum) = (one.expected(level()), many.expected(level()));
    check(
        sum.low / many.expected.centre,
        single.low / one.expected.centre,
        1e-9,
    );
    check(
        sum.high / many.expected.centre,
        single.high / one.expected.centre,
        1e-9,
    );
    // The customers' own chance does: what is left is nearly the parameters' alone.
    let actual = many.actual(level());
    check(actual.high - actual.low, sum.high - sum.low, 0.02);
    assert!(sum.high - sum.low < actual.high - actual.low);
}

#[test]
fn sets_that_buy_nothing_have_an_interval() {
    let nothing = PurchaseIntervals::new(
        BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
        &COVARIANCE,
        0.0,
        0.0018,
    )
    .unwrap();
    let statistics = history(1.0, 2.0, 30.0);
    let mut purchases = nothing.forecast(&statistics);
    purchases.add(&nothing.forecast(&history(0.0, 0.0, 3.0)));
    let zero = Interval {
        low: 0.0,
        high: 0.0,
    };
    assert_eq!(purchases.expected(level()), zero);
    assert_eq!(purchases.actual(level()), zero);
    let value = gamma_gamma().value(&purchases, None).unwrap();
    assert_eq!(value.expected(level()), zero);
    assert_eq!(value.actual(level()), Ok(zero));
    let count = nothing.count(&statistics).unwrap();
    assert_eq!(count.interval(level()), zero);
    let law = gamma_gamma().distribution(&purchases, &count, None);
    assert_eq!(law.interval(level()), zero);
}

#[test]
fn a_negative_margin_turns_the_interval_around() {
    let interval = Interval {
        low: 1.0,
        high: 3.0,
    };
    let turned = Interval {
        low: -6.0,
        high: -2.0,
    };
    assert_eq!(interval.scaled(-2.0), turned);
}

#[test]
fn what_does_not_exist_is_refused_with_its_reason() {
    for coverage in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(matches!(
            Level::new(coverage),
            Err(IntervalError::Coverage { .. })
        ));
    }
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let singular = [[1.0; 4]; 4];
    assert!(matches!(
        PurchaseIntervals::new(model, &singular, 39.0, 0.0),
        Err(IntervalError::Covariance)
    ));
    let mut vague = COVARIANCE;
    vague[0][0] = 1e8;
    assert!(matches!(
        PurchaseIntervals::new(model, &vague, 39.0, 0.0),
        Err(IntervalError::ParametersUnbounded)
    ));
    assert!(matches!(
        PurchaseIntervals::new(model, &COVARIANCE, -1.0, 0.0),
        Err(IntervalError::Forecast(_))
    ));
    let heavy = SpendIntervals::new(
        GammaGamma::new(6.25, 1.8, 15.44).unwrap(),
        &SPEND_COVARIANCE,
    );
    let purchases = bg_nbd().forecast(&history(0.0, 0.0, 30.0));
    let value = heavy.unwrap().value(&purchases, None).unwrap();
    assert!(value.expected(level()).high.is_finite());
    assert_eq!(
        value.actual(level()),
        Err(IntervalError::SpendVarianceInfinite)
    );
}
