//! `ModelService.EvaluateModel`.

use tonic::{Request, Response, Status};

use super::evaluation::{CRITERIA, evaluation};
use super::fit_model::fit_progress;
use super::long_work::{Updates, stream};
use super::model::{read_optional_name, read_prior, read_purchase_family};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::evaluate_model::{
    EvaluationQuery, HOLDOUT_DAYS_DEFAULT, HOLDOUT_DAYS_MAX, HoldoutStart, ORIGINS_DEFAULT,
    ORIGINS_MAX,
};
use crate::app::progress::Progress;
use crate::engine::evaluation::{Candidate, Criterion};
use crate::engine::family::Family;

pub(super) fn handle(
    models: &Models,
    request: Request<pb::EvaluateModelRequest>,
) -> Result<Response<Updates<pb::EvaluateModelResponse>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let query = query(&mut reader, request.get_ref());
    let query = reader.finish(query)?;
    let models = models.clone();
    Ok(stream(report, |mut reports| async move {
        let tell = &mut |progress| reports.tell(progress);
        let found = models.app.evaluate_model(&tenant_id, &query, tell).await?;
        Ok(found.map(|found| {
            let update = pb::evaluate_model_response::Update::Evaluation(evaluation(&found));
            pb::EvaluateModelResponse {
                update: Some(update),
            }
        }))
    }))
}

fn report(progress: Progress) -> pb::EvaluateModelResponse {
    let progress = fit_progress(progress);
    pb::EvaluateModelResponse {
        update: Some(pb::evaluate_model_response::Update::Progress(progress)),
    }
}

fn query(reader: &mut Reader, request: &pb::EvaluateModelRequest) -> Option<EvaluationQuery> {
    let holdout_end = reader.optional_day("holdout_end", request.holdout_end.as_ref());
    let days = reader.number(
        "holdout_days",
        request.holdout_days,
        HOLDOUT_DAYS_MAX,
        HOLDOUT_DAYS_DEFAULT,
    );
    let (start, origins_default) = match &request.calibration_end {
        None => (days.map(HoldoutStart::Days), ORIGINS_DEFAULT),
        Some(day) => {
            if request.holdout_days.is_some() {
                let what = "must not be given with calibration_end, which says where it begins";
                reader.refuse("holdout_days", what);
            }
            let day = reader.day("calibration_end", day);
            (day.map(HoldoutStart::After), 1)
        }
    };
    let origins = reader.number("origins", request.origins, ORIGINS_MAX, origins_default);
    let days_between_origins = match request.days_between_origins {
        None => Some(None),
        asked => reader
            .number("days_between_origins", asked, HOLDOUT_DAYS_MAX, 1)
            .map(Some),
    };
    let families = families(reader, &request.families);
    let criterion = reader.choice(
        ("criterion", "EvaluationCriterion"),
        request.criterion,
        &CRITERIA,
    );
    let prior = read_prior(reader, "prior", request.prior);
    let model_name = read_optional_name(reader, &request.model_name);
    Some(EvaluationQuery {
        holdout_end: holdout_end?,
        start: start?,
        origins: origins?,
        days_between_origins: days_between_origins?,
        families: families?,
        criterion: criterion?.unwrap_or(Criterion::MeanPoissonDeviance),
        prior: prior?,
        model_name: model_name?,
    })
}

/// Families to choose from, each once; all of purchases when none is named.
fn families(reader: &mut Reader, numbers: &[i32]) -> Option<Vec<Family>> {
    if numbers.is_empty() {
        let all = Candidate::ALL.into_iter();
        return Some(all.filter_map(Candidate::family).collect());
    }
    // Whatever is beyond as many as there are is one of them again.
    let mut families = Vec::new();
    for (place, number) in numbers.iter().enumerate().take(Family::ALL.len() + 1) {
        let field = format!("families[{place}]");
        let family = read_purchase_family(reader, &field, *number)?;
        if families.contains(&family) {
            reader.refuse(field, "must not be named twice");
            return None;
        }
        families.push(family);
    }
    Some(families)
}
