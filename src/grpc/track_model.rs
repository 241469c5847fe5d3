//! `ModelService.TrackModel`.

use tonic::{Request, Response, Status};

use super::model::read_optional_name;
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::write::{date, timestamp};
use crate::app::track_model::{TrackedWeek, Tracking, TrackingQuery};
use crate::engine::score::ENGINE_VERSION;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::TrackModelRequest>,
) -> Result<Response<pb::TrackModelResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let model_name = read_optional_name(&mut reader, &request.model_name);
    let first_day = reader.optional_day("first_day", request.first_day.as_ref());
    let last_day = reader.optional_day("last_day", request.last_day.as_ref());
    let query = model_name.zip(first_day.zip(last_day));
    let (model_name, (first_day, last_day)) = reader.finish(query)?;
    let query = TrackingQuery {
        model_name,
        first_day,
        last_day,
    };
    let tracking = models.app.track_model(&tenant_id, &query).await?;
    Ok(Response::new(response(&tracking)))
}

fn response(tracking: &Tracking) -> pb::TrackModelResponse {
    let mut weeks: Vec<pb::TrackedWeek> = Vec::with_capacity(tracking.weeks.len());
    for of_week in &tracking.weeks {
        let week = week(of_week, weeks.last());
        weeks.push(week);
    }
    pb::TrackModelResponse {
        model_name: tracking.model_name.clone(),
        calibration_end: Some(date(tracking.calibration_end)),
        customers_known: tracking.customers_known,
        weeks,
        read_at: Some(timestamp(tracking.read_at)),
        engine_version: ENGINE_VERSION.to_owned(),
    }
}

/// A week, added to the one before it.
fn week(of_week: &TrackedWeek, before: Option<&pb::TrackedWeek>) -> pb::TrackedWeek {
    let expected = &of_week.expected;
    let predicted = expected.total();
    pb::TrackedWeek {
        number: of_week.number,
        first_day: Some(date(of_week.period.first)),
        last_day: Some(date(of_week.period.last)),
        customers: of_week.customers,
        actual_repeat_days: of_week.actual,
        predicted_repeat_days: predicted,
        predicted_of_acquired: expected.of_acquired,
        unconditional_repeat_days: expected.unconditional,
        cumulative_actual: before.map_or(0, |week| week.cumulative_actual) + of_week.actual,
        cumulative_predicted: before.map_or(0.0, |week| week.cumulative_predicted) + predicted,
        cumulative_unconditional: before.map_or(0.0, |week| week.cumulative_unconditional)
            + expected.unconditional,
    }
}
