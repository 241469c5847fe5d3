//! Two times: what had happened, and what was known of it.

use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::scoring_service_client::ScoringServiceClient;
use sqlx::{Connection as _, PgConnection};
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{
    about, at, attribute, contact, from_now, micros, money, purchase, referral, refund, void,
};
use crate::support::errors::{bad_fields, refused};

/// The instant that a fact recorded now carries at the earliest.
pub(super) async fn recorded_now(connection: &mut PgConnection) -> prost_types::Timestamp {
    let micros: i64 =
        sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
            .fetch_one(connection)
            .await
            .unwrap();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap(),
    }
}

async fn to_date(caller: &Caller, as_of: &str, known_at: Option<prost_types::Timestamp>) -> i128 {
    let question = about("ann").as_of(at(as_of)).known_at(known_at);
    let score = caller.score(question).await;
    micros(score.lasting_value.unwrap().to_date.as_ref())
}

/// A write that has its instant of recording and is not committed: what a writer of the service
/// leaves between its locks and its commit.
async fn write_held<'c>(
    connection: &'c mut PgConnection,
    tenant: &str,
) -> sqlx::Transaction<'c, sqlx::Postgres> {
    let mut held = connection.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO customer_states AS s (bucket, tenant_id, customer_id)
        SELECT bucket, tenant_id, customer_id FROM customer_states
        WHERE tenant_id = $1 AND customer_id = 'ann'
        ON CONFLICT (bucket, tenant_id, customer_id) DO UPDATE SET voids = s.voids WHERE false",
    )
    .bind(tenant)
    .execute(&mut *held)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO transactions (
            bucket, tenant_id, customer_id, transaction_id, occurred_at, day, recorded_at,
            amount_micros, currency, kind, content_hash, content_version
        )
        SELECT
            bucket, tenant_id, customer_id, 'held', occurred_at, day, clock_timestamp(),
            5000000, currency, kind, content_hash, content_version
        FROM transactions
        WHERE tenant_id = $1 AND customer_id = 'ann' AND transaction_id = 't1'",
    )
    .bind(tenant)
    .execute(&mut *held)
    .await
    .unwrap();
    held
}

#[tokio::test]
async fn answer_for_an_explicit_known_at_waits_for_writes_in_flight_and_never_changes() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t1", "2020-01-01", "10").into()])
        .await;
    let mut writer = app.connection().await;
    let mut beside = app.connection().await;
    let held = write_held(&mut writer, "acme").await;
    let question = about("ann")
        .as_of(at("2020-02-01"))
        .known_at(recorded_now(&mut beside).await);
    let asked = tokio::spawn({
        let (caller, question) = (caller.clone(), question.clone());
        async move { caller.score_bytes(question).await }
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!asked.is_finished(), "the write could still become visible");
    held.commit().await.unwrap();
    let answer = asked.await.unwrap();
    assert_eq!(
        to_date(&caller, "2020-02-01", question.request.known_at).await,
        15_000_000
    );
    caller
        .record([purchase("ann", "t2", "2020-01-01", "7").into()])
        .await;
    assert_eq!(caller.score_bytes(question).await, answer);
}

#[tokio::test]
async fn answer_for_an_explicit_known_at_gives_way_to_a_write_that_does_not_end() {
    let app = TestApp::new().await;
    let caller = app.tenant("default");
    caller
        .record([purchase("ann", "t1", "2020-01-01", "10").into()])
        .await;
    let mut writer = app.connection().await;
    let mut beside = app.connection().await;
    let held = write_held(&mut writer, "default").await;
    let question = about("ann").known_at(recorded_now(&mut beside).await);
    let mut scoring = ScoringServiceClient::new(app.direct.clone());
    let mut request = tonic::Request::new(question.request);
    request.set_timeout(Duration::from_millis(300));
    let outcome = scoring.score_customer(request).await;
    refused(outcome, Code::DeadlineExceeded);
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn future_known_at_is_refused() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t1", "2020-01-01", "10").into()])
        .await;
    let outcome = caller.try_score(about("ann").known_at(from_now(60))).await;
    assert_eq!(
        bad_fields(&refused(outcome, Code::InvalidArgument)),
        ["known_at"]
    );
}

#[tokio::test]
async fn what_was_known_stays_as_it_was() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut beside = app.connection().await;
    let unknown = recorded_now(&mut beside).await;
    caller
        .record([
            purchase("ann", "t1", "2020-01-10", "100").into(),
            purchase("ann", "t2", "2020-03-10", "50").into(),
        ])
        .await;
    let early = recorded_now(&mut beside).await;
    let mut before = Vec::new();
    for as_of in ["2020-02-01", "2020-12-31"] {
        let question = about("ann").as_of(at(as_of)).known_at(early);
        before.push((question.clone(), caller.score_bytes(question).await));
    }
    caller
        .record([
            // Late: happened long ago.
            purchase("ann", "t0", "2020-01-05", "1000").into(),
            // After the first instant asked about.
            refund("ann", "r1", "t1", "2020-02-20", "30").into(),
            void("ann", pb::FactKind::Transaction, "t2").into(),
            referral("ann", "bob", "e1", "2020-01-01").into(),
            purchase("bob", "t1", "2020-01-20", "7").into(),
            attribute("ann", "a1", "2019-12-31", "city", "Rome").into(),
            contact("ann", "k1", "2020-01-20", pb::ContactPurpose::Sale).into(),
        ])
        .await;
    for (question, bytes) in before {
        assert_eq!(caller.score_bytes(question).await, bytes);
    }
    let units = |amount: i128| amount * 1_000_000;
    assert_eq!(
        to_date(&caller, "2020-02-01", Some(early)).await,
        units(100)
    );
    assert_eq!(
        to_date(&caller, "2020-12-31", Some(early)).await,
        units(150)
    );
    assert_eq!(to_date(&caller, "2020-02-01", None).await, units(1_107));
    assert_eq!(to_date(&caller, "2020-12-31", None).await, units(1_077));
    let too_early = caller.try_score(about("ann").known_at(unknown)).await;
    refused(too_early, Code::NotFound);
}

#[tokio::test]
async fn fact_of_a_moment_ahead_is_in_the_next_answer() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let ahead = pb::Transaction {
        occurred_at: Some(from_now(240)),
        ..purchase("ann", "t1", "2020-01-01", "10")
    };
    caller.record([ahead.clone().into()]).await;
    let score = caller.score(about("ann")).await;
    assert_eq!(score.history.unwrap().revenue, Some(money("10")));
    let as_of = score.provenance.unwrap().as_of.unwrap();
    assert_eq!(as_of.seconds, ahead.occurred_at.unwrap().seconds);
    let earlier = caller.score(about("ann").as_of(from_now(0))).await;
    assert_eq!(earlier.history, None, "it has not happened by then");
    let reasons: Vec<_> = earlier
        .unavailable
        .iter()
        .map(pb::Unavailable::reason)
        .collect();
    assert!(
        reasons
            .iter()
            .all(|reason| *reason == pb::UnavailableReason::NoFacts)
    );
}

#[tokio::test]
async fn acknowledged_fact_is_in_the_next_answer_of_every_replica() {
    let app = TestApp::new().await;
    let replica = app.replica().await;
    for number in 1..=20_i64 {
        let fact = purchase("ann", &format!("t{number}"), "2020-01-01", "1");
        let (writer, reader) = if number % 2 == 0 {
            (&app, &replica)
        } else {
            (&replica, &app)
        };
        writer.caller().record([fact.into()]).await;
        let score = reader.caller().score(about("ann")).await;
        assert_eq!(score.history.unwrap().purchases, number);
    }
}
