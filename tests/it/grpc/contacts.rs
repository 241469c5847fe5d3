//! `LedgerService.RecordContacts`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::{about, at, contact, purchase, void};
use crate::support::errors::{reason, refused};

#[tokio::test]
async fn newest_contact_of_each_purpose_is_shown() {
    use pb::ContactPurpose::{FollowUp, Joint, Sale};
    let app = TestApp::new().await;
    let caller = app.caller();
    let joint = pb::Contact {
        direction: pb::ContactDirection::Inbound.into(),
        channel: Some("on site".to_owned()),
        ..contact("ann", "k5", "2020-01-05", Joint)
    };
    let (sale, sale_before) = (
        contact("ann", "k2", "2020-01-02", Sale),
        contact("ann", "k1", "2020-01-02", Sale),
    );
    let follow_up = contact("ann", "k9", "2020-01-01", FollowUp);
    caller
        .record([
            joint.clone().into(),
            sale.clone().into(),
            sale_before.clone().into(),
            follow_up.clone().into(),
            contact("ann", "k4", "2020-01-03", Joint).into(),
            contact("bob", "k7", "2021-01-01", Sale).into(),
        ])
        .await;
    let shown = caller.customer("ann").await;
    assert_eq!(shown.contacts, [sale, follow_up, joint.clone()]);
    assert_eq!(shown.first_fact_at, Some(at("2020-01-01")));
    assert_eq!(shown.last_fact_at, Some(at("2020-01-05")));
    let counts = [(shown.fact_counts[0].kind(), shown.fact_counts[0].count)];
    assert_eq!(counts, [(pb::FactKind::Contact, 5)]);
    caller
        .record([
            void("ann", pb::FactKind::Contact, "k2").into(),
            void("ann", pb::FactKind::Contact, "k9").into(),
            void("bob", pb::FactKind::Contact, "k1").into(),
            void("ann", pb::FactKind::CustomerAttribute, "k5").into(),
        ])
        .await;
    let shown = caller.customer("ann").await;
    assert_eq!(shown.contacts, [sale_before, joint]);
}

#[tokio::test]
async fn contact_that_was_voided_before_it_came_never_counts() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let fact = contact("ann", "k1", "2020-01-01", pb::ContactPurpose::Proactive);
    caller
        .record([void("ann", pb::FactKind::Contact, "k1").into()])
        .await;
    refused(caller.try_customer("ann").await, Code::NotFound);
    caller.record([fact.clone().into()]).await;
    let shown = caller.customer("ann").await;
    assert_eq!(shown.contacts, []);
    assert_eq!((shown.fact_counts[0].count, shown.voids), (1, 1));
    assert_eq!(
        caller.record([fact.into()]).await,
        [pb::RecordOutcome::Duplicate]
    );
    let mut connection = app.connection().await;
    let pending: Vec<i64> = sqlx::query_scalar("SELECT pending_voids FROM customer_states")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(pending, [0], "the void waits no more");
}

#[tokio::test]
async fn customer_with_only_a_contact_is_known_and_settles_no_currency() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([contact("ann", "k1", "2020-01-02", pb::ContactPurpose::Sale).into()])
        .await;
    let shown = caller.customer("ann").await;
    let recorded_at = shown.last_recorded_at.unwrap();
    let question = about("ann").as_of(at("2020-02-01"));
    let now = caller.score_bytes(question.clone()).await;
    let asked = question.known_at(recorded_at);
    assert_eq!(caller.score_bytes(asked).await, now);
    let before = prost_types::Timestamp {
        seconds: recorded_at.seconds - 1,
        ..recorded_at
    };
    let outcome = caller.try_score(about("ann").known_at(before)).await;
    assert_eq!(
        reason(&refused(outcome, Code::NotFound)),
        "UNKNOWN_CUSTOMER"
    );
    // The first money decides, not what came before it.
    caller
        .record([purchase("ann", "t1", "2020-01-02", "5 EUR").into()])
        .await;
    let mut ledger = caller.client.ledger.clone();
    let told = ledger.get_tenant(pb::GetTenantRequest {}).await.unwrap();
    let tenant = told.into_inner().tenant.unwrap();
    assert_eq!(tenant.base_currency.as_deref(), Some("EUR"));
}
