//! Contacts as rows.

use super::ImportedFact;
use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::cli::import::cells::Cells;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::read::SHORT_BYTES_MAX;

impl ImportedFact for pb::Contact {
    const FIELD: &'static str = "contacts";
    const REQUIRED: &'static [&'static str] = &[
        "contact_id",
        "customer_id",
        "occurred_at",
        "direction",
        "purpose",
    ];
    const OPTIONAL: &'static [&'static str] = &["channel"];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let contact_id = cells.id("contact_id");
        let customer_id = cells.id("customer_id");
        let occurred_at = cells.instant("occurred_at");
        let number = |name: &str| pb::ContactDirection::from_str_name(name).map(Into::into);
        let choices = "INBOUND, OUTBOUND";
        let direction = cells.required_choice("direction", "CONTACT_DIRECTION_", number, choices);
        let number = |name: &str| pb::ContactPurpose::from_str_name(name).map(Into::into);
        let choices = "SALE, INBOUND, FOLLOW_UP, PROACTIVE, JOINT";
        let purpose = cells.required_choice("purpose", "CONTACT_PURPOSE_", number, choices);
        let channel = cells.optional_text("channel", SHORT_BYTES_MAX);
        Some(Self {
            contact_id: contact_id?,
            customer_id: customer_id?,
            occurred_at: Some(occurred_at?),
            direction: direction?,
            purpose: purpose?,
            channel: channel?,
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let contacts = facts.to_vec();
            async move {
                let request = pb::RecordContactsRequest { contacts };
                ledger.record_contacts(request).await
            }
        });
        Ok(answer.await?.results)
    }
}
