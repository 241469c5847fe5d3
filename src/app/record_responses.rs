//! Checks survey responses against the instruments they answer, and records them.

use std::collections::BTreeMap;

use super::App;
use super::definitions::Definitions;
use super::error::{AppError, Violation};
use super::record_facts::{Facts, Outcome};
use crate::engine::fact::SurveyResponse;
use crate::engine::satisfaction::response::check_answers;
use crate::engine::time::Instant;
use crate::store::fact::content_hash;
use crate::store::response::{CheckedResponse, response_key};

impl App {
    /// Records responses, all or none, and answers each one's outcome in order.
    ///
    /// A response that is stored already is a repetition, whatever has been defined since.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for answers that the instrument does not know, what
    /// [`App::record_facts`] refuses, and what the store says.
    pub async fn record_responses(
        &self,
        tenant_id: &str,
        responses: Vec<SurveyResponse>,
    ) -> Result<Vec<Outcome>, AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let mut violations: BTreeMap<usize, Vec<Violation>> = BTreeMap::new();
        let mut checked = Vec::with_capacity(responses.len());
        for (index, response) in responses.into_iter().enumerate() {
            let path = format!("responses[{index}]");
            let (response, bad) = check(&definitions, &path, response);
            if !bad.is_empty() {
                violations.insert(index, bad);
            }
            checked.push(response);
        }
        if !violations.is_empty() {
            self.forgive_repetitions(tenant_id, &checked, &mut violations)
                .await?;
        }
        if !violations.is_empty() {
            return Err(AppError::Invalid(
                violations.into_values().flatten().collect(),
            ));
        }
        self.record_facts(tenant_id, Facts::Responses(checked))
            .await
    }

    /// Drops violations of responses that are stored with the same content.
    async fn forgive_repetitions(
        &self,
        tenant_id: &str,
        checked: &[CheckedResponse],
        violations: &mut BTreeMap<usize, Vec<Violation>>,
    ) -> Result<(), AppError> {
        let Some(tenant) = self.tenant(tenant_id).await? else {
            return Ok(());
        };
        let name = |index: usize| {
            let SurveyResponse {
                customer_id,
                response_id,
                ..
            } = &checked[index].response;
            let key = response_key(tenant_id, customer_id.as_deref(), response_id);
            (key, response_id.clone())
        };
        let wanted: Vec<_> = violations.keys().map(|&index| name(index)).collect();
        let stored = self.store.responses_stored(tenant_id, &wanted).await?;
        let stored: BTreeMap<_, _> = stored
            .into_iter()
            .map(|stored| ((stored.key, stored.fact_id), stored.content_hash))
            .collect();
        violations.retain(|&index, _| {
            let sent = content_hash(&tenant.content_key, &checked[index].response.content());
            stored
                .get(&name(index))
                .is_none_or(|stored| *stored != sent)
        });
        Ok(())
    }
}

/// The response as it would be stored, and what is wrong with it.
fn check(
    definitions: &Definitions,
    path: &str,
    response: SurveyResponse,
) -> (CheckedResponse, Vec<Violation>) {
    let mut bad = Vec::new();
    let mut checked = CheckedResponse {
        version: 0,
        answers: Vec::new(),
        weight_micros: response.weight.and_then(|weight| weight.millionths()),
        attributes: [None, None],
        response,
    };
    let response = &checked.response;
    let id = &response.instrument_id;
    let version = response.instrument_version;
    let Some(asked) = definitions.instrument(id, version, Instant::LATEST) else {
        let known = definitions.instrument(id, None, Instant::LATEST);
        bad.push(match known {
            None => Violation::new(
                format!("{path}.instrument_id"),
                "names no instrument of the tenant; define it first",
            ),
            Some(newest) => Violation::new(
                format!("{path}.instrument_version"),
                format!("must be a version from 1 to {}", newest.version),
            ),
        });
        return (checked, bad);
    };
    let instrument = &asked.instrument;
    let answers = response.answers.iter();
    let answers = answers.map(|(item_id, value)| (item_id.as_str(), i64::from(*value)));
    let answers = check_answers(instrument, answers).unwrap_or_else(|violations| {
        bad.extend(violations.into_iter().map(|violation| {
            let named = violation.path.strip_prefix("answers[");
            let field = match named.and_then(|named| named.strip_suffix(']')) {
                Some(item_id) => format!("{path}.answers[{item_id:?}]"),
                None => format!("{path}.{}", violation.path),
            };
            Violation::new(field, violation.text)
        }));
        Vec::new()
    });
    let mut attributes = [None, None];
    for (name, value) in &response.attributes {
        let mut places = instrument.attributes().iter();
        match places.position(|declared| declared == name) {
            Some(place) => attributes[place] = Some(value.clone()),
            None => bad.push(Violation::new(
                format!("{path}.attributes[{name:?}]"),
                format!(
                    "is not declared in version {} of the instrument",
                    asked.version
                ),
            )),
        }
    }
    checked.version = asked.version;
    checked.answers = answers;
    checked.attributes = attributes;
    (checked, bad)
}
