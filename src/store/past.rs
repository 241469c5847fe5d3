//! Reads for an instant in the past: facts that had happened by it, as they were known at another.

use std::collections::BTreeMap;

use super::cost::cost_kind;
use super::error::StoreError;
use super::fact::keys;
use super::pool::Store;
use super::transaction::{amount, purchase_kind, rate};
use crate::engine::history::{Fold, Purchase, RefundTotal, to_base};
use crate::engine::money::Micros;
use crate::engine::referral::{Edge, elect};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Which facts a read sees: happened by `as_of`, recorded and voided by `known_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Facts that happened up to this instant.
    pub as_of: Instant,
    /// Facts and voids recorded up to this instant; [`Instant::LATEST`] for all.
    pub known_at: Instant,
}

/// The facts of a customer that a view sees.
#[derive(Debug, Default)]
pub struct Folded {
    /// The facts.
    pub fold: Fold,
    /// When the newest of them, or of the voids, was recorded.
    pub newest_recorded_at: Option<Instant>,
}

impl Folded {
    fn saw(&mut self, recorded_at: Instant) {
        self.newest_recorded_at = self.newest_recorded_at.max(Some(recorded_at));
    }
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
            customer.saw(row.recorded_at);
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
            customer.saw(row.recorded_at);
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
            customer.saw(row.recorded_at);
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
            folded.entry(key).or_default().saw(row.recorded_at);
        }
        Ok(())
    }

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
