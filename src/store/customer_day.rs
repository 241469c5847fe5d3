//! Additive totals of a customer's days.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::keys;
use super::pool::Store;
use crate::engine::fact::CostKind;
use crate::engine::history::Totals;
use crate::engine::money::Micros;
use crate::engine::time::Day;
use crate::ids::CustomerKey;

/// Totals by customer and day.
pub type DayTotals = BTreeMap<(CustomerKey, Day), Totals>;

/// A day after it was moved, as far as the customer's state needs it.
#[derive(Clone, Copy, Debug)]
pub struct MovedDay {
    /// Purchases left after refunds and voids.
    pub purchases: i64,
    /// Revenue after refunds.
    pub net_revenue: Micros,
}

/// Moves days by differences and answers them as they are then.
///
/// # Errors
///
/// When the store does not answer.
pub async fn customer_days_add_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    differences: &DayTotals,
) -> Result<BTreeMap<(CustomerKey, Day), MovedDay>, StoreError> {
    if differences.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (buckets, customers) = keys(differences.keys().map(|(key, _)| key));
    let days: Vec<Day> = differences.keys().map(|(_, day)| *day).collect();
    let purchases: Vec<i64> = differences
        .values()
        .map(|totals| totals.purchases)
        .collect();
    let column =
        |of: fn(&Totals) -> Micros| -> Vec<Micros> { differences.values().map(of).collect() };
    let cost = |kind: CostKind| -> Vec<Micros> {
        differences
            .values()
            .map(|totals| totals.costs[kind.index()])
            .collect()
    };
    let rows = sqlx::query!(
        r#"-- store::customer_days_add_in_tx
        INSERT INTO customer_days AS d (
            bucket, tenant_id, customer_id, day, purchases, revenue_micros, refunds_micros,
            cost_of_goods_micros, revenue_without_cost_of_goods_micros, acquisition_cost_micros,
            service_cost_micros, marketing_cost_micros, retention_cost_micros,
            referral_reward_micros, compensation_micros, rebate_micros
        )
        SELECT
            n.bucket, $1, n.customer_id, n.day, n.purchases, n.revenue, n.refunds,
            n.cost_of_goods, n.without_cost, n.acquisition, n.service, n.marketing, n.retention,
            n.reward, n.compensation, n.rebate
        FROM unnest(
            $2::integer[], $3::text[], $4::date[], $5::bigint[], $6::numeric[], $7::numeric[],
            $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[],
            $13::numeric[], $14::numeric[], $15::numeric[], $16::numeric[]
        ) AS n (
            bucket, customer_id, day, purchases, revenue, refunds, cost_of_goods, without_cost,
            acquisition, service, marketing, retention, reward, compensation, rebate
        )
        ON CONFLICT (bucket, tenant_id, customer_id, day) DO UPDATE SET
            purchases = d.purchases + EXCLUDED.purchases,
            revenue_micros = d.revenue_micros + EXCLUDED.revenue_micros,
            refunds_micros = d.refunds_micros + EXCLUDED.refunds_micros,
            cost_of_goods_micros = d.cost_of_goods_micros + EXCLUDED.cost_of_goods_micros,
            revenue_without_cost_of_goods_micros =
                d.revenue_without_cost_of_goods_micros
                + EXCLUDED.revenue_without_cost_of_goods_micros,
            acquisition_cost_micros = d.acquisition_cost_micros + EXCLUDED.acquisition_cost_micros,
            service_cost_micros = d.service_cost_micros + EXCLUDED.service_cost_micros,
            marketing_cost_micros = d.marketing_cost_micros + EXCLUDED.marketing_cost_micros,
            retention_cost_micros = d.retention_cost_micros + EXCLUDED.retention_cost_micros,
            referral_reward_micros = d.referral_reward_micros + EXCLUDED.referral_reward_micros,
            compensation_micros = d.compensation_micros + EXCLUDED.compensation_micros,
            rebate_micros = d.rebate_micros + EXCLUDED.rebate_micros
        RETURNING
            d.bucket, d.customer_id, d.day AS "day: Day", d.purchases,
            d.revenue_micros - d.refunds_micros AS "net_revenue!: Micros""#,
        tenant_id,
        &buckets,
        &customers,
        days as _,
        &purchases,
        column(|totals| totals.revenue) as _,
        column(|totals| totals.refunds) as _,
        column(|totals| totals.cost_of_goods) as _,
        column(|totals| totals.revenue_without_cost_of_goods) as _,
        cost(CostKind::Acquisition) as _,
        cost(CostKind::ToServe) as _,
        cost(CostKind::Marketing) as _,
        cost(CostKind::Retention) as _,
        cost(CostKind::ReferralReward) as _,
        cost(CostKind::Compensation) as _,
        cost(CostKind::Rebate) as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let moved = MovedDay {
                purchases: row.purchases,
                net_revenue: row.net_revenue,
            };
            ((key, row.day), moved)
        })
        .collect())
}

/// The first and last purchase day of a customer and the net amount of the first; `None` without any.
///
/// # Errors
///
/// When the store does not answer.
pub async fn purchase_day_bounds_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    key: &CustomerKey,
) -> Result<Option<(Day, Day, Micros)>, StoreError> {
    let row = sqlx::query!(
        r#"-- store::purchase_day_bounds_in_tx
        SELECT
            f.day AS "first: Day", f.revenue_micros - f.refunds_micros AS "first_net!: Micros",
            (
                SELECT l.day FROM customer_days AS l
                WHERE l.bucket = $1 AND l.tenant_id = $2 AND l.customer_id = $3 AND l.purchases > 0
                ORDER BY l.day DESC
                LIMIT 1
            ) AS "last!: Day"
        FROM customer_days AS f
        WHERE f.bucket = $1 AND f.tenant_id = $2 AND f.customer_id = $3 AND f.purchases > 0
        ORDER BY f.day
        LIMIT 1"#,
        key.bucket,
        tenant_id,
        key.customer_id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.first, row.last, row.first_net)))
}

/// A purchase day, as a fit reads it.
#[derive(Clone, Debug)]
pub struct PurchaseDay {
    /// Whose.
    pub customer_id: String,
    /// The day.
    pub day: Day,
    /// What it adds up to; purchases may be zero.
    pub totals: Totals,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    customer_id: String,
    day: Day,
    purchases: i64,
    revenue_micros: Micros,
    refunds_micros: Micros,
    cost_of_goods_micros: Micros,
    revenue_without_cost_of_goods_micros: Micros,
}

impl Store {
    /// Reads the days of a tenant's customers up to a day, in the order of bucket, customer and day,
    /// in one pass over one snapshot. `each` sees every row; `bucket_done` is told after each bucket
    /// how many of how many are read and says whether to go on.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn purchase_days(
        &self,
        tenant_id: &str,
        until: Day,
        each: &mut (dyn FnMut(PurchaseDay) + Send),
        bucket_done: &mut (dyn FnMut(i32) -> bool + Send),
    ) -> Result<(), StoreError> {
        let mut snapshot = self.read_only_snapshot().await?;
        purchase_days_in_tx(&mut snapshot, tenant_id, until, each, bucket_done).await?;
        snapshot.rollback().await?;
        Ok(())
    }
}

/// The same in a transaction.
///
/// # Errors
///
/// When the store does not answer.
pub(super) async fn purchase_days_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    until: Day,
    each: &mut (dyn FnMut(PurchaseDay) + Send),
    bucket_done: &mut (dyn FnMut(i32) -> bool + Send),
) -> Result<(), StoreError> {
    for bucket in 0..crate::ids::BUCKETS {
        let mut rows = sqlx::query_as::<_, DayRow>(
            "-- store::purchase_days
            SELECT
                customer_id, day, purchases, revenue_micros, refunds_micros,
                cost_of_goods_micros, revenue_without_cost_of_goods_micros
            FROM customer_days
            WHERE bucket = $1 AND tenant_id = $2 AND day <= $3
            ORDER BY customer_id, day",
        )
        .bind(bucket)
        .bind(tenant_id)
        .bind(until)
        .fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            each(PurchaseDay {
                customer_id: row.customer_id,
                day: row.day,
                totals: Totals {
                    purchases: row.purchases,
                    revenue: row.revenue_micros,
                    refunds: row.refunds_micros,
                    cost_of_goods: row.cost_of_goods_micros,
                    revenue_without_cost_of_goods: row.revenue_without_cost_of_goods_micros,
                    ..Totals::default()
                },
            });
        }
        drop(rows);
        if !bucket_done(bucket + 1) {
            break;
        }
    }
    Ok(())
}

impl Store {
    /// What customers add up to from a day on; customers without such a day are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customer_days_since(
        &self,
        tenant_id: &str,
        wanted: &[(CustomerKey, Day, usize)],
    ) -> Result<BTreeMap<CustomerKey, Totals>, StoreError> {
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (buckets, customers) = &keys(wanted.iter().map(|(key, ..)| key));
        let days: &Vec<Day> = &wanted.iter().map(|(_, day, _)| *day).collect();
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::customer_days_since
                        SELECT
                            d.bucket, d.customer_id, sum(d.purchases)::bigint AS "purchases!",
                            sum(d.revenue_micros) AS "revenue!: Micros",
                            sum(d.refunds_micros) AS "refunds!: Micros",
                            sum(d.cost_of_goods_micros) AS "cost_of_goods!: Micros",
                            sum(d.revenue_without_cost_of_goods_micros) AS "without_cost!: Micros",
                            sum(d.acquisition_cost_micros) AS "acquisition!: Micros",
                            sum(d.service_cost_micros) AS "service!: Micros",
                            sum(d.marketing_cost_micros) AS "marketing!: Micros",
                            sum(d.retention_cost_micros) AS "retention!: Micros",
                            sum(d.referral_reward_micros) AS "reward!: Micros",
                            sum(d.compensation_micros) AS "compensation!: Micros",
                            sum(d.rebate_micros) AS "rebate!: Micros"
                        FROM unnest($2::integer[], $3::text[], $4::date[])
                            AS n (bucket, customer_id, since)
                        JOIN customer_days AS d
                            ON d.bucket = n.bucket AND d.tenant_id = $1
                            AND d.customer_id = n.customer_id AND d.day >= n.since
                        GROUP BY d.bucket, d.customer_id"#,
                    tenant_id,
                    buckets,
                    customers,
                    days as _,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let totals = Totals {
                    purchases: row.purchases,
                    revenue: row.revenue,
                    refunds: row.refunds,
                    cost_of_goods: row.cost_of_goods,
                    revenue_without_cost_of_goods: row.without_cost,
                    costs: [
                        row.acquisition,
                        row.service,
                        row.marketing,
                        row.retention,
                        row.reward,
                        row.compensation,
                        row.rebate,
                    ],
                };
                (
                    CustomerKey {
                        bucket: row.bucket,
                        customer_id: row.customer_id,
                    },
                    totals,
                )
            })
            .collect())
    }
}
