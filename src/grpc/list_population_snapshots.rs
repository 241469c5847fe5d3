//! `SegmentationService.ListPopulationSnapshots`.

use tonic::{Request, Response, Status};

use super::page::Page;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::segmentation::Segmentation;
use super::snapshot::{activations, snapshot};
use crate::store::snapshot::StoredSnapshot;

pub(super) async fn handle(
    segmentation: &Segmentation,
    request: Request<pb::ListPopulationSnapshotsRequest>,
) -> Result<Response<pb::ListPopulationSnapshotsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let request = request.get_ref();
    let mut reader = Reader::default();
    let page = Page::read(&mut reader, request.page_size, &request.page_token);
    let page = reader.finish(page)?;
    let definitions = segmentation.app.definitions(&tenant_id).await?;
    let newest_first: Vec<&StoredSnapshot> = definitions.snapshots().iter().rev().collect();
    let mut reader = Reader::default();
    let shown = page.of(&mut reader, &newest_first, |stored| stored.name());
    let (shown, next_page_token) = reader.finish(shown)?;
    Ok(Response::new(pb::ListPopulationSnapshotsResponse {
        activations: shown
            .iter()
            .flat_map(|stored| activations(&definitions, stored))
            .collect(),
        snapshots: shown.iter().map(|stored| snapshot(stored)).collect(),
        next_page_token,
    }))
}
