//! Refunds summed per purchase and currency.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::keys;
use crate::engine::history::RefundTotal;
use crate::engine::money::{Currency, Micros};
use crate::ids::CustomerKey;

/// A purchase of a customer.
pub type PurchaseName = (CustomerKey, String);

/// Sums by purchase and currency.
pub type RefundTotals = BTreeMap<(PurchaseName, Currency), RefundTotal>;

fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).ok_or(StoreError::Corrupt { entity: "currency" })
}

/// Moves sums by differences.
///
/// # Errors
///
/// When the store does not answer.
pub async fn refund_totals_add_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    differences: &RefundTotals,
) -> Result<(), StoreError> {
    let (buckets, customers) = keys(differences.keys().map(|((key, _), _)| key));
    let ids: Vec<String> = differences.keys().map(|((_, id), _)| id.clone()).collect();
    let currencies: Vec<String> = differences
        .keys()
        .map(|(_, currency)| currency.code().to_owned())
        .collect();
    let refunds: Vec<i64> = differences.values().map(|total| total.refunds).collect();
    let amounts: Vec<Micros> = differences.values().map(|total| total.amount).collect();
    let returned: Vec<Micros> = differences
        .values()
        .map(|total| total.cost_of_goods_returned)
        .collect();
    sqlx::query!(
        "-- store::refund_totals_add_in_tx
        INSERT INTO refund_totals AS r (
            bucket, tenant_id, customer_id, transaction_id, currency, refunds, amount_micros,
            cost_of_goods_returned_micros
        )
        SELECT
            n.bucket, $1, n.customer_id, n.transaction_id, n.currency, n.refunds,
            n.amount_micros, n.cost_of_goods_returned_micros
        FROM unnest(
            $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::numeric[],
            $8::numeric[]
        ) AS n (
            bucket, customer_id, transaction_id, currency, refunds, amount_micros,
            cost_of_goods_returned_micros
        )
        ON CONFLICT (bucket, tenant_id, customer_id, transaction_id, currency) DO UPDATE SET
            refunds = r.refunds + EXCLUDED.refunds,
            amount_micros = r.amount_micros + EXCLUDED.amount_micros,
            cost_of_goods_returned_micros =
                r.cost_of_goods_returned_micros + EXCLUDED.cost_of_goods_returned_micros",
        tenant_id,
        &buckets,
        &customers,
        &ids,
        &currencies,
        &refunds,
        amounts as _,
        returned as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The sums of the purchases given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn refund_totals_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[PurchaseName],
) -> Result<RefundTotals, StoreError> {
    if wanted.is_empty() {
        return Ok(RefundTotals::new());
    }
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::refund_totals_in_tx
        SELECT
            r.bucket, r.customer_id, r.transaction_id, r.currency, r.refunds,
            r.amount_micros AS "amount: Micros",
            r.cost_of_goods_returned_micros AS "cost_of_goods_returned: Micros"
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, transaction_id)
        JOIN refund_totals AS r
            ON r.bucket = n.bucket
            AND r.tenant_id = $1
            AND r.customer_id = n.customer_id
            AND r.transaction_id = n.transaction_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let total = RefundTotal {
                refunds: row.refunds,
                amount: row.amount,
                cost_of_goods_returned: row.cost_of_goods_returned,
            };
            Ok((((key, row.transaction_id), currency(&row.currency)?), total))
        })
        .collect()
}
