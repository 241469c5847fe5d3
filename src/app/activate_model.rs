//! Puts a model in force.

use std::sync::Arc;

use super::App;
use super::definitions::Definitions;
use super::error::AppError;
use crate::engine::family::Family;
use crate::engine::time::Instant;
use crate::store::model::StoredModel;

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
        let definition = (family.name(), model.number);
        let definitions = self
            .activate(tenant_id, family.slot(), definition, effective_at)
            .await?;
        Ok((definitions, model, effective_at))
    }
}
