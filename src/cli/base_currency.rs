//! Which currency a tenant counts in.

use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// The tenant's base currency; `None` while it has no facts with money.
pub(super) async fn of_tenant(client: &Client) -> Result<Option<String>, Refused> {
    let answer = patiently(|| {
        let mut ledger = client.ledger.clone();
        async move { ledger.get_tenant(pb::GetTenantRequest {}).await }
    })
    .await?;
    Ok(answer.tenant.and_then(|tenant| tenant.base_currency))
}
