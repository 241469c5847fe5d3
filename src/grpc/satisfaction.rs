//! `SatisfactionService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::satisfaction_service_server::SatisfactionService;
use super::{
    define_instrument, get_instrument, list_instruments, record_survey_responses,
    satisfaction_index,
};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Satisfaction {
    pub(super) app: Arc<App>,
}

impl Satisfaction {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SatisfactionService for Satisfaction {
    async fn define_instrument(
        &self,
        request: Request<pb::DefineInstrumentRequest>,
    ) -> Result<Response<pb::DefineInstrumentResponse>, Status> {
        define_instrument::handle(self, request).await
    }

    async fn get_instrument(
        &self,
        request: Request<pb::GetInstrumentRequest>,
    ) -> Result<Response<pb::GetInstrumentResponse>, Status> {
        get_instrument::handle(self, request).await
    }

    async fn list_instruments(
        &self,
        request: Request<pb::ListInstrumentsRequest>,
    ) -> Result<Response<pb::ListInstrumentsResponse>, Status> {
        list_instruments::handle(self, request).await
    }

    async fn record_survey_responses(
        &self,
        request: Request<pb::RecordSurveyResponsesRequest>,
    ) -> Result<Response<pb::RecordSurveyResponsesResponse>, Status> {
        record_survey_responses::handle(self, request).await
    }

    async fn satisfaction_index(
        &self,
        request: Request<pb::SatisfactionIndexRequest>,
    ) -> Result<Response<pb::SatisfactionIndexResponse>, Status> {
        satisfaction_index::handle(self, request).await
    }
}
