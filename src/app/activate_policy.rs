//! Puts a policy in force.

use std::sync::Arc;

use super::App;
use super::define_policy::KnownPolicy;
use super::definitions::{Definitions, unknown_policy};
use super::error::AppError;
use crate::engine::time::Instant;
use crate::store::activation::{definition_activate_in_tx, definition_holds_in_tx};
use crate::store::policy::POLICY_SLOT;
use crate::store::tenant::{tenant_lock_in_tx, tenant_settle_in_tx};

impl App {
    /// Puts a policy in force from an instant on, by default from now on unless it is in force now by
    /// an activation; answers the definitions with it, the policy, and that instant. May be the first
    /// thing a tenant does.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownPolicy`], and what the store says.
    pub async fn activate_policy(
        &self,
        tenant_id: &str,
        name: &str,
        effective_at: Option<Instant>,
    ) -> Result<(Arc<Definitions>, KnownPolicy, Instant), AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let known = definitions.known_policy(name)?;
        let (family, number) = known
            .family_and_number()
            .ok_or_else(|| unknown_policy(name))?;
        let (now, zone) = (self.clock.now(), self.settings.time_zone.clone());
        let tenant_name = tenant_id.to_owned();
        let effective_at = self
            .store
            .run_tx("activate_policy", move |connection| {
                let (tenant_id, zone) = (tenant_name.clone(), zone.clone());
                Box::pin(async move {
                    tenant_settle_in_tx(connection, &tenant_id, &zone, None).await?;
                    tenant_lock_in_tx(connection, &tenant_id).await?;
                    let (slot, definition) = (POLICY_SLOT, (family, number));
                    if effective_at.is_none() {
                        let holds =
                            definition_holds_in_tx(connection, &tenant_id, slot, definition, now);
                        if let Some(since) = holds.await? {
                            return Ok(since);
                        }
                    }
                    let effective_at = effective_at.unwrap_or(now);
                    let activate = definition_activate_in_tx(
                        connection,
                        &tenant_id,
                        slot,
                        definition,
                        effective_at,
                    );
                    activate.await?;
                    Ok::<_, AppError>(effective_at)
                })
            })
            .await?;
        Ok((self.definitions(tenant_id).await?, known, effective_at))
    }
}
