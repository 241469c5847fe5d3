//! Tenants never see each other's complaints.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::complaint_service_client::ComplaintServiceClient;
use prost::Message as _;
use tonic::{Code, Request, Status};

use crate::support::app::TestApp;
use crate::support::builders::{about, at, purchase};
use crate::support::complaints::{Common, Step, complaint};
use crate::support::errors::{bad_fields, refused};

/// A step of every kind.
const STEPS: [Step; 14] = [
    Step::Acknowledge,
    Step::Valid,
    Step::Dispatch("hans"),
    Step::Return,
    Step::WaitPartner,
    Step::Resume,
    Step::Resolve,
    Step::Explain,
    Step::FollowUp(true, 5),
    Step::Close,
    Step::Reopen,
    Step::Withdraw,
    Step::Offer("olga"),
    Step::Accept,
];

fn secret() -> pb::RecordComplaintRequest {
    pb::RecordComplaintRequest {
        subject: "secret-subject".to_owned(),
        description: "secret-description".to_owned(),
        product_id: Some("secret-product".to_owned()),
        ..complaint("c1", "ann", "2020-03-01")
    }
}

#[track_caller]
fn assert_tells_nothing(status: &Status) {
    let details = String::from_utf8_lossy(status.details()).into_owned();
    let told = format!("{} {details}", status.message());
    assert!(!told.contains("secret"), "{told}");
}

#[tokio::test]
async fn every_call_of_one_tenant_finds_nothing_of_another() {
    let app = TestApp::new().await;
    let owner = app.tenant("owner");
    let recorded = owner.complain(secret()).await;
    let before = owner.try_complaint("c1", Some(at("2020-03-02")), None);
    let before = before.await.unwrap();
    for (name, has_facts) in [("stranger", true), ("nobody", false)] {
        let stranger = app.tenant(name);
        if has_facts {
            stranger
                .record([purchase("ann", "t", "2020-01-01", "1").into()])
                .await;
        }
        let found = stranger.try_complaint("c1", None, None).await;
        assert_tells_nothing(&refused(found, Code::NotFound));
        for step in STEPS {
            let moved = stranger.try_step(step, Common::on(&recorded, "e")).await;
            assert_tells_nothing(&refused(moved, Code::NotFound));
        }
        for as_of in [None, Some(at("2020-03-02"))] {
            let list = pb::ListComplaintsRequest {
                as_of,
                ..pb::ListComplaintsRequest::default()
            };
            let listed = stranger.try_complaints(list).await.unwrap();
            assert_eq!(listed, pb::ListComplaintsResponse::default());
        }
        if has_facts {
            let score = stranger.score(about("ann")).await;
            assert_eq!(score.complaints.unwrap().total, 0);
        }
        // The same id is another tenant's own, whatever it holds, and suggests nothing.
        let mut own = complaint("c1", "ann", "2020-03-02");
        own.product_id = Some("secret-product".to_owned());
        let (own, outcome) = stranger.try_complain(own).await.unwrap();
        assert_eq!(outcome, pb::RecordOutcome::Created);
        assert_eq!(own.possible_duplicates, []);
        let bytes = own.encode_to_vec();
        assert!(!String::from_utf8_lossy(&bytes).contains("secret-subject"));
        stranger
            .try_step(Step::Withdraw, Common::on(&own, "e"))
            .await
            .unwrap();
    }
    let after = owner.try_complaint("c1", Some(at("2020-03-02")), None);
    assert_eq!(after.await.unwrap(), before);
    let now = owner.try_complaint("c1", None, None).await.unwrap();
    assert_eq!(now.etag, recorded.etag);
}

#[tokio::test]
async fn metadata_that_names_no_tenant_is_refused() {
    let app = TestApp::new().await;
    let mut complaints = ComplaintServiceClient::new(app.channel.clone());
    let mut record = Request::new(secret());
    let mut acknowledge = Request::new(pb::AcknowledgeComplaintRequest::default());
    let mut list = Request::new(pb::ListComplaintsRequest::default());
    for metadata in [
        record.metadata_mut(),
        acknowledge.metadata_mut(),
        list.metadata_mut(),
    ] {
        metadata.insert("x-tenant-id", "No Tenant".parse().unwrap());
    }
    let invalid = Code::InvalidArgument;
    for refusal in [
        refused(complaints.record_complaint(record).await, invalid),
        refused(complaints.acknowledge_complaint(acknowledge).await, invalid),
        refused(complaints.list_complaints(list).await, invalid),
    ] {
        assert_eq!(bad_fields(&refusal), ["x-tenant-id"]);
    }
}
