//! `ModelService.ListModels`.

use tonic::{Request, Response, Status};

use super::model::{activations, model};
use super::models::Models;
use super::page::Page;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::definitions::model_name;
use crate::app::error::AppError;
use crate::store::model::StoredModel;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::ListModelsRequest>,
) -> Result<Response<pb::ListModelsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let page = Page::read(&mut reader, request.page_size, &request.page_token);
    let page = reader.finish(page)?;
    let definitions = models.app.definitions(&tenant_id).await?;
    let tenant = models
        .app
        .tenant(&tenant_id)
        .await
        .map_err(AppError::from)?;
    let currency = tenant.and_then(|tenant| tenant.base_currency);
    let newest_first: Vec<&StoredModel> = definitions.models().iter().rev().collect();
    let mut reader = Reader::default();
    let name = |stored: &&StoredModel| model_name(&stored.family, stored.number);
    let shown = page.of(&mut reader, &newest_first, name);
    let (shown, next_page_token) = reader.finish(shown)?;
    Ok(Response::new(pb::ListModelsResponse {
        activations: shown
            .iter()
            .flat_map(|stored| activations(&definitions, stored))
            .collect(),
        models: shown.iter().map(|stored| model(stored, currency)).collect(),
        next_page_token,
    }))
}
