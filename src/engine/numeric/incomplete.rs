//! Regularised incomplete beta and gamma functions: how much of a distribution lies below a point.
//!
//! They serve quantiles of sums of spends, where 1e-12 is far more than any use of an interval asks.

use super::normal::normal_quantile;
use super::rising::ln_rising;
use super::special::{exp, ln, ln_1p, ln_gamma};

/// Terms of a continued fraction or series: they grow with the square root of the parameters, and
/// 1e6 of them serve parameters of 1e10.
const TERMS_MAX: u32 = 1_000_000;
/// A factor this near to 1 changes nothing any more.
const TERM_NEGLIGIBLE: f64 = 1e-15;
/// Stands for a zero denominator in Lentz's method.
const TINY: f64 = 1e-300;

/// Iₓ(a, b): share of Beta(`a`, `b`) below `x`, given as `odds` = x/(1−x).
///
/// # Formula
///
/// ```text
/// Iₓ(a, b) = xᵃ(1−x)ᵇ/(a·B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …)))     for x < (a+1)/(a+b+2)
/// Iₓ(a, b) = 1 − I₁₋ₓ(b, a)                                         beyond
/// ```
///
/// The odds instead of x: near x = 1 the distance 1 − x is what counts.
///
/// # Units
///
/// - `a`, `b`: above 0; `odds`: from 0, may be infinite
/// - returns: probability
///
/// # Source
///
/// NIST Digital Library of Mathematical Functions, 8.17.4 and 8.17.22; Lentz's method: Press et al.
/// (2007), Numerical Recipes, 3rd ed., section 6.4.
#[must_use]
pub fn beta_share(a: f64, b: f64, odds: f64) -> f64 {
    if odds <= 0.0 {
        return 0.0;
    }
    if odds == f64::INFINITY {
        return 1.0;
    }
    if odds * (b + 1.0) < a + 1.0 {
        lower_share(a, b, odds)
    } else {
        1.0 - lower_share(b, a, 1.0 / odds)
    }
}

/// ln Iₓ(a, b), which says something where Iₓ(a, b) is below all numbers.
///
/// # Formula
///
/// As [`beta_share`].
///
/// # Units
///
/// - `a`, `b`: above 0; `odds`: from 0, may be infinite
/// - returns: nats; −∞ for odds of 0
#[must_use]
pub fn log_beta_share(a: f64, b: f64, odds: f64) -> f64 {
    if odds <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if odds == f64::INFINITY {
        return 0.0;
    }
    if odds * (b + 1.0) < a + 1.0 {
        let (log_front, fraction) = lower_parts(a, b, odds);
        log_front + ln(fraction)
    } else {
        ln_1p(-lower_share(b, a, 1.0 / odds))
    }
}

/// Iₓ(a, b) for x below the turning point.
fn lower_share(a: f64, b: f64, odds: f64) -> f64 {
    let (log_front, fraction) = lower_parts(a, b, odds);
    exp(log_front) * fraction
}

/// ln of xᵃ(1−x)ᵇ/(a·B(a, b)), and the continued fraction.
fn lower_parts(a: f64, b: f64, odds: f64) -> (f64, f64) {
    let x = odds / (1.0 + odds);
    // ln of xᵃ(1−x)ᵇ / (a·B(a, b)), with B(a, b) = Γ(a)·Γ(b)/Γ(a+b)
    let log_front =
        -a * ln_1p(1.0 / odds) - b * ln_1p(odds) + ln_rising(b, a) - ln_gamma(a) - ln(a);
    let mut numerator = 1.0;
    let mut denominator = guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = 1.0 / denominator;
    for index in 1..TERMS_MAX {
        let m = f64::from(index);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        denominator = guarded(1.0 + even / denominator);
        numerator = guarded(1.0 + even / numerator);
        fraction *= numerator / denominator;
        denominator = guarded(1.0 + odd / denominator);
        numerator = guarded(1.0 + odd / numerator);
        let factor = numerator / denominator;
        fraction *= factor;
        if (factor - 1.0).abs() < TERM_NEGLIGIBLE {
            break;
        }
    }
    (log_front, fraction)
}

fn guarded(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// P(k, x): share of the gamma distribution of shape `shape` and rate 1 below `x`.
///
/// # Formula
///
/// ```text
/// P(k, x) = xᵏe^(−x)/Γ(k+1) · Σ xⁿ/((k+1)…(k+n))       for x < k + 1
/// P(k, x) = 1 − xᵏe^(−x)/Γ(k) · 1/(x+1−k − 1·(1−k)/(x+3−k − …))     beyond
/// ```
///
/// # Source
///
/// NIST Digital Library of Mathematical Functions, 8.11.4 and 8.9.2.
#[must_use]
pub fn gamma_share(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let log_front = shape * ln(x) - x - ln_gamma(shape);
    if x < shape + 1.0 {
        let mut term = 1.0 / shape;
        let mut sum = term;
        for index in 1..TERMS_MAX {
            term *= x / (shape + f64::from(index));
            sum += term;
            if term < sum * TERM_NEGLIGIBLE {
                break;
            }
        }
        return exp(log_front) * sum;
    }
    let mut above = x + 1.0 - shape;
    let mut numerator = 1.0 / TINY;
    let mut denominator = 1.0 / above;
    let mut fraction = denominator;
    for index in 1..TERMS_MAX {
        let n = f64::from(index);
        let coefficient = n * (shape - n);
        above += 2.0;
        denominator = 1.0 / guarded(above + coefficient * denominator);
        numerator = guarded(above + coefficient / numerator);
        let factor = numerator * denominator;
        fraction *= factor;
        if (factor - 1.0).abs() < TERM_NEGLIGIBLE {
            break;
        }
    }
    1.0 - exp(log_front) * fraction
}

/// From this shape on Wilson and Hilferty's cube is the quantile to eight digits.
const CUBE_FROM: f64 = 1e5;
/// Halvings of the logarithm of a quantile: from a range of 1,400 to 1e-15.
const HALVINGS: u32 = 64;

/// x with P(k, x) = `probability`: quantile of the gamma distribution of rate 1.
///
/// # Formula
///
/// ```text
/// bisection of P(k, x) in ln x;  k·(1 − 1/(9k) + z/(3√k))³ for k ≥ 1e5
/// ```
///
/// # Units
///
/// - returns: from 0; 0 where the quantile is below the smallest number
///
/// # Source
///
/// Wilson and Hilferty (1931), "The distribution of chi-square", PNAS 17(12), 684–688.
#[must_use]
pub fn gamma_quantile(shape: f64, probability: f64) -> f64 {
    let z = normal_quantile(probability);
    if CUBE_FROM <= shape {
        let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
        return shape * root * root * root;
    }
    // Below 1 the distribution is xᵏ/(kΓ(k)) and smaller; above, the mean and 40 deviations and more.
    let mut low = ((ln(probability) + ln_gamma(shape + 1.0)) / shape).min(0.0) - 1.0;
    let mut high = ln(shape + 40.0 * shape.sqrt() + 800.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if gamma_share(shape, exp(middle)) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    exp(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xᵏ is computed by its logarithm, which costs as many digits as the exponent has.
    const TOLERANCE_RELATIVE: f64 = 1e-9;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = ((actual - expected) / expected).abs();
        assert!(
            error < TOLERANCE_RELATIVE,
            "{actual} against {expected}: {error:e}"
        );
    }

    #[test]
    fn beta_shares_match_closed_forms() {
        for x in [1e-6_f64, 0.2, 0.5, 0.9, 0.999_999] {
            let odds = x / (1.0 - x);
            // I(1, b) = 1 − (1−x)ᵇ,  I(a, 1) = xᵃ
            check(beta_share(1.0, 3.5, odds), -libm::expm1(-3.5 * ln_1p(odds)));
            check(beta_share(2.5, 1.0, odds), libm::pow(x, 2.5));
            let both = beta_share(40.0, 700.0, odds) + beta_share(700.0, 40.0, 1.0 / odds);
            check(both, 1.0);
        }
    }

    #[test]
    fn gamma_shares_match_closed_forms() {
        for x in [1e-6_f64, 0.3, 1.9, 2.1, 30.0] {
            check(gamma_share(1.0, x), -libm::expm1(-x));
            // P(2, x) = 1 − (1 + x)·e^(−x); near 0 it is x²/2
            if 0.1 < x {
                check(gamma_share(2.0, x), 1.0 - (1.0 + x) * exp(-x));
            }
            check(gamma_share(0.5, x), libm::erf(x.sqrt()));
        }
    }

    #[test]
    fn gamma_quantiles_are_where_their_share_is() {
        for shape in [0.01, 0.5, 3.0, 250.0, 9e4] {
            for probability in [0.05, 0.5, 0.95] {
                let x = gamma_quantile(shape, probability);
                check(gamma_share(shape, x), probability);
            }
        }
        let (below, above) = (gamma_quantile(99_999.0, 0.05), gamma_quantile(1e5, 0.05));
        assert!(below < above && above < below + 2.0, "{below} {above}");
    }
}
