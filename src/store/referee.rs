//! Who was brought by whom, of all customers: what a model of referrals is fitted to.

use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::customer_day::{PurchaseDay, purchase_days_in_tx};
use super::error::StoreError;
use super::pool::Store;
use crate::engine::referral::Edge;
use crate::engine::time::{Day, Instant};
use crate::ids::BUCKETS;

/// A referee, as a fit reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referee {
    /// The elected edge.
    pub edge: Edge,
    /// The referee has a purchase left from the day of the edge on.
    pub has_bought: bool,
    /// The referee is named as a referrer: the edge may be part of a loop.
    pub is_referrer: bool,
}

#[derive(sqlx::FromRow)]
struct RefereeRow {
    customer_id: String,
    referrer_id: String,
    referral_id: String,
    referred_at: Instant,
    referred_day: Day,
    has_bought: bool,
    is_referrer: bool,
}

/// What a pass over a tenant's referees and purchase days tells.
pub trait ReferralReading: Send {
    /// A referee, in the order of bucket and customer; all of them come before the first day.
    fn referee(&mut self, referee: Referee);

    /// All referees were read.
    fn referees_done(&mut self);

    /// A purchase day, as [`Store::purchase_days`] reads it.
    fn day(&mut self, day: PurchaseDay);

    /// How many buckets of how many are read, in both passes together; says whether to go on.
    fn buckets_done(&mut self, buckets: i32, of: i32) -> bool;
}

impl Store {
    /// Reads the referees of a tenant who were brought up to a day and then the days of its customers
    /// up to that day, bucket by bucket, in one snapshot.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn referees_and_purchase_days(
        &self,
        tenant_id: &str,
        until: Day,
        reading: &mut impl ReferralReading,
    ) -> Result<(), StoreError> {
        let mut snapshot = self.read_only_snapshot().await?;
        let goes_on = referees_in_tx(&mut snapshot, tenant_id, until, reading).await?;
        if goes_on {
            reading.referees_done();
            let reading = std::sync::Mutex::new(reading);
            let lock = || {
                reading
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
            };
            purchase_days_in_tx(
                &mut snapshot,
                tenant_id,
                until,
                &mut |day| lock().day(day),
                &mut |buckets| lock().buckets_done(BUCKETS + buckets, 2 * BUCKETS),
            )
            .await?;
        }
        snapshot.rollback().await?;
        Ok(())
    }
}

/// Reads the referees; answers whether to go on.
async fn referees_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    until: Day,
    reading: &mut impl ReferralReading,
) -> Result<bool, StoreError> {
    for bucket in 0..BUCKETS {
        let mut rows = sqlx::query_as::<_, RefereeRow>(
            "-- store::referees_in_tx
            SELECT
                s.customer_id, s.referrer_id, s.referral_id, s.referred_at, s.referred_day,
                s.referrals_made > 0 AS is_referrer,
                EXISTS (
                    SELECT FROM customer_days AS d
                    WHERE d.bucket = $1 AND d.tenant_id = $2 AND d.customer_id = s.customer_id
                        AND d.purchases > 0 AND d.day BETWEEN s.referred_day AND $3
                ) AS has_bought
            FROM customer_states AS s
            WHERE s.bucket = $1 AND s.tenant_id = $2
                AND s.referrer_id IS NOT NULL AND s.referred_day <= $3
            ORDER BY s.customer_id",
        )
        .bind(bucket)
        .bind(tenant_id)
        .bind(until)
        .fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            reading.referee(Referee {
                edge: Edge {
                    referrer_id: row.referrer_id,
                    referee_id: row.customer_id,
                    referral_id: row.referral_id,
                    occurred_at: row.referred_at,
                    day: row.referred_day,
                },
                has_bought: row.has_bought,
                is_referrer: row.is_referrer,
            });
        }
        drop(rows);
        if !reading.buckets_done(bucket + 1, 2 * BUCKETS) {
            return Ok(false);
        }
    }
    Ok(true)
}
