//! Contacts as stored, and what a view sees of them.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::past::View;
use super::pool::Store;
use crate::engine::contact::{Contact, ContactDirection, ContactPurpose, ContactTotals, Contacts};
use crate::engine::fact::Content;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Inserts contacts that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn contacts_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, Contact>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows.iter().map(|row| row.fact.contact_id.clone()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let occurred: Vec<Instant> = rows.iter().map(|row| row.fact.occurred_at).collect();
    let days: Vec<Day> = rows.iter().map(|row| row.day).collect();
    let directions: Vec<i16> = rows
        .iter()
        .map(|row| row.fact.direction.index() as i16)
        .collect();
    let purposes: Vec<i16> = rows
        .iter()
        .map(|row| row.fact.purpose.index() as i16)
        .collect();
    let channels: Vec<Option<String>> = rows.iter().map(|row| row.fact.channel.clone()).collect();
    let inserted = sqlx::query!(
        "-- store::contacts_insert_in_tx
        INSERT INTO contacts (
            bucket, tenant_id, customer_id, contact_id, recorded_at, content_version,
            content_hash, occurred_at, day, direction, purpose, channel
        )
        SELECT
            n.bucket, $1, n.customer_id, n.contact_id, $2, $3,
            n.content_hash, n.occurred_at, n.day, n.direction, n.purpose, n.channel
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[], $9::date[],
            $10::smallint[], $11::smallint[], $12::text[]
        ) AS n (bucket, customer_id, contact_id, content_hash, occurred_at, day, direction, purpose, channel)
        ON CONFLICT (bucket, tenant_id, customer_id, contact_id) DO NOTHING
        RETURNING bucket, customer_id, contact_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        &hashes,
        occurred as _,
        days as _,
        &directions,
        &purposes,
        channels as _,
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
            (key, row.contact_id)
        })
        .collect())
}

/// Stored contacts of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn contacts_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<StoredContent>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::contacts_stored_in_tx
        SELECT
            f.bucket, f.customer_id, f.contact_id, f.content_hash,
            f.occurred_at AS "occurred_at: Instant", f.direction, f.purpose, f.channel
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, contact_id)
        JOIN contacts AS f
            ON f.bucket = n.bucket
            AND f.tenant_id = $1
            AND f.customer_id = n.customer_id
            AND f.contact_id = n.contact_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = Contact {
                contact_id: row.contact_id.clone(),
                customer_id: row.customer_id.clone(),
                occurred_at: row.occurred_at,
                direction: contact_direction(row.direction)?,
                purpose: contact_purpose(row.purpose)?,
                channel: row.channel,
            };
            Ok(StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.contact_id,
                content_hash: row.content_hash,
                content: fact.content(),
            })
        })
        .collect()
}

impl Store {
    /// The contacts of customers that a view sees, void ones left out, and when the newest of them
    /// or of their voids was recorded; a customer without any is not in the answer.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn contacts_of(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, (Contacts, Option<Instant>)>, StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::contacts_of
                    SELECT
                        f.bucket, f.customer_id, f.purpose,
                        count(*) FILTER (WHERE v.fact_id IS NULL) AS "contacts!",
                        max(f.occurred_at) FILTER (WHERE v.fact_id IS NULL) AS "last_at: Instant",
                        max(f.day) FILTER (WHERE v.fact_id IS NULL) AS "last_day: Day",
                        max(greatest(f.recorded_at, v.recorded_at)) AS "newest: Instant"
                    FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
                    JOIN contacts AS f
                        ON f.bucket = n.bucket AND f.tenant_id = $1 AND f.customer_id = n.customer_id
                    LEFT JOIN voids AS v
                        ON v.bucket = f.bucket AND v.tenant_id = f.tenant_id
                        AND v.customer_id = f.customer_id AND v.kind = 5
                        AND v.fact_id = f.contact_id AND v.recorded_at <= $5
                    WHERE f.occurred_at <= $4 AND f.recorded_at <= $5
                    GROUP BY f.bucket, f.customer_id, f.purpose"#,
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
        let mut found: BTreeMap<CustomerKey, (Contacts, Option<Instant>)> = BTreeMap::new();
        for row in rows {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            let (contacts, newest) = found.entry(key).or_default();
            *newest = (*newest).max(row.newest);
            let totals = row.last_at.zip(row.last_day);
            contacts.0[contact_purpose(row.purpose)?.index()] =
                totals.map(|(last_at, last_day)| ContactTotals {
                    count: row.contacts,
                    last_at,
                    last_day,
                });
        }
        Ok(found)
    }

    /// The newest contact of each purpose that is not void, by purpose; among those of one instant
    /// the one with the greatest id.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn contacts_newest(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
    ) -> Result<Vec<Contact>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::contacts_newest
                    SELECT DISTINCT ON (f.purpose)
                        f.contact_id, f.occurred_at AS "occurred_at: Instant", f.direction,
                        f.purpose, f.channel
                    FROM contacts AS f
                    WHERE f.bucket = $1 AND f.tenant_id = $2 AND f.customer_id = $3
                        AND NOT EXISTS (
                            SELECT FROM voids AS v
                            WHERE v.bucket = f.bucket AND v.tenant_id = f.tenant_id
                                AND v.customer_id = f.customer_id AND v.kind = 5
                                AND v.fact_id = f.contact_id
                        )
                    ORDER BY f.purpose, f.occurred_at DESC, f.contact_id DESC"#,
                    key.bucket,
                    tenant_id,
                    key.customer_id,
                )
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Contact {
                    contact_id: row.contact_id,
                    customer_id: key.customer_id.clone(),
                    occurred_at: row.occurred_at,
                    direction: contact_direction(row.direction)?,
                    purpose: contact_purpose(row.purpose)?,
                    channel: row.channel,
                })
            })
            .collect()
    }
}

fn contact_direction(number: i16) -> Result<ContactDirection, StoreError> {
    usize::try_from(number)
        .ok()
        .and_then(|index| ContactDirection::ALL.get(index).copied())
        .ok_or(StoreError::Corrupt {
            entity: "contact direction",
        })
}

fn contact_purpose(number: i16) -> Result<ContactPurpose, StoreError> {
    usize::try_from(number)
        .ok()
        .and_then(|index| ContactPurpose::ALL.get(index).copied())
        .ok_or(StoreError::Corrupt {
            entity: "contact purpose",
        })
}
