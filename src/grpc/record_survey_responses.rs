//! `SatisfactionService.RecordSurveyResponses`.

use std::collections::BTreeMap;

use tonic::{Request, Response, Status};

use super::instrument::thousandths;
use super::ledger::results;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, shown, tenant};
use super::satisfaction::Satisfaction;
use crate::engine::fact::SurveyResponse;
use crate::engine::money::Decimal;
use crate::engine::satisfaction::instrument::{ATTRIBUTES_MAX, ITEMS_MAX};
use crate::engine::satisfaction::response::WEIGHT_MILLIONTHS_MAX;
use crate::engine::time::Instant;
use crate::ids::ID_BYTES_MAX;

pub(super) async fn handle(
    satisfaction: &Satisfaction,
    request: Request<pb::RecordSurveyResponsesRequest>,
) -> Result<Response<pb::RecordSurveyResponsesResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let latest = satisfaction.app.latest_instant();
    let facts = responses(&mut reader, request.get_ref(), latest);
    let facts = reader.finish(facts)?;
    let ids = facts.iter().map(|fact| fact.response_id.clone()).collect();
    let outcomes = satisfaction.app.record_responses(&tenant_id, facts).await?;
    Ok(Response::new(pb::RecordSurveyResponsesResponse {
        results: results(ids, outcomes),
    }))
}

fn responses(
    reader: &mut Reader,
    request: &pb::RecordSurveyResponsesRequest,
    latest: Instant,
) -> Option<Vec<SurveyResponse>> {
    reader.items("responses", &request.responses)?;
    let facts: Vec<Option<SurveyResponse>> = request
        .responses
        .iter()
        .enumerate()
        .map(|(index, fact)| response(reader, &format!("responses[{index}]"), fact, latest))
        .collect();
    facts.into_iter().collect()
}

fn response(
    reader: &mut Reader,
    path: &str,
    fact: &pb::SurveyResponse,
    latest: Instant,
) -> Option<SurveyResponse> {
    let field = |name: &str| format!("{path}.{name}");
    let response_id = reader.id(&field("response_id"), &fact.response_id);
    let instrument_id = reader.id(&field("instrument_id"), &fact.instrument_id);
    let instrument_version = reader.version(&field("instrument_version"), fact.instrument_version);
    let customer_id = reader.optional_text(
        &field("customer_id"),
        fact.customer_id.as_deref(),
        ID_BYTES_MAX,
    );
    let answered_at = reader.occurred_at(&field("answered_at"), fact.answered_at.as_ref(), latest);
    let answers = answers(reader, &field("answers"), &fact.answers);
    let weight = weight(reader, &field("weight"), fact.weight.as_deref());
    let channel = reader.optional_text(&field("channel"), fact.channel.as_deref(), SHORT_BYTES_MAX);
    let product_id = reader.optional_text(
        &field("product_id"),
        fact.product_id.as_deref(),
        ID_BYTES_MAX,
    );
    let attributes = attributes(reader, &field("attributes"), &fact.attributes);
    Some(SurveyResponse {
        response_id: response_id?,
        instrument_id: instrument_id?,
        instrument_version: instrument_version?,
        customer_id: customer_id?,
        answered_at: answered_at?,
        answers: answers?,
        weight: weight?,
        channel: channel?,
        product_id: product_id?,
        attributes: attributes?,
    })
}

/// Answers in thousandths; whether they lie on their scales, the instrument decides.
fn answers(
    reader: &mut Reader,
    path: &str,
    answers: &BTreeMap<String, f64>,
) -> Option<BTreeMap<String, i32>> {
    if !(1..=ITEMS_MAX).contains(&answers.len()) {
        let count = answers.len();
        reader.refuse(
            path,
            format!("must have 1 to {ITEMS_MAX} answers, has {count}"),
        );
        return None;
    }
    let answers: Vec<Option<(String, i32)>> = answers
        .iter()
        .map(|(item_id, answer)| {
            let name = reader.id(path, item_id)?;
            let value = thousandths(*answer).and_then(|value| i32::try_from(value).ok());
            if value.is_none() {
                let text = "must be a number from -1000 to 1000 with at most 3 decimals";
                reader.refuse(format!("{path}[{:?}]", shown(item_id)), text);
            }
            Some((name, value?))
        })
        .collect();
    answers.into_iter().collect()
}

fn weight(reader: &mut Reader, path: &str, weight: Option<&str>) -> Option<Option<Decimal>> {
    let Some(text) = weight else {
        return Some(None);
    };
    let weight = Decimal::parse(text).filter(|weight| {
        let millionths = weight.millionths();
        millionths.is_some_and(|millionths| millionths <= WEIGHT_MILLIONTHS_MAX)
    });
    if weight.is_none() {
        reader.refuse(
            path,
            "must be decimal text above 0 and at most 1000, with at most 6 decimals",
        );
    }
    weight.map(Some)
}

fn attributes(
    reader: &mut Reader,
    path: &str,
    attributes: &BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    if attributes.len() > ATTRIBUTES_MAX {
        let count = attributes.len();
        reader.refuse(
            path,
            format!("must have at most {ATTRIBUTES_MAX} entries, has {count}"),
        );
        return None;
    }
    let entries: Vec<Option<(String, String)>> = attributes
        .iter()
        .map(|(name, value)| {
            let read = reader.id(path, name)?;
            let value = reader.id(&format!("{path}[{:?}]", shown(name)), value);
            Some((read, value?))
        })
        .collect();
    entries.into_iter().collect()
}
