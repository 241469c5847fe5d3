//! A tenant's purchase histories added up in the database: how many customers have which, and how many
//! bought on which day.

use std::collections::BTreeMap;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::time::Day;
use crate::ids::BUCKETS;

/// Buckets read in one statement: a small tenant is done in a few, a large one may be left midway.
const BUCKETS_AT_A_TIME: usize = 64;

/// What customers have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CensusHistory {
    /// Their first purchase day.
    pub first: Day,
    /// Their purchase days in the calibration period, the first included.
    pub known_days: i64,
    /// The last of these; `None` without any.
    pub last_known: Option<Day>,
}

/// Histories and purchase days, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurchaseCensus {
    /// Customers by history.
    pub customers: BTreeMap<CensusHistory, i64>,
    /// Customers who bought on a day, by day.
    pub buyers: BTreeMap<Day, i64>,
}

#[derive(sqlx::FromRow)]
struct HistoryRow {
    first_day: Day,
    known_days: i64,
    last_known: Option<Day>,
    customers: i64,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    day: Day,
    buyers: i64,
}

impl Store {
    /// Counts the histories of a tenant's customers up to a day, with what was known of them by the end
    /// of a calibration period, and their purchase days from `since` on; over one snapshot.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn purchase_census(
        &self,
        tenant_id: &str,
        calibration_end: Day,
        since: Day,
        until: Day,
    ) -> Result<PurchaseCensus, StoreError> {
        let mut census = PurchaseCensus::default();
        let mut transaction = self.read_only_snapshot().await?;
        let buckets: Vec<i32> = (0..BUCKETS).collect();
        for buckets in buckets.chunks(BUCKETS_AT_A_TIME) {
            let histories = sqlx::query_as::<_, HistoryRow>(
                "-- store::purchase_census histories
                SELECT first_day, known_days, last_known, count(*) AS customers
                FROM (
                    SELECT
                        min(day) AS first_day,
                        count(*) FILTER (WHERE day <= $3) AS known_days,
                        max(day) FILTER (WHERE day <= $3) AS last_known
                    FROM customer_days
                    WHERE bucket = ANY($1) AND tenant_id = $2 AND day <= $4 AND purchases > 0
                    GROUP BY bucket, customer_id
                ) AS histories
                GROUP BY first_day, known_days, last_known",
            )
            .bind(buckets)
            .bind(tenant_id)
            .bind(calibration_end)
            .bind(until)
            .fetch_all(&mut *transaction)
            .await?;
            for row in histories {
                let history = CensusHistory {
                    first: row.first_day,
                    known_days: row.known_days,
                    last_known: row.last_known,
                };
                *census.customers.entry(history).or_default() += row.customers;
            }
            let days = sqlx::query_as::<_, DayRow>(
                "-- store::purchase_census days
                SELECT day, count(*) AS buyers
                FROM customer_days
                WHERE bucket = ANY($1) AND tenant_id = $2 AND day BETWEEN $3 AND $4
                    AND purchases > 0
                GROUP BY day",
            )
            .bind(buckets)
            .bind(tenant_id)
            .bind(since)
            .bind(until)
            .fetch_all(&mut *transaction)
            .await?;
            for row in days {
                *census.buyers.entry(row.day).or_default() += row.buyers;
            }
        }
        transaction.rollback().await?;
        Ok(census)
    }
}
