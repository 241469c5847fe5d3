//! `LedgerService`: one file an RPC beside this one.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::ledger_service_server::LedgerService;
use super::{
    get_customer, get_tenant, record_costs, record_referrals, record_refunds, record_transactions,
    void_facts,
};
use crate::app::App;
use crate::app::record_facts::Outcome;

/// The service.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(super) app: Arc<App>,
}

impl Ledger {
    /// The service on use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// Results in the order of the request.
pub(super) fn results(ids: Vec<String>, outcomes: Vec<Outcome>) -> Vec<pb::RecordResult> {
    ids.into_iter()
        .zip(outcomes)
        .map(|(fact_id, became)| pb::RecordResult {
            fact_id,
            outcome: outcome(became).into(),
        })
        .collect()
}

/// What became of a fact.
pub(super) const fn outcome(outcome: Outcome) -> pb::RecordOutcome {
    match outcome {
        Outcome::Created => pb::RecordOutcome::Created,
        Outcome::Duplicate => pb::RecordOutcome::Duplicate,
    }
}

#[tonic::async_trait]
impl LedgerService for Ledger {
    async fn record_transactions(
        &self,
        request: Request<pb::RecordTransactionsRequest>,
    ) -> Result<Response<pb::RecordTransactionsResponse>, Status> {
        record_transactions::handle(self, request).await
    }

    async fn record_refunds(
        &self,
        request: Request<pb::RecordRefundsRequest>,
    ) -> Result<Response<pb::RecordRefundsResponse>, Status> {
        record_refunds::handle(self, request).await
    }

    async fn record_costs(
        &self,
        request: Request<pb::RecordCostsRequest>,
    ) -> Result<Response<pb::RecordCostsResponse>, Status> {
        record_costs::handle(self, request).await
    }

    async fn record_referrals(
        &self,
        request: Request<pb::RecordReferralsRequest>,
    ) -> Result<Response<pb::RecordReferralsResponse>, Status> {
        record_referrals::handle(self, request).await
    }

    async fn void_facts(
        &self,
        request: Request<pb::VoidFactsRequest>,
    ) -> Result<Response<pb::VoidFactsResponse>, Status> {
        void_facts::handle(self, request).await
    }

    async fn get_customer(
        &self,
        request: Request<pb::GetCustomerRequest>,
    ) -> Result<Response<pb::GetCustomerResponse>, Status> {
        get_customer::handle(self, request).await
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        get_tenant::handle(self, request).await
    }
}
