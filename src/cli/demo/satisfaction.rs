//! A small survey: 600 people, most of them of two neighbouring periods, asked for satisfaction.
//!
//! Synthetic answers on the model of the European customer satisfaction index; nobody is named, and
//! the periods are put into the second and third quarter of 2025.

use std::collections::BTreeMap;

use super::cdnow::instant;
use crate::cli::calls::patiently;
use crate::cli::progress::Step;
use crate::cli::satisfaction::{define, index, text};
use crate::engine::time::Day;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// A tenant of its own.
pub(super) const TENANT: &str = "survey-example";
const INSTRUMENT: &str = "satisfaction";
const DATA: &str = include_str!("../../../data/synth_ecsi.csv");
/// Items and their columns: overall, against expectations, against the ideal.
const ITEMS: [(&str, usize, &str); 3] = [
    ("overall", 18, "0.4"),
    ("expectations", 19, "0.3"),
    ("ideal", 20, "0.3"),
];
/// Column of where somebody lives, and of the period.
const STRATUM: usize = 25;
const PERIOD: usize = 26;
/// When somebody of a period answered.
const FIRST_ANSWERS: &str = "2025-04-15T12:00:00Z";
const SECOND_ANSWERS: &str = "2025-07-15T12:00:00Z";
const END: &str = "2025-12-31T23:59:59Z";

/// The whole, and by where people live.
pub(super) type Answers = [pb::SatisfactionIndexResponse; 2];

/// Defines the survey, records the answers, and asks for indices; again is harmless.
pub(super) async fn run(client: &Client) -> anyhow::Result<Answers> {
    let step = Step::begin("recording a survey");
    define(client, definition()).await?;
    let responses = responses()?;
    patiently(|| {
        let mut satisfaction = client.satisfaction.clone();
        let responses = responses.clone();
        async move {
            let request = pb::RecordSurveyResponsesRequest { responses };
            satisfaction.record_survey_responses(request).await
        }
    })
    .await?;
    drop(step);
    let whole = question()?;
    let by_place = pb::SatisfactionIndexRequest {
        group_by: pb::SatisfactionGrouping::Attribute.into(),
        attribute: Some("stratum".to_owned()),
        ..whole.clone()
    };
    Ok([index(client, whole).await?, index(client, by_place).await?])
}

fn definition() -> pb::DefineInstrumentRequest {
    let scale = |min, max| Some(pb::Scale { min, max });
    pb::DefineInstrumentRequest {
        instrument_id: INSTRUMENT.to_owned(),
        definition: Some(pb::InstrumentDefinition {
            items: ITEMS
                .map(|(item_id, ..)| pb::InstrumentItem {
                    item_id: item_id.to_owned(),
                    text: None,
                    scale: scale(1.0, 10.0),
                })
                .to_vec(),
            scale: scale(0.0, 100.0),
            tree: ITEMS
                .map(|(item_id, _, weight)| pb::InstrumentNode {
                    name: item_id.to_owned(),
                    weight: weight.to_owned(),
                    item_id: Some(item_id.to_owned()),
                    children: Vec::new(),
                })
                .to_vec(),
            blocks: Vec::new(),
            attributes: vec!["stratum".to_owned()],
        }),
    }
}

fn responses() -> anyhow::Result<Vec<pb::SurveyResponse>> {
    let mut responses = Vec::new();
    for record in csv::Reader::from_reader(DATA.as_bytes()).into_records() {
        let record = record?;
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let mut answers = BTreeMap::new();
        for (item_id, column, _) in ITEMS {
            answers.insert(item_id.to_owned(), cell(column).parse::<f64>()?);
        }
        let answered_at = match cell(PERIOD) {
            "P1" => FIRST_ANSWERS,
            _ => SECOND_ANSWERS,
        };
        responses.push(pb::SurveyResponse {
            response_id: cell(0).to_owned(),
            instrument_id: INSTRUMENT.to_owned(),
            answered_at: Some(instant(answered_at)?),
            answers,
            attributes: [("stratum".to_owned(), cell(STRATUM).to_owned())].into(),
            ..pb::SurveyResponse::default()
        });
    }
    Ok(responses)
}

fn question() -> anyhow::Result<pb::SatisfactionIndexRequest> {
    let date = |month| Day::from_calendar(2025, month, 1).map(write::date);
    let days = |start, end| {
        Some(pb::DayPeriod {
            start: date(start),
            end: date(end),
        })
    };
    Ok(pb::SatisfactionIndexRequest {
        instrument_id: INSTRUMENT.to_owned(),
        method: pb::SatisfactionMethod::WeightedTree.into(),
        period: days(7, 10),
        compare_period: days(4, 7),
        as_of: Some(instant(END)?),
        ..pb::SatisfactionIndexRequest::default()
    })
}

/// The indices for people.
pub(super) fn report([whole, by_place]: &Answers) -> String {
    let mut shown = "\nSatisfaction\n\n".to_owned();
    shown.push_str(&text::groups(whole));
    shown.push('\n');
    shown.push_str(&text::groups(by_place));
    shown.push_str(
        "\n  of a synthetic survey of 600 people, third quarter against second, on a scale from 0 to \
         100,\n  with intervals at 95 %; nobody knows the respondents, so each counts for one\n",
    );
    shown
}
