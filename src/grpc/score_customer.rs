//! `ScoringService.ScoreCustomer`.

mod answer;
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
use crate::app::score_customer::ScoreQuery;
use crate::engine::time::Instant;
use answer::Writer;

/// Farthest a score looks ahead.
const HORIZON_DAYS_MAX: i32 = 3_650;

/// The components a read mask can name.
const COMPONENTS: [&str; 11] = [
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
    let score = Writer {
        scored: &scored,
        mask: &mask,
        unavailable: Vec::new(),
    }
    .score(query.customer_id);
    Ok(Response::new(pb::ScoreCustomerResponse {
        score: Some(score),
    }))
}

/// Whether a read mask asks for a component; an empty one asks for all.
fn is_wanted(mask: &[String], component: &str) -> bool {
    mask.is_empty() || mask.iter().any(|path| path == component)
}

fn query(
    reader: &mut Reader,
    request: &pb::ScoreCustomerRequest,
    latest: Instant,
) -> Option<(ScoreQuery, Vec<String>)> {
    let customer_id = reader.id("customer_id", &request.customer_id);
    let times = reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest);
    if request
        .horizon_days
        .is_some_and(|days| !(0..=HORIZON_DAYS_MAX).contains(&days))
    {
        reader.refuse(
            "horizon_days",
            format!("must lie between 0 and {HORIZON_DAYS_MAX}"),
        );
    }
    let policy_version = reader.optional_text(
        "policy_version",
        request.policy_version.as_deref(),
        SHORT_BYTES_MAX,
    );
    let mask = request
        .read_mask
        .as_ref()
        .map(|mask| mask.paths.clone())
        .unwrap_or_default();
    if mask.iter().any(|path| !COMPONENTS.contains(&path.as_str())) {
        reader.refuse(
            "read_mask",
            format!("paths must be among: {}", COMPONENTS.join(", ")),
        );
    }
    let (as_of, known_at) = times?;
    let wants = |component: &str| is_wanted(&mask, component);
    let query = ScoreQuery {
        customer_id: customer_id?,
        as_of,
        known_at,
        horizon_days: request.horizon_days,
        policy_version: policy_version?,
        prediction: wants("prediction"),
        rfm: wants("rfm"),
        segments: wants("segments"),
        satisfaction: wants("satisfaction"),
        referrals: true,
        complaints: wants("complaints"),
        explanation: wants("explanation"),
    };
    Some((query, mask))
}
