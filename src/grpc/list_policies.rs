//! `PolicyService.ListPolicies`.

use tonic::{Request, Response, Status};

use super::page::Page;
use super::pb::customervalue::v1 as pb;
use super::policies::Policies;
use super::policy::{activations, policy};
use super::read::{Reader, tenant};
use crate::app::define_policy::KnownPolicy;

pub(super) async fn handle(
    policies: &Policies,
    request: Request<pb::ListPoliciesRequest>,
) -> Result<Response<pb::ListPoliciesResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let page = Page::read(&mut reader, request.page_size, &request.page_token);
    let page = reader.finish(page)?;
    let definitions = policies.app.definitions(&tenant_id).await?;
    let currency = policies.base_currency(&tenant_id).await?;
    let known: Vec<KnownPolicy> = definitions.known_policies().collect();
    let mut reader = Reader::default();
    let name = |known: &KnownPolicy| known.policy().version.to_string();
    let shown = page.of(&mut reader, &known, name);
    let (shown, next_page_token) = reader.finish(shown)?;
    Ok(Response::new(pb::ListPoliciesResponse {
        activations: shown
            .iter()
            .flat_map(|known| activations(&definitions, known))
            .collect(),
        policies: shown.iter().map(|known| policy(known, currency)).collect(),
        next_page_token,
    }))
}
