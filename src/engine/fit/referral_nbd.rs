//! Maximum likelihood of the referral NBD model: that of the NBD model, with referees as events.

use super::{Fit, FitError, Options, fit_nbd};
use crate::engine::referral_nbd::ReferralNbd;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// Fits the referral NBD model to weighted customers, buyers who brought nobody among them.
///
/// # Formula
///
/// As [`fit_nbd`], the frequency of a row being the number of referees and its age the exposure.
///
/// # Units
///
/// - `rows`: as [`crate::engine::referral_nbd::referral_history`] makes them
/// - `weight`: customers a row stands for, above 0
/// - returns: α in the unit of time of the rows; standard errors in the order r, α
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended:
/// [`FitError::NobodyRefers`] when nobody brought anybody.
///
/// # Source
///
/// Ehrenberg (1959), Applied Statistics 8(1), 26–41.
pub fn fit_referral_nbd(
    rows: &[Weighted<PurchaseStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<ReferralNbd, 2>, FitError> {
    let nobody_refers = rows.iter().all(|group| group.row.frequency() == 0.0);
    let fit =
        match fit_nbd(rows, options) {
            Ok(fit) => fit,
            Err(
                FitError::NobodyRepeats { customers } | FitError::EverybodyIdentical { customers },
            ) if nobody_refers => return Err(FitError::NobodyRefers { customers }),
            Err(error) => return Err(error),
        };
    let model = ReferralNbd {
        r: fit.model.r,
        alpha: fit.model.alpha,
    };
    Ok(fit.of(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fit::Prior;
    use crate::engine::referral_nbd::referral_history;

    fn row(referees: f64, exposure: f64, weight: f64) -> Weighted<PurchaseStatistics> {
        let row = referral_history(referees, exposure).unwrap();
        Weighted { row, weight }
    }

    #[test]
    fn it_is_the_fit_of_the_nbd_model() {
        let rows = [
            row(0.0, 10.0, 30.0),
            row(0.0, 52.0, 40.0),
            row(1.0, 52.0, 10.0),
            row(7.0, 40.0, 3.0),
        ];
        for prior in [Prior::Weak, Prior::None] {
            let fit = fit_referral_nbd(&rows, prior).unwrap();
            let nbd = fit_nbd(&rows, prior).unwrap();
            assert_eq!(fit.parameters, nbd.parameters);
            assert_eq!(fit.log_likelihood, nbd.log_likelihood);
            assert_eq!(
                (fit.model.r, fit.model.alpha),
                (nbd.model.r, nbd.model.alpha)
            );
            assert_eq!(fit.customers, 83.0);
        }
    }

    #[test]
    fn nobody_bringing_anybody_is_said_in_its_own_words() {
        for exposure in [10.0, 20.0] {
            let rows = [row(0.0, 10.0, 5.0), row(0.0, exposure, 5.0)];
            let error = fit_referral_nbd(&rows, Prior::Weak).unwrap_err();
            assert_eq!(error, FitError::NobodyRefers { customers: 10.0 });
            let words = error.to_string();
            assert!(words.starts_with("none of 10 customers brought"), "{words}");
        }
    }
}
