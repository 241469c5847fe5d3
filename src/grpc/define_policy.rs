//! `PolicyService.DefinePolicy`.

use tonic::{Request, Response, Status};

use super::ledger::outcome;
use super::pb::customervalue::v1 as pb;
use super::policies::Policies;
use super::policy::policy;
use super::policy::terms::definition;
use super::read::{Reader, tenant};
use crate::app::error::AppError;

pub(super) async fn handle(
    policies: &Policies,
    request: Request<pb::DefinePolicyRequest>,
) -> Result<Response<pb::DefinePolicyResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let currency = policies.base_currency(&tenant_id).await?;
    let mut reader = Reader::default();
    let definition = definition(&mut reader, request.get_ref(), currency);
    let definition = reader.finish(definition)?;
    if let Some(field) = definition.money_without_currency {
        return Err(AppError::MoneyBeforeCurrency { field }.into());
    }
    let (known, became) = policies
        .app
        .define_policy(&tenant_id, definition.base, definition.terms)
        .await?;
    Ok(Response::new(pb::DefinePolicyResponse {
        policy: Some(policy(&known, currency)),
        outcome: outcome(became).into(),
    }))
}
