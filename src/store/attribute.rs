//! Attributes as stored, and which values are current.

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::pool::Store;
use crate::engine::attribute::{AttributeValue, CustomerAttribute};
use crate::engine::fact::Content;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Inserts attributes that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn attributes_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, CustomerAttribute>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row.fact.attribute_id.clone())
        .collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let occurred: Vec<Instant> = rows.iter().map(|row| row.fact.occurred_at).collect();
    let days: Vec<Day> = rows.iter().map(|row| row.day).collect();
    let names: Vec<String> = rows.iter().map(|row| row.fact.name.clone()).collect();
    let mut texts: Vec<Option<String>> = vec![None; rows.len()];
    let mut numbers: Vec<Option<f64>> = vec![None; rows.len()];
    let mut flags: Vec<Option<bool>> = vec![None; rows.len()];
    for (index, row) in rows.iter().enumerate() {
        match &row.fact.value {
            AttributeValue::Text(text) => texts[index] = Some(text.clone()),
            AttributeValue::Number(number) => numbers[index] = Some(*number),
            AttributeValue::Flag(flag) => flags[index] = Some(*flag),
        }
    }
    let inserted = sqlx::query!(
        "-- store::attributes_insert_in_tx
        INSERT INTO customer_attributes (
            bucket, tenant_id, customer_id, attribute_id, recorded_at, content_version,
            content_hash, occurred_at, day, name, text_value, number_value, flag_value
        )
        SELECT
            n.bucket, $1, n.customer_id, n.attribute_id, $2, $3,
            n.content_hash, n.occurred_at, n.day, n.name, n.text_value, n.number_value, n.flag_value
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[], $9::date[],
            $10::text[], $11::text[], $12::double precision[], $13::boolean[]
        ) AS n (
            bucket, customer_id, attribute_id, content_hash, occurred_at, day,
            name, text_value, number_value, flag_value
        )
        ON CONFLICT (bucket, tenant_id, customer_id, attribute_id) DO NOTHING
        RETURNING bucket, customer_id, attribute_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &ids,
        &hashes,
        occurred as _,
        days as _,
        &names,
        texts as _,
        numbers as _,
        flags as _,
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
            (key, row.attribute_id)
        })
        .collect())
}

/// Stored attributes of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn attributes_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<StoredContent>, StoreError> {
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::attributes_stored_in_tx
        SELECT
            f.bucket, f.customer_id, f.attribute_id, f.content_hash,
            f.occurred_at AS "occurred_at: Instant", f.name, f.text_value, f.number_value,
            f.flag_value
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, attribute_id)
        JOIN customer_attributes AS f
            ON f.bucket = n.bucket
            AND f.tenant_id = $1
            AND f.customer_id = n.customer_id
            AND f.attribute_id = n.attribute_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = CustomerAttribute {
                attribute_id: row.attribute_id.clone(),
                customer_id: row.customer_id.clone(),
                occurred_at: row.occurred_at,
                name: row.name,
                value: attribute_value(row.text_value, row.number_value, row.flag_value)?,
            };
            Ok(StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.attribute_id,
                content_hash: row.content_hash,
                content: fact.content(),
            })
        })
        .collect()
}

impl Store {
    /// The facts that are the current values of a customer's attributes, by name.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn attributes_current(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
    ) -> Result<Vec<CustomerAttribute>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::attributes_current
                    SELECT DISTINCT ON (f.name)
                        f.attribute_id, f.occurred_at AS "occurred_at: Instant", f.name,
                        f.text_value, f.number_value, f.flag_value
                    FROM customer_attributes AS f
                    WHERE f.bucket = $1 AND f.tenant_id = $2 AND f.customer_id = $3
                        AND NOT EXISTS (
                            SELECT FROM voids AS v
                            WHERE v.bucket = f.bucket AND v.tenant_id = f.tenant_id
                                AND v.customer_id = f.customer_id AND v.kind = 4
                                AND v.fact_id = f.attribute_id
                        )
                    ORDER BY f.name, f.occurred_at DESC, f.attribute_id DESC"#,
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
                Ok(CustomerAttribute {
                    attribute_id: row.attribute_id,
                    customer_id: key.customer_id.clone(),
                    occurred_at: row.occurred_at,
                    name: row.name,
                    value: attribute_value(row.text_value, row.number_value, row.flag_value)?,
                })
            })
            .collect()
    }
}

/// The one value of a row.
fn attribute_value(
    text: Option<String>,
    number: Option<f64>,
    flag: Option<bool>,
) -> Result<AttributeValue, StoreError> {
    text.map(AttributeValue::Text)
        .or(number.map(AttributeValue::Number))
        .or(flag.map(AttributeValue::Flag))
        .ok_or(StoreError::Corrupt {
            entity: "attribute value",
        })
}
