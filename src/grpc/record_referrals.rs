//! `LedgerService.RecordReferrals`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::record_facts::Facts;
use crate::engine::fact::Referral;
use crate::engine::time::Instant;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordReferralsRequest>,
) -> Result<Response<pb::RecordReferralsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = referrals(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.referral_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Referrals(facts))
        .await?;
    Ok(Response::new(pb::RecordReferralsResponse {
        results: results(ids, outcomes),
    }))
}

fn referrals(
    reader: &mut Reader,
    request: &pb::RecordReferralsRequest,
    latest: Instant,
) -> Option<Vec<Referral>> {
    reader.items("referrals", &request.referrals)?;
    let facts: Vec<Option<Referral>> = request
        .referrals
        .iter()
        .enumerate()
        .map(|(index, fact)| referral(reader, &format!("referrals[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn referral(
    reader: &mut Reader,
    path: &str,
    fact: &pb::Referral,
    latest: Instant,
) -> Option<Referral> {
    let field = |name: &str| format!("{path}.{name}");
    let referral_id = reader.id(&field("referral_id"), &fact.referral_id);
    let referrer_id = reader.id(&field("referrer_id"), &fact.referrer_id);
    let referee_id = reader.id(&field("referee_id"), &fact.referee_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let fact = Referral {
        referral_id: referral_id?,
        referrer_id: referrer_id?,
        referee_id: referee_id?,
        occurred_at: occurred_at?,
    };
    if fact.referrer_id == fact.referee_id {
        reader.refuse(field("referrer_id"), "must not be the referee");
        return None;
    }
    Some(fact)
}
