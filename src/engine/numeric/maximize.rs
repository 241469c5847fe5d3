//! Damped Newton maximisation of a smooth function of a few variables.
//!
//! Each step solves `(−H + μ·D)·step = gradient`, where μ = 0 whenever −H is positive definite and
//! otherwise grows until it is (Levenberg's shift, D the absolute diagonal). The step is capped and
//! then halved until the value does not fall, so the value never decreases along the way.

use super::linear::Cholesky;

/// Value, gradient and Hessian of the function at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation<const N: usize> {
    /// The function's value.
    pub value: f64,
    /// First derivatives.
    pub gradient: [f64; N],
    /// Second derivatives, symmetric.
    pub hessian: [[f64; N]; N],
}

impl<const N: usize> Evaluation<N> {
    /// The sum of nothing.
    pub const ZERO: Self = Self {
        value: 0.0,
        gradient: [0.0; N],
        hessian: [[0.0; N]; N],
    };

    /// Adds another evaluation, of all functions of which this is the sum so far.
    pub fn add(&mut self, other: &Self) {
        self.value += other.value;
        for (entry, more) in self.gradient.iter_mut().zip(&other.gradient) {
            *entry += more;
        }
        let entries = self.hessian.as_flattened_mut().iter_mut();
        for (entry, more) in entries.zip(other.hessian.as_flattened()) {
            *entry += more;
        }
    }
}

/// A maximum in the interior of the box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Maximum<const N: usize> {
    /// Where it lies.
    pub point: [f64; N],
    /// The value there.
    pub value: f64,
    /// Largest absolute component of the gradient there.
    pub gradient_norm: f64,
    /// Newton steps taken.
    pub iterations: u32,
    /// Inverse of the negative Hessian there.
    pub inverse_negative_hessian: [[f64; N]; N],
}

/// Why no maximum is returned.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MaximizeError<const N: usize> {
    /// Value or derivatives at the start are not finite.
    #[error("the function is not finite at the start")]
    StartNotFinite,
    /// The search walked out of the box: the function still rises at its edge.
    #[error("coordinate {coordinate} left its box at {value} after {iterations} steps")]
    LeftBox {
        /// Index of the coordinate that left.
        coordinate: usize,
        /// Where it went.
        value: f64,
        /// Steps taken.
        iterations: u32,
    },
    /// The function is flat: no direction promises a gain worth the name, yet some direction does
    /// not curve down, as on a ridge that rises towards a limit at infinity.
    #[error("the function is flat after {iterations} steps, gradient {gradient_norm}")]
    Flat {
        /// Steps taken.
        iterations: u32,
        /// Largest absolute component of the gradient.
        gradient_norm: f64,
        /// A point on the plateau.
        point: [f64; N],
    },
    /// The iteration bound was reached, or no step raised the value.
    #[error("no maximum after {iterations} steps, gradient {gradient_norm}")]
    NotConverged {
        /// Steps taken.
        iterations: u32,
        /// Largest absolute component of the last gradient.
        gradient_norm: f64,
        /// The last point.
        point: [f64; N],
    },
}

/// Newton steps before giving up; ordinary problems take 5 to 20.
pub const ITERATIONS_MAX: u32 = 200;
/// Halvings of one step: beyond this the step is below rounding.
const HALVINGS_MAX: u32 = 50;
/// Multiplications of the Levenberg shift by [`SHIFT_GROWTH`]: 4⁶⁰ outweighs any Hessian.
const SHIFTS_MAX: u32 = 60;
const SHIFT_FIRST: f64 = 1e-3;
const SHIFT_GROWTH: f64 = 4.0;
/// Largest change of one coordinate in one step; coordinates are logarithms, so a factor of e².
const STEP_MAX: f64 = 2.0;
/// Converged when gᵀ(−H)⁻¹g, twice the gain the next step promises, is at most this: the point is
/// then within 1e-8 standard errors of the maximum.
const DECREMENT_MAX: f64 = 1e-16;
/// When rounding stops the ascent, this decrement still counts as converged (1e-5 standard errors).
/// Rounding stops it when no step raises the value, or when a step leaves the decrement where it was:
/// Newton's steps square it.
const DECREMENT_AT_ROUNDING_MAX: f64 = 1e-10;
/// With a gradient below this and no strict curvature the function is flat: a coordinate would have
/// to change by 1e5 to gain 1.
const GRADIENT_FLAT: f64 = 1e-5;
/// A larger entry of (−H)⁻¹ means that a coordinate would have to change by 100 to lose 1/2: such
/// curvature is rounding, and the function flat.
const VARIANCE_FLAT: f64 = 1e4;
/// A fall of the value by this share of it is rounding, not descent.
const VALUE_ROUNDING: f64 = 1e-14;

/// Maximises `evaluate` from `start` inside `limits` (low, high for each coordinate).
///
/// # Errors
///
/// [`MaximizeError`] says whether the start was unusable, the search left the box, or it stalled.
///
/// # Source
///
/// Nocedal and Wright (2006), Numerical Optimization, 2nd ed., sections 3.3 and 3.4.
pub fn maximize<const N: usize>(
    evaluate: impl Fn(&[f64; N]) -> Evaluation<N>,
    start: [f64; N],
    limits: &[(f64, f64); N],
) -> Result<Maximum<N>, MaximizeError<N>> {
    let mut point = start;
    let mut here = evaluate(&point);
    if !is_finite(&here) {
        return Err(MaximizeError::StartNotFinite);
    }
    let mut iterations = 0;
    let mut last_decrement = f64::INFINITY;
    while iterations < ITERATIONS_MAX {
        let exact = Cholesky::new(&negative(&here.hessian, 0.0));
        let decrement = decrement(&here, exact.as_ref());
        let is_at_rounding = decrement <= DECREMENT_AT_ROUNDING_MAX && last_decrement <= decrement;
        if decrement <= DECREMENT_MAX || is_at_rounding {
            break;
        }
        last_decrement = decrement;
        if exact.is_none() && norm(&here.gradient) < GRADIENT_FLAT {
            break;
        }
        let Some(direction) = ascent(&here, exact) else {
            break;
        };
        iterations += 1;
        let Some((next_point, next)) = climb(&evaluate, &point, &here, &direction) else {
            break;
        };
        point = next_point;
        here = next;
        for (coordinate, (&value, &(low, high))) in point.iter().zip(limits).enumerate() {
            if value < low || high < value {
                return Err(MaximizeError::LeftBox {
                    coordinate,
                    value,
                    iterations,
                });
            }
        }
    }
    conclude(point, &here, iterations)
}

/// Judges the point at which the search ended.
fn conclude<const N: usize>(
    point: [f64; N],
    here: &Evaluation<N>,
    iterations: u32,
) -> Result<Maximum<N>, MaximizeError<N>> {
    let gradient_norm = norm(&here.gradient);
    let exact = Cholesky::new(&negative(&here.hessian, 0.0));
    if let Some(factor) = exact
        && decrement(here, exact.as_ref()) <= DECREMENT_AT_ROUNDING_MAX
    {
        let inverse = factor.inverse();
        let is_curved = (0..N).all(|index| inverse[index][index] < VARIANCE_FLAT);
        if is_curved {
            return Ok(Maximum {
                point,
                value: here.value,
                gradient_norm,
                iterations,
                inverse_negative_hessian: inverse,
            });
        }
    }
    if gradient_norm < GRADIENT_FLAT {
        return Err(MaximizeError::Flat {
            iterations,
            gradient_norm,
            point,
        });
    }
    Err(MaximizeError::NotConverged {
        iterations,
        gradient_norm,
        point,
    })
}

/// gᵀ(−H)⁻¹g, twice the gain that the next Newton step promises; infinite where −H is not positive
/// definite.
fn decrement<const N: usize>(here: &Evaluation<N>, factor: Option<&Cholesky<N>>) -> f64 {
    factor.map_or(f64::INFINITY, |factor| {
        dot(&here.gradient, &factor.solve(&here.gradient))
    })
}

/// Newton direction, shifted until the system is positive definite, capped to [`STEP_MAX`].
fn ascent<const N: usize>(here: &Evaluation<N>, exact: Option<Cholesky<N>>) -> Option<[f64; N]> {
    let mut factor = exact;
    let mut shift = SHIFT_FIRST;
    for _ in 0..SHIFTS_MAX {
        if factor.is_some() {
            break;
        }
        factor = Cholesky::new(&negative(&here.hessian, shift));
        shift *= SHIFT_GROWTH;
    }
    let mut direction = factor?.solve(&here.gradient);
    let longest = norm(&direction);
    if STEP_MAX < longest {
        for component in &mut direction {
            *component *= STEP_MAX / longest;
        }
    }
    Some(direction)
}

/// Halves the step until the value does not fall; `None` when no step does.
fn climb<const N: usize>(
    evaluate: &impl Fn(&[f64; N]) -> Evaluation<N>,
    point: &[f64; N],
    here: &Evaluation<N>,
    direction: &[f64; N],
) -> Option<([f64; N], Evaluation<N>)> {
    let floor = here.value - VALUE_ROUNDING * here.value.abs();
    let mut share = 1.0;
    for _ in 0..HALVINGS_MAX {
        let mut next_point = *point;
        for (coordinate, component) in next_point.iter_mut().zip(direction) {
            *coordinate += share * component;
        }
        if next_point == *point {
            return None;
        }
        let next = evaluate(&next_point);
        if is_finite(&next) && floor <= next.value {
            return Some((next_point, next));
        }
        share *= 0.5;
    }
    None
}

/// −H with `shift` times its absolute diagonal (at least `shift` itself) added.
fn negative<const N: usize>(hessian: &[[f64; N]; N], shift: f64) -> [[f64; N]; N] {
    let mut matrix = hessian.map(|row| row.map(|entry| -entry));
    if 0.0 < shift {
        for (index, row) in matrix.iter_mut().enumerate() {
            row[index] += shift * row[index].abs().max(1.0);
        }
    }
    matrix
}

fn norm<const N: usize>(vector: &[f64; N]) -> f64 {
    vector
        .iter()
        .fold(0.0, |largest, entry| entry.abs().max(largest))
}

fn dot<const N: usize>(left: &[f64; N], right: &[f64; N]) -> f64 {
    left.iter().zip(right).map(|(x, y)| x * y).sum()
}

fn is_finite<const N: usize>(evaluation: &Evaluation<N>) -> bool {
    let derivatives = evaluation
        .gradient
        .iter()
        .chain(evaluation.hessian.iter().flatten());
    evaluation.value.is_finite() && derivatives.into_iter().all(|entry| entry.is_finite())
}

#[cfg(test)]
mod tests;
