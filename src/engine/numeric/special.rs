//! Special functions with the same bits on every machine.
//!
//! The elementary ones forward to `libm`, which computes in IEEE operations only; the standard
//! library's `f64::exp` and its kin call the platform's C library and may differ in the last bit.

/// e raised to `x`.
#[must_use]
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// eˣ − 1 without cancellation near 0.
#[must_use]
#[inline]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm.
#[must_use]
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x) without cancellation near 0.
#[must_use]
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// ln Γ(x) for `x > 0`.
#[must_use]
#[inline]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// (eᵏˡ − 1)/k, the integral of eᵏᵛ over 0 ≤ v ≤ l; exactly l at k = 0.
#[must_use]
pub fn exp_m1_over(k: f64, l: f64) -> f64 {
    if k == 0.0 { l } else { exp_m1(k * l) / k }
}

/// ln(eˣ + eʸ) without overflow; −∞ stands for a zero summand.
#[must_use]
pub fn log_sum_exp(x: f64, y: f64) -> f64 {
    let (low, high) = if x < y { (x, y) } else { (y, x) };
    if high == f64::NEG_INFINITY {
        return high;
    }
    high + ln_1p(exp(low - high))
}

/// ln(1 + eᶻ) without overflow.
#[must_use]
pub fn softplus(z: f64) -> f64 {
    if z < 0.0 {
        ln_1p(exp(z))
    } else {
        z + ln_1p(exp(-z))
    }
}

/// Arguments from here on use the asymptotic series: its first neglected term is below 1e-17.
pub(super) const ASYMPTOTIC_FROM: f64 = 12.0;

/// Coefficients B₂ₖ / 2k, k = 1.., of the series of ψ (Abramowitz and Stegun 6.3.18).
pub(super) const DIGAMMA_SERIES: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32_760.0,
    1.0 / 12.0,
    -3_617.0 / 8_160.0,
];

/// Coefficients B₂ₖ, k = 1.., of the series of ψ′ (Abramowitz and Stegun 6.4.12).
pub(super) const TRIGAMMA_SERIES: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2_730.0,
    7.0 / 6.0,
    -3_617.0 / 510.0,
];

/// Digamma ψ(x), the derivative of ln Γ, for `x > 0`.
///
/// # Formula
///
/// ```text
/// ψ(x) = ψ(x + 1) − 1/x                        up to x ≥ 12
/// ψ(x) = ln x − 1/(2x) − Σ B₂ₖ / (2k x²ᵏ)
/// ```
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.5 and 6.3.18.
#[must_use]
pub fn digamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut recurrence = 0.0;
    while shifted < ASYMPTOTIC_FROM {
        recurrence += 1.0 / shifted;
        shifted += 1.0;
    }
    let inverse_square = 1.0 / (shifted * shifted);
    let series = horner(&DIGAMMA_SERIES, inverse_square) * inverse_square;
    ln(shifted) - 0.5 / shifted - series - recurrence
}

/// Trigamma ψ′(x), the second derivative of ln Γ, for `x > 0`.
///
/// # Formula
///
/// ```text
/// ψ′(x) = ψ′(x + 1) + 1/x²                     up to x ≥ 12
/// ψ′(x) = 1/x + 1/(2x²) + Σ B₂ₖ / x²ᵏ⁺¹
/// ```
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 6.4.6 and 6.4.12.
#[must_use]
pub fn trigamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut recurrence = 0.0;
    while shifted < ASYMPTOTIC_FROM {
        recurrence += 1.0 / (shifted * shifted);
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let inverse_square = inverse * inverse;
    let series = horner(&TRIGAMMA_SERIES, inverse_square) * inverse_square * inverse;
    inverse + 0.5 * inverse_square + series + recurrence
}

/// The polynomial of these coefficients, lowest first.
pub(super) fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some units in the last place; relative to at least 1, since ψ and ln Γ cross zero.
    const TOLERANCE_RELATIVE: f64 = 2e-15;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = (actual - expected).abs() / expected.abs().max(1.0);
        assert!(error < TOLERANCE_RELATIVE, "{actual} against {expected}");
    }

    // Values: computed with 30 digits (mpmath 1.3.0: digamma, psi(1, x), loggamma), rounded once.
    #[test]
    fn digamma_matches_reference() {
        for (x, expected) in [
            (1e-5, -100000.57719921567),
            (0.25, -4.2274535333762655),
            (0.7929, -0.9814474190300094),
            (1.4, -0.06138454458511624),
            (3.5, 1.103156640645243),
            (11.9, 2.4339335368825377),
            (12.0, 2.442661679975812),
            (250.5, 5.521461584527047),
            (1e6, 13.815510057964191),
        ] {
            check(digamma(x), expected);
        }
    }

    #[test]
    fn trigamma_matches_reference() {
        for (x, expected) in [
            (1e-5, 10000000001.644909),
            (0.25, 17.197329154507113),
            (0.7929, 2.3313198876886214),
            (1.4, 1.0253565905295976),
            (3.5, 0.3303577561002349),
            (11.9, 0.08766320119000419),
            (12.0, 0.08690187287176838),
            (250.5, 0.003999994666696533),
            (1e6, 1.0000005000001667e-06),
        ] {
            check(trigamma(x), expected);
        }
    }

    #[test]
    fn ln_gamma_matches_reference() {
        for (x, expected) in [
            (1e-5, 11.512919692895826),
            (0.25, 1.2880225246980774),
            (0.7929, 0.1589694633724255),
            (1.4, -0.11961291417237128),
            (3.5, 1.2009736023470743),
            (11.9, 17.25847745059552),
            (12.0, 17.502307845873887),
            (250.5, 1131.2840013322552),
            (1e6, 12815504.569147613),
        ] {
            check(ln_gamma(x), expected);
        }
    }

    #[test]
    fn exp_m1_over_has_its_limit() {
        check(exp_m1_over(0.0, 3.0), 3.0);
        check(exp_m1_over(1e-12, 3.0), 3.0 + 4.5e-12);
        check(exp_m1_over(2.0, 0.5), 0.5 * exp_m1(1.0));
    }

    #[test]
    fn log_sum_exp_keeps_extremes() {
        check(
            log_sum_exp(-1000.0, -1000.0),
            -1000.0 + std::f64::consts::LN_2,
        );
        check(log_sum_exp(f64::NEG_INFINITY, 3.0), 3.0);
        assert_eq!(
            log_sum_exp(f64::NEG_INFINITY, f64::NEG_INFINITY),
            f64::NEG_INFINITY
        );
    }

    #[test]
    fn softplus_keeps_both_tails() {
        check(softplus(-50.0) / exp(-50.0), 1.0);
        check(softplus(800.0), 800.0);
        check(softplus(0.0), std::f64::consts::LN_2);
    }
}
