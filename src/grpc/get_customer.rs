//! `LedgerService.GetCustomer`.

use tonic::{Request, Response, Status};

use super::ledger::Ledger;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::write::{contact_direction, contact_purpose, fact_kind, money, timestamp};
use crate::app::get_customer::CustomerCard;
use crate::engine::attribute::{AttributeValue, CustomerAttribute};
use crate::engine::contact::Contact;
use crate::engine::fact::{FactKind, Refund};
use crate::engine::money::Micros;
use crate::engine::referral::Edge;
use crate::store::customer_card::RefundAnomaly;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::GetCustomerRequest>,
) -> Result<Response<pb::GetCustomerResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let customer_id = reader.id("customer_id", &request.get_ref().customer_id);
    let customer_id = reader.finish(customer_id)?;
    let card = ledger.app.get_customer(&tenant_id, &customer_id).await?;
    Ok(Response::new(pb::GetCustomerResponse {
        customer: Some(customer(customer_id, card)),
    }))
}

fn customer(customer_id: String, card: CustomerCard) -> pb::Customer {
    let state = card.state;
    let fact_counts = FactKind::ALL
        .into_iter()
        .map(|kind| (kind, state.facts[kind.index()]))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| pb::FactCount {
            kind: fact_kind(kind).into(),
            count,
        })
        .collect();
    pb::Customer {
        customer_id,
        first_fact_at: state.fact_span.map(|span| timestamp(span.first)),
        last_fact_at: state.fact_span.map(|span| timestamp(span.last)),
        last_recorded_at: state.last_recorded_at.map(timestamp),
        fact_counts,
        voids: state.voids,
        referrer: state.referrer.map(referral),
        referees: card.referees.into_iter().map(referral).collect(),
        direct_referees: card.direct_referees,
        pending_refunds: card.pending_refunds.into_iter().map(refund).collect(),
        pending_refund_count: state.pending_refunds,
        anomalies: card.anomalies.into_iter().map(anomaly).collect(),
        attributes: card.attributes.into_iter().map(attribute).collect(),
        contacts: card.contacts.into_iter().map(contact).collect(),
    }
}

fn referral(edge: Edge) -> pb::Referral {
    pb::Referral {
        referral_id: edge.referral_id,
        referrer_id: edge.referrer_id,
        referee_id: edge.referee_id,
        occurred_at: Some(timestamp(edge.occurred_at)),
    }
}

fn refund(refund: Refund) -> pb::Refund {
    let currency = refund.amount.currency;
    let write = |micros: i64| money(Micros(i128::from(micros)), currency);
    pb::Refund {
        refund_id: refund.refund_id,
        customer_id: refund.customer_id,
        transaction_id: refund.transaction_id,
        occurred_at: Some(timestamp(refund.occurred_at)),
        amount: Some(write(refund.amount.micros)),
        cost_of_goods_returned: refund.cost_of_goods_returned_micros.map(write),
    }
}

fn anomaly(anomaly: RefundAnomaly) -> pb::Anomaly {
    let (kind, amount) = match anomaly.counted_up_to {
        _ if anomaly.is_void => (pb::AnomalyKind::RefundOfVoidedPurchase, anomaly.refunded),
        Some(counted) => (
            pb::AnomalyKind::RefundExceedsPurchase,
            anomaly.refunded - counted,
        ),
        None => (pb::AnomalyKind::RefundCurrencyDiffers, anomaly.refunded),
    };
    pb::Anomaly {
        kind: kind.into(),
        transaction_id: anomaly.transaction_id,
        amount: Some(money(amount, anomaly.currency)),
    }
}

fn attribute(fact: CustomerAttribute) -> pb::CustomerAttribute {
    use pb::customer_attribute::Value;
    let value = match fact.value {
        AttributeValue::Text(text) => Value::Text(text),
        AttributeValue::Number(number) => Value::Number(number),
        AttributeValue::Flag(flag) => Value::Flag(flag),
    };
    pb::CustomerAttribute {
        attribute_id: fact.attribute_id,
        customer_id: fact.customer_id,
        occurred_at: Some(timestamp(fact.occurred_at)),
        name: fact.name,
        value: Some(value),
    }
}

fn contact(fact: Contact) -> pb::Contact {
    pb::Contact {
        contact_id: fact.contact_id,
        customer_id: fact.customer_id,
        occurred_at: Some(timestamp(fact.occurred_at)),
        direction: contact_direction(fact.direction).into(),
        purpose: contact_purpose(fact.purpose).into(),
        channel: fact.channel,
    }
}
