//! `ComplaintService`: one file an RPC beside this one; the transitions share one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::complaint_service_server::ComplaintService;
use super::{get_complaint, list_complaints, move_complaint, record_complaint};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Complaints {
    pub(super) app: Arc<App>,
}

impl Complaints {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ComplaintService for Complaints {
    async fn record_complaint(
        &self,
        request: Request<pb::RecordComplaintRequest>,
    ) -> Result<Response<pb::RecordComplaintResponse>, Status> {
        record_complaint::handle(self, request).await
    }

    async fn get_complaint(
        &self,
        request: Request<pb::GetComplaintRequest>,
    ) -> Result<Response<pb::GetComplaintResponse>, Status> {
        get_complaint::handle(self, request).await
    }

    async fn list_complaints(
        &self,
        request: Request<pb::ListComplaintsRequest>,
    ) -> Result<Response<pb::ListComplaintsResponse>, Status> {
        list_complaints::handle(self, request).await
    }

    async fn acknowledge_complaint(
        &self,
        request: Request<pb::AcknowledgeComplaintRequest>,
    ) -> Result<Response<pb::AcknowledgeComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn assess_complaint(
        &self,
        request: Request<pb::AssessComplaintRequest>,
    ) -> Result<Response<pb::AssessComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn dispatch_complaint(
        &self,
        request: Request<pb::DispatchComplaintRequest>,
    ) -> Result<Response<pb::DispatchComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn return_complaint(
        &self,
        request: Request<pb::ReturnComplaintRequest>,
    ) -> Result<Response<pb::ReturnComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn pause_complaint(
        &self,
        request: Request<pb::PauseComplaintRequest>,
    ) -> Result<Response<pb::PauseComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn resume_complaint(
        &self,
        request: Request<pb::ResumeComplaintRequest>,
    ) -> Result<Response<pb::ResumeComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn resolve_complaint(
        &self,
        request: Request<pb::ResolveComplaintRequest>,
    ) -> Result<Response<pb::ResolveComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn explain_complaint(
        &self,
        request: Request<pb::ExplainComplaintRequest>,
    ) -> Result<Response<pb::ExplainComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn follow_up_complaint(
        &self,
        request: Request<pb::FollowUpComplaintRequest>,
    ) -> Result<Response<pb::FollowUpComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn close_complaint(
        &self,
        request: Request<pb::CloseComplaintRequest>,
    ) -> Result<Response<pb::CloseComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn reopen_complaint(
        &self,
        request: Request<pb::ReopenComplaintRequest>,
    ) -> Result<Response<pb::ReopenComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn withdraw_complaint(
        &self,
        request: Request<pb::WithdrawComplaintRequest>,
    ) -> Result<Response<pb::WithdrawComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn offer_complaint(
        &self,
        request: Request<pb::OfferComplaintRequest>,
    ) -> Result<Response<pb::OfferComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }

    async fn accept_complaint(
        &self,
        request: Request<pb::AcceptComplaintRequest>,
    ) -> Result<Response<pb::AcceptComplaintResponse>, Status> {
        move_complaint::handle(self, request).await
    }
}
