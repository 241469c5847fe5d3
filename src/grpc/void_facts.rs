//! `LedgerService.VoidFacts`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, TEXT_BYTES_MAX, tenant};
use crate::app::record_facts::Facts;
use crate::engine::fact::{FactKind, FactVoid};

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::VoidFactsRequest>,
) -> Result<Response<pb::VoidFactsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = voids(&mut reader, request.get_ref());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.fact_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Voids(facts))
        .await?;
    Ok(Response::new(pb::VoidFactsResponse {
        results: results(ids, outcomes),
    }))
}

fn voids(reader: &mut Reader, request: &pb::VoidFactsRequest) -> Option<Vec<FactVoid>> {
    reader.items("facts", &request.facts)?;
    let facts: Vec<Option<FactVoid>> = request
        .facts
        .iter()
        .enumerate()
        .map(|(index, fact)| void(reader, &format!("facts[{index}]"), fact))
        .collect();
    facts.into_iter().collect()
}

fn void(reader: &mut Reader, path: &str, fact: &pb::FactVoid) -> Option<FactVoid> {
    let field = |name: &str| format!("{path}.{name}");
    let kind = fact_kind(reader, &field("kind"), fact.kind);
    // What people nobody knows answered hangs on no customer.
    let customer_id = if fact.customer_id.is_empty() && kind == Some(FactKind::SurveyResponse) {
        Some(String::new())
    } else {
        reader.id(&field("customer_id"), &fact.customer_id)
    };
    let fact_id = reader.id(&field("fact_id"), &fact.fact_id);
    let reason = reader.optional_text(&field("reason"), fact.reason.as_deref(), TEXT_BYTES_MAX);
    Some(FactVoid {
        customer_id: customer_id?,
        kind: kind?,
        fact_id: fact_id?,
        reason: reason?,
    })
}

fn fact_kind(reader: &mut Reader, field: &str, number: i32) -> Option<FactKind> {
    match pb::FactKind::try_from(number) {
        Ok(pb::FactKind::Transaction) => Some(FactKind::Transaction),
        Ok(pb::FactKind::Refund) => Some(FactKind::Refund),
        Ok(pb::FactKind::Cost) => Some(FactKind::Cost),
        Ok(pb::FactKind::Referral) => Some(FactKind::Referral),
        Ok(pb::FactKind::CustomerAttribute) => Some(FactKind::Attribute),
        Ok(pb::FactKind::Contact) => Some(FactKind::Contact),
        Ok(pb::FactKind::SurveyResponse) => Some(FactKind::SurveyResponse),
        Ok(pb::FactKind::Unspecified) => {
            reader.refuse(field, "is required");
            None
        }
        Err(_) => {
            reader.refuse(field, format!("must be a FactKind, is {number}"));
            None
        }
    }
}
