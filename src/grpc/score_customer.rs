//! `ScoringService.ScoreCustomer`.

mod answer;
mod comparison;
mod complaints;
mod explanation;
mod outlook;
mod part;
mod referral;
mod rfm;
mod satisfaction;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use super::scoring::Scoring;
use crate::app::score_customer::{ScoreQuery, Scored, Wanted};
use crate::engine::time::Instant;
use answer::Writer;
pub(super) use outlook::{contribution_interval, purchases_interval};

/// Farthest a score looks ahead.
const HORIZON_DAYS_MAX: i32 = 3_650;

/// The components a read mask can name.
const COMPONENTS: [&str; 12] = [
    "lasting_value",
    "clv",
    "crv",
    "history",
    "prediction",
    "explanation",
    "referral",
    "rfm",
    "segments",
    "satisfaction",
    "complaints",
    "value_comparison",
];

pub(super) async fn handle(
    scoring: &Scoring,
    request: Request<pb::ScoreCustomerRequest>,
) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = query(&mut reader, request.get_ref(), scoring.app.latest_instant());
    let (query, mask) = reader.finish(asked)?;
    let scored = scoring.app.score_customer(&tenant_id, &query).await?;
    let score = written(&scored, &mask, query.customer_id);
    Ok(Response::new(pb::ScoreCustomerResponse {
        score: Some(score),
    }))
}

/// A score as the contract has it.
pub(super) fn written(scored: &Scored, mask: &[String], customer_id: String) -> pb::CustomerScore {
    let writer = Writer {
        scored,
        mask,
        unavailable: Vec::new(),
    };
    writer.score(customer_id)
}

/// Whether a read mask asks for a component; an empty one asks for all.
pub(super) fn is_wanted(mask: &[String], component: &str) -> bool {
    mask.is_empty() || mask.iter().any(|path| path == component)
}

/// The components of a read mask that cost reads of their own.
pub(super) fn wanted(mask: &[String]) -> Wanted {
    let wants = |component: &str| is_wanted(mask, component);
    let of_referrals = ["lasting_value", "crv", "referral", "segments"];
    let of_predictions = ["prediction", "explanation", "value_comparison"];
    Wanted {
        prediction: of_predictions.into_iter().any(wants),
        rfm: wants("rfm"),
        segments: wants("segments"),
        satisfaction: wants("satisfaction"),
        referrals: of_referrals.into_iter().any(wants),
        complaints: wants("complaints"),
        explanation: wants("explanation"),
        formula: wants("value_comparison"),
    }
}

/// Days to look ahead in a request.
pub(super) fn read_horizon(reader: &mut Reader, days: Option<i32>) {
    if days.is_some_and(|days| !(0..=HORIZON_DAYS_MAX).contains(&days)) {
        reader.refuse(
            "horizon_days",
            format!("must lie between 0 and {HORIZON_DAYS_MAX}"),
        );
    }
}

/// The paths of a read mask in a request.
pub(super) fn read_mask(reader: &mut Reader, mask: Option<&prost_types::FieldMask>) -> Vec<String> {
    let mask = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
    if mask.iter().any(|path| !COMPONENTS.contains(&path.as_str())) {
        reader.refuse(
            "read_mask",
            format!("paths must be among: {}", COMPONENTS.join(", ")),
        );
    }
    mask
}

fn query(
    reader: &mut Reader,
    request: &pb::ScoreCustomerRequest,
    latest: Instant,
) -> Option<(ScoreQuery, Vec<String>)> {
    let customer_id = reader.id("customer_id", &request.customer_id);
    let times = reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest);
    read_horizon(reader, request.horizon_days);
    let policy_version = reader.optional_text(
        "policy_version",
        request.policy_version.as_deref(),
        SHORT_BYTES_MAX,
    );
    let mask = read_mask(reader, request.read_mask.as_ref());
    let (as_of, known_at) = times?;
    let query = ScoreQuery {
        customer_id: customer_id?,
        as_of,
        known_at,
        horizon_days: request.horizon_days,
        policy_version: policy_version?,
        // The instants of an answer for now rest on the referees, whatever is wanted.
        referees: true,
        wanted: wanted(&mask),
    };
    Some((query, mask))
}
