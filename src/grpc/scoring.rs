//! `ScoringService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::chunks::Chunks;
use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::scoring_service_server::ScoringService;
use super::{score_customer, score_customers};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Scoring {
    pub(super) app: Arc<App>,
}

impl Scoring {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ScoringService for Scoring {
    async fn score_customer(
        &self,
        request: Request<pb::ScoreCustomerRequest>,
    ) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
        score_customer::handle(self, request).await
    }

    type ScoreCustomersStream = Chunks<pb::ScoreCustomersResponse>;

    async fn score_customers(
        &self,
        request: Request<pb::ScoreCustomersRequest>,
    ) -> Result<Response<Self::ScoreCustomersStream>, Status> {
        score_customers::handle(self, request).await
    }
}
