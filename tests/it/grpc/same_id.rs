//! The same id with other content is refused, with the differing fields, and changes nothing.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::{
    Fact, attribute, contact, cost, money, purchase, referral, refund, void,
};
use crate::support::errors::{metadata, reason, refused};
use crate::support::rows::{derived_rows, row_counts};

/// A fact, the same with other content, and the fields that differ.
fn conflicts() -> Vec<(Fact, Fact, &'static str)> {
    let bought = pb::Transaction {
        channel: Some("web".to_owned()),
        attributes: [("campaign".to_owned(), "spring".to_owned())].into(),
        ..purchase("ann", "t1", "2020-01-01", "10")
    };
    let bought_otherwise = pb::Transaction {
        amount: Some(money("11")),
        kind: pb::PurchaseKind::New.into(),
        cost_of_goods: Some(money("3")),
        channel: None,
        attributes: [("campaign".to_owned(), "autumn".to_owned())].into(),
        ..bought.clone()
    };
    let returned = refund("ann", "r1", "t1", "2020-01-02", "1");
    let returned_otherwise = pb::Refund {
        transaction_id: "t2".to_owned(),
        cost_of_goods_returned: Some(money("0")),
        ..returned.clone()
    };
    let spent = cost("ann", "c1", "2020-01-01", "5", pb::CostKind::Marketing);
    let spent_otherwise = pb::Cost {
        kind: pb::CostKind::Rebate.into(),
        ..spent.clone()
    };
    let brought = referral("bob", "ann", "e1", "2020-01-01");
    let brought_otherwise = referral("cleo", "ann", "e1", "2020-01-01T12:00:00.000001Z");
    let known = attribute("ann", "a1", "2020-01-01", "age", "41");
    let known_otherwise = attribute("ann", "a1", "2020-01-01", "city", "Rome");
    let spoken = contact("ann", "k1", "2020-01-01", pb::ContactPurpose::Sale);
    let spoken_otherwise = pb::Contact {
        direction: pb::ContactDirection::Inbound.into(),
        purpose: pb::ContactPurpose::Joint.into(),
        channel: Some("phone".to_owned()),
        ..spoken.clone()
    };
    let voided = void("ann", pb::FactKind::Cost, "c9");
    let voided_otherwise = pb::FactVoid {
        reason: Some("typing error".to_owned()),
        ..voided.clone()
    };
    vec![
        (
            bought.into(),
            bought_otherwise.into(),
            "amount,channel,attributes,kind,cost_of_goods",
        ),
        (
            returned.into(),
            returned_otherwise.into(),
            "transaction_id,cost_of_goods_returned",
        ),
        (spent.into(), spent_otherwise.into(), "kind"),
        (
            brought.into(),
            brought_otherwise.into(),
            "referrer_id,occurred_at",
        ),
        (known.into(), known_otherwise.into(), "name,number,text"),
        (
            spoken.into(),
            spoken_otherwise.into(),
            "direction,purpose,channel",
        ),
        (voided.into(), voided_otherwise.into(), "reason"),
    ]
}

/// A new fact of the same kind, which must not be stored with the refused one.
fn companion(fact: &Fact) -> Fact {
    match fact {
        Fact::Transaction(_) => purchase("new", "t", "2020-01-01", "1").into(),
        Fact::Refund(_) => refund("new", "r", "t", "2020-01-01", "1").into(),
        Fact::Cost(_) => cost("new", "c", "2020-01-01", "1", pb::CostKind::Rebate).into(),
        Fact::Referral(_) => referral("newer", "new", "e", "2020-01-01").into(),
        Fact::Attribute(_) => attribute("new", "a", "2020-01-01", "age", "1").into(),
        Fact::Contact(_) => contact("new", "k", "2020-01-01", pb::ContactPurpose::Sale).into(),
        Fact::Void(_) => void("new", pb::FactKind::Cost, "c").into(),
    }
}

fn sorted(fields: &str) -> Vec<&str> {
    let mut fields: Vec<&str> = fields.split(',').collect();
    fields.sort_unstable();
    fields
}

#[tokio::test]
async fn same_id_with_other_content_is_refused_and_the_stored_fact_untouched() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record(conflicts().into_iter().map(|(fact, ..)| fact))
        .await;
    let mut connection = app.connection().await;
    let rows = derived_rows(&mut connection, "acme").await;
    let counts = row_counts(&mut connection).await;
    for (stored, other, fields) in conflicts() {
        let outcome = caller.try_record([companion(&other), other.clone()]).await;
        let status = refused(outcome, Code::AlreadyExists);
        assert_eq!(reason(&status), "FACT_CONTENT_DIFFERS");
        assert_eq!(sorted(&metadata(&status, "fields")), sorted(fields));
        assert_eq!(metadata(&status, "fact_id"), stored.id());
        assert!(metadata(&status, "item").ends_with("[1]"), "{status:?}");
        assert_eq!(row_counts(&mut connection).await, counts);
        assert_eq!(derived_rows(&mut connection, "acme").await, rows);
        assert_eq!(
            caller.record([stored]).await,
            [pb::RecordOutcome::Duplicate],
            "the stored fact is the one that was sent first"
        );
    }
}

#[tokio::test]
async fn same_id_with_other_content_within_one_request_is_refused() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut connection = app.connection().await;
    let nothing = row_counts(&mut connection).await;
    for (first, other, fields) in conflicts() {
        let status = refused(caller.try_record([first, other]).await, Code::AlreadyExists);
        assert_eq!(sorted(&metadata(&status, "fields")), sorted(fields));
    }
    assert_eq!(row_counts(&mut connection).await, nothing);
}

#[tokio::test]
async fn same_fact_twice_in_one_request_is_created_then_duplicate() {
    let app = TestApp::new().await;
    let caller = app.caller();
    for (fact, ..) in conflicts() {
        let outcomes = caller.record([fact.clone(), fact]).await;
        assert_eq!(
            outcomes,
            [pb::RecordOutcome::Created, pb::RecordOutcome::Duplicate]
        );
    }
}

#[tokio::test]
async fn other_spellings_of_the_same_content_are_duplicates() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([cost("ann", "base", "2020-01-01", "1", pb::CostKind::Rebate).into()])
        .await;
    let fact = |rate: &str, nanos: i32| -> Fact {
        let mut fact = purchase("ann", "t1", "2020-01-01", "10 EUR");
        fact.exchange_rate = Some(rate.to_owned());
        fact.occurred_at.as_mut().unwrap().nanos = nanos;
        fact.into()
    };
    caller.record([fact("7.5", 1_000)]).await;
    let outcomes = caller
        .record([fact("7.500", 1_999), fact("07.5", 1_000)])
        .await;
    assert_eq!(outcomes, [pb::RecordOutcome::Duplicate; 2]);
}
