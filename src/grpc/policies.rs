//! `PolicyService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::policy_service_server::PolicyService;
use super::{activate_policy, define_policy, get_policy, list_policies};
use crate::app::App;

/// The service.
#[derive(Clone, Debug)]
pub struct Policies {
    pub(super) app: Arc<App>,
}

impl Policies {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl PolicyService for Policies {
    async fn define_policy(
        &self,
        request: Request<pb::DefinePolicyRequest>,
    ) -> Result<Response<pb::DefinePolicyResponse>, Status> {
        define_policy::handle(self, request).await
    }

    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        get_policy::handle(self, request).await
    }

    async fn list_policies(
        &self,
        request: Request<pb::ListPoliciesRequest>,
    ) -> Result<Response<pb::ListPoliciesResponse>, Status> {
        list_policies::handle(self, request).await
    }

    async fn activate_policy(
        &self,
        request: Request<pb::ActivatePolicyRequest>,
    ) -> Result<Response<pb::ActivatePolicyResponse>, Status> {
        activate_policy::handle(self, request).await
    }
}
