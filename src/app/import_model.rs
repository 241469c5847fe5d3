//! Stores a model that was fitted elsewhere.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::App;
use super::error::{AppError, Violation};
use crate::engine::family::Family;
use crate::engine::money::Currency;
use crate::store::model::{FittedModel, StoredModel, model_insert_in_tx};

/// A model as it was exported.
#[derive(Clone, Debug)]
pub struct ExportedModel {
    /// Its family.
    pub family: Family,
    /// What was fitted, with the name it had; the fingerprint says nothing.
    pub fitted: FittedModel,
    /// The currency of its amounts.
    pub currency: Currency,
}

/// What makes models equal: everything but where they come from.
fn content(fitted: &FittedModel) -> FittedModel {
    FittedModel {
        fingerprint: Vec::new(),
        imported_from: None,
        ..fitted.clone()
    }
}

fn fingerprint(family: Family, fitted: &FittedModel) -> Vec<u8> {
    let mut hash = Sha256::new().chain_update("imported");
    for name in [family.name(), &fitted.prior, &fitted.engine_version] {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
    }
    let covariance = fitted.log_parameter_covariance.iter().flatten();
    let estimates = fitted.parameters.iter().chain(&fitted.standard_errors);
    for value in estimates.chain(covariance) {
        hash.update(value.to_be_bytes());
    }
    for value in [fitted.log_likelihood, fitted.gradient_norm] {
        hash.update(value.to_be_bytes());
    }
    hash.update(fitted.customers.to_be_bytes());
    hash.update(fitted.iterations.to_be_bytes());
    hash.update(fitted.calibration_end.as_days().to_be_bytes());
    for sum in [
        fitted.net_revenue,
        fitted.cost_of_goods,
        fitted.net_revenue_without_cost_of_goods,
    ] {
        hash.update(sum.0.to_be_bytes());
    }
    hash.finalize().to_vec()
}

impl App {
    /// Stores a model under the next number of its family, or answers the stored one that equals it.
    ///
    /// # Errors
    ///
    /// [`AppError::NoCurrencyToImportIn`], [`AppError::Invalid`] for amounts in another currency than
    /// the tenant's and a calibration end in the future, and what the store says.
    pub async fn import_model(
        &self,
        tenant_id: &str,
        exported: ExportedModel,
    ) -> Result<StoredModel, AppError> {
        let tenant = self.tenant(tenant_id).await?;
        let tenant = tenant.ok_or(AppError::NoCurrencyToImportIn)?;
        let base = tenant.base_currency.ok_or(AppError::NoCurrencyToImportIn)?;
        let ExportedModel {
            family,
            mut fitted,
            currency,
        } = exported;
        let mut violations = Vec::new();
        if currency != base {
            violations.push(Violation::new(
                "model.margin_sums.net_revenue.currency_code",
                format!("must be {}, the tenant's base currency", base.code()),
            ));
        }
        if fitted.calibration_end > tenant.zone.day_of(self.clock.now()) {
            let told = "must not lie in the future";
            violations.push(Violation::new("model.calibration_end", told));
        }
        if !violations.is_empty() {
            return Err(AppError::Invalid(violations));
        }
        fitted.fingerprint = fingerprint(family, &fitted);
        let definitions = self.definitions(tenant_id).await?;
        let sought = content(&fitted);
        let mut stored = definitions.models().iter();
        let equal = stored
            .find(|stored| stored.family == family.name() && content(&stored.fitted) == sought);
        if let Some(equal) = equal {
            return Ok(equal.clone());
        }
        let (tenant_id, fitted) = (tenant_id.to_owned(), Arc::new(fitted));
        self.store
            .run_tx("import_model", move |connection| {
                let (tenant_id, fitted) = (tenant_id.clone(), fitted.clone());
                Box::pin(async move {
                    let stored =
                        model_insert_in_tx(connection, &tenant_id, family.name(), &fitted).await?;
                    stored.ok_or(AppError::NoCurrencyToImportIn)
                })
            })
            .await
    }
}
