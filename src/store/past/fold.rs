//! Folds the facts that a view sees.

use std::collections::BTreeMap;

use super::View;
use crate::engine::history::{Fold, Purchase, RefundTotal, to_base};
use crate::engine::money::Micros;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::cost::cost_kind;
use crate::store::error::StoreError;
use crate::store::fact::keys;
use crate::store::pool::Store;
use crate::store::transaction::{amount, purchase_kind, rate};

/// The facts of a customer that a view sees.
#[derive(Debug, Default)]
pub struct Folded {
    /// The facts.
    pub fold: Fold,
    /// When the newest of them, or of the voids, was recorded.
    pub newest_recorded_at: Option<Instant>,
    /// When the latest of them happened.
    pub newest_fact_at: Option<Instant>,
}

impl Folded {
    fn saw(&mut self, recorded_at: Instant, occurred_at: Option<Instant>) {
        self.newest_recorded_at = self.newest_recorded_at.max(Some(recorded_at));
        self.newest_fact_at = self.newest_fact_at.max(occurred_at);
    }
}

impl Store {
    /// The facts of customers that a view sees, ready to be added up.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn customers_fold(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, Folded>, StoreError> {
        let mut folded: BTreeMap<CustomerKey, Folded> = customers
            .iter()
            .map(|key| (key.clone(), Folded::default()))
            .collect();
        self.fold_purchases(tenant_id, customers, view, &mut folded)
            .await?;
        self.fold_refunds(tenant_id, customers, view, &mut folded)
            .await?;
        self.fold_costs(tenant_id, customers, view, &mut folded)
            .await?;
        self.fold_voids(tenant_id, customers, view, &mut folded)
            .await?;
        Ok(folded)
    }

    async fn fold_purchases(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
        folded: &mut BTreeMap<CustomerKey, Folded>,
    ) -> Result<(), StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::fold_purchases
                        SELECT
                            t.bucket, t.customer_id, t.transaction_id,
                            t.occurred_at AS "occurred_at: Instant", t.day AS "day: Day",
                            t.recorded_at AS "recorded_at: Instant", t.amount_micros, t.currency,
                            t.exchange_rate, t.kind, t.cost_of_goods_micros
                        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        JOIN transactions AS t
                            ON t.bucket = n.bucket AND t.tenant_id = $1 AND t.customer_id = n.customer_id
                        WHERE t.occurred_at <= $4 AND t.recorded_at <= $5
                            AND NOT EXISTS (
                                SELECT FROM voids AS v
                                WHERE v.bucket = t.bucket AND v.tenant_id = t.tenant_id
                                    AND v.customer_id = t.customer_id AND v.kind = 0
                                    AND v.fact_id = t.transaction_id AND v.recorded_at <= $5
                            )"#,
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
        for row in rows {
            let amount = amount(row.amount_micros, &row.currency)?;
            let purchase = Purchase {
                amount_micros: amount.micros,
                currency: amount.currency,
                exchange_rate: rate(row.exchange_rate.as_deref())?,
                kind: purchase_kind(row.kind)?,
                cost_of_goods_micros: row.cost_of_goods_micros,
                occurred_at: row.occurred_at,
                day: row.day,
            };
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let customer = folded.entry(key).or_default();
            customer.saw(row.recorded_at, Some(row.occurred_at));
            customer.fold.purchase(row.transaction_id, purchase);
        }
        Ok(())
    }

    async fn fold_refunds(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
        folded: &mut BTreeMap<CustomerKey, Folded>,
    ) -> Result<(), StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::fold_refunds
                        SELECT
                            r.bucket, r.customer_id, r.transaction_id,
                            r.occurred_at AS "occurred_at: Instant",
                            r.recorded_at AS "recorded_at: Instant", r.amount_micros, r.currency,
                            r.cost_of_goods_returned_micros
                        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        JOIN refunds AS r
                            ON r.bucket = n.bucket AND r.tenant_id = $1 AND r.customer_id = n.customer_id
                        WHERE r.occurred_at <= $4 AND r.recorded_at <= $5
                            AND NOT EXISTS (
                                SELECT FROM voids AS v
                                WHERE v.bucket = r.bucket AND v.tenant_id = r.tenant_id
                                    AND v.customer_id = r.customer_id AND v.kind = 1
                                    AND v.fact_id = r.refund_id AND v.recorded_at <= $5
                            )"#,
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
        for row in rows {
            let amount = amount(row.amount_micros, &row.currency)?;
            let micros = |micros: i64| Micros(i128::from(micros));
            let total = RefundTotal {
                refunds: 1,
                amount: micros(amount.micros),
                cost_of_goods_returned: row
                    .cost_of_goods_returned_micros
                    .map_or(Micros::ZERO, micros),
            };
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let customer = folded.entry(key).or_default();
            customer.saw(row.recorded_at, Some(row.occurred_at));
            customer
                .fold
                .refund(row.transaction_id, amount.currency, total);
        }
        Ok(())
    }

    async fn fold_costs(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
        folded: &mut BTreeMap<CustomerKey, Folded>,
    ) -> Result<(), StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::fold_costs
                        SELECT
                            c.bucket, c.customer_id, c.day AS "day: Day",
                            c.occurred_at AS "occurred_at: Instant",
                            c.recorded_at AS "recorded_at: Instant", c.amount_micros,
                            c.exchange_rate, c.kind
                        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        JOIN costs AS c
                            ON c.bucket = n.bucket AND c.tenant_id = $1 AND c.customer_id = n.customer_id
                        WHERE c.occurred_at <= $4 AND c.recorded_at <= $5
                            AND NOT EXISTS (
                                SELECT FROM voids AS v
                                WHERE v.bucket = c.bucket AND v.tenant_id = c.tenant_id
                                    AND v.customer_id = c.customer_id AND v.kind = 2
                                    AND v.fact_id = c.cost_id AND v.recorded_at <= $5
                            )"#,
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
        for row in rows {
            let base = to_base(
                i128::from(row.amount_micros),
                rate(row.exchange_rate.as_deref())?,
            );
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let customer = folded.entry(key).or_default();
            customer.saw(row.recorded_at, Some(row.occurred_at));
            customer.fold.cost(row.day, cost_kind(row.kind)?, base);
        }
        Ok(())
    }

    /// Takes in when voids were recorded.
    async fn fold_voids(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
        folded: &mut BTreeMap<CustomerKey, Folded>,
    ) -> Result<(), StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                    sqlx::query!(
                        r#"-- store::fold_voids
                        SELECT
                            v.bucket, v.customer_id, max(v.recorded_at) AS "recorded_at!: Instant"
                        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                        JOIN voids AS v
                            ON v.bucket = n.bucket AND v.tenant_id = $1 AND v.customer_id = n.customer_id
                        WHERE v.recorded_at <= $4
                        GROUP BY v.bucket, v.customer_id"#,
                        tenant_id,
                        buckets,
                        ids,
                        view.known_at as _,
                    )
                    .fetch_all(pool)
                    .await
            })
            .await?;
        for row in rows {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            folded.entry(key).or_default().saw(row.recorded_at, None);
        }
        Ok(())
    }
}
