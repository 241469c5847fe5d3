//! Records a complaint: one transaction, in which its id is claimed, the complaint stored and its
//! customer's state moved.

use std::sync::Arc;

use sqlx::PgConnection;

use super::App;
use super::complaint::ShownComplaint;
use super::error::{AppError, FactConflict};
use super::record_facts::{Outcome, next_recording};
use crate::engine::complaint::Complaint;
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::complaint::machine::ComplaintView;
use crate::engine::history::Span;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::complaint::complaint_insert_in_tx;
use crate::store::complaint::directory::complaint_claim_in_tx;
use crate::store::complaint::read::complaint_in_tx;
use crate::store::customer_state::{
    CustomerState, customer_states_lock_in_tx, customer_states_write_in_tx,
};
use crate::store::fact::content_hash;
use crate::store::tenant::{Tenant, tenant_settle_in_tx};

impl App {
    /// Now, or a given instant if that is later.
    #[must_use]
    pub fn now_or(&self, earliest: Instant) -> Instant {
        self.clock.now().max(earliest)
    }

    /// Records a complaint, unless it is recorded already, and answers it as it stands.
    ///
    /// # Errors
    ///
    /// [`AppError::FactExists`] if a complaint of that id and other content is stored, and what the
    /// store says.
    pub async fn record_complaint(
        &self,
        tenant_id: &str,
        complaint: Complaint,
    ) -> Result<(Outcome, ShownComplaint), AppError> {
        let settled = self.tenant(tenant_id).await?;
        let key = CustomerKey::new(tenant_id, &complaint.customer_id);
        let complaint_id = complaint.complaint_id.clone();
        let zone = self.settings.time_zone.clone();
        let (tenant_name, locked_key) = (tenant_id.to_owned(), key.clone());
        let complaint = Arc::new(complaint);
        let (outcome, tenant) = self
            .store
            .run_tx("record_complaint", move |connection| {
                let (complaint, key) = (complaint.clone(), locked_key.clone());
                let (settled, zone) = (settled.clone(), zone.clone());
                let tenant_name = tenant_name.clone();
                Box::pin(async move {
                    let tenant = match settled {
                        Some(tenant) => tenant,
                        None => tenant_settle_in_tx(connection, &tenant_name, &zone, None).await?,
                    };
                    let outcome = record_in_tx(connection, &tenant, &key, &complaint).await?;
                    Ok::<_, AppError>((outcome, tenant))
                })
            })
            .await?;
        self.remember_tenant(tenant);
        let shown = self
            .shown(tenant_id, (&key, &complaint_id), (None, None))
            .await?
            .ok_or(AppError::UnknownComplaint { complaint_id })?;
        Ok((outcome, shown))
    }
}

async fn record_in_tx(
    connection: &mut PgConnection,
    tenant: &Tenant,
    key: &CustomerKey,
    complaint: &Complaint,
) -> Result<Outcome, AppError> {
    let tenant_id = &tenant.tenant_id;
    let (mut states, locked_at) =
        customer_states_lock_in_tx(connection, tenant_id, std::slice::from_ref(key)).await?;
    let id = complaint.complaint_id.as_str();
    let holder = complaint_claim_in_tx(connection, tenant_id, id, &complaint.customer_id).await?;
    if let Some(stored) = complaint_in_tx(connection, tenant_id, (&holder, id)).await? {
        let content = complaint.content();
        if stored.content_hash == content_hash(&tenant.content_key, &content) {
            return Ok(Outcome::Duplicate);
        }
        return Err(AppError::FactExists(FactConflict {
            item: "complaint_id".to_owned(),
            fact_id: id.to_owned(),
            fields: stored.complaint.content().differing_fields(&content),
        }));
    }
    let recorded_at = next_recording(&states, locked_at);
    let view = ComplaintView::received(complaint);
    let standing = (&view, view.next_due_at(&CLOCKS));
    complaint_insert_in_tx(connection, tenant, key, complaint, standing, recorded_at).await?;
    let state = states.remove(key).unwrap_or_default();
    let state = CustomerState {
        complaints: state.complaints + 1,
        ..saw(state, tenant, complaint.received_at, recorded_at)
    };
    customer_states_write_in_tx(connection, tenant_id, &[(key.clone(), state)]).await?;
    Ok(Outcome::Created)
}

/// The state of a customer about whom something that happened at an instant is recorded.
pub(super) fn saw(
    state: CustomerState,
    tenant: &Tenant,
    occurred_at: Instant,
    recorded_at: Instant,
) -> CustomerState {
    let day = tenant.zone.day_of(occurred_at);
    CustomerState {
        fact_span: Some(Span::including(state.fact_span, occurred_at)),
        first_fact_day: Some(state.first_fact_day.map_or(day, |first| first.min(day))),
        last_recorded_at: Some(recorded_at),
        ..state
    }
}
