//! `ModelService.FitModel`.

use tonic::{Request, Response, Status};

use super::long_work::{Reports, Updates, stream};
use super::model::{model, read_family, read_prior};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::fit_model::FitQuery;
use crate::app::progress::Progress;

pub(super) fn handle(
    models: &Models,
    request: Request<pb::FitModelRequest>,
) -> Result<Response<Updates<pb::FitModelResponse>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let query = query(&mut reader, request.get_ref());
    let query = reader.finish(query)?;
    let models = models.clone();
    Ok(stream(report, |reports| async move {
        fit(&models, &tenant_id, query, reports).await
    }))
}

async fn fit(
    models: &Models,
    tenant_id: &str,
    query: FitQuery,
    mut reports: Reports<pb::FitModelResponse>,
) -> Result<Option<pb::FitModelResponse>, Status> {
    let tell = &mut |progress| reports.tell(progress);
    let Some(stored) = models.app.fit_model(tenant_id, query, tell).await? else {
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
    }))
}

fn report(progress: Progress) -> pb::FitModelResponse {
    let progress = pb::FitProgress {
        step: progress.step.to_owned(),
        done_share: progress.done_share,
        customers: progress.customers,
    };
    pb::FitModelResponse {
        update: Some(pb::fit_model_response::Update::Progress(progress)),
    }
}

fn query(reader: &mut Reader, request: &pb::FitModelRequest) -> Option<FitQuery> {
    let family = read_family(reader, request.family);
    let calibration_end = match &request.calibration_end {
        None => Some(None),
        Some(day) => reader.day("calibration_end", day).map(Some),
    };
    let prior = read_prior(reader, request.prior);
    Some(FitQuery {
        family: family?,
        calibration_end: calibration_end?,
        prior: prior?,
    })
}
