//! Whether two periods differ.

use super::fold::GroupFold;
use super::index::{on_scale, rounded};
use super::interval::{Added, Adjusted, Interval, method_of_several};
use super::response::Period;
use super::scoring::Scoring;
use super::spread::{covariance, spread};
use crate::engine::numeric::distribution::{
    normal_quantile_two_sided, normal_two_sided, student_t_quantile_two_sided, student_t_two_sided,
};

/// The index of the period asked less that of the period compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The difference, in units of the index's scale.
    pub value: f64,
    /// Holds the difference; never of zero width.
    pub interval: Interval,
    /// Difference over its standard error.
    pub statistic: f64,
    /// Probability of a statistic at least this far from 0, on either side, were there no difference.
    /// It is below 1 − level exactly if the interval leaves 0 out.
    pub p_value: f64,
}

/// From this many degrees of freedom on a t is taken for a normal, and customers are added only where
/// almost all answered alike.
const NORMAL_FROM_DEGREES: f64 = 200.0;

/// How two periods differ, from a fold of both; `None` if one of them has no error of its own.
///
/// # Formula
///
/// With V the variances and C the covariance of the two shares p of the scale, through the customers
/// who answered in both periods, and p̃, m̃, s̃² of each period as in [`super::interval::precision`],
///
/// ```text
/// D  = p₁ − p₂
/// a  = s̃₁² / m̃₁,  b = s̃₂² / m̃₂
/// ν  = (a + b)² / (a² / (m₁ − 1) + b² / (m₂ − 1))
/// v  = V₁ + V₂ − 2C
/// ṽ  = a (m̃₁/m₁)² + b (m̃₂/m₂)² − 2C        for ν < 200
/// ṽ  = a + b − 2C (m₁/m̃₁)(m₂/m̃₂)          otherwise
/// se = √max(v, ṽ)
/// z  = D / se,   D ± q se
/// ```
///
/// with q and p value of Student's t with ν degrees of freedom, from 200 on of the normal. The first
/// ṽ is that of p̃₁ − p̃₂, stretched back to D. The second exceeds v by much only where hardly any
/// answers differ; without it all passives would differ from all promoters for certain.
///
/// # Units
///
/// - `level`: nominal coverage, `0.5 ≤ level ≤ 0.999`
/// - returns: in units of the scoring's scale, rounded half to even to a billionth
///
/// # Source
///
/// ν: Welch (1947), "The generalization of 'Student's' problem when several different population
/// variances are involved", Biometrika 34, 28-35. Added customers: Agresti and Caffo (2000), The
/// American Statistician 54(4), 280-288. Both together are ours, by the simulation in
/// `tests/satisfaction_coverage.rs`.
#[must_use]
pub fn difference(scoring: &Scoring, fold: &GroupFold, level: f64) -> Option<Difference> {
    let (asked, asked_gradient) = spread(scoring, fold, Period::Asked)?;
    let (compared, compared_gradient) = spread(scoring, fold, Period::Compared)?;
    let covariance = covariance(fold, &asked_gradient, &compared_gradient);
    let added = Added::new(scoring, level);
    let [left, right] = [&asked, &compared].map(|spread| Adjusted::new(spread, &added));
    let sum = left.variance + right.variance;
    let square = |variance: f64| variance * variance;
    let degrees = square(sum)
        / (square(left.variance) / (asked.respondents - 1.0)
            + square(right.variance) / (compared.respondents - 1.0));
    let value = asked.share - compared.share;
    let is_normal = NORMAL_FROM_DEGREES <= degrees;
    let adjusted = if is_normal {
        sum - 2.0 * covariance * left.kept * right.kept
    } else {
        left.variance / square(left.kept) + right.variance / square(right.kept) - 2.0 * covariance
    };
    let plain = asked.variance + compared.variance - 2.0 * covariance;
    let error = plain.max(adjusted).sqrt();
    let statistic = value / error;
    let (quantile, p_value) = if is_normal {
        (
            normal_quantile_two_sided(level),
            normal_two_sided(statistic),
        )
    } else {
        (
            student_t_quantile_two_sided(level, degrees),
            student_t_two_sided(statistic, degrees),
        )
    };
    let length = scoring.scale.max() - scoring.scale.min();
    let half = quantile * error;
    let on_scale = |share: f64| on_scale(scoring, share);
    let in_units = |share: f64| rounded(share.clamp(-1.0, 1.0) * length);
    let value_in_units = rounded(on_scale(asked.share) - on_scale(compared.share));
    Some(Difference {
        value: value_in_units,
        interval: Interval {
            lower: in_units(value - half).min(value_in_units),
            upper: in_units(value + half).max(value_in_units),
            level,
            method: method_of_several(scoring),
        },
        statistic: rounded(statistic),
        p_value: rounded(p_value.min(1.0)),
    })
}
