//! All definitions of a tenant, read together.

use super::activation::{StoredActivation, activations_of};
use super::error::StoreError;
use super::instrument::{StoredInstrument, instruments_from, instruments_of};
use super::model::{StoredModel, models_of};
use super::policy::{StoredPolicy, policies_from, policies_of};
use super::pool::Store;
use super::snapshot::{StoredSnapshot, snapshots_of};

/// All definitions of a tenant at one epoch.
#[derive(Clone, Debug, Default)]
pub struct StoredDefinitions {
    /// The epoch.
    pub epoch: i64,
    /// Models, oldest first.
    pub models: Vec<StoredModel>,
    /// Population snapshots, oldest first, without their cut points.
    pub snapshots: Vec<StoredSnapshot>,
    /// Versions of instruments, by id and version.
    pub instruments: Vec<StoredInstrument>,
    /// Policies that the tenant has defined, oldest first.
    pub policies: Vec<StoredPolicy>,
    /// Activations by slot, effective and recorded time.
    pub activations: Vec<StoredActivation>,
}

impl Store {
    /// The definition epoch of a tenant; zero for one without facts.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn definition_epoch(&self, tenant_id: &str) -> Result<i64, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    "-- store::definition_epoch
                        SELECT definition_epoch
                        FROM tenants
                        WHERE tenant_id = $1",
                    tenant_id,
                )
                .fetch_optional(pool)
                .await
            })
            .await?;
        Ok(row.map_or(0, |row| row.definition_epoch))
    }

    /// All definitions of a tenant. The epoch is read first, so that what is read after it is of that
    /// epoch or newer, and a newer epoch is noticed at the next read.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn definitions(&self, tenant_id: &str) -> Result<StoredDefinitions, StoreError> {
        let epoch = self.definition_epoch(tenant_id).await?;
        let (mut definitions, instruments, policies) = self
            .read(|pool| async move {
                // Activations first: what each of them names is then there.
                let activations = activations_of(pool, tenant_id).await?;
                let definitions = StoredDefinitions {
                    epoch,
                    models: models_of(pool, tenant_id).await?,
                    snapshots: snapshots_of(pool, tenant_id).await?,
                    instruments: Vec::new(),
                    policies: Vec::new(),
                    activations,
                };
                let instruments = instruments_of(pool, tenant_id).await?;
                Ok((
                    definitions,
                    instruments,
                    policies_of(pool, tenant_id).await?,
                ))
            })
            .await?;
        definitions.instruments = instruments_from(instruments)?;
        definitions.policies = policies_from(policies)?;
        Ok(definitions)
    }
}
