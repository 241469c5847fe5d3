//! An index as the contract writes it.

use super::formula::formula;
use crate::app::satisfaction_index::{IndexQuery, Indexed, IndexedGroup};
use crate::engine::satisfaction::index::PartScore;
use crate::engine::satisfaction::interval::{Interval, Precision};
use crate::engine::satisfaction::method::Method;
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::satisfaction::suppression::Suppression;
use crate::engine::score::ENGINE_VERSION;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::timestamp;

pub(super) fn response(query: &IndexQuery, indexed: &Indexed) -> pb::SatisfactionIndexResponse {
    let groups = indexed.groups.iter().flatten();
    let no_snapshot = indexed.groups.is_none().then(|| {
        unavailable(
            "groups",
            pb::UnavailableReason::NoSnapshot,
            "no population snapshot was in force; take one and activate it",
        )
    });
    pb::SatisfactionIndexResponse {
        groups: groups
            .map(|one| group(query, &indexed.scoring, one))
            .collect(),
        instrument_id: query.instrument_id.clone(),
        instrument_version: indexed.version,
        method: method(query.method).into(),
        formula: formula(&indexed.scoring),
        suppression_threshold: i32::try_from(query.threshold).unwrap_or(i32::MAX),
        responses_of_other_versions: count(indexed.responses_of_other_versions),
        unavailable: no_snapshot.into_iter().collect(),
        provenance: Some(pb::Provenance {
            engine_version: ENGINE_VERSION.to_owned(),
            snapshot_id: indexed.snapshot.clone().unwrap_or_default(),
            as_of: Some(timestamp(indexed.as_of)),
            known_at: Some(timestamp(indexed.known_at)),
            ..pb::Provenance::default()
        }),
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unavailable(
    component: &str,
    reason: pb::UnavailableReason,
    detail: impl Into<String>,
) -> pb::Unavailable {
    pb::Unavailable {
        component: component.to_owned(),
        reason: reason.into(),
        detail: detail.into(),
    }
}

fn group(query: &IndexQuery, scoring: &Scoring, group: &IndexedGroup) -> pb::SatisfactionGroup {
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
    let too_few = |component: &str, detail: &str| {
        unavailable(component, pb::UnavailableReason::NotEnoughData, detail)
    };
    let mut missing = Vec::new();
    if let Err(unanswered) = &group.index.index {
        missing.push(too_few("index", &unanswered.to_string()));
    } else if group.precision.is_none() {
        let text = "fewer than two customers answered an item of the index";
        missing.push(too_few("interval", text));
    }
    let difference = compared(query, group);
    if let Err(text) = &difference {
        missing.push(too_few("difference", text));
    }
    let interval_of = |precision: &Precision| interval(&precision.interval);
    pb::SatisfactionGroup {
        index: group.index.index.as_ref().ok().copied(),
        interval: group.precision.as_ref().map(interval_of),
        responses: count(group.index.responses),
        customers: count(group.customers),
        effective_responses: group
            .precision
            .map(|precision| precision.effective_responses),
        indicators: group.index.parts.iter().map(indicator).collect(),
        difference: difference.ok().flatten(),
        unavailable: missing,
        ..named
    }
}

/// How a group differs from itself in the period compared, or why that is not known.
fn compared(
    query: &IndexQuery,
    group: &IndexedGroup,
) -> Result<Option<pb::SatisfactionDifference>, String> {
    let Some(compared) = &group.compared else {
        return Ok(None);
    };
    if compared.responses < query.threshold {
        let threshold = query.threshold;
        let text = format!("the period compared has fewer than {threshold} responses");
        return Err(text);
    }
    let compared_index = match &compared.index {
        Ok(index) => *index,
        Err(unanswered) => return Err(format!("in the period compared, {unanswered}")),
    };
    let Some(difference) = group.difference else {
        return Err("one of the periods has fewer than two customers".to_owned());
    };
    Ok(Some(pb::SatisfactionDifference {
        value: difference.value,
        interval: Some(interval(&difference.interval)),
        p_value: difference.p_value,
        compared_index,
        compared_responses: count(compared.responses),
    }))
}

fn interval(interval: &Interval) -> pb::Interval {
    pb::Interval {
        lower: interval.lower,
        upper: interval.upper,
        level: interval.level,
        method: interval.method.name().to_owned(),
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
