//! Odds of having left for many rows of one frequency, by a table that serves them all.
//!
//! With L(y) the probability that a customer who is alive at y leaves before the next purchase
//! (`ParetoNbd::leaves_first`), the whole integral over the silence is
//!
//! ```text
//! 1 + odds = 1 − L(T) + e^q·L(t_x),   q = (r+x)·ln((α+T)/(α+t_x)) + s·ln((β+T)/(β+t_x))
//! ```
//!
//! and L depends on the time only through l = ln((β+y)/(α+y)), which lies between ln(β/α) and 0. So for
//! each frequency L and its derivatives by shape, s and l are tabulated over l: ten functions at a
//! handful of points stand for the quadrature of thousands of rows. L is at most 1, and 1 + odds at
//! least 1: the difference costs no digits of the sum.

use super::super::rate::{ALPHA, R};
use super::{BETA, S};
use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::polynomial::{POINTS, Polynomials, evaluate, places, polynomials};
use crate::engine::numeric::special::{exp, ln, ln_1p};
use crate::engine::pareto_nbd::visit_leaving;
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// Rows from which on a table is worth its price.
const ROWS_MIN: usize = 256;
/// Length of one interval of l. L is analytic and bounded for |Im l| ≤ π/2, so that an ellipse of
/// ρ = 10 fits around it.
const INTERVAL: f64 = 0.6;
/// Intervals at most: with α and β farther apart rows are integrated one by one.
const INTERVALS_MAX: f64 = 12.0;
/// Shortest range of l that is tabulated, so that α = β needs no branch.
const RANGE_MIN: f64 = 1e-3;
/// Least r + x + s: the integral of L falls off like e^(−(r+x+s)·w), and below this it is long.
const DECAY_MIN: f64 = 0.1;
/// Largest q: the square of e^q still is a number.
const GROWTH_MAX: f64 = 300.0;

/// L and its derivatives by n = r + x, s and l.
#[derive(Debug, Clone, Copy, Default)]
struct Leaves {
    value: f64,
    by_n: f64,
    by_s: f64,
    by_l: f64,
    by_nn: f64,
    by_ns: f64,
    by_nl: f64,
    by_ss: f64,
    by_sl: f64,
    by_ll: f64,
}

/// Number of functions in [`Leaves`].
const FUNCTIONS: usize = 10;

impl Leaves {
    /// By quadrature.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = s·∫₀^∞ (1+ρv)^−n·(1+v)^−(s+1) dv,   ρ = eˡ
    /// ```
    ///
    /// Derivatives are taken under the integral; ∂/∂l of ln(1+ρv) is ρv/(1+ρv), called π below.
    fn integrate(n: f64, s: f64, l: f64) -> Self {
        let mut sum = Self::default();
        visit_leaving(n, s, [exp(-l), 1.0], f64::INFINITY, |leaving| {
            let (share, p) = (leaving.share, leaving.of_total);
            // First derivatives of the logarithm of the integrand by n, s and l.
            let of_n = -leaving.log_alpha_ratio;
            let of_s = 1.0 / s - leaving.log_beta_ratio;
            let of_l = -n * p;
            sum.value += share;
            sum.by_n += share * of_n;
            sum.by_s += share * of_s;
            sum.by_l += share * of_l;
            sum.by_nn += share * of_n * of_n;
            sum.by_ns += share * of_n * of_s;
            sum.by_nl += share * (of_n * of_l - p);
            sum.by_ss += share * (of_s * of_s - 1.0 / (s * s));
            sum.by_sl += share * of_s * of_l;
            sum.by_ll += share * (of_l * of_l - n * p * (1.0 - p));
        });
        sum
    }

    fn to_array(self) -> [f64; FUNCTIONS] {
        let first = [self.value, self.by_n, self.by_s, self.by_l, self.by_nn];
        let second = [self.by_ns, self.by_nl, self.by_ss, self.by_sl, self.by_ll];
        std::array::from_fn(|index| *first.get(index).unwrap_or(&second[index % first.len()]))
    }

    fn from_array(values: [f64; FUNCTIONS]) -> Self {
        let [
            value,
            by_n,
            by_s,
            by_l,
            by_nn,
            by_ns,
            by_nl,
            by_ss,
            by_sl,
            by_ll,
        ] = values;
        Self {
            value,
            by_n,
            by_s,
            by_l,
            by_nn,
            by_ns,
            by_nl,
            by_ss,
            by_sl,
            by_ll,
        }
    }

    /// Value and derivatives by r, α, s, β at the time where α + y and β + y are these.
    fn by_parameters(&self, [alpha_total, beta_total]: [f64; 2]) -> Evaluation<4> {
        // l = ln(β+y) − ln(α+y)
        let (by_alpha, by_beta) = (-1.0 / alpha_total, 1.0 / beta_total);
        let mut hessian = [[0.0; 4]; 4];
        hessian[R][R] = self.by_nn;
        hessian[R][ALPHA] = self.by_nl * by_alpha;
        hessian[R][S] = self.by_ns;
        hessian[R][BETA] = self.by_nl * by_beta;
        hessian[ALPHA][ALPHA] = (self.by_ll + self.by_l) * by_alpha * by_alpha;
        hessian[ALPHA][S] = self.by_sl * by_alpha;
        hessian[ALPHA][BETA] = self.by_ll * by_alpha * by_beta;
        hessian[S][S] = self.by_ss;
        hessian[S][BETA] = self.by_sl * by_beta;
        hessian[BETA][BETA] = (self.by_ll - self.by_l) * by_beta * by_beta;
        Evaluation {
            value: self.value,
            gradient: [
                self.by_n,
                self.by_l * by_alpha,
                self.by_s,
                self.by_l * by_beta,
            ],
            hessian,
        }
    }
}

/// L for one frequency, at one point of the search.
#[derive(Debug, Clone)]
pub(super) struct LeavingTable {
    shape: f64,
    low: f64,
    per_unit: f64,
    last: f64,
    intervals: Vec<Polynomials<FUNCTIONS>>,
    /// ln(β/α), and L there: what everybody without a repeat purchase shares.
    at_start: (f64, Leaves),
}

impl LeavingTable {
    /// A table for so many rows; `None` where it does not pay, or the parameters are too far apart.
    pub(super) fn new(parameters: &[f64; 4], frequency: f64, rows: usize) -> Option<Self> {
        let [r, alpha, s, beta] = *parameters;
        let shape = r + frequency;
        let start = ln(beta / alpha);
        let range = start.abs().max(RANGE_MIN);
        let count = (range / INTERVAL).ceil();
        if rows < ROWS_MIN || INTERVALS_MAX < count || shape + s < DECAY_MIN {
            return None;
        }
        let low = start.min(0.0);
        let per_unit = count / range;
        let mut intervals = Vec::new();
        let mut first = 0.0;
        while first < count {
            let at = |place: f64| low + (first + 0.5 * (1.0 + place)) / per_unit;
            let values: [_; POINTS] =
                places().map(|place| Leaves::integrate(shape, s, at(place)).to_array());
            intervals.push(polynomials(&values));
            first += 1.0;
        }
        Some(Self {
            shape,
            low,
            per_unit,
            last: count - 1.0,
            intervals,
            at_start: (start, Leaves::integrate(shape, s, start)),
        })
    }

    /// L at l.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the table, from 0 to its last interval"
    )]
    fn at(&self, l: f64) -> Leaves {
        let place = (l - self.low) * self.per_unit;
        let interval = place.floor().clamp(0.0, self.last);
        let polynomials = &self.intervals[interval as usize];
        Leaves::from_array(evaluate(polynomials, 2.0 * (place - interval) - 1.0))
    }

    /// Adds ln(1 + odds of having left) of a row to the upper triangle of `sum`; `false` where a
    /// silence is so long that e^q is no number to reckon with.
    pub(super) fn add_departures(
        &self,
        sum: &mut Evaluation<4>,
        parameters: &[f64; 4],
        group: &Weighted<PurchaseStatistics>,
    ) -> bool {
        let [_, alpha, s, beta] = *parameters;
        let Weighted { row, weight } = *group;
        let n = self.shape;
        let idle = row.age() - row.recency();
        let last = [alpha + row.recency(), beta + row.recency()];
        let now = [alpha + row.age(), beta + row.age()];
        let logs = [ln_1p(idle / last[0]), ln_1p(idle / last[1])];
        let growth = n * logs[0] + s * logs[1];
        if GROWTH_MAX < growth {
            return false;
        }
        let (l_last, leaves_last) = if row.frequency() == 0.0 {
            self.at_start
        } else {
            let l = ln(last[1] / last[0]);
            (l, self.at(l))
        };
        let staying = self.at(l_last + logs[1] - logs[0]).by_parameters(now);
        let leaving = leaves_last.by_parameters(last);
        let factor = exp(growth);

        // First and second derivatives of q.
        let shares = [
            idle / (last[0] * now[0]), // 1/(α+t_x) − 1/(α+T)
            idle / (last[1] * now[1]), // 1/(β+t_x) − 1/(β+T)
        ];
        let slope = [logs[0], -n * shares[0], logs[1], -s * shares[1]];
        let mut bend = [[0.0; 4]; 4];
        bend[R][ALPHA] = -shares[0];
        bend[ALPHA][ALPHA] = n * shares[0] * (1.0 / last[0] + 1.0 / now[0]);
        bend[S][BETA] = -shares[1];
        bend[BETA][BETA] = s * shares[1] * (1.0 / last[1] + 1.0 / now[1]);

        let total = 1.0 - staying.value + factor * leaving.value;
        let inverse = 1.0 / total;
        let scaled = factor * inverse;
        let gradient: [f64; 4] = std::array::from_fn(|index| {
            let grown = leaving.gradient[index] + leaving.value * slope[index];
            scaled * grown - inverse * staying.gradient[index]
        });
        sum.value += weight * ln(total);
        for row in 0..4 {
            sum.gradient[row] += weight * gradient[row];
            for column in row..4 {
                let grown = leaving.hessian[row][column]
                    + leaving.gradient[row] * slope[column]
                    + leaving.gradient[column] * slope[row]
                    + leaving.value * (bend[row][column] + slope[row] * slope[column]);
                let second = scaled * grown - inverse * staying.hessian[row][column];
                sum.hessian[row][column] += weight * (second - gradient[row] * gradient[column]);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::departures;
    use super::*;

    #[test]
    fn a_table_adds_what_the_quadrature_does() {
        for parameters in [
            [0.553, 10.578, 0.606, 11.669],
            [0.55, 7.0, 1.0, 7.0],
            [2.0, 0.9, 0.4, 31.0],
            [0.1, 40.0, 3.0, 2.5],
        ] {
            for (x, recency, age) in [
                (0.0, 0.0, 0.0),
                (0.0, 0.0, 38.9),
                (1.0, 38.9, 38.9),
                (2.0, 30.4, 38.9),
                (12.0, 17.7, 32.9),
                (40.0, 50.0, 50.1),
            ] {
                let row = PurchaseStatistics::new(x, recency, age).unwrap();
                let group = Weighted { row, weight: 3.0 };
                let table = LeavingTable::new(&parameters, x, ROWS_MIN).unwrap();
                let (mut found, mut exact) = (Evaluation::ZERO, Evaluation::ZERO);
                assert!(table.add_departures(&mut found, &parameters, &group));
                departures(&parameters, &row).add_to(&mut exact, group.weight);
                let near = |found: f64, exact: f64| {
                    assert!(
                        (found - exact).abs() < 1e-11 * exact.abs().max(1.0),
                        "{found} is not {exact}: {parameters:?}, {row:?}"
                    );
                };
                near(found.value, exact.value);
                for row in 0..4 {
                    near(found.gradient[row], exact.gradient[row]);
                    for column in row..4 {
                        near(found.hessian[row][column], exact.hessian[row][column]);
                    }
                }
            }
        }
    }

    #[test]
    fn few_rows_and_scales_far_apart_have_no_table() {
        assert!(LeavingTable::new(&[0.5, 10.0, 0.6, 11.0], 0.0, ROWS_MIN - 1).is_none());
        assert!(LeavingTable::new(&[0.5, 1e-3, 0.6, 1e4], 0.0, ROWS_MIN).is_none());
        assert!(LeavingTable::new(&[0.01, 10.0, 0.02, 11.0], 0.0, ROWS_MIN).is_none());
    }
}
