//! What views see of contacts.

use customer_value::engine::contact::{ContactPurpose, ContactTotals, Contacts};
use customer_value::engine::time::{Day, Instant};
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::ids::CustomerKey;
use customer_value::store::past::View;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Fact, contact, instant, void};

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
