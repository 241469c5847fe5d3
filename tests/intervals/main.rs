//! Intervals against simulated futures: a small version of `benches/intervals.rs`.
//!
//! - `population`: customers drawn from a known truth;
//! - `coverage`: intervals of a fit compared with the truth and with what came.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and its counts are small"
)]

mod coverage;
mod population;

use customer_value::engine::fit::Prior;

use coverage::{Coverage, Estimand, Scope, simulate};
use population::{CDNOW_SPEND, Leaving, Truth};

/// Share of hits in percent over all classes of customers.
fn percent(coverage: &Coverage, estimand: Estimand) -> f64 {
    let of_classes = coverage
        .tallies
        .iter()
        .filter(|((of, scope), _)| *of == estimand && matches!(scope, Scope::CustomerOf(_)));
    let (hits, trials) = of_classes.fold((0.0, 0.0), |(hits, trials), (_, tally)| {
        (hits + tally.hits, trials + tally.trials)
    });
    100.0 * hits / trials
}

/// Bounds are three standard errors of ten populations away from 90 %; the bench tells more.
#[track_caller]
fn check(leaving: Leaving, purchases: [f64; 4]) {
    let truth = Truth {
        leaving,
        purchases,
        spend: CDNOW_SPEND,
        customers: 300,
        ages: [26.0, 52.0],
        horizon: 26.0,
        discount_rate: 0.0018,
    };
    let coverage = simulate(&truth, 10, 7, Prior::Weak);
    assert_eq!(coverage.refused, 0, "{:?}", coverage.reason);
    for estimand in [
        Estimand::ActualPurchasesTransform,
        Estimand::ActualValueTransform,
    ] {
        let percent = percent(&coverage, estimand);
        assert!((82.0..97.0).contains(&percent), "{estimand:?}: {percent}");
    }
    for estimand in [Estimand::ActualPurchases, Estimand::ActualValue] {
        let percent = percent(&coverage, estimand);
        assert!(86.0 < percent, "{estimand:?}: {percent}");
    }
    for estimand in [Estimand::ExpectedPurchases, Estimand::ExpectedValue] {
        let percent = percent(&coverage, estimand);
        assert!(65.0 < percent, "{estimand:?}: {percent}");
        let of_sum = coverage.tallies[&(estimand, Scope::SumOfAll)];
        let (percent, error) = (of_sum.percent(), of_sum.error());
        assert!(50.0 < percent, "sum of {estimand:?}: {percent} ± {error}");
    }
}

#[test]
fn bg_nbd_intervals_cover() {
    check(Leaving::AfterRepeat, [0.25, 4.5, 0.8, 2.5]);
}

#[test]
fn mbg_nbd_intervals_cover() {
    check(Leaving::AfterAny, [0.52, 6.2, 0.9, 1.6]);
}

#[test]
fn pareto_nbd_intervals_cover() {
    check(Leaving::AnyTime, [0.55, 10.6, 0.6, 11.7]);
}

#[test]
fn simulation_is_the_same_on_every_run() {
    let truth = Truth {
        leaving: Leaving::AfterRepeat,
        purchases: [0.25, 4.5, 0.8, 2.5],
        spend: CDNOW_SPEND,
        customers: 100,
        ages: [26.0, 52.0],
        horizon: 26.0,
        discount_rate: 0.0018,
    };
    let run = || {
        let coverage = simulate(&truth, 2, 3, Prior::Weak);
        let shares = coverage.tallies.values().map(|tally| tally.percent());
        shares.collect::<Vec<f64>>()
    };
    assert_eq!(run(), run());
}
