//! `LedgerService.RecordCosts`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::record_facts::Facts;
use crate::engine::fact::{Cost, CostKind};
use crate::engine::time::Instant;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordCostsRequest>,
) -> Result<Response<pb::RecordCostsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = costs(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.cost_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Costs(facts))
        .await?;
    Ok(Response::new(pb::RecordCostsResponse {
        results: results(ids, outcomes),
    }))
}

fn costs(
    reader: &mut Reader,
    request: &pb::RecordCostsRequest,
    latest: Instant,
) -> Option<Vec<Cost>> {
    reader.items("costs", &request.costs)?;
    let facts: Vec<Option<Cost>> = request
        .costs
        .iter()
        .enumerate()
        .map(|(index, fact)| cost(reader, &format!("costs[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn cost(reader: &mut Reader, path: &str, fact: &pb::Cost, latest: Instant) -> Option<Cost> {
    let field = |name: &str| format!("{path}.{name}");
    let cost_id = reader.id(&field("cost_id"), &fact.cost_id);
    let customer_id = reader.id(&field("customer_id"), &fact.customer_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let amount = reader.amount(&field("amount"), fact.amount.as_ref());
    let exchange_rate =
        reader.exchange_rate(&field("exchange_rate"), fact.exchange_rate.as_deref());
    let kind = cost_kind(reader, &field("kind"), fact.kind);
    Some(Cost {
        cost_id: cost_id?,
        customer_id: customer_id?,
        occurred_at: occurred_at?,
        amount: amount?,
        exchange_rate: exchange_rate?,
        kind: kind?,
    })
}

fn cost_kind(reader: &mut Reader, field: &str, number: i32) -> Option<CostKind> {
    match pb::CostKind::try_from(number) {
        Ok(pb::CostKind::Acquisition) => Some(CostKind::Acquisition),
        Ok(pb::CostKind::ToServe) => Some(CostKind::ToServe),
        Ok(pb::CostKind::Marketing) => Some(CostKind::Marketing),
        Ok(pb::CostKind::Retention) => Some(CostKind::Retention),
        Ok(pb::CostKind::ReferralReward) => Some(CostKind::ReferralReward),
        Ok(pb::CostKind::Compensation) => Some(CostKind::Compensation),
        Ok(pb::CostKind::Rebate) => Some(CostKind::Rebate),
        Ok(pb::CostKind::Unspecified) => {
            reader.refuse(field, "is required");
            None
        }
        Err(_) => {
            reader.refuse(field, format!("must be a CostKind, is {number}"));
            None
        }
    }
}
