//! Maximum likelihood of the Gamma-Gamma model.

use super::{Fit, FitError, Prior, Problem, fitted, prepare, runs};
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::special::{digamma, exp, ln, ln_gamma, trigamma};
use crate::engine::statistics::{SpendStatistics, Weighted};

const P: usize = 0;
const Q: usize = 1;
const GAMMA: usize = 2;

/// Starts (p, q, γ in units of the mean spend), tried in this order. The first gives the base the
/// mean of the data, p·γ/(q−1); the others differ in spread by an order of magnitude.
const STARTS: [(f64, f64, f64); 5] = [
    (2.0, 3.0, 1.0),
    (1.0, 2.0, 1.0),
    (6.0, 4.0, 0.5),
    (1.0, 10.0, 9.0),
    (20.0, 2.0, 0.05),
];

/// Fits the Gamma-Gamma model to weighted customers with at least one repeat event.
///
/// # Formula
///
/// ```text
/// maximise Σ weight·ln f(z̄ | p, q, γ; x) + ln prior
/// standard error of θ = θ·√[(−H)⁻¹],  H the Hessian by the log-parameters
/// ```
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: γ in the unit of money of the rows; standard errors in the order p, q, γ
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended.
///
/// # Source
///
/// Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", note 025, equation 1a.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_gamma_gamma(
    rows: &[Weighted<SpendStatistics>],
    prior: Prior,
) -> Result<Fit<GammaGamma, 3>, FitError> {
    let (grouped, customers) = prepare(rows)?;
    let spend: f64 = grouped
        .iter()
        .map(|group| group.weight * group.row.monetary())
        .sum();
    let mean = spend / customers;
    let problem = Problem {
        names: ["p", "q", "gamma"],
        starts: STARTS.map(|(p, q, share)| [p, q, share * mean]).to_vec(),
        centres: [0.0, 0.0, ln(mean)],
        prior,
    };
    let blocks = runs(&grouped, |group| group.row.frequency());
    let maximum = problem.solve(|parameters| log_likelihood(parameters, &blocks))?;

    let parameters = maximum.point.map(exp);
    let [p, q, gamma] = parameters;
    let value = log_likelihood(&parameters, &blocks).value;
    let model = GammaGamma { p, q, gamma };
    Ok(fitted(model, &parameters, &maximum, value, customers))
}

/// Sum of weighted log-likelihoods with its derivatives by p, q, γ.
pub(super) fn log_likelihood(
    parameters: &[f64; 3],
    blocks: &[&[Weighted<SpendStatistics>]],
) -> Evaluation<3> {
    let mut sum = Evaluation {
        value: 0.0,
        gradient: [0.0; 3],
        hessian: [[0.0; 3]; 3],
    };
    for block in blocks {
        let Some(first) = block.first() else { continue };
        let x = first.row.frequency();
        let weight = block.iter().map(|group| group.weight).sum();
        add_gamma_functions(&mut sum, parameters, x, weight);
        for group in *block {
            add_spend(&mut sum, parameters, group);
        }
    }
    for row in 0..3 {
        for column in 0..row {
            sum.hessian[row][column] = sum.hessian[column][row];
        }
    }
    sum
}

/// ln of Γ(px+q)/(Γ(px)·Γ(q)) · γ^q · x^(px), which is the same for a whole block.
fn add_gamma_functions(sum: &mut Evaluation<3>, parameters: &[f64; 3], x: f64, weight: f64) {
    let [p, q, gamma] = *parameters;
    let shape = p * x;
    let (log_x, log_gamma) = (ln(x), ln(gamma));
    let gammas = ln_gamma(shape + q) - ln_gamma(shape) - ln_gamma(q);
    sum.value += weight * (gammas + q * log_gamma + shape * log_x);

    let of_both = digamma(shape + q);
    sum.gradient[P] += weight * x * (of_both - digamma(shape) + log_x);
    sum.gradient[Q] += weight * (of_both - digamma(q) + log_gamma);
    sum.gradient[GAMMA] += weight * q / gamma;

    let of_both = trigamma(shape + q);
    sum.hessian[P][P] += weight * x * x * (of_both - trigamma(shape));
    sum.hessian[P][Q] += weight * x * of_both;
    sum.hessian[Q][Q] += weight * (of_both - trigamma(q));
    sum.hessian[Q][GAMMA] += weight / gamma;
    sum.hessian[GAMMA][GAMMA] -= weight * q / (gamma * gamma);
}

/// (px − 1)·ln z̄ − (px+q)·ln(γ + x·z̄).
fn add_spend(sum: &mut Evaluation<3>, parameters: &[f64; 3], group: &Weighted<SpendStatistics>) {
    let [p, q, gamma] = *parameters;
    let Weighted { row, weight } = *group;
    let (x, mean) = (row.frequency(), row.monetary());
    let shape = p * x;
    let total = gamma + x * mean;
    let (log_mean, log_total) = (ln(mean), ln(total));

    sum.value += weight * ((shape - 1.0) * log_mean - (shape + q) * log_total);
    sum.gradient[P] += weight * x * (log_mean - log_total);
    sum.gradient[Q] -= weight * log_total;
    sum.gradient[GAMMA] -= weight * (shape + q) / total;
    sum.hessian[P][GAMMA] -= weight * x / total;
    sum.hessian[Q][GAMMA] -= weight / total;
    sum.hessian[GAMMA][GAMMA] += weight * (shape + q) / (total * total);
}
