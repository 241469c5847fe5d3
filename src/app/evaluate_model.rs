//! Evaluates models on a tenant's customers: one streaming pass over their purchase days, then every
//! candidate at every origin.
//!
//! - this file: what is asked and answered, and the work;
//! - `reading`: what is known at each origin;
//! - `reason`: the choice in words.

mod reading;
mod reason;

use std::sync::{Arc, Mutex, PoisonError};

use super::App;
use super::blocking::blocking;
use super::error::{AppError, Violation};
use super::progress::{Progress, Teller};
use super::purchase_model::NamedPurchaseModel;
use crate::engine::evaluation::{
    Assessment, Candidate, Choice, Contender, Criterion, Origin, Values, choose,
};
use crate::engine::family::Family;
use crate::engine::fit::Prior;
use crate::engine::time::Day;
use crate::ids::BUCKETS;
use reading::{Periods, Reading, Readings};

/// Days of a hold-out period that is not asked for.
pub const HOLDOUT_DAYS_DEFAULT: i32 = 90;
/// Most days of a hold-out period, and most between origins.
pub const HOLDOUT_DAYS_MAX: i32 = 3_650;
/// Origins when neither they nor a calibration end are asked for.
pub const ORIGINS_DEFAULT: i32 = 3;
/// Most origins of one evaluation.
pub const ORIGINS_MAX: i32 = 12;

/// Where the newest hold-out period begins.
#[derive(Clone, Copy, Debug)]
pub enum HoldoutStart {
    /// So many days before its end.
    Days(i32),
    /// The day after this one.
    After(Day),
}

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct EvaluationQuery {
    /// Last day of the newest hold-out period; `None` for the newest purchase day that has ended.
    pub holdout_end: Option<Day>,
    /// Where it begins.
    pub start: HoldoutStart,
    /// How many origins.
    pub origins: i32,
    /// Days from one origin to the next; `None` for the length of the hold-out period.
    pub days_between_origins: Option<i32>,
    /// Families to choose from.
    pub families: Vec<Family>,
    /// By what.
    pub criterion: Criterion,
    /// What fits suppose beforehand.
    pub prior: Prior,
    /// A stored model to show beside them.
    pub model_name: Option<String>,
}

/// How well models foretell.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// By what the family is chosen.
    pub criterion: Criterion,
    /// What fits supposed beforehand.
    pub prior: Prior,
    /// The stored model shown, and its family.
    pub model: Option<(String, Family)>,
    /// The family chosen.
    pub choice: Choice,
    /// The choice in words.
    pub reason: String,
    /// What was found, newest origin first.
    pub origins: Vec<OriginEvaluation>,
}

/// What was found at an origin.
#[derive(Clone, Debug)]
pub struct OriginEvaluation {
    /// Last day of the calibration period.
    pub calibration_end: Day,
    /// Last day of the hold-out period.
    pub holdout_end: Day,
    /// Customers who had bought by the origin.
    pub customers: f64,
    /// Their purchase days in the hold-out period.
    pub actual: f64,
    /// What is measured of each, or why nothing is.
    pub assessments: Vec<(Contender, Result<Assessment, String>)>,
}

impl App {
    /// Evaluates models. `progress` is told how far the work is and says whether to go on; fits run one
    /// after another, so that a caller who goes away stops the work with the fit under way.
    ///
    /// # Errors
    ///
    /// [`AppError::NothingToFit`] for a tenant without purchases, [`AppError::NothingToEvaluate`] when
    /// nobody had bought by the newest origin, [`AppError::UnknownModel`], [`AppError::Invalid`] for
    /// days that lie in the future or do not follow one another, and what the store says. A candidate
    /// that cannot be fitted is no error: its row says why. `None` when `progress` said to stop.
    pub async fn evaluate_model(
        &self,
        tenant_id: &str,
        query: &EvaluationQuery,
        progress: Teller<'_>,
    ) -> Result<Option<Evaluation>, AppError> {
        let tenant = self
            .tenant(tenant_id)
            .await?
            .ok_or(AppError::NothingToFit)?;
        let today = tenant.zone.day_of(self.clock.now());
        let stored = match &query.model_name {
            None => None,
            Some(name) => {
                let definitions = self.definitions(tenant_id).await?;
                Some(NamedPurchaseModel::named(&definitions, name)?)
            }
        };
        if query.holdout_end.is_some_and(|day| today < day) {
            return Err(invalid("holdout_end", "must not lie in the future"));
        }
        let holdout_end = match query.holdout_end {
            Some(day) => day,
            None => self
                .store
                .newest_purchase_day(tenant_id, today.plus_days(-1))
                .await?
                .ok_or(AppError::NothingToFit)?,
        };
        let periods = query.periods(holdout_end)?;
        let Some(readings) = self.readings(tenant_id, &periods, progress).await? else {
            return Ok(None);
        };
        if readings.first().is_none_or(Reading::is_empty) {
            let calibration_end = periods.first().map_or(holdout_end, |of| of.calibration_end);
            return Err(AppError::NothingToEvaluate { calibration_end });
        }
        let Some(origins) = assess(query, stored.as_ref(), readings, progress).await? else {
            return Ok(None);
        };
        let choice = choose(&values(query.criterion, &origins));
        Ok(Some(Evaluation {
            criterion: query.criterion,
            prior: query.prior,
            model: stored.map(|stored| (stored.name, stored.family)),
            reason: reason::of(query.criterion, &choice),
            choice,
            origins,
        }))
    }

    async fn readings(
        &self,
        tenant_id: &str,
        periods: &[Periods],
        progress: Teller<'_>,
    ) -> Result<Option<Vec<Reading>>, AppError> {
        let Some(newest) = periods.first() else {
            return Ok(Some(Vec::new()));
        };
        let readings = Mutex::new(Readings::new(periods.iter().copied()));
        let mut goes_on = true;
        let lock = || readings.lock().unwrap_or_else(PoisonError::into_inner);
        self.store
            .purchase_dates(
                tenant_id,
                newest.holdout_end,
                &mut |customer_id, day| lock().day(customer_id, day),
                &mut |buckets| {
                    let customers = lock().customers;
                    goes_on = progress(Progress {
                        step: "reading purchase days",
                        done_share: f64::from(buckets) / f64::from(BUCKETS),
                        customers,
                    });
                    goes_on
                },
            )
            .await?;
        let readings = readings
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(goes_on.then(|| readings.finish()))
    }
}

impl EvaluationQuery {
    /// The periods of every origin, newest first.
    fn periods(&self, holdout_end: Day) -> Result<Vec<Periods>, AppError> {
        let days = match self.start {
            HoldoutStart::Days(days) => days,
            HoldoutStart::After(calibration_end) => holdout_end.days_since(calibration_end),
        };
        if days < 1 {
            let what = format!("must lie before the last day of the hold-out, {holdout_end}");
            return Err(invalid("calibration_end", what));
        }
        if HOLDOUT_DAYS_MAX < days {
            let what = format!("must lie at most {HOLDOUT_DAYS_MAX} days before {holdout_end}");
            return Err(invalid("calibration_end", what));
        }
        let between = self.days_between_origins.unwrap_or(days);
        let of_origin = |number: i32| {
            let holdout_end = holdout_end.plus_days(-(number * between));
            Periods {
                calibration_end: holdout_end.plus_days(-days),
                holdout_end,
            }
        };
        Ok((0..self.origins).map(of_origin).collect())
    }

    fn candidates(&self) -> Vec<Candidate> {
        let takes_part = |candidate: &Candidate| {
            let family = candidate.family();
            family.is_none_or(|family| self.families.contains(&family))
        };
        Candidate::ALL.into_iter().filter(takes_part).collect()
    }
}

/// Every contender at every origin, each on a thread of its own that does not serve.
async fn assess(
    query: &EvaluationQuery,
    stored: Option<&NamedPurchaseModel>,
    readings: Vec<Reading>,
    progress: Teller<'_>,
) -> Result<Option<Vec<OriginEvaluation>>, AppError> {
    let candidates = query.candidates();
    let contenders = candidates.iter().copied().map(Contender::Fitted);
    let contenders: Vec<Contender> = contenders
        .chain(stored.map(|_| Contender::Stored))
        .collect();
    let steps = count(readings.len()) * count(contenders.len());
    let mut done = 0.0;
    let mut origins = Vec::with_capacity(readings.len());
    for reading in readings {
        let periods = reading.periods;
        let origin =
            blocking(move || Origin::new(&reading.rows(), reading.holdout_weeks())).await?;
        // The length of a hold-out period is checked before.
        let Ok(origin) = origin.map(Arc::new) else {
            continue;
        };
        let mut assessments = Vec::with_capacity(contenders.len());
        for contender in &contenders {
            let report = Progress {
                step: "fitting and comparing candidates",
                done_share: done / steps,
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a number of customers is far below 2^63"
                )]
                customers: origin.customers() as i64,
            };
            if !progress(report) {
                return Ok(None);
            }
            let outcome = match (contender, stored) {
                (Contender::Fitted(candidate), _) => {
                    let (origin, candidate, prior) = (origin.clone(), *candidate, query.prior);
                    blocking(move || origin.assess(candidate, prior))
                        .await?
                        .map_err(|error| error.to_string())
                }
                (Contender::Stored, Some(stored)) => {
                    assess_stored(stored, &origin, periods).await?
                }
                (Contender::Stored, None) => continue,
            };
            assessments.push((*contender, outcome));
            done += 1.0;
        }
        origins.push(OriginEvaluation {
            calibration_end: periods.calibration_end,
            holdout_end: periods.holdout_end,
            customers: origin.customers(),
            actual: origin.actual(),
            assessments,
        });
    }
    Ok(Some(origins))
}

/// A stored model at an origin.
async fn assess_stored(
    stored: &NamedPurchaseModel,
    origin: &Arc<Origin>,
    periods: Periods,
) -> Result<Result<Assessment, String>, AppError> {
    if periods.calibration_end < stored.calibration_end {
        let seen = stored.calibration_end;
        return Ok(Err(format!(
            "the model was fitted to data until {seen}: it has seen days that are held out here"
        )));
    }
    let (origin, model, parameters) = (origin.clone(), stored.model, stored.parameters.clone());
    let outcome = blocking(move || origin.assess_model(model, &parameters)).await?;
    Ok(outcome.map_err(|error| error.to_string()))
}

/// The criterion's values, contender by contender.
fn values(criterion: Criterion, origins: &[OriginEvaluation]) -> Vec<Values> {
    let contenders = origins
        .first()
        .map_or(&[][..], |origin| &origin.assessments);
    let of_contender = |(place, (contender, _)): (usize, &(Contender, _))| Values {
        contender: *contender,
        by_origin: origins
            .iter()
            .map(|origin| {
                let (_, outcome) = origin.assessments.get(place)?;
                criterion.value(outcome.as_ref().ok()?)
            })
            .collect(),
    };
    contenders.iter().enumerate().map(of_contender).collect()
}

fn invalid(field: &str, description: impl Into<String>) -> AppError {
    AppError::Invalid(vec![Violation::new(field, description)])
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are a dozen origins and contenders"
)]
fn count(number: usize) -> f64 {
    number as f64
}
