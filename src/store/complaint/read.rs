//! Complaints with their transitions, as far as a view sees them.

use std::ops::Range;

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
    transitions: i64,
}

/// The columns of a complaint, as [`ComplaintRow`] reads them.
macro_rules! complaint_columns {
    () => {
        "
            c.bucket, c.customer_id, c.complaint_id, c.occurred_at, c.received_at,
            c.received_at_told, c.recorded_at, c.channel, c.kind, c.subject, c.description,
            c.wanted_remedies, c.severity, c.received_by, c.transaction_id, c.product_id,
            c.partner_id, c.category, c.concerns, c.content_hash, c.transitions
        "
    };
}
pub(super) use complaint_columns;

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

/// Transitions read in one statement, unless a single complaint has more.
const EVENTS_AT_A_TIME: i64 = 1_000;

/// A transition with the complaint it belongs to.
#[derive(Debug, sqlx::FromRow)]
struct EventOf {
    /// The complaint's place in the statement's list, counted from 1.
    place: i64,
    #[sqlx(flatten)]
    event: EventRow,
}

/// Complaints as read, on the way to their transitions.
#[derive(Debug, Default)]
pub(super) struct Rows {
    complaints: Vec<StoredComplaint>,
    /// How many transitions each had when it was read.
    transitions: Vec<i64>,
}

impl Rows {
    pub(super) fn of(rows: &[PgRow]) -> Result<Self, StoreError> {
        let mut all = Self::default();
        for row in rows {
            let row = ComplaintRow::from_row(row)?;
            all.transitions.push(row.transitions);
            all.complaints.push(row.complaint()?);
        }
        Ok(all)
    }

    /// The next complaints whose transitions are read together: together few, or one.
    fn next(&self, from: usize) -> Range<usize> {
        let mut sum = 0_i64;
        let counts = self.transitions.iter().skip(from);
        let within = counts.take_while(|count| {
            sum = sum.saturating_add(**count);
            sum <= EVENTS_AT_A_TIME
        });
        let end = from + within.count().max(1);
        from..end.min(self.complaints.len())
    }

    fn take_in(&mut self, rows: &[PgRow], from: usize) -> Result<(), StoreError> {
        for row in rows {
            let row = EventOf::from_row(row)?;
            let event = row.event.event()?;
            let place = usize::try_from(row.place - 1).unwrap_or(usize::MAX);
            let complaint = self.complaints.get_mut(from.saturating_add(place));
            if let (Some(complaint), Some(event)) = (complaint, event) {
                complaint.events.push(event);
            }
        }
        Ok(())
    }
}

/// Complaints that were read.
#[derive(Debug)]
pub struct Found {
    /// The complaints.
    pub complaints: Vec<StoredComplaint>,
    /// Whether others were left out because these take so many bytes.
    pub is_cut: bool,
}

/// Transitions of complaints that were read in a statement before, as far as a view sees them.
///
/// Both statements together are one consistent read: transitions are only ever added, each with the
/// next number, and in the transaction in which the complaint's row counts it. So the first
/// transitions of each complaint, as many as its row counted, are those that the row was read with.
async fn event_rows(
    executor: impl PgExecutor<'_>,
    tenant_id: &str,
    (complaints, transitions): (&[StoredComplaint], &[i64]),
    view: View,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let buckets: Vec<i32> = complaints.iter().map(|found| found.key.bucket).collect();
    let text = |of: fn(&StoredComplaint) -> &String| complaints.iter().map(of).collect::<Vec<_>>();
    sqlx::query(concat!(
        "-- store::complaint_event_rows
        SELECT n.place, ",
        event_columns!(),
        "FROM unnest($4::integer[], $5::text[], $6::text[], $7::bigint[]) WITH ORDINALITY
            AS n (bucket, customer_id, complaint_id, transitions, place)
        JOIN complaint_events AS e
            ON e.bucket = n.bucket AND e.tenant_id = $1 AND e.customer_id = n.customer_id
            AND e.complaint_id = n.complaint_id AND e.sequence <= n.transitions
            AND e.occurred_at <= $2 AND e.recorded_at <= $3
        ORDER BY n.place, e.sequence",
    ))
    .bind(tenant_id)
    .bind(view.as_of)
    .bind(view.known_at)
    .bind(buckets)
    .bind(text(|found| &found.key.customer_id))
    .bind(text(|found| &found.complaint.complaint_id))
    .bind(transitions)
    .fetch_all(executor)
    .await
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
        "FROM complaints AS c
        WHERE c.bucket = $4 AND c.tenant_id = $1 AND c.customer_id = $5 AND c.complaint_id = $6
            AND c.received_at <= $2 AND c.recorded_at <= $3",
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
    let rows = complaint_rows(&mut *connection, tenant_id, (key, complaint_id), everything).await?;
    let mut found = Rows::of(&rows)?;
    let asked = (&found.complaints[..], &found.transitions[..]);
    let rows = event_rows(connection, tenant_id, asked, everything).await?;
    found.take_in(&rows, 0)?;
    Ok(found.complaints.pop())
}

impl Store {
    /// Completes complaints with the transitions that a view sees, until those read take more than so
    /// many bytes in an answer; those after are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub(super) async fn complaints_complete(
        &self,
        tenant_id: &str,
        mut found: Rows,
        view: View,
        bytes_max: usize,
    ) -> Result<Found, StoreError> {
        let (mut from, mut bytes) = (0, 0);
        while from < found.complaints.len() && bytes <= bytes_max {
            let next = found.next(from);
            let asked = (
                &found.complaints[next.clone()],
                &found.transitions[next.clone()],
            );
            let rows = if asked.1.iter().any(|count| *count > 0) {
                self.read(|pool| event_rows(pool, tenant_id, asked, view))
                    .await?
            } else {
                Vec::new()
            };
            found.take_in(&rows, from)?;
            let read = found.complaints[next.clone()].iter();
            bytes += read.map(StoredComplaint::answer_bytes).sum::<usize>();
            from = next.end;
        }
        let is_cut = from < found.complaints.len();
        found.complaints.truncate(from);
        Ok(Found {
            complaints: found.complaints,
            is_cut,
        })
    }

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
        let found = Rows::of(&rows)?;
        let mut found = self
            .complaints_complete(tenant_id, found, view, usize::MAX)
            .await?;
        Ok(found.complaints.pop())
    }
}
