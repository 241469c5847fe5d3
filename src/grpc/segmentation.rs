//! `SegmentationService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::segmentation_service_server::SegmentationService;
use super::segment;
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
}
