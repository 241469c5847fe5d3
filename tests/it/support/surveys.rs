//! Short ways to define instruments, answer them and ask for indices.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use prost::Message as _;
use tonic::Status;

use super::app::Caller;
use super::builders::at;

/// A scale.
pub(crate) fn scale(min: f64, max: f64) -> Option<pb::Scale> {
    Some(pb::Scale { min, max })
}

/// A question.
pub(crate) fn item(item_id: &str, min: f64, max: f64) -> pb::InstrumentItem {
    pb::InstrumentItem {
        item_id: item_id.to_owned(),
        text: None,
        scale: scale(min, max),
    }
}

/// A part of a tree that stands for an item.
pub(crate) fn leaf(item_id: &str, weight: &str) -> pb::InstrumentNode {
    pb::InstrumentNode {
        name: item_id.to_owned(),
        weight: weight.to_owned(),
        item_id: Some(item_id.to_owned()),
        children: Vec::new(),
    }
}

/// A part of a tree made of others.
pub(crate) fn branch(
    name: &str,
    weight: &str,
    children: Vec<pb::InstrumentNode>,
) -> pb::InstrumentNode {
    pb::InstrumentNode {
        name: name.to_owned(),
        weight: weight.to_owned(),
        item_id: None,
        children,
    }
}

/// Items of the gas company's survey, in the order they are printed.
pub(crate) const GAS_ITEMS: [&str; 8] = [
    "pressure",
    "quality",
    "repair-attitude",
    "repair-timeliness",
    "repair-result",
    "reader-attitude",
    "no-errors",
    "form-on-time",
];
/// Marks, in the same order.
pub(crate) const GAS_MARKS: [f64; 8] = [5.0, 4.0, 4.0, 4.0, 4.0, 5.0, 5.0, 3.0];

/// The gas company's survey with weights of supply, repair and meter reading.
pub(crate) fn gas([supply, repair, meter]: [&str; 3], min: f64) -> pb::InstrumentDefinition {
    let leaves = |range: std::ops::Range<usize>, weights: &[&str]| {
        let items = GAS_ITEMS[range].iter().zip(weights);
        items
            .map(|(item_id, weight)| leaf(item_id, weight))
            .collect()
    };
    pb::InstrumentDefinition {
        items: GAS_ITEMS.map(|item_id| item(item_id, 1.0, 5.0)).to_vec(),
        scale: scale(min, 100.0),
        tree: vec![
            branch("supply", supply, leaves(0..2, &["0.6", "0.4"])),
            branch("repair", repair, leaves(2..5, &["0.2", "0.4", "0.4"])),
            branch("meter", meter, leaves(5..8, &["0.3", "0.4", "0.3"])),
        ],
        blocks: Vec::new(),
        attributes: vec!["region".to_owned()],
    }
}

/// An instrument of one question from 0 to 10.
pub(crate) fn one_question() -> pb::InstrumentDefinition {
    pb::InstrumentDefinition {
        items: vec![item("q", 0.0, 10.0)],
        attributes: vec!["region".to_owned(), "age".to_owned()],
        ..pb::InstrumentDefinition::default()
    }
}

/// What a customer answered; of nobody known with an empty id.
pub(crate) fn answered(
    instrument: &str,
    customer: &str,
    id: &str,
    when: &str,
    answers: &[(&str, f64)],
) -> pb::SurveyResponse {
    pb::SurveyResponse {
        response_id: id.to_owned(),
        instrument_id: instrument.to_owned(),
        customer_id: (!customer.is_empty()).then(|| customer.to_owned()),
        answered_at: Some(at(when)),
        answers: answers
            .iter()
            .map(|(item, value)| ((*item).to_owned(), *value))
            .collect(),
        ..pb::SurveyResponse::default()
    }
}

/// A period of days.
pub(crate) fn days(start: &str, end: &str) -> Option<pb::DayPeriod> {
    let date = |text: &str| {
        let mut parts = text.split('-').map(|part| part.parse().unwrap());
        let mut next = || parts.next().unwrap();
        Some(Date {
            year: next(),
            month: next(),
            day: next(),
        })
    };
    Some(pb::DayPeriod {
        start: date(start),
        end: date(end),
    })
}

/// Asks for an index, as of the end of 2020.
pub(crate) fn index_of(
    instrument: &str,
    method: pb::SatisfactionMethod,
) -> pb::SatisfactionIndexRequest {
    pb::SatisfactionIndexRequest {
        instrument_id: instrument.to_owned(),
        method: method.into(),
        as_of: Some(at("2020-12-31")),
        suppression_threshold: Some(1),
        ..pb::SatisfactionIndexRequest::default()
    }
}

impl Caller {
    /// Defines an instrument or its next version.
    pub(crate) async fn try_define(
        &self,
        instrument: &str,
        definition: pb::InstrumentDefinition,
    ) -> Result<pb::DefineInstrumentResponse, Status> {
        let mut satisfaction = self.client.satisfaction.clone();
        let request = pb::DefineInstrumentRequest {
            instrument_id: instrument.to_owned(),
            definition: Some(definition),
        };
        Ok(satisfaction.define_instrument(request).await?.into_inner())
    }

    /// Defines an instrument that is as it must be; answers its version.
    pub(crate) async fn define(
        &self,
        instrument: &str,
        definition: pb::InstrumentDefinition,
    ) -> i32 {
        let defined = self.try_define(instrument, definition).await.unwrap();
        defined.instrument.unwrap().version
    }

    /// Records responses, in requests of a thousand; answers their outcomes.
    pub(crate) async fn try_respond(
        &self,
        responses: Vec<pb::SurveyResponse>,
    ) -> Result<Vec<pb::RecordOutcome>, Status> {
        let mut satisfaction = self.client.satisfaction.clone();
        let mut outcomes = Vec::with_capacity(responses.len());
        for batch in responses.chunks(1_000) {
            let request = pb::RecordSurveyResponsesRequest {
                responses: batch.to_vec(),
            };
            let answer = satisfaction.record_survey_responses(request).await?;
            let results = answer.into_inner().results;
            outcomes.extend(results.iter().map(pb::RecordResult::outcome));
        }
        Ok(outcomes)
    }

    /// Records responses that are not refused.
    pub(crate) async fn respond(
        &self,
        responses: Vec<pb::SurveyResponse>,
    ) -> Vec<pb::RecordOutcome> {
        self.try_respond(responses).await.unwrap()
    }

    /// Asks for an index.
    pub(crate) async fn try_index(
        &self,
        request: pb::SatisfactionIndexRequest,
    ) -> Result<pb::SatisfactionIndexResponse, Status> {
        let mut satisfaction = self.client.satisfaction.clone();
        Ok(satisfaction.satisfaction_index(request).await?.into_inner())
    }

    /// Asks for an index that there is.
    pub(crate) async fn index(
        &self,
        request: pb::SatisfactionIndexRequest,
    ) -> pb::SatisfactionIndexResponse {
        self.try_index(request).await.unwrap()
    }

    /// The bytes of an answer, its time of knowledge aside.
    pub(crate) async fn index_bytes(&self, request: pb::SatisfactionIndexRequest) -> Vec<u8> {
        let mut answer = self.index(request).await;
        answer.provenance.as_mut().unwrap().known_at = None;
        answer.encode_to_vec()
    }

    /// The index of a group.
    pub(crate) async fn group(
        &self,
        request: pb::SatisfactionIndexRequest,
        key: &str,
    ) -> pb::SatisfactionGroup {
        let answer = self.index(request).await;
        let found = answer.groups.iter().find(|group| group.key == key);
        let found = found.unwrap_or_else(|| panic!("{key:?} is not in {answer:?}"));
        found.clone()
    }
}
