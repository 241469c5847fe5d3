//! Gamma and beta functions at arguments some steps apart, by their ratio.
//!
//! A likelihood needs Γ(x+n)/Γ(x) and B(a, b+n)/B(a, b), never the functions themselves, and a maximum
//! may lie at parameters in the millions or the millionths: differences of ln Γ would drown there.

use super::special::{
    ASYMPTOTIC_FROM, DIGAMMA_SERIES, TRIGAMMA_SERIES, digamma, horner, ln, ln_1p, ln_gamma,
    trigamma,
};

/// From here on Stirling's series of ln Γ is used for [`ln_rising`]: its first neglected term is
/// below 1e-18.
const STIRLING_FROM: f64 = 12.0;

/// Coefficients B₂ₖ / (2k(2k−1)), k = 1.., of Stirling's series (Abramowitz and Stegun 6.1.41).
const STIRLING_SERIES: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1_260.0,
    -1.0 / 1_680.0,
    1.0 / 1_188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3_617.0 / 122_400.0,
];

/// ln(Γ(x + n)/Γ(x)), the logarithm of the rising factorial, for `x > 0` and `0 ≤ n`.
///
/// # Formula
///
/// ```text
/// n·ln(x + n) + (x − ½)·ln(1 + n/x) − n + c(x + n) − c(x)      for x ≥ 12, c: Stirling's series
/// ```
///
/// The difference of two ln Γ loses as many digits as x has: at x = 1e5 and n = 1 five of them.
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41.
#[must_use]
pub fn ln_rising(x: f64, n: f64) -> f64 {
    if n == 0.0 {
        return 0.0;
    }
    if x < STIRLING_FROM {
        return ln_gamma(x + n) - ln_gamma(x);
    }
    let correction = |x: f64| horner(&STIRLING_SERIES, 1.0 / (x * x)) / x;
    n * ln(x + n) + (x - 0.5) * ln_1p(n / x) - n + (correction(x + n) - correction(x))
}

/// ψ(x + n) − ψ(x) and ψ′(x + n) − ψ′(x): the derivatives of [`ln_rising`] by x.
///
/// # Formula
///
/// ```text
/// ln(1 + n/x) + n/(2x(x + n)) + d(x + n) − d(x),   d: the series of ψ        for x ≥ 12
/// −n/(x(x + n)) − n(2x + n)/(2x²(x + n)²) + d′(x + n) − d′(x)
/// ```
///
/// A maximum at parameters in the millions is found only if these do not drown in rounding.
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.18 and 6.4.12.
#[must_use]
pub fn polygamma_rising(x: f64, n: f64) -> (f64, f64) {
    if n == 0.0 {
        return (0.0, 0.0);
    }
    let above = x + n;
    if x < ASYMPTOTIC_FROM {
        return (digamma(above) - digamma(x), trigamma(above) - trigamma(x));
    }
    let product = x * above;
    let series = |x: f64| {
        let inverse = 1.0 / x;
        let square = inverse * inverse;
        (
            horner(&DIGAMMA_SERIES, square) * square,
            horner(&TRIGAMMA_SERIES, square) * square * inverse,
        )
    };
    let (low, high) = (series(x), series(above));
    let first = ln_1p(n / x) + 0.5 * n / product - (high.0 - low.0);
    let second = -n / product - 0.5 * n * (x + above) / (product * product) + (high.1 - low.1);
    (first, second)
}

/// ln(B(a, b + n)/B(a, b)): the probability of n successes in a row whose chance of failing is
/// beta distributed (a, b).
///
/// # Formula
///
/// ```text
/// ln Γ(b+n)/Γ(b) − ln Γ(a+b+n)/Γ(a+b) = ln Γ(a+b)/Γ(b) − ln Γ(a+b+n)/Γ(b+n)
/// ```
///
/// Of the two the one with the shorter steps: the other is a difference of large equal numbers.
#[must_use]
pub fn ln_beta_rising(a: f64, b: f64, n: f64) -> f64 {
    if a < n {
        ln_rising(b, a) - ln_rising(b + n, a)
    } else {
        ln_rising(b, n) - ln_rising(a + b, n)
    }
}

/// First and second derivatives of [`ln_beta_rising`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaRising {
    /// By a.
    pub by_a: f64,
    /// By b.
    pub by_b: f64,
    /// Twice by a; the mixed one is the same.
    pub by_aa: f64,
    /// Twice by b.
    pub by_bb: f64,
}

/// Derivatives of [`ln_beta_rising`], by the same choice of steps.
#[must_use]
pub fn beta_rising(a: f64, b: f64, n: f64) -> BetaRising {
    let (first, second) = polygamma_rising(a + b, n);
    let (low, high) = if a < n {
        (polygamma_rising(b + n, a), polygamma_rising(b, a))
    } else {
        ((first, second), polygamma_rising(b, n))
    };
    BetaRising {
        by_a: -first,
        by_b: high.0 - low.0,
        by_aa: -second,
        by_bb: high.1 - low.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some units in the last place; relative to at least 1, since ln Γ crosses zero.
    const TOLERANCE_RELATIVE: f64 = 2e-15;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = (actual - expected).abs() / expected.abs().max(1.0);
        assert!(error < TOLERANCE_RELATIVE, "{actual} against {expected}");
    }

    // Values: computed with 40 digits (mpmath 1.3.0: loggamma, psi), rounded once.
    #[test]
    fn ln_rising_matches_reference() {
        for (x, n, expected) in [
            (0.25, 3.0, -0.3522205935893521),
            (12.0, 1.0, 2.4849066497880003),
            (0.001, 5000.0, 37575.72765389326),
            (12.5, 5000.0, 37670.371246579873),
            (1e5, 1.0, 11.512925464970228),
            (1e4, 5000.0, 47133.47574617155),
            (3e4, 2.0, 20.617938654066375),
            (3.0, 0.0, 0.0),
        ] {
            check(ln_rising(x, n), expected);
        }
    }

    #[test]
    fn polygamma_rising_matches_reference() {
        for (x, n, first, second) in [
            (0.25, 3.0, 5.2444444444444445, -16.837530864197532),
            (3.5, 40.0, 2.6580660076195564, -0.3071029900741715),
            (12.0, 1.0, 0.08333333333333333, -0.006944444444444444),
            (12.5, 5000.0, 6.034394666399742, -0.08308570345299844),
            (100000.0, 1.0, 1e-05, -1e-10),
            (
                10000000.0,
                27.0,
                2.699996490006201e-06,
                -2.6999929800186027e-13,
            ),
            (30000.0, 2.0, 6.666555559259136e-05, -2.2221481518516873e-09),
        ] {
            let actual = polygamma_rising(x, n);
            check(actual.0 / first, 1.0);
            check(actual.1 / second, 1.0);
        }
    }

    #[test]
    fn both_steps_of_beta_agree_with_reference() {
        for (a, b, n, expected) in [
            (1e-06, 4.5, 2573.0, -6.465510166398541e-06),
            (0.793, 2.426, 12.0, -1.44045168631798),
            (3.0, 0.7, 2.0, -2.6819420212427536),
            (10000.0, 10000.0, 3.0, -2.0792915604272113),
            (50.0, 1000000.0, 700.0, -0.03498689884176398),
        ] {
            // The last is a difference of two logarithms of 690.
            assert!((ln_beta_rising(a, b, n) - expected).abs() < 1e-13);
            let (derivatives, step) = (beta_rising(a, b, n), 1e-5);
            let slope = |low: f64, high: f64, step: f64| (high - low) / (2.0 * step);
            let by_a = slope(
                ln_beta_rising(a * (1.0 - step), b, n),
                ln_beta_rising(a * (1.0 + step), b, n),
                a * step,
            );
            let by_b = slope(
                ln_beta_rising(a, b * (1.0 - step), n),
                ln_beta_rising(a, b * (1.0 + step), n),
                b * step,
            );
            for (slope, derivative) in [(by_a, derivatives.by_a), (by_b, derivatives.by_b)] {
                assert!((slope - derivative).abs() < 1e-5 * derivative.abs() + 1e-9);
            }
        }
    }
}
