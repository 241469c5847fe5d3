//! The length of a geometric life whose chance of ending is beta distributed.

use super::beta_rule::BetaRule;
use super::special::{exp_m1, ln_1p};

/// Beyond this many units of discounting nothing is left: e⁻⁶⁰ is 1e-26.
const DECAY_MAX: f64 = 60.0;

/// Expected number of the next `periods` that a life sees which is there in the first of them and ends
/// before each further one with probability θ ~ Beta(`a`, `b`); period j counts 1/(1+d)ʲ.
///
/// # Formula
///
/// ```text
/// E_θ[ Σ (1−θ)^(j−1)/(1+d)ʲ ] = E_θ[ (1 − ((1−θ)/(1+d))ᵐ)/(d + θ) ],   j = 1..m
/// ```
///
/// The closed forms are ratios of gamma functions with a pole at a = 1 for d = 0, and a Gauss
/// hypergeometric function for d > 0; the average over θ has no such point.
///
/// # Units
///
/// - `periods` (m): whole, `0 ≤ m ≤ ∞`, finite when d is 0
/// - `discount_rate` (d): effective rate a period, `0 ≤ d`
#[must_use]
pub fn expected_periods(a: f64, b: f64, periods: f64, discount_rate: f64) -> f64 {
    let reach = periods.min(DECAY_MAX / discount_rate);
    let growth = ln_1p(discount_rate);
    BetaRule::new(a, b, reach)
        .average(|end| -exp_m1(periods * (ln_1p(-end) - growth)) / (discount_rate + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = ((actual - expected) / expected).abs();
        assert!(error < 1e-13, "{actual} against {expected}: {error:e}");
    }

    #[test]
    fn one_period_is_seen_for_certain() {
        check(expected_periods(0.3, 0.2, 1.0, 0.0), 1.0);
        check(expected_periods(0.3, 0.2, 1.0, 0.25), 0.8);
    }

    #[test]
    fn two_periods_need_one_survival() {
        // 1 + b/(a+b)
        check(expected_periods(1.0, 3.0, 2.0, 0.0), 1.75);
    }

    #[test]
    fn unlimited_life_of_uniform_ends_is_a_logarithm() {
        // ∫ 1/(d + θ) dθ = ln((1 + d)/d)
        let expected = crate::engine::numeric::special::ln(11.0);
        check(expected_periods(1.0, 1.0, f64::INFINITY, 0.1), expected);
    }
}
