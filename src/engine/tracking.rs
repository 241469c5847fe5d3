//! Predicted against actual purchases, period by period: whether a model still holds.
//!
//! After the calibration period a model foretells for each customer it knew what it foretells for
//! scores, given their history; for each customer acquired later what it foretells of a new customer of
//! their age. Within the calibration period, and for the whole plot that the papers draw, everybody is
//! taken for a new customer of their age.

use std::collections::BTreeMap;

use super::purchase_model::ForecastError;
use super::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use super::score::DAYS_PER_WEEK;
use super::statistics::{PurchaseStatistics, Weighted, group_rows};
use super::time::Day;

/// Customers who made their first purchase on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cohort {
    /// The day.
    pub first: Day,
    /// How many.
    pub customers: f64,
}

/// Days from a first to a last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub first: Day,
    /// The last.
    pub last: Day,
}

/// Repeat purchases that a model expects in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Of the customers of the calibration period: given their histories after it, by their age
    /// within it.
    pub of_known: f64,
    /// Of customers acquired after the calibration period, by their age.
    pub of_acquired: f64,
    /// Of all customers by their age, whatever is known of them.
    pub unconditional: f64,
}

impl Expected {
    /// Of all customers.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.of_known + self.of_acquired
    }
}

/// A model and the customers whose purchases it is held against.
#[derive(Debug)]
pub struct Tracker {
    model: AnyPurchaseModel,
    calibration_end: Day,
    scorer: PurchaseScorer,
    /// One row a frequency and age, its weight the customers who are expected to be alive.
    alive: Vec<Weighted<PurchaseStatistics>>,
    cohorts: Vec<Cohort>,
}

impl Tracker {
    /// Prepares a model for periods up to a day.
    ///
    /// What a customer who has not left is expected to buy depends on frequency and age alone, in
    /// every family. So the probability of being alive is computed once for each distinct history, and
    /// all further work is by frequency and age: a period costs as much as there are pairs of them,
    /// however many customers there are.
    ///
    /// # Units
    ///
    /// - `known`: histories at the end of the calibration period, in weeks; weights are customers
    /// - `cohorts`: all customers, by the day of their first purchase
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when the last day lies before the end of the calibration period.
    pub fn new(
        model: AnyPurchaseModel,
        calibration_end: Day,
        known: &[Weighted<PurchaseStatistics>],
        cohorts: Vec<Cohort>,
        last: Day,
    ) -> Result<Self, ForecastError> {
        let scorer = PurchaseScorer::new(model, weeks(last.days_since(calibration_end)), 0.0)?;
        let mut groups = group_rows(known);
        for group in &mut groups {
            group.weight *= model.probability_alive(&group.row);
        }
        // Stable, so that sums run in the order of the histories.
        groups.sort_by(|left, right| {
            let by_frequency = left.row.frequency().total_cmp(&right.row.frequency());
            by_frequency.then(left.row.age().total_cmp(&right.row.age()))
        });
        let is_same = |left: &Weighted<PurchaseStatistics>,
                       right: &Weighted<PurchaseStatistics>| {
            left.row.frequency() == right.row.frequency() && left.row.age() == right.row.age()
        };
        let alive = groups.chunk_by(is_same).map(|run| Weighted {
            row: run[0].row,
            weight: run.iter().map(|group| group.weight).sum(),
        });
        Ok(Self {
            model,
            calibration_end,
            alive: alive.collect(),
            scorer,
            cohorts,
        })
    }

    /// What the model expects in each of consecutive periods, in order.
    ///
    /// # Formula
    ///
    /// With c the end of the calibration period, s the day before the period and e its last day, f the
    /// first purchase day of a customer, E(t) the expected purchases in the time t after c given a
    /// history, and E₀(t) those of a new customer in the time t after the first:
    ///
    /// ```text
    /// of known, c ≤ s:  Σ E(e − c) − E(s − c)
    /// of known, e ≤ c:  Σ E₀(e − f) − E₀(s − f),  f ≤ e
    /// of acquired:      Σ E₀(e − f) − E₀(s − f),  c < f ≤ e
    /// unconditional:    Σ E₀(e − f) − E₀(s − f),  f ≤ e
    /// ```
    ///
    /// E₀ of a negative time is 0. A period that begins within the calibration period and ends after
    /// it is taken apart at c.
    ///
    /// # Source
    ///
    /// Schmittlein, Morrison and Colombo (1987), Management Science 33(1), equation 17 for E₀ and
    /// Fader, Hardie and Lee (2005), Marketing Science 24(2), figures 3 and 4 for the plot.
    #[must_use]
    pub fn expected(&self, periods: &[Period]) -> Vec<Expected> {
        let mut new_customers = NewCustomers {
            model: self.model,
            by_age_days: BTreeMap::new(),
        };
        // The last day of a period is mostly the day before the next.
        let mut last: Option<(Day, UpTo)> = None;
        let of_period = |period: &Period| {
            let before_first = period.first.plus_days(-1);
            let before = match last {
                Some((day, up_to)) if day == before_first => up_to,
                Some(_) | None => self.up_to(before_first, &mut new_customers),
            };
            let end = self.up_to(period.last, &mut new_customers);
            last = Some((period.last, end));
            let in_calibration = if before_first < self.calibration_end {
                let last = period.last.min(self.calibration_end);
                self.up_to(last, &mut new_customers).known_by_age - before.known_by_age
            } else {
                0.0
            };
            let acquired = end.acquired - before.acquired;
            Expected {
                of_known: in_calibration + (end.known - before.known),
                of_acquired: acquired,
                unconditional: (end.known_by_age - before.known_by_age) + acquired,
            }
        };
        periods.iter().map(of_period).collect()
    }

    fn up_to(&self, day: Day, new_customers: &mut NewCustomers) -> UpTo {
        let [known_by_age, acquired] = self.by_age(day, new_customers);
        UpTo {
            known: self.of_known(day),
            known_by_age,
            acquired,
        }
    }

    /// E of all customers of the calibration period, from its end to a day.
    fn of_known(&self, day: Day) -> f64 {
        let days = day.days_since(self.calibration_end);
        if days <= 0 {
            return 0.0;
        }
        let time = weeks(days);
        let of_group = |group: &Weighted<PurchaseStatistics>| {
            group.weight * self.scorer.purchases_if_alive_within(&group.row, time)
        };
        self.alive.iter().map(of_group).sum()
    }

    /// E₀ up to a day, of the customers of the calibration period and of those acquired later.
    fn by_age(&self, day: Day, new_customers: &mut NewCustomers) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for cohort in &self.cohorts {
            let is_later = self.calibration_end < cohort.first;
            let expected = new_customers.purchases(day.days_since(cohort.first));
            sums[usize::from(is_later)] += cohort.customers * expected;
        }
        sums
    }
}

/// Expected purchases up to a day.
#[derive(Clone, Copy)]
struct UpTo {
    /// E of the customers of the calibration period, from its end on.
    known: f64,
    /// E₀ of them, from their first purchase on.
    known_by_age: f64,
    /// E₀ of customers acquired later.
    acquired: f64,
}

/// E₀ by age, each computed once.
struct NewCustomers {
    model: AnyPurchaseModel,
    by_age_days: BTreeMap<i32, f64>,
}

impl NewCustomers {
    fn purchases(&mut self, age_days: i32) -> f64 {
        if age_days <= 0 {
            return 0.0;
        }
        let model = self.model;
        *self
            .by_age_days
            .entry(age_days)
            .or_insert_with(|| model.purchases_of_new_customer(weeks(age_days)))
    }
}

fn weeks(days: i32) -> f64 {
    f64::from(days) / DAYS_PER_WEEK
}

#[cfg(test)]
mod tests;
