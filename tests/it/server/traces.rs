//! Traces: the caller's W3C context in, OTLP out.

use std::time::Duration;

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::mpsc;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use crate::support::process::Server;
use crate::support::scratch::Scratch;

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID: &str = "b7ad6b7169203331";

/// Takes spans in.
struct Receiver(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            self.0.send(span).ok();
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_call_is_a_span_of_its_callers_trace_with_its_code() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, mut spans) = mpsc::unbounded_channel();
    let receiver = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Receiver(sender)))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(receiver);
    let scratch = Scratch::new();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let server = Server::start_with(&scratch.directory, &scratch, &variables);
    let mut client = Client::connect(&server.address, "acme").await.unwrap();
    let customer_id = "nobody".to_owned();
    let mut request = Request::new(pb::GetCustomerRequest { customer_id });
    let context = format!("00-{TRACE_ID}-{PARENT_ID}-01");
    request
        .metadata_mut()
        .insert("traceparent", context.parse().unwrap());
    let outcome = client.ledger.get_customer(request).await;
    assert_eq!(outcome.unwrap_err().code(), Code::NotFound);
    server.terminate();
    let span = tokio::time::timeout(Duration::from_secs(20), spans.recv()).await;
    let span = span.expect("a span arrives").unwrap();
    assert_eq!(span.name, "customervalue.v1.LedgerService/GetCustomer");
    assert_eq!(hex(&span.trace_id), TRACE_ID);
    assert_eq!(hex(&span.parent_span_id), PARENT_ID);
    let code = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == "rpc.response.status_code");
    let shown = format!("{:?}", code.and_then(|code| code.value.clone()));
    assert!(shown.contains("NOT_FOUND"), "{shown}");
    assert!(
        spans.try_recv().is_err(),
        "nothing but the call is exported"
    );
}
