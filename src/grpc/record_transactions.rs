//! `LedgerService.RecordTransactions`.

use std::collections::BTreeMap;

use tonic::{Request, Response, Status};

use super::ledger::{Ledger, results};
use super::pb::customervalue::v1 as pb;
use super::read::{
    ATTRIBUTE_NAME_BYTES_MAX, ID_BYTES, Reader, SHORT_BYTES_MAX, TEXT_BYTES_MAX, tenant,
};
use crate::app::record_facts::Facts;
use crate::engine::fact::{PurchaseKind, Transaction, TransactionLine};
use crate::engine::money::Currency;
use crate::engine::time::Instant;

/// Most lines of an order.
const LINES_MAX: usize = 200;
/// Most attributes of a transaction.
const ATTRIBUTES_MAX: usize = 32;

pub(super) async fn handle(
    ledger: &Ledger,
    request: Request<pb::RecordTransactionsRequest>,
) -> Result<Response<pb::RecordTransactionsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let facts = transactions(&mut reader, request.get_ref(), ledger.app.latest_instant());
    let facts = reader.finish(facts)?;
    let ids = facts
        .iter()
        .map(|fact| fact.transaction_id.clone())
        .collect();
    let outcomes = ledger
        .app
        .record_facts(&tenant_id, Facts::Transactions(facts))
        .await?;
    Ok(Response::new(pb::RecordTransactionsResponse {
        results: results(ids, outcomes),
    }))
}

fn transactions(
    reader: &mut Reader,
    request: &pb::RecordTransactionsRequest,
    latest: Instant,
) -> Option<Vec<Transaction>> {
    reader.items("transactions", &request.transactions)?;
    let facts: Vec<Option<Transaction>> = request
        .transactions
        .iter()
        .enumerate()
        .map(|(index, fact)| transaction(reader, &format!("transactions[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn transaction(
    reader: &mut Reader,
    path: &str,
    fact: &pb::Transaction,
    latest: Instant,
) -> Option<Transaction> {
    let field = |name: &str| format!("{path}.{name}");
    let transaction_id = reader.id(&field("transaction_id"), &fact.transaction_id);
    let customer_id = reader.id(&field("customer_id"), &fact.customer_id);
    let occurred_at = reader.occurred_at(&field("occurred_at"), fact.occurred_at.as_ref(), latest);
    let amount = reader.amount(&field("amount"), fact.amount.as_ref());
    let currency = amount.map(|amount| amount.currency);
    let exchange_rate =
        reader.exchange_rate(&field("exchange_rate"), fact.exchange_rate.as_deref());
    let kind = purchase_kind(reader, &field("kind"), fact.kind);
    let cost_of_goods = reader.optional_micros(
        &field("cost_of_goods"),
        fact.cost_of_goods.as_ref(),
        currency,
    );
    let channel = reader.optional_text(&field("channel"), fact.channel.as_deref(), SHORT_BYTES_MAX);
    let lines = lines(reader, &field("lines"), &fact.lines, currency);
    let attributes = attributes(reader, &field("attributes"), &fact.attributes);
    let fact = Transaction {
        transaction_id: transaction_id?,
        customer_id: customer_id?,
        occurred_at: occurred_at?,
        amount: amount?,
        exchange_rate: exchange_rate?,
        kind: kind?,
        cost_of_goods_micros: cost_of_goods?,
        channel: channel?,
        lines: lines?,
        attributes: attributes?,
    };
    check_lines(reader, path, &fact).then_some(fact)
}

fn purchase_kind(reader: &mut Reader, field: &str, number: i32) -> Option<PurchaseKind> {
    match pb::PurchaseKind::try_from(number) {
        Ok(pb::PurchaseKind::Unspecified) => Some(PurchaseKind::Unspecified),
        Ok(pb::PurchaseKind::New) => Some(PurchaseKind::New),
        Ok(pb::PurchaseKind::Repeat) => Some(PurchaseKind::Repeat),
        Ok(pb::PurchaseKind::Upgrade) => Some(PurchaseKind::Upgrade),
        Ok(pb::PurchaseKind::CrossSell) => Some(PurchaseKind::CrossSell),
        Err(_) => {
            reader.refuse(field, format!("must be a PurchaseKind, is {number}"));
            None
        }
    }
}

fn lines(
    reader: &mut Reader,
    path: &str,
    lines: &[pb::TransactionLine],
    currency: Option<Currency>,
) -> Option<Vec<TransactionLine>> {
    if lines.len() > LINES_MAX {
        reader.refuse(
            path,
            format!("must have at most {LINES_MAX} items, has {}", lines.len()),
        );
        return None;
    }
    let lines: Vec<Option<TransactionLine>> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let field = |name: &str| format!("{path}[{index}].{name}");
            let product_id = reader.id(&field("product_id"), &line.product_id);
            let category = reader.optional_text(
                &field("category"),
                line.category.as_deref(),
                SHORT_BYTES_MAX,
            );
            let quantity = reader.quantity(&field("quantity"), line.quantity.as_deref());
            let amount = reader.signed_micros(&field("amount"), line.amount.as_ref(), currency);
            let cost_of_goods = reader.optional_micros(
                &field("cost_of_goods"),
                line.cost_of_goods.as_ref(),
                currency,
            );
            Some(TransactionLine {
                product_id: product_id?,
                category: category?,
                quantity: quantity?,
                amount_micros: amount?,
                cost_of_goods_micros: cost_of_goods?,
            })
        })
        .collect();
    lines.into_iter().collect()
}

/// Lines, where there are any, add up to the transaction.
fn check_lines(reader: &mut Reader, path: &str, fact: &Transaction) -> bool {
    if fact.lines.is_empty() {
        return true;
    }
    let sum: i128 = fact
        .lines
        .iter()
        .map(|line| i128::from(line.amount_micros))
        .sum();
    if sum != i128::from(fact.amount.micros) {
        reader.refuse(
            format!("{path}.lines"),
            "amounts must add up to the transaction's amount",
        );
        return false;
    }
    let costs: Vec<i64> = fact
        .lines
        .iter()
        .filter_map(|line| line.cost_of_goods_micros)
        .collect();
    let total: i128 = costs.iter().map(|&cost| i128::from(cost)).sum();
    if !costs.is_empty() && fact.cost_of_goods_micros.map(i128::from) != Some(total) {
        reader.refuse(
            format!("{path}.lines"),
            "costs of goods must add up to the transaction's cost_of_goods",
        );
        return false;
    }
    true
}

fn attributes(
    reader: &mut Reader,
    path: &str,
    attributes: &BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    if attributes.len() > ATTRIBUTES_MAX {
        reader.refuse(
            path,
            format!(
                "must have at most {ATTRIBUTES_MAX} entries, has {}",
                attributes.len()
            ),
        );
        return None;
    }
    let entries: Vec<Option<(String, String)>> = attributes
        .iter()
        .map(|(name, value)| {
            if name.is_empty() {
                reader.refuse(path, "must not have an empty name");
                return None;
            }
            let shown: String = name
                .chars()
                .filter(|char| !char.is_control())
                .take(ID_BYTES)
                .collect();
            let name = reader.text(path, name, ATTRIBUTE_NAME_BYTES_MAX);
            let value = reader.text(&format!("{path}[{shown:?}]"), value, TEXT_BYTES_MAX);
            Some((name?, value?))
        })
        .collect();
    entries.into_iter().collect()
}
