//! Averages over a beta distribution, by the trapezoidal rule on the logit.
//!
//! For p ~ Beta(a, b) and z = ln(p/(1−p)), the density of z is proportional to pᵃ(1−p)ᵇ: analytic
//! in the strip |Im z| < π and exponentially small at both ends, where the plain trapezoidal rule
//! converges exponentially. One set of nodes serves every integrand that is bounded in
//! |Im z| ≤ π/2, such as a power of 1/(1 + pu) for any u > 0, whereas the error of a Gauss-Jacobi
//! rule grows with u. Weights are normalised by their own sum, so that no beta function is needed
//! and none can overflow; tails that only repeat a geometric series are summed in closed form.

use super::special::{exp, exp_m1, ln, ln_1p};

/// Spacing of the nodes: the error is about e^(−2π·(π/2)/0.2) = 4e-22.
const SPACING_MAX: f64 = 0.2;
/// Spacing in standard deviations of the logit, for narrow distributions: a normal shape then has
/// the error e^(−2π²/0.45²) = 5e-43; the margin covers skewed shapes.
const SPACING_OF_DEVIATION: f64 = 0.45;
/// Fall of the log-weight at which a tail ends: e⁻⁴⁵ is 3e-20.
const LOG_WEIGHT_DROP: f64 = 45.0;
/// A quantity below e⁻⁴⁰ = 4e-18 does not change 1 when added to it.
const LOG_NEGLIGIBLE: f64 = 40.0;

/// The same for [`LogitGrid::for_tables`], whose error is about e^(−2π·(π/2)/0.3) = 5e-15.
const TABLE_SPACING_MAX: f64 = 0.3;
/// Error e^(−2π²/0.65²) = 5e-21.
const TABLE_SPACING_OF_DEVIATION: f64 = 0.65;
/// e⁻³⁶ is 2e-16.
const TABLE_LOG_WEIGHT_DROP: f64 = 36.0;
/// e⁻³³ is 5e-15.
const TABLE_LOG_NEGLIGIBLE: f64 = 33.0;

/// Steps from the mode to the end of a tail. The closed-form tails keep it below about 3,000.
const STEPS_MAX: u32 = 20_000;

/// Equally spaced logits with the probabilities they stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct LogitGrid {
    logits: Vec<f64>,
    points: Vec<f64>,
    spacing: f64,
}

impl LogitGrid {
    /// Grid that serves Beta(`a`, b) for every b from `b_low` to `b_high`, and integrands that are
    /// constant to all digits while p·`variation` (or (1−p)·`variation`) is negligible.
    #[must_use]
    pub fn new(a: f64, b_low: f64, b_high: f64, variation: f64) -> Self {
        let deviation = (1.0 / a + 1.0 / b_high).sqrt();
        let spacing = (SPACING_OF_DEVIATION * deviation).min(SPACING_MAX);
        let drop = LOG_WEIGHT_DROP + ln_1p(variation);
        let low_end = -LOG_NEGLIGIBLE - ln(variation.max(b_high).max(1.0));
        let high_end = LOG_NEGLIGIBLE + ln(variation.max(a).max(1.0));

        let lower = LogWeight::new(a, b_high);
        let low = lower.tail(-spacing, drop).max(low_end);
        let upper = LogWeight::new(a, b_low);
        let high = upper.tail(spacing, drop).min(high_end);

        Self::between(low, high, spacing)
    }

    /// Grid that serves several distributions Beta(a, b), and integrands as in [`LogitGrid::new`];
    /// half the nodes, exact to about 1e-13.
    #[must_use]
    pub fn for_tables(shapes: &[[f64; 2]], variation: f64) -> Self {
        let deviations = shapes.iter().map(|[a, b]| (1.0 / a + 1.0 / b).sqrt());
        let narrowest = deviations.fold(f64::INFINITY, f64::min);
        let spacing = (TABLE_SPACING_OF_DEVIATION * narrowest).min(TABLE_SPACING_MAX);
        let drop = TABLE_LOG_WEIGHT_DROP + ln_1p(variation);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for [a, b] in shapes {
            let log_weight = LogWeight::new(*a, *b);
            let low_end = -TABLE_LOG_NEGLIGIBLE - ln(variation.max(*b).max(1.0));
            let high_end = TABLE_LOG_NEGLIGIBLE + ln(variation.max(*a).max(1.0));
            low = low.min(log_weight.tail(-spacing, drop).max(low_end));
            high = high.max(log_weight.tail(spacing, drop).min(high_end));
        }
        Self::between(low, high, spacing)
    }

    fn between(low: f64, high: f64, spacing: f64) -> Self {
        let mut logits = Vec::new();
        let mut logit = low;
        let mut index = 0_u32;
        while logit <= high + spacing && index <= 2 * STEPS_MAX {
            logits.push(logit);
            index += 1;
            logit = low + f64::from(index) * spacing;
        }
        let points = logits
            .iter()
            .map(|logit| 1.0 / (1.0 + exp(-logit)))
            .collect();
        Self {
            logits,
            points,
            spacing,
        }
    }

    /// The probabilities p, ascending.
    #[must_use]
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// Weights of Beta(`a`, `b`) at the points; they sum to 1.
    #[must_use]
    pub fn weights(&self, a: f64, b: f64) -> Vec<f64> {
        let log_weight = LogWeight::new(a, b);
        let mut weights: Vec<f64> = self
            .logits
            .iter()
            .map(|logit| exp(log_weight.at(*logit)))
            .collect();
        // Beyond the ends the weights fall like e^(a·z) and e^(−b·z): geometric series.
        if let Some(first) = weights.first_mut() {
            *first /= -exp_m1(-a * self.spacing);
        }
        if let Some(last) = weights.last_mut() {
            *last /= -exp_m1(-b * self.spacing);
        }
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        weights
    }
}

/// Nodes and weights of one beta distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct BetaRule {
    points: Vec<f64>,
    weights: Vec<f64>,
}

impl BetaRule {
    /// Rule for Beta(`a`, `b`); `variation` as in [`LogitGrid::new`].
    #[must_use]
    pub fn new(a: f64, b: f64, variation: f64) -> Self {
        let grid = LogitGrid::new(a, b, b, variation);
        Self {
            weights: grid.weights(a, b),
            points: grid.points,
        }
    }

    /// Mean of `integrand` over the distribution.
    #[must_use]
    pub fn average(&self, integrand: impl Fn(f64) -> f64) -> f64 {
        let terms = self.points.iter().zip(&self.weights);
        terms
            .map(|(point, weight)| weight * integrand(*point))
            .sum()
    }
}

/// ln of pᵃ(1−p)ᵇ relative to its largest value.
///
/// With d = z − z₀ from the mode z₀ = ln(a/b), where p₀ = a/(a+b):
/// `a·d − (a+b)·ln(1 + p₀(eᵈ − 1))`, or its mirror image when b < a. The plain a·ln p + b·ln(1−p)
/// loses as many digits as a and b have.
struct LogWeight {
    mode: f64,
    /// 1, or −1 when the distribution is seen from p = 1.
    sign: f64,
    smaller: f64,
    sum: f64,
}

impl LogWeight {
    fn new(a: f64, b: f64) -> Self {
        let (sign, smaller) = if a <= b { (1.0, a) } else { (-1.0, b) };
        Self {
            mode: ln(a / b),
            sign,
            smaller,
            sum: a + b,
        }
    }

    fn at(&self, logit: f64) -> f64 {
        let distance = self.sign * (logit - self.mode);
        let share = self.smaller / self.sum;
        self.smaller * distance - self.sum * ln_1p(share * exp_m1(distance))
    }

    /// First logit on the side of `step` whose log-weight is `drop` below the mode's.
    fn tail(&self, step: f64, drop: f64) -> f64 {
        let mut index = 0;
        let mut logit = self.mode;
        while -drop < self.at(logit) && index < STEPS_MAX {
            index += 1;
            logit = self.mode + f64::from(index) * step;
        }
        logit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: f64, expected: f64, tolerance_relative: f64) {
        let error = ((actual - expected) / expected).abs();
        assert!(
            error < tolerance_relative,
            "{actual} against {expected}: {error:e}"
        );
    }

    #[test]
    fn moments_match_closed_forms() {
        for a in [1e-3, 0.05, 0.793, 1.0, 3.0, 10.0, 300.0, 1e6] {
            for b in [1e-3, 0.5, 2.426, 40.0, 2e4, 1e7] {
                let rule = BetaRule::new(a, b, 1.0);
                check(rule.average(|p| p), a / (a + b), 1e-12);
                let second = a * (a + 1.0) / ((a + b) * (a + b + 1.0));
                check(rule.average(|p| p * p), second, 1e-12);
            }
        }
    }

    #[test]
    fn logarithm_and_far_pole_match_closed_forms() {
        // p ~ Beta(1, 1): E[1/(1 + pu)] = ln(1 + u)/u
        for u in [1e-8, 1.0, 1e5, 1e12] {
            let rule = BetaRule::new(1.0, 1.0, u);
            check(rule.average(|p| 1.0 / (1.0 + p * u)), ln_1p(u) / u, 1e-13);
        }
    }

    #[test]
    fn one_grid_serves_a_range() {
        let grid = LogitGrid::new(0.8, 2.4, 66.4, 10.0);
        for b in [2.4, 10.4, 66.4] {
            let weights = grid.weights(0.8, b);
            let mean: f64 = grid.points().iter().zip(&weights).map(|(p, w)| p * w).sum();
            check(mean, 0.8 / (0.8 + b), 1e-14);
        }
    }

    #[test]
    fn a_grid_for_tables_serves_several_distributions() {
        let shapes = [[1e-3, 2.0], [0.8, 2.4], [0.9, 66.4], [300.0, 40.0]];
        let grid = LogitGrid::for_tables(&shapes, 1e4);
        for [a, b] in shapes {
            let weights = grid.weights(a, b);
            let mean = |f: &dyn Fn(f64) -> f64| -> f64 {
                let terms = grid.points().iter().zip(&weights);
                terms.map(|(p, weight)| weight * f(*p)).sum()
            };
            check(mean(&|p| p), a / (a + b), 1e-12);
            let fine = BetaRule::new(a, b, 1e4);
            let far = |p: f64| 1.0 / (1.0 + 1e4 * p);
            check(mean(&far), fine.average(far), 1e-12);
        }
    }
}
