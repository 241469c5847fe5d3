//! Maximum likelihood of the NBD model.

use super::{Fit, FitError, Fittable, Options, Outlook, PurchaseScales, fit, rate};
use crate::engine::nbd::Nbd;
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// Starts r, tried in this order; α follows from r and the base's rate.
const STARTS: [f64; 3] = [0.5, 0.1, 5.0];

/// Fits the NBD model to weighted customers.
///
/// # Formula
///
/// As [`super::fit_bg_nbd`], with the likelihood of [`Nbd`].
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: α in the unit of time of the rows; standard errors in the order r, α
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended. Without a prior there is no
/// maximum when the numbers of events vary less than those of one rate would.
///
/// # Source
///
/// Ehrenberg (1959), Applied Statistics 8(1), 26–41.
/// Reference values: `tests/golden/oracle-lifetime-value.json`, its hold-out total.
pub fn fit_nbd(
    rows: &[Weighted<PurchaseStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<Nbd, 2>, FitError> {
    fit(rows, options.into())
}

impl Fittable<2> for Nbd {
    type Statistics = PurchaseStatistics;
    const NAMES: [&'static str; 2] = ["r", "alpha"];

    fn from_parameters([r, alpha]: [f64; 2]) -> Self {
        Self { r, alpha }
    }

    fn outlook(
        rows: &[Weighted<PurchaseStatistics>],
        customers: f64,
    ) -> Result<Outlook<2>, FitError> {
        let PurchaseScales { time_between, .. } = PurchaseScales::of(rows, customers)?;
        Ok(Outlook {
            starts: STARTS.map(|r| [r, r * time_between]).to_vec(),
            centres: [1.0, time_between],
        })
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<2>,
        parameters: &[f64; 2],
        block: &[Weighted<PurchaseStatistics>],
    ) {
        rate::add_staying(sum, parameters, block, |_, _, _| ());
    }
}
