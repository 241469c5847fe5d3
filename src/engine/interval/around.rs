//! A number, or anything else, at a fit and at points around it.

use super::{Interval, IntervalError, Level};
use crate::engine::numeric::linear::Cholesky;
use crate::engine::numeric::special::{exp, ln};

/// Something at the fit and on both sides of it along each of N axes.
///
/// The axes are the columns of the covariance's Cholesky factor: steps along them are uncorrelated,
/// each of standard deviation 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around<T, const N: usize> {
    /// At the fit.
    pub centre: T,
    /// At both sides of each axis: first the one where the axis's own log-parameter is larger.
    pub sides: [[T; 2]; N],
    /// How far away the sides are, in standard deviations.
    pub distance: f64,
}

/// Distance for secants that stand for derivatives: far enough for all digits that matter, near
/// enough that the curvature of a forecast in its parameters does not.
pub const NEAR: f64 = 0.5;

impl<T, const N: usize> Around<T, N> {
    /// The same points, each put through `f`.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Around<U, N> {
        Around {
            centre: f(&self.centre),
            sides: std::array::from_fn(|axis| {
                let [above, below] = &self.sides[axis];
                [f(above), f(below)]
            }),
            distance: self.distance,
        }
    }

    /// The same points, each put through an `f` that may refuse.
    ///
    /// # Errors
    ///
    /// The refusal of the first point that is refused.
    pub fn try_map<U: Clone, E>(&self, f: impl Fn(&T) -> Result<U, E>) -> Result<Around<U, N>, E> {
        let centre = f(&self.centre)?;
        let mut sides = std::array::from_fn(|_| [centre.clone(), centre.clone()]);
        let places = sides.as_flattened_mut().iter_mut();
        for (place, point) in places.zip(self.beside()) {
            *place = f(point)?;
        }
        Ok(Around {
            centre,
            sides,
            distance: self.distance,
        })
    }

    /// The points beside the fit, each of the same probability 1/(2N).
    pub fn beside(&self) -> impl Iterator<Item = &T> {
        self.sides.as_flattened().iter()
    }
}

impl<const N: usize> Around<[f64; N], N> {
    /// Parameters around those of a fit, given the covariance C of their logarithms.
    ///
    /// # Formula
    ///
    /// ```text
    /// ln θ = ln θ̂ ± distance·Lₖ,   C = L·Lᵀ,  Lₖ the k-th column
    /// ```
    ///
    /// At the distance √N, equally weighted, the 2N points have mean ln θ̂ and covariance C.
    ///
    /// # Units
    ///
    /// - `distance`: standard deviations, above 0
    ///
    /// # Errors
    ///
    /// [`IntervalError::Covariance`] when C is not positive definite, and
    /// [`IntervalError::ParametersUnbounded`] when a point overflows.
    ///
    /// # Source
    ///
    /// Julier and Uhlmann (2004), Proc. IEEE 92(3), equation 12 without the centre.
    pub fn parameters(
        fit: [f64; N],
        covariance: &[[f64; N]; N],
        distance: f64,
    ) -> Result<Self, IntervalError> {
        let cholesky = Cholesky::new(covariance).ok_or(IntervalError::Covariance)?;
        let side = |axis: usize, distance: f64| -> [f64; N] {
            std::array::from_fn(|row| fit[row] * exp(distance * cholesky.factor()[row][axis]))
        };
        let around = Self {
            centre: fit,
            sides: std::array::from_fn(|axis| [side(axis, distance), side(axis, -distance)]),
            distance,
        };
        let is_number = |parameter: &f64| parameter.is_finite() && 0.0 < *parameter;
        if around.beside().flatten().all(is_number) {
            Ok(around)
        } else {
            Err(IntervalError::ParametersUnbounded)
        }
    }
}

impl<const N: usize> Around<f64, N> {
    /// Variance, from the parameters alone.
    ///
    /// # Formula
    ///
    /// ```text
    /// Σₖ ( (f₊ₖ − f₋ₖ) / (2·distance) )²
    /// ```
    ///
    /// gᵀCg with secants in place of the gradient g of f; at the distance [`NEAR`] they are the same
    /// to some percent of σ. Over two deviations they are not: simulated intervals of expected
    /// purchases were a point or two short of their coverage.
    ///
    /// # Units
    ///
    /// - returns: the square of the number's unit
    ///
    /// # Source
    ///
    /// van der Vaart (1998), Asymptotic Statistics, theorem 3.1.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.sides
            .iter()
            // Equal sides, two infinities among them, add nothing.
            .filter(|[above, below]| above != below)
            .map(|[above, below]| {
                let secant = (above - below) / (2.0 * self.distance);
                secant * secant
            })
            .sum()
    }

    /// Variance of the logarithm, as [`Around::variance`].
    ///
    /// # Units
    ///
    /// - returns: squared nats; 0 where the number is 0 everywhere, ∞ where it is 0 at some points
    #[must_use]
    pub fn log_variance(&self) -> f64 {
        self.map(|value| ln(*value)).variance()
    }

    /// Interval of a positive number whose logarithm is normal about that of the centre.
    ///
    /// # Formula
    ///
    /// ```text
    /// f̂·e^(±zσ),  σ² the variance of ln f
    /// ```
    #[must_use]
    pub fn lognormal_interval(&self, log_variance: f64, level: Level) -> Interval {
        let centre = self.centre;
        if centre == 0.0 || log_variance == 0.0 {
            return Interval {
                low: centre,
                high: centre,
            };
        }
        let factor = exp(level.deviations() * log_variance.sqrt());
        Interval {
            low: centre / factor,
            high: centre * factor,
        }
    }

    /// [`Around::lognormal_interval`] with the variance from the parameters alone.
    #[must_use]
    pub fn interval(&self, level: Level) -> Interval {
        self.lognormal_interval(self.log_variance(), level)
    }

    /// Adds another number, point by point.
    pub fn add(&mut self, other: &Self) {
        self.centre += other.centre;
        let sides = self.sides.as_flattened_mut().iter_mut();
        for (sum, term) in sides.zip(other.beside()) {
            *sum += term;
        }
    }
}

/// √N: the distance at which 2N equal weights on the axes have variance 1 along each.
pub(super) fn whole(axes: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a model has a few parameters")]
    let axes = axes as f64;
    axes.sqrt()
}
