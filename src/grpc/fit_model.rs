//! `ModelService.FitModel`.

use tonic::{Request, Response, Status};

use super::evaluation::evaluation;
use super::long_work::{Reports, Updates, stream};
use super::model::{model, read_family, read_prior};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::fit_model::FitQuery;
use crate::app::progress::Progress;
use crate::engine::fit::Prior;
use crate::engine::time::Day;

pub(super) fn handle(
    models: &Models,
    request: Request<pb::FitModelRequest>,
) -> Result<Response<Updates<pb::FitModelResponse>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = asked(&mut reader, request.get_ref());
    let asked = reader.finish(asked)?;
    let models = models.clone();
    Ok(stream(report, |reports| async move {
        fit(&models, &tenant_id, asked, reports).await
    }))
}

/// What is asked for.
enum Asked {
    Family(FitQuery),
    Automatic(Option<Day>, Prior),
}

async fn fit(
    models: &Models,
    tenant_id: &str,
    asked: Asked,
    mut reports: Reports<pb::FitModelResponse>,
) -> Result<Option<pb::FitModelResponse>, Status> {
    let tell = &mut |progress| reports.tell(progress);
    let fitted = match asked {
        Asked::Family(query) => {
            let stored = models.app.fit_model(tenant_id, query, tell).await?;
            stored.map(|stored| (stored, None))
        }
        Asked::Automatic(calibration_end, prior) => {
            let best = models
                .app
                .fit_best_model(tenant_id, calibration_end, prior, tell)
                .await?;
            best.map(|(stored, found)| (stored, Some(evaluation(&found))))
        }
    };
    let Some((stored, evaluation)) = fitted else {
        return Ok(None);
    };
    let tenant = models.app.tenant(tenant_id).await;
    let currency = tenant
        .ok()
        .flatten()
        .and_then(|tenant| tenant.base_currency);
    let update = pb::fit_model_response::Update::Model(model(&stored, currency));
    Ok(Some(pb::FitModelResponse {
        update: Some(update),
        evaluation,
    }))
}

fn report(progress: Progress) -> pb::FitModelResponse {
    let progress = fit_progress(progress);
    pb::FitModelResponse {
        update: Some(pb::fit_model_response::Update::Progress(progress)),
        evaluation: None,
    }
}

/// How far a fit, or an evaluation, is.
pub(super) fn fit_progress(progress: Progress) -> pb::FitProgress {
    pb::FitProgress {
        step: progress.step.to_owned(),
        done_share: progress.done_share,
        customers: progress.customers,
    }
}

fn asked(reader: &mut Reader, request: &pb::FitModelRequest) -> Option<Asked> {
    let family = if request.family() == pb::ModelFamily::Automatic {
        Some(None)
    } else {
        read_family(reader, "family", request.family).map(Some)
    };
    let calibration_end = request.calibration_end.as_ref();
    let calibration_end = reader.optional_day("calibration_end", calibration_end);
    let prior = read_prior(reader, "prior", request.prior);
    let (calibration_end, prior) = calibration_end.zip(prior)?;
    Some(match family? {
        None => Asked::Automatic(calibration_end, prior),
        Some(family) => Asked::Family(FitQuery {
            family,
            calibration_end,
            prior,
        }),
    })
}
