//! An index as the contract writes it.

use super::formula::formula;
use crate::app::satisfaction_index::{IndexQuery, Indexed, IndexedGroup};
use crate::engine::satisfaction::index::PartScore;
use crate::engine::satisfaction::method::Method;
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::satisfaction::suppression::Suppression;
use crate::engine::score::ENGINE_VERSION;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::timestamp;

pub(super) fn response(query: &IndexQuery, indexed: &Indexed) -> pb::SatisfactionIndexResponse {
    let groups = indexed.groups.iter();
    pb::SatisfactionIndexResponse {
        groups: groups.map(|one| group(&indexed.scoring, one)).collect(),
        instrument_id: query.instrument_id.clone(),
        instrument_version: indexed.version,
        method: method(query.method).into(),
        formula: formula(&indexed.scoring),
        suppression_threshold: i32::try_from(query.threshold).unwrap_or(i32::MAX),
        responses_of_other_versions: count(indexed.responses_of_other_versions),
        unavailable: Vec::new(),
        provenance: Some(pb::Provenance {
            engine_version: ENGINE_VERSION.to_owned(),
            as_of: Some(timestamp(indexed.as_of)),
            known_at: Some(timestamp(indexed.known_at)),
            ..pb::Provenance::default()
        }),
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn group(scoring: &Scoring, group: &IndexedGroup) -> pb::SatisfactionGroup {
    let named = pb::SatisfactionGroup {
        key: group.key.clone(),
        scale_min: scoring.scale.min(),
        scale_max: scoring.scale.max(),
        suppressed: suppression(group.suppressed).into(),
        ..pb::SatisfactionGroup::default()
    };
    if group.suppressed.is_some() {
        return named;
    }
    let unavailable = group.index.index.as_ref().err().map(|unanswered| {
        let reason = pb::UnavailableReason::NotEnoughData;
        pb::Unavailable {
            component: "index".to_owned(),
            reason: reason.into(),
            detail: unanswered.to_string(),
        }
    });
    pb::SatisfactionGroup {
        index: group.index.index.as_ref().ok().copied(),
        responses: count(group.index.responses),
        customers: count(group.customers),
        indicators: group.index.parts.iter().map(indicator).collect(),
        unavailable: unavailable.into_iter().collect(),
        ..named
    }
}

/// A part of an index.
pub(in crate::grpc) fn indicator(part: &PartScore) -> pb::IndicatorScore {
    pb::IndicatorScore {
        name: part.name.clone(),
        item_id: part.item_id.clone(),
        level: i32::try_from(part.level).unwrap_or(i32::MAX),
        score: part.score,
        weight: part.weight,
        responses: count(part.responses),
    }
}

const fn suppression(suppression: Option<Suppression>) -> pb::SuppressionReason {
    match suppression {
        None => pb::SuppressionReason::Unspecified,
        Some(Suppression::TooFew) => pb::SuppressionReason::TooFew,
        Some(Suppression::Complementary) => pb::SuppressionReason::Complementary,
    }
}

const fn method(method: Method) -> pb::SatisfactionMethod {
    match method {
        Method::Rate => pb::SatisfactionMethod::Rate,
        Method::TopBox => pb::SatisfactionMethod::TopBox,
        Method::WeightedTree => pb::SatisfactionMethod::WeightedTree,
        Method::NetPromoter => pb::SatisfactionMethod::NetPromoter,
        Method::CustomerEffort => pb::SatisfactionMethod::CustomerEffort,
    }
}
