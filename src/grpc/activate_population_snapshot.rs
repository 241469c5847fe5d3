//! `SegmentationService.ActivatePopulationSnapshot`.

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::segmentation::Segmentation;
use super::snapshot::{activation, read_snapshot_id, snapshot};
use crate::store::snapshot::SNAPSHOT_FAMILY;

pub(super) async fn handle(
    segmentation: &Segmentation,
    request: Request<pb::ActivatePopulationSnapshotRequest>,
) -> Result<Response<pb::ActivatePopulationSnapshotResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let name = read_snapshot_id(&mut reader, "snapshot_id", &request.get_ref().snapshot_id);
    let effective_at = match &request.get_ref().effective_at {
        None => Some(None),
        Some(instant) => reader.instant("effective_at", instant).map(Some),
    };
    let (name, effective_at) = reader.finish(name.zip(effective_at))?;
    let (definitions, stored, effective_at) = segmentation
        .app
        .activate_snapshot(&tenant_id, &name, effective_at)
        .await?;
    let in_force = definitions
        .activation_at(SNAPSHOT_FAMILY, stored.number, effective_at)
        .map(|(stored, until)| activation(stored, until));
    Ok(Response::new(pb::ActivatePopulationSnapshotResponse {
        snapshot: Some(snapshot(&stored)),
        activation: in_force,
    }))
}
