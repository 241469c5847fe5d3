//! `SegmentationService.TakePopulationSnapshot`.

use tonic::{Request, Response, Status};

use super::long_work::{Updates, stream};
use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::take_population_snapshot_response::Update;
use super::read::{Reader, tenant};
use super::segmentation::Segmentation;
use super::snapshot::snapshot;
use crate::app::progress::Progress;
use crate::app::take_snapshot::TakeQuery;
use crate::engine::time::Instant;

pub(super) fn handle(
    segmentation: &Segmentation,
    request: Request<pb::TakePopulationSnapshotRequest>,
) -> Result<Response<Updates<pb::TakePopulationSnapshotResponse>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let latest = segmentation.app.latest_instant();
    let query = query(&mut reader, request.get_ref(), latest);
    let query = reader.finish(query)?;
    let app = segmentation.app.clone();
    Ok(stream(report, |mut reports| async move {
        let tell = &mut |progress| reports.tell(progress);
        let taken = app.take_snapshot(&tenant_id, query, tell).await?;
        Ok(taken.map(|stored| pb::TakePopulationSnapshotResponse {
            update: Some(Update::Snapshot(snapshot(&stored))),
        }))
    }))
}

fn report(progress: Progress) -> pb::TakePopulationSnapshotResponse {
    let progress = pb::TakeProgress {
        step: progress.step.to_owned(),
        done_share: progress.done_share,
        customers: progress.customers,
    };
    pb::TakePopulationSnapshotResponse {
        update: Some(Update::Progress(progress)),
    }
}

fn query(
    reader: &mut Reader,
    request: &pb::TakePopulationSnapshotRequest,
    latest: Instant,
) -> Option<TakeQuery> {
    let as_of = match &request.as_of {
        None => Some(None),
        some => reader.occurred_at("as_of", some.as_ref(), latest).map(Some),
    };
    let known_at = match &request.known_at {
        None => Some(None),
        Some(known_at) => reader.instant("known_at", known_at).map(Some),
    };
    Some(TakeQuery {
        as_of: as_of?,
        known_at: known_at?,
    })
}
