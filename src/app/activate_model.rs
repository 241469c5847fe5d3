//! Puts a model in force.

use std::sync::Arc;

use super::App;
use super::definitions::Definitions;
use super::error::AppError;
use crate::engine::family::Family;
use crate::engine::time::Instant;
use crate::store::model::{StoredModel, model_activate_in_tx};

impl App {
    /// Puts a model in force from an instant on, by default from the first instant after its
    /// calibration period; answers the definitions with it, the model, and that instant.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownModel`], and what the store says.
    pub async fn activate_model(
        &self,
        tenant_id: &str,
        name: &str,
        effective_at: Option<Instant>,
    ) -> Result<(Arc<Definitions>, StoredModel, Instant), AppError> {
        let unknown = || AppError::UnknownModel {
            name: name.to_owned(),
        };
        let tenant = self.tenant(tenant_id).await?.ok_or_else(unknown)?;
        let definitions = self.definitions(tenant_id).await?;
        let model = definitions.model(name).cloned().ok_or_else(unknown)?;
        let family = Family::named(&model.family).ok_or_else(unknown)?;
        let effective_at = effective_at.unwrap_or_else(|| {
            tenant
                .zone
                .start_of(model.fitted.calibration_end.plus_days(1))
        });
        let (tenant_name, number) = (tenant_id.to_owned(), model.number);
        self.store
            .run_tx("activate_model", move |connection| {
                let tenant_id = tenant_name.clone();
                Box::pin(async move {
                    let model = (family.name(), number);
                    model_activate_in_tx(
                        connection,
                        &tenant_id,
                        family.slot(),
                        model,
                        effective_at,
                    )
                    .await?;
                    Ok::<_, AppError>(())
                })
            })
            .await?;
        Ok((self.definitions(tenant_id).await?, model, effective_at))
    }
}
