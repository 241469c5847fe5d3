//! Whether customers are known to a view.

use std::collections::BTreeMap;

use super::View;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::fact::keys;
use crate::store::pool::Store;

/// What a view knows about a customer of whom something was recorded by `known_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Something recorded by then had happened by `as_of`.
    pub has_facts: bool,
    /// A referral recorded by then names the customer as referrer, whenever it happened.
    pub is_referrer: bool,
    /// When the latest of what was recorded by then happened.
    pub newest_fact_at: Option<Instant>,
    /// When the newest of it was recorded.
    pub newest_recorded_at: Option<Instant>,
}

impl Store {
    /// What a view knows about customers; those of whom nothing was recorded by `known_at` are left
    /// out.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customers_known(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, Known>, StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::customers_known
                        WITH wanted AS (
                            SELECT n.bucket, n.customer_id
                            FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        ),
                        facts AS (
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN transactions AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN refunds AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN costs AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN referrals AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN customer_attributes AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN contacts AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.answered_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN survey_responses AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.received_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN complaints AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, false AS names
                            FROM wanted AS n
                            JOIN complaint_events AS f
                                ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                            UNION ALL
                            SELECT n.bucket, n.customer_id, f.occurred_at, f.recorded_at, true AS names
                            FROM wanted AS n
                            JOIN referrals AS f ON f.tenant_id = $1 AND f.referrer_id = n.customer_id
                            WHERE f.recorded_at <= $5
                        )
                        SELECT
                            bucket AS "bucket!", customer_id AS "customer_id!",
                            bool_or(occurred_at <= $4) AS "has_facts!",
                            bool_or(names) AS "is_referrer!",
                            max(occurred_at) AS "newest_fact_at: Instant",
                            max(recorded_at) AS "newest_recorded_at: Instant"
                        FROM facts
                        GROUP BY bucket, customer_id"#,
                        tenant_id,
                        buckets,
                        ids,
                        view.as_of as _,
                        view.known_at as _,
                    )
                    .fetch_all(pool)
                    .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let key = CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                };
                let known = Known {
                    has_facts: row.has_facts,
                    is_referrer: row.is_referrer,
                    newest_fact_at: row.newest_fact_at,
                    newest_recorded_at: row.newest_recorded_at,
                };
                (key, known)
            })
            .collect())
    }
}
