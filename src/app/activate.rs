//! Puts a definition in force: what models and population snapshots share.

use std::sync::Arc;

use super::App;
use super::definitions::Definitions;
use super::error::AppError;
use crate::engine::time::Instant;
use crate::store::activation::definition_activate_in_tx;

impl App {
    /// Puts a stored definition in force in a slot from an instant on, unless that is already so;
    /// answers the definitions with it.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) async fn activate(
        &self,
        tenant_id: &str,
        slot: &'static str,
        (family, number): (&'static str, i32),
        effective_at: Instant,
    ) -> Result<Arc<Definitions>, AppError> {
        let tenant_name = tenant_id.to_owned();
        self.store
            .run_tx("activate", move |connection| {
                let tenant_id = tenant_name.clone();
                Box::pin(async move {
                    let definition = (family, number);
                    definition_activate_in_tx(
                        connection,
                        &tenant_id,
                        slot,
                        definition,
                        effective_at,
                    )
                    .await?;
                    Ok::<_, AppError>(())
                })
            })
            .await?;
        self.definitions(tenant_id).await
    }
}
