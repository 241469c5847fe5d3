//! What views see of attributes and contacts.

use std::collections::BTreeMap;

use customer_value::engine::attribute::AttributeValue;
use customer_value::engine::contact::{ContactPurpose, ContactTotals, Contacts};
use customer_value::engine::time::{Day, Instant};
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::ids::CustomerKey;
use customer_value::store::past::View;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Fact, attribute, contact, instant, purchase, void};

/// Records facts of a customer and answers when.
async fn recorded(
    caller: &Caller,
    customer: &str,
    facts: impl IntoIterator<Item = Fact>,
) -> Instant {
    caller.record(facts).await;
    let recorded_at = caller.customer(customer).await.last_recorded_at.unwrap();
    Instant::from_unix(recorded_at.seconds, recorded_at.nanos).unwrap()
}

fn view(as_of: &str, known_at: Instant) -> View {
    View {
        as_of: instant(as_of),
        known_at,
    }
}

fn everybody() -> Vec<CustomerKey> {
    ["ann", "bob", "cleo", "nobody"]
        .map(|customer| CustomerKey::new("acme", customer))
        .to_vec()
}

fn key(customer: &str) -> CustomerKey {
    CustomerKey::new("acme", customer)
}

#[tokio::test]
async fn attributes_are_those_that_had_come_by_both_instants() {
    let app = TestApp::new().await;
    let (caller, store) = (app.caller(), app.store());
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    let city = |value: AttributeValue| BTreeMap::from([("city".to_owned(), value)]);
    let first = recorded(
        &caller,
        "ann",
        [
            attribute("ann", "a1", "2020-01-01", "city", "Rome").into(),
            attribute("ann", "a2", "2020-03-01", "city", "Turin").into(),
        ],
    )
    .await;
    let bob = recorded(
        &caller,
        "bob",
        [
            attribute("bob", "a1", "2020-02-01", "vip", "yes").into(),
            attribute("bob", "a2", "2020-02-01", "age", "41").into(),
        ],
    )
    .await;
    app.tenant("other")
        .record([attribute("ann", "a9", "2020-02-01", "city", "Oslo").into()])
        .await;
    caller
        .record([purchase("cleo", "t1", "2020-01-01", "1").into()])
        .await;
    let keys = everybody();
    let voided = recorded(
        &caller,
        "ann",
        [void("ann", pb::FactKind::CustomerAttribute, "a2").into()],
    )
    .await;
    let gone = recorded(
        &caller,
        "ann",
        [void("ann", pb::FactKind::CustomerAttribute, "a1").into()],
    )
    .await;
    let ann = |found: &BTreeMap<CustomerKey, _>| found.get(&key("ann")).cloned();
    for (as_of, known_at, expected) in [
        ("2019-12-31", first, None),
        ("2020-02-28", first, Some((city(text("Rome")), Some(first)))),
        (
            "2020-03-01",
            first,
            Some((city(text("Turin")), Some(first))),
        ),
        // The void is no matter of a view that the voided fact comes too late for.
        (
            "2020-02-28",
            voided,
            Some((city(text("Rome")), Some(first))),
        ),
        (
            "2020-03-01",
            voided,
            Some((city(text("Rome")), Some(voided))),
        ),
        ("2020-03-01", gone, Some((BTreeMap::new(), Some(gone)))),
        (
            "2020-03-01",
            Instant::LATEST,
            Some((BTreeMap::new(), Some(gone))),
        ),
        ("2020-03-01", first.plus_micros(-1), None),
    ] {
        let found = store
            .attributes_of("acme", &keys, view(as_of, known_at))
            .await
            .unwrap();
        assert_eq!(ann(&found), expected, "{as_of} {known_at}");
    }
    let found = store
        .attributes_of("acme", &keys, view("2020-02-01", Instant::LATEST))
        .await
        .unwrap();
    assert_eq!(
        found.keys().cloned().collect::<Vec<_>>(),
        {
            let mut both = vec![key("ann"), key("bob")];
            both.sort();
            both
        },
        "customers without any are left out"
    );
    let values = BTreeMap::from([
        ("age".to_owned(), AttributeValue::Number(41.0)),
        ("vip".to_owned(), AttributeValue::Flag(true)),
    ]);
    assert_eq!(found[&key("bob")], (values, Some(bob)));
}

#[tokio::test]
async fn contacts_are_those_that_had_come_by_both_instants() {
    use pb::ContactPurpose::{FollowUp, Sale};
    let app = TestApp::new().await;
    let (caller, store) = (app.caller(), app.store());
    let first = recorded(
        &caller,
        "ann",
        [
            contact("ann", "k1", "2020-01-01", Sale).into(),
            contact("ann", "k2", "2020-03-01", Sale).into(),
            contact("ann", "k3", "2020-02-01", FollowUp).into(),
        ],
    )
    .await;
    let bob = recorded(
        &caller,
        "bob",
        [contact("bob", "k2", "2020-02-01", Sale).into()],
    )
    .await;
    app.tenant("other")
        .record([contact("ann", "k1", "2020-02-01", Sale).into()])
        .await;
    let voided = recorded(
        &caller,
        "ann",
        [
            void("ann", pb::FactKind::Contact, "k2").into(),
            void("ann", pb::FactKind::Contact, "k3").into(),
        ],
    )
    .await;
    let of = |of: &[(ContactPurpose, i64, &str)]| {
        let mut contacts = Contacts::default();
        for (purpose, count, last) in of {
            let last_at = instant(last);
            contacts.0[purpose.index()] = Some(ContactTotals {
                count: *count,
                last_at,
                last_day: Day::from_days((last_at.as_micros() / 86_400_000_000) as i32),
            });
        }
        contacts
    };
    let sale = |count, last| (ContactPurpose::Sale, count, last);
    let follow_up = (ContactPurpose::FollowUp, 1, "2020-02-01");
    for (as_of, known_at, expected) in [
        ("2019-12-31", first, None),
        (
            "2020-02-28",
            first,
            Some((of(&[sale(1, "2020-01-01"), follow_up]), Some(first))),
        ),
        (
            "2020-03-01",
            first,
            Some((of(&[sale(2, "2020-03-01"), follow_up]), Some(first))),
        ),
        (
            "2020-03-01",
            Instant::LATEST,
            Some((of(&[sale(1, "2020-01-01")]), Some(voided))),
        ),
        ("2020-03-01", first.plus_micros(-1), None),
    ] {
        let found = store
            .contacts_of("acme", &everybody(), view(as_of, known_at))
            .await
            .unwrap();
        assert_eq!(
            found.get(&key("ann")).copied(),
            expected,
            "{as_of} {known_at}"
        );
    }
    let found = store
        .contacts_of("acme", &everybody(), view("2020-02-01", Instant::LATEST))
        .await
        .unwrap();
    assert_eq!(found.len(), 2, "customers without any are left out");
    assert_eq!(
        found[&key("bob")],
        (of(&[sale(1, "2020-02-01")]), Some(bob))
    );
}
