//! The search for a maximum in log-parameters, from several starts.

use super::{FitError, Prior, WEAK_PRIOR_DEVIATION};
use crate::engine::numeric::maximize::{Evaluation, MaximizeError, Maximum, maximize};
use crate::engine::numeric::special::{exp, ln};

/// ln 1e8: how far from its centre a log-parameter may go.
const LOG_REACH: f64 = 18.420_680_743_952_367;

/// Starts that must run away before the data are said to have no maximum. Further ones would only
/// repeat it, at the price of a full search each.
const ESCAPES_MAX: u32 = 2;

/// One model's fit, in log-parameters.
pub(super) struct Problem<const N: usize> {
    pub(super) names: [&'static str; N],
    /// Starts in the order in which they are tried, as parameters.
    pub(super) starts: Vec<[f64; N]>,
    /// Logarithms of the ordinary values: centre of the box and of the weak prior.
    pub(super) centres: [f64; N],
    pub(super) prior: Prior,
}

impl<const N: usize> Problem<N> {
    /// Maximises log-likelihood plus log-prior from the first start that leads to a maximum.
    ///
    /// Otherwise the error is that of the first start.
    ///
    /// `log_likelihood` takes parameters and returns derivatives by them.
    pub(super) fn solve(
        &self,
        log_likelihood: impl Fn(&[f64; N]) -> Evaluation<N>,
    ) -> Result<Maximum<N>, FitError> {
        let objective = |point: &[f64; N]| {
            let parameters = point.map(exp);
            let mut evaluation = by_logarithms(&log_likelihood(&parameters), &parameters);
            self.add_log_prior(point, &mut evaluation);
            evaluation
        };
        let limits = self
            .centres
            .map(|centre| (centre - LOG_REACH, centre + LOG_REACH));
        let mut first_error = None;
        let mut escapes = 0;
        for start in &self.starts {
            match maximize(objective, start.map(ln), &limits) {
                Ok(found) => return Ok(found),
                Err(error) => {
                    escapes += u32::from(has_escaped(&error));
                    first_error = first_error.or(Some(error));
                }
            }
            if escapes == ESCAPES_MAX {
                break;
            }
        }
        Err(first_error.map_or(FitError::NotFinite, |error| self.explain(error)))
    }

    /// Logarithm of the prior at these log-parameters, but for a constant.
    pub(super) fn log_prior(&self, point: &[f64; N]) -> f64 {
        let mut evaluation = Evaluation::ZERO;
        self.add_log_prior(point, &mut evaluation);
        evaluation.value
    }

    fn add_log_prior(&self, point: &[f64; N], evaluation: &mut Evaluation<N>) {
        let precision = match self.prior {
            Prior::None => return,
            Prior::Weak => 1.0 / (WEAK_PRIOR_DEVIATION * WEAK_PRIOR_DEVIATION),
        };
        for (index, (value, centre)) in point.iter().zip(&self.centres).enumerate() {
            let distance = value - centre;
            evaluation.value -= 0.5 * precision * distance * distance;
            evaluation.gradient[index] -= precision * distance;
            evaluation.hessian[index][index] -= precision;
        }
    }

    fn explain(&self, error: MaximizeError<N>) -> FitError {
        match error {
            MaximizeError::StartNotFinite => FitError::NotFinite,
            MaximizeError::LeftBox {
                coordinate, value, ..
            } => FitError::NoInteriorMaximum {
                parameter: self.names[coordinate],
                value: exp(value),
            },
            MaximizeError::Flat { point, .. } => {
                let farthest = (0..N).fold(0, |best, index| {
                    let distance = |index: usize| (point[index] - self.centres[index]).abs();
                    if distance(best) < distance(index) {
                        index
                    } else {
                        best
                    }
                });
                FitError::NoInteriorMaximum {
                    parameter: self.names[farthest],
                    value: exp(point[farthest]),
                }
            }
            MaximizeError::NotConverged {
                iterations,
                gradient_norm,
                point,
            } => FitError::NotConverged {
                iterations,
                gradient_norm,
                parameters: self.names.into_iter().zip(point.map(exp)).collect(),
            },
        }
    }
}

/// Whether the search ran away, rather than failed.
fn has_escaped<const N: usize>(error: &MaximizeError<N>) -> bool {
    match error {
        MaximizeError::LeftBox { .. } | MaximizeError::Flat { .. } => true,
        MaximizeError::StartNotFinite | MaximizeError::NotConverged { .. } => false,
    }
}

/// Turns derivatives by parameters into derivatives by their logarithms.
fn by_logarithms<const N: usize>(
    evaluation: &Evaluation<N>,
    parameters: &[f64; N],
) -> Evaluation<N> {
    let gradient: [f64; N] = std::array::from_fn(|row| parameters[row] * evaluation.gradient[row]);
    let hessian = std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            let scaled = parameters[row] * parameters[column] * evaluation.hessian[row][column];
            if row == column {
                scaled + gradient[row]
            } else {
                scaled
            }
        })
    });
    Evaluation {
        value: evaluation.value,
        gradient,
        hessian,
    }
}
