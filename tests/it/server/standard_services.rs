//! Health and reflection.

use tokio_stream::StreamExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::support::app::TestApp;

const SERVICES: [&str; 5] = [
    "customervalue.v1.ComplaintService",
    "customervalue.v1.LedgerService",
    "customervalue.v1.ModelService",
    "customervalue.v1.PolicyService",
    "customervalue.v1.ScoringService",
];

#[tokio::test]
async fn health_answers_for_every_service() {
    let app = TestApp::new().await;
    let mut health = HealthClient::new(app.channel.clone());
    for service in SERVICES.into_iter().chain([""]) {
        let service = service.to_owned();
        let answer = health.check(HealthCheckRequest { service }).await.unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
    let service = "customervalue.v1.Nothing".to_owned();
    let unknown = health.check(HealthCheckRequest { service }).await;
    assert_eq!(unknown.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_and_describes_every_service() {
    let app = TestApp::new().await;
    let mut reflection = ServerReflectionClient::new(app.channel.clone());
    let ask = |message_request| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message_request),
    };
    let mut asked = vec![ask(MessageRequest::ListServices(String::new()))];
    asked.extend(SERVICES.map(|name| ask(MessageRequest::FileContainingSymbol(name.to_owned()))));
    let answers = reflection
        .server_reflection_info(tokio_stream::iter(asked))
        .await
        .unwrap();
    let answers: Vec<ServerReflectionResponse> =
        answers.into_inner().map(Result::unwrap).collect().await;
    assert_eq!(answers.len(), 1 + SERVICES.len());
    for (index, answer) in answers.into_iter().enumerate() {
        match answer.message_response.unwrap() {
            MessageResponse::ListServicesResponse(list) => {
                let names: Vec<_> = list.service.into_iter().map(|found| found.name).collect();
                for service in SERVICES {
                    assert!(names.iter().any(|name| name == service), "{names:?}");
                }
            }
            MessageResponse::FileDescriptorResponse(files) => {
                assert!(index > 0 && !files.file_descriptor_proto.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}
