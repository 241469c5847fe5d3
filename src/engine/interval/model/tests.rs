//! Tables against forecasts computed one by one.

use crate::engine::bg_nbd::BgNbd;
use crate::engine::interval::model::CountModel;
use crate::engine::interval::{Level, PurchaseIntervals};
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::statistics::PurchaseStatistics;

/// Variances and correlations of an ordinary fit.
const COVARIANCE: [[f64; 4]; 4] = [
    [0.003, 0.003, 0.001, 0.002],
    [0.003, 0.008, 0.002, 0.003],
    [0.001, 0.002, 0.055, 0.060],
    [0.002, 0.003, 0.060, 0.085],
];

fn history(frequency: f64, age: f64) -> PurchaseStatistics {
    PurchaseStatistics::new(frequency, frequency.min(age), age).unwrap()
}

fn histories() -> Vec<PurchaseStatistics> {
    let frequencies = [0.0, 1.0, 7.0, 127.0, 128.0, 3_000.0];
    let of_age = |age| frequencies.map(|frequency| history(frequency, age));
    [0.1, 3.0, 38.9, 5_000.0].map(of_age).concat()
}

/// The worst relative difference between tables and single forecasts.
fn worst<M: CountModel<4>>(model: M, scale: f64, horizon: f64, rate: f64) -> f64 {
    let covariance = COVARIANCE.map(|row| row.map(|entry| scale * entry));
    let prepared = PurchaseIntervals::new(model, &covariance, horizon, rate).unwrap();
    let direct = PurchaseIntervals::direct(model, &covariance, horizon, rate).unwrap();
    let mut worst: f64 = 0.0;
    for statistics in histories() {
        let (one, other) = (prepared.expected(&statistics), direct.expected(&statistics));
        for (one, other) in [
            (one.purchases, other.purchases),
            (one.discounted, other.discounted),
        ] {
            let centres = std::iter::once((one.centre, other.centre));
            let sides = one.beside().copied().zip(other.beside().copied());
            for (one, other) in centres.chain(sides) {
                if one != other {
                    worst = worst.max(((one - other) / other).abs());
                }
            }
        }
    }
    worst
}

/// Up to deviations of 3, a factor of 20, as of a fit to a handful of customers.
const QUESTIONS: [(f64, f64, f64); 5] = [
    (1.0, 52.1, 0.0018),
    (100.0, 52.1, 0.0018),
    (1.0, 0.0, 0.0018),
    (1.0, 521.4, 0.01),
    (1.0, 4.0, 0.0),
];

#[track_caller]
fn check<M: CountModel<4>>(model: M) {
    for (scale, horizon, rate) in QUESTIONS {
        let worst = worst(model, scale, horizon, rate);
        assert!(worst < 1e-10, "{worst:e}: {scale} {horizon} {rate}");
    }
}

#[test]
fn beta_geometric_tables_match_single_forecasts() {
    for (r, alpha, a, b) in [
        (0.243, 4.414, 0.793, 2.426),
        (1e-3, 1.0, 1e-3, 1.0),
        (30.0, 0.05, 40.0, 0.2),
        (5.0, 500.0, 0.02, 300.0),
    ] {
        check(BgNbd::new(r, alpha, a, b).unwrap());
        check(MbgNbd::new(r, alpha, a, b).unwrap());
    }
}

#[test]
fn pareto_nbd_tables_match_single_forecasts() {
    for (r, alpha, s, beta) in [
        (0.553, 10.578, 0.606, 11.669),
        (1e-3, 1.0, 1e-3, 1.0),
        (30.0, 0.05, 40.0, 0.2),
        (5.0, 500.0, 0.02, 300.0),
        (0.3, 900.0, 1.0, 0.01),
        (2.0, 0.01, 3.0, 800.0),
    ] {
        check(ParetoNbd::new(r, alpha, s, beta).unwrap());
    }
}

#[test]
fn numbers_of_purchases_match_those_of_the_distribution() {
    counts_match(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap());
    counts_match(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap());
    counts_match(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap());
    counts_match(ParetoNbd::new(5.0, 500.0, 0.02, 300.0).unwrap());
}

fn counts_match<M: CountModel<4>>(model: M) {
    let prepared = PurchaseIntervals::new(model, &COVARIANCE, 52.1, 0.0018).unwrap();
    let direct = PurchaseIntervals::direct(model, &COVARIANCE, 52.1, 0.0018).unwrap();
    for statistics in histories() {
        let (one, other) = (prepared.count(&statistics), direct.count(&statistics));
        let (one, other) = (one.unwrap(), other.unwrap());
        let both = one.probabilities().zip(other.probabilities());
        for (n, (one, other)) in both.enumerate() {
            assert!(
                (one - other).abs() < 1e-11,
                "{n} {statistics:?}: {one} {other}"
            );
        }
        for coverage in [0.5, 0.9] {
            let level = Level::new(coverage).unwrap();
            let interval = prepared.count_interval(&statistics, level).unwrap();
            assert_eq!(interval, one.interval(level), "{statistics:?}");
            assert_eq!(interval, other.interval(level), "{statistics:?}");
        }
    }
}

#[test]
fn numbers_do_not_depend_on_what_was_asked_before() {
    order_does_not_matter(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap());
    order_does_not_matter(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap());
    order_does_not_matter(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap());
}

fn order_does_not_matter<M: CountModel<4>>(model: M) {
    let new = || PurchaseIntervals::new(model, &COVARIANCE, 52.1, 0.0018).unwrap();
    let of = |asked: &PurchaseIntervals<M, 4>, statistics: &PurchaseStatistics| {
        (asked.expected(statistics), asked.count(statistics))
    };
    let rows = histories();
    let asked = new();
    let forward: Vec<_> = rows.iter().map(|row| of(&asked, row)).collect();
    let asked = new();
    let backward: Vec<_> = rows.iter().rev().map(|row| of(&asked, row)).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    let alone: Vec<_> = rows.iter().map(|row| of(&new(), row)).collect();
    assert_eq!(alone, forward);
}
