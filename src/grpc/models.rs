//! `ModelService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::long_work::Updates;
use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::model_service_server::ModelService;
use super::{
    activate_model, evaluate_model, fit_model, get_model, import_model, list_models, track_model,
};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Models {
    pub(super) app: Arc<App>,
}

impl Models {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ModelService for Models {
    type FitModelStream = Updates<pb::FitModelResponse>;
    type EvaluateModelStream = Updates<pb::EvaluateModelResponse>;

    async fn fit_model(
        &self,
        request: Request<pb::FitModelRequest>,
    ) -> Result<Response<Self::FitModelStream>, Status> {
        fit_model::handle(self, request)
    }

    async fn evaluate_model(
        &self,
        request: Request<pb::EvaluateModelRequest>,
    ) -> Result<Response<Self::EvaluateModelStream>, Status> {
        evaluate_model::handle(self, request)
    }

    async fn track_model(
        &self,
        request: Request<pb::TrackModelRequest>,
    ) -> Result<Response<pb::TrackModelResponse>, Status> {
        track_model::handle(self, request).await
    }

    async fn get_model(
        &self,
        request: Request<pb::GetModelRequest>,
    ) -> Result<Response<pb::GetModelResponse>, Status> {
        get_model::handle(self, request).await
    }

    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<pb::ListModelsResponse>, Status> {
        list_models::handle(self, request).await
    }

    async fn activate_model(
        &self,
        request: Request<pb::ActivateModelRequest>,
    ) -> Result<Response<pb::ActivateModelResponse>, Status> {
        activate_model::handle(self, request).await
    }

    async fn import_model(
        &self,
        request: Request<pb::ImportModelRequest>,
    ) -> Result<Response<pb::ImportModelResponse>, Status> {
        import_model::handle(self, request).await
    }
}
