//! Costs as stored.

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::transaction::{amount, rate};
use crate::engine::fact::{Content, Cost, CostKind};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Inserts costs that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn costs_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, Cost>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows.iter().map(|row| row.fact.cost_id.clone()).collect();
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
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::costs_insert_in_tx
        INSERT INTO costs (
            bucket, tenant_id, customer_id, cost_id, recorded_at, content_version,
            content_hash, occurred_at, day, amount_micros, currency, exchange_rate, kind
        )
        SELECT
            n.bucket, $1, n.customer_id, n.cost_id, $2, $3,
            n.content_hash, n.occurred_at, n.day, n.amount_micros, n.currency, n.exchange_rate, n.kind
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::bytea[],
            $8::timestamptz[], $9::date[], $10::bigint[], $11::text[], $12::text[], $13::smallint[]
        ) AS n (bucket, customer_id, cost_id, content_hash, occurred_at, day, amount_micros, currency, exchange_rate, kind)
        ON CONFLICT (bucket, tenant_id, customer_id, cost_id) DO NOTHING
        RETURNING bucket, customer_id, cost_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        &hashes,
        occurred as _,
        days as _,
        amounts as _,
        currencies as _,
        rates as _,
        kinds as _,
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
            (key, row.cost_id)
        })
        .collect())
}

/// Stored costs of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn costs_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<(Cost, Day, StoredContent)>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::costs_stored_in_tx
        SELECT
            f.bucket, f.customer_id, f.cost_id, f.content_hash,
            f.occurred_at AS "occurred_at: Instant", f.day AS "day: Day", f.amount_micros,
            f.currency, f.exchange_rate, f.kind
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, cost_id)
        JOIN costs AS f
            ON f.bucket = n.bucket
            AND f.tenant_id = $1
            AND f.customer_id = n.customer_id
            AND f.cost_id = n.cost_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = Cost {
                cost_id: row.cost_id.clone(),
                customer_id: row.customer_id.clone(),
                occurred_at: row.occurred_at,
                amount: amount(row.amount_micros, &row.currency)?,
                exchange_rate: rate(row.exchange_rate.as_deref())?,
                kind: cost_kind(row.kind)?,
            };
            let stored = StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.cost_id,
                content_hash: row.content_hash,
                content: fact.content(),
            };
            Ok((fact, row.day, stored))
        })
        .collect()
}

pub(super) fn cost_kind(number: i16) -> Result<CostKind, StoreError> {
    usize::try_from(number)
        .ok()
        .and_then(|index| CostKind::ALL.get(index).copied())
        .ok_or(StoreError::Corrupt {
            entity: "cost kind",
        })
}
