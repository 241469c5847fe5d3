//! Maximum likelihood of the BG/BB model.

use super::{Fit, FitError, Fittable, Options, Outlook, fit};
use crate::engine::bg_bb::{BgBb, PeriodDeparture, visit_departures};
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::mixture::{LogMixture, Summand};
use crate::engine::numeric::rising::{beta_rising, ln_beta_rising, ln_rising, polygamma_rising};
use crate::engine::statistics::{PeriodStatistics, Weighted};

const ALPHA: usize = 0;
const BETA: usize = 1;
const GAMMA: usize = 2;
const DELTA: usize = 3;

/// Starts, tried in this order: they differ in spread and dropout by an order of magnitude.
const STARTS: [[f64; 4]; 6] = [
    [1.0, 1.0, 0.7, 3.0],
    [0.5, 2.0, 0.3, 1.0],
    [1.0, 5.0, 1.0, 10.0],
    [5.0, 5.0, 0.2, 2.0],
    [0.3, 0.3, 2.0, 5.0],
    [10.0, 30.0, 5.0, 50.0],
];

/// Fits the BG/BB model to weighted customers.
///
/// # Formula
///
/// As [`super::fit_bg_nbd`], with the likelihood of [`BgBb`].
///
/// # Units
///
/// - `weight`: customers a row stands for, above 0
/// - returns: dimensionless parameters; standard errors in the order α, β, γ, δ
///
/// # Errors
///
/// [`FitError`] says what is wrong with the data, or how the search ended.
///
/// # Source
///
/// Fader, Hardie and Shang (2010), Marketing Science 29(6), 1086–1108, equation 5.
/// Reference values: `tests/golden/oracle-lifetime-value.json`.
pub fn fit_bg_bb(
    rows: &[Weighted<PeriodStatistics>],
    options: impl Into<Options>,
) -> Result<Fit<BgBb, 4>, FitError> {
    fit(rows, options.into())
}

impl Fittable<4> for BgBb {
    type Statistics = PeriodStatistics;
    const NAMES: [&'static str; 4] = ["alpha", "beta", "gamma", "delta"];

    fn from_parameters([alpha, beta, gamma, delta]: [f64; 4]) -> Self {
        Self {
            alpha,
            beta,
            gamma,
            delta,
        }
    }

    fn outlook(
        rows: &[Weighted<PeriodStatistics>],
        customers: f64,
    ) -> Result<Outlook<4>, FitError> {
        if rows.iter().all(|group| group.row.frequency() == 0.0) {
            return Err(FitError::NobodyRepeats { customers });
        }
        Ok(Outlook {
            starts: STARTS.to_vec(),
            centres: [1.0; 4],
        })
    }

    fn add_log_likelihood(
        sum: &mut Evaluation<4>,
        parameters: &[f64; 4],
        block: &[Weighted<PeriodStatistics>],
    ) {
        for group in block {
            add_staying(sum, parameters, group);
            departures(parameters, &group.row).add_to(sum, group.weight);
        }
    }
}

/// ln of B(α+x, β+n−x)/B(α, β) · B(γ, δ+n)/B(γ, δ): being there until period n.
fn add_staying(sum: &mut Evaluation<4>, parameters: &[f64; 4], group: &Weighted<PeriodStatistics>) {
    let [alpha, beta, gamma, delta] = *parameters;
    let Weighted { row, weight } = *group;
    let (x, n) = (row.frequency(), row.periods());
    // B(α, β+n−x)/B(α, β), n−x pauses, and B(γ, δ+n)/B(γ, δ).
    add_beta_rising(sum, (ALPHA, BETA), (alpha, beta, n - x), weight);
    add_beta_rising(sum, (GAMMA, DELTA), (gamma, delta, n), weight);
    // Γ(α+x)/Γ(α) · Γ(α+β+n−x)/Γ(α+β+n), then x purchases.
    let total = alpha + beta + (n - x);
    sum.value += weight * (ln_rising(alpha, x) - ln_rising(total, x));
    let (first, second) = polygamma_rising(alpha, x);
    let (first_total, second_total) = polygamma_rising(total, x);
    sum.gradient[ALPHA] += weight * (first - first_total);
    sum.gradient[BETA] -= weight * first_total;
    sum.hessian[ALPHA][ALPHA] += weight * (second - second_total);
    sum.hessian[ALPHA][BETA] -= weight * second_total;
    sum.hessian[BETA][BETA] -= weight * second_total;
}

/// ln of B(a, b+times)/B(a, b), for the parameters of these indices.
fn add_beta_rising(
    sum: &mut Evaluation<4>,
    (of_a, of_b): (usize, usize),
    (a, b, times): (f64, f64, f64),
    weight: f64,
) {
    let derivatives = beta_rising(a, b, times);
    sum.value += weight * ln_beta_rising(a, b, times);
    sum.gradient[of_a] += weight * derivatives.by_a;
    sum.gradient[of_b] += weight * derivatives.by_b;
    sum.hessian[of_a][of_a] += weight * derivatives.by_aa;
    sum.hessian[of_a][of_b] += weight * derivatives.by_aa;
    sum.hessian[of_b][of_b] += weight * derivatives.by_bb;
}

/// ln(1 + odds of having left), all derivatives relative to being there until period n.
fn departures(parameters: &[f64; 4], row: &PeriodStatistics) -> LogMixture<4> {
    let [alpha, beta, gamma, delta] = *parameters;
    let model = BgBb {
        alpha,
        beta,
        gamma,
        delta,
    };
    let mut mixture = LogMixture::reference();
    visit_departures(&model, row, |departure: &PeriodDeparture| {
        let PeriodDeparture {
            chances,
            pauses,
            stays,
            lives,
            ..
        } = departure;
        let gradient = [
            chances.first,
            chances.first - pauses.first,
            1.0 / gamma + lives.first,
            lives.first - stays.first,
        ];
        let mut hessian = [[0.0; 4]; 4];
        hessian[ALPHA][ALPHA] = -chances.second;
        hessian[ALPHA][BETA] = -chances.second;
        hessian[BETA][BETA] = pauses.second - chances.second;
        hessian[GAMMA][GAMMA] = -1.0 / (gamma * gamma) - lives.second;
        hessian[GAMMA][DELTA] = -lives.second;
        hessian[DELTA][DELTA] = stays.second - lives.second;
        mixture.add(&Summand {
            log_value: departure.log_odds,
            factor: 1.0,
            gradient,
            hessian,
        });
    });
    mixture
}
