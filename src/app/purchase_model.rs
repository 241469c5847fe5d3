//! A stored model of purchases, by its name or because it is in force.

use super::definitions::{Definitions, model_name};
use super::error::{AppError, Violation};
use crate::engine::family::Family;
use crate::engine::purchase_scorer::AnyPurchaseModel;
use crate::engine::time::{Day, Instant};
use crate::store::model::StoredModel;

/// A stored model of purchases.
#[derive(Clone, Debug)]
pub(super) struct NamedPurchaseModel {
    pub(super) name: String,
    pub(super) family: Family,
    pub(super) parameters: Vec<f64>,
    pub(super) model: AnyPurchaseModel,
    /// The last day of its data.
    pub(super) calibration_end: Day,
}

impl NamedPurchaseModel {
    /// The model of a name.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownModel`], [`AppError::Invalid`] for a model of something else.
    pub(super) fn named(definitions: &Definitions, name: &str) -> Result<Self, AppError> {
        let stored = definitions
            .model(name)
            .ok_or_else(|| AppError::UnknownModel {
                name: name.to_owned(),
            })?;
        Self::of(stored).ok_or_else(|| {
            let what = "must name a model of purchases";
            AppError::Invalid(vec![Violation::new("model_name", what)])
        })
    }

    /// The model in force.
    ///
    /// # Errors
    ///
    /// [`AppError::NoModel`] without one.
    pub(super) fn in_force(definitions: &Definitions, now: Instant) -> Result<Self, AppError> {
        // Whatever is recorded counts: the database's clock may be a little ahead of ours.
        let in_force = definitions.model_in_force("purchase", now, Instant::LATEST);
        in_force
            .and_then(|(stored, _)| Self::of(stored))
            .ok_or(AppError::NoModel)
    }

    fn of(stored: &StoredModel) -> Option<Self> {
        let family = Family::named(&stored.family)?;
        let parameters = stored.fitted.parameters.clone();
        Some(Self {
            name: model_name(&stored.family, stored.number),
            family,
            model: family.purchase_model(&parameters)?,
            parameters,
            calibration_end: stored.fitted.calibration_end,
        })
    }
}
