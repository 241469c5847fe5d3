//! `ModelService.ListModels`.

use tonic::{Request, Response, Status};

use super::model::{activations, model};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::definitions::model_name;
use crate::app::error::AppError;

/// Models on a page when a request does not say.
const PAGE_SIZE_DEFAULT: i32 = 50;
/// Most models on a page.
const PAGE_SIZE_MAX: i32 = 1_000;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::ListModelsRequest>,
) -> Result<Response<pb::ListModelsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let page = page(&mut reader, request.get_ref());
    let (page_size, after) = reader.finish(page)?;
    let definitions = models.app.definitions(&tenant_id).await?;
    let tenant = models
        .app
        .tenant(&tenant_id)
        .await
        .map_err(AppError::from)?;
    let currency = tenant.and_then(|tenant| tenant.base_currency);
    let name =
        |stored: &crate::store::model::StoredModel| model_name(&stored.family, stored.number);
    let newest_first: Vec<_> = definitions.models().iter().rev().collect();
    let start = match &after {
        None => 0,
        Some(last) => match newest_first.iter().position(|stored| name(stored) == *last) {
            Some(place) => place + 1,
            None => {
                let mut reader = Reader::default();
                reader.refuse("page_token", "is not a token of this list");
                return reader.finish(None);
            }
        },
    };
    let rest = newest_first.get(start..).unwrap_or_default();
    let shown: Vec<_> = rest.iter().take(page_size).collect();
    let next_page_token = match shown.last() {
        Some(last) if rest.len() > shown.len() => format!("after:{}", name(last)),
        _ => String::new(),
    };
    Ok(Response::new(pb::ListModelsResponse {
        activations: shown
            .iter()
            .flat_map(|stored| activations(&definitions, stored))
            .collect(),
        models: shown
            .into_iter()
            .map(|stored| model(stored, currency))
            .collect(),
        next_page_token,
    }))
}

/// Size of the page and the model it comes after.
fn page(reader: &mut Reader, request: &pb::ListModelsRequest) -> Option<(usize, Option<String>)> {
    let size = match request.page_size {
        0 => PAGE_SIZE_DEFAULT,
        size if (1..=PAGE_SIZE_MAX).contains(&size) => size,
        _ => {
            reader.refuse(
                "page_size",
                format!("must lie between 1 and {PAGE_SIZE_MAX}"),
            );
            return None;
        }
    };
    let after = match request.page_token.as_str() {
        "" => None,
        token => match token.strip_prefix("after:") {
            Some(name) => Some(name.to_owned()),
            None => {
                reader.refuse("page_token", "is not a token of this list");
                return None;
            }
        },
    };
    Some((usize::try_from(size).ok()?, after))
}
