//! `ModelService.ActivateModel`.

use tonic::{Request, Response, Status};

use super::model::{activation, model, read_name};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::error::AppError;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::ActivateModelRequest>,
) -> Result<Response<pb::ActivateModelResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let name = read_name(&mut reader, &request.get_ref().name);
    let effective_at = match &request.get_ref().effective_at {
        None => Some(None),
        Some(instant) => reader.instant("effective_at", instant).map(Some),
    };
    let asked = name.zip(effective_at);
    let (name, effective_at) = reader.finish(asked)?;
    let (definitions, stored, effective_at) = models
        .app
        .activate_model(&tenant_id, &name, effective_at)
        .await?;
    let tenant = models
        .app
        .tenant(&tenant_id)
        .await
        .map_err(AppError::from)?;
    let in_force = definitions
        .activation_at(&stored.family, stored.number, effective_at)
        .map(|(stored, until)| activation(stored, until));
    Ok(Response::new(pb::ActivateModelResponse {
        model: Some(model(
            &stored,
            tenant.and_then(|tenant| tenant.base_currency),
        )),
        activation: in_force,
    }))
}
