//! Fits the family that an evaluation chooses.

use super::App;
use super::error::AppError;
use super::evaluate_model::{
    Evaluation, EvaluationQuery, HOLDOUT_DAYS_DEFAULT, HoldoutStart, ORIGINS_DEFAULT,
};
use super::fit_model::FitQuery;
use super::progress::Teller;
use crate::engine::evaluation::{Candidate, Criterion};
use crate::engine::fit::Prior;
use crate::engine::time::Day;
use crate::store::model::StoredModel;

impl App {
    /// Evaluates all families of purchases on data up to a day, then fits the one that does best to all
    /// of them and stores it, or answers the equal one that is stored.
    ///
    /// # Errors
    ///
    /// As [`App::evaluate_model`] and [`App::fit_model`], and [`AppError::NotFittable`] when no family
    /// can be chosen. `None` when `progress` said to stop.
    pub async fn fit_best_model(
        &self,
        tenant_id: &str,
        calibration_end: Option<Day>,
        prior: Prior,
        progress: Teller<'_>,
    ) -> Result<Option<(StoredModel, Evaluation)>, AppError> {
        let families = Candidate::ALL.into_iter().filter_map(Candidate::family);
        let query = EvaluationQuery {
            holdout_end: calibration_end,
            start: HoldoutStart::Days(HOLDOUT_DAYS_DEFAULT),
            origins: ORIGINS_DEFAULT,
            days_between_origins: None,
            families: families.collect(),
            criterion: Criterion::MeanPoissonDeviance,
            prior,
            model_name: None,
        };
        let evaluated = self.evaluate_model(tenant_id, &query, progress).await;
        // The day is a field of the fit that was asked for.
        let Some(evaluation) =
            evaluated.map_err(|error| error.at("holdout_end", "calibration_end"))?
        else {
            return Ok(None);
        };
        let chosen = evaluation.choice.chosen;
        let Some(family) = chosen.and_then(|(candidate, _)| candidate.family()) else {
            return Err(AppError::NotFittable {
                explanation: evaluation.reason,
            });
        };
        let holdout_end = evaluation.origins.first().map(|origin| origin.holdout_end);
        let query = FitQuery {
            family,
            calibration_end: holdout_end,
            prior,
        };
        let fitted = self.fit_model(tenant_id, query, progress).await?;
        Ok(fitted.map(|model| (model, evaluation)))
    }
}
