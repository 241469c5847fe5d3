//! Interpolation at Chebyshev points on [−1, 1].

use std::sync::LazyLock;

/// Points and coefficients of one interpolant. An integrand analytic in the ellipse of sum of
/// semi-axes ρ is reproduced to about ρ to the minus this number.
pub const POINTS: usize = 18;

/// The Chebyshev points on (−1, 1), descending.
#[must_use]
pub fn points() -> [f64; POINTS] {
    std::array::from_fn(|k| libm::cos(angle(k)))
}

/// Coefficients of the polynomial through `values`, taken at [`points`].
///
/// # Formula
///
/// ```text
/// cₘ = (2/n)·Σₖ f(xₖ)·cos(m·θₖ),  c₀ halved,  θₖ = π(k + ½)/n
/// ```
///
/// # Source
///
/// Press et al. (2007), Numerical Recipes, 3rd ed., equations 5.8.7 and 5.8.8.
#[must_use]
pub fn coefficients(values: &[f64; POINTS]) -> [f64; POINTS] {
    std::array::from_fn(|m| {
        let products = values.iter().zip(&COSINES[m]);
        let sum: f64 = products.map(|(value, cosine)| value * cosine).sum();
        let scale = if m == 0 { 1.0 } else { 2.0 };
        sum * scale / index_to_f64(POINTS)
    })
}

/// cos(m·θₖ), computed once.
static COSINES: LazyLock<[[f64; POINTS]; POINTS]> = LazyLock::new(|| {
    std::array::from_fn(|m| std::array::from_fn(|k| libm::cos(index_to_f64(m) * angle(k))))
});

/// Value at `x` of the interpolant of the coefficients (Clenshaw's recurrence).
#[must_use]
#[inline]
pub fn evaluate(coefficients: &[f64; POINTS], x: f64) -> f64 {
    let (mut next, mut after) = (0.0, 0.0);
    for coefficient in coefficients[1..].iter().rev() {
        let current = 2.0 * x * next - after + coefficient;
        after = next;
        next = current;
    }
    x * next - after + coefficients[0]
}

/// The polynomials T₀ to T₁₇ at `x`: what each coefficient counts there.
#[must_use]
pub fn basis(x: f64) -> [f64; POINTS] {
    let mut values = [1.0; POINTS];
    let (mut here, mut next) = (1.0, x);
    for value in &mut values {
        *value = here;
        (here, next) = (next, 2.0 * x * next - here);
    }
    values
}

/// Values at `x` of two interpolants whose coefficients are interleaved (Clenshaw's recurrence; the
/// two chains of dependent operations run side by side in the processor).
#[must_use]
#[inline]
pub fn evaluate_pair(coefficients: &[[f64; 2]; POINTS], x: f64) -> [f64; 2] {
    let twice = 2.0 * x;
    let mut next = [0.0; 2];
    let mut after = [0.0; 2];
    for pair in coefficients[1..].iter().rev() {
        let current = [
            twice * next[0] - after[0] + pair[0],
            twice * next[1] - after[1] + pair[1],
        ];
        after = next;
        next = current;
    }
    let first = coefficients[0];
    [
        x * next[0] - after[0] + first[0],
        x * next[1] - after[1] + first[1],
    ]
}

fn angle(k: usize) -> f64 {
    std::f64::consts::PI * (index_to_f64(k) + 0.5) / index_to_f64(POINTS)
}

#[expect(clippy::cast_precision_loss, reason = "indices here are below 100")]
fn index_to_f64(index: usize) -> f64 {
    index as f64
}

#[cfg(test)]
mod tests {
    use super::super::special::{exp, ln_1p};
    use super::*;

    #[test]
    fn reproduces_two_smooth_functions_at_once() {
        let first = coefficients(&points().map(exp));
        let second = coefficients(&points().map(|x| ln_1p(0.3 * x)));
        let both = std::array::from_fn(|m| [first[m], second[m]]);
        for step in 0..=20 {
            let x = f64::from(step) / 10.0 - 1.0;
            let [left, right] = evaluate_pair(&both, x);
            assert!((left - exp(x)).abs() < 1e-14);
            assert!((right - ln_1p(0.3 * x)).abs() < 1e-14);
            assert!((evaluate(&first, x) - exp(x)).abs() < 1e-14);
            let terms = basis(x).into_iter().zip(first);
            let sum: f64 = terms.map(|(value, coefficient)| value * coefficient).sum();
            assert!((sum - exp(x)).abs() < 1e-14);
        }
    }
}
