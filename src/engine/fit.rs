//! Fitting: maximum likelihood, or the mode under a weak prior.
//!
//! Both models are fitted in the logarithms of their parameters by Newton's method with analytic
//! derivatives. Rows are grouped and sorted first, so that a fit does not depend on their order, not
//! even in its last bits, and costs one evaluation for each distinct row.
//!
//! - this file: what a fit returns, why it may fail, and the search shared by the models;
//! - `purchases`: BG/NBD; `spend`: Gamma-Gamma.

mod purchases;
mod spend;

pub use purchases::fit_bg_nbd;
pub use spend::fit_gamma_gamma;

use super::numeric::maximize::{Evaluation, MaximizeError, Maximum, maximize};
use super::numeric::special::{exp, ln};
use super::statistics::{TotalOrder, Weighted, group_rows};

/// What is believed about the parameters before the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// Nothing: plain maximum likelihood, which need not have a maximum on small data.
    None,
    /// Each log-parameter is normal with standard deviation 3, independently.
    ///
    /// One standard deviation is a factor of 20, two a factor of 400: the prior only decides what the
    /// data leave open, such as a and b when only a/(a+b) can be told, and it makes the posterior
    /// fall in every direction, so that a mode always exists. Dimensionless parameters are centred
    /// at 1. Scale parameters are centred at the data's own scale (α at customer time for each
    /// repeat event, γ at the mean spend), so that a change of units changes nothing else.
    Weak,
}

/// Standard deviation of a log-parameter under [`Prior::Weak`].
pub const WEAK_PRIOR_DEVIATION: f64 = 3.0;

/// A fitted model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit<M, const N: usize> {
    /// The model at the maximum.
    pub model: M,
    /// Standard errors in the order of the model's fields: parameter times the standard error of
    /// its logarithm, from the inverse negative Hessian (of the posterior under [`Prior::Weak`]).
    pub standard_errors: [f64; N],
    /// Covariance of the log-parameters, from the same inverse.
    pub log_parameter_covariance: [[f64; N]; N],
    /// Total natural log-likelihood of the weighted rows, without the prior.
    pub log_likelihood: f64,
    /// Sum of the weights; whole when the weights are counts.
    pub customers: f64,
    /// Newton steps of the start that succeeded.
    pub iterations: u32,
    /// Largest absolute derivative of the maximised function by a log-parameter.
    pub gradient_norm: f64,
    /// Whether the point satisfies the conditions of an interior maximum: negative definite
    /// Hessian, next step below 1e-5 standard errors. Always true here, since anything else is a
    /// [`FitError`]; it is carried along for whoever stores the fit.
    pub converged: bool,
}

/// Why there is no fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A weight is zero, negative, infinite or not a number.
    #[error("row {row} has weight {weight}, not a positive number")]
    Weight {
        /// Index of the row as given.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// There are no rows.
    #[error("there are no customers to fit")]
    NoCustomers,
    /// One customer says nothing about how customers differ.
    #[error("{customers} customers are too few: how customers differ needs at least two")]
    TooFewCustomers {
        /// Sum of the weights.
        customers: f64,
    },
    /// No customer bought again, so nothing is known about rates or dropout.
    #[error("none of {customers} customers bought again: rates and dropout cannot be told")]
    NobodyRepeats {
        /// Sum of the weights.
        customers: f64,
    },
    /// All customers have the same statistics, so that the spread between them fits to zero.
    #[error("all {customers} customers have the same history: how customers differ cannot be told")]
    EverybodyIdentical {
        /// Sum of the weights.
        customers: f64,
    },
    /// The likelihood still rises at the edge of the domain, a factor of 1e8 from any ordinary value,
    /// or is level along a ridge towards it.
    #[error(
        "the likelihood has no maximum: it is level or still rises at {parameter} = {value}; a weak prior or \
         more customers would settle it"
    )]
    NoInteriorMaximum {
        /// Code name of the parameter that ran away farthest.
        parameter: &'static str,
        /// Where it was stopped.
        value: f64,
    },
    /// The search stalled, from every start; the values are those of the first start.
    #[error(
        "no convergence after {iterations} steps, last gradient {gradient_norm}, last parameters \
         {parameters:?}"
    )]
    NotConverged {
        /// Steps taken.
        iterations: u32,
        /// Largest absolute derivative by a log-parameter.
        gradient_norm: f64,
        /// Name and last value of each parameter; not to be used as estimates.
        parameters: Vec<(&'static str, f64)>,
    },
    /// The data are so extreme that the likelihood is not finite at any start.
    #[error("the likelihood is not finite at any start")]
    NotFinite,
}

/// ln 1e8: how far from its centre a log-parameter may go.
const LOG_REACH: f64 = 18.420_680_743_952_367;

/// Starts that must run away before the data are said to have no maximum. Further ones would only
/// repeat it, at the price of a full search each.
const ESCAPES_MAX: u32 = 2;

/// One model's fit, in log-parameters.
struct Problem<const N: usize> {
    names: [&'static str; N],
    /// Starts in the order in which they are tried, as parameters.
    starts: Vec<[f64; N]>,
    /// Logarithms of the ordinary values: centre of the box and of the weak prior.
    centres: [f64; N],
    prior: Prior,
}

impl<const N: usize> Problem<N> {
    /// Maximises log-likelihood plus log-prior from the first start that leads to a maximum.
    ///
    /// Otherwise the error is that of the first start.
    ///
    /// `log_likelihood` takes parameters and returns derivatives by them.
    fn solve(
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

/// Assembles the result; `parameters` are those of `model`, in the order of its fields.
fn fitted<M, const N: usize>(
    model: M,
    parameters: &[f64; N],
    maximum: &Maximum<N>,
    log_likelihood: f64,
    customers: f64,
) -> Fit<M, N> {
    let covariance = maximum.inverse_negative_hessian;
    Fit {
        model,
        standard_errors: std::array::from_fn(|index| {
            parameters[index] * covariance[index][index].sqrt()
        }),
        log_parameter_covariance: covariance,
        log_likelihood,
        customers,
        iterations: maximum.iterations,
        gradient_norm: maximum.gradient_norm,
        converged: true,
    }
}

/// Checks the weights, groups the rows, and refuses what no model can be fitted to.
///
/// Returns the grouped rows and the sum of the weights.
fn prepare<T: TotalOrder + Copy>(
    rows: &[Weighted<T>],
) -> Result<(Vec<Weighted<T>>, f64), FitError> {
    for (row, weighted) in rows.iter().enumerate() {
        let weight = weighted.weight;
        if !weight.is_finite() || weight <= 0.0 {
            return Err(FitError::Weight { row, weight });
        }
    }
    let grouped = group_rows(rows);
    let customers = grouped.iter().map(|group| group.weight).sum();
    match grouped.len() {
        0 => Err(FitError::NoCustomers),
        1 if customers < 2.0 => Err(FitError::TooFewCustomers { customers }),
        1 => Err(FitError::EverybodyIdentical { customers }),
        _ => Ok((grouped, customers)),
    }
}

/// Runs of rows with the same key, in order.
fn runs<T>(rows: &[T], key: impl Fn(&T) -> f64) -> Vec<&[T]> {
    rows.chunk_by(|left, right| key(left).total_cmp(&key(right)).is_eq())
        .collect()
}

#[cfg(test)]
mod tests;
