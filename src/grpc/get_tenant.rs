//! `LedgerService.GetTenant`.

use tonic::{Request, Response, Status};

use super::ledger::Ledger;
use super::pb::customervalue::v1 as pb;
use super::read::tenant;
use crate::app::error::AppError;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::GetTenantRequest>,
) -> Result<Response<pb::GetTenantResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let settled = ledger
        .app
        .tenant(&tenant_id)
        .await
        .map_err(AppError::from)?;
    let base_currency = settled.as_ref().and_then(|tenant| tenant.base_currency);
    let tenant = pb::Tenant {
        tenant_id,
        base_currency: base_currency.map(|currency| currency.code().to_owned()),
        time_zone: settled.map(|tenant| tenant.zone.name().to_owned()),
    };
    Ok(Response::new(pb::GetTenantResponse {
        tenant: Some(tenant),
    }))
}
