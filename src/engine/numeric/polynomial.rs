//! Polynomials through values at Chebyshev points, several functions at once, as powers.
//!
//! [`super::chebyshev`] serves functions of which little is known. The functions here are analytic
//! within five times the half length of the interval: their coefficients of powers fall by 5 from one
//! power to the next, so that powers lose no digits and the processor can work on several at a time.

/// Points and coefficients: an ellipse of ρ = 5 + √24 leaves an error of 1e-14.
pub const POINTS: usize = 14;

/// The Chebyshev points on (−1, 1), descending.
#[must_use]
pub fn places() -> [f64; POINTS] {
    std::array::from_fn(|k| libm::cos(angle(k)))
}

/// Coefficients of powers of the place, interleaved for `N` functions.
pub type Polynomials<const N: usize> = [[f64; N]; POINTS];

/// The polynomials through `values`, taken at [`places`].
///
/// # Formula
///
/// ```text
/// cₘ = (2/n)·Σₖ f(xₖ)·cos(m·θₖ),  c₀ halved,  θₖ = π(k + ½)/n;   Σ cₘ·Tₘ in powers
/// ```
///
/// # Source
///
/// Press et al. (2007), Numerical Recipes, 3rd ed., equations 5.8.7 and 5.8.8, section 5.10.
#[must_use]
pub fn polynomials<const N: usize>(values: &[[f64; N]; POINTS]) -> Polynomials<N> {
    let mut powers = [[0.0; N]; POINTS];
    // Tₘ₋₁ and Tₘ in powers.
    let mut before = [0.0; POINTS];
    let mut chebyshev = [0.0; POINTS];
    chebyshev[0] = 1.0;
    for order in 0..POINTS {
        let scale = if order == 0 { 1.0 } else { 2.0 } / index_to_f64(POINTS);
        for function in 0..N {
            let sum: f64 = (values.iter().enumerate())
                .map(|(k, value)| value[function] * libm::cos(index_to_f64(order) * angle(k)))
                .sum();
            for (power, coefficient) in powers.iter_mut().zip(chebyshev) {
                power[function] += scale * sum * coefficient;
            }
        }
        // T₁ = x·T₀, Tₘ₊₁ = 2x·Tₘ − Tₘ₋₁
        let twice = if order == 0 { 1.0 } else { 2.0 };
        let next = std::array::from_fn(|power| match power.checked_sub(1) {
            None => -before[power],
            Some(lower) => twice * chebyshev[lower] - before[power],
        });
        before = chebyshev;
        chebyshev = next;
    }
    powers
}

/// Values at `place` of the first `M` of `N` polynomials: even and odd powers side by side, so that
/// the processor need not wait for one before it begins the other.
#[must_use]
#[inline]
pub fn evaluate<const N: usize, const M: usize>(
    polynomials: &Polynomials<N>,
    place: f64,
) -> [f64; M] {
    let square = place * place;
    let mut even = [0.0; M];
    let mut odd = [0.0; M];
    for pair in polynomials.chunks_exact(2).rev() {
        for function in 0..M {
            even[function] = even[function] * square + pair[0][function];
            odd[function] = odd[function] * square + pair[1][function];
        }
    }
    std::array::from_fn(|function| even[function] + place * odd[function])
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
    fn smooth_functions_are_reproduced() {
        let functions = |x: f64| [exp(x), ln_1p(0.2 * x)];
        let table = polynomials(&places().map(functions));
        for step in -20..=20 {
            let x = f64::from(step) / 20.0;
            let both: [f64; 2] = evaluate(&table, x);
            for (actual, expected) in both.into_iter().zip(functions(x)) {
                assert!((actual - expected).abs() < 1e-14, "{x}");
            }
            assert_eq!(evaluate::<2, 1>(&table, x), [both[0]]);
        }
    }
}
