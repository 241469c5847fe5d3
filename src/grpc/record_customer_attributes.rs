//! `LedgerService.RecordCustomerAttributes`.

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{ATTRIBUTE_NAME_BYTES_MAX, Reader, TEXT_BYTES_MAX, tenant};
use crate::app::record_facts::Facts;
use crate::engine::attribute::{AttributeValue, CustomerAttribute};
use crate::engine::time::Instant;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordCustomerAttributesRequest>,
) -> Result<Response<pb::RecordCustomerAttributesResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = attributes(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.attribute_id.clone()).collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Attributes(facts))
        .await?;
    Ok(Response::new(pb::RecordCustomerAttributesResponse {
        results: results(ids, outcomes),
    }))
}

fn attributes(
    reader: &mut Reader,
    request: &pb::RecordCustomerAttributesRequest,
    latest: Instant,
) -> Option<Vec<CustomerAttribute>> {
    reader.items("attributes", &request.attributes)?;
    let facts: Vec<Option<CustomerAttribute>> = request
        .attributes
        .iter()
        .enumerate()
        .map(|(index, fact)| attribute(reader, &format!("attributes[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn attribute(
    reader: &mut Reader,
    path: &str,
    fact: &pb::CustomerAttribute,
    latest: Instant,
) -> Option<CustomerAttribute> {
    let field = |name: &str| format!("{path}.{name}");
    let attribute_id = reader.id(&field("attribute_id"), &fact.attribute_id);
    let customer_id = reader.id(&field("customer_id"), &fact.customer_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let name = reader.required_text(&field("name"), &fact.name, ATTRIBUTE_NAME_BYTES_MAX);
    let value = attribute_value(reader, path, fact.value.as_ref());
    Some(CustomerAttribute {
        attribute_id: attribute_id?,
        customer_id: customer_id?,
        occurred_at: occurred_at?,
        name: name?,
        value: value?,
    })
}

fn attribute_value(
    reader: &mut Reader,
    path: &str,
    value: Option<&pb::customer_attribute::Value>,
) -> Option<AttributeValue> {
    use pb::customer_attribute::Value;
    match value {
        Some(Value::Text(text)) => reader
            .text(&format!("{path}.text"), text, TEXT_BYTES_MAX)
            .map(AttributeValue::Text),
        Some(Value::Number(number)) => {
            let value = AttributeValue::number(*number);
            if value.is_none() {
                reader.refuse(format!("{path}.number"), "must be finite");
            }
            value
        }
        Some(Value::Flag(flag)) => Some(AttributeValue::Flag(*flag)),
        None => {
            reader.refuse(
                format!("{path}.value"),
                "is required: one of text, number, flag",
            );
            None
        }
    }
}
