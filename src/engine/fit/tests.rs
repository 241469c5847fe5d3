//! Derivatives against differences, hopeless data, and independence of the order.

use super::*;
use crate::engine::statistics::{PurchaseStatistics, SpendStatistics};

fn purchase(frequency: f64, recency: f64, age: f64, weight: f64) -> Weighted<PurchaseStatistics> {
    Weighted {
        row: PurchaseStatistics::new(frequency, recency, age).unwrap(),
        weight,
    }
}

fn spend(frequency: f64, monetary: f64) -> Weighted<SpendStatistics> {
    Weighted {
        row: SpendStatistics::new(frequency, monetary).unwrap(),
        weight: 1.0,
    }
}

fn purchases() -> Vec<Weighted<PurchaseStatistics>> {
    vec![
        purchase(0.0, 0.0, 39.0, 60.0),
        purchase(1.0, 10.0, 38.0, 12.0),
        purchase(1.0, 30.0, 36.0, 6.5),
        purchase(2.0, 30.43, 38.86, 5.0),
        purchase(5.0, 12.0, 35.0, 3.0),
        purchase(12.0, 31.0, 33.0, 2.0),
        purchase(4.0, 37.0, 37.0, 1.5),
    ]
}

/// Central differences of value and gradient against gradient and Hessian.
#[track_caller]
fn check_derivatives<const N: usize>(f: impl Fn(&[f64; N]) -> Evaluation<N>, at: [f64; N]) {
    let here = f(&at);
    for index in 0..N {
        let step = 1e-5 * at[index];
        let (mut below, mut above) = (at, at);
        below[index] -= step;
        above[index] += step;
        let (low, high) = (f(&below), f(&above));
        let slope = (high.value - low.value) / (2.0 * step);
        assert!((slope - here.gradient[index]).abs() < 1e-6 * (1.0 + slope.abs()));
        for other in 0..N {
            let curvature = (high.gradient[other] - low.gradient[other]) / (2.0 * step);
            let error = (curvature - here.hessian[index][other]).abs();
            assert!(error < 1e-6 * (1.0 + curvature.abs()), "{index} {other}");
        }
    }
}

#[test]
fn derivatives_match_differences() {
    let rows = group_rows(&purchases());
    let blocks = runs(&rows, |row| row.row.frequency());
    check_derivatives(
        |at| purchases::log_likelihood(at, &blocks),
        [0.3, 4.0, 0.8, 2.5],
    );
    let rows = group_rows(&[
        spend(1.0, 20.0),
        spend(2.0, 35.0),
        spend(2.0, 5.0),
        spend(9.0, 80.0),
    ]);
    let blocks = runs(&rows, |row| row.row.frequency());
    check_derivatives(|at| spend::log_likelihood(at, &blocks), [6.0, 3.7, 15.0]);
}

#[test]
fn sum_of_customers_is_the_total() {
    let rows = purchases();
    let model = fit_bg_nbd(&rows, Prior::Weak).unwrap();
    let total: f64 = rows
        .iter()
        .map(|row| row.weight * model.model.log_likelihood(&row.row))
        .sum();
    assert!((model.log_likelihood - total).abs() < 1e-10);
    assert_eq!(model.customers, 90.0);
}

#[test]
fn order_and_splitting_of_rows_do_not_change_the_fit() {
    let mut rows = purchases();
    let first = fit_bg_nbd(&rows, Prior::Weak).unwrap();
    rows.rotate_left(3);
    rows.swap(0, 2);
    assert_eq!(fit_bg_nbd(&rows, Prior::Weak).unwrap(), first);
    let split = rows.pop().unwrap();
    for _ in 0..2 {
        rows.push(Weighted {
            weight: split.weight / 2.0,
            ..split
        });
    }
    assert_eq!(fit_bg_nbd(&rows, Prior::Weak).unwrap(), first);
}

#[test]
fn change_of_units_changes_only_scales() {
    let weeks = fit_bg_nbd(&purchases(), Prior::Weak).unwrap().model;
    let in_days = |row: &Weighted<PurchaseStatistics>| {
        let PurchaseStatistics { .. } = row.row;
        purchase(
            row.row.frequency(),
            7.0 * row.row.recency(),
            7.0 * row.row.age(),
            row.weight,
        )
    };
    let rows: Vec<_> = purchases().iter().map(in_days).collect();
    let days = fit_bg_nbd(&rows, Prior::Weak).unwrap().model;
    assert!((days.alpha / weeks.alpha / 7.0 - 1.0).abs() < 1e-7);
    assert!((days.r / weeks.r - 1.0).abs() < 1e-7 && (days.b / weeks.b - 1.0).abs() < 1e-7);
}

#[test]
fn hopeless_data_are_refused_with_their_reason() {
    let fails = |rows: &[Weighted<PurchaseStatistics>]| fit_bg_nbd(rows, Prior::Weak).unwrap_err();
    assert_eq!(fails(&[]), FitError::NoCustomers);
    assert_eq!(
        fails(&[purchase(2.0, 5.0, 9.0, 1.0)]),
        FitError::TooFewCustomers { customers: 1.0 }
    );
    assert_eq!(
        fails(&[purchase(2.0, 5.0, 9.0, 1.0), purchase(2.0, 5.0, 9.0, 8.0)]),
        FitError::EverybodyIdentical { customers: 9.0 }
    );
    assert_eq!(
        fails(&[purchase(0.0, 0.0, 9.0, 4.0), purchase(0.0, 0.0, 8.0, 1.0)]),
        FitError::NobodyRepeats { customers: 5.0 }
    );
    assert_eq!(
        fails(&[purchase(2.0, 5.0, 9.0, 1.0), purchase(2.0, 5.0, 9.0, 0.0)]),
        FitError::Weight {
            row: 1,
            weight: 0.0
        }
    );
}

#[test]
fn likelihood_without_maximum_names_the_parameter() {
    // Nobody ever left: dropout goes to zero without end, unless a prior holds it.
    let rows: Vec<_> = (1..30)
        .map(|count| purchase(f64::from(count), 40.0, 40.0, 1.0))
        .collect();
    let error = fit_bg_nbd(&rows, Prior::None).unwrap_err();
    assert!(
        matches!(error, FitError::NoInteriorMaximum { .. }),
        "{error}"
    );
    assert!(fit_bg_nbd(&rows, Prior::Weak).unwrap().converged);
}

#[test]
fn spend_of_a_handful_needs_the_prior() {
    let rows = [spend(3.0, 20.0), spend(3.0, 20.5)];
    assert!(fit_gamma_gamma(&rows, Prior::None).is_err());
    assert!(fit_gamma_gamma(&rows, Prior::Weak).unwrap().converged);
}
