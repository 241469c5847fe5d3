//! How much an index would differ had other customers answered.

use super::fold::GroupFold;
use super::index::{float, leaf_share, leaf_weights, share};
use super::response::Period;
use super::scoring::Scoring;

/// The least effective number of customers, where one outweighs all others: what they differ by is
/// divided by m − 1.
const RESPONDENTS_MIN: f64 = 1.0 + 1e-6;

/// A variance of answers, as shares of the scale, that is rounding and no difference between them.
const VARIANCE_ROUNDING: f64 = 1e-12;

/// An index as a share p of its scale, and its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// p, 0 to 1.
    pub(super) share: f64,
    /// V: variance of p in which customers are the draws, without any correction for small samples.
    pub(super) variance: f64,
    /// m: customers of equal weight that would tell as much; above 1.
    pub(super) respondents: f64,
    /// Responses of equal weight, independent of each other, that would tell as much.
    pub(super) responses: f64,
}

/// Weights of the components of a fold's vectors in the linearised index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gradient(Vec<f64>);

/// The spread of a period's index and its gradient; `None` if an item that counts was answered by
/// fewer than two customers.
///
/// # Formula
///
/// A customer c moves the index by about
///
/// ```text
/// u_c = Σ_j W_j (Y_cj / y*_j − R_j N_cj) / N_j,   Σ_c u_c = 0
/// V   = Σ_c u_c²
/// ```
///
/// and, with each response taken for a customer, V₁ = Σ_r u_r². The design effect is V / V₁, at
/// least 1; if all answers are alike, customers count once. Kish's effective numbers, of responses and of customers by their weights, are
///
/// ```text
/// n = (Σ_r w_r)² / Σ_r w_r²
/// m_j = (Σ_c N_cj)² / Σ_c N_cj²,   1/m = Σ_j W_j / m_j
/// ```
///
/// # Source
///
/// Kish (1965), Survey Sampling, 5.4 (clusters), 11.7 (weights); Wolter (2007), Introduction to
/// Variance Estimation, 2nd ed., ch. 6 (linearised ratios).
pub(super) fn spread(
    scoring: &Scoring,
    fold: &GroupFold,
    period: Period,
) -> Option<(Spread, Gradient)> {
    let sums = fold.leaves(period);
    let weights = leaf_weights(scoring, sums)?;
    let first = fold.first_column(period);
    let mut gradient = Gradient(vec![0.0; fold.size()]);
    let mut inverse_respondents = 0.0;
    for (place, (leaf, sums)) in scoring.leaves.iter().zip(sums).enumerate() {
        if weights[place] == 0.0 {
            continue;
        }
        if sums.respondents < 2 {
            return None;
        }
        let component = 2 * (first + place);
        let answered = float(sums.weight);
        gradient.0[component] = -weights[place] * leaf_share(leaf, sums) / answered;
        gradient.0[component + 1] =
            weights[place] / (answered * float(i128::from(leaf.points_max())));
        let squares = float(fold.product_of_customers(component, component));
        inverse_respondents += weights[place] * squares / (answered * answered);
    }
    let variance = quadratic(&gradient, &gradient, |row, column| {
        fold.product_of_customers(row, column)
    });
    let variance_of_responses = quadratic(&gradient, &gradient, |row, column| {
        fold.product_of_responses(row, column)
    });
    let variance = variance.max(0.0);
    let respondents = (1.0 / inverse_respondents).max(RESPONDENTS_MIN);
    let period = fold.period(period);
    let weight = float(period.weight);
    let by_weight = weight * weight / float(period.weight_squares);
    let responses = if VARIANCE_ROUNDING < variance_of_responses * respondents {
        by_weight / (variance / variance_of_responses).max(1.0)
    } else {
        by_weight.min(respondents)
    };
    let spread = Spread {
        share: share(scoring, sums, &weights).clamp(0.0, 1.0),
        variance,
        respondents,
        responses,
    };
    Some((spread, gradient))
}

/// Covariance of two periods' indices, through the customers who answered in both.
pub(super) fn covariance(fold: &GroupFold, asked: &Gradient, compared: &Gradient) -> f64 {
    quadratic(asked, compared, |row, column| {
        fold.product_of_customers(row, column)
    })
}

fn quadratic(left: &Gradient, right: &Gradient, product: impl Fn(usize, usize) -> i128) -> f64 {
    let mut sum = 0.0;
    for (row, left) in left.0.iter().enumerate() {
        if *left == 0.0 {
            continue;
        }
        for (column, right) in right.0.iter().enumerate() {
            if *right != 0.0 {
                sum += left * right * float(product(row, column));
            }
        }
    }
    sum
}
