//! `SatisfactionService.DefineInstrument`.

use tonic::{Request, Response, Status};

use super::instrument::{draft, instrument};
use super::ledger::outcome;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::satisfaction::Satisfaction;

pub(super) async fn handle(
    satisfaction: &Satisfaction,
    request: Request<pb::DefineInstrumentRequest>,
) -> Result<Response<pb::DefineInstrumentResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let instrument_id = reader.id("instrument_id", &request.instrument_id);
    let draft = draft(
        &mut reader,
        instrument_id.unwrap_or_default(),
        request.definition.as_ref(),
    );
    let draft = reader.finish(draft)?;
    let (stored, became) = satisfaction
        .app
        .define_instrument(&tenant_id, draft)
        .await?;
    Ok(Response::new(pb::DefineInstrumentResponse {
        instrument: Some(instrument(&stored)),
        outcome: outcome(became).into(),
    }))
}
