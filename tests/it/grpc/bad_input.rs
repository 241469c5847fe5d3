//! Every field of every request refuses every kind of bad value, by its path, and stores nothing.

mod complaints;

use std::collections::BTreeSet;

use customer_value::grpc::pb::DESCRIPTORS;
use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};
use tonic::{Code, Status};

use crate::grpc::bad_values::complaints::TRANSITIONS;
use crate::grpc::bad_values::{
    Bad, bad_values, evaluation, import, policies, satisfaction, segmentation,
};
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{
    about, at, attribute, contact, cost, money, purchase, referral, refund, void,
};
use crate::support::errors::{bad_fields, refused};
use crate::support::rows::row_counts;
use crate::support::scores::about_these;
use crate::support::surveys::one_question;

/// A request of each kind that is as it must be.
fn good_requests() -> Vec<(&'static str, Vec<u8>)> {
    let line = pb::TransactionLine {
        product_id: "p".to_owned(),
        category: Some("books".to_owned()),
        quantity: Some("2".to_owned()),
        amount: Some(money("10")),
        cost_of_goods: Some(money("4")),
    };
    let bought = pb::Transaction {
        cost_of_goods: Some(money("4")),
        channel: Some("web".to_owned()),
        lines: vec![line],
        attributes: [("name".to_owned(), "value".to_owned())].into(),
        ..purchase("ann", "t", "2020-01-01", "10")
    };
    let returned = pb::Refund {
        cost_of_goods_returned: Some(money("4")),
        ..refund("ann", "r", "t", "2020-01-01", "10")
    };
    let voided = pb::FactVoid {
        reason: Some("why".to_owned()),
        ..void("ann", pb::FactKind::Cost, "x")
    };
    let question = pb::ScoreCustomerRequest {
        as_of: Some(at("2020-02-01")),
        known_at: Some(at("2020-02-01")),
        horizon_days: Some(30),
        read_mask: Some(prost_types::FieldMask {
            paths: vec!["clv".to_owned()],
        }),
        policy_version: Some("builtin/1".to_owned()),
        ..about("ann").request
    };
    let many = pb::ScoreCustomersRequest {
        as_of: Some(at("2020-02-01")),
        known_at: Some(at("2020-02-01")),
        horizon_days: Some(30),
        read_mask: question.read_mask.clone(),
        policy_version: Some("builtin/1".to_owned()),
        ..about_these(&["ann"])
    };
    let belonging = pb::SegmentRequest {
        customer_ids: vec!["ann".to_owned()],
        schemes: vec!["rfm".to_owned()],
        as_of: Some(at("2020-02-01")),
        known_at: Some(at("2020-02-01")),
    };
    let fit = pb::FitModelRequest {
        family: pb::ModelFamily::BgNbd.into(),
        calibration_end: Some(customer_value::grpc::pb::google::r#type::Date {
            year: 2020,
            month: 2,
            day: 1,
        }),
        prior: pb::ModelPrior::Weak.into(),
    };
    let activate = pb::ActivateModelRequest {
        name: "bg-nbd/1".to_owned(),
        effective_at: Some(at("2020-02-01")),
    };
    let spent = cost("ann", "c", "2020-01-01", "1", pb::CostKind::Rebate);
    let brought = referral("bob", "ann", "e", "2020-01-01");
    let known = attribute("ann", "a", "2020-01-01", "city", "Rome");
    let spoken = pb::Contact {
        channel: Some("phone".to_owned()),
        ..contact("ann", "k", "2020-01-01", pb::ContactPurpose::FollowUp)
    };
    let encoded = [
        (
            "RecordTransactions",
            pb::RecordTransactionsRequest {
                transactions: vec![bought],
            }
            .encode_to_vec(),
        ),
        (
            "RecordRefunds",
            pb::RecordRefundsRequest {
                refunds: vec![returned],
            }
            .encode_to_vec(),
        ),
        (
            "RecordCosts",
            pb::RecordCostsRequest { costs: vec![spent] }.encode_to_vec(),
        ),
        (
            "RecordReferrals",
            pb::RecordReferralsRequest {
                referrals: vec![brought],
            }
            .encode_to_vec(),
        ),
        (
            "RecordCustomerAttributes",
            pb::RecordCustomerAttributesRequest {
                attributes: vec![known],
            }
            .encode_to_vec(),
        ),
        (
            "RecordContacts",
            pb::RecordContactsRequest {
                contacts: vec![spoken],
            }
            .encode_to_vec(),
        ),
        (
            "VoidFacts",
            pb::VoidFactsRequest {
                facts: vec![voided],
            }
            .encode_to_vec(),
        ),
        (
            "GetCustomer",
            pb::GetCustomerRequest {
                customer_id: "ann".to_owned(),
            }
            .encode_to_vec(),
        ),
        ("GetTenant", pb::GetTenantRequest {}.encode_to_vec()),
        ("ScoreCustomer", question.encode_to_vec()),
        ("ScoreCustomers", many.encode_to_vec()),
        ("Segment", belonging.encode_to_vec()),
        ("FitModel", fit.encode_to_vec()),
        (
            "GetModel",
            pb::GetModelRequest {
                name: "bg-nbd/1".to_owned(),
            }
            .encode_to_vec(),
        ),
        (
            "ListModels",
            pb::ListModelsRequest {
                page_size: 1,
                page_token: String::new(),
            }
            .encode_to_vec(),
        ),
        ("ActivateModel", activate.encode_to_vec()),
    ];
    encoded
        .into_iter()
        .chain(policies::good())
        .chain(evaluation::good())
        .chain(satisfaction::good())
        .chain(segmentation::good())
        .chain(complaints::good_requests())
        // It stores a model, which others would find.
        .chain([import::good()])
        .collect()
}

async fn call(caller: &Caller, rpc: &str, request: &[u8]) -> Result<(), Status> {
    let mut client = caller.client.clone();
    macro_rules! answer {
        ($service:ident, $method:ident, $request:ident) => {{
            let request = pb::$request::decode(request).unwrap();
            client.$service.$method(request).await.map(|_| ())
        }};
    }
    macro_rules! stream {
        ($service:ident, $method:ident, $request:ident) => {{
            let request = pb::$request::decode(request).unwrap();
            let mut updates = client.$service.$method(request).await?.into_inner();
            while updates.message().await?.is_some() {}
            Ok(())
        }};
    }
    match rpc {
        "RecordTransactions" => answer!(ledger, record_transactions, RecordTransactionsRequest),
        "RecordRefunds" => answer!(ledger, record_refunds, RecordRefundsRequest),
        "RecordCosts" => answer!(ledger, record_costs, RecordCostsRequest),
        "RecordReferrals" => answer!(ledger, record_referrals, RecordReferralsRequest),
        "RecordCustomerAttributes" => answer!(
            ledger,
            record_customer_attributes,
            RecordCustomerAttributesRequest
        ),
        "RecordContacts" => answer!(ledger, record_contacts, RecordContactsRequest),
        "VoidFacts" => answer!(ledger, void_facts, VoidFactsRequest),
        "GetCustomer" => answer!(ledger, get_customer, GetCustomerRequest),
        "GetTenant" => answer!(ledger, get_tenant, GetTenantRequest),
        "ScoreCustomer" => answer!(scoring, score_customer, ScoreCustomerRequest),
        "ScoreCustomers" => stream!(scoring, score_customers, ScoreCustomersRequest),
        "Segment" => answer!(segmentation, segment, SegmentRequest),
        "TakePopulationSnapshot" => stream!(
            segmentation,
            take_population_snapshot,
            TakePopulationSnapshotRequest
        ),
        "ListPopulationSnapshots" => answer!(
            segmentation,
            list_population_snapshots,
            ListPopulationSnapshotsRequest
        ),
        "ActivatePopulationSnapshot" => answer!(
            segmentation,
            activate_population_snapshot,
            ActivatePopulationSnapshotRequest
        ),
        "ListSegmentMembers" => {
            answer!(
                segmentation,
                list_segment_members,
                ListSegmentMembersRequest
            )
        }
        "DescribeSegmentation" => answer!(
            segmentation,
            describe_segmentation,
            DescribeSegmentationRequest
        ),
        "FitModel" => stream!(models, fit_model, FitModelRequest),
        "EvaluateModel" => stream!(models, evaluate_model, EvaluateModelRequest),
        "TrackModel" => answer!(models, track_model, TrackModelRequest),
        "GetModel" => answer!(models, get_model, GetModelRequest),
        "ListModels" => answer!(models, list_models, ListModelsRequest),
        "ImportModel" => answer!(models, import_model, ImportModelRequest),
        "ActivateModel" => answer!(models, activate_model, ActivateModelRequest),
        "DefinePolicy" => answer!(policies, define_policy, DefinePolicyRequest),
        "GetPolicy" => answer!(policies, get_policy, GetPolicyRequest),
        "ListPolicies" => answer!(policies, list_policies, ListPoliciesRequest),
        "ActivatePolicy" => answer!(policies, activate_policy, ActivatePolicyRequest),
        "DefineInstrument" => answer!(satisfaction, define_instrument, DefineInstrumentRequest),
        "GetInstrument" => answer!(satisfaction, get_instrument, GetInstrumentRequest),
        "ListInstruments" => answer!(satisfaction, list_instruments, ListInstrumentsRequest),
        "RecordSurveyResponses" => answer!(
            satisfaction,
            record_survey_responses,
            RecordSurveyResponsesRequest
        ),
        "SatisfactionIndex" => answer!(satisfaction, satisfaction_index, SatisfactionIndexRequest),
        other => complaints::call(client.complaints, other, request).await,
    }
}

/// Paths of the fields that hold no further message and can hold a bad value: both of a flag are good.
fn leaves(message: &MessageDescriptor, path: &str, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        let index = if field.is_list() { "[0]" } else { "" };
        let path = format!("{path}{}{index}", field.name());
        match field.kind() {
            // A part that holds parts of its own kind; their fields are those of the part.
            Kind::Message(inner) if inner == *message => {}
            Kind::Message(inner) => leaves(&inner, &format!("{path}."), found),
            // Each of its two values is a good one.
            Kind::Bool => {}
            _ => {
                found.insert(path);
            }
        }
    }
}

/// All calls with their requests, as the contract declares them.
fn calls() -> Vec<(String, MessageDescriptor)> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    pool.services()
        .filter(|service| service.package_name() == "customervalue.v1")
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| (method.name().to_owned(), method.input()))
        .collect()
}

fn set(message: &mut DynamicMessage, path: &str, value: Value) {
    let Some((head, rest)) = path.split_once('.') else {
        message.set_field_by_name(path, value);
        return;
    };
    let name = head.trim_end_matches("[0]");
    match message.get_field_by_name_mut(name).unwrap() {
        Value::Message(inner) => set(inner, rest, value),
        Value::List(items) => match items.first_mut() {
            Some(Value::Message(inner)) => set(inner, rest, value),
            other => panic!("{path}: {other:?}"),
        },
        other => panic!("{path}: {other:?}"),
    }
}

fn spoilt(good: &[u8], message: &MessageDescriptor, bad: &Bad) -> Vec<u8> {
    let mut request = DynamicMessage::decode(message.clone(), good).unwrap();
    match &bad.value {
        Some(value) => set(&mut request, bad.sets, value.clone()),
        None => {
            let list = request.get_field_by_name_mut(bad.sets).unwrap();
            let Value::List(items) = list else {
                panic!("{} is no list", bad.sets)
            };
            let item = items[0].clone();
            items.resize(1_001, item);
        }
    }
    request.encode_to_vec()
}

#[test]
fn every_field_of_every_request_has_a_bad_value() {
    let bad_values = bad_values();
    let mut uncovered = Vec::new();
    for (rpc, message) in calls() {
        let mut found = BTreeSet::new();
        leaves(&message, "", &mut found);
        let covered: BTreeSet<&str> = bad_values
            .iter()
            .filter(|bad| bad.rpc == rpc)
            .map(|bad| bad.covers)
            .collect();
        uncovered.extend(
            found
                .into_iter()
                .filter(|path| !covered.contains(path.as_str()))
                .map(|path| format!("{rpc} {path}")),
        );
    }
    assert_eq!(uncovered, Vec::<String>::new());
}

#[tokio::test]
async fn every_bad_value_is_refused_by_its_path_and_stores_nothing() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("base", "t", "2019-12-31", "1").into()])
        .await;
    caller
        .define(satisfaction::INSTRUMENT, one_question())
        .await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let good = good_requests();
    let mut wrong = Vec::new();
    for (rpc, message) in calls() {
        let (_, good) = good.iter().find(|(name, _)| *name == rpc).unwrap();
        for bad in bad_values().into_iter().filter(|bad| bad.rpc == rpc) {
            let outcome = call(&caller, &rpc, &spoilt(good, &message, &bad)).await;
            let shown = format!("{rpc} {} = {:.80}", bad.sets, format!("{:?}", bad.value));
            match outcome {
                Ok(()) => wrong.push(format!("{shown}: accepted")),
                Err(status) if status.code() != Code::InvalidArgument => {
                    wrong.push(format!("{shown}: {status}"));
                }
                Err(status) => {
                    let fields = bad_fields(&refused::<()>(Err(status), Code::InvalidArgument));
                    if !fields.iter().any(|field| field == bad.names) {
                        wrong.push(format!("{shown}: names {fields:?}, not {}", bad.names));
                    }
                }
            }
            if row_counts(&mut connection).await != counts {
                panic!("{shown}: something was stored");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn good_requests_are_accepted_or_find_nothing() {
    let app = TestApp::new().await;
    let caller = app.caller();
    for (rpc, request) in good_requests() {
        let outcome = call(&caller, rpc, &request).await;
        let code = outcome.err().map_or(Code::Ok, |status| status.code());
        let expected = match rpc {
            // The etag is none of the complaint's.
            rpc if TRANSITIONS.contains(&rpc) => Code::Aborted,
            // Known only since today, and nothing is fitted.
            "ScoreCustomer"
            | "GetModel"
            | "ActivateModel"
            | "TrackModel"
            | "SatisfactionIndex"
            | "ActivatePopulationSnapshot"
            | "ListSegmentMembers"
            | "DescribeSegmentation"
            | "GetComplaint" => Code::NotFound,
            "FitModel" | "EvaluateModel" | "TakePopulationSnapshot" => Code::FailedPrecondition,
            _ => Code::Ok,
        };
        assert_eq!(code, expected, "{rpc}");
    }
}

#[tokio::test]
async fn one_bad_item_refuses_the_whole_request() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut connection = app.connection().await;
    let nothing = row_counts(&mut connection).await;
    let mut facts: Vec<_> = (0..1_000)
        .map(|number| purchase("ann", &format!("t{number}"), "2020-01-01", "1"))
        .collect();
    facts[999].customer_id = String::new();
    let outcome = caller.try_record(facts.into_iter().map(Into::into)).await;
    let status = refused(outcome, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["transactions[999].customer_id"]);
    assert_eq!(row_counts(&mut connection).await, nothing);
}
