//! Moves a complaint: one transaction, in which the transition is decided on what is stored then.

use std::sync::Arc;

use sqlx::PgConnection;

use super::App;
use super::complaint::{FoldedComplaint, ShownComplaint};
use super::error::{AppError, FactConflict};
use super::record_complaint::saw;
use super::record_facts::{Outcome, next_recording};
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::complaint::transition::{Event, Move};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::complaint::complaint_stand_in_tx;
use crate::store::complaint::event::complaint_event_insert_in_tx;
use crate::store::complaint::read::complaint_in_tx;
use crate::store::customer_state::{customer_states_lock_in_tx, customer_states_write_in_tx};
use crate::store::fact::content_hash;
use crate::store::tenant::Tenant;

/// A transition that a caller asks for.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// Which complaint.
    pub complaint_id: String,
    /// The caller's id, unique within the complaint.
    pub event_id: String,
    /// Etag of the complaint it was decided on.
    pub etag: String,
    /// Who does it.
    pub actor: String,
    /// When it happened; `None` for now.
    pub occurred_at: Option<Instant>,
    /// Anything else.
    pub note: Option<String>,
    /// What happened.
    pub transition: Move,
}

impl MoveRequest {
    /// The transition, when it happened at an instant if the caller did not say.
    fn event(&self, otherwise: Instant) -> Event {
        Event {
            event_id: self.event_id.clone(),
            actor: self.actor.clone(),
            occurred_at: self.occurred_at.unwrap_or(otherwise),
            is_occurred_at_told: self.occurred_at.is_some(),
            note: self.note.clone(),
            transition: self.transition.clone(),
        }
    }
}

impl App {
    /// Moves a complaint, unless it made that very move already, and answers it as it stands.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownComplaint`]; [`AppError::FactExists`] if a transition of that id and other
    /// content is stored; [`AppError::ComplaintMoved`] for an etag that is out of date;
    /// [`AppError::ComplaintRefused`] for a move that is not allowed; and what the store says.
    pub async fn move_complaint(
        &self,
        tenant_id: &str,
        request: MoveRequest,
    ) -> Result<(Outcome, ShownComplaint), AppError> {
        let complaint_id = request.complaint_id.clone();
        let unknown = || AppError::UnknownComplaint {
            complaint_id: complaint_id.clone(),
        };
        let tenant = self.tenant(tenant_id).await?.ok_or_else(unknown)?;
        let key = self
            .store
            .complaint_customer(tenant_id, &complaint_id)
            .await?
            .ok_or_else(unknown)?;
        let now = self.clock.now();
        let (request, locked_key) = (Arc::new(request), key.clone());
        let outcome = self
            .store
            .run_tx("move_complaint", move |connection| {
                let (tenant, key, request) = (tenant.clone(), locked_key.clone(), request.clone());
                Box::pin(async move { move_in_tx(connection, &tenant, &key, &request, now).await })
            })
            .await?;
        let shown = self
            .shown(tenant_id, (&key, &complaint_id), (None, None))
            .await?
            .ok_or_else(unknown)?;
        Ok((outcome, shown))
    }
}

async fn move_in_tx(
    connection: &mut PgConnection,
    tenant: &Tenant,
    key: &CustomerKey,
    request: &MoveRequest,
    now: Instant,
) -> Result<Outcome, AppError> {
    let tenant_id = &tenant.tenant_id;
    let id = request.complaint_id.as_str();
    let (mut states, locked_at) =
        customer_states_lock_in_tx(connection, tenant_id, std::slice::from_ref(key)).await?;
    let stored = complaint_in_tx(connection, tenant_id, (key, id))
        .await?
        .ok_or_else(|| AppError::UnknownComplaint {
            complaint_id: id.to_owned(),
        })?;
    let FoldedComplaint {
        stored, mut view, ..
    } = {
        let folded = FoldedComplaint::of(stored)?;
        let earlier = folded
            .stored
            .events
            .iter()
            .find(|earlier| earlier.event.event_id == request.event_id);
        if let Some(earlier) = earlier {
            let content = request.event(now).content();
            if earlier.content_hash == content_hash(&tenant.content_key, &content) {
                return Ok(Outcome::Duplicate);
            }
            return Err(AppError::FactExists(FactConflict {
                item: "event_id".to_owned(),
                fact_id: request.event_id.clone(),
                fields: earlier.event.content().differing_fields(&content),
            }));
        }
        if folded.etag() != request.etag {
            return Err(AppError::ComplaintMoved);
        }
        folded
    };
    let event = request.event(now.max(view.last_at));
    view.make(&stored.complaint, &event)?;
    let recorded_at = next_recording(&states, locked_at);
    let numbered = (&event, view.transitions);
    complaint_event_insert_in_tx(connection, tenant, (key, id), numbered, recorded_at).await?;
    let standing = (&view, view.next_due_at(&CLOCKS));
    complaint_stand_in_tx(connection, tenant_id, (key, id), standing, recorded_at).await?;
    let state = states.remove(key).unwrap_or_default();
    let state = saw(state, tenant, event.occurred_at, recorded_at);
    customer_states_write_in_tx(connection, tenant_id, &[(key.clone(), state)]).await?;
    Ok(Outcome::Created)
}
