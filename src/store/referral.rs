//! Referrals as stored.

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::pool::Store;
use crate::engine::fact::{Content, Referral};
use crate::engine::referral::Edge;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Inserts referrals that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn referrals_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, Referral>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row.fact.referral_id.clone())
        .collect();
    let referrers: Vec<String> = rows
        .iter()
        .map(|row| row.fact.referrer_id.clone())
        .collect();
    let occurred: Vec<Instant> = rows.iter().map(|row| row.fact.occurred_at).collect();
    let days: Vec<Day> = rows.iter().map(|row| row.day).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::referrals_insert_in_tx
        INSERT INTO referrals (
            bucket, tenant_id, customer_id, referral_id, recorded_at, content_version,
            content_hash, referrer_id, occurred_at, day
        )
        SELECT
            n.bucket, $1, n.customer_id, n.referral_id, $2, $3,
            n.content_hash, n.referrer_id, n.occurred_at, n.day
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::bytea[],
            $8::text[], $9::timestamptz[], $10::date[]
        ) AS n (bucket, customer_id, referral_id, content_hash, referrer_id, occurred_at, day)
        ON CONFLICT (bucket, tenant_id, customer_id, referral_id) DO NOTHING
        RETURNING bucket, customer_id, referral_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        &hashes,
        referrers as _,
        occurred as _,
        days as _,
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
            (key, row.referral_id)
        })
        .collect())
}

/// Stored referrals of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn referrals_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<(Referral, StoredContent)>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::referrals_stored_in_tx
        SELECT
            f.bucket, f.customer_id, f.referral_id, f.content_hash,
            f.referrer_id, f.occurred_at AS "occurred_at: Instant"
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, referral_id)
        JOIN referrals AS f
            ON f.bucket = n.bucket
            AND f.tenant_id = $1
            AND f.customer_id = n.customer_id
            AND f.referral_id = n.referral_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = Referral {
                referral_id: row.referral_id.clone(),
                referrer_id: row.referrer_id,
                referee_id: row.customer_id.clone(),
                occurred_at: row.occurred_at,
            };
            let stored = StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.referral_id,
                content_hash: row.content_hash,
                content: fact.content(),
            };
            Ok((fact, stored))
        })
        .collect()
}

/// A referee's edges that are not void, in the transaction.
///
/// # Errors
///
/// When the store does not answer.
pub async fn edges_of_referee_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    key: &CustomerKey,
) -> Result<Vec<Edge>, StoreError> {
    let rows = sqlx::query!(
        r#"-- store::edges_of_referee_in_tx
        SELECT
            f.referral_id, f.referrer_id, f.occurred_at AS "occurred_at: Instant",
            f.day AS "day: Day"
        FROM referrals AS f
        WHERE f.bucket = $1 AND f.tenant_id = $2 AND f.customer_id = $3
            AND NOT EXISTS (
                SELECT FROM voids AS v
                WHERE v.bucket = f.bucket AND v.tenant_id = f.tenant_id
                    AND v.customer_id = f.customer_id AND v.kind = 3
                    AND v.fact_id = f.referral_id
            )"#,
        key.bucket,
        tenant_id,
        key.customer_id,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Edge {
            referrer_id: row.referrer_id,
            referee_id: key.customer_id.clone(),
            referral_id: row.referral_id,
            occurred_at: row.occurred_at,
            day: row.day,
        })
        .collect())
}

impl Store {
    /// When the newest fact was recorded about anybody whom an edge of one of the referrers names,
    /// elected or not; `None` if they name nobody.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn referees_named_recorded_at(
        &self,
        tenant_id: &str,
        referrers: &[String],
    ) -> Result<Option<Instant>, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::referees_named_recorded_at
                        SELECT max(s.last_recorded_at) AS "newest: Instant"
                        FROM referrals AS f
                        JOIN customer_states AS s
                            ON s.bucket = f.bucket AND s.tenant_id = f.tenant_id
                            AND s.customer_id = f.customer_id
                        WHERE f.tenant_id = $1 AND f.referrer_id = ANY($2)"#,
                    tenant_id,
                    referrers,
                )
                .fetch_one(pool)
                .await
            })
            .await?;
        Ok(row.newest)
    }
}
