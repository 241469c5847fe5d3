//! Maximum likelihood of the shifted beta-geometric model.

use super::{Fit, FitError, Fittable, Options, Outlook, fit};
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::rising::{beta_rising, ln_beta_rising};
use crate::engine::numeric::special::ln;
use crate::engine::sbg::Sbg;
use crate::engine::statistics::{RenewalStatistics, Weighted};

const ALPHA: usize = 0;
const BETA: usize = 1;

/// Starts, tried in this order: they differ in spread and in retention by an order of magnitude.
const STARTS: [[f64; 2]; 4] = [[1.0, 2.0], [0.5, 0.5], [1.0, 20.0], [10.0, 30.0]];

/// Fits the shifted beta-geometric model to weighted customers.
///
/// # Formula
///
/// As [`super::fit_bg_nbd`], with the likelihood of [`Sbg`].
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: dimensionless parameters; standard errors in the order α, β
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended. Customers of whom nobody
/// left, or nobody renewed, are refused under any prior; those watched for one period need one, since
/// a single retention rate does not tell how customers differ.
///
/// # Source
///
/// Fader and Hardie (2007), Journal of Interactive Marketing 21(1), 76–90, appendix B.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_sbg(
    rows: &[Weighted<RenewalStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<Sbg, 2>, FitError> {
    fit(rows, options.into())
}

impl Fittable<2> for Sbg {
    type Statistics = RenewalStatistics;
    const NAMES: [&'static str; 2] = ["alpha", "beta"];

    fn from_parameters([alpha, beta]: [f64; 2]) -> Self {
        Self { alpha, beta }
    }

    fn outlook(
        rows: &[Weighted<RenewalStatistics>],
        customers: f64,
    ) -> Result<Outlook<2>, FitError> {
        if rows.iter().all(|group| group.row.renewals() == 0.0) {
            return Err(FitError::NobodyRepeats { customers });
        }
        if rows.iter().all(|group| group.row.is_active()) {
            return Err(FitError::NobodyLeft { customers });
        }
        Ok(Outlook {
            starts: STARTS.to_vec(),
            centres: [1.0; 2],
        })
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<2>,
        parameters: &[f64; 2],
        block: &[Weighted<RenewalStatistics>],
    ) {
        let [alpha, beta] = *parameters;
        let Some(renewals) = block.first().map(|group| group.row.renewals()) else {
            return;
        };
        let weight: f64 = block.iter().map(|group| group.weight).sum();
        let gone = block.iter().filter(|group| !group.row.is_active());
        let left: f64 = gone.map(|group| group.weight).sum();

        // S(k)
        let staying = beta_rising(alpha, beta, renewals);
        sum.value += weight * ln_beta_rising(alpha, beta, renewals);
        sum.gradient[ALPHA] += weight * staying.by_a;
        sum.gradient[BETA] += weight * staying.by_b;
        sum.hessian[ALPHA][ALPHA] += weight * staying.by_aa;
        sum.hessian[ALPHA][BETA] += weight * staying.by_aa;
        sum.hessian[BETA][BETA] += weight * staying.by_bb;

        // α/(α+β+k), by those who left
        let total = alpha + (beta + renewals);
        let curvature = 1.0 / (total * total);
        sum.value += left * ln(alpha / total);
        sum.gradient[ALPHA] += left * (beta + renewals) / (alpha * total);
        sum.gradient[BETA] -= left / total;
        sum.hessian[ALPHA][ALPHA] += left * (curvature - 1.0 / (alpha * alpha));
        sum.hessian[ALPHA][BETA] += left * curvature;
        sum.hessian[BETA][BETA] += left * curvature;
    }
}
