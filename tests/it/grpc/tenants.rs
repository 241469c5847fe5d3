//! Tenants never see each other.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::ledger_service_client::LedgerServiceClient;
use customer_value::grpc::pb::customervalue::v1::model_service_client::ModelServiceClient;
use customer_value::grpc::pb::customervalue::v1::policy_service_client::PolicyServiceClient;
use customer_value::grpc::pb::customervalue::v1::scoring_service_client::ScoringServiceClient;
use customer_value::grpc::pb::customervalue::v1::segmentation_service_client::SegmentationServiceClient;
use prost::Message as _;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Status};

use crate::support::app::TestApp;
use crate::support::builders::{
    Fact, about, at, attribute, contact, cost, purchase, referral, refund, void,
};
use crate::support::cdnow::small_shop;
use crate::support::errors::{bad_fields, refused};
use crate::support::scores::{about_everybody, about_these};

/// A word in everything that belongs to the other tenant.
const SECRET: &str = "secret";

fn secret_facts() -> Vec<Fact> {
    let mut bought = purchase("secret-ann", "secret-t", "2020-01-01", "10 CHF");
    bought.channel = Some("secret-channel".to_owned());
    vec![
        bought.into(),
        refund("secret-ann", "secret-r", "secret-t", "2020-01-02", "1 CHF").into(),
        cost(
            "secret-ann",
            "secret-c",
            "2020-01-01",
            "1 CHF",
            pb::CostKind::Rebate,
        )
        .into(),
        referral("secret-bob", "secret-ann", "secret-e", "2020-01-01").into(),
        attribute(
            "secret-ann",
            "secret-a",
            "2020-01-01",
            "secret-name",
            "secret-text",
        )
        .into(),
        contact(
            "secret-ann",
            "secret-k",
            "2020-01-01",
            pb::ContactPurpose::Joint,
        )
        .into(),
        void("secret-ann", pb::FactKind::Cost, "secret-x").into(),
    ]
}

#[track_caller]
fn assert_tells_nothing(status: &Status) {
    let details = String::from_utf8_lossy(status.details()).into_owned();
    for word in [
        "CHF",
        "secret-t",
        "secret-channel",
        "secret-name",
        "shop-",
        "SELECT",
        "127.0.0.1",
    ] {
        let told = format!("{} {details}", status.message());
        assert!(!told.contains(word), "{word} is told: {told}");
    }
}

fn evaluate(model_name: &str) -> pb::EvaluateModelRequest {
    pb::EvaluateModelRequest {
        model_name: model_name.to_owned(),
        ..pb::EvaluateModelRequest::default()
    }
}

#[tokio::test]
async fn every_call_of_one_tenant_finds_nothing_of_another() {
    let app = TestApp::new().await;
    let owner = app.tenant("owner");
    owner.record(secret_facts()).await;
    owner.record(small_shop("CHF")).await;
    let fit = pb::FitModelRequest {
        family: pb::ModelFamily::BgNbd.into(),
        ..pb::FitModelRequest::default()
    };
    let model = owner.fit(fit).await.name;
    owner.activate(&model, None).await;
    owner.track(pb::TrackModelRequest::default()).await;
    let before = owner
        .score_bytes(about("secret-ann").as_of(at("2021-01-01")))
        .await;

    for (name, has_facts) in [("stranger", true), ("nobody", false)] {
        let stranger = app.tenant(name);
        if has_facts {
            stranger
                .record([purchase("own", "t", "2020-01-01", "1 USD").into()])
                .await;
        }
        let mut refusals = vec![
            refused(stranger.try_customer("secret-ann").await, Code::NotFound),
            refused(stranger.try_customer("secret-bob").await, Code::NotFound),
            refused(
                stranger.try_score(about("secret-ann")).await,
                Code::NotFound,
            ),
            refused(
                stranger
                    .try_score(about("secret-ann").known_at(at("2020-06-01")))
                    .await,
                Code::NotFound,
            ),
            refused(stranger.try_activate(&model, None).await, Code::NotFound),
            refused(stranger.try_fit(fit).await, Code::FailedPrecondition),
            refused(
                stranger.try_evaluate(evaluate("")).await,
                Code::FailedPrecondition,
            ),
        ];
        let of_owner = stranger.try_evaluate(evaluate(&model)).await;
        refusals.push(match has_facts {
            true => refused(of_owner, Code::NotFound),
            false => refused(of_owner, Code::FailedPrecondition),
        });
        let of_owner = pb::TrackModelRequest {
            model_name: model.clone(),
            ..pb::TrackModelRequest::default()
        };
        refusals.push(refused(stranger.try_track(of_owner).await, Code::NotFound));
        let in_force = stranger.try_track(pb::TrackModelRequest::default());
        refusals.push(refused(in_force.await, Code::FailedPrecondition));
        let mut ledger = stranger.client.ledger.clone();
        let told = ledger.get_tenant(pb::GetTenantRequest {}).await.unwrap();
        let told = told.into_inner().tenant.unwrap();
        assert_eq!(told.tenant_id, name);
        assert_eq!(told.base_currency.as_deref(), has_facts.then_some("USD"));
        let mut models = stranger.client.models.clone();
        let asked = pb::GetModelRequest {
            name: model.clone(),
        };
        refusals.push(refused(models.get_model(asked).await, Code::NotFound));
        let listed = models
            .list_models(pb::ListModelsRequest::default())
            .await
            .unwrap();
        assert_eq!(listed.into_inner(), pb::ListModelsResponse::default());
        let mut segmentation = stranger.client.segmentation.clone();
        let asked = pb::SegmentRequest {
            customer_ids: vec!["secret-ann".to_owned()],
            ..pb::SegmentRequest::default()
        };
        let told = segmentation.segment(asked).await.unwrap().into_inner();
        let [unavailable] = &told.customers[0].unavailable[..] else {
            panic!("{told:?}");
        };
        let unknown = pb::UnavailableReason::UnknownCustomer;
        assert_eq!(unavailable.reason(), unknown);
        assert_eq!(told.customers[0].assignments, []);
        assert_eq!(
            told.provenance.unwrap().model_versions,
            Vec::<String>::new()
        );
        let told = stranger.scores(about_everybody()).await;
        let told: Vec<&str> = told.iter().map(|score| &*score.customer_id).collect();
        assert_eq!(told, ["own"][..usize::from(has_facts)]);
        let told = stranger.scores(about_these(&["secret-ann"])).await;
        assert_eq!(told[0].unavailable[0].reason(), unknown);
        assert_eq!(told[0].provenance, None);
        let page_token = format!("after:{model}");
        let asked = pb::ListModelsRequest {
            page_size: 0,
            page_token,
        };
        refusals.push(refused(
            models.list_models(asked).await,
            Code::InvalidArgument,
        ));
        for refusal in &refusals {
            assert_tells_nothing(refusal);
        }
    }

    // The same ids are another tenant's own, whatever they hold.
    let stranger = app.tenant("stranger");
    let others = [
        purchase("secret-ann", "secret-t", "2021-01-01", "99 USD").into(),
        refund("secret-ann", "secret-r", "other", "2021-01-02", "9 USD").into(),
        cost(
            "secret-ann",
            "secret-c",
            "2021-01-01",
            "9 USD",
            pb::CostKind::Marketing,
        )
        .into(),
        referral("other", "secret-ann", "secret-e", "2021-01-01").into(),
        attribute("secret-ann", "secret-a", "2021-01-01", "age", "41").into(),
        contact(
            "secret-ann",
            "secret-k",
            "2021-01-01",
            pb::ContactPurpose::Sale,
        )
        .into(),
        void("secret-ann", pb::FactKind::Cost, "secret-c").into(),
    ];
    let outcomes = stranger.record(others).await;
    assert_eq!(outcomes, [pb::RecordOutcome::Created; 7]);
    let shown = stranger.customer("secret-ann").await;
    let names: Vec<_> = shown.attributes.iter().map(|fact| &*fact.name).collect();
    assert_eq!(names, ["age"]);
    assert_eq!(shown.contacts[0].purpose(), pb::ContactPurpose::Sale);
    let score = stranger.score(about("secret-ann")).await;
    assert!(!String::from_utf8_lossy(&score.encode_to_vec()).contains("CHF"));
    let after = owner
        .score_bytes(about("secret-ann").as_of(at("2021-01-01")))
        .await;
    assert_eq!(after, before);
    let shown = owner.customer("secret-ann").await;
    assert_eq!(shown.fact_counts.len(), 6);
    assert_eq!(shown.attributes[0].name, "secret-name");
    assert_eq!(shown.contacts[0].purpose(), pb::ContactPurpose::Joint);
    assert!(
        owner
            .customer("secret-bob")
            .await
            .customer_id
            .contains(SECRET)
    );
}

#[tokio::test]
async fn metadata_that_names_no_tenant_is_refused_by_every_service() {
    let app = TestApp::new().await;
    let long = "x".repeat(64);
    let bad = ["", "Acme", "a_b", "a b", "a/b", "ä", "a\u{1}", &long];
    for values in bad
        .map(|value| vec![value])
        .into_iter()
        .chain([vec!["a", "b"]])
    {
        fn named<T>(values: &[&str], message: T) -> Option<Request<T>> {
            let mut request = Request::new(message);
            for value in values {
                let value = MetadataValue::try_from(value.as_bytes()).ok()?;
                request.metadata_mut().append("x-tenant-id", value);
            }
            Some(request)
        }
        let Some(request) = named(&values, about("ann").request) else {
            continue;
        };
        let mut scoring = ScoringServiceClient::new(app.channel.clone());
        let mut refusals = vec![refused(
            scoring.score_customer(request).await,
            Code::InvalidArgument,
        )];
        let request = named(&values, about_everybody()).unwrap();
        refusals.push(refused(
            scoring.score_customers(request).await,
            Code::InvalidArgument,
        ));
        let voids = pb::VoidFactsRequest {
            facts: vec![void("ann", pb::FactKind::Cost, "c")],
        };
        let mut ledger = LedgerServiceClient::new(app.channel.clone());
        let request = named(&values, voids).unwrap();
        refusals.push(refused(
            ledger.void_facts(request).await,
            Code::InvalidArgument,
        ));
        let mut models = ModelServiceClient::new(app.channel.clone());
        let request = named(&values, pb::ListModelsRequest::default()).unwrap();
        refusals.push(refused(
            models.list_models(request).await,
            Code::InvalidArgument,
        ));
        let mut policies = PolicyServiceClient::new(app.channel.clone());
        let request = named(&values, pb::ListPoliciesRequest::default()).unwrap();
        refusals.push(refused(
            policies.list_policies(request).await,
            Code::InvalidArgument,
        ));
        let mut segmentation = SegmentationServiceClient::new(app.channel.clone());
        let request = named(&values, pb::SegmentRequest::default()).unwrap();
        refusals.push(refused(
            segmentation.segment(request).await,
            Code::InvalidArgument,
        ));
        for refusal in refusals {
            assert_eq!(bad_fields(&refusal), ["x-tenant-id"], "{values:?}");
        }
    }
}

#[tokio::test]
async fn caller_who_names_no_tenant_is_the_default_one() {
    let app = TestApp::new().await;
    app.tenant("default")
        .record([purchase("ann", "t", "2020-01-01", "1").into()])
        .await;
    let mut ledger = LedgerServiceClient::new(app.channel.clone());
    let request = pb::GetCustomerRequest {
        customer_id: "ann".to_owned(),
    };
    let customer = ledger.get_customer(request).await.unwrap().into_inner();
    assert_eq!(customer.customer.unwrap().fact_counts.len(), 1);
}
