//! Tenants never see each other's surveys.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::satisfaction_service_client::SatisfactionServiceClient;
use pb::SatisfactionMethod as Method;
use tonic::{Code, Request};

use crate::support::app::TestApp;
use crate::support::builders::purchase;
use crate::support::errors::{bad_fields, refused};
use crate::support::surveys::{answered, index_of, one_question};

#[tokio::test]
async fn every_call_about_surveys_of_one_tenant_finds_nothing_of_another() {
    let app = TestApp::new().await;
    let owner = app.tenant("owner");
    owner.define("secret-survey", one_question()).await;
    let answers = |id: &str| {
        ["secret-ann", ""]
            .map(|customer| answered("secret-survey", customer, id, "2020-01-01", &[("q", 9.0)]))
    };
    owner.respond(answers("secret-r").to_vec()).await;
    let asked = || index_of("secret-survey", Method::NetPromoter);
    let before = owner.index_bytes(asked()).await;
    for (name, has_facts) in [("stranger", true), ("nobody", false)] {
        let stranger = app.tenant(name);
        if has_facts {
            let own = purchase("own", "t", "2020-01-01", "1 USD");
            stranger.record([own.into()]).await;
        }
        let mut satisfaction = stranger.client.satisfaction.clone();
        let get = pb::GetInstrumentRequest {
            instrument_id: "secret-survey".to_owned(),
            version: None,
        };
        refused(satisfaction.get_instrument(get).await, Code::NotFound);
        let list = pb::ListInstrumentsRequest::default();
        let listed = satisfaction.list_instruments(list).await.unwrap();
        assert_eq!(listed.into_inner(), pb::ListInstrumentsResponse::default());
        refused(stranger.try_index(asked()).await, Code::NotFound);
        let sent = stranger.try_respond(answers("r").to_vec()).await;
        let status = refused(sent, Code::InvalidArgument);
        let fields = [0, 1].map(|index| format!("responses[{index}].instrument_id"));
        assert_eq!(bad_fields(&status), fields);
    }
    // The same ids are another tenant's own.
    let stranger = app.tenant("stranger");
    assert_eq!(stranger.define("secret-survey", one_question()).await, 1);
    let outcomes = stranger.respond(answers("secret-r").to_vec()).await;
    assert_eq!(outcomes, [pb::RecordOutcome::Created; 2]);
    assert_eq!(owner.index_bytes(asked()).await, before);
    assert_eq!(stranger.index_bytes(asked()).await, before);
}

#[tokio::test]
async fn metadata_that_names_no_tenant_is_refused_by_surveys_too() {
    let app = TestApp::new().await;
    let mut satisfaction = SatisfactionServiceClient::new(app.channel.clone());
    let mut request = Request::new(pb::ListInstrumentsRequest::default());
    let name = "Not a tenant".parse().unwrap();
    request.metadata_mut().insert("x-tenant-id", name);
    let status = refused(
        satisfaction.list_instruments(request).await,
        Code::InvalidArgument,
    );
    assert_eq!(bad_fields(&status), ["x-tenant-id"]);
}
