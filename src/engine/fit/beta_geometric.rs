//! Maximum likelihood of the BG/NBD and MBG/NBD models.
//!
//! They differ only in when a customer has a chance to leave: after each repeat purchase, or after
//! the first purchase as well. With c chances passed, x or x + 1, the likelihood is
//!
//! ```text
//! Γ(r+x)·αʳ/Γ(r) · B(a, b+c)/B(a, b) · [ (α+T)^−(r+x) + 1{c>0}·a/(b+c−1)·(α+t_x)^−(r+x) ]
//! ```

use super::rate::{self, ALPHA, R, Staying};
use super::{Fit, FitError, Fittable, Options, Outlook, PurchaseScales, fit};
use crate::engine::bg_nbd::BgNbd;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::rising::{beta_rising, ln_beta_rising};
use crate::engine::numeric::special::{exp, ln, ln_1p};
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
    let Some(frequency) = block.first().map(|group| group.row.frequency()) else {
        return;
    };
    let chances = frequency + first;
    if chances == 0.0 {
        rate::add_staying(sum, parameters, block, |_, _, _| ());
        return;
    }
    let mut departures = Departures::new(parameters, frequency, chances);
    let staying = rate::add_staying(sum, parameters, block, |_, group, staying| {
        departures.add(group, staying);
    });
    if let Some((_, weight)) = staying {
        add_chances(sum, parameters, chances, weight);
    }
    departures.add_to(sum);
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

/// Sums of ln(1 + odds of having left) and its derivatives over rows of one frequency.
///
/// # Formula
///
/// ```text
/// odds = eᵛ,  v = ln(a/(b+c−1)) + (r+x)·l,  l = ln((α+T)/(α+t_x))
/// with π = odds/(1 + odds):  gradient π·v′,  Hessian π·v″ + π(1−π)·v′v′ᵀ
/// ```
///
/// Of v′ only the parts by r and α differ from row to row, so that a dozen sums hold everything.
struct Departures {
    alpha: f64,
    shape: f64,
    /// a.
    leaves: f64,
    /// b + c − 1.
    stays: f64,
    log_odds: f64,
    value: f64,
    /// Σπ.
    share: f64,
    /// Σπ·∂v: by r and α.
    first: [f64; 2],
    /// Σπ·∂²v: by r and α, twice by α.
    bend: [f64; 2],
    /// Σπ(1−π).
    spread: f64,
    /// Σπ(1−π)·∂v: by r and α.
    spread_first: [f64; 2],
    /// Σπ(1−π)·∂v∂v: twice by r, by r and α, twice by α.
    spread_second: [f64; 3],
}

impl Departures {
    fn new(parameters: &[f64; 4], frequency: f64, chances: f64) -> Self {
        let [r, alpha, a, b] = *parameters;
        let stays = b + (chances - 1.0);
        Self {
            alpha,
            shape: r + frequency,
            leaves: a,
            stays,
            log_odds: ln(a / stays),
            value: 0.0,
            share: 0.0,
            first: [0.0; 2],
            bend: [0.0; 2],
            spread: 0.0,
            spread_first: [0.0; 2],
            spread_second: [0.0; 3],
        }
    }

    fn add(&mut self, group: &Weighted<PurchaseStatistics>, staying: Staying) {
        let Weighted { row, weight } = *group;
        let idle = row.age() - row.recency();
        let inverse_last = 1.0 / (self.alpha + row.recency());
        let log_ratio = if row.recency() == 0.0 {
            staying.growth
        } else {
            ln_1p(idle * inverse_last)
        };
        // 1/(α+t_x) − 1/(α+T)
        let difference = idle * inverse_last * staying.inverse_total;
        let exponent = self.log_odds + self.shape * log_ratio;
        let small = exp(-exponent.abs());
        let (inverse, log) = (1.0 / (1.0 + small), ln_1p(small));
        let (share, log) = if 0.0 < exponent {
            (inverse, exponent + log)
        } else {
            (small * inverse, log)
        };
        let by_alpha = -self.shape * difference;

        self.value += weight * log;
        let weighted = weight * share;
        self.share += weighted;
        self.first[0] += weighted * log_ratio;
        self.first[1] += weighted * by_alpha;
        self.bend[0] -= weighted * difference;
        self.bend[1] -= weighted * by_alpha * (inverse_last + staying.inverse_total);
        // π(1−π), without a difference.
        let spread = weight * small * inverse * inverse;
        self.spread += spread;
        self.spread_first[0] += spread * log_ratio;
        self.spread_first[1] += spread * by_alpha;
        self.spread_second[0] += spread * log_ratio * log_ratio;
        self.spread_second[1] += spread * log_ratio * by_alpha;
        self.spread_second[2] += spread * by_alpha * by_alpha;
    }

    fn add_to(&self, sum: &mut Evaluation<4>) {
        // v by a and b.
        let (by_a, by_b) = (1.0 / self.leaves, -1.0 / self.stays);
        sum.value += self.value;
        sum.gradient[R] += self.first[0];
        sum.gradient[ALPHA] += self.first[1];
        sum.gradient[A] += self.share * by_a;
        sum.gradient[B] += self.share * by_b;
        let [spread_r, spread_alpha] = self.spread_first;
        sum.hessian[R][R] += self.spread_second[0];
        sum.hessian[R][ALPHA] += self.bend[0] + self.spread_second[1];
        sum.hessian[ALPHA][ALPHA] += self.bend[1] + self.spread_second[2];
        sum.hessian[R][A] += spread_r * by_a;
        sum.hessian[R][B] += spread_r * by_b;
        sum.hessian[ALPHA][A] += spread_alpha * by_a;
        sum.hessian[ALPHA][B] += spread_alpha * by_b;
        sum.hessian[A][A] += (self.spread - self.share) * by_a * by_a;
        sum.hessian[A][B] += self.spread * by_a * by_b;
        sum.hessian[B][B] += (self.spread + self.share) * by_b * by_b;
    }
}
