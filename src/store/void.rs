//! Voids as stored.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{StoredContent, keys};
use crate::engine::fact::{Content, FactKind, FactVoid};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;

/// Names a fact of a customer.
pub type FactName = (CustomerKey, FactKind, String);

/// A void on its way into its table.
#[derive(Debug)]
pub struct VoidRow<'f> {
    /// Whose fact.
    pub key: &'f CustomerKey,
    /// The void.
    pub fact: &'f FactVoid,
    /// Keyed hash of its content.
    pub content_hash: [u8; 32],
}

/// Inserts voids that are not stored yet; answers which of them were inserted.
///
/// # Errors
///
/// When the store does not answer.
pub async fn voids_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[VoidRow<'_>],
) -> Result<Vec<FactName>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let kinds: Vec<i16> = rows
        .iter()
        .map(|row| row.fact.kind.index() as i16)
        .collect();
    let ids: Vec<String> = rows.iter().map(|row| row.fact.fact_id.clone()).collect();
    let reasons: Vec<Option<String>> = rows.iter().map(|row| row.fact.reason.clone()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::voids_insert_in_tx
        INSERT INTO voids (
            bucket, tenant_id, customer_id, kind, fact_id, recorded_at, reason,
            content_hash, content_version
        )
        SELECT n.bucket, $1, n.customer_id, n.kind, n.fact_id, $2, n.reason, n.content_hash, $3
        FROM unnest($4::integer[], $5::text[], $6::smallint[], $7::text[], $8::text[], $9::bytea[])
            AS n (bucket, customer_id, kind, fact_id, reason, content_hash)
        ON CONFLICT (bucket, tenant_id, customer_id, kind, fact_id) DO NOTHING
        RETURNING bucket, customer_id, kind, fact_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &kinds,
        &ids,
        reasons as _,
        &hashes,
    )
    .fetch_all(connection)
    .await?;
    inserted
        .into_iter()
        .map(|row| {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            Ok((key, fact_kind(row.kind)?, row.fact_id))
        })
        .collect()
}

/// Stored voids of the facts given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn voids_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[FactName],
) -> Result<Vec<(FactKind, StoredContent)>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _, _)| key));
    let kinds: Vec<i16> = wanted
        .iter()
        .map(|(_, kind, _)| kind.index() as i16)
        .collect();
    let ids: Vec<String> = wanted.iter().map(|(_, _, id)| id.clone()).collect();
    let rows = sqlx::query!(
        "-- store::voids_stored_in_tx
        SELECT v.bucket, v.customer_id, v.kind, v.fact_id, v.reason, v.content_hash
        FROM unnest($2::integer[], $3::text[], $4::smallint[], $5::text[])
            AS n (bucket, customer_id, kind, fact_id)
        JOIN voids AS v
            ON v.bucket = n.bucket
            AND v.tenant_id = $1
            AND v.customer_id = n.customer_id
            AND v.kind = n.kind
            AND v.fact_id = n.fact_id",
        tenant_id,
        &buckets,
        &customers,
        &kinds,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = FactVoid {
                customer_id: row.customer_id.clone(),
                kind: fact_kind(row.kind)?,
                fact_id: row.fact_id.clone(),
                reason: row.reason,
            };
            let stored = StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.fact_id,
                content_hash: row.content_hash,
                content: fact.content(),
            };
            Ok((fact.kind, stored))
        })
        .collect()
}

/// Which of the facts given are void.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn voided_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[FactName],
) -> Result<BTreeSet<FactName>, StoreError> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(voids_stored_in_tx(connection, tenant_id, wanted)
        .await?
        .into_iter()
        .map(|(kind, stored)| (stored.key, kind, stored.fact_id))
        .collect())
}

pub(super) fn fact_kind(number: i16) -> Result<FactKind, StoreError> {
    usize::try_from(number)
        .ok()
        .and_then(|index| FactKind::ALL.get(index).copied())
        .ok_or(StoreError::Corrupt {
            entity: "fact kind",
        })
}
