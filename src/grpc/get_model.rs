//! `ModelService.GetModel`.

use tonic::{Request, Response, Status};

use super::model::{activations, model, read_name};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::error::AppError;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::GetModelRequest>,
) -> Result<Response<pb::GetModelResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let name = read_name(&mut reader, &request.get_ref().name);
    let name = reader.finish(name)?;
    let definitions = models.app.definitions(&tenant_id).await?;
    let stored = definitions
        .model(&name)
        .ok_or(AppError::UnknownModel { name })?;
    let tenant = models
        .app
        .tenant(&tenant_id)
        .await
        .map_err(AppError::from)?;
    let currency = tenant.and_then(|tenant| tenant.base_currency);
    Ok(Response::new(pb::GetModelResponse {
        model: Some(model(stored, currency)),
        activations: activations(&definitions, stored),
    }))
}
