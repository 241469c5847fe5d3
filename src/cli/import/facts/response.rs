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
    const ANSWERS_INSTRUMENTS: bool = true;

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let response_id = cells.id("response_id");
        let instrument_id = cells.id("instrument_id");
        let instrument_version = version(cells);
        let customer_id = cells.optional_text("customer_id", ID_BYTES_MAX);
        let answered_at = cells.instant("answered_at");
        let asked = asked(cells, instrument_id.as_deref(), instrument_version);
        let answers = answers(cells, asked);
        let weight = weight(cells);
        let channel = cells.optional_text("channel", SHORT_BYTES_MAX);
        let product_id = cells.optional_text("product_id", ID_BYTES_MAX);
        let attributes = attributes(cells, asked);
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

/// What the row answers, as far as it is known here: the newest version, unless the row names
/// another, which the service knows.
fn asked<'r>(
    cells: &mut Cells<'r>,
    instrument_id: Option<&str>,
    version: Option<Option<i32>>,
) -> Option<&'r pb::InstrumentDefinition> {
    let Some(instrument) = cells.instrument(instrument_id?) else {
        let reason = "names no instrument of the tenant; define it first";
        cells.row.refuse("instrument_id", reason);
        return None;
    };
    let is_newest = version?.is_none_or(|version| version == instrument.version);
    instrument.definition.as_ref().filter(|_| is_newest)
}

/// Why an answer to an item is none.
fn off_the_scale(
    asked: Option<&pb::InstrumentDefinition>,
    item_id: &str,
    answer: f64,
) -> Option<String> {
    let mut items = asked?.items.iter();
    let Some(item) = items.find(|item| item.item_id == item_id) else {
        return Some("the instrument has no such item".to_owned());
    };
    let scale = item.scale?;
    let is_on = (scale.min..=scale.max).contains(&answer);
    (!is_on).then(|| format!("must lie between {} and {}", scale.min, scale.max))
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

fn answers(
    cells: &mut Cells<'_>,
    asked: Option<&pb::InstrumentDefinition>,
) -> Option<BTreeMap<String, f64>> {
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
            Some(answer) => match off_the_scale(asked, item_id, answer) {
                None => {
                    answers.insert(item_id.to_owned(), answer);
                }
                Some(reason) => {
                    is_good = false;
                    cells.row.refuse_text(column, text, &reason);
                }
            },
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

fn attributes(
    cells: &mut Cells<'_>,
    asked: Option<&pb::InstrumentDefinition>,
) -> Option<BTreeMap<String, String>> {
    let mut attributes = BTreeMap::new();
    for column in cells.row.columns() {
        let Some(name) = column.strip_prefix(ATTRIBUTE) else {
            continue;
        };
        if let Some(value) = cells.optional_text(column, ID_BYTES_MAX)? {
            if asked.is_some_and(|asked| !asked.attributes.iter().any(|declared| declared == name))
            {
                cells
                    .row
                    .refuse(column, "is not declared in the instrument");
                return None;
            }
            attributes.insert(name.to_owned(), value);
        }
    }
    Some(attributes)
}
