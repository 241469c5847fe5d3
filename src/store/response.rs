//! Survey responses as stored.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::{FactRow, StoredContent, keys};
use super::instrument::{instruments_from, instruments_of};
use super::pool::Store;
use crate::engine::fact::{Content, SurveyResponse};
use crate::engine::money::Decimal;
use crate::engine::satisfaction::instrument::Instrument;
use crate::engine::satisfaction::response::Answer;
use crate::engine::time::Instant;
use crate::ids::{CustomerKey, bucket_of};

/// In a row: the item was not answered.
const NOT_ANSWERED: i32 = i32::MIN;

const CORRUPT: StoreError = StoreError::Corrupt {
    entity: "survey response",
};

/// A response with what the definition it was checked against makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedResponse {
    /// The response.
    pub response: SurveyResponse,
    /// The version it is stored under.
    pub version: i32,
    /// Its answers.
    pub answers: Vec<Answer>,
    /// How many people it stands for, in millionths; `None` is one.
    pub weight_micros: Option<i64>,
    /// Values of the version's attributes, by their places.
    pub attributes: [Option<String>; 2],
}

/// Where a response lies: with its customer, without one in the bucket of its own id.
#[must_use]
pub fn response_key(tenant_id: &str, customer_id: Option<&str>, response_id: &str) -> CustomerKey {
    match customer_id.filter(|customer_id| !customer_id.is_empty()) {
        Some(customer_id) => CustomerKey::new(tenant_id, customer_id),
        None => CustomerKey {
            bucket: bucket_of(tenant_id, response_id),
            customer_id: String::new(),
        },
    }
}

/// Answers as the bytes of a row: up to the last place answered, four bytes a place.
#[must_use]
pub fn answers_to_bytes(answers: &[Answer]) -> Vec<u8> {
    let places = answers.iter().map(|answer| usize::from(answer.item) + 1);
    let mut values = vec![NOT_ANSWERED; places.max().unwrap_or(0)];
    for answer in answers {
        values[usize::from(answer.item)] = answer.value_thousandths;
    }
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// The answer at a place of a row, in thousandths; `None` if there is none.
#[must_use]
pub fn answer_at(bytes: &[u8], place: usize) -> Option<i32> {
    let value = bytes.get(place * 4..)?.first_chunk()?;
    let value = i32::from_be_bytes(*value);
    (value != NOT_ANSWERED).then_some(value)
}

/// Inserts responses that are not stored yet; answers which of them were inserted, by key and id.
///
/// # Errors
///
/// When the store does not answer.
pub async fn responses_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    recorded_at: Instant,
    rows: &[FactRow<'_, CheckedResponse>],
) -> Result<Vec<(CustomerKey, String)>, StoreError> {
    let (buckets, customers) = keys(rows.iter().map(|row| row.key));
    macro_rules! column {
        (|$checked:ident| $value:expr) => {
            rows.iter()
                .map(|row| {
                    let $checked = row.fact;
                    $value
                })
                .collect::<Vec<_>>()
        };
    }
    let days: Vec<_> = rows.iter().map(|row| row.day).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.content_hash.to_vec()).collect();
    let inserted = sqlx::query!(
        "-- store::responses_insert_in_tx
        INSERT INTO survey_responses (
            bucket, tenant_id, customer_id, response_id, instrument_id, instrument_version,
            names_version, answered_at, day, recorded_at, answers, weight_micros, channel,
            product_id, attribute_1, attribute_2, content_hash, content_version
        )
        SELECT
            n.bucket, $1, n.customer_id, n.response_id, n.instrument_id, n.instrument_version,
            n.names_version, n.answered_at, n.day, $2, n.answers, n.weight_micros, n.channel,
            n.product_id, n.attribute_1, n.attribute_2, n.content_hash, $3
        FROM unnest(
            $4::integer[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::boolean[],
            $10::timestamptz[], $11::date[], $12::bytea[], $13::bigint[], $14::text[], $15::text[],
            $16::text[], $17::text[], $18::bytea[]
        ) AS n (
            bucket, customer_id, response_id, instrument_id, instrument_version, names_version,
            answered_at, day, answers, weight_micros, channel, product_id, attribute_1, attribute_2,
            content_hash
        )
        ON CONFLICT (bucket, tenant_id, customer_id, response_id) DO NOTHING
        RETURNING bucket, customer_id, response_id",
        tenant_id,
        recorded_at as _,
        Content::VERSION,
        &buckets,
        &customers,
        &column!(|checked| checked.response.response_id.clone()),
        &column!(|checked| checked.response.instrument_id.clone()),
        &column!(|checked| checked.version),
        &column!(|checked| checked.response.instrument_version.is_some()),
        column!(|checked| checked.response.answered_at) as _,
        days as _,
        &column!(|checked| answers_to_bytes(&checked.answers)),
        column!(|checked| checked.weight_micros) as _,
        column!(|checked| checked.response.channel.clone()) as _,
        column!(|checked| checked.response.product_id.clone()) as _,
        column!(|checked| checked.attributes[0].clone()) as _,
        column!(|checked| checked.attributes[1].clone()) as _,
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
            (key, row.response_id)
        })
        .collect())
}

/// Stored responses of the keys and ids given.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn responses_stored_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<StoredContent>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"-- store::responses_stored_in_tx
        SELECT
            r.bucket, r.customer_id, r.response_id, r.instrument_id, r.instrument_version,
            r.names_version, r.answered_at AS "answered_at: Instant", r.answers, r.weight_micros,
            r.channel, r.product_id, r.attribute_1, r.attribute_2, r.content_hash
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, response_id)
        JOIN survey_responses AS r
            ON r.bucket = n.bucket
            AND r.tenant_id = $1
            AND r.customer_id = n.customer_id
            AND r.response_id = n.response_id"#,
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let instruments = instruments_from(instruments_of(connection, tenant_id).await?)?;
    rows.into_iter()
        .map(|row| {
            let asked = instruments
                .iter()
                .find(|stored| {
                    stored.instrument_id == row.instrument_id
                        && stored.version == row.instrument_version
                })
                .ok_or(CORRUPT)?;
            let values = [row.attribute_1, row.attribute_2];
            let response = SurveyResponse {
                response_id: row.response_id.clone(),
                instrument_id: row.instrument_id,
                instrument_version: row.names_version.then_some(row.instrument_version),
                customer_id: (!row.customer_id.is_empty()).then(|| row.customer_id.clone()),
                answered_at: row.answered_at,
                answers: named_answers(&asked.instrument, &row.answers),
                weight: row.weight_micros.and_then(weight),
                channel: row.channel,
                product_id: row.product_id,
                attributes: asked
                    .instrument
                    .attributes()
                    .iter()
                    .cloned()
                    .zip(values)
                    .filter_map(|(name, value)| Some((name, value?)))
                    .collect(),
            };
            Ok(StoredContent {
                key: CustomerKey {
                    bucket: row.bucket,
                    customer_id: row.customer_id,
                },
                fact_id: row.response_id,
                content_hash: row.content_hash,
                content: response.content(),
            })
        })
        .collect()
}

impl Store {
    /// Stored responses of the keys and ids given.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn responses_stored(
        &self,
        tenant_id: &str,
        wanted: &[(CustomerKey, String)],
    ) -> Result<Vec<StoredContent>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        responses_stored_in_tx(&mut connection, tenant_id, wanted).await
    }
}

/// The customers of the responses given that are stored, once for each.
///
/// # Errors
///
/// When the store does not answer.
pub async fn responses_there_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    wanted: &[(CustomerKey, String)],
) -> Result<Vec<CustomerKey>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (buckets, customers) = keys(wanted.iter().map(|(key, _)| key));
    let ids: Vec<String> = wanted.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        "-- store::responses_there_in_tx
        SELECT r.bucket, r.customer_id
        FROM unnest($2::integer[], $3::text[], $4::text[]) AS n (bucket, customer_id, response_id)
        JOIN survey_responses AS r
            ON r.bucket = n.bucket
            AND r.tenant_id = $1
            AND r.customer_id = n.customer_id
            AND r.response_id = n.response_id",
        tenant_id,
        &buckets,
        &customers,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CustomerKey {
            bucket: row.bucket,
            customer_id: row.customer_id,
        })
        .collect())
}

fn named_answers(instrument: &Instrument, bytes: &[u8]) -> BTreeMap<String, i32> {
    let items = instrument.items().iter().enumerate();
    items
        .filter_map(|(place, item)| Some((item.item_id.clone(), answer_at(bytes, place)?)))
        .collect()
}

/// A weight in millionths as a decimal number.
fn weight(micros: i64) -> Option<Decimal> {
    Decimal::parse(&format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_lie_at_their_places() {
        let answer = |item, value_thousandths| Answer {
            item,
            value_thousandths,
        };
        let bytes = answers_to_bytes(&[answer(0, 4_500), answer(2, -1_000_000), answer(3, 0)]);
        let found: Vec<_> = (0..5).map(|place| answer_at(&bytes, place)).collect();
        assert_eq!(found, [Some(4_500), None, Some(-1_000_000), Some(0), None]);
        assert!(answers_to_bytes(&[]).is_empty());
    }

    #[test]
    fn people_nobody_knows_are_spread_by_response() {
        let key = response_key("acme", None, "客户");
        assert_eq!((key.bucket, key.customer_id.as_str()), (237, ""));
        assert_eq!(response_key("acme", Some(""), "客户"), key);
        assert_eq!(
            response_key("acme", Some("1"), "x"),
            CustomerKey::new("acme", "1")
        );
    }
}
