//! Maximum likelihood of the Pareto/NBD model.
//!
//! - this file: the likelihood, by quadrature for each row;
//! - `leaving`: for many rows of one frequency, by a table that serves them all.

mod leaving;

use leaving::LeavingTable;

use super::rate::{self, ALPHA, R};
use super::{Fit, FitError, Fittable, Options, Outlook, PurchaseScales, fit};
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::mixture::{LogMixture, Summand};
use crate::engine::numeric::special::ln_1p;
use crate::engine::pareto_nbd::{Departure, ParetoNbd, visit_departures};
use crate::engine::statistics::{PurchaseStatistics, Weighted};

const S: usize = 2;
const BETA: usize = 3;

/// Starts (r, s, β in units of the mean age), tried in this order; α follows from r and the base's
/// rate. The first is near what retail data give, the others differ in spread and dropout by an
/// order of magnitude.
const STARTS: [(f64, f64, f64); 6] = [
    (0.5, 0.5, 0.4),
    (0.5, 1.0, 2.0),
    (1.0, 0.2, 1.0),
    (3.0, 2.0, 5.0),
    (0.1, 0.1, 0.1),
    (10.0, 5.0, 50.0),
];

/// Fits the Pareto/NBD model to weighted customers.
///
/// # Formula
///
/// As [`super::fit_bg_nbd`], with the likelihood of [`ParetoNbd`]. Derivatives are taken under the
/// integral over the time of departure, at the nodes that serve the likelihood.
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: α and β in the unit of time of the rows; standard errors in the order r, α, s, β
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended.
///
/// # Source
///
/// Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model", equation 15.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_pareto_nbd(
    rows: &[Weighted<PurchaseStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<ParetoNbd, 4>, FitError> {
    fit(rows, options.into())
}

impl Fittable<4> for ParetoNbd {
    type Statistics = PurchaseStatistics;
    const NAMES: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    fn from_parameters([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    fn outlook(
        rows: &[Weighted<PurchaseStatistics>],
        customers: f64,
    ) -> Result<Outlook<4>, FitError> {
        let PurchaseScales {
            time_between,
            mean_age,
        } = PurchaseScales::of(rows, customers)?;
        Ok(Outlook {
            starts: STARTS
                .map(|(r, s, share)| [r, r * time_between, s, share * mean_age])
                .to_vec(),
            centres: [1.0, time_between, 1.0, mean_age],
        })
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<4>,
        parameters: &[f64; 4],
        block: &[Weighted<PurchaseStatistics>],
    ) {
        let Some(first) = block.first() else {
            return;
        };
        let table = LeavingTable::new(parameters, first.row.frequency(), block.len());
        rate::add_staying(sum, parameters, block, |sum, group, _| {
            add_living(sum, parameters, group);
            let is_added = table
                .as_ref()
                .is_some_and(|table| table.add_departures(sum, parameters, group));
            if !is_added {
                departures(parameters, &group.row).add_to(sum, group.weight);
            }
        });
    }
}

/// ln of βˢ·(β+T)^−s: living until T.
fn add_living(
    sum: &mut Evaluation<4>,
    parameters: &[f64; 4],
    group: &Weighted<PurchaseStatistics>,
) {
    let [_, _, s, beta] = *parameters;
    let Weighted { row, weight } = *group;
    let life = beta + row.age();
    let ageing = ln_1p(row.age() / beta);
    // 1/β − 1/(β+T)
    let share = row.age() / (beta * life);
    sum.value -= weight * s * ageing;
    sum.gradient[S] -= weight * ageing;
    sum.gradient[BETA] += weight * s * share;
    sum.hessian[S][BETA] += weight * share;
    sum.hessian[BETA][BETA] -= weight * s * share * (1.0 / beta + 1.0 / life);
}

/// ln(1 + odds of having left), all derivatives relative to staying until T.
fn departures(parameters: &[f64; 4], row: &PurchaseStatistics) -> LogMixture<4> {
    let [r, alpha, s, beta] = *parameters;
    let shape = r + row.frequency();
    let (total, life) = (alpha + row.age(), beta + row.age());
    let mut mixture = LogMixture::reference();
    let model = ParetoNbd { r, alpha, s, beta };
    visit_departures(&model, row, |departure: &Departure| {
        // 1/(α+y) − 1/(α+T) and 1/(β+y) − 1/(β+T)
        let of_total = departure.silence / (total * departure.alpha_total);
        let of_life = departure.silence / (life * departure.beta_total);
        let leaves = 1.0 / departure.beta_total;
        let gradient = [
            departure.log_alpha_ratio,
            -shape * of_total,
            1.0 / s + departure.log_beta_ratio,
            -s * of_life - leaves,
        ];
        let mut hessian = [[0.0; 4]; 4];
        hessian[R][ALPHA] = -of_total;
        hessian[ALPHA][ALPHA] = shape * of_total * (1.0 / departure.alpha_total + 1.0 / total);
        hessian[S][S] = -1.0 / (s * s);
        hessian[S][BETA] = -of_life;
        hessian[BETA][BETA] = s * of_life * (leaves + 1.0 / life) + leaves * leaves;
        mixture.add(&Summand {
            log_value: departure.log_density,
            factor: departure.factor,
            gradient,
            hessian,
        });
    });
    mixture
}
