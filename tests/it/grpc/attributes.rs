//! `LedgerService.RecordCustomerAttributes`.

use std::time::Duration;

use customer_value::engine::attribute::NAMES_MAX;
use customer_value::grpc::pb::customervalue::v1 as pb;
use sqlx::{Connection as _, PgConnection};
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Fact, about, at, attribute, purchase, void};
use crate::support::errors::{bad_fields, metadata, reason, refused};
use crate::support::rows::row_counts;

/// Values of as many names, of one customer.
fn named(prefix: &str, names: usize) -> Vec<Fact> {
    (0..names)
        .map(|number| {
            let name = format!("{prefix}-{number}");
            attribute("ann", &name, "2020-01-01", &name, "1").into()
        })
        .collect()
}

/// What a customer's attributes are now.
async fn current(caller: &Caller, customer: &str) -> Vec<pb::CustomerAttribute> {
    caller.customer(customer).await.attributes
}

async fn names_stored(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM attribute_names WHERE tenant_id = 'acme'")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn latest_value_is_the_current_one_whatever_came_first() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let moved = attribute("ann", "a3", "2020-03-01", "city", "Turin");
    let older = attribute("ann", "a1", "2020-01-01", "city", "Rome");
    // Of one instant, the greater id counts.
    let age = attribute("ann", "b2", "2020-01-01", "age", "41.5");
    let age_too = attribute("ann", "b1", "2020-01-01", "age", "40");
    let vip = attribute("ann", "c1", "2020-01-01", "vip", "no");
    caller
        .record([
            moved.clone().into(),
            older.clone().into(),
            age.clone().into(),
            age_too.clone().into(),
            vip.clone().into(),
            attribute("bob", "a1", "2021-01-01", "city", "Oslo").into(),
        ])
        .await;
    assert_eq!(
        current(&caller, "ann").await,
        [age.clone(), moved, vip.clone()]
    );
    caller
        .record([
            void("ann", pb::FactKind::CustomerAttribute, "a3").into(),
            void("ann", pb::FactKind::CustomerAttribute, "b2").into(),
            // Another kind of fact and another customer with such an id are not meant.
            void("ann", pb::FactKind::Contact, "c1").into(),
            void("bob", pb::FactKind::CustomerAttribute, "b1").into(),
        ])
        .await;
    assert_eq!(current(&caller, "ann").await, [age_too, older, vip.clone()]);
    caller
        .record([
            void("ann", pb::FactKind::CustomerAttribute, "b1").into(),
            void("ann", pb::FactKind::CustomerAttribute, "a1").into(),
        ])
        .await;
    assert_eq!(current(&caller, "ann").await, [vip]);
    assert_eq!(current(&caller, "bob").await[0].attribute_id, "a1");
}

#[tokio::test]
async fn value_that_was_voided_before_it_came_never_counts() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([void("ann", pb::FactKind::CustomerAttribute, "a2").into()])
        .await;
    let counted = attribute("ann", "a1", "2020-01-01", "city", "Rome");
    caller
        .record([
            counted.clone().into(),
            attribute("ann", "a2", "2020-03-01", "city", "Turin").into(),
        ])
        .await;
    let shown = caller.customer("ann").await;
    assert_eq!(shown.attributes, [counted]);
    assert_eq!(shown.fact_counts[0].count, 2);
    let mut connection = app.connection().await;
    let pending: Vec<i64> = sqlx::query_scalar("SELECT pending_voids FROM customer_states")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(pending, [0], "the void waits no more");
}

#[tokio::test]
async fn zero_has_no_sign() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let zero = attribute("ann", "a1", "2020-01-01", "age", "0");
    let minus_zero = attribute("ann", "a1", "2020-01-01", "age", "-0");
    let outcomes = caller.record([minus_zero.into(), zero.into()]).await;
    assert_eq!(
        outcomes,
        [pb::RecordOutcome::Created, pb::RecordOutcome::Duplicate]
    );
    let shown = current(&caller, "ann").await;
    let Some(pb::customer_attribute::Value::Number(number)) = shown[0].value else {
        panic!("{shown:?}")
    };
    assert!(number == 0.0 && number.is_sign_positive());
}

#[tokio::test]
async fn value_is_required_and_may_be_the_empty_text() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut fact = attribute("ann", "a1", "2020-01-01", "city", "Rome");
    fact.value = None;
    let outcome = caller.try_record([fact.clone().into()]).await;
    let status = refused(outcome, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["attributes[0].value"]);
    fact.value = Some(pb::customer_attribute::Value::Text(String::new()));
    caller.record([fact.clone().into()]).await;
    assert_eq!(current(&caller, "ann").await, [fact]);
}

#[tokio::test]
async fn customer_with_only_an_attribute_is_known_and_settles_no_currency() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([attribute("ann", "a1", "2020-01-02", "city", "Rome").into()])
        .await;
    let shown = caller.customer("ann").await;
    assert_eq!(shown.first_fact_at, Some(at("2020-01-02")));
    assert_eq!(shown.last_fact_at, Some(at("2020-01-02")));
    let counts = [(shown.fact_counts[0].kind(), shown.fact_counts[0].count)];
    assert_eq!(counts, [(pb::FactKind::CustomerAttribute, 1)]);
    let mut ledger = caller.client.ledger.clone();
    let told = ledger.get_tenant(pb::GetTenantRequest {}).await.unwrap();
    let tenant = told.into_inner().tenant.unwrap();
    assert_eq!(tenant.base_currency, None);
    assert_eq!(tenant.time_zone.as_deref(), Some("UTC"));

    // Known to every view from its recording on, whatever way the answer is computed.
    let recorded_at = shown.last_recorded_at.unwrap();
    let now = caller
        .score_bytes(about("ann").as_of(at("2020-02-01")))
        .await;
    let asked = about("ann").as_of(at("2020-02-01")).known_at(recorded_at);
    assert_eq!(caller.score_bytes(asked).await, now);
    let early = caller.score(about("ann").as_of(at("2020-01-01"))).await;
    assert_eq!(early.history, None, "nothing had happened by then");
    let before = prost_types::Timestamp {
        seconds: recorded_at.seconds - 1,
        ..recorded_at
    };
    let outcome = caller.try_score(about("ann").known_at(before)).await;
    assert_eq!(
        reason(&refused(outcome, Code::NotFound)),
        "UNKNOWN_CUSTOMER"
    );
    caller
        .record([purchase("ann", "t1", "2020-01-02", "5 EUR").into()])
        .await;
    let score = caller.score(about("ann")).await;
    assert!(score.history.is_some());
}

#[tokio::test]
async fn attribute_after_the_instant_asked_for_changes_no_score() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t1", "2020-01-02", "5").into()])
        .await;
    let asked = about("ann").as_of(at("2020-02-01"));
    let mut before = caller.score(asked.clone()).await;
    caller
        .record([attribute("ann", "a1", "2020-03-01", "city", "Rome").into()])
        .await;
    let mut after = caller.score(asked).await;
    for score in [&mut before, &mut after] {
        score.provenance.as_mut().unwrap().known_at = None;
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn sixty_fifth_name_is_refused_and_nothing_stored() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(named("name", NAMES_MAX)).await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let known = attribute("bob", "a1", "2020-01-01", "name-0", "2");
    let new = attribute("bob", "a2", "2020-01-01", "another", "2");
    let outcome = caller
        .try_record([known.clone().into(), new.clone().into()])
        .await;
    let status = refused(outcome, Code::FailedPrecondition);
    assert_eq!(reason(&status), "TOO_MANY_ATTRIBUTE_NAMES");
    assert_eq!(metadata(&status, "item"), "attributes[1]");
    assert_eq!(metadata(&status, "names_max"), "64");
    assert!(status.message().contains("64"), "{status:?}");
    assert_eq!(row_counts(&mut connection).await, counts);
    // A void frees no name, and another tenant has names of its own.
    caller
        .record([void("ann", pb::FactKind::CustomerAttribute, "name-1").into()])
        .await;
    refused(
        caller.try_record([new.clone().into()]).await,
        Code::FailedPrecondition,
    );
    app.tenant("other").record([new.into()]).await;
    // Names in use go on.
    caller.record([known.into()]).await;
}

#[tokio::test]
async fn name_of_a_refused_request_is_not_used() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([attribute("ann", "a1", "2020-01-01", "city", "Rome").into()])
        .await;
    let outcome = caller
        .try_record([attribute("ann", "a1", "2020-01-01", "town", "Rome").into()])
        .await;
    let status = refused(outcome, Code::AlreadyExists);
    assert_eq!(metadata(&status, "fields"), "name");
    assert_eq!(names_stored(&mut app.connection().await).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_never_pass_the_bound_of_names() {
    let app = TestApp::new().await;
    let replica = app.replica().await;
    let half = NAMES_MAX / 2 + 1;
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let caller = [&app, &replica][writer % 2].caller();
            // Two writers each bring the same names.
            let facts = named(&format!("name-{}", writer / 2), half);
            tokio::spawn(async move { caller.try_record(facts).await })
        })
        .collect();
    let mut stored = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => stored += 1,
            Err(status) => {
                assert_eq!(reason(&status), "TOO_MANY_ATTRIBUTE_NAMES", "{status:?}");
            }
        }
    }
    assert_eq!(stored, 2, "those of one set of names");
    let mut connection = app.connection().await;
    assert_eq!(names_stored(&mut connection).await, half as i64);
    assert_eq!(
        current(&app.caller(), "ann").await.len(),
        half,
        "values and names agree"
    );
}

#[tokio::test]
async fn known_names_need_no_lock_of_the_tenant() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([attribute("ann", "a1", "2020-01-01", "city", "Rome").into()])
        .await;
    let mut connection = app.connection().await;
    let mut held = connection.begin().await.unwrap();
    sqlx::query("SELECT FROM tenants WHERE tenant_id = 'acme' FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    caller
        .record([attribute("bob", "a1", "2020-01-01", "city", "Oslo").into()])
        .await;
    let waiting = tokio::spawn({
        let caller = caller.clone();
        let new = attribute("bob", "a2", "2020-01-01", "age", "41");
        async move { caller.record([new.into()]).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "a new name waits for the tenant");
    held.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap(), [pb::RecordOutcome::Created]);
}
