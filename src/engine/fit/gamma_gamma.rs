//! Maximum likelihood of the Gamma-Gamma model.

use super::{Fit, FitError, Fittable, Options, Outlook, fit};
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::rising::{ln_rising, polygamma_rising};
use crate::engine::numeric::special::{ln, ln_1p, ln_gamma, trigamma};
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
    options: impl Into<Options>,
) -> Result<Fit<GammaGamma, 3>, FitError> {
    fit(rows, options.into())
}

impl Fittable<3> for GammaGamma {
    type Statistics = SpendStatistics;
    const NAMES: [&'static str; 3] = ["p", "q", "gamma"];

    fn from_parameters([p, q, gamma]: [f64; 3]) -> Self {
        Self { p, q, gamma }
    }

    fn outlook(rows: &[Weighted<SpendStatistics>], customers: f64) -> Result<Outlook<3>, FitError> {
        let first = rows.first().map_or(0.0, |group| group.row.monetary());
        if rows.iter().all(|group| group.row.monetary() == first) {
            return Err(FitError::EverybodySpendsTheSame {
                customers,
                monetary: first,
            });
        }
        let spend: f64 = rows
            .iter()
            .map(|group| group.weight * group.row.monetary())
            .sum();
        let mean = spend / customers;
        Ok(Outlook {
            starts: STARTS.map(|(p, q, share)| [p, q, share * mean]).to_vec(),
            centres: [1.0, 1.0, mean],
        })
    }

    /// Gamma functions depend on a row only through its frequency: one evaluation for the block.
    fn add_log_likelihood(
        sum: &mut Evaluation<3>,
        parameters: &[f64; 3],
        block: &[Weighted<SpendStatistics>],
    ) {
        let Some(x) = block.first().map(|group| group.row.frequency()) else {
            return;
        };
        let weight = block.iter().map(|group| group.weight).sum();
        add_gamma_functions(sum, parameters, x, weight);
        for group in block {
            add_spend(sum, parameters, group);
        }
    }
}

/// ln of Γ(px+q)/(Γ(px)·Γ(q)), which is the same for a whole block.
fn add_gamma_functions(sum: &mut Evaluation<3>, parameters: &[f64; 3], x: f64, weight: f64) {
    let [p, q, _] = *parameters;
    let shape = p * x;
    sum.value += weight * (ln_rising(shape, q) - ln_gamma(q));

    // By p through Γ(px+q)/Γ(px), by q through Γ(px+q)/Γ(q).
    let (first_p, second_p) = polygamma_rising(shape, q);
    let (first_q, second_q) = polygamma_rising(q, shape);
    sum.gradient[P] += weight * x * first_p;
    sum.gradient[Q] += weight * first_q;
    sum.hessian[P][P] += weight * x * x * second_p;
    sum.hessian[P][Q] += weight * x * trigamma(shape + q);
    sum.hessian[Q][Q] += weight * second_q;
}

/// −px·ln(1 + γ/(x·z̄)) − q·ln(1 + x·z̄/γ) − ln z̄, the powers of the likelihood as ratios.
fn add_spend(sum: &mut Evaluation<3>, parameters: &[f64; 3], group: &Weighted<SpendStatistics>) {
    let [p, q, gamma] = *parameters;
    let Weighted { row, weight } = *group;
    let (x, mean) = (row.frequency(), row.monetary());
    let (shape, spend) = (p * x, x * mean);
    let total = gamma + spend;
    let (of_spend, of_gamma) = (ln_1p(gamma / spend), ln_1p(spend / gamma));

    sum.value -= weight * (shape * of_spend + q * of_gamma + ln(mean));
    sum.gradient[P] -= weight * x * of_spend;
    sum.gradient[Q] -= weight * of_gamma;
    // q/γ − (px+q)/(γ+x·z̄)
    let share = spend / (gamma * total);
    sum.gradient[GAMMA] += weight * (q * share - shape / total);
    sum.hessian[P][GAMMA] -= weight * x / total;
    sum.hessian[Q][GAMMA] += weight * share;
    sum.hessian[GAMMA][GAMMA] +=
        weight * (shape / (total * total) - q * share * (1.0 / gamma + 1.0 / total));
}
