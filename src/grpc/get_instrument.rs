//! `SatisfactionService.GetInstrument`.

use tonic::{Request, Response, Status};

use super::instrument::instrument;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::satisfaction::Satisfaction;
use crate::app::error::AppError;
use crate::engine::time::Instant;

pub(super) async fn handle(
    satisfaction: &Satisfaction,
    request: Request<pb::GetInstrumentRequest>,
) -> Result<Response<pb::GetInstrumentResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let instrument_id = reader.id("instrument_id", &request.instrument_id);
    let version = reader.version("version", request.version);
    let (instrument_id, version) = reader.finish(instrument_id.zip(version))?;
    let definitions = satisfaction.app.definitions(&tenant_id).await?;
    let stored = definitions
        .instrument(&instrument_id, version, Instant::LATEST)
        .ok_or(AppError::UnknownInstrument {
            instrument_id,
            version,
        })?;
    Ok(Response::new(pb::GetInstrumentResponse {
        instrument: Some(instrument(stored)),
    }))
}
