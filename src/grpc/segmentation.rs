//! `SegmentationService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::long_work::Updates;
use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::segmentation_service_server::SegmentationService;
use super::{
    activate_population_snapshot, describe_segmentation, list_population_snapshots,
    list_segment_members, segment, take_population_snapshot,
};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Segmentation {
    pub(super) app: Arc<App>,
}

impl Segmentation {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SegmentationService for Segmentation {
    async fn segment(
        &self,
        request: Request<pb::SegmentRequest>,
    ) -> Result<Response<pb::SegmentResponse>, Status> {
        segment::handle(self, request).await
    }

    type TakePopulationSnapshotStream = Updates<pb::TakePopulationSnapshotResponse>;

    async fn take_population_snapshot(
        &self,
        request: Request<pb::TakePopulationSnapshotRequest>,
    ) -> Result<Response<Self::TakePopulationSnapshotStream>, Status> {
        take_population_snapshot::handle(self, request)
    }

    async fn list_population_snapshots(
        &self,
        request: Request<pb::ListPopulationSnapshotsRequest>,
    ) -> Result<Response<pb::ListPopulationSnapshotsResponse>, Status> {
        list_population_snapshots::handle(self, request).await
    }

    async fn activate_population_snapshot(
        &self,
        request: Request<pb::ActivatePopulationSnapshotRequest>,
    ) -> Result<Response<pb::ActivatePopulationSnapshotResponse>, Status> {
        activate_population_snapshot::handle(self, request).await
    }

    async fn list_segment_members(
        &self,
        request: Request<pb::ListSegmentMembersRequest>,
    ) -> Result<Response<pb::ListSegmentMembersResponse>, Status> {
        list_segment_members::handle(self, request).await
    }

    async fn describe_segmentation(
        &self,
        request: Request<pb::DescribeSegmentationRequest>,
    ) -> Result<Response<pb::DescribeSegmentationResponse>, Status> {
        describe_segmentation::handle(self, request).await
    }
}
