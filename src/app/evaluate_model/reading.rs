//! One pass over purchase days: what was known of every customer at each of several origins, and how
//! often they bought after it.

use std::collections::BTreeMap;

use crate::engine::evaluation::HeldOut;
use crate::engine::score::DAYS_PER_WEEK;
use crate::engine::statistics::{PurchaseStatistics, Weighted};
use crate::engine::time::Day;

/// The last days, included, of a calibration period and of the hold-out period after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Periods {
    pub(super) calibration_end: Day,
    pub(super) holdout_end: Day,
}

/// A customer at an origin, in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    repeats: u32,
    recency_days: i32,
    age_days: i32,
    actual: u32,
}

/// The customers of an origin: how many have equal rows.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) periods: Periods,
    customers: BTreeMap<Row, u32>,
}

/// A customer whose days are being read: the days seen by each origin.
#[derive(Debug)]
struct Current {
    customer_id: String,
    first: Day,
    /// Days by the origin, the last of them, and days after it, for every origin.
    seen: Vec<(u32, Day, u32)>,
}

/// The customers of several origins, while they are read.
#[derive(Debug)]
pub(super) struct Readings {
    origins: Vec<Reading>,
    current: Option<Current>,
    pub(super) customers: i64,
}

impl Readings {
    pub(super) fn new(periods: impl IntoIterator<Item = Periods>) -> Self {
        let reading = |periods| Reading {
            periods,
            customers: BTreeMap::new(),
        };
        Self {
            origins: periods.into_iter().map(reading).collect(),
            current: None,
            customers: 0,
        }
    }

    /// Takes a purchase day in; days come customer by customer, in order.
    pub(super) fn day(&mut self, customer_id: String, day: Day) {
        let is_another = self
            .current
            .as_ref()
            .is_none_or(|current| current.customer_id != customer_id);
        if is_another {
            self.finish_customer();
            self.current = Some(Current {
                customer_id,
                first: day,
                seen: vec![(0, day, 0); self.origins.len()],
            });
        }
        let Some(current) = &mut self.current else {
            return;
        };
        for ((before, last, after), origin) in current.seen.iter_mut().zip(&self.origins) {
            if day <= origin.periods.calibration_end {
                *before += 1;
                *last = day;
            } else if day <= origin.periods.holdout_end {
                *after += 1;
            }
        }
    }

    fn finish_customer(&mut self) {
        let Some(current) = self.current.take() else {
            return;
        };
        self.customers += 1;
        for ((before, last, after), origin) in current.seen.into_iter().zip(&mut self.origins) {
            if before == 0 {
                continue;
            }
            let row = Row {
                repeats: before - 1,
                recency_days: last.days_since(current.first),
                age_days: origin.periods.calibration_end.days_since(current.first),
                actual: after,
            };
            *origin.customers.entry(row).or_default() += 1;
        }
    }

    /// The origins, when all days are taken in.
    pub(super) fn finish(mut self) -> Vec<Reading> {
        self.finish_customer();
        self.origins
    }
}

impl Reading {
    /// Whether nobody had bought by the origin.
    pub(super) fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The rows in weeks, as a fit takes them.
    pub(super) fn rows(&self) -> Vec<Weighted<HeldOut>> {
        let weeks = |days: i32| f64::from(days) / DAYS_PER_WEEK;
        let row = |(row, customers): (&Row, &u32)| {
            let history = PurchaseStatistics::new(
                f64::from(row.repeats),
                weeks(row.recency_days),
                weeks(row.age_days),
            );
            let history = history.ok()?;
            Some(Weighted {
                row: HeldOut {
                    history,
                    actual: row.actual,
                },
                weight: f64::from(*customers),
            })
        };
        self.customers.iter().filter_map(row).collect()
    }

    /// Length of the hold-out period in weeks.
    pub(super) fn holdout_weeks(&self) -> f64 {
        let Periods {
            calibration_end,
            holdout_end,
        } = self.periods;
        f64::from(holdout_end.days_since(calibration_end)) / DAYS_PER_WEEK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_told_apart_by_every_origin() {
        let day = Day::from_days;
        let periods = [(10, 20), (30, 40)].map(|(origin, end)| Periods {
            calibration_end: day(origin),
            holdout_end: day(end),
        });
        let mut readings = Readings::new(periods);
        for (customer, days) in [
            ("ann", &[3, 10, 11, 20, 21, 30, 41][..]),
            ("bob", &[12, 40]),
        ] {
            for number in days {
                readings.day(customer.to_owned(), day(*number));
            }
        }
        let [early, late] = &readings.finish()[..] else {
            panic!("two origins")
        };
        let row = |repeats, recency_days, age_days, actual| Row {
            repeats,
            recency_days,
            age_days,
            actual,
        };
        // Bob had not bought by the first origin.
        assert_eq!(early.customers, BTreeMap::from([(row(1, 7, 7, 2), 1)]));
        let both = [(row(5, 27, 27, 0), 1), (row(0, 0, 18, 1), 1)];
        assert_eq!(late.customers, BTreeMap::from(both));
        assert_eq!(late.holdout_weeks(), 10.0 / 7.0);
        assert_eq!(late.rows().len(), 2);
    }
}
