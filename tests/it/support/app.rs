//! The service on a database of its own, and callers in the name of any tenant.

use std::sync::Arc;

use customer_value::app::{App, AppSettings};
use customer_value::clock::Clock;
use customer_value::engine::time::{Instant, Zone};
use customer_value::grpc::call::{Call, CallLayer};
use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::server::routes;
use customer_value::store::pool::Store;
use prost::Message as _;
use sqlx::ConnectOptions as _;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tonic::Status;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint};
use tower::Layer as _;

use super::builders::{Fact, Question};
use super::database::TestDatabase;

/// Connections of one test's service to its database.
const CONNECTIONS_MAX: u32 = 10;

/// A service that ends with its test.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) channel: Channel,
    /// Where commands find it.
    pub(crate) address: String,
    /// The same without a transport, whose client side would keep deadlines itself.
    pub(crate) direct: Call<Routes>,
    options: PgConnectOptions,
}

impl TestApp {
    /// A service that goes by the machine's clock, in UTC.
    pub(crate) async fn new() -> Self {
        Self::set_to(Clock::System, "UTC").await
    }

    /// A service whose clock stands still.
    pub(crate) async fn at(now: Instant) -> Self {
        Self::set_to(Clock::Fixed(now), "UTC").await
    }

    /// A service that goes by a clock and puts new tenants into a time zone.
    pub(crate) async fn set_to(clock: Clock, time_zone: &str) -> Self {
        let options = TestDatabase::new().await.connect_options();
        Self::on(options, clock, time_zone).await
    }

    /// A service on a database that is there.
    pub(crate) async fn on(options: PgConnectOptions, clock: Clock, time_zone: &str) -> Self {
        let store = Store::new(options.clone(), CONNECTIONS_MAX);
        let settings = AppSettings {
            time_zone: Zone::named(time_zone).unwrap(),
        };
        let app = Arc::new(App::new(store, clock, settings));
        let (routes, _reporter) = routes(app).await.unwrap();
        let direct = CallLayer.layer(routes.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .layer(CallLayer)
            .add_routes(routes)
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
        tokio::spawn(server);
        let endpoint = Endpoint::from_shared(address.clone()).unwrap();
        Self {
            channel: endpoint.connect().await.unwrap(),
            address,
            direct,
            options,
        }
    }

    /// Another replica: a service of its own on the same database.
    pub(crate) async fn replica(&self) -> Self {
        Self::on(self.options.clone(), Clock::System, "UTC").await
    }

    /// A service on the same database, whose clock stands still at another instant.
    pub(crate) async fn later(&self, now: Instant) -> Self {
        Self::on(self.options.clone(), Clock::Fixed(now), "UTC").await
    }

    /// A caller in the name of a tenant.
    pub(crate) fn tenant(&self, tenant: &str) -> Caller {
        Caller {
            client: Client::on(self.channel.clone(), tenant).unwrap(),
        }
    }

    /// A caller in the name of the tenant most tests need only one of.
    pub(crate) fn caller(&self) -> Caller {
        self.tenant("acme")
    }

    /// The store, past the service.
    pub(crate) fn store(&self) -> Store {
        Store::new(self.options.clone(), CONNECTIONS_MAX)
    }

    /// A connection past the service.
    pub(crate) async fn connection(&self) -> PgConnection {
        self.options.clone().connect().await.unwrap()
    }
}

/// Calls in the name of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) client: Client,
}

impl Caller {
    /// Records facts, in requests of consecutive facts of one kind; answers their outcomes.
    pub(crate) async fn try_record(
        &self,
        facts: impl IntoIterator<Item = Fact>,
    ) -> Result<Vec<pb::RecordOutcome>, Status> {
        let facts: Vec<Fact> = facts.into_iter().collect();
        let mut outcomes = Vec::with_capacity(facts.len());
        for run in facts.chunk_by(|left, right| left.is_like(right)) {
            for request in run.chunks(1_000) {
                outcomes.extend(self.send(request).await?);
            }
        }
        Ok(outcomes)
    }

    /// Records facts that are not refused.
    #[track_caller]
    pub(crate) fn record(
        &self,
        facts: impl IntoIterator<Item = Fact>,
    ) -> impl Future<Output = Vec<pb::RecordOutcome>> {
        let facts: Vec<Fact> = facts.into_iter().collect();
        async move { self.try_record(facts).await.unwrap() }
    }

    async fn send(&self, facts: &[Fact]) -> Result<Vec<pb::RecordOutcome>, Status> {
        let mut ledger = self.client.ledger.clone();
        let Some(first) = facts.first() else {
            return Ok(Vec::new());
        };
        let results = match first {
            Fact::Transaction(_) => {
                let transactions = facts.iter().map(Fact::transaction).collect();
                let request = pb::RecordTransactionsRequest { transactions };
                let response = ledger.record_transactions(request).await?;
                response.into_inner().results
            }
            Fact::Refund(_) => {
                let refunds = facts.iter().map(Fact::refund).collect();
                let request = pb::RecordRefundsRequest { refunds };
                ledger.record_refunds(request).await?.into_inner().results
            }
            Fact::Cost(_) => {
                let costs = facts.iter().map(Fact::cost).collect();
                let request = pb::RecordCostsRequest { costs };
                ledger.record_costs(request).await?.into_inner().results
            }
            Fact::Referral(_) => {
                let referrals = facts.iter().map(Fact::referral).collect();
                let request = pb::RecordReferralsRequest { referrals };
                ledger.record_referrals(request).await?.into_inner().results
            }
            Fact::Attribute(_) => {
                let attributes = facts.iter().map(Fact::attribute).collect();
                let request = pb::RecordCustomerAttributesRequest { attributes };
                let response = ledger.record_customer_attributes(request).await?;
                response.into_inner().results
            }
            Fact::Contact(_) => {
                let contacts = facts.iter().map(Fact::contact).collect();
                let request = pb::RecordContactsRequest { contacts };
                ledger.record_contacts(request).await?.into_inner().results
            }
            Fact::Void(_) => {
                let facts = facts.iter().map(Fact::void).collect();
                let request = pb::VoidFactsRequest { facts };
                ledger.void_facts(request).await?.into_inner().results
            }
        };
        let sent: Vec<&str> = facts.iter().map(Fact::id).collect();
        let answered: Vec<&str> = results.iter().map(|result| &*result.fact_id).collect();
        assert_eq!(answered, sent, "results come in the order of the request");
        Ok(results.iter().map(pb::RecordResult::outcome).collect())
    }

    /// Asks what a customer is worth.
    pub(crate) async fn try_score(&self, question: Question) -> Result<pb::CustomerScore, Status> {
        let mut scoring = self.client.scoring.clone();
        let response = scoring.score_customer(question.request).await?;
        Ok(response.into_inner().score.unwrap())
    }

    /// Asks what a customer who is known is worth.
    pub(crate) async fn score(&self, question: Question) -> pb::CustomerScore {
        self.try_score(question).await.unwrap()
    }

    /// The bytes of an answer.
    pub(crate) async fn score_bytes(&self, question: Question) -> Vec<u8> {
        self.score(question).await.encode_to_vec()
    }

    /// Shows a customer.
    pub(crate) async fn try_customer(&self, customer_id: &str) -> Result<pb::Customer, Status> {
        let mut ledger = self.client.ledger.clone();
        let customer_id = customer_id.to_owned();
        let response = ledger
            .get_customer(pb::GetCustomerRequest { customer_id })
            .await?;
        Ok(response.into_inner().customer.unwrap())
    }

    /// Shows a customer who is known.
    pub(crate) async fn customer(&self, customer_id: &str) -> pb::Customer {
        self.try_customer(customer_id).await.unwrap()
    }

    /// Fits a model; answers it and how often progress was told.
    pub(crate) async fn try_fit(
        &self,
        request: pb::FitModelRequest,
    ) -> Result<(pb::Model, usize), Status> {
        let mut models = self.client.models.clone();
        let mut updates = models.fit_model(request).await?.into_inner();
        let mut reports = 0;
        while let Some(message) = updates.message().await? {
            match message.update.unwrap() {
                pb::fit_model_response::Update::Progress(_) => reports += 1,
                pb::fit_model_response::Update::Model(model) => {
                    assert!(updates.message().await?.is_none(), "the model ends it");
                    return Ok((model, reports));
                }
            }
        }
        panic!("the stream ended without a model");
    }

    /// Fits a model that the data determine.
    pub(crate) async fn fit(&self, request: pb::FitModelRequest) -> pb::Model {
        self.try_fit(request).await.unwrap().0
    }

    /// Evaluates models; answers the evaluation and how often progress was told.
    pub(crate) async fn try_evaluate(
        &self,
        request: pb::EvaluateModelRequest,
    ) -> Result<(pb::Evaluation, usize), Status> {
        let mut models = self.client.models.clone();
        let mut updates = models.evaluate_model(request).await?.into_inner();
        let mut reports = 0;
        while let Some(message) = updates.message().await? {
            match message.update.unwrap() {
                pb::evaluate_model_response::Update::Progress(_) => reports += 1,
                pb::evaluate_model_response::Update::Evaluation(evaluation) => {
                    assert!(updates.message().await?.is_none(), "the evaluation ends it");
                    return Ok((evaluation, reports));
                }
            }
        }
        panic!("the stream ended without an evaluation");
    }

    /// Evaluates models where there is something to evaluate.
    pub(crate) async fn evaluate(&self, request: pb::EvaluateModelRequest) -> pb::Evaluation {
        self.try_evaluate(request).await.unwrap().0
    }

    /// Holds a model against what happened.
    pub(crate) async fn try_track(
        &self,
        request: pb::TrackModelRequest,
    ) -> Result<pb::TrackModelResponse, Status> {
        let mut models = self.client.models.clone();
        Ok(models.track_model(request).await?.into_inner())
    }

    /// Holds a model that is there against what happened.
    pub(crate) async fn track(&self, request: pb::TrackModelRequest) -> pb::TrackModelResponse {
        self.try_track(request).await.unwrap()
    }

    /// Puts a model in force.
    pub(crate) async fn try_activate(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> Result<pb::ModelActivation, Status> {
        let mut models = self.client.models.clone();
        let name = name.to_owned();
        let response = models
            .activate_model(pb::ActivateModelRequest { name, effective_at })
            .await?;
        Ok(response.into_inner().activation.unwrap())
    }

    /// Puts a model that is there in force.
    pub(crate) async fn activate(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> pb::ModelActivation {
        self.try_activate(name, effective_at).await.unwrap()
    }
}
