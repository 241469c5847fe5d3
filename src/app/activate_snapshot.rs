//! Puts a population snapshot in force.

use std::sync::Arc;

use super::App;
use super::definitions::Definitions;
use super::error::AppError;
use crate::engine::time::Instant;
use crate::store::snapshot::{SNAPSHOT_FAMILY, SNAPSHOT_SLOT, StoredSnapshot};

impl App {
    /// Puts a snapshot in force from an instant on, by default from the instant it was taken for;
    /// answers the definitions with it, the snapshot, and that instant.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownSnapshot`], and what the store says.
    pub async fn activate_snapshot(
        &self,
        tenant_id: &str,
        name: &str,
        effective_at: Option<Instant>,
    ) -> Result<(Arc<Definitions>, StoredSnapshot, Instant), AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let snapshot =
            definitions
                .snapshot_named(name)
                .cloned()
                .ok_or_else(|| AppError::UnknownSnapshot {
                    name: name.to_owned(),
                })?;
        let effective_at = effective_at.unwrap_or(snapshot.basis.as_of);
        let definition = (SNAPSHOT_FAMILY, snapshot.number);
        let definitions = self
            .activate(tenant_id, SNAPSHOT_SLOT, definition, effective_at)
            .await?;
        Ok((definitions, snapshot, effective_at))
    }
}
