//! A ridge, a plateau, a slope without end.

use super::*;
use crate::engine::numeric::special::exp;

const WIDE: [(f64, f64); 2] = [(-50.0, 50.0); 2];

/// −(1 − x)² − 100·(y − x²)², maximal at (1, 1), with an indefinite Hessian on the way.
fn banana(point: &[f64; 2]) -> Evaluation<2> {
    let [x, y] = *point;
    let valley = y - x * x;
    Evaluation {
        value: -(1.0 - x) * (1.0 - x) - 100.0 * valley * valley,
        gradient: [2.0 * (1.0 - x) + 400.0 * x * valley, -200.0 * valley],
        hessian: [
            [-2.0 + 400.0 * (valley - 2.0 * x * x), 400.0 * x],
            [400.0 * x, -200.0],
        ],
    }
}

#[test]
fn finds_the_top_of_a_curved_ridge() {
    let found = maximize(banana, [-1.2, 1.0], &WIDE).unwrap();
    assert!((found.point[0] - 1.0).abs() < 1e-8 && (found.point[1] - 1.0).abs() < 1e-8);
    assert!(found.gradient_norm < 1e-6 && found.iterations < 60);
}

#[test]
fn starts_where_the_function_is_convex() {
    let found = maximize(banana, [0.0, 3.0], &WIDE).unwrap();
    assert!((found.point[0].abs() - 1.0).abs() < 1e-8);
}

#[test]
fn rising_for_ever_leaves_the_box() {
    // −e⁻ˣ has its supremum at infinity.
    let rising = |point: &[f64; 1]| Evaluation {
        value: -exp(-point[0]),
        gradient: [exp(-point[0])],
        hessian: [[-exp(-point[0])]],
    };
    let error = maximize(rising, [0.0], &[(-18.0, 18.0)]).unwrap_err();
    assert!(matches!(
        error,
        MaximizeError::LeftBox { coordinate: 0, .. }
    ));
}

#[test]
fn plateau_is_no_maximum() {
    let plateau = |_: &[f64; 1]| Evaluation {
        value: 1.0,
        gradient: [1e-9],
        hessian: [[0.0]],
    };
    let error = maximize(plateau, [0.0], &[(-1.0, 1.0)]).unwrap_err();
    assert!(matches!(error, MaximizeError::Flat { iterations: 0, .. }));
}

#[test]
fn start_that_is_not_finite_is_refused() {
    let nowhere = |_: &[f64; 1]| Evaluation {
        value: f64::NAN,
        gradient: [0.0],
        hessian: [[0.0]],
    };
    let error = maximize(nowhere, [0.0], &[(-1.0, 1.0)]).unwrap_err();
    assert_eq!(error, MaximizeError::StartNotFinite);
}

#[test]
fn rounding_of_the_gradient_ends_the_search() {
    // As of a sum over a million rows: a gradient that no step makes smaller than its rounding.
    let evaluations = std::cell::Cell::new(0_u32);
    let rough = |point: &[f64; 1]| {
        evaluations.set(evaluations.get() + 1);
        let rounding = if evaluations.get().is_multiple_of(2) {
            3e-7
        } else {
            -4e-7
        };
        Evaluation {
            value: 1e6 - 50.0 * point[0] * point[0],
            gradient: [-100.0 * point[0] + rounding],
            hessian: [[-100.0]],
        }
    };
    let found = maximize(rough, [1.0], &[(-9.0, 9.0)]).unwrap();
    assert!(found.iterations < 6, "{}", found.iterations);
    assert!(found.point[0].abs() < 1e-8);
}
