//! What a customer answered last.

use std::collections::BTreeMap;

use crate::app::App;
use crate::app::definitions::Definitions;
use crate::app::error::AppError;
use crate::engine::satisfaction::fold::GroupFold;
use crate::engine::satisfaction::index::{GroupIndex, group_index};
use crate::engine::satisfaction::instrument::{Instrument, Scale, WEIGHT_ONE_MILLIONTHS};
use crate::engine::satisfaction::method::{Method, MethodRequest};
use crate::engine::satisfaction::response::{Answer, Period, Response};
use crate::engine::satisfaction::scoring::{Leaf, Part, PartContent, Rule, Scoring};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::past::View;
use crate::store::response::answer_at;
use crate::store::response_reader::LatestResponse;

/// The latest response to an instrument.
#[derive(Clone, Debug)]
pub struct LastResponse {
    /// The instrument.
    pub instrument_id: String,
    /// The version asked.
    pub version: i32,
    /// Which response.
    pub response_id: String,
    /// When.
    pub answered_at: Instant,
    /// Its index and the scores of its parts.
    pub index: GroupIndex,
    /// The scale of both.
    pub scale: Scale,
    /// Responses of the customer to this instrument.
    pub responses: i64,
}

impl App {
    /// The last responses of customers that a view sees; customers without any are left out.
    pub(crate) async fn last_responses(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        view: View,
        definitions: &Definitions,
    ) -> Result<BTreeMap<CustomerKey, Vec<LastResponse>>, AppError> {
        if customers.is_empty() {
            return Ok(BTreeMap::new());
        }
        let latest = self
            .store
            .responses_latest(tenant_id, customers, view)
            .await?;
        let is_known = |response: &LatestResponse| {
            let (id, version) = (&response.instrument_id, Some(response.version));
            definitions
                .instrument(id, version, Instant::LATEST)
                .is_some()
        };
        // A version defined after the definitions were read.
        let newer = if latest.values().flatten().all(is_known) {
            None
        } else {
            Some(self.definitions(tenant_id).await?)
        };
        let definitions = newer.as_deref().unwrap_or(definitions);
        let last = |responses: Vec<LatestResponse>| {
            let responses = responses.into_iter();
            responses
                .filter_map(|response| last_response(definitions, response))
                .collect()
        };
        let latest = latest.into_iter();
        Ok(latest
            .map(|(key, responses)| (key, last(responses)))
            .collect())
    }
}

/// A response with its index; `None` if its sums are beyond 127 bits, which those of one are not.
fn last_response(definitions: &Definitions, latest: LatestResponse) -> Option<LastResponse> {
    let (id, version) = (&latest.instrument_id, Some(latest.version));
    let asked = definitions.instrument(id, version, Instant::LATEST)?;
    let scoring = scoring(&asked.instrument);
    let answers: Vec<Answer> = (0..asked.instrument.items().len())
        .filter_map(|place| {
            Some(Answer {
                item: u16::try_from(place).ok()?,
                value_thousandths: answer_at(&latest.answers, place)?,
            })
        })
        .collect();
    let mut fold = GroupFold::new(&scoring);
    let response = Response {
        period: Period::Asked,
        weight_millionths: WEIGHT_ONE_MILLIONTHS,
        answers: &answers,
    };
    fold.customer(&scoring, &[response]).ok()?;
    Some(LastResponse {
        index: group_index(&scoring, &fold, Period::Asked),
        scale: scoring.scale,
        instrument_id: latest.instrument_id,
        version: latest.version,
        response_id: latest.response_id,
        answered_at: latest.answered_at,
        responses: latest.responses,
    })
}

/// The instrument's tree; without one all items, weighing alike.
fn scoring(instrument: &Instrument) -> Scoring {
    let request = MethodRequest {
        method: Method::WeightedTree,
        item_id: None,
        cut_thousandths: None,
        detractor_cut_thousandths: None,
        renormalise: true,
    };
    Scoring::new(instrument, &request).unwrap_or_else(|_| {
        let items = || instrument.items().iter().enumerate();
        Scoring {
            method: Method::WeightedTree,
            scale: instrument.scale(),
            leaves: items()
                .map(|(item, asked)| Leaf {
                    item,
                    item_id: asked.item_id.clone(),
                    scale: asked.scale,
                    rule: Rule::Distance,
                })
                .collect(),
            parts: items()
                .map(|(item, asked)| Part {
                    name: asked.item_id.clone(),
                    weight_millionths: WEIGHT_ONE_MILLIONTHS,
                    content: PartContent::Leaf(item),
                })
                .collect(),
            renormalise: true,
        }
    })
}
