//! `PolicyService.GetPolicy`.

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::policies::Policies;
use super::policy::{activations, policy, read_name};
use super::read::{Reader, tenant};

pub(super) async fn handle(
    policies: &Policies,
    request: Request<pb::GetPolicyRequest>,
) -> Result<Response<pb::GetPolicyResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let name = read_name(&mut reader, &request.get_ref().name);
    let name = reader.finish(name)?;
    let definitions = policies.app.definitions(&tenant_id).await?;
    let known = definitions.known_policy(&name)?;
    let currency = policies.base_currency(&tenant_id).await?;
    Ok(Response::new(pb::GetPolicyResponse {
        policy: Some(policy(&known, currency)),
        activations: activations(&definitions, &known),
    }))
}
