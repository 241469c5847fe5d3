//! Good requests of `ComplaintService`, and its calls by name.

use customer_value::grpc::client::TenantChannel;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::complaint_service_client::ComplaintServiceClient;
use prost::Message as _;
use tonic::{Code, Status};

use crate::support::app::TestApp;
use crate::support::builders::at;
use crate::support::complaints::complaint;
use crate::support::errors::{bad_fields, refused};

fn record() -> pb::RecordComplaintRequest {
    let text = |text: &str| Some(text.to_owned());
    pb::RecordComplaintRequest {
        description: "first line\nsecond\tline".to_owned(),
        severity: pb::ComplaintSeverity::Low.into(),
        transaction_id: text("t"),
        product_id: text("p"),
        partner_id: text("q"),
        category: text("delivery"),
        concerns: text("hans"),
        ..complaint("c", "ann", "2020-01-01")
    }
}

/// A request of each kind that is as it must be.
pub(super) fn good_requests() -> Vec<(&'static str, Vec<u8>)> {
    let action = pb::CorrectiveAction {
        place: pb::CorrectiveActionPlace::Partner.into(),
        reference: "a".to_owned(),
    };
    let instant = Some(at("2020-02-01"));
    let early = Some(at("2019-02-01"));
    let get = pb::GetComplaintRequest {
        complaint_id: "c".to_owned(),
        as_of: early,
        known_at: early,
    };
    let list = pb::ListComplaintsRequest {
        state: pb::ComplaintState::Received.into(),
        owner: Some("first".to_owned()),
        handler: Some("hans".to_owned()),
        customer_id: Some("ann".to_owned()),
        as_of: instant,
        known_at: instant,
        page_size: 1,
        ..pb::ListComplaintsRequest::default()
    };
    macro_rules! transition {
        ($request:ident { $($field:ident: $value:expr,)* }) => {
            pb::$request {
                complaint_id: "c".to_owned(),
                event_id: "e".to_owned(),
                etag: "x".to_owned(),
                actor: "first".to_owned(),
                occurred_at: instant,
                note: Some("note".to_owned()),
                $($field: $value,)*
            }
            .encode_to_vec()
        };
    }
    vec![
        ("RecordComplaint", record().encode_to_vec()),
        ("GetComplaint", get.encode_to_vec()),
        ("ListComplaints", list.encode_to_vec()),
        (
            "AcknowledgeComplaint",
            transition!(AcknowledgeComplaintRequest {}),
        ),
        (
            "AssessComplaint",
            transition!(AssessComplaintRequest {
                outcome: pb::ComplaintAssessment::Valid.into(),
                assessor: Some("olga".to_owned()),
                severity: pb::ComplaintSeverity::Low.into(),
                category: Some("delivery".to_owned()),
            }),
        ),
        (
            "DispatchComplaint",
            transition!(DispatchComplaintRequest {
                handler: "hans".to_owned(),
            }),
        ),
        ("ReturnComplaint", transition!(ReturnComplaintRequest {})),
        (
            "PauseComplaint",
            transition!(PauseComplaintRequest {
                waiting_for: pb::ComplaintWaitingFor::Customer.into(),
                reason: "photo".to_owned(),
                resume_due_at: Some(at("2020-01-03")),
            }),
        ),
        ("ResumeComplaint", transition!(ResumeComplaintRequest {})),
        (
            "ResolveComplaint",
            transition!(ResolveComplaintRequest {
                resolution: "sent".to_owned(),
                root_cause: Some("address".to_owned()),
                corrective_action: Some(action.clone()),
                corrective_action_waiver: None,
            }),
        ),
        (
            "ExplainComplaint",
            transition!(ExplainComplaintRequest {
                explanation: "as agreed".to_owned(),
            }),
        ),
        (
            "FollowUpComplaint",
            transition!(FollowUpComplaintRequest {
                accepted: Some(true),
                satisfied: 5,
            }),
        ),
        (
            "CloseComplaint",
            transition!(CloseComplaintRequest {
                root_cause: Some("address".to_owned()),
                corrective_action: Some(action),
                corrective_action_waiver: None,
            }),
        ),
        (
            "ReopenComplaint",
            transition!(ReopenComplaintRequest {
                reason: "again".to_owned(),
            }),
        ),
        (
            "WithdrawComplaint",
            transition!(WithdrawComplaintRequest {
                reason: "found".to_owned(),
            }),
        ),
        (
            "OfferComplaint",
            transition!(OfferComplaintRequest {
                new_owner: "olga".to_owned(),
            }),
        ),
        ("AcceptComplaint", transition!(AcceptComplaintRequest {})),
    ]
}

/// Makes a call by its name.
pub(super) async fn call(
    client: ComplaintServiceClient<TenantChannel>,
    rpc: &str,
    request: &[u8],
) -> Result<(), Status> {
    let mut client = client;
    macro_rules! calls {
        ($($name:literal => $method:ident $request:ident,)*) => {
            match rpc {
                $($name => {
                    let request = pb::$request::decode(request).unwrap();
                    client.$method(request).await.map(|_| ())
                })*
                other => panic!("no call is known for {other}"),
            }
        };
    }
    calls! {
        "RecordComplaint" => record_complaint RecordComplaintRequest,
        "GetComplaint" => get_complaint GetComplaintRequest,
        "ListComplaints" => list_complaints ListComplaintsRequest,
        "AcknowledgeComplaint" => acknowledge_complaint AcknowledgeComplaintRequest,
        "AssessComplaint" => assess_complaint AssessComplaintRequest,
        "DispatchComplaint" => dispatch_complaint DispatchComplaintRequest,
        "ReturnComplaint" => return_complaint ReturnComplaintRequest,
        "PauseComplaint" => pause_complaint PauseComplaintRequest,
        "ResumeComplaint" => resume_complaint ResumeComplaintRequest,
        "ResolveComplaint" => resolve_complaint ResolveComplaintRequest,
        "ExplainComplaint" => explain_complaint ExplainComplaintRequest,
        "FollowUpComplaint" => follow_up_complaint FollowUpComplaintRequest,
        "CloseComplaint" => close_complaint CloseComplaintRequest,
        "ReopenComplaint" => reopen_complaint ReopenComplaintRequest,
        "WithdrawComplaint" => withdraw_complaint WithdrawComplaintRequest,
        "OfferComplaint" => offer_complaint OfferComplaintRequest,
        "AcceptComplaint" => accept_complaint AcceptComplaintRequest,
    }
}

#[tokio::test]
async fn empty_requests_name_every_required_field() {
    let app = TestApp::new().await;
    let client = app.caller().client.complaints;
    let common = ["complaint_id", "event_id", "etag", "actor"];
    let record = [
        "complaint_id",
        "customer_id",
        "occurred_at",
        "channel",
        "kind",
        "subject",
        "received_by",
    ];
    let status = refused(
        call(client.clone(), "RecordComplaint", &[]).await,
        Code::InvalidArgument,
    );
    assert_eq!(bad_fields(&status), record);
    for (rpc, own) in [
        ("AcknowledgeComplaint", &[][..]),
        ("AssessComplaint", &["outcome"]),
        ("DispatchComplaint", &["handler"]),
        ("PauseComplaint", &["waiting_for", "reason"]),
        ("ResolveComplaint", &["resolution"]),
        ("ExplainComplaint", &["explanation"]),
        ("FollowUpComplaint", &["accepted", "satisfied"]),
        ("CloseComplaint", &[]),
        ("ReopenComplaint", &["reason"]),
        ("WithdrawComplaint", &["reason"]),
        ("OfferComplaint", &["new_owner"]),
    ] {
        let outcome = call(client.clone(), rpc, &[]).await;
        let status = refused(outcome, Code::InvalidArgument);
        assert_eq!(bad_fields(&status), [&common[..], own].concat(), "{rpc}");
    }
}
