//! `LedgerService.RecordRefunds`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::record_facts::Facts;
use crate::engine::fact::Refund;
use crate::engine::time::Instant;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordRefundsRequest>,
) -> Result<Response<pb::RecordRefundsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = refunds(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.refund_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Refunds(facts))
        .await?;
    Ok(Response::new(pb::RecordRefundsResponse {
        results: results(ids, outcomes),
    }))
}

fn refunds(
    reader: &mut Reader,
    request: &pb::RecordRefundsRequest,
    latest: Instant,
) -> Option<Vec<Refund>> {
    reader.items("refunds", &request.refunds)?;
    let facts: Vec<Option<Refund>> = request
        .refunds
        .iter()
        .enumerate()
        .map(|(index, fact)| refund(reader, &format!("refunds[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn refund(reader: &mut Reader, path: &str, fact: &pb::Refund, latest: Instant) -> Option<Refund> {
    let field = |name: &str| format!("{path}.{name}");
    let refund_id = reader.id(&field("refund_id"), &fact.refund_id);
    let customer_id = reader.id(&field("customer_id"), &fact.customer_id);
    let transaction_id = reader.id(&field("transaction_id"), &fact.transaction_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let amount = reader.amount(&field("amount"), fact.amount.as_ref());
    let returned = reader.optional_micros(
        &field("cost_of_goods_returned"),
        fact.cost_of_goods_returned.as_ref(),
        amount.map(|amount| amount.currency),
    );
    Some(Refund {
        refund_id: refund_id?,
        customer_id: customer_id?,
        transaction_id: transaction_id?,
        occurred_at: occurred_at?,
        amount: amount?,
        cost_of_goods_returned_micros: returned?,
    })
}
