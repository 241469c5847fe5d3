//! `LedgerService.RecordContacts`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use crate::app::record_facts::Facts;
use crate::engine::contact::{Contact, ContactDirection, ContactPurpose};
use crate::engine::time::Instant;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordContactsRequest>,
) -> Result<Response<pb::RecordContactsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = contacts(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.contact_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Contacts(facts))
        .await?;
    Ok(Response::new(pb::RecordContactsResponse {
        results: results(ids, outcomes),
    }))
}

fn contacts(
    reader: &mut Reader,
    request: &pb::RecordContactsRequest,
    latest: Instant,
) -> Option<Vec<Contact>> {
    reader.items("contacts", &request.contacts)?;
    let facts: Vec<Option<Contact>> = request
        .contacts
        .iter()
        .enumerate()
        .map(|(index, fact)| contact(reader, &format!("contacts[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn contact(
    reader: &mut Reader,
    path: &str,
    fact: &pb::Contact,
    latest: Instant,
) -> Option<Contact> {
    let field = |name: &str| format!("{path}.{name}");
    let contact_id = reader.id(&field("contact_id"), &fact.contact_id);
    let customer_id = reader.id(&field("customer_id"), &fact.customer_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let direction = contact_direction(reader, &field("direction"), fact.direction);
    let purpose = contact_purpose(reader, &field("purpose"), fact.purpose);
    let channel = reader.optional_text(&field("channel"), fact.channel.as_deref(), SHORT_BYTES_MAX);
    Some(Contact {
        contact_id: contact_id?,
        customer_id: customer_id?,
        occurred_at: occurred_at?,
        direction: direction?,
        purpose: purpose?,
        channel: channel?,
    })
}

fn contact_direction(reader: &mut Reader, field: &str, number: i32) -> Option<ContactDirection> {
    match pb::ContactDirection::try_from(number) {
        Ok(pb::ContactDirection::Inbound) => Some(ContactDirection::Inbound),
        Ok(pb::ContactDirection::Outbound) => Some(ContactDirection::Outbound),
        Ok(pb::ContactDirection::Unspecified) => {
            reader.refuse(field, "is required");
            None
        }
        Err(_) => {
            reader.refuse(field, format!("must be a ContactDirection, is {number}"));
            None
        }
    }
}

fn contact_purpose(reader: &mut Reader, field: &str, number: i32) -> Option<ContactPurpose> {
    match pb::ContactPurpose::try_from(number) {
        Ok(pb::ContactPurpose::Sale) => Some(ContactPurpose::Sale),
        Ok(pb::ContactPurpose::Inbound) => Some(ContactPurpose::Inbound),
        Ok(pb::ContactPurpose::FollowUp) => Some(ContactPurpose::FollowUp),
        Ok(pb::ContactPurpose::Proactive) => Some(ContactPurpose::Proactive),
        Ok(pb::ContactPurpose::Joint) => Some(ContactPurpose::Joint),
        Ok(pb::ContactPurpose::Unspecified) => {
            reader.refuse(field, "is required");
            None
        }
        Err(_) => {
            reader.refuse(field, format!("must be a ContactPurpose, is {number}"));
            None
        }
    }
}
