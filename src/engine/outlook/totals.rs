//! Sums of predictions over customers, with the intervals of the sums.
//!
//! All customers share the uncertainty of the models, so that intervals do not add: the numbers at the
//! points around the fit do.

use super::{CHECKED_LEVEL, MoneyInterval, Outlook, finite, money_interval};
use crate::engine::interval::around::Around;
use crate::engine::interval::{ExpectedValue, Interval};
use crate::engine::money::Micros;
use crate::engine::score::{Reason, Score};

/// Sums over customers as they are added, of the same size however many there are.
///
/// Floats are added in the order of the calls: the same order gives the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    customers: i64,
    predicted_customers: i64,
    sums: Option<Sums>,
}

/// Sums over those who have a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sums {
    expected_purchases: f64,
    contribution: Result<Micros, Reason>,
    /// That of the spend model in force, the same for all; 0 where there is no contribution.
    margin: f64,
    purchases: Result<Around<f64, 4>, Reason>,
    value: Result<ExpectedValue<4>, Reason>,
}

/// What is expected of all who have a prediction, together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictionTotals {
    /// Sum of the expected purchases.
    pub expected_purchases: f64,
    /// Interval of that sum.
    pub expected_purchases_interval: Result<Interval, Reason>,
    /// What they are expected to contribute.
    pub contribution: Result<ContributionTotals, Reason>,
}

/// Expected contribution of all who have a prediction, together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContributionTotals {
    /// Sum of the rounded expected contributions.
    pub expected: Micros,
    /// Interval of the sum before rounding.
    pub interval: Result<MoneyInterval, Reason>,
}

impl Totals {
    /// Adds a customer: the score, `None` where nothing is known, and what is foretold beyond the
    /// prediction.
    pub fn add(&mut self, score: Option<&Score>, outlook: Option<&Outlook>) {
        self.customers += 1;
        let Some(Ok(prediction)) = score.map(|score| score.prediction) else {
            return;
        };
        self.predicted_customers += 1;
        let of_outlook = outlook.ok_or(Reason::NoUncertainty);
        let contribution = prediction.spend.map(|spend| spend.expected_contribution);
        let purchases =
            of_outlook.and_then(|outlook| outlook.purchases.as_ref().map_err(|why| *why));
        let value = of_outlook.and_then(|outlook| outlook.value.as_ref().map_err(|why| *why));
        let Some(sums) = &mut self.sums else {
            self.sums = Some(Sums {
                expected_purchases: prediction.expected_purchases,
                contribution,
                margin: prediction.spend.map_or(0.0, |spend| spend.margin),
                purchases: purchases.copied(),
                value: value.copied(),
            });
            return;
        };
        sums.expected_purchases += prediction.expected_purchases;
        sums.contribution = sums.contribution.and_then(|sum| {
            let both = sum.0.checked_add(contribution?.0);
            both.map(Micros).ok_or(Reason::NotEnoughData)
        });
        add(&mut sums.purchases, purchases, Around::add);
        add(&mut sums.value, value, ExpectedValue::add);
    }

    /// Customers who were added.
    #[must_use]
    pub fn customers(&self) -> i64 {
        self.customers
    }

    /// Those among them who have a prediction.
    #[must_use]
    pub fn predicted_customers(&self) -> i64 {
        self.predicted_customers
    }

    /// What is expected of all of those; `None` without any.
    ///
    /// # Formula
    ///
    /// ```text
    /// Σ f·e^(±zσ),  σ² the variance of ln Σ f from the parameters
    /// ```
    ///
    /// [`Around::log_variance`] and [`ExpectedValue::log_variance`] of the sums. Where a customer with
    /// a prediction lacks a number, the sum lacks it too, for the reason of the first such customer.
    #[must_use]
    pub fn predictions(&self) -> Option<PredictionTotals> {
        let sums = self.sums.as_ref()?;
        let level = (*CHECKED_LEVEL).map_err(|_| Reason::NotEnoughData);
        let interval = || finite(sums.purchases?.interval(level?));
        let of_value = || money_interval(sums.value?.interval(level?).scaled(sums.margin));
        Some(PredictionTotals {
            expected_purchases: sums.expected_purchases,
            expected_purchases_interval: interval(),
            contribution: sums.contribution.map(|expected| ContributionTotals {
                expected,
                interval: of_value(),
            }),
        })
    }
}

/// Adds a term where both are known; else the first reason stays.
fn add<T>(sum: &mut Result<T, Reason>, term: Result<&T, Reason>, add: fn(&mut T, &T)) {
    match (sum.as_mut(), term) {
        (Ok(sum), Ok(term)) => add(sum, term),
        (Ok(_), Err(reason)) => *sum = Err(reason),
        (Err(_), _) => {}
    }
}
