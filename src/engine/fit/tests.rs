//! Derivatives against differences, hopeless data, and independence of the order.

use super::*;
use crate::engine::bg_bb::BgBb;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::nbd::Nbd;
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::sbg::Sbg;
use crate::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, SpendStatistics,
};

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

fn periods() -> Vec<Weighted<PeriodStatistics>> {
    let row = |frequency, recency, age, weight| Weighted {
        row: PeriodStatistics::new(frequency, recency, age).unwrap(),
        weight,
    };
    vec![
        row(0.0, 0.0, 6.0, 30.0),
        row(2.0, 3.0, 6.0, 7.5),
        row(6.0, 6.0, 6.0, 9.0),
        row(1.0, 1.0, 1.0, 2.0),
        row(2.0, 5.0, 6.0, 1.0),
    ]
}

fn renewals() -> Vec<Weighted<RenewalStatistics>> {
    let row = |renewals, age, weight| Weighted {
        row: RenewalStatistics::new(renewals, renewals, age).unwrap(),
        weight,
    };
    vec![
        row(0.0, 4.0, 30.0),
        row(1.0, 4.0, 7.5),
        row(4.0, 4.0, 9.0),
        row(1.0, 1.0, 2.0),
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

#[track_caller]
fn check_family<M: Fittable<N>, const N: usize>(rows: &[Weighted<M::Statistics>], at: [f64; N]) {
    let rows = group_rows(rows);
    let blocks = blocks(&rows);
    let sum = |at: &_| log_likelihood::<M, N>(at, &blocks, Threads::ONE);
    check_derivatives(sum, at);
}

#[test]
fn derivatives_match_differences() {
    check_family::<BgNbd, 4>(&purchases(), [0.3, 4.0, 0.8, 2.5]);
    check_family::<MbgNbd, 4>(&purchases(), [0.3, 4.0, 0.8, 2.5]);
    check_family::<ParetoNbd, 4>(&purchases(), [0.55, 10.5, 0.6, 11.7]);
    check_family::<ParetoNbd, 4>(&purchases(), [2.0, 30.0, 1.0, 0.7]);
    check_family::<Nbd, 2>(&purchases(), [0.3, 4.0]);
    check_family::<BgBb, 4>(&periods(), [1.2, 0.7, 0.6, 2.8]);
    check_family::<Sbg, 2>(&renewals(), [0.7, 1.2]);
    let spends = [
        spend(1.0, 20.0),
        spend(2.0, 35.0),
        spend(2.0, 5.0),
        spend(9.0, 80.0),
    ];
    check_family::<GammaGamma, 3>(&spends, [6.0, 3.7, 15.0]);
}

#[test]
fn sum_of_functions_is_the_sum_that_is_fitted() {
    fn check<M, const N: usize>(rows: &[Weighted<<M as Fittable<N>>::Statistics>], at: [f64; N])
    where
        M: Fittable<N>,
        M: PurchaseModel<Statistics = <M as Fittable<N>>::Statistics>,
    {
        let rows = group_rows(rows);
        let model = M::from_parameters(at);
        let total: f64 = rows
            .iter()
            .map(|row| row.weight * model.log_likelihood(&row.row))
            .sum();
        let sum = log_likelihood::<M, N>(&at, &blocks(&rows), Threads::ONE).value;
        assert!((total - sum).abs() < 1e-11 * sum.abs(), "{total} {sum}");
    }
    check::<BgNbd, 4>(&purchases(), [0.3, 4.0, 0.8, 2.5]);
    check::<MbgNbd, 4>(&purchases(), [0.3, 4.0, 0.8, 2.5]);
    check::<ParetoNbd, 4>(&purchases(), [0.55, 10.5, 0.6, 11.7]);
    check::<Nbd, 2>(&purchases(), [0.3, 4.0]);
    check::<BgBb, 4>(&periods(), [1.2, 0.7, 0.6, 2.8]);
    check::<Sbg, 2>(&renewals(), [0.7, 1.2]);
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
fn many_rows_start_from_a_sample_of_them() {
    // Ages and recencies all over, so that nothing is grouped.
    let row = |index: u32| {
        let of = |step: f64| (f64::from(index) * step).fract();
        let frequency = (of(0.618_033_988) * of(0.618_033_988) * of(0.732_050_807) * 12.0).floor();
        let age = 20.0 + 20.0 * of(0.414_213_562);
        let recency = if frequency == 0.0 {
            0.0
        } else {
            age * (0.02 + 0.98 * of(0.271_828_182))
        };
        purchase(frequency, recency, age, 1.0)
    };
    let rows: Vec<_> = (0..12_000).map(row).collect();
    assert!(SAMPLED_FROM < group_rows(&rows).len());
    let fit = fit_bg_nbd(&rows, Prior::Weak).unwrap();
    assert!(fit.iterations < 10 && fit.gradient_norm < 1e-5, "{fit:?}");
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

/// What any model of purchases must refuse, whatever the prior.
#[track_caller]
fn check_hopeless<M, const N: usize>(
    fit: impl Fn(&[Weighted<PurchaseStatistics>], Prior) -> Result<Fit<M, N>, FitError>,
) {
    let fails = |rows: &[Weighted<PurchaseStatistics>]| match fit(rows, Prior::Weak) {
        Ok(_) => panic!("fitted {rows:?}"),
        Err(error) => error,
    };
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
fn hopeless_data_are_refused_with_their_reason() {
    check_hopeless(fit_nbd);
    check_hopeless(fit_bg_nbd);
    check_hopeless(fit_mbg_nbd);
    check_hopeless(fit_pareto_nbd);
}

#[test]
fn hopeless_periods_are_refused_with_their_reason() {
    let row = |count, age| Weighted {
        row: RenewalStatistics::new(count, count, age).unwrap(),
        weight: 3.0,
    };
    assert_eq!(
        fit_sbg(&[row(4.0, 4.0), row(2.0, 2.0)], Prior::Weak),
        Err(FitError::NobodyLeft { customers: 6.0 })
    );
    assert_eq!(
        fit_sbg(&[row(0.0, 4.0), row(0.0, 2.0)], Prior::Weak),
        Err(FitError::NobodyRepeats { customers: 6.0 })
    );
    // One retention rate does not tell how customers differ.
    let once = [row(0.0, 1.0), row(1.0, 1.0)];
    assert!(matches!(
        fit_sbg(&once, Prior::None),
        Err(FitError::NoInteriorMaximum { .. })
    ));
    assert!(fit_sbg(&once, Prior::Weak).unwrap().converged);

    let silent = |age| Weighted {
        row: PeriodStatistics::new(0.0, 0.0, age).unwrap(),
        weight: 2.0,
    };
    assert_eq!(
        fit_bg_bb(&[silent(4.0), silent(3.0)], Prior::Weak),
        Err(FitError::NobodyRepeats { customers: 4.0 })
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

/// Twenty thousand rows, most of them alike in frequency: several blocks, and a sample first.
fn many() -> Vec<Weighted<PurchaseStatistics>> {
    let mut state = 1_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / 16_777_216.0
    };
    (0..20_000)
        .map(|_| {
            let age = 26.0 + 26.0 * uniform();
            let x = (0.6 / (uniform() + 0.01) - 0.7).floor().max(0.0);
            let recency = if x == 0.0 {
                0.0
            } else {
                age * (0.01 + 0.99 * uniform())
            };
            purchase(x, recency, age, 1.0)
        })
        .collect()
}

#[test]
fn threads_do_not_change_a_bit_of_a_fit() {
    #[track_caller]
    fn check<M: std::fmt::Debug, const N: usize>(
        rows: &[Weighted<PurchaseStatistics>],
        fit: impl Fn(&[Weighted<PurchaseStatistics>], Options) -> Result<Fit<M, N>, FitError>,
    ) {
        let on = |count: usize| {
            let threads = Threads::new(std::num::NonZeroUsize::new(count).unwrap());
            let prior = Prior::Weak;
            format!("{:?}", fit(rows, Options { prior, threads }).unwrap())
        };
        let one = on(1);
        for count in [1, 2, 8] {
            assert_eq!(on(count), one, "{count} threads");
        }
    }
    let rows = many();
    check(&rows, fit_bg_nbd);
    check(&rows, fit_mbg_nbd);
    check(&rows, fit_pareto_nbd);
    check(&rows, fit_nbd);
}
