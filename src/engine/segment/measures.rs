//! What the schemes need to know about one customer at one instant.

use super::axis::Axis;
use super::relationship::LatestContacts;
use super::windows::Windows;
use crate::engine::fact::PurchaseKind;
use crate::engine::history::CustomerTotals;
use crate::engine::money::{Micros, divide_half_even};
use crate::engine::policy::Policy;
use crate::engine::referral::contribution;
use crate::engine::score::{Models, Prediction, Reason, predict};
use crate::engine::time::Day;

/// Millionths in a day.
pub const MICROS_PER_DAY: i128 = 1_000_000;

/// What was read about a customer.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What the customer's own facts add up to; `None` without a fact up to the instant.
    pub own: Option<CustomerTotals>,
    /// Referral value to date.
    pub crv_to_date: Result<Micros, Reason>,
    /// Whether the customer has brought somebody.
    pub has_referees: bool,
    /// The recent days, at least the last two times [`current_days`] of the policy.
    ///
    /// [`current_days`]: crate::engine::policy::Segmentation::current_days
    pub windows: Windows,
    /// The latest contacts.
    pub contacts: LatestContacts,
}

/// What the schemes need to know about one customer on one day.
#[derive(Clone, Debug)]
pub struct Measures {
    /// What was read.
    pub observed: Observed,
    /// The day of the instant, in the tenant's time zone.
    pub as_of_day: Day,
    /// `clv.to_date`; zero without a fact.
    pub contribution: Micros,
    /// What the models expect from the day on, over the policy's horizon.
    pub prediction: Result<Prediction, Reason>,
}

impl Measures {
    /// The measures of a customer on a day.
    #[must_use]
    pub fn new(observed: Observed, as_of_day: Day, models: Models<'_>, policy: &Policy) -> Self {
        let own = observed.own.as_ref();
        Self {
            contribution: own.map_or(Micros::ZERO, |own| contribution(&own.totals, policy)),
            prediction: predicted(own, as_of_day, models, policy),
            as_of_day,
            observed,
        }
    }

    /// The same customer on a later day if nothing happens until then.
    #[must_use]
    pub fn on(&self, day: Day, models: Models<'_>, policy: &Policy) -> At<'_> {
        At {
            measures: self,
            day,
            prediction: predicted(self.observed.own.as_ref(), day, models, policy),
        }
    }

    /// The customer on the day of the instant.
    #[must_use]
    pub fn now(&self) -> At<'_> {
        At {
            measures: self,
            day: self.as_of_day,
            prediction: self.prediction,
        }
    }

    /// The customer's value on an axis; `None` outside the axis' population, and where models or
    /// referral value are missing.
    #[must_use]
    pub fn axis(&self, axis: Axis, policy: &Policy) -> Option<i128> {
        self.now().axis(axis, policy).ok()
    }
}

fn predicted(
    own: Option<&CustomerTotals>,
    day: Day,
    models: Models<'_>,
    policy: &Policy,
) -> Result<Prediction, Reason> {
    predict(own.ok_or(Reason::NoFacts)?, day, models, policy)
}

/// A customer on a day.
#[derive(Clone, Copy, Debug)]
pub struct At<'m> {
    /// What is known about the customer.
    pub measures: &'m Measures,
    /// The day.
    pub day: Day,
    /// What the models expect from the day on.
    pub prediction: Result<Prediction, Reason>,
}

impl At<'_> {
    /// The customer's own sums.
    ///
    /// # Errors
    ///
    /// [`Reason::NoFacts`] without a fact.
    pub fn own(&self) -> Result<&CustomerTotals, Reason> {
        self.measures.observed.own.as_ref().ok_or(Reason::NoFacts)
    }

    /// Days since the last purchase day; `None` without a purchase.
    #[must_use]
    pub fn silence_days(&self) -> Option<i64> {
        let span = self.measures.observed.own.as_ref()?.purchase_day_span?;
        Some(i64::from(self.day.days_since(span.last)))
    }

    /// Mean days between purchase days in millionths of a day, rounded half to even; `None` with
    /// fewer than two purchase days.
    #[must_use]
    pub fn rhythm_micro_days(&self) -> Option<i128> {
        let own = self.measures.observed.own.as_ref()?;
        let span = own
            .purchase_day_span
            .filter(|span| span.last > span.first && own.purchase_days > 1)?;
        let days = i128::from(span.last.days_since(span.first));
        Some(divide_half_even(
            days * MICROS_PER_DAY,
            i128::from(own.purchase_days - 1),
        ))
    }

    /// Purchases of a kind.
    #[must_use]
    pub fn purchases_of(&self, kind: PurchaseKind) -> i64 {
        let own = self.measures.observed.own.as_ref();
        own.map_or(0, |own| own.kinds[kind.index()].purchases)
    }

    /// Expected contribution less expected cost to serve over the policy's horizon.
    ///
    /// # Errors
    ///
    /// Why nothing is expected.
    pub fn expected(&self) -> Result<Micros, Reason> {
        Ok(self.prediction?.spend?.expected())
    }

    /// The customer's value on an axis.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn axis(&self, axis: Axis, policy: &Policy) -> Result<i128, Reason> {
        let measures = self.measures;
        let own = self.own()?;
        let span = own.purchase_day_span.ok_or(Reason::NoPurchase);
        match axis {
            Axis::RecencyDays => Ok(i128::from(self.day.days_since(span?.last))),
            Axis::Frequency => span.map(|_| i128::from(own.purchase_days)),
            Axis::Monetary => span.map(|_| own.totals.net_revenue().0),
            Axis::Contribution => Ok(measures.contribution.0),
            Axis::ClvTotal => match self.expected() {
                Ok(expected) => Ok((measures.contribution + expected).0),
                Err(Reason::NoPurchase) => Ok(measures.contribution.0),
                Err(reason) => Err(reason),
            },
            Axis::CrvToDate => measures.observed.crv_to_date.map(|credit| credit.0),
            Axis::Current => {
                let segmentation = policy.segmentation.ok_or(Reason::NotInPolicy)?;
                let after = self.day.plus_days(-segmentation.current_days);
                let sums = measures.observed.windows.sums(after, self.day);
                Ok(sums.contribution(policy).0)
            }
            Axis::Potential => self.expected().map(|expected| expected.0),
            Axis::RhythmDays => self.rhythm_micro_days().ok_or(Reason::NotEnoughData),
        }
    }
}
