//! Values of a customer side by side: what was, what the models expect, and what the textbook formula
//! makes of both.

use super::fact::CostKind;
use super::money::{Micros, divide_half_even};
use super::score::{DAYS_PER_WEEK, DAYS_PER_YEAR, Reason, Score, ScoreInput, purchase_statistics};

/// Days in a year, as whole ones.
const YEAR_DAYS: i128 = 365;

/// The formula's value and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FormulaValue {
    /// m·r/(1 + i − r).
    pub value: Micros,
    /// m: contribution to date, acquisition cost left out, for a year of being a customer.
    pub yearly_contribution: Micros,
    /// r: probability of being a customer a year on, given the history.
    pub retention: f64,
}

/// Value of a margin that is earned every year for as long as the customer is retained.
///
/// # Formula
///
/// ```text
/// Σₖ m·rᵏ/(1+i)ᵏ = m·r/(1 + i − r),   k = 1, 2, …
/// ```
///
/// # Units
///
/// - `yearly` (m): money, at the end of each year
/// - `retention` (r): probability of staying another year, `0 ≤ r ≤ 1`
/// - `annual_rate` (i): effective discount rate of a year, `0 ≤ i`
/// - returns: money at the value of today; `None` at r = 1 and i = 0, where the sum is infinite
///
/// # Source
///
/// Gupta and Lehmann (2003), "Customers as Assets", Journal of Interactive Marketing 17(1), 9–24,
/// the infinite horizon with constant margin and retention.
///
/// # Examples
///
/// ```
/// use customer_value::engine::comparison::formula_value;
///
/// let value = formula_value(30.0, 0.8, 0.1).unwrap();
/// assert!((value - 80.0).abs() < 1e-12); // 2.6667 times the yearly margin
/// ```
#[must_use]
pub fn formula_value(yearly: f64, retention: f64, annual_rate: f64) -> Option<f64> {
    let lost = annual_rate + (1.0 - retention);
    (0.0 < lost).then(|| yearly * retention / lost)
}

/// What the formula makes of a customer.
///
/// m is the contribution to date without the cost of winning the customer, by the years since the
/// first purchase day; somebody known for less than a year has shown no year, and what they brought
/// counts as it is. r is P(alive a year on | history), whose doubt about today's life is part of it:
/// with the probability given life the formula would value somebody long gone as if they were there.
/// That r stays the same for ever is the formula's own assumption; the models say that whoever stays
/// is ever more likely to.
///
/// # Errors
///
/// [`Reason::NoFacts`], [`Reason::NoPurchase`], [`Reason::NoModel`]; [`Reason::NotInPolicy`] when the
/// sum is infinite, which takes a policy that does not discount.
pub fn formula(input: &ScoreInput<'_>, score: &Score) -> Result<FormulaValue, Reason> {
    let own = input.own.ok_or(Reason::NoFacts)?;
    let statistics = purchase_statistics(own, input.as_of_day).ok_or(Reason::NoPurchase)?;
    let span = own.purchase_day_span.ok_or(Reason::NoPurchase)?;
    let purchase = input.models.purchase.ok_or(Reason::NoModel)?;
    let days = i128::from(input.as_of_day.days_since(span.first));
    let earned = score.clv_to_date? + own.totals.costs[CostKind::Acquisition.index()];
    let yearly = Micros(divide_half_even(earned.0 * YEAR_DAYS, days.max(YEAR_DAYS)));
    let retention = purchase.survival(&statistics, DAYS_PER_YEAR / DAYS_PER_WEEK);
    let value = formula_value(yearly.to_units(), retention, input.policy.discount_rate);
    let value = value.ok_or(Reason::NotInPolicy)?;
    Ok(FormulaValue {
        value: Micros::from_estimate(value).ok_or(Reason::NotEnoughData)?,
        yearly_contribution: yearly,
        retention,
    })
}
