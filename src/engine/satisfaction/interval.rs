//! How sure an index is.

use super::fold::GroupFold;
use super::index::{on_scale, rounded};
use super::response::Period;
use super::scoring::{Rule, Scoring};
use super::spread::{Spread, spread};
use crate::engine::numeric::distribution::{
    normal_quantile_two_sided, student_t_quantile_two_sided,
};

/// How an interval is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Wilson's, for the share of independent responses of equal weight.
    Wilson,
    /// Adjusted Wald: a share or balance with a few answers added, variance clustered by customer.
    AdjustedWald,
    /// A mean on a bounded scale with a few answers added at both ends, variance clustered by
    /// customer.
    BoundedScore,
}

impl IntervalMethod {
    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::AdjustedWald => "adjusted_wald",
            Self::BoundedScore => "bounded_score",
        }
    }
}

/// An interval on the scale of the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end, above the lower.
    pub upper: f64,
    /// Nominal coverage.
    pub level: f64,
    /// How it is made.
    pub method: IntervalMethod,
}

/// The error of an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Holds the index; never of zero width.
    pub interval: Interval,
    /// Responses of equal weight, independent of each other, that would tell as much; at most as
    /// many as there are.
    pub effective_responses: f64,
}

/// The error of a period's index; `None` if it has none, or if an item that counts was answered by
/// fewer than two customers, whose difference from others then is not known.
///
/// A share of a single item, answered once by each customer with equal weights, has [`wilson`]'s
/// interval. All others are of the form of Agresti and Coull with customers as draws: with m the
/// effective number of customers, p the index as a share of its scale and V its variance,
///
/// # Formula
///
/// ```text
/// s² = V m · m / (m − 1)
/// m̃  = m + 2κ + λ,   p̃ = (m p + κ + λ/2) / m̃
/// s̃² = (m (s² + (p − p̃)²) + κ p̃² + κ (1 − p̃)² + λ (p̃ − ½)²) / m̃
/// p̃ ± t(m̃ − 1) s̃ / √m̃
/// ```
///
/// κ customers are added at each end of the scale and λ in its middle, more for a higher level z:
///
/// | index | κ | λ | at 95 % |
/// |---|---|---|---|
/// | share | z²/4 | 0 | one satisfied, one not (Agresti and Caffo) |
/// | net promoter | z²/5 | 2z²/5 | ¾ promoters, 1½ passives, ¾ detractors (Rocks) |
/// | means, trees | z²/8 | 0 | half a customer at each end (ours) |
///
/// They stand for answers that so few customers may not have shown: without them five customers at
/// the top of the scale would have no doubt at all. They weigh little from a hundred customers on.
///
/// # Units
///
/// - `level`: nominal coverage, `0.5 ≤ level ≤ 0.999`
/// - returns: on the scoring's scale, rounded half to even to a billionth of its unit
///
/// # Source
///
/// Agresti and Coull (1998), "Approximate is better than 'exact' for interval estimation of binomial
/// proportions", The American Statistician 52(2), 119-126. Agresti and Caffo (2000), the same
/// 54(4), 280-288. Rocks (2016), "Interval estimation for the Net Promoter Score", the same 70(4),
/// 365-372. κ of means, t(m̃ − 1) and m / (m − 1) are ours, by the simulation in
/// `tests/satisfaction_coverage.rs`.
#[must_use]
pub fn precision(
    scoring: &Scoring,
    fold: &GroupFold,
    period: Period,
    level: f64,
) -> Option<Precision> {
    let (spread, _) = spread(scoring, fold, period)?;
    let method = method(scoring, fold, period);
    let share = spread.share;
    let (lower, upper) = match method {
        IntervalMethod::Wilson => wilson(share, spread.responses, level),
        IntervalMethod::AdjustedWald | IntervalMethod::BoundedScore => {
            let adjusted = Adjusted::new(&spread, &Added::new(scoring, level));
            let quantile = student_t_quantile_two_sided(level, adjusted.degrees);
            let half = quantile * adjusted.variance.sqrt();
            (adjusted.share - half, adjusted.share + half)
        }
    };
    Some(Precision {
        interval: Interval {
            lower: on_scale(scoring, lower.min(share).max(0.0)),
            upper: on_scale(scoring, upper.max(share).min(1.0)),
            level,
            method,
        },
        effective_responses: rounded(spread.responses),
    })
}

fn method(scoring: &Scoring, fold: &GroupFold, period: Period) -> IntervalMethod {
    let sums = fold.period(period);
    let responses = i128::from(sums.responses);
    let are_alike = sums.respondents == sums.responses
        && sums.weight * sums.weight == responses * sums.weight_squares;
    match scoring.leaves.as_slice() {
        [leaf] if matches!(leaf.rule, Rule::Share { .. }) && are_alike => IntervalMethod::Wilson,
        _ => method_of_several(scoring),
    }
}

/// The method where responses differ in weight or share customers, or two periods are compared.
pub(super) fn method_of_several(scoring: &Scoring) -> IntervalMethod {
    match scoring.leaves.as_slice() {
        [leaf] => match leaf.rule {
            Rule::Share { .. } | Rule::Balance { .. } => IntervalMethod::AdjustedWald,
            Rule::Distance => IntervalMethod::BoundedScore,
        },
        _ => IntervalMethod::BoundedScore,
    }
}

/// Wilson's interval of a share.
///
/// # Formula
///
/// ```text
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
/// ```
///
/// # Units
///
/// - `share` (p): `0 ≤ p ≤ 1`
/// - `responses` (n): `0 < n`
/// - `level`: probability, `0 < level < 1`
///
/// # Source
///
/// Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal of
/// the American Statistical Association 22(158), 209-212.
///
/// # Examples
///
/// ```
/// # use customer_value::engine::satisfaction::interval::wilson;
/// let (lower, upper) = wilson(0.8, 10.0, 0.95);
/// assert_eq!((lower * 1e3).round(), 490.0);
/// assert_eq!((upper * 1e3).round(), 943.0);
/// ```
#[must_use]
pub fn wilson(share: f64, responses: f64, level: f64) -> (f64, f64) {
    let z = normal_quantile_two_sided(level);
    let square = z * z / responses;
    let centre = share + 0.5 * square;
    let half = z * (share * (1.0 - share) / responses + 0.25 * square / responses).sqrt();
    let whole = 1.0 + square;
    ((centre - half) / whole, (centre + half) / whole)
}

/// Customers added to those who answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Added {
    /// κ: at each end of the scale.
    ends: f64,
    /// λ: in its middle.
    middle: f64,
}

impl Added {
    pub(super) fn new(scoring: &Scoring, level: f64) -> Self {
        let z = normal_quantile_two_sided(level);
        let square = z * z;
        let (ends, middle) = match scoring.leaves.as_slice() {
            [leaf] => match leaf.rule {
                Rule::Share { .. } => (square / 4.0, 0.0),
                Rule::Balance { .. } => (square / 5.0, square / 2.5),
                Rule::Distance => (square / 8.0, 0.0),
            },
            _ => (square / 8.0, 0.0),
        };
        Self { ends, middle }
    }
}

/// An index after customers were added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Adjusted {
    /// p̃.
    pub(super) share: f64,
    /// s̃² / m̃.
    pub(super) variance: f64,
    /// m̃ − 1.
    pub(super) degrees: f64,
    /// m / m̃.
    pub(super) kept: f64,
}

impl Adjusted {
    /// Adds customers; the formula is [`precision`]'s.
    pub(super) fn new(spread: &Spread, added: &Added) -> Self {
        let Added { ends, middle } = added;
        let own = spread.respondents;
        let all = own + 2.0 * ends + middle;
        let share = (own * spread.share + ends + 0.5 * middle) / all;
        let sample_variance = spread.variance * own * (own / (own - 1.0));
        let square = |distance: f64| distance * distance;
        let squares = own * (sample_variance + square(spread.share - share))
            + ends * (square(share) + square(1.0 - share))
            + middle * square(share - 0.5);
        Self {
            share,
            variance: squares / all / all,
            degrees: all - 1.0,
            kept: own / all,
        }
    }
}
