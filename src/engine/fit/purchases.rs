//! Maximum likelihood of the BG/NBD model.

use super::{Fit, FitError, Prior, Problem, fitted, prepare, runs};
use crate::engine::bg_nbd::BgNbd;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::special::{digamma, exp, ln, ln_1p, ln_gamma, trigamma};
use crate::engine::statistics::{PurchaseStatistics, Weighted};

const R: usize = 0;
const ALPHA: usize = 1;
const A: usize = 2;
const B: usize = 3;

/// Starts (r, a, b), tried in this order; α follows from r and the base's rate. The first is near
/// what retail data give, the others differ in spread and dropout by an order of magnitude.
const STARTS: [(f64, f64, f64); 6] = [
    (0.5, 1.0, 2.0),
    (0.2, 0.5, 3.0),
    (1.0, 0.3, 3.0),
    (3.0, 0.1, 1.0),
    (0.1, 2.0, 5.0),
    (10.0, 5.0, 50.0),
];

/// Fits the BG/NBD model to weighted customers.
///
/// # Formula
///
/// ```text
/// maximise Σ weight·ln L(r, α, a, b; x, t_x, T) + ln prior
/// standard error of θ = θ·√[(−H)⁻¹],  H the Hessian by the log-parameters
/// ```
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: α in the unit of time of the rows; standard errors in the order r, α, a, b
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended. Data without information
/// (nobody repeats, everybody identical) are refused under any prior: the answer would be the prior.
///
/// # Source
///
/// Fader, Hardie and Lee (2005), Marketing Science 24(2), 275–284, equation 6.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_bg_nbd(
    rows: &[Weighted<PurchaseStatistics>],
    prior: Prior,
) -> Result<Fit<BgNbd, 4>, FitError> {
    let (grouped, customers) = prepare(rows)?;
    let sum = |of: fn(&PurchaseStatistics) -> f64| -> f64 {
        grouped
            .iter()
            .map(|group| group.weight * of(&group.row))
            .sum()
    };
    let repeats = sum(PurchaseStatistics::frequency);
    if repeats == 0.0 {
        return Err(FitError::NobodyRepeats { customers });
    }
    let time_between = sum(PurchaseStatistics::age) / repeats;
    let problem = Problem {
        names: ["r", "alpha", "a", "b"],
        starts: STARTS.map(|(r, a, b)| [r, r * time_between, a, b]).to_vec(),
        centres: [0.0, ln(time_between), 0.0, 0.0],
        prior,
    };
    let blocks = runs(&grouped, |group| group.row.frequency());
    let maximum = problem.solve(|parameters| log_likelihood(parameters, &blocks))?;

    let parameters = maximum.point.map(exp);
    let [r, alpha, a, b] = parameters;
    let value = log_likelihood(&parameters, &blocks).value;
    let model = BgNbd { r, alpha, a, b };
    Ok(fitted(model, &parameters, &maximum, value, customers))
}

/// Sum of weighted log-likelihoods with its derivatives by r, α, a, b.
///
/// Gamma functions depend on a row only through its frequency: one evaluation for each block.
pub(super) fn log_likelihood(
    parameters: &[f64; 4],
    blocks: &[&[Weighted<PurchaseStatistics>]],
) -> Evaluation<4> {
    let mut sum = Evaluation {
        value: 0.0,
        gradient: [0.0; 4],
        hessian: [[0.0; 4]; 4],
    };
    for block in blocks {
        let Some(first) = block.first() else { continue };
        let x = first.row.frequency();
        let weight = block.iter().map(|group| group.weight).sum();
        add_gamma_functions(&mut sum, parameters, x, weight);
        for group in *block {
            if x == 0.0 {
                add_without_repeat(&mut sum, parameters, group);
            } else {
                add_history(&mut sum, parameters, group);
            }
        }
    }
    for row in 0..4 {
        for column in 0..row {
            sum.hessian[row][column] = sum.hessian[column][row];
        }
    }
    sum
}

/// ln of Γ(r+x)·αʳ/Γ(r) · Γ(a+b)·Γ(b+x)/(Γ(b)·Γ(a+b+x)).
fn add_gamma_functions(sum: &mut Evaluation<4>, parameters: &[f64; 4], x: f64, weight: f64) {
    let [r, alpha, a, b] = *parameters;
    sum.value += weight * r * ln(alpha);
    sum.gradient[R] += weight * ln(alpha);
    sum.gradient[ALPHA] += weight * r / alpha;
    sum.hessian[R][ALPHA] += weight / alpha;
    sum.hessian[ALPHA][ALPHA] -= weight * r / (alpha * alpha);
    if x == 0.0 {
        return;
    }
    let rate = ln_gamma(r + x) - ln_gamma(r);
    let dropout = ln_gamma(a + b) - ln_gamma(b) + ln_gamma(b + x) - ln_gamma(a + b + x);
    sum.value += weight * (rate + dropout);
    sum.gradient[R] += weight * (digamma(r + x) - digamma(r));
    sum.hessian[R][R] += weight * (trigamma(r + x) - trigamma(r));

    let both = digamma(a + b) - digamma(a + b + x);
    sum.gradient[A] += weight * both;
    sum.gradient[B] += weight * (both + digamma(b + x) - digamma(b));
    let both = trigamma(a + b) - trigamma(a + b + x);
    sum.hessian[A][A] += weight * both;
    sum.hessian[A][B] += weight * both;
    sum.hessian[B][B] += weight * (both + trigamma(b + x) - trigamma(b));
}

/// −r·ln(α+T).
fn add_without_repeat(
    sum: &mut Evaluation<4>,
    parameters: &[f64; 4],
    group: &Weighted<PurchaseStatistics>,
) {
    let [r, alpha, ..] = *parameters;
    let total = alpha + group.row.age();
    let weight = group.weight;
    let logarithm = ln(total);
    sum.value -= weight * r * logarithm;
    sum.gradient[R] -= weight * logarithm;
    sum.gradient[ALPHA] -= weight * r / total;
    sum.hessian[R][ALPHA] -= weight / total;
    sum.hessian[ALPHA][ALPHA] += weight * r / (total * total);
}

/// ln(eᵁ + eⱽ), U = −s·ln(α+T) if alive, V = ln(a/(b+x−1)) − s·ln(α+t_x) if dropped out.
///
/// With the probability π = eᵁ/(eᵁ+eⱽ) of being alive: gradient π·U′ + (1−π)·V′, Hessian
/// π·U″ + (1−π)·V″ + π(1−π)·(U′−V′)(U′−V′)ᵀ.
fn add_history(
    sum: &mut Evaluation<4>,
    parameters: &[f64; 4],
    group: &Weighted<PurchaseStatistics>,
) {
    let [r, alpha, a, b] = *parameters;
    let Weighted { row, weight } = *group;
    let shape = r + row.frequency();
    let total = alpha + row.age();
    let last = alpha + row.recency();
    let stays = b + (row.frequency() - 1.0);
    let (log_total, log_last) = (ln(total), ln(last));

    let difference = ln(a / stays) + shape * (log_total - log_last);
    let smaller = exp(-difference.abs());
    let (alive, dropped) = if 0.0 < difference {
        (smaller / (1.0 + smaller), 1.0 / (1.0 + smaller))
    } else {
        (1.0 / (1.0 + smaller), smaller / (1.0 + smaller))
    };
    sum.value += weight * (difference.max(0.0) + ln_1p(smaller) - shape * log_total);

    let of_alive = [-log_total, -shape / total, 0.0, 0.0];
    let of_dropped = [-log_last, -shape / last, 1.0 / a, -1.0 / stays];
    let mut spread = [0.0; 4];
    for index in 0..4 {
        sum.gradient[index] += weight * (alive * of_alive[index] + dropped * of_dropped[index]);
        spread[index] = of_alive[index] - of_dropped[index];
    }
    let both = weight * alive * dropped;
    for row in 0..4 {
        for column in row..4 {
            sum.hessian[row][column] += both * spread[row] * spread[column];
        }
    }
    let (alive, dropped) = (weight * alive, weight * dropped);
    sum.hessian[R][ALPHA] -= alive / total + dropped / last;
    sum.hessian[ALPHA][ALPHA] += shape * (alive / (total * total) + dropped / (last * last));
    sum.hessian[A][A] -= dropped / (a * a);
    sum.hessian[B][B] += dropped / (stays * stays);
}
