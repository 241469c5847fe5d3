//! Statistics for a model of referrals: referees, then days, in one snapshot.

use super::Statistics;
use super::brought::BroughtBuyers;
use crate::app::App;
use crate::app::error::AppError;
use crate::app::progress::{Progress, Teller};
use crate::engine::time::Day;
use crate::store::customer_day::PurchaseDay;
use crate::store::referee::{Referee, ReferralReading};

/// Statistics while they are read.
struct Reading<'t> {
    statistics: Statistics,
    progress: Teller<'t>,
    goes_on: bool,
}

impl ReferralReading for Reading<'_> {
    fn referee(&mut self, referee: Referee) {
        if let Some(brought) = &mut self.statistics.brought {
            brought.add(referee);
        }
    }

    fn referees_done(&mut self) {
        if let Some(brought) = &mut self.statistics.brought {
            brought.settle();
        }
    }

    fn day(&mut self, day: PurchaseDay) {
        self.statistics.day(day);
    }

    fn buckets_done(&mut self, buckets: i32, of: i32) -> bool {
        self.goes_on = (self.progress)(Progress {
            step: "reading statistics",
            done_share: f64::from(buckets) / f64::from(of),
            customers: self.statistics.customers,
        });
        self.goes_on
    }
}

impl App {
    /// Reads the statistics of a fit of referrals; `None` when `progress` said to stop.
    pub(super) async fn referral_statistics(
        &self,
        tenant_id: &str,
        calibration_end: Day,
        progress: Teller<'_>,
    ) -> Result<Option<Statistics>, AppError> {
        let mut reading = Reading {
            statistics: Statistics {
                brought: Some(BroughtBuyers::default()),
                ..Statistics::new(calibration_end)
            },
            progress,
            goes_on: true,
        };
        self.store
            .referees_and_purchase_days(tenant_id, calibration_end, &mut reading)
            .await?;
        reading.statistics.finish_customer();
        Ok(reading.goes_on.then_some(reading.statistics))
    }
}
