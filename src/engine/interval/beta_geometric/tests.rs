//! Tables against forecasts computed one by one.

use crate::engine::bg_nbd::BgNbd;
use crate::engine::interval::PurchaseIntervals;
use crate::engine::interval::model::CountModel;
use crate::engine::mbg_nbd::MbgNbd;
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

#[test]
fn tables_match_single_forecasts() {
    for (r, alpha, a, b) in [
        (0.243, 4.414, 0.793, 2.426),
        (1e-3, 1.0, 1e-3, 1.0),
        (30.0, 0.05, 40.0, 0.2),
        (5.0, 500.0, 0.02, 300.0),
    ] {
        let bg_nbd = BgNbd::new(r, alpha, a, b).unwrap();
        let mbg_nbd = MbgNbd::new(r, alpha, a, b).unwrap();
        // Up to deviations of 3, a factor of 20, as of a fit to a handful of customers.
        for (scale, horizon, rate) in [
            (1.0, 52.1, 0.0018),
            (100.0, 52.1, 0.0018),
            (1.0, 0.0, 0.0018),
            (1.0, 521.4, 0.01),
            (1.0, 4.0, 0.0),
        ] {
            let worst =
                worst(bg_nbd, scale, horizon, rate).max(worst(mbg_nbd, scale, horizon, rate));
            assert!(
                worst < 1e-10,
                "{worst:e}: {bg_nbd:?} {scale} {horizon} {rate}"
            );
        }
    }
}

#[test]
fn numbers_do_not_depend_on_what_was_asked_before() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let new = || PurchaseIntervals::new(model, &COVARIANCE, 52.1, 0.0018).unwrap();
    let asked = new();
    let forward: Vec<_> = histories().iter().map(|row| asked.expected(row)).collect();
    let asked = new();
    let backward = histories();
    let backward: Vec<_> = backward
        .iter()
        .rev()
        .map(|row| asked.expected(row))
        .collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    let alone = histories().pop().map(|row| new().expected(&row));
    assert_eq!(alone.as_ref(), forward.last());
}
