//! Maximum likelihood of the BG/NBD and MBG/NBD models.
//!
//! They differ only in when a customer has a chance to leave: after each repeat purchase, or after
//! the first purchase as well. With c chances passed, x or x + 1, the likelihood is
//!
//! ```text
//! Γ(r+x)·αʳ/Γ(r) · B(a, b+c)/B(a, b) · [ (α+T)^−(r+x) + 1{c>0}·a/(b+c−1)·(α+t_x)^−(r+x) ]
//! ```

use super::rate::{self, ALPHA, R};
use super::{Fit, FitError, Fittable, Options, Outlook, PurchaseScales, fit};
use crate::engine::bg_nbd::BgNbd;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::mixture::{LogMixture, Summand};
use crate::engine::numeric::rising::{beta_rising, ln_beta_rising};
use crate::engine::numeric::special::ln_1p;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

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
    options: impl Into<Options>,
) -> Result<Fit<BgNbd, 4>, FitError> {
    fit(rows, options.into())
}

/// Fits the MBG/NBD model to weighted customers.
///
/// # Formula
///
/// As [`fit_bg_nbd`], with the likelihood of [`MbgNbd`].
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: α in the unit of time of the rows; standard errors in the order r, α, a, b
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended.
///
/// # Source
///
/// Batislam, Denizel and Filiztekin (2007), Int. J. of Research in Marketing 24(3), 201–209.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_mbg_nbd(
    rows: &[Weighted<PurchaseStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<MbgNbd, 4>, FitError> {
    fit(rows, options.into())
}

impl Fittable<4> for BgNbd {
    type Statistics = PurchaseStatistics;
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn from_parameters([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn outlook(
        rows: &[Weighted<PurchaseStatistics>],
        customers: f64,
    ) -> Result<Outlook<4>, FitError> {
        outlook(rows, customers)
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<4>,
        parameters: &[f64; 4],
        block: &[Weighted<PurchaseStatistics>],
    ) {
        add_block(sum, parameters, block, 0.0);
    }
}

impl Fittable<4> for MbgNbd {
    type Statistics = PurchaseStatistics;
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn from_parameters([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn outlook(
        rows: &[Weighted<PurchaseStatistics>],
        customers: f64,
    ) -> Result<Outlook<4>, FitError> {
        outlook(rows, customers)
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<4>,
        parameters: &[f64; 4],
        block: &[Weighted<PurchaseStatistics>],
    ) {
        add_block(sum, parameters, block, 1.0);
    }
}

fn outlook(rows: &[Weighted<PurchaseStatistics>], customers: f64) -> Result<Outlook<4>, FitError> {
    let PurchaseScales { time_between, .. } = PurchaseScales::of(rows, customers)?;
    Ok(Outlook {
        starts: STARTS.map(|(r, a, b)| [r, r * time_between, a, b]).to_vec(),
        centres: [1.0, time_between, 1.0, 1.0],
    })
}

/// Adds rows of one frequency, for the model with `first` chances to leave before any repeat.
fn add_block(
    sum: &mut Evaluation<4>,
    parameters: &[f64; 4],
    block: &[Weighted<PurchaseStatistics>],
    first: f64,
) {
    let Some((x, weight)) = rate::add_staying(sum, parameters, block) else {
        return;
    };
    let chances = x + first;
    if chances == 0.0 {
        return;
    }
    add_chances(sum, parameters, chances, weight);
    for group in block {
        departure(parameters, &group.row, chances).add_to(sum, group.weight);
    }
}

/// ln of B(a, b+c)/B(a, b): staying at every chance to leave.
fn add_chances(sum: &mut Evaluation<4>, parameters: &[f64; 4], chances: f64, weight: f64) {
    let [_, _, a, b] = *parameters;
    let staying = beta_rising(a, b, chances);
    sum.value += weight * ln_beta_rising(a, b, chances);
    sum.gradient[A] += weight * staying.by_a;
    sum.gradient[B] += weight * staying.by_b;
    sum.hessian[A][A] += weight * staying.by_aa;
    sum.hessian[A][B] += weight * staying.by_aa;
    sum.hessian[B][B] += weight * staying.by_bb;
}

/// ln(1 + odds of having left), odds = a/(b+c−1)·((α+T)/(α+t_x))^(r+x).
fn departure(parameters: &[f64; 4], row: &PurchaseStatistics, chances: f64) -> LogMixture<4> {
    let [r, alpha, a, b] = *parameters;
    let shape = r + row.frequency();
    let idle = row.age() - row.recency();
    let (last, total) = (alpha + row.recency(), alpha + row.age());
    let stays = b + (chances - 1.0);
    let log_ratio = ln_1p(idle / last);
    // 1/(α+t_x) − 1/(α+T)
    let share = idle / (last * total);
    let mut hessian = [[0.0; 4]; 4];
    hessian[R][ALPHA] = -share;
    hessian[ALPHA][ALPHA] = shape * share * (1.0 / last + 1.0 / total);
    hessian[A][A] = -1.0 / (a * a);
    hessian[B][B] = 1.0 / (stays * stays);
    let mut mixture = LogMixture::reference();
    mixture.add(&Summand {
        log_value: shape * log_ratio,
        factor: a / stays,
        gradient: [log_ratio, -shape * share, 1.0 / a, -1.0 / stays],
        hessian,
    });
    mixture
}
