//! Pages of a tenant's complaints, those received last first.

use super::read::{Found, Rows, complaint_columns};
use crate::engine::complaint::State;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::past::View;
use crate::store::pool::Store;

/// A place in a list: the complaint received then, of that id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it was received.
    pub received_at: Instant,
    /// Its id.
    pub complaint_id: String,
}

/// Which complaints a list holds.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<State>,
    /// Owned by them.
    pub owner: Option<String>,
    /// Worked on by them.
    pub handler: Option<String>,
    /// Of this customer.
    pub customer: Option<CustomerKey>,
    /// To which something can still happen.
    pub is_open: bool,
    /// With a running clock that is past due.
    pub is_overdue: bool,
}

impl Store {
    /// Complaints as they stand now, with all transitions, after a place; at most `limit`, and
    /// none after those that take more than `bytes_max` in an answer. They are found by what their
    /// rows keep of how they stand.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaints_now(
        &self,
        tenant_id: &str,
        wanted: &Wanted,
        after: Option<&Place>,
        (now, limit, bytes_max): (Instant, i64, usize),
    ) -> Result<Found, StoreError> {
        let state = wanted.state.map(|state| super::number(state.index()));
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::complaints_now
                        SELECT ",
                    complaint_columns!(),
                    "FROM complaints AS c
                        WHERE c.tenant_id = $1
                            AND ($2::smallint IS NULL OR c.state = $2)
                            AND ($3::text IS NULL OR c.owner = $3)
                            AND ($4::text IS NULL OR c.handler = $4)
                            AND ($5::integer IS NULL OR (c.bucket = $5 AND c.customer_id = $6))
                            AND (NOT $7::boolean OR c.is_open)
                            AND (NOT $8::boolean OR c.next_due_at < $9)
                            AND ($10::timestamptz IS NULL OR (c.received_at, c.complaint_id) < ($10, $11))
                        ORDER BY c.received_at DESC, c.complaint_id DESC
                        LIMIT $12",
                ))
                .bind(tenant_id)
                .bind(state)
                .bind(&wanted.owner)
                .bind(&wanted.handler)
                .bind(wanted.customer.as_ref().map(|key| key.bucket))
                .bind(wanted.customer.as_ref().map(|key| &key.customer_id))
                .bind(wanted.is_open)
                .bind(wanted.is_overdue)
                .bind(now)
                .bind(after.map(|place| place.received_at))
                .bind(after.map(|place| &place.complaint_id))
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        let everything = View {
            as_of: Instant::LATEST,
            known_at: Instant::LATEST,
        };
        self.complaints_complete(tenant_id, Rows::of(&rows)?, everything, bytes_max)
            .await
    }

    /// The place so many complaints of a tenant after a place, of those received by an instant; `None`
    /// if there are not so many.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn complaint_place(
        &self,
        tenant_id: &str,
        after: Option<&Place>,
        (as_of, count): (Instant, i64),
    ) -> Result<Option<Place>, StoreError> {
        let received_at = after.map(|place| place.received_at);
        let complaint_id = after.map(|place| place.complaint_id.as_str());
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::complaint_place
                        SELECT received_at AS "received_at: Instant", complaint_id
                        FROM complaints
                        WHERE tenant_id = $1 AND received_at <= $2
                            AND ($3::timestamptz IS NULL OR (received_at, complaint_id) < ($3, $4))
                        ORDER BY received_at DESC, complaint_id DESC
                        OFFSET $5
                        LIMIT 1"#,
                    tenant_id,
                    as_of as _,
                    received_at as _,
                    complaint_id,
                    count - 1,
                )
                .fetch_optional(pool)
                .await
            })
            .await?;
        Ok(row.map(|row| Place {
            received_at: row.received_at,
            complaint_id: row.complaint_id,
        }))
    }

    /// Complaints as far as a view sees them, after a place and up to another; at most `limit`, and none
    /// after those that take more than `bytes_max` in an answer. Of what is wanted only the customer is
    /// looked at, and complaints are left out that had ended by then if they shall be open: how a
    /// complaint stood then only its transitions tell.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaints_then(
        &self,
        tenant_id: &str,
        wanted: &Wanted,
        (after, until): (Option<&Place>, Option<&Place>),
        (view, limit, bytes_max): (View, i64, usize),
    ) -> Result<Found, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::complaints_then
                        SELECT ",
                    complaint_columns!(),
                    "FROM complaints AS c
                        WHERE c.tenant_id = $1 AND c.received_at <= $2 AND c.recorded_at <= $3
                            AND ($4::integer IS NULL OR (c.bucket = $4 AND c.customer_id = $5))
                            AND (
                                NOT $6::boolean OR c.is_open OR c.last_at > $2
                                OR c.last_recorded_at > $3
                            )
                            AND ($7::timestamptz IS NULL OR (c.received_at, c.complaint_id) < ($7, $8))
                            AND ($9::timestamptz IS NULL OR (c.received_at, c.complaint_id) >= ($9, $10))
                        ORDER BY c.received_at DESC, c.complaint_id DESC
                        LIMIT $11",
                ))
                .bind(tenant_id)
                .bind(view.as_of)
                .bind(view.known_at)
                .bind(wanted.customer.as_ref().map(|key| key.bucket))
                .bind(wanted.customer.as_ref().map(|key| &key.customer_id))
                .bind(wanted.is_open || wanted.is_overdue)
                .bind(after.map(|place| place.received_at))
                .bind(after.map(|place| &place.complaint_id))
                .bind(until.map(|place| place.received_at))
                .bind(until.map(|place| &place.complaint_id))
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        self.complaints_complete(tenant_id, Rows::of(&rows)?, view, bytes_max)
            .await
    }
}
