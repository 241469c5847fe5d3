//! Reads for an instant in the past: facts that had happened by it, as they were known at another.

mod edges;
mod fold;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
pub use fold::Folded;

/// Which facts a read sees: happened by `as_of`, recorded and voided by `known_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Facts that happened up to this instant.
    pub as_of: Instant,
    /// Facts and voids recorded up to this instant; [`Instant::LATEST`] for all.
    pub known_at: Instant,
}

/// Whether a customer is known to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Something was recorded about the customer by `known_at`.
    pub exists: bool,
    /// Something recorded by then had happened by `as_of`.
    pub has_facts: bool,
    /// When the latest of what was recorded by then happened.
    pub newest_fact_at: Option<Instant>,
    /// When the newest of it was recorded.
    pub newest_recorded_at: Option<Instant>,
}

impl Store {
    /// Whether a customer is known to a view.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customer_known(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        view: View,
    ) -> Result<Known, StoreError> {
        let row = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::customer_known
                        WITH facts AS (
                            SELECT occurred_at, recorded_at FROM transactions
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT occurred_at, recorded_at FROM refunds
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT occurred_at, recorded_at FROM costs
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT occurred_at, recorded_at FROM referrals
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT occurred_at, recorded_at FROM referrals
                            WHERE tenant_id = $2 AND referrer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT received_at, recorded_at FROM complaints
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                            UNION ALL
                            SELECT occurred_at, recorded_at FROM complaint_events
                            WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND recorded_at <= $5
                        )
                        SELECT
                            EXISTS (SELECT FROM facts) AS "exists!",
                            EXISTS (SELECT FROM facts WHERE occurred_at <= $4) AS "has_facts!",
                            (SELECT max(occurred_at) FROM facts) AS "newest_fact_at: Instant",
                            (SELECT max(recorded_at) FROM facts) AS "newest_recorded_at: Instant""#,
                        key.bucket,
                        tenant_id,
                        key.customer_id,
                        view.as_of as _,
                        view.known_at as _,
                    )
                    .fetch_one(pool)
                    .await
            })
            .await?;
        Ok(Known {
            exists: row.exists,
            has_facts: row.has_facts,
            newest_fact_at: row.newest_fact_at,
            newest_recorded_at: row.newest_recorded_at,
        })
    }
}
