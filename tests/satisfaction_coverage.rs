//! Intervals of satisfaction indices hold the population's index as often as they say.
//!
//! The whole table is printed by `cargo bench --bench satisfaction`; here a part of it runs.
#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a failing test panics; the simulation draws and counts in floats"
)]

#[expect(dead_code, reason = "the bench prints what is not tried here")]
#[path = "satisfaction_coverage/simulation.rs"]
mod simulation;

use customer_value::engine::satisfaction::interval::wilson;
use simulation::{Index, LEVEL, MARKS, Marks, Repetition, Setting};

/// Least coverage of nominal 95 %.
const COVERAGE_MIN: f64 = 0.93;

/// Three standard errors of a coverage of 95 % counted over as many surveys.
fn noise(surveys: u32) -> f64 {
    3.0 * (0.95 * 0.05 / f64::from(surveys)).sqrt()
}

/// Surveys drawn in a setting.
const SURVEYS: u32 = 300;

#[track_caller]
fn check(index: Index) {
    let mut covered = 0;
    let mut surveys = 0;
    for marks in MARKS {
        for size in [5, 10, 30] {
            for (weights, repetition) in [
                (0, Repetition::Once),
                (2, Repetition::Once),
                (1, Repetition::FourAnswers),
                (0, Repetition::FourEach),
            ] {
                let setting = Setting {
                    index,
                    marks,
                    size,
                    weights,
                    repetition,
                };
                let outcome = setting.run(SURVEYS, 1);
                let is_wilson =
                    index == Index::Rate && weights == 0 && repetition == Repetition::Once;
                let least = if is_wilson {
                    COVERAGE_MIN.min(wilson_coverage(marks, size))
                } else {
                    COVERAGE_MIN
                };
                let least = least - noise(outcome.surveys);
                assert!(least <= outcome.coverage(), "{setting:?}: {outcome:?}");
                assert!(0.0 < outcome.width);
                covered += outcome.covered;
                surveys += outcome.surveys;
            }
        }
    }
    let pooled = f64::from(covered) / f64::from(surveys);
    assert!(0.95 <= pooled, "{pooled}");
}

/// Wilson's interval of a share of independent answers covers as often as the binomial distribution
/// says, on average 95 %, at some shares and numbers of answers less than 93 %.
fn wilson_coverage(marks: Marks, answers: usize) -> f64 {
    let satisfied = (marks.per_mille[3] + marks.per_mille[4]) as f64 / 1e3;
    let count = answers as f64;
    let mut probability = (1.0 - satisfied).powi(answers as i32);
    let mut coverage = 0.0;
    for found in 0..=answers {
        let (lower, upper) = wilson(found as f64 / count, count, LEVEL);
        if lower <= satisfied && satisfied <= upper {
            coverage += probability;
        }
        let found = found as f64;
        probability *= (count - found) / (found + 1.0) * satisfied / (1.0 - satisfied);
    }
    coverage
}

#[test]
fn wilsons_dip_is_known() {
    // Nine or ten of ten: 0.95¹⁰ + 10 · 0.05 · 0.95⁹.
    let coverage = wilson_coverage(MARKS[0], 10);
    assert!((coverage - 0.913_862).abs() < 1e-6, "{coverage}");
}

#[test]
fn means_are_held() {
    check(Index::Mean);
}

#[test]
fn rates_are_held() {
    check(Index::Rate);
}

#[test]
fn net_promoter_scores_are_held() {
    check(Index::NetPromoter);
}

#[test]
fn trees_are_held() {
    check(Index::Tree);
}

#[test]
fn differences_are_held() {
    for index in Index::ALL {
        for (place, marks) in MARKS.into_iter().enumerate() {
            for (are_shared, repetition) in [
                (false, Repetition::Once),
                (true, Repetition::Once),
                (true, Repetition::FourAnswers),
            ] {
                let setting = Setting {
                    index,
                    marks,
                    size: [5, 10, 30][place % 3],
                    weights: 1,
                    repetition,
                };
                let outcome = setting.run_difference(are_shared, SURVEYS, 1);
                let least = COVERAGE_MIN - noise(outcome.surveys);
                assert!(least <= outcome.coverage(), "{setting:?}: {outcome:?}");
            }
        }
    }
}
