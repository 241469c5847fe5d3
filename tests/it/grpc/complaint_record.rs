//! Recording complaints: repetitions, other content, what else a complaint tells.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::{about, at, from_now, purchase};
use crate::support::cdnow::small_shop;
use crate::support::complaints::{Common, Step, complaint};
use crate::support::errors::{metadata, reason, refused};
use crate::support::rows::row_counts;

#[tokio::test]
async fn same_complaint_again_changes_nothing_and_other_content_is_refused() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut request = complaint("c1", "ann", "2020-03-01");
    request.received_at = None;
    let (first, outcome) = caller.try_complain(request.clone()).await.unwrap();
    assert_eq!(outcome, pb::RecordOutcome::Created);
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let moved = caller
        .try_step(Step::Withdraw, Common::on(&first, "e1"))
        .await
        .unwrap()
        .0;
    // Received whenever it was recorded first, not now.
    let (again, outcome) = caller.try_complain(request.clone()).await.unwrap();
    assert_eq!(outcome, pb::RecordOutcome::Duplicate);
    assert_eq!(again.etag, moved.etag);
    assert_eq!(again.received_at, first.received_at);
    for (change, fields) in [
        (
            pb::RecordComplaintRequest {
                subject: "other".to_owned(),
                severity: pb::ComplaintSeverity::Low.into(),
                ..request.clone()
            },
            "subject,severity",
        ),
        (
            pb::RecordComplaintRequest {
                received_at: Some(at("2020-03-02")),
                ..request.clone()
            },
            "received_at",
        ),
        // Of another customer: ids are unique per tenant.
        (
            pb::RecordComplaintRequest {
                customer_id: "bob".to_owned(),
                ..request.clone()
            },
            "customer_id",
        ),
    ] {
        let status = refused(caller.try_complain(change).await, Code::AlreadyExists);
        assert_eq!(reason(&status), "FACT_CONTENT_DIFFERS");
        assert_eq!(metadata(&status, "fields"), fields);
    }
    let after = row_counts(&mut connection).await;
    let grown: Vec<_> = counts
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.0.as_str())
        .collect();
    assert_eq!(grown, ["complaint_events"]);
}

#[tokio::test]
async fn complaint_makes_its_customer_exist() {
    let app = TestApp::new().await;
    let caller = app.caller();
    refused(caller.try_customer("ann").await, Code::NotFound);
    let before = caller
        .complain(complaint("c0", "other", "2020-03-01"))
        .await
        .recorded_at;
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.first_fact_at, Some(at("2020-03-01")));
    assert_eq!(customer.last_recorded_at, recorded.recorded_at);
    let score = caller.score(about("ann")).await;
    assert_eq!(score.complaints.unwrap().total, 1);
    refused(
        caller.try_score(about("ann").known_at(before)).await,
        Code::NotFound,
    );
    let known = caller
        .score(about("ann").known_at(recorded.recorded_at))
        .await;
    assert_eq!(known.complaints.unwrap().total, 1);
    let early = caller.score(about("ann").as_of(at("2020-02-01"))).await;
    assert_eq!(early.complaints.unwrap().total, 0);
    // What it is worth is not known, and says why.
    assert_eq!(recorded.value_at_stake, None);
    assert_eq!(recorded.unavailable[0].component, "value_at_stake");
}

#[tokio::test]
async fn open_complaints_that_look_alike_are_suggested() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let about =
        |id: &str, when: &str, subject: &str, product: Option<&str>| pb::RecordComplaintRequest {
            subject: subject.to_owned(),
            product_id: product.map(str::to_owned),
            ..complaint(id, "ann", when)
        };
    for request in [
        about("old", "2020-01-01", "late delivery", None),
        about("alike", "2020-03-01", "Delivery, late!", None),
        about("product", "2020-03-02", "broken", Some("p1")),
        about("unlike", "2020-03-03", "rude", Some("p2")),
        about("gone", "2020-03-04", "late delivery", Some("p1")),
        pb::RecordComplaintRequest {
            customer_id: "bob".to_owned(),
            ..about("bobs", "2020-03-05", "late delivery", Some("p1"))
        },
    ] {
        let recorded = caller.complain(request).await;
        if recorded.complaint_id == "gone" {
            caller
                .steps(recorded, &[(Step::Withdraw, "2020-03-04")])
                .await;
        }
    }
    let asked = caller
        .complain(about("asked", "2020-03-06", "late delivery", Some("p1")))
        .await;
    let found: Vec<(&str, f64, Vec<&str>)> = asked
        .possible_duplicates
        .iter()
        .map(|found| {
            let shared = found.shared.iter().map(String::as_str).collect();
            (&*found.complaint_id, found.similarity, shared)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("alike", 1.0, vec!["subject"]),
            ("product", 0.0, vec!["product_id"]),
        ]
    );
    // At an instant in the past, what was open then.
    let then = caller.try_complaint("asked", Some(at("2020-03-06")), None);
    let then = then.await.unwrap();
    assert_eq!(then.possible_duplicates.len(), 2);
}

#[tokio::test]
async fn no_number_of_later_complaints_hides_one_that_is_alike() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let alike = |id: &str, when: &str| pb::RecordComplaintRequest {
        subject: "late delivery".to_owned(),
        ..complaint(id, "ann", when)
    };
    caller.complain(alike("first", "2020-01-01")).await;
    caller.complain(alike("asked", "2020-01-02")).await;
    let mut connection = app.connection().await;
    sqlx::query(
        "INSERT INTO complaints
        SELECT (jsonb_populate_record(c, jsonb_build_object(
            'complaint_id', 'm' || n, 'received_at', c.received_at + n * interval '1 day'
        ))).*
        FROM complaints AS c, generate_series(60, 360) AS n
        WHERE c.complaint_id = 'asked'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let asked = caller.try_complaint("asked", None, None).await.unwrap();
    let found: Vec<&str> = asked
        .possible_duplicates
        .iter()
        .map(|found| &*found.complaint_id)
        .collect();
    assert_eq!(found, ["first"]);
}

#[tokio::test]
async fn nothing_acknowledged_is_hidden_though_it_lies_a_moment_ahead() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let ahead = from_now(200);
    let mut other = complaint("other", "ann", "2020-01-01");
    other.occurred_at = Some(from_now(0));
    other.received_at = Some(ahead);
    let mut asked = other.clone();
    asked.complaint_id = "asked".to_owned();
    asked.subject = other.subject.clone();
    asked.received_at = asked.occurred_at;
    let mut fact = purchase("ann", "t", "2020-01-01", "1");
    fact.occurred_at = Some(ahead);
    caller.record([fact.into()]).await;
    caller.complain(other).await;
    let asked = caller.complain(asked).await;
    assert_eq!(asked.possible_duplicates[0].complaint_id, "other");
    assert_eq!(asked.provenance.unwrap().as_of, Some(ahead));
    // There is a purchase, so what is missing is the model.
    assert_eq!(
        asked.unavailable[0].reason(),
        pb::UnavailableReason::NoModel
    );
}

#[tokio::test]
async fn value_at_stake_is_the_scores_lifetime_value() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(small_shop("EUR")).await;
    let recorded = caller
        .complain(complaint("c1", "shop-7", "2021-03-01"))
        .await;
    assert_eq!(recorded.value_at_stake, None);
    assert_eq!(
        recorded.unavailable[0].reason(),
        pb::UnavailableReason::NoModel
    );
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let model = caller
            .fit(pb::FitModelRequest {
                family: family.into(),
                ..pb::FitModelRequest::default()
            })
            .await;
        caller.activate(&model.name, None).await;
    }
    let found = caller.try_complaint("c1", None, None).await.unwrap();
    let rests_on = found.provenance.unwrap();
    let score = about("shop-7")
        .as_of(rests_on.as_of)
        .known_at(rests_on.known_at);
    let score = caller.score(score).await;
    let stake = found.value_at_stake.unwrap();
    assert_eq!(stake.basis(), pb::ValueAtStakeBasis::ClvTotal);
    assert_eq!(stake.amount, score.clv.unwrap().total);
    let models = score.provenance.unwrap().model_versions;
    assert_eq!(rests_on.model_versions, models);
    assert_eq!(models.len(), 2);
}
