//! The part of customers' states that predictions rest on, page by page.
//!
//! A third of a state's columns: reading them by the million costs the database and the service
//! accordingly less.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::history::{CustomerTotals, Span, Totals};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;

/// What predictions need of a customer's state.
#[derive(Clone, Debug)]
pub struct PredictionState {
    /// Which customer.
    pub key: CustomerKey,
    /// Whether the customer has facts of their own, complaints included.
    pub has_own_facts: bool,
    /// When the latest fact happened.
    pub last_fact_at: Option<Instant>,
    /// When the newest fact was recorded, referrals made included.
    pub last_recorded_at: Option<Instant>,
    /// Purchase days, revenue and refunds; no other sums.
    pub own: CustomerTotals,
}

impl PredictionState {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let days = (row.try_get(6)?, row.try_get(7)?);
        let purchase_day_span = match days {
            (Some(first), Some(last)) => Some(Span { first, last }),
            _ => None,
        };
        Ok(Self {
            key: CustomerKey {
                bucket: row.try_get(0)?,
                customer_id: row.try_get(1)?,
            },
            has_own_facts: row.try_get(2)?,
            last_fact_at: row.try_get(3)?,
            last_recorded_at: row.try_get(4)?,
            own: CustomerTotals {
                purchase_days: row.try_get(5)?,
                purchase_day_span,
                first_day_net: row.try_get(8)?,
                totals: Totals {
                    revenue: row.try_get(9)?,
                    refunds: row.try_get(10)?,
                    ..Totals::default()
                },
                ..CustomerTotals::default()
            },
        })
    }
}

impl Store {
    /// States of some buckets in the order of bucket and id; at most `limit`. Of one bucket they can
    /// start after a customer; of several they start with the first.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn prediction_states(
        &self,
        tenant_id: &str,
        buckets: &[i32],
        after: &str,
        limit: usize,
    ) -> Result<Vec<PredictionState>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query(
                    "-- store::prediction_states
                    SELECT
                        s.bucket, s.customer_id,
                        s.transactions + s.refunds + s.costs + s.referrals + s.attributes
                            + s.contacts + s.responses + s.complaints > 0,
                        s.last_fact_at, s.last_recorded_at, s.purchase_days,
                        s.first_purchase_day, s.last_purchase_day, s.first_day_net_micros,
                        s.revenue_micros, s.refunds_micros
                    FROM customer_states AS s
                    WHERE s.bucket = ANY($1) AND s.tenant_id = $2 AND s.customer_id > $3
                    ORDER BY s.bucket, s.customer_id
                    LIMIT $4",
                )
                .bind(buckets)
                .bind(tenant_id)
                .bind(after)
                .bind(limit as i64)
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.iter()
            .map(|row| Ok(PredictionState::from_row(row)?))
            .collect()
    }
}
