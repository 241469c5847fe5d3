//! Holds a model against what happens, week by week.
//!
//! - this file: which weeks, and what is answered;
//! - `kept`: answers shared by all who ask within half a minute.

mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::App;
use super::blocking::blocking;
use super::error::{AppError, Violation};
use super::purchase_model::NamedPurchaseModel;
use crate::engine::score::DAYS_PER_WEEK;
use crate::engine::statistics::{PurchaseStatistics, Weighted};
use crate::engine::time::{Day, Instant};
use crate::engine::tracking::{Cohort, Expected, Period, Tracker};
use crate::store::purchase_census::PurchaseCensus;

pub(super) use kept::KeptTrackings;

/// Most weeks of one answer.
pub const WEEKS_MAX: i32 = 520;

const WEEK_DAYS: i32 = 7;

/// What to track.
#[derive(Clone, Debug, Default)]
pub struct TrackingQuery {
    /// Which model; `None` for the model of purchases in force.
    pub model_name: Option<String>,
    /// A day of the first week; `None` for the day after the model's data.
    pub first_day: Option<Day>,
    /// Weeks end by this day; `None` for the newest day that has ended.
    pub last_day: Option<Day>,
}

/// A model held against what happened.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// The model's name.
    pub model_name: String,
    /// The last day of its data.
    pub calibration_end: Day,
    /// Customers it knew.
    pub customers_known: i64,
    /// Consecutive weeks, oldest first.
    pub weeks: Vec<TrackedWeek>,
    /// When what happened was read.
    pub read_at: Instant,
}

/// A week.
#[derive(Clone, Copy, Debug)]
pub struct TrackedWeek {
    /// 1 is the first after the model's data, 0 the last within it.
    pub number: i32,
    /// Its days.
    pub period: Period,
    /// Customers acquired by its last day.
    pub customers: i64,
    /// Repeat purchase days of all customers.
    pub actual: i64,
    /// What the model expects.
    pub expected: Expected,
}

/// The weeks of an answer, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weeks {
    calibration_end: Day,
    first: i32,
    /// Below `first` when no week has ended.
    last: i32,
}

impl App {
    /// Holds a model against what happened. Whoever asks the same within half a minute is answered the
    /// same.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownModel`], [`AppError::NoModel`], [`AppError::Invalid`] for a model that is not
    /// of purchases, for days in the future, in the wrong order or too far apart, and what the store
    /// says.
    pub async fn track_model(
        &self,
        tenant_id: &str,
        query: &TrackingQuery,
    ) -> Result<Arc<Tracking>, AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let model = match &query.model_name {
            Some(name) => NamedPurchaseModel::named(&definitions, name)?,
            None => NamedPurchaseModel::in_force(&definitions, self.clock.now())?,
        };
        // Whoever has a model has facts, and so settled a time zone.
        let tenant = self.tenant(tenant_id).await?.ok_or(AppError::NoModel)?;
        let today = tenant.zone.day_of(self.clock.now());
        let weeks = query.weeks(model.calibration_end, today)?;
        let key = (tenant_id.to_owned(), model.name.clone(), weeks);
        let slot = self.trackings.slot(key);
        // Held while it is computed, so that those who ask meanwhile share one pass. A caller who goes
        // away leaves it to the next.
        let mut kept = slot.lock().await;
        if let Some(fresh) = kept.fresh() {
            return Ok(fresh);
        }
        let read_at = self.clock.now();
        let census = self
            .store
            .purchase_census(
                tenant_id,
                weeks.calibration_end,
                weeks.period(weeks.first).first,
                weeks.period(weeks.last).last.max(weeks.calibration_end),
            )
            .await?;
        let tracking = blocking(move || track(model, weeks, &census, read_at)).await?;
        let tracking = Arc::new(tracking);
        kept.keep(tracking.clone());
        Ok(tracking)
    }
}

impl TrackingQuery {
    /// The weeks asked for.
    fn weeks(&self, calibration_end: Day, today: Day) -> Result<Weeks, AppError> {
        let invalid =
            |field: &str, what: String| Err(AppError::Invalid(vec![Violation::new(field, what)]));
        if self.last_day.is_some_and(|day| today < day) {
            return invalid("last_day", "must not lie in the future".to_owned());
        }
        let last_day = self.last_day.unwrap_or(today.plus_days(-1));
        if self.first_day.is_some_and(|day| last_day < day) {
            return invalid("first_day", format!("must not lie after {last_day}"));
        }
        let last = last_day.days_since(calibration_end).div_euclid(WEEK_DAYS);
        let oldest = last.saturating_sub(WEEKS_MAX - 1);
        let first = match self.first_day {
            None => oldest.max(1),
            Some(day) => (day.days_since(calibration_end) - 1).div_euclid(WEEK_DAYS) + 1,
        };
        if first < oldest {
            let what = format!("must lie at most {WEEKS_MAX} weeks before {last_day}");
            return invalid("first_day", what);
        }
        Ok(Weeks {
            calibration_end,
            first,
            last,
        })
    }
}

impl Weeks {
    fn period(&self, number: i32) -> Period {
        let last = self
            .calibration_end
            .plus_days(number.saturating_mul(WEEK_DAYS));
        Period {
            first: last.plus_days(1 - WEEK_DAYS),
            last,
        }
    }
}

/// What the model expects beside what happened.
fn track(
    model: NamedPurchaseModel,
    weeks: Weeks,
    census: &PurchaseCensus,
    read_at: Instant,
) -> Tracking {
    let (known, customers_known) = known(census, weeks.calibration_end);
    let firsts = firsts(census);
    let cohort = |(first, customers): (&Day, &i64)| Cohort {
        first: *first,
        customers: count(*customers),
    };
    let cohorts = firsts.iter().map(cohort).collect();
    let periods: Vec<Period> = (weeks.first..=weeks.last)
        .map(|number| weeks.period(number))
        .collect();
    let last = weeks.period(weeks.last.max(0)).last;
    // The last day is not before the end of the calibration period.
    let tracker = Tracker::new(model.model, weeks.calibration_end, &known, cohorts, last);
    let expected = tracker.map_or(Vec::new(), |tracker| tracker.expected(&periods));
    let week = |((number, period), expected): ((i32, Period), Expected)| {
        let days = period.first..=period.last;
        let bought: i64 = census
            .buyers
            .range(days.clone())
            .map(|(_, count)| count)
            .sum();
        let acquired: i64 = firsts.range(days).map(|(_, count)| count).sum();
        TrackedWeek {
            number,
            period,
            customers: firsts.range(..=period.last).map(|(_, count)| count).sum(),
            actual: bought - acquired,
            expected,
        }
    };
    Tracking {
        model_name: model.name,
        calibration_end: weeks.calibration_end,
        customers_known,
        weeks: (weeks.first..)
            .zip(periods)
            .zip(expected)
            .map(week)
            .collect(),
        read_at,
    }
}

/// The histories of the calibration period in weeks, and how many customers have one.
fn known(
    census: &PurchaseCensus,
    calibration_end: Day,
) -> (Vec<Weighted<PurchaseStatistics>>, i64) {
    let weeks = |days: i32| f64::from(days) / DAYS_PER_WEEK;
    let mut customers_known = 0;
    let mut rows = Vec::new();
    for (history, customers) in &census.customers {
        let Some(last_known) = history.last_known else {
            continue;
        };
        let statistics = PurchaseStatistics::new(
            count(history.known_days - 1),
            weeks(last_known.days_since(history.first)),
            weeks(calibration_end.days_since(history.first)),
        );
        if let Ok(row) = statistics {
            customers_known += customers;
            rows.push(Weighted {
                row,
                weight: count(*customers),
            });
        }
    }
    (rows, customers_known)
}

/// Customers by the day of their first purchase.
fn firsts(census: &PurchaseCensus) -> BTreeMap<Day, i64> {
    let mut firsts = BTreeMap::new();
    for (history, customers) in &census.customers {
        *firsts.entry(history.first).or_default() += customers;
    }
    firsts
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of customers and days are far below 2^53"
)]
fn count(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Day = Day::from_days(1_000);

    fn asked(first_day: Option<i32>, last_day: Option<i32>) -> Result<(i32, i32), String> {
        let query = TrackingQuery {
            model_name: None,
            first_day: first_day.map(Day::from_days),
            last_day: last_day.map(Day::from_days),
        };
        match query.weeks(END, Day::from_days(1_015)) {
            Ok(weeks) => Ok((weeks.first, weeks.last)),
            Err(AppError::Invalid(violations)) => Err(violations[0].field.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn weeks_begin_after_the_data_and_are_over() {
        // Yesterday is day 1014, the last of the second week.
        assert_eq!(asked(None, None), Ok((1, 2)));
        assert_eq!(asked(None, Some(1_013)), Ok((1, 1)));
        assert_eq!(asked(None, Some(1_006)), Ok((1, 0)));
        assert_eq!(asked(None, Some(1_015)), Ok((1, 2)));
        assert_eq!(asked(Some(1_000), None), Ok((0, 2)));
        assert_eq!(asked(Some(994), None), Ok((0, 2)));
        assert_eq!(asked(Some(993), None), Ok((-1, 2)));
        assert_eq!(asked(Some(1_008), None), Ok((2, 2)));
        assert_eq!(asked(Some(1_001), Some(980)), Err("first_day".to_owned()));
        assert_eq!(asked(None, Some(1_016)), Err("last_day".to_owned()));
        // Week -517 to week 2 are 520 weeks.
        let oldest = 1_000 - 7 * 518 + 1;
        assert_eq!(asked(Some(oldest), None), Ok((-517, 2)));
        assert_eq!(asked(Some(oldest - 1), None), Err("first_day".to_owned()));
    }
}
