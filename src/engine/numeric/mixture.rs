//! Logarithm of a sum of exponentials with its derivatives, one summand at a time.
//!
//! A likelihood that does not know when a customer left is a sum over the possibilities. Relative to
//! one of them, the reference, whose own derivatives the caller adds, every other one contributes
//! the difference of its logarithm and the differences of its derivatives: small numbers where the
//! possibilities are alike, so that nothing cancels.

use super::maximize::Evaluation;
use super::special::{exp, ln};

/// ln(1 + Σ eᵛ) with first and second derivatives by `N` parameters.
///
/// # Formula
///
/// ```text
/// with shares π of the summands:  gradient g = Σ π·v′,  Hessian Σ π·(v″ + v′v′ᵀ) − g·gᵀ
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogMixture<const N: usize> {
    /// All sums are in units of e^scale; the reference's logarithm is 0.
    scale: f64,
    total: f64,
    gradient: [f64; N],
    /// Upper triangle.
    hessian: [[f64; N]; N],
}

/// One summand: `factor · e^log_value`, with derivatives of its logarithm less the reference's.
#[derive(Debug, Clone, Copy)]
pub struct Summand<const N: usize> {
    /// Logarithm, but for the factor.
    pub log_value: f64,
    /// Above 0.
    pub factor: f64,
    /// First derivatives of the logarithm, the factor's included.
    pub gradient: [f64; N],
    /// Second derivatives; only the upper triangle is read.
    pub hessian: [[f64; N]; N],
}

impl<const N: usize> LogMixture<N> {
    /// The reference alone.
    #[must_use]
    pub fn reference() -> Self {
        Self {
            scale: 0.0,
            total: 1.0,
            gradient: [0.0; N],
            hessian: [[0.0; N]; N],
        }
    }

    /// Adds a summand.
    pub fn add(&mut self, summand: &Summand<N>) {
        if self.scale < summand.log_value {
            self.rescale(summand.log_value);
        }
        let value = summand.factor * exp(summand.log_value - self.scale);
        self.total += value;
        for row in 0..N {
            self.gradient[row] += value * summand.gradient[row];
            for column in row..N {
                let product = summand.gradient[row] * summand.gradient[column];
                self.hessian[row][column] += value * (summand.hessian[row][column] + product);
            }
        }
    }

    fn rescale(&mut self, scale: f64) {
        let share = exp(self.scale - scale);
        self.scale = scale;
        self.total *= share;
        for entry in self
            .gradient
            .iter_mut()
            .chain(self.hessian.as_flattened_mut())
        {
            *entry *= share;
        }
    }

    /// Adds `weight` times the logarithm and its derivatives to the upper triangle of `sum`.
    pub fn add_to(&self, sum: &mut Evaluation<N>, weight: f64) {
        sum.value += weight * (self.scale + ln(self.total));
        let gradient = self.gradient.map(|entry| entry / self.total);
        for row in 0..N {
            sum.gradient[row] += weight * gradient[row];
            for column in row..N {
                let second = self.hessian[row][column] / self.total;
                sum.hessian[row][column] += weight * (second - gradient[row] * gradient[column]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_exponentials_are_the_logistic() {
        // ln(1 + eˣ) at x = 800 and x = −2: value, 1/(1 + e^−x), and its derivative.
        for x in [-2.0, 0.5, 800.0] {
            let mut mixture = LogMixture::<1>::reference();
            mixture.add(&Summand {
                log_value: x,
                factor: 1.0,
                gradient: [1.0],
                hessian: [[0.0]],
            });
            let mut sum = Evaluation::ZERO;
            mixture.add_to(&mut sum, 2.0);
            let share = 1.0 / (1.0 + exp(-x));
            assert!((sum.value / 2.0 - crate::engine::numeric::special::softplus(x)).abs() < 1e-13);
            assert!((sum.gradient[0] / 2.0 - share).abs() < 1e-15);
            assert!((sum.hessian[0][0] / 2.0 - share * (1.0 - share)).abs() < 1e-15);
        }
    }
}
