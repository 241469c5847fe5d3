//! Fits of a handful of customers, which must not fail.

use crate::support::{cdnow, cdnow_purchases, donations, weighted};
use customer_value::engine::fit::{
    Fit, FitError, Prior, fit_bg_bb, fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_nbd,
    fit_pareto_nbd, fit_sbg,
};
use customer_value::engine::statistics::{RenewalStatistics, Weighted};

/// Deterministic sample of `size` customers (Fisher-Yates on a linear congruential generator).
fn sample<T: Copy>(rows: &[Weighted<T>], size: usize, seed: u64) -> Vec<Weighted<T>> {
    let mut state = seed;
    let mut shuffled = rows.to_vec();
    for index in 0..size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let rest = shuffled.len() - index;
        let other = index + (state >> 33) as usize % rest;
        shuffled.swap(index, other);
    }
    shuffled.truncate(size);
    shuffled
}

/// Fits 60 samples of each size; without a prior a fit may say that there is no maximum, no more.
fn check<T: Copy, M, const N: usize>(
    rows: &[Weighted<T>],
    fit: impl Fn(&[Weighted<T>], Prior) -> Result<Fit<M, N>, FitError>,
) {
    let mut without_prior = 0;
    for size in [30, 100, 300] {
        for seed in 0..60 {
            let sample = sample(rows, size, seed);
            let held = match fit(&sample, Prior::Weak) {
                Ok(held) => held,
                Err(error) => panic!("{size} {seed}: {error}"),
            };
            assert!(held.standard_errors.iter().all(|error| error.is_finite()));
            assert!(held.gradient_norm < 1e-5 && 0.0 < held.curvature);
            match fit(&sample, Prior::None) {
                Ok(free) => assert!(free.log_likelihood >= held.log_likelihood - 1e-9),
                Err(FitError::NoInteriorMaximum { .. }) => without_prior += 1,
                Err(other) => panic!("{size} {seed}: {other}"),
            }
        }
    }
    println!("no maximum without a prior: {without_prior} of 180");
}

/// Customers alike as customers of their own.
fn each<T: Copy>(rows: Vec<Weighted<T>>) -> Vec<Weighted<T>> {
    let split = |row: Weighted<T>| std::iter::repeat_n(row.row, row.weight as usize);
    weighted(rows.into_iter().flat_map(split))
}

#[test]
fn bg_nbd_always_fits_under_the_weak_prior() {
    check(&cdnow_purchases(), fit_bg_nbd);
}

#[test]
fn mbg_nbd_always_fits_under_the_weak_prior() {
    check(&cdnow_purchases(), fit_mbg_nbd);
}

#[test]
fn pareto_nbd_always_fits_under_the_weak_prior() {
    check(&cdnow_purchases(), fit_pareto_nbd);
}

#[test]
fn nbd_always_fits_under_the_weak_prior() {
    check(&cdnow_purchases(), fit_nbd);
}

#[test]
fn gamma_gamma_always_fits_under_the_weak_prior() {
    let rows = weighted(cdnow().iter().filter_map(|customer| customer.spend));
    check(&rows, fit_gamma_gamma);
}

#[test]
fn bg_bb_always_fits_under_the_weak_prior() {
    check(&each(donations()), fit_bg_bb);
}

#[test]
fn sbg_always_fits_under_the_weak_prior() {
    let survivors = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 0.0];
    let rows = (0_u8..).zip(survivors.windows(2)).map(|(renewals, pair)| {
        let renewals = f64::from(renewals);
        Weighted {
            row: RenewalStatistics::new(renewals, renewals, 5.0).unwrap(),
            weight: pair[0] - pair[1],
        }
    });
    check(&each(rows.collect()), fit_sbg);
}
