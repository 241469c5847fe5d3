//! Transactions as stored.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use crate::engine::fact::{Amount, Content, PurchaseKind, Transaction, TransactionLine};
use crate::engine::history::Purchase;
use crate::engine::money::{Currency, Decimal};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

const CORRUPT: StoreError = StoreError::Corrupt {
    entity: "transaction",
};

/// A purchase as the writer finds it: what counts of it, and whether it is void.
#[derive(Clone, Copy, Debug)]
pub struct StoredPurchase {
    /// What counts.
    pub purchase: Purchase,
    /// Whether it is void.
    pub is_void: bool,
}

/// Inserts transactions that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn transactions_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, Transaction>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows
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
    let rates: Vec<Option<String>> = rows
        .iter()
        .map(|row| row.fact.exchange_rate.map(|rate| rate.to_string()))
        .collect();
    let kinds: Vec<i16> = rows
        .iter()
        .map(|row| row.fact.kind.index() as i16)
        .collect();
    let costs: Vec<Option<i64>> = rows
        .iter()
        .map(|row| row.fact.cost_of_goods_micros)
        .collect();
    let channels: Vec<Option<String>> = rows.iter().map(|row| row.fact.channel.clone()).collect();
    let lines: Vec<Option<String>> = rows
        .iter()
        .map(|row| lines_to_json(&row.fact.lines))
        .collect();
    let attributes: Vec<Option<String>> = rows
        .iter()
        .map(|row| attributes_to_json(&row.fact.attributes))
        .collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::transactions_insert_in_tx
        INSERT INTO transactions (
            bucket, tenant_id, customer_id, transaction_id, occurred_at, day, recorded_at,
            amount_micros, currency, exchange_rate, kind, cost_of_goods_micros, channel, lines,
            attributes, content_hash, content_version
        )
        SELECT
            n.bucket, $1, n.customer_id, n.transaction_id, n.occurred_at, n.day, $2,
            n.amount_micros, n.currency, n.exchange_rate, n.kind, n.cost_of_goods_micros,
            n.channel, n.lines::jsonb, n.attributes::jsonb, n.content_hash, $3
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::timestamptz[], $8::date[], $9::bigint[],
            $10::text[], $11::text[], $12::smallint[], $13::bigint[], $14::text[], $15::text[],
            $16::text[], $17::bytea[]
        ) AS n (
            bucket, customer_id, transaction_id, occurred_at, day, amount_micros,
            currency, exchange_rate, kind, cost_of_goods_micros, channel, lines,
            attributes, content_hash
        )
        ON CONFLICT (bucket, tenant_id, customer_id, transaction_id) DO NOTHING
        RETURNING bucket, customer_id, transaction_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        occurred as _,
        days as _,
        &amounts,
        &currencies,
        rates as _,
        &kinds,
        costs as _,
        channels as _,
        lines as _,
        attributes as _,
        &hashes,
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
            (key, row.transaction_id)
        })
        .collect())
}

/// Stored transactions with their hashes, of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn transactions_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<StoredContent>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::transactions_stored_in_tx
        SELECT
            t.bucket, t.customer_id, t.transaction_id, t.occurred_at AS "occurred_at: Instant",
            t.amount_micros, t.currency, t.exchange_rate, t.kind, t.cost_of_goods_micros,
            t.channel, t.lines::text AS lines, t.attributes::text AS attributes, t.content_hash
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, transaction_id)
        JOIN transactions AS t
            ON t.bucket = n.bucket
            AND t.tenant_id = $1
            AND t.customer_id = n.customer_id
            AND t.transaction_id = n.transaction_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = Transaction {
                transaction_id: row.transaction_id.clone(),
                customer_id: row.customer_id.clone(),
                occurred_at: row.occurred_at,
                amount: amount(row.amount_micros, &row.currency)?,
                exchange_rate: rate(row.exchange_rate.as_deref())?,
                kind: purchase_kind(row.kind)?,
                cost_of_goods_micros: row.cost_of_goods_micros,
                channel: row.channel,
                lines: lines_from_json(row.lines.as_deref()).ok_or(CORRUPT)?,
                attributes: attributes_from_json(row.attributes.as_deref()).ok_or(CORRUPT)?,
            };
            Ok(StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.transaction_id,
                content_hash: row.content_hash,
                content: fact.content(),
            })
        })
        .collect()
}

/// The purchases of the keys and ids given, as far as they are stored, in the transaction.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn purchases_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<BTreeMap<(CustomerKey, String), StoredPurchase>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::purchases_in_tx
        SELECT
            t.bucket, t.customer_id, t.transaction_id, t.occurred_at AS "occurred_at: Instant",
            t.day AS "day: Day", t.amount_micros, t.currency, t.exchange_rate, t.kind,
            t.cost_of_goods_micros, v.fact_id IS NOT NULL AS "is_void!"
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, transaction_id)
        JOIN transactions AS t
            ON t.bucket = n.bucket
            AND t.tenant_id = $1
            AND t.customer_id = n.customer_id
            AND t.transaction_id = n.transaction_id
        LEFT JOIN voids AS v
            ON v.bucket = t.bucket
            AND v.tenant_id = t.tenant_id
            AND v.customer_id = t.customer_id
            AND v.kind = 0
            AND v.fact_id = t.transaction_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
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
            Ok((
                (key, row.transaction_id),
                StoredPurchase {
                    purchase,
                    is_void: row.is_void,
                },
            ))
        })
        .collect()
}

/// When the first and last purchases of a customer happened that are left after refunds and voids.
///
/// # Errors
///
/// When the store does not answer.
pub async fn purchase_bounds_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    key: &CustomerKey,
) -> Result<Option<(Instant, Instant)>, StoreError> {
    let row = sqlx::query!(
        r#"-- store::purchase_bounds_in_tx
        WITH purchases AS (
            SELECT t.occurred_at
            FROM transactions AS t
            WHERE t.bucket = $1 AND t.tenant_id = $2 AND t.customer_id = $3
                AND NOT EXISTS (
                    SELECT FROM voids AS v
                    WHERE v.bucket = t.bucket AND v.tenant_id = t.tenant_id
                        AND v.customer_id = t.customer_id AND v.kind = 0
                        AND v.fact_id = t.transaction_id
                )
                AND NOT EXISTS (
                    SELECT FROM refund_totals AS r
                    WHERE r.bucket = t.bucket AND r.tenant_id = t.tenant_id
                        AND r.customer_id = t.customer_id AND r.transaction_id = t.transaction_id
                        AND r.currency = t.currency AND r.amount_micros > 0
                        AND r.amount_micros >= t.amount_micros
                )
        )
        SELECT
            (SELECT occurred_at FROM purchases ORDER BY occurred_at LIMIT 1) AS "first: Instant",
            (SELECT occurred_at FROM purchases ORDER BY occurred_at DESC LIMIT 1) AS "last: Instant""#,
        key.bucket,
        tenant_id,
        key.customer_id,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.first.zip(row.last))
}

pub(super) fn amount(micros: i64, code: &str) -> Result<Amount, StoreError> {
    let currency = Currency::parse(code).ok_or(StoreError::Corrupt { entity: "currency" })?;
    Ok(Amount { micros, currency })
}

pub(super) fn rate(text: Option<&str>) -> Result<Option<Decimal>, StoreError> {
    match text {
        None => Ok(None),
        Some(text) => match Decimal::parse(text) {
            None => Err(StoreError::Corrupt {
                entity: "exchange rate",
            }),
            known => Ok(known),
        },
    }
}

pub(super) fn purchase_kind(number: i16) -> Result<PurchaseKind, StoreError> {
    usize::try_from(number)
        .ok()
        .and_then(|index| PurchaseKind::ALL.get(index).copied())
        .ok_or(StoreError::Corrupt {
            entity: "purchase kind",
        })
}

fn lines_to_json(lines: &[TransactionLine]) -> Option<String> {
    let line = |line: &TransactionLine| {
        json!({
            "product_id": line.product_id,
            "category": line.category,
            "quantity": line.quantity.map(|quantity| quantity.to_string()),
            "amount_micros": line.amount_micros,
            "cost_of_goods_micros": line.cost_of_goods_micros,
        })
    };
    (!lines.is_empty()).then(|| Value::from_iter(lines.iter().map(line)).to_string())
}

fn lines_from_json(text: Option<&str>) -> Option<Vec<TransactionLine>> {
    let Some(text) = text else {
        return Some(Vec::new());
    };
    let lines: Vec<Value> = serde_json::from_str(text).ok()?;
    lines
        .iter()
        .map(|line| {
            let quantity = match line["quantity"].as_str() {
                None => None,
                Some(text) => Some(Decimal::parse(text)?),
            };
            Some(TransactionLine {
                product_id: line["product_id"].as_str()?.to_owned(),
                category: line["category"].as_str().map(str::to_owned),
                quantity,
                amount_micros: line["amount_micros"].as_i64()?,
                cost_of_goods_micros: line["cost_of_goods_micros"].as_i64(),
            })
        })
        .collect()
}

fn attributes_to_json(attributes: &BTreeMap<String, String>) -> Option<String> {
    (!attributes.is_empty()).then(|| json!(attributes).to_string())
}

fn attributes_from_json(text: Option<&str>) -> Option<BTreeMap<String, String>> {
    text.map_or(Some(BTreeMap::new()), |text| {
        serde_json::from_str(text).ok()
    })
}
