//! Elects the referral edges that a view sees.

use std::collections::BTreeMap;

use super::View;
use crate::engine::referral::{Edge, elect};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::fact::keys;
use crate::store::pool::Store;

impl Store {
    /// The elected edges that lead to referees, as a view sees them, and when the newest of the
    /// edges and voids that decided the elections was recorded.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn edges_elected(
        &self,
        tenant_id: &str,
        referees: &[CustomerKey],
        view: View,
    ) -> Result<(Vec<Edge>, Option<Instant>), StoreError> {
        let (buckets, ids) = &keys(referees.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::edges_elected
                        SELECT
                            f.customer_id, f.referral_id, f.referrer_id,
                            f.occurred_at AS "occurred_at: Instant", f.day AS "day: Day",
                            f.recorded_at AS "recorded_at: Instant",
                            v.recorded_at AS "voided_at?: Instant"
                        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        JOIN referrals AS f
                            ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                        LEFT JOIN voids AS v
                            ON v.bucket = f.bucket AND v.tenant_id = f.tenant_id
                            AND v.customer_id = f.customer_id AND v.kind = 3
                            AND v.fact_id = f.referral_id AND v.recorded_at <= $5
                        WHERE f.occurred_at <= $4 AND f.recorded_at <= $5"#,
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
        let mut candidates: BTreeMap<String, Vec<Edge>> = BTreeMap::new();
        let mut newest = None;
        for row in rows {
            newest = newest.max(Some(row.recorded_at)).max(row.voided_at);
            if row.voided_at.is_none() {
                let edges = candidates.entry(row.customer_id.clone()).or_default();
                edges.push(Edge {
                    referrer_id: row.referrer_id,
                    referee_id: row.customer_id,
                    referral_id: row.referral_id,
                    occurred_at: row.occurred_at,
                    day: row.day,
                });
            }
        }
        Ok((candidates.into_values().filter_map(elect).collect(), newest))
    }

    /// Customers whom an edge of one of the referrers names, as a view sees them, elected or not; at
    /// most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn referees_named(
        &self,
        tenant_id: &str,
        referrers: &[String],
        view: View,
        limit: i64,
    ) -> Result<Vec<CustomerKey>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    "-- store::referees_named
                        SELECT DISTINCT bucket, customer_id
                        FROM referrals
                        WHERE tenant_id = $1 AND referrer_id = ANY($2)
                            AND occurred_at <= $3 AND recorded_at <= $4
                        ORDER BY bucket, customer_id
                        LIMIT $5",
                    tenant_id,
                    referrers,
                    view.as_of as _,
                    view.known_at as _,
                    limit,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            })
            .collect())
    }
}
