//! What the recent days of customers add up to, day by day.

use std::collections::BTreeMap;

use super::error::StoreError;
use super::fact::keys;
use super::pool::Store;
use crate::engine::money::Micros;
use crate::engine::segment::windows::WindowSums;
use crate::engine::time::Day;
use crate::ids::CustomerKey;

impl Store {
    /// The days of customers from one to another, both included, in ascending order; customers
    /// without any are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn recent_days(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        since: Day,
        until: Day,
    ) -> Result<BTreeMap<CustomerKey, Vec<(Day, WindowSums)>>, StoreError> {
        if customers.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::recent_days
                    SELECT
                        d.bucket, d.customer_id, d.day AS "day: Day",
                        d.revenue_micros - d.refunds_micros AS "net_revenue!: Micros",
                        d.cost_of_goods_micros + d.acquisition_cost_micros + d.service_cost_micros
                            + d.marketing_cost_micros + d.retention_cost_micros
                            + d.referral_reward_micros + d.compensation_micros + d.rebate_micros
                            AS "spent!: Micros",
                        d.revenue_without_cost_of_goods_micros AS "without_cost: Micros"
                    FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                    JOIN customer_days AS d
                        ON d.bucket = n.bucket AND d.tenant_id = $1
                        AND d.customer_id = n.customer_id
                    WHERE d.day >= $4 AND d.day <= $5"#,
                    tenant_id,
                    buckets,
                    ids,
                    since as _,
                    until as _,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        let mut days: BTreeMap<CustomerKey, Vec<(Day, WindowSums)>> = BTreeMap::new();
        for row in rows {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let sums = WindowSums {
                net_revenue: row.net_revenue,
                spent: row.spent,
                revenue_without_cost_of_goods: row.without_cost,
            };
            days.entry(key).or_default().push((row.day, sums));
        }
        for of_customer in days.values_mut() {
            of_customer.sort_unstable_by_key(|(day, _)| *day);
        }
        Ok(days)
    }
}
