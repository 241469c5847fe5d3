//! Complaints as stored: what was recorded, the transitions since, and beside that how each stands,
//! for lists to find it by.
//!
//! - [`directory`]: whose complaint an id is;
//! - [`event`]: transitions as rows;
//! - [`mod@read`]: complaints with their transitions, up to an instant;
//! - [`of_customers`]: those of customers;
//! - [`list`]: pages of a tenant's complaints.

pub mod directory;
pub mod event;
pub mod list;
pub mod of_customers;
pub mod read;

use sqlx::PgConnection;

use super::error::StoreError;
use super::fact::content_hash;
use super::tenant::Tenant;
use crate::engine::complaint::Complaint;
use crate::engine::complaint::machine::ComplaintView;
use crate::engine::complaint::transition::Event;
use crate::engine::fact::Content;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;

/// A complaint as recorded, with transitions.
#[derive(Clone, Debug)]
pub struct StoredComplaint {
    /// Whose complaint.
    pub key: CustomerKey,
    /// What was recorded.
    pub complaint: Complaint,
    /// When.
    pub recorded_at: Instant,
    /// Keyed hash of its content.
    pub content_hash: Vec<u8>,
    /// Transitions, in their order.
    pub events: Vec<StoredEvent>,
}

impl StoredComplaint {
    /// When the newest of it was recorded.
    #[must_use]
    pub fn newest_recorded_at(&self) -> Instant {
        self.events
            .last()
            .map_or(self.recorded_at, |event| event.recorded_at)
    }

    /// When the last of it happened.
    #[must_use]
    pub fn last_at(&self) -> Instant {
        self.events
            .last()
            .map_or(self.complaint.received_at, |event| event.event.occurred_at)
    }

    /// About how many bytes it takes in an answer: what a person wrote in a transition is said there
    /// once more where the complaint stands.
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        let of_events = self.events.iter().map(StoredEvent::answer_bytes);
        self.complaint.content().canonical().len() + 512 + of_events.sum::<usize>()
    }
}

/// A transition as recorded.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// The transition.
    pub event: Event,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Keyed hash of its content.
    pub content_hash: Vec<u8>,
}

impl StoredEvent {
    fn answer_bytes(&self) -> usize {
        2 * self.event.content().canonical().len()
    }
}

/// What a row keeps of how a complaint stands.
struct Standing {
    state: i16,
    is_open: bool,
    transitions: i64,
}

impl Standing {
    fn of(view: &ComplaintView) -> Self {
        Self {
            state: number(view.state.index()),
            is_open: view.state.is_open(),
            transitions: i64::try_from(view.transitions).unwrap_or(i64::MAX),
        }
    }
}

/// A place in a list of values, as it is stored.
fn number(index: usize) -> i16 {
    i16::try_from(index).unwrap_or(i16::MAX)
}

/// The value at a stored place.
fn at_place<T: Copy>(all: &[T], place: i16, entity: &'static str) -> Result<T, StoreError> {
    usize::try_from(place)
        .ok()
        .and_then(|place| all.get(place).copied())
        .ok_or(StoreError::Corrupt { entity })
}

/// Inserts a complaint whose id was claimed and whose customer's state is locked.
///
/// # Errors
///
/// When the store does not answer.
pub async fn complaint_insert_in_tx(
    connection: &mut PgConnection,
    tenant: &Tenant,
    key: &CustomerKey,
    complaint: &Complaint,
    (view, next_due_at): (&ComplaintView, Option<Instant>),
    recorded_at: Instant,
) -> Result<(), StoreError> {
    let hash = content_hash(&tenant.content_key, &complaint.content());
    let remedies: Vec<i16> = complaint
        .wanted_remedies
        .iter()
        .map(|remedy| number(remedy.index()))
        .collect();
    let standing = Standing::of(view);
    sqlx::query!(
        "-- store::complaint_insert_in_tx
        INSERT INTO complaints (
            bucket, tenant_id, customer_id, complaint_id, occurred_at, received_at,
            received_at_told, recorded_at, channel, kind, subject, description, wanted_remedies,
            severity, received_by, transaction_id, product_id, partner_id, category, concerns,
            content_hash, content_version, state, owner, handler, is_open, next_due_at,
            transitions, last_at, last_recorded_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $8
        )",
        key.bucket,
        tenant.tenant_id,
        key.customer_id,
        complaint.complaint_id,
        complaint.occurred_at as _,
        complaint.received_at as _,
        complaint.is_received_at_told,
        recorded_at as _,
        complaint.channel,
        number(complaint.kind.index()),
        complaint.subject,
        complaint.description,
        &remedies,
        complaint.severity.map(|severity| number(severity.index())),
        complaint.received_by,
        complaint.transaction_id,
        complaint.product_id,
        complaint.partner_id,
        complaint.category,
        complaint.concerns,
        &hash,
        Content::VERSION,
        standing.state,
        view.owner,
        view.handler,
        standing.is_open,
        next_due_at as _,
        standing.transitions,
        view.last_at as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes how a complaint stands after a transition that was inserted.
///
/// # Errors
///
/// When the store does not answer.
pub async fn complaint_stand_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    (key, complaint_id): (&CustomerKey, &str),
    (view, next_due_at): (&ComplaintView, Option<Instant>),
    recorded_at: Instant,
) -> Result<(), StoreError> {
    let standing = Standing::of(view);
    sqlx::query!(
        "-- store::complaint_stand_in_tx
        UPDATE complaints
        SET
            state = $5, owner = $6, handler = $7, is_open = $8, next_due_at = $9,
            transitions = $10, last_at = $11, last_recorded_at = $12
        WHERE bucket = $1 AND tenant_id = $2 AND customer_id = $3 AND complaint_id = $4",
        key.bucket,
        tenant_id,
        key.customer_id,
        complaint_id,
        standing.state,
        view.owner,
        view.handler,
        standing.is_open,
        next_due_at as _,
        standing.transitions,
        view.last_at as _,
        recorded_at as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
