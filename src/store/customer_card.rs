//! What GetCustomer shows beside the state: referees, pending refunds, anomalies.

use super::error::StoreError;
use super::pool::Store;
use super::transaction::amount;
use crate::engine::fact::{Amount, Refund};
use crate::engine::money::{Currency, Micros};
use crate::engine::referral::Edge;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Refunds of a purchase that do not count as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAnomaly {
    /// The purchase.
    pub transaction_id: String,
    /// Currency of the refunds.
    pub currency: Currency,
    /// Their sum.
    pub refunded: Micros,
    /// The purchase's amount, if the refunds are in its currency and it is not void.
    pub counted_up_to: Option<Micros>,
    /// Whether the purchase is void.
    pub is_void: bool,
}

impl Store {
    /// Refunds that wait for their transaction, by id; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn refunds_pending(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        limit: i64,
    ) -> Result<Vec<Refund>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::refunds_pending
                        SELECT
                            r.refund_id, r.transaction_id, r.occurred_at AS "occurred_at: Instant",
                            r.amount_micros, r.currency, r.cost_of_goods_returned_micros
                        FROM refunds AS r
                        WHERE r.bucket = $1 AND r.tenant_id = $2 AND r.customer_id = $3
                            AND NOT EXISTS (
                                SELECT FROM transactions AS t
                                WHERE t.bucket = r.bucket AND t.tenant_id = r.tenant_id
                                    AND t.customer_id = r.customer_id
                                    AND t.transaction_id = r.transaction_id
                            )
                            AND NOT EXISTS (
                                SELECT FROM voids AS v
                                WHERE v.bucket = r.bucket AND v.tenant_id = r.tenant_id
                                    AND v.customer_id = r.customer_id AND v.kind = 1
                                    AND v.fact_id = r.refund_id
                            )
                        ORDER BY r.refund_id
                        LIMIT $4"#,
                    key.bucket,
                    tenant_id,
                    key.customer_id,
                    limit,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Refund {
                    refund_id: row.refund_id,
                    customer_id: key.customer_id.clone(),
                    transaction_id: row.transaction_id,
                    occurred_at: row.occurred_at,
                    amount: amount(row.amount_micros, &row.currency)?,
                    cost_of_goods_returned_micros: row.cost_of_goods_returned_micros,
                })
            })
            .collect()
    }

    /// Refunds of recorded purchases that do not count as sent, by transaction and currency; at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn refund_anomalies(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        limit: i64,
    ) -> Result<Vec<RefundAnomaly>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::refund_anomalies
                        SELECT
                            r.transaction_id, r.currency, r.amount_micros AS "refunded: Micros",
                            t.amount_micros, t.currency AS purchase_currency,
                            v.fact_id IS NOT NULL AS "is_void!"
                        FROM refund_totals AS r
                        JOIN transactions AS t
                            ON t.bucket = r.bucket AND t.tenant_id = r.tenant_id
                            AND t.customer_id = r.customer_id
                            AND t.transaction_id = r.transaction_id
                        LEFT JOIN voids AS v
                            ON v.bucket = t.bucket AND v.tenant_id = t.tenant_id
                            AND v.customer_id = t.customer_id AND v.kind = 0
                            AND v.fact_id = t.transaction_id
                        WHERE r.bucket = $1 AND r.tenant_id = $2 AND r.customer_id = $3
                            AND r.refunds > 0
                            AND (
                                v.fact_id IS NOT NULL
                                OR r.currency <> t.currency
                                OR r.amount_micros > t.amount_micros
                            )
                        ORDER BY r.transaction_id, r.currency
                        LIMIT $4"#,
                    key.bucket,
                    tenant_id,
                    key.customer_id,
                    limit,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                let Amount { currency, .. } = amount(0, &row.currency)?;
                let same_currency = row.currency == row.purchase_currency && !row.is_void;
                Ok(RefundAnomaly {
                    transaction_id: row.transaction_id,
                    currency,
                    refunded: row.refunded,
                    counted_up_to: same_currency.then(|| Micros(i128::from(row.amount_micros))),
                    is_void: row.is_void,
                })
            })
            .collect()
    }
}

impl Store {
    /// Elected edges from a referrer, by referee id; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn referees_of(
        &self,
        tenant_id: &str,
        referrer_id: &str,
        limit: i64,
    ) -> Result<Vec<Edge>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::referees_of
                        SELECT
                            customer_id, referral_id AS "referral_id!",
                            referred_at AS "referred_at!: Instant",
                            referred_day AS "referred_day!: Day"
                        FROM customer_states
                        WHERE tenant_id = $1 AND referrer_id = $2
                        ORDER BY customer_id
                        LIMIT $3"#,
                    tenant_id,
                    referrer_id,
                    limit,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| Edge {
                referrer_id: referrer_id.to_owned(),
                referee_id: row.customer_id,
                referral_id: row.referral_id,
                occurred_at: row.referred_at,
                day: row.referred_day,
            })
            .collect())
    }

    /// How many customers elected this one as their referrer.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn referees_count(
        &self,
        tenant_id: &str,
        referrer_id: &str,
    ) -> Result<i64, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::referees_count
                        SELECT count(*) AS "referees!"
                        FROM customer_states
                        WHERE tenant_id = $1 AND referrer_id = $2"#,
                    tenant_id,
                    referrer_id,
                )
                .fetch_one(pool)
                .await
            })
            .await?;
        Ok(row.referees)
    }
}
