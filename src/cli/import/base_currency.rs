//! Which currency a tenant counts in.
//!
//! No call tells. But the service says it when it refuses money in another currency, so we ask with
//! a request that it can only refuse and never stores: the first cost carries an exchange rate,
//! which a tenant without a base currency refuses, and the second carries none, which a tenant with
//! another base currency refuses.

use tonic::Code;
use tonic_types::StatusExt as _;

use crate::cli::amounts;
use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// A code that ISO 4217 keeps for tests.
const PROBE_CURRENCY: &str = "XTS";
/// What stands before the code in a refusal.
const BASE: &str = "the tenant's base currency ";

/// The tenant's base currency; `None` while it has no facts with money.
pub(super) async fn of_tenant(client: &Client) -> Result<Option<String>, Refused> {
    let cost = |cost_id: &str, exchange_rate: Option<&str>| pb::Cost {
        cost_id: cost_id.to_owned(),
        customer_id: "base-currency".to_owned(),
        occurred_at: Some(prost_types::Timestamp::default()),
        amount: Some(amounts::money(0, PROBE_CURRENCY)),
        exchange_rate: exchange_rate.map(str::to_owned),
        kind: pb::CostKind::ToServe.into(),
    };
    let costs = vec![cost("with-rate", Some("1")), cost("without", None)];
    let outcome = patiently(|| {
        let mut ledger = client.ledger.clone();
        let costs = costs.clone();
        async move { ledger.record_costs(pb::RecordCostsRequest { costs }).await }
    });
    let refused = match outcome.await {
        Ok(_) => return Ok(None),
        Err(refused) => refused,
    };
    let status = &refused.0;
    if status.code() == Code::FailedPrecondition {
        return Ok(None);
    }
    let violations = status.get_details_bad_request();
    let told = violations
        .iter()
        .flat_map(|bad| &bad.field_violations)
        .find_map(|violation| violation.description.split_once(BASE));
    match told {
        Some((_, rest)) => {
            let code = rest.strip_prefix("is ").unwrap_or(rest);
            Ok(Some(code.chars().take(3).collect()))
        }
        None => Err(refused),
    }
}
