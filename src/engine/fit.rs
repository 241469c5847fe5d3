//! Fitting: maximum likelihood, or the mode under a weak prior.
//!
//! Every family is fitted in the logarithms of its parameters by Newton's method with analytic
//! derivatives. Rows are grouped and sorted first, so that a fit does not depend on their order, not
//! even in its last bits, and costs one evaluation for each distinct row.
//!
//! - this file: what a fit returns, why it may fail, and what a family must know to be fitted;
//! - `search`: from several starts to the maximum;
//! - `beta_geometric`: BG/NBD and MBG/NBD; `pareto_nbd`, `nbd`: the other families of purchases;
//!   `rate`: what these four share; `referral_nbd`: referees in place of purchases;
//! - `bg_bb`, `sbg`: the families of discrete periods; `gamma_gamma`: spend.

mod beta_geometric;
mod bg_bb;
mod gamma_gamma;
mod nbd;
mod pareto_nbd;
mod rate;
mod referral_nbd;
mod sbg;
mod search;

pub use beta_geometric::{fit_bg_nbd, fit_mbg_nbd};
pub use bg_bb::fit_bg_bb;
pub use gamma_gamma::fit_gamma_gamma;
pub use nbd::fit_nbd;
pub use pareto_nbd::fit_pareto_nbd;
pub use referral_nbd::fit_referral_nbd;
pub use sbg::fit_sbg;

use super::numeric::blocks::{Threads, map};
use super::numeric::linear::largest_eigenvalue;
use super::numeric::maximize::Evaluation;
use super::numeric::special::{exp, ln};
use super::statistics::{PurchaseStatistics, TotalOrder, Weighted, group_rows};
use search::Problem;

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
    /// repeat event, the β of the Pareto/NBD model at the mean age, γ at the mean spend), so that a
    /// change of units changes nothing else.
    Weak,
}

/// How to fit; a [`Prior`] alone stands for one on a single thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What is believed beforehand.
    pub prior: Prior,
    /// Threads to use; the result is the same on any number.
    pub threads: Threads,
}

impl From<Prior> for Options {
    fn from(prior: Prior) -> Self {
        Self {
            prior,
            threads: Threads::ONE,
        }
    }
}

/// Standard deviation of a log-parameter under [`Prior::Weak`].
pub const WEAK_PRIOR_DEVIATION: f64 = 3.0;

/// A fitted model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit<M, const N: usize> {
    /// The model at the maximum.
    pub model: M,
    /// Its parameters, in the order of its fields.
    pub parameters: [f64; N],
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
    /// Least curvature of the maximised function: how much it falls, in half squares of a step of 1
    /// in the log-parameters, along the direction that the data tell least. Above 0.
    pub curvature: f64,
    /// Whether the point satisfies the conditions of an interior maximum: negative definite
    /// Hessian, next step below 1e-5 standard errors. Always true here, since anything else is a
    /// [`FitError`]; it is carried along for whoever stores the fit.
    pub converged: bool,
}

impl<M, const N: usize> Fit<M, N> {
    /// The same fit, seen as one of a model with the same parameters.
    fn of<O>(self, model: O) -> Fit<O, N> {
        Fit {
            model,
            parameters: self.parameters,
            standard_errors: self.standard_errors,
            log_parameter_covariance: self.log_parameter_covariance,
            log_likelihood: self.log_likelihood,
            customers: self.customers,
            iterations: self.iterations,
            gradient_norm: self.gradient_norm,
            curvature: self.curvature,
            converged: self.converged,
        }
    }

    /// Correlation of the log-parameters, in the order of the model's fields.
    #[must_use]
    pub fn log_parameter_correlation(&self) -> [[f64; N]; N] {
        let covariance = &self.log_parameter_covariance;
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let scale = covariance[row][row] * covariance[column][column];
                covariance[row][column] / scale.sqrt()
            })
        })
    }
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
    /// No customer brought anybody who bought, so nothing is known about rates of doing so.
    #[error(
        "none of {customers} customers brought anybody who bought: how many they will bring cannot be \
         told"
    )]
    NobodyRefers {
        /// Sum of the weights.
        customers: f64,
    },
    /// Nobody left a contract, so nothing is known about leaving.
    #[error("none of {customers} customers left: how long customers stay cannot be told")]
    NobodyLeft {
        /// Sum of the weights.
        customers: f64,
    },
    /// All customers have the same statistics, so that the spread between them fits to zero.
    #[error("all {customers} customers have the same history: how customers differ cannot be told")]
    EverybodyIdentical {
        /// Sum of the weights.
        customers: f64,
    },
    /// All customers have the same mean spend, so that its spread fits to zero.
    #[error(
        "the mean spend of all {customers} customers is {monetary}: how spend varies cannot be told"
    )]
    EverybodySpendsTheSame {
        /// Sum of the weights.
        customers: f64,
        /// The mean spend of each.
        monetary: f64,
    },
    /// The likelihood still rises at the edge of the domain, a factor of 1e8 from any ordinary value,
    /// or is level along a ridge towards it.
    #[error(
        "the likelihood has no maximum: it is level or still rises at {parameter} = {value}; a weak prior, \
         or customers who differ as customers do, would settle it"
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

/// A family that can be fitted: what the search needs to know of it.
trait Fittable<const N: usize>: Sized {
    /// What the family knows of one customer.
    type Statistics: TotalOrder + Copy + Sync;

    /// Names of the parameters, in the order of the paper.
    const NAMES: [&'static str; N];

    /// The model of these parameters.
    fn from_parameters(parameters: [f64; N]) -> Self;

    /// Where to look for the maximum. `rows` are grouped, at least two; `customers` is the sum of
    /// their weights.
    ///
    /// # Errors
    ///
    /// When the rows say nothing about the parameters: the answer would be the prior.
    fn outlook(rows: &[Weighted<Self::Statistics>], customers: f64)
    -> Result<Outlook<N>, FitError>;

    /// Adds the weighted log-likelihood of at most [`BLOCK_ROWS`] rows with the same number of events,
    /// with its derivatives by the parameters, to the upper triangle of `sum`.
    fn add_log_likelihood(
        sum: &mut Evaluation<N>,
        parameters: &[f64; N],
        block: &[Weighted<Self::Statistics>],
    );
}

/// Where a family's maximum may lie.
struct Outlook<const N: usize> {
    /// Starts in the order in which they are tried, as parameters.
    starts: Vec<[f64; N]>,
    /// Ordinary values: centre of the box and of the weak prior.
    centres: [f64; N],
}

/// Distinct rows from which on a sample of them is fitted first: from its maximum that of all is two
/// or three steps away, instead of ten.
const SAMPLED_FROM: usize = 10_000;
/// Every such row, in order of their statistics, is in the sample.
const SAMPLE_STRIDE: usize = 50;

/// Rows whose likelihoods are added up before the sum is added to that of others: many enough for a
/// family to prepare something for them, few enough to keep several threads busy.
const BLOCK_ROWS: usize = 8_192;

/// Fits a family to weighted rows.
fn fit<M: Fittable<N>, const N: usize>(
    rows: &[Weighted<M::Statistics>],
    options: Options,
) -> Result<Fit<M, N>, FitError> {
    let Options { prior, threads } = options;
    let (grouped, customers) = prepare(rows)?;
    let outlook = M::outlook(&grouped, customers)?;
    let mut problem = Problem {
        names: M::NAMES,
        starts: outlook.starts,
        centres: outlook.centres.map(ln),
        prior,
    };
    if SAMPLED_FROM <= grouped.len() {
        let sample: Vec<_> = grouped.iter().step_by(SAMPLE_STRIDE).copied().collect();
        let blocks = blocks(&sample);
        let sum = |parameters: &_| log_likelihood::<M, N>(parameters, &blocks, threads);
        let found = problem.solve(sum);
        // A start only: where the sample has no maximum, the others remain.
        if let Ok(maximum) = found {
            problem.starts.insert(0, maximum.point.map(exp));
        }
    }
    let blocks = blocks(&grouped);
    let sum = |parameters: &_| log_likelihood::<M, N>(parameters, &blocks, threads);
    let maximum = problem.solve(sum)?;

    let parameters = maximum.point.map(exp);
    let covariance = maximum.inverse_negative_hessian;
    Ok(Fit {
        model: M::from_parameters(parameters),
        parameters,
        standard_errors: std::array::from_fn(|index| {
            parameters[index] * covariance[index][index].sqrt()
        }),
        log_parameter_covariance: covariance,
        log_likelihood: maximum.value - problem.log_prior(&maximum.point),
        customers,
        iterations: maximum.iterations,
        gradient_norm: maximum.gradient_norm,
        curvature: 1.0 / largest_eigenvalue(&covariance),
        converged: true,
    })
}

/// Sum of weighted log-likelihoods with its derivatives by the parameters.
fn log_likelihood<M: Fittable<N>, const N: usize>(
    parameters: &[f64; N],
    blocks: &[&[Weighted<M::Statistics>]],
    threads: Threads,
) -> Evaluation<N> {
    let of_blocks = map(blocks, threads, |block| {
        let mut sum = Evaluation::ZERO;
        M::add_log_likelihood(&mut sum, parameters, block);
        sum
    });
    let mut sum = Evaluation::ZERO;
    for block in &of_blocks {
        sum.add(block);
    }
    for row in 0..N {
        for column in 0..row {
            sum.hessian[row][column] = sum.hessian[column][row];
        }
    }
    sum
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

/// Rows with the same number of events, at most [`BLOCK_ROWS`] of them, in order.
fn blocks<T: TotalOrder>(rows: &[Weighted<T>]) -> Vec<&[Weighted<T>]> {
    let is_same = |left: &Weighted<T>, right: &Weighted<T>| {
        left.row.leading_count() == right.row.leading_count()
    };
    let runs = rows.chunk_by(is_same);
    runs.flat_map(|run| run.chunks(BLOCK_ROWS)).collect()
}

/// What histories of purchases have in common: the scales of time in them.
struct PurchaseScales {
    /// Customer time for each repeat event.
    time_between: f64,
    /// Mean age.
    mean_age: f64,
}

impl PurchaseScales {
    /// # Errors
    ///
    /// [`FitError::NobodyRepeats`]: then nothing is known about rates or dropout.
    fn of(rows: &[Weighted<PurchaseStatistics>], customers: f64) -> Result<Self, FitError> {
        let sum = |of: fn(&PurchaseStatistics) -> f64| -> f64 {
            rows.iter().map(|group| group.weight * of(&group.row)).sum()
        };
        let repeats = sum(PurchaseStatistics::frequency);
        if repeats == 0.0 {
            return Err(FitError::NobodyRepeats { customers });
        }
        let time = sum(PurchaseStatistics::age);
        Ok(Self {
            time_between: time / repeats,
            mean_age: time / customers,
        })
    }
}

#[cfg(test)]
mod tests;
