//! Complaints with their transitions, as far as a view sees them.

use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgConnection, PgExecutor};

use super::event::{EventRow, event_columns};
use super::{StoredComplaint, at_place};
use crate::engine::complaint::{Complaint, ComplaintKind, Severity, WantedRemedy};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::past::View;
use crate::store::pool::Store;

/// A complaint's columns.
#[derive(Debug, sqlx::FromRow)]
struct ComplaintRow {
    bucket: i32,
    customer_id: String,
    complaint_id: String,
    occurred_at: Instant,
    received_at: Instant,
    received_at_told: bool,
    recorded_at: Instant,
    channel: String,
    kind: i16,
    subject: String,
    description: Option<String>,
    wanted_remedies: Vec<i16>,
    severity: Option<i16>,
    received_by: String,
    transaction_id: Option<String>,
    product_id: Option<String>,
    partner_id: Option<String>,
    category: Option<String>,
    concerns: Option<String>,
    content_hash: Vec<u8>,
}

/// The columns of a complaint, as [`ComplaintRow`] reads them.
macro_rules! complaint_columns {
    () => {
        "
            c.bucket, c.customer_id, c.complaint_id, c.occurred_at, c.received_at,
            c.received_at_told, c.recorded_at, c.channel, c.kind, c.subject, c.description,
            c.wanted_remedies, c.severity, c.received_by, c.transaction_id, c.product_id,
            c.partner_id, c.category, c.concerns, c.content_hash
        "
    };
}
pub(super) use complaint_columns;

/// Joins transitions to complaints `c` of the tenant `$1`: those that happened by `$2` and were
/// recorded by `$3`.
macro_rules! join_events {
    () => {
        "
        LEFT JOIN complaint_events AS e
            ON e.bucket = c.bucket AND e.tenant_id = $1 AND e.customer_id = c.customer_id
            AND e.complaint_id = c.complaint_id AND e.occurred_at <= $2 AND e.recorded_at <= $3
        "
    };
}
pub(super) use join_events;

impl ComplaintRow {
    fn complaint(self) -> Result<StoredComplaint, StoreError> {
        let severity = self
            .severity
            .map(|place| at_place(&Severity::ALL, place, "severity"))
            .transpose()?;
        let wanted_remedies = self
            .wanted_remedies
            .into_iter()
            .map(|place| at_place(&WantedRemedy::ALL, place, "wanted remedy"))
            .collect::<Result<_, _>>()?;
        Ok(StoredComplaint {
            key: CustomerKey {
                bucket: self.bucket,
                customer_id: self.customer_id.clone(),
            },
            complaint: Complaint {
                complaint_id: self.complaint_id,
                customer_id: self.customer_id,
                occurred_at: self.occurred_at,
                received_at: self.received_at,
                is_received_at_told: self.received_at_told,
                channel: self.channel,
                kind: at_place(&ComplaintKind::ALL, self.kind, "kind of complaint")?,
                subject: self.subject,
                description: self.description,
                wanted_remedies,
                severity,
                received_by: self.received_by,
                transaction_id: self.transaction_id,
                product_id: self.product_id,
                partner_id: self.partner_id,
                category: self.category,
                concerns: self.concerns,
            },
            recorded_at: self.recorded_at,
            content_hash: self.content_hash,
            events: Vec::new(),
        })
    }
}

/// Complaints from the rows of a join, whose rows of one complaint follow each other in the order of
/// its transitions.
pub(super) fn gathered(rows: &[PgRow]) -> Result<Vec<StoredComplaint>, StoreError> {
    let mut complaints: Vec<StoredComplaint> = Vec::new();
    for row in rows {
        let complaint = ComplaintRow::from_row(row)?;
        let event = EventRow::from_row(row)?.event()?;
        let is_same = complaints
            .last()
            .is_some_and(|last| last.complaint.complaint_id == complaint.complaint_id);
        if !is_same {
            complaints.push(complaint.complaint()?);
        }
        if let (Some(last), Some(event)) = (complaints.last_mut(), event) {
            last.events.push(event);
        }
    }
    Ok(complaints)
}

async fn complaint_rows(
    executor: impl PgExecutor<'_>,
    tenant_id: &str,
    (key, complaint_id): (&CustomerKey, &str),
    view: View,
) -> Result<Vec<PgRow>, sqlx::Error> {
    sqlx::query(concat!(
        "-- store::complaint_rows
        SELECT ",
        complaint_columns!(),
        ", ",
        event_columns!(),
        "FROM complaints AS c",
        join_events!(),
        "WHERE c.bucket = $4 AND c.tenant_id = $1 AND c.customer_id = $5 AND c.complaint_id = $6
            AND c.received_at <= $2 AND c.recorded_at <= $3
        ORDER BY e.sequence",
    ))
    .bind(tenant_id)
    .bind(view.as_of)
    .bind(view.known_at)
    .bind(key.bucket)
    .bind(&key.customer_id)
    .bind(complaint_id)
    .fetch_all(executor)
    .await
}

/// A complaint with all its transitions, in the transaction that locked its customer's state; `None`
/// if it is not recorded.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn complaint_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    (key, complaint_id): (&CustomerKey, &str),
) -> Result<Option<StoredComplaint>, StoreError> {
    let everything = View {
        as_of: Instant::LATEST,
        known_at: Instant::LATEST,
    };
    let rows = complaint_rows(connection, tenant_id, (key, complaint_id), everything).await?;
    Ok(gathered(&rows)?.pop())
}

impl Store {
    /// A complaint as far as a view sees it; `None` if it was not received and recorded by then.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaint(
        &self,
        tenant_id: &str,
        (key, complaint_id): (&CustomerKey, &str),
        view: View,
    ) -> Result<Option<StoredComplaint>, StoreError> {
        let rows = self
            .read(|pool| complaint_rows(pool, tenant_id, (key, complaint_id), view))
            .await?;
        Ok(gathered(&rows)?.pop())
    }

    /// A customer's complaints that were received from an instant on, as far as a view sees them, those
    /// received last first; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaints_of_customer(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        (received_from, limit): (Instant, i64),
        view: View,
    ) -> Result<Vec<StoredComplaint>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::complaints_of_customer
                        SELECT ",
                    complaint_columns!(),
                    ", ",
                    event_columns!(),
                    "FROM (
                        SELECT ",
                    complaint_columns!(),
                    "FROM complaints AS c
                        WHERE c.bucket = $4 AND c.tenant_id = $1 AND c.customer_id = $5
                            AND c.received_at BETWEEN $6 AND $2 AND c.recorded_at <= $3
                        ORDER BY c.received_at DESC, c.complaint_id DESC
                        LIMIT $7
                    ) AS c",
                    join_events!(),
                    "ORDER BY c.received_at DESC, c.complaint_id DESC, e.sequence",
                ))
                .bind(tenant_id)
                .bind(view.as_of)
                .bind(view.known_at)
                .bind(key.bucket)
                .bind(&key.customer_id)
                .bind(received_from)
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        gathered(&rows)
    }
}
