//! A bare tonic server: no layer, no database; it answers the id it is asked for.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::scoring_service_server::{
    ScoringService, ScoringServiceServer,
};
use tonic::{Request, Response, Status};

struct Echo;

#[tonic::async_trait]
impl ScoringService for Echo {
    type ScoreCustomersStream = tokio_stream::Empty<Result<pb::ScoreCustomersResponse, Status>>;

    async fn score_customers(
        &self,
        _: Request<pb::ScoreCustomersRequest>,
    ) -> Result<Response<Self::ScoreCustomersStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn score_customer(
        &self,
        request: Request<pb::ScoreCustomerRequest>,
    ) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
        let customer_id = request.into_inner().customer_id;
        let score = pb::CustomerScore {
            customer_id,
            ..pb::CustomerScore::default()
        };
        Ok(Response::new(pb::ScoreCustomerResponse {
            score: Some(score),
        }))
    }
}

/// Serves until it is ended.
pub(crate) async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("listener");
    println!(
        "listening on http://{}",
        listener.local_addr().expect("address")
    );
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    tonic::transport::Server::builder()
        .add_service(ScoringServiceServer::new(Echo))
        .serve_with_incoming(incoming)
        .await
        .expect("echo server");
}
