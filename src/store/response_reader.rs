//! Reads responses by the million: some buckets at a time, over one snapshot, without keeping any.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::{Postgres, Row, Transaction};

use super::error::StoreError;
use super::fact::keys;
use super::past::View;
use super::pool::Store;
use super::population::place;
use super::snapshot::StoredSnapshot;
use crate::engine::segment::Scheme;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Days from the first, included, to the last, excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub start: Day,
    /// The day after the last.
    pub end: Day,
}

impl DayRange {
    /// Whether a day is one of them.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        (self.start..self.end).contains(&day)
    }
}

/// What a response may be grouped by, as far as its own row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyColumn {
    /// Nothing.
    None = 0,
    /// Where it was asked.
    Channel = 1,
    /// What it was asked about.
    Product = 2,
    /// Both attributes.
    Attributes = 3,
}

/// Which responses are read.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'q> {
    /// Whose.
    pub tenant_id: &'q str,
    /// Answers to which instrument.
    pub instrument_id: &'q str,
    /// Answered on these days.
    pub asked: DayRange,
    /// Or on these.
    pub compared: Option<DayRange>,
    /// What is seen.
    pub view: View,
    /// Which of its texts are read.
    pub key_column: KeyColumn,
    /// Whether ids are read.
    pub needs_ids: bool,
}

/// A response as an index reads it.
#[derive(Clone, Copy, Debug)]
pub struct ResponseRow<'r> {
    /// Its bucket.
    pub bucket: i32,
    /// Who answered; empty for people nobody knows.
    pub customer_id: &'r str,
    /// Its id, if wanted.
    pub response_id: Option<&'r str>,
    /// The version answered.
    pub version: i32,
    /// The day of the answer.
    pub day: Day,
    /// When it was given.
    pub answered_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// When a void of it was recorded, as far as the view sees one.
    pub voided_at: Option<Instant>,
    /// Its answers by place.
    pub answers: &'r [u8],
    /// How many people it stands for, in millionths.
    pub weight_micros: Option<i64>,
    /// The texts wanted: the column, or both attributes.
    pub keys: [Option<&'r str>; 2],
}

/// Reads responses over one snapshot.
#[derive(Debug)]
pub struct ResponseReader {
    transaction: Transaction<'static, Postgres>,
}

impl Store {
    /// A snapshot to read responses of.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn response_reader(&self) -> Result<ResponseReader, StoreError> {
        Ok(ResponseReader {
            transaction: self.read_only_snapshot().await?,
        })
    }
}

impl ResponseReader {
    /// Reads the responses of some buckets, in no order; `each` says whether to go on.
    ///
    /// Several buckets at a time, since a page of the table holds responses of many: read one by one,
    /// each page would be read as often as it holds responses. Voids are read apart, since there are
    /// few, and a join would look each response up.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn buckets(
        &mut self,
        buckets: &[i32],
        wanted: &Wanted<'_>,
        each: &mut (dyn FnMut(ResponseRow<'_>) -> bool + Send),
    ) -> Result<(), StoreError> {
        let voids = self.voids(buckets, wanted).await?;
        let compared = wanted.compared.unwrap_or(wanted.asked);
        let mut rows = sqlx::query(
            "-- store::responses_of_buckets
            SELECT
                r.bucket, r.customer_id, r.instrument_version, r.day, r.answered_at, r.recorded_at,
                r.answers, r.weight_micros,
                CASE $10 WHEN 1 THEN r.channel WHEN 2 THEN r.product_id WHEN 3 THEN r.attribute_1 END
                    AS key_1,
                CASE $10 WHEN 3 THEN r.attribute_2 END AS key_2,
                CASE WHEN $11 THEN r.response_id END AS response_id
            FROM survey_responses AS r
            WHERE r.bucket = ANY($1) AND r.tenant_id = $2 AND r.instrument_id = $3
                AND r.day >= least($4::date, $6::date) AND r.day < greatest($5::date, $7::date)
                AND ((r.day >= $4 AND r.day < $5) OR (r.day >= $6 AND r.day < $7))
                AND r.answered_at <= $8 AND r.recorded_at <= $9",
        )
        .bind(buckets)
        .bind(wanted.tenant_id)
        .bind(wanted.instrument_id)
        .bind(wanted.asked.start)
        .bind(wanted.asked.end)
        .bind(compared.start)
        .bind(compared.end)
        .bind(wanted.view.as_of)
        .bind(wanted.view.known_at)
        .bind(wanted.key_column as i32)
        .bind(wanted.needs_ids || !voids.is_empty())
        .fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await? {
            let customer_id: &str = row.try_get(1)?;
            let response_id: Option<&str> = row.try_get(10)?;
            let voided_at = match response_id {
                Some(response_id) if !voids.is_empty() => {
                    let name = (
                        row.try_get(0)?,
                        customer_id.to_owned(),
                        response_id.to_owned(),
                    );
                    voids.get(&name).copied()
                }
                _ => None,
            };
            let go_on = each(ResponseRow {
                bucket: row.try_get(0)?,
                customer_id,
                response_id,
                version: row.try_get(2)?,
                day: row.try_get(3)?,
                answered_at: row.try_get(4)?,
                recorded_at: row.try_get(5)?,
                voided_at,
                answers: row.try_get(6)?,
                weight_micros: row.try_get(7)?,
                keys: [row.try_get(8)?, row.try_get(9)?],
            });
            if !go_on {
                break;
            }
        }
        Ok(())
    }

    /// When voids of responses were recorded, by bucket, customer and response.
    async fn voids(
        &mut self,
        buckets: &[i32],
        wanted: &Wanted<'_>,
    ) -> Result<BTreeMap<(i32, String, String), Instant>, StoreError> {
        let rows: Vec<(i32, String, String, Instant)> = sqlx::query_as(
            "-- store::response_voids_of_buckets
            SELECT bucket, customer_id, fact_id, recorded_at
            FROM voids
            WHERE bucket = ANY($1) AND tenant_id = $2 AND kind = 6 AND recorded_at <= $3",
        )
        .bind(buckets)
        .bind(wanted.tenant_id)
        .bind(wanted.view.known_at)
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(bucket, customer_id, response_id, at)| ((bucket, customer_id, response_id), at))
            .collect())
    }

    /// Segments of one scheme that customers held in a snapshot, by their numbers; those who held none
    /// are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn segments_held(
        &mut self,
        tenant_id: &str,
        snapshot: &StoredSnapshot,
        scheme: Scheme,
        customers: &[CustomerKey],
    ) -> Result<BTreeMap<CustomerKey, i16>, StoreError> {
        let (buckets, ids) = keys(customers.iter());
        let rows: Vec<(i32, String, i16)> = sqlx::query_as(
            "-- store::segments_held
            SELECT r.bucket, r.customer_id, r.segments[$5]
            FROM unnest($1::integer[], $2::text[]) AS n (bucket, customer_id)
            JOIN population_rows AS r
                ON r.bucket = n.bucket AND r.tenant_id = $3
                AND r.take_id = $4::text::uuid AND r.customer_id = n.customer_id
            WHERE r.segments[$5] IS NOT NULL",
        )
        .bind(buckets)
        .bind(ids)
        .bind(tenant_id)
        .bind(&snapshot.take_id)
        .bind(place(scheme.index()))
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(bucket, customer_id, segment)| {
                let key = CustomerKey {
                    bucket,
                    customer_id,
                };
                (key, segment)
            })
            .collect())
    }

    /// Gives the connection back.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }
}

/// A customer's latest response to an instrument.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LatestResponse {
    /// The instrument.
    pub instrument_id: String,
    /// The version answered.
    #[sqlx(rename = "instrument_version")]
    pub version: i32,
    /// Its id.
    pub response_id: String,
    /// When it was given.
    pub answered_at: Instant,
    /// Its answers by place.
    pub answers: Vec<u8>,
    /// Responses of the customer to the instrument.
    pub responses: i64,
}

/// The same with the customer.
#[derive(sqlx::FromRow)]
struct LatestRow {
    bucket: i32,
    customer_id: String,
    #[sqlx(flatten)]
    latest: LatestResponse,
}

impl Store {
    /// The latest response of customers to each instrument that a view sees, by customer and
    /// instrument; customers without any are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn responses_latest(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, Vec<LatestResponse>>, StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                sqlx::query_as::<_, LatestRow>(
                    "-- store::responses_latest
                    SELECT DISTINCT ON (r.bucket, r.customer_id, r.instrument_id)
                        r.bucket, r.customer_id, r.instrument_id, r.instrument_version,
                        r.response_id, r.answered_at, r.answers,
                        count(*) OVER (PARTITION BY r.bucket, r.customer_id, r.instrument_id)
                            AS responses
                    FROM unnest($1::integer[], $2::text[]) AS n (bucket, customer_id)
                    JOIN survey_responses AS r
                        ON r.bucket = n.bucket AND r.tenant_id = $3
                        AND r.customer_id = n.customer_id
                    WHERE r.answered_at <= $4 AND r.recorded_at <= $5
                        AND NOT EXISTS (
                            SELECT FROM voids AS v
                            WHERE v.bucket = r.bucket AND v.tenant_id = r.tenant_id
                                AND v.customer_id = r.customer_id AND v.kind = 6
                                AND v.fact_id = r.response_id AND v.recorded_at <= $5
                        )
                    ORDER BY r.bucket, r.customer_id, r.instrument_id, r.answered_at DESC,
                        r.response_id DESC",
                )
                .bind(buckets)
                .bind(ids)
                .bind(tenant_id)
                .bind(view.as_of)
                .bind(view.known_at)
                .fetch_all(pool)
                .await
            })
            .await?;
        let mut of_customers: BTreeMap<CustomerKey, Vec<LatestResponse>> = BTreeMap::new();
        for row in rows {
            let key = CustomerKey {
                bucket: row.bucket,
                customer_id: row.customer_id,
            };
            of_customers.entry(key).or_default().push(row.latest);
        }
        Ok(of_customers)
    }
}
