//! Refunds as stored.

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::transaction::amount;
use crate::engine::fact::{Content, Refund};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Inserts refunds that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn refunds_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, Refund>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows.iter().map(|row| row.fact.refund_id.clone()).collect();
    let transactions: Vec<String> = rows
        .iter()
        .map(|row| row.fact.transaction_id.clone())
        .collect();
    let occurred: Vec<Instant> = rows.iter().map(|row| row.fact.occurred_at).collect();
    let days: Vec<Day> = rows.iter().map(|row| row.day).collect();
    let amounts: Vec<i64> = rows.iter().map(|row| row.fact.amount.micros).collect();
    let currencies: Vec<String> = rows
        .iter()
        .map(|row| row.fact.amount.currency.code().to_owned())
        .collect();
    let returned: Vec<Option<i64>> = rows
        .iter()
        .map(|row| row.fact.cost_of_goods_returned_micros)
        .collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::refunds_insert_in_tx
        INSERT INTO refunds (
            bucket, tenant_id, customer_id, refund_id, recorded_at, content_version,
            content_hash, transaction_id, occurred_at, day, amount_micros, currency, cost_of_goods_returned_micros
        )
        SELECT
            n.bucket, $1, n.customer_id, n.refund_id, $2, $3,
            n.content_hash, n.transaction_id, n.occurred_at, n.day, n.amount_micros, n.currency, n.cost_of_goods_returned_micros
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::bytea[],
            $8::text[], $9::timestamptz[], $10::date[], $11::bigint[], $12::text[], $13::bigint[]
        ) AS n (bucket, customer_id, refund_id, content_hash, transaction_id, occurred_at, day, amount_micros, currency, cost_of_goods_returned_micros)
        ON CONFLICT (bucket, tenant_id, customer_id, refund_id) DO NOTHING
        RETURNING bucket, customer_id, refund_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        &hashes,
        transactions as _,
        occurred as _,
        days as _,
        amounts as _,
        currencies as _,
        returned as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(inserted
        .into_iter()
        .map(|row| {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            (key, row.refund_id)
        })
        .collect())
}

/// Stored refunds of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn refunds_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<(Refund, StoredContent)>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::refunds_stored_in_tx
        SELECT
            f.bucket, f.customer_id, f.refund_id, f.content_hash,
            f.transaction_id, f.occurred_at AS "occurred_at: Instant", f.amount_micros, f.currency,
            f.cost_of_goods_returned_micros
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, refund_id)
        JOIN refunds AS f
            ON f.bucket = n.bucket
            AND f.tenant_id = $1
            AND f.customer_id = n.customer_id
            AND f.refund_id = n.refund_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = Refund {
                refund_id: row.refund_id.clone(),
                customer_id: row.customer_id.clone(),
                transaction_id: row.transaction_id,
                occurred_at: row.occurred_at,
                amount: amount(row.amount_micros, &row.currency)?,
                cost_of_goods_returned_micros: row.cost_of_goods_returned_micros,
            };
            let stored = StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.refund_id,
                content_hash: row.content_hash,
                content: fact.content(),
            };
            Ok((fact, stored))
        })
        .collect()
}
