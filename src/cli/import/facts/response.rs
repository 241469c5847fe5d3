//! Survey responses as rows: one column an item, named `answer.ITEM`, and one an attribute.

use std::collections::BTreeMap;

use super::ImportedFact;
use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::cli::import::cells::Cells;
use crate::engine::money::Decimal;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::read::SHORT_BYTES_MAX;
use crate::ids::ID_BYTES_MAX;

/// Begins the name of a column of answers to an item.
const ANSWER: &str = "answer.";
/// Begins the name of a column of an attribute.
const ATTRIBUTE: &str = "attribute.";

impl ImportedFact for pb::SurveyResponse {
    const FIELD: &'static str = "responses";
    const REQUIRED: &'static [&'static str] = &["response_id", "instrument_id", "answered_at"];
    const OPTIONAL: &'static [&'static str] = &[
        "instrument_version",
        "customer_id",
        "weight",
        "channel",
        "product_id",
    ];
    const PREFIXES: &'static [&'static str] = &[ANSWER, ATTRIBUTE];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let response_id = cells.id("response_id");
        let instrument_id = cells.id("instrument_id");
        let instrument_version = version(cells);
        let customer_id = cells.optional_text("customer_id", ID_BYTES_MAX);
        let answered_at = cells.instant("answered_at");
        let answers = answers(cells);
        let weight = weight(cells);
        let channel = cells.optional_text("channel", SHORT_BYTES_MAX);
        let product_id = cells.optional_text("product_id", ID_BYTES_MAX);
        let attributes = attributes(cells);
        Some(Self {
            response_id: response_id?,
            instrument_id: instrument_id?,
            instrument_version: instrument_version?,
            customer_id: customer_id?,
            answered_at: Some(answered_at?),
            answers: answers?,
            weight: weight?,
            channel: channel?,
            product_id: product_id?,
            attributes: attributes?,
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut satisfaction = client.satisfaction.clone();
            let responses = facts.to_vec();
            async move {
                let request = pb::RecordSurveyResponsesRequest { responses };
                satisfaction.record_survey_responses(request).await
            }
        });
        Ok(answer.await?.results)
    }
}

fn version(cells: &mut Cells<'_>) -> Option<Option<i32>> {
    let column = "instrument_version";
    let Some(text) = cells.row.text(column).map(str::trim) else {
        return Some(None);
    };
    let version = text.parse().ok().filter(|version| *version > 0);
    if version.is_none() {
        let reason = "must be a whole number above zero";
        cells.row.refuse_text(column, text, reason);
    }
    version.map(Some)
}

fn weight(cells: &mut Cells<'_>) -> Option<Option<String>> {
    let Some(text) = cells.row.text("weight").map(str::trim) else {
        return Some(None);
    };
    let is_weight = Decimal::parse(text).is_some_and(|weight| weight.millionths().is_some());
    if !is_weight {
        let reason = "must be decimal text above zero with at most 6 decimals";
        cells.row.refuse_text("weight", text, reason);
        return None;
    }
    Some(Some(text.to_owned()))
}

fn answers(cells: &mut Cells<'_>) -> Option<BTreeMap<String, f64>> {
    let mut answers = BTreeMap::new();
    let mut is_good = true;
    for column in cells.row.columns() {
        let Some(item_id) = column.strip_prefix(ANSWER) else {
            continue;
        };
        let Some(text) = cells.row.text(column).map(str::trim) else {
            continue;
        };
        match text.parse::<f64>().ok().filter(|answer| answer.is_finite()) {
            Some(answer) => {
                answers.insert(item_id.to_owned(), answer);
            }
            None => {
                is_good = false;
                cells.row.refuse_text(column, text, "is not a number");
            }
        }
    }
    if is_good && answers.is_empty() {
        let reason = "has no answer; answers stand in columns named answer.ITEM";
        cells.row.refuse("", reason);
        return None;
    }
    is_good.then_some(answers)
}

fn attributes(cells: &mut Cells<'_>) -> Option<BTreeMap<String, String>> {
    let mut attributes = BTreeMap::new();
    for column in cells.row.columns() {
        let Some(name) = column.strip_prefix(ATTRIBUTE) else {
            continue;
        };
        if let Some(value) = cells.optional_text(column, ID_BYTES_MAX)? {
            attributes.insert(name.to_owned(), value);
        }
    }
    Some(attributes)
}
