//! `PolicyService.ActivatePolicy`.

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::policies::Policies;
use super::policy::{activation, policy, read_name};
use super::read::{Reader, tenant};

pub(super) async fn handle(
    policies: &Policies,
    request: Request<pb::ActivatePolicyRequest>,
) -> Result<Response<pb::ActivatePolicyResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let name = read_name(&mut reader, &request.name);
    let effective_at = reader.optional_instant("effective_at", request.effective_at.as_ref());
    let (name, effective_at) = reader.finish(name.zip(effective_at))?;
    let (definitions, known, effective_at) = policies
        .app
        .activate_policy(&tenant_id, &name, effective_at)
        .await?;
    let currency = policies.base_currency(&tenant_id).await?;
    let in_force = known
        .family_and_number()
        .and_then(|(family, number)| definitions.activation_at(family, number, effective_at));
    Ok(Response::new(pb::ActivatePolicyResponse {
        policy: Some(policy(&known, currency)),
        activation: in_force.map(|(stored, until)| activation(stored, until)),
    }))
}
