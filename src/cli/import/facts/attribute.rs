//! Attributes as rows: each fills one of three columns, as its value is a text, a number or a flag.

use pb::customer_attribute::Value;

use super::ImportedFact;
use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::cli::import::cells::Cells;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::read::{ATTRIBUTE_NAME_BYTES_MAX, TEXT_BYTES_MAX};

impl ImportedFact for pb::CustomerAttribute {
    const FIELD: &'static str = "attributes";
    const REQUIRED: &'static [&'static str] =
        &["attribute_id", "customer_id", "occurred_at", "name"];
    const OPTIONAL: &'static [&'static str] = &["text", "number", "flag"];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let attribute_id = cells.id("attribute_id");
        let customer_id = cells.id("customer_id");
        let occurred_at = cells.instant("occurred_at");
        let name = cells.required_text("name", ATTRIBUTE_NAME_BYTES_MAX);
        let value = value(cells);
        Some(Self {
            attribute_id: attribute_id?,
            customer_id: customer_id?,
            occurred_at: Some(occurred_at?),
            name: name?,
            value: Some(value?),
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let attributes = facts.to_vec();
            async move {
                let request = pb::RecordCustomerAttributesRequest { attributes };
                ledger.record_customer_attributes(request).await
            }
        });
        Ok(answer.await?.results)
    }
}

fn value(cells: &mut Cells<'_>) -> Option<Value> {
    let text = cells.optional_text("text", TEXT_BYTES_MAX);
    let number = cells.number("number");
    let flag = cells.flag("flag");
    let values = [
        text?.map(Value::Text),
        number?.map(Value::Number),
        flag?.map(Value::Flag),
    ];
    let mut values = values.into_iter().flatten();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => {
            cells.row.refuse(
                "text",
                "exactly one of text, number and flag must be filled",
            );
            None
        }
    }
}
