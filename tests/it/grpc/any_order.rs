//! Whatever the order, the repetitions and the batches in which facts arrive, they lead to the same
//! rows and the same bytes, and to what a computation from the facts alone gives.

use std::collections::BTreeSet;

use customer_value::clock::Clock;
use customer_value::grpc::pb::customervalue::v1 as pb;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Message as _;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{
    Fact, about, at, attribute, contact, cost, from_now, micros, money, purchase, referral, refund,
    void,
};
use crate::support::rows::derived_rows;

/// Histories tried; each is recorded in four tenants.
const CASES: u32 = 24;
const CUSTOMERS: [&str; 5] = ["ann", "bob", "cleo", "dan", "eve"];
/// Amounts, zero and the largest among them.
const AMOUNTS: [&str; 6] = ["0", "10", "33.333333", "0.000001", "250.5", "1000000000000"];
/// Currencies with their rates to CNY; amounts in them stay within what a fact may carry.
const CURRENCIES: [(&str, Option<&str>); 4] = [
    ("CNY", None),
    ("CNY", None),
    ("EUR", Some("0.7123457")),
    ("USD", Some("0.000000333")),
];
/// Instants asked about: before everything, in the middle, after everything.
const AS_OF: [&str; 3] = ["2020-02-28", "2020-03-04T03:00:00Z", "2020-04-01"];

/// Two instants on each of five days, early and late enough to lie on different days elsewhere.
fn when(slot: usize) -> String {
    let hour = if slot.is_multiple_of(2) { "02" } else { "21" };
    format!("2020-03-{:02}T{hour}:{:02}:00Z", 1 + slot / 2, slot % 3)
}

fn a_purchase() -> impl Strategy<Value = Fact> {
    let goods = prop::option::of(0..4_usize);
    (
        0..5_usize,
        0..4_usize,
        0..10_usize,
        0..6_usize,
        0..4_usize,
        0..5_i32,
        goods,
    )
        .prop_map(|(customer, id, slot, amount, currency, kind, goods)| {
            let (code, rate) = CURRENCIES[currency];
            let money_in = |amount: &str| money(&format!("{amount} {code}"));
            let id = format!("t{id}");
            pb::Transaction {
                amount: Some(money_in(AMOUNTS[amount])),
                exchange_rate: rate.map(str::to_owned),
                cost_of_goods: goods.map(|goods| money_in(AMOUNTS[goods])),
                kind,
                ..purchase(CUSTOMERS[customer], &id, &when(slot), "0")
            }
            .into()
        })
}

fn a_refund() -> impl Strategy<Value = Fact> {
    let goods = prop::option::of(0..4_usize);
    (
        0..5_usize,
        0..4_usize,
        0..4_usize,
        0..10_usize,
        0..6_usize,
        0..4_usize,
        goods,
    )
        .prop_map(
            |(customer, id, transaction, slot, amount, currency, goods)| {
                let money_in =
                    |amount: &str| money(&format!("{amount} {}", CURRENCIES[currency].0));
                let (id, transaction) = (format!("r{id}"), format!("t{transaction}"));
                pb::Refund {
                    amount: Some(money_in(AMOUNTS[amount])),
                    cost_of_goods_returned: goods.map(|goods| money_in(AMOUNTS[goods])),
                    ..refund(CUSTOMERS[customer], &id, &transaction, &when(slot), "0")
                }
                .into()
            },
        )
}

fn a_cost() -> impl Strategy<Value = Fact> {
    (
        0..5_usize,
        0..3_usize,
        0..10_usize,
        0..6_usize,
        0..4_usize,
        1..8_i32,
    )
        .prop_map(|(customer, id, slot, amount, currency, kind)| {
            let (code, rate) = CURRENCIES[currency];
            let amount = format!("{} {code}", AMOUNTS[amount]);
            let (id, kind) = (format!("c{id}"), pb::CostKind::try_from(kind).unwrap());
            pb::Cost {
                exchange_rate: rate.map(str::to_owned),
                ..cost(CUSTOMERS[customer], &id, &when(slot), &amount, kind)
            }
            .into()
        })
}

fn a_referral() -> impl Strategy<Value = Fact> {
    (0..5_usize, 1..5_usize, 0..3_usize, 0..10_usize).prop_map(|(referrer, step, id, slot)| {
        let (referrer, referee) = (CUSTOMERS[referrer], CUSTOMERS[(referrer + step) % 5]);
        referral(referrer, referee, &format!("e{id}"), &when(slot)).into()
    })
}

fn an_attribute() -> impl Strategy<Value = Fact> {
    (0..5_usize, 0..4_usize, 0..10_usize, 0..2_usize, 0..4_usize).prop_map(
        |(customer, id, slot, name, value)| {
            let (name, value) = (["city", "age"][name], ["Rome", "-0", "41.5", "yes"][value]);
            let id = format!("a{id}");
            attribute(CUSTOMERS[customer], &id, &when(slot), name, value).into()
        },
    )
}

fn a_contact() -> impl Strategy<Value = Fact> {
    (0..5_usize, 0..4_usize, 0..10_usize, 1..6_i32).prop_map(|(customer, id, slot, purpose)| {
        let purpose = pb::ContactPurpose::try_from(purpose).unwrap();
        contact(CUSTOMERS[customer], &format!("k{id}"), &when(slot), purpose).into()
    })
}

fn a_void() -> impl Strategy<Value = Fact> {
    (0..5_usize, 1..7_i32, 0..4_usize).prop_map(|(customer, kind, id)| {
        let kind = pb::FactKind::try_from(kind).unwrap();
        let id = format!("{}{id}", ["", "t", "r", "c", "e", "a", "k"][kind as usize]);
        void(CUSTOMERS[customer], kind, &id).into()
    })
}

/// Whose fact of which kind and id it is.
fn identity(fact: &Fact) -> (u8, String, String, i32) {
    let id = fact.id().to_owned();
    match fact {
        Fact::Transaction(fact) => (0, fact.customer_id.clone(), id, 0),
        Fact::Refund(fact) => (1, fact.customer_id.clone(), id, 0),
        Fact::Cost(fact) => (2, fact.customer_id.clone(), id, 0),
        Fact::Referral(fact) => (3, fact.referee_id.clone(), id, 0),
        Fact::Void(fact) => (4, fact.customer_id.clone(), id, fact.kind),
        Fact::Attribute(fact) => (5, fact.customer_id.clone(), id, 0),
        Fact::Contact(fact) => (6, fact.customer_id.clone(), id, 0),
    }
}

/// Facts of which each id stands for one content.
fn a_history() -> impl Strategy<Value = Vec<Fact>> {
    let fact = prop_oneof![
        6 => a_purchase(),
        5 => a_refund(),
        2 => a_cost(),
        4 => a_referral(),
        2 => an_attribute(),
        2 => a_contact(),
        5 => a_void(),
    ];
    prop::collection::vec(fact, 1..45).prop_map(|facts| {
        let mut seen = BTreeSet::new();
        let mut facts = facts;
        facts.retain(|fact| seen.insert(identity(fact)));
        facts
    })
}

/// The facts in another order, some of them again.
fn shuffled(facts: &[Fact], seed: u64) -> Vec<Fact> {
    let mut state = seed | 1;
    let mut below = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut order: Vec<Fact> = facts.to_vec();
    for _ in 0..facts.len() / 3 {
        let again = below(facts.len());
        order.push(facts[again].clone());
    }
    for index in (1..order.len()).rev() {
        order.swap(index, below(index + 1));
    }
    order
}

/// Bytes of the answers for all customers and instants, without the instant of knowledge.
async fn answers(caller: &Caller, known_at: Option<prost_types::Timestamp>) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    for as_of in AS_OF {
        for customer in CUSTOMERS {
            let question = about(customer).as_of(at(as_of)).known_at(known_at);
            let bytes = match caller.try_score(question).await {
                Ok(mut score) => {
                    let provenance = score.provenance.as_mut().unwrap();
                    provenance.known_at = None;
                    score.encode_to_vec()
                }
                Err(status) => {
                    assert_eq!(status.code(), Code::NotFound, "{status:?}");
                    Vec::new()
                }
            };
            answers.push(bytes);
        }
    }
    answers
}

/// What is recorded about all customers, without the instant of the last recording.
async fn cards(caller: &Caller) -> Vec<Option<pb::Customer>> {
    let mut cards = Vec::new();
    for customer in CUSTOMERS {
        let card = match caller.try_customer(customer).await {
            Ok(card) => Some(pb::Customer {
                last_recorded_at: None,
                ..card
            }),
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound, "{status:?}");
                None
            }
        };
        cards.push(card);
    }
    cards
}

/// The answers of default reads repeat with the instants they say they rest on.
async fn check_provenance(caller: &Caller) -> Result<(), TestCaseError> {
    for as_of in AS_OF {
        for customer in CUSTOMERS {
            let Ok(score) = caller.try_score(about(customer).as_of(at(as_of))).await else {
                continue;
            };
            let provenance = score.provenance.clone().unwrap();
            let question = about(customer)
                .as_of(provenance.as_of)
                .known_at(provenance.known_at);
            let again = caller.try_score(question).await;
            prop_assert_eq!(Ok(score), again.map_err(|status| status.to_string()));
        }
    }
    Ok(())
}

/// Summed customer lifetime value to date.
async fn clv_sum(caller: &Caller) -> i128 {
    let mut sum = 0;
    for customer in CUSTOMERS {
        if let Ok(score) = caller.try_score(about(customer)).await {
            sum += score.clv.map_or(0, |clv| micros(clv.to_date.as_ref()));
        }
    }
    sum
}

async fn check(app: &TestApp, case: u32, facts: &[Fact], seed: u64) -> Result<(), TestCaseError> {
    // Which currency comes first is settled for ever, so that is not left to the order.
    let base: Fact = cost("base", "base", "2020-01-01", "1", pb::CostKind::Acquisition).into();
    let name = |variant: &str| format!("case-{case}-{variant}");
    let mut by_kind = facts.to_vec();
    by_kind.sort_by_key(identity);
    let mut backwards = by_kind.clone();
    backwards.reverse();
    let mut connection = app.connection().await;
    let mut expected = None;
    for (variant, order, one_by_one) in [
        ("by-kind", by_kind, false),
        ("backwards", backwards, false),
        ("one-by-one", shuffled(facts, seed), true),
        ("shuffled", shuffled(facts, seed ^ 0x5555), false),
    ] {
        let caller = app.tenant(&name(variant));
        caller.record([base.clone()]).await;
        if one_by_one {
            for fact in order {
                caller.record([fact]).await;
            }
        } else {
            caller.record(order).await;
        }
        let rows = derived_rows(&mut connection, &name(variant)).await;
        let found = (rows, answers(&caller, None).await, cards(&caller).await);
        let computed = answers(&caller, Some(from_now(0))).await;
        prop_assert_eq!(&found.1, &computed, "{} differs from its facts", variant);
        let expected = expected.get_or_insert_with(|| found.clone());
        prop_assert_eq!(&*expected, &found, "{} differs", variant);
        if one_by_one {
            check_provenance(&caller).await?;
        }
    }
    let without = app.tenant(&name("no-edges"));
    let edgeless = facts
        .iter()
        .filter(|fact| !matches!(fact, Fact::Referral(_)));
    without.record([base]).await;
    without.record(edgeless.cloned()).await;
    let with = app.tenant(&name("by-kind"));
    prop_assert_eq!(
        clv_sum(&with).await,
        clv_sum(&without).await,
        "edges moved money"
    );
    Ok(())
}

#[test]
fn any_order_repetition_and_batching_leads_to_the_same_rows_and_answers() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::set_to(Clock::System, "America/New_York"));
    let case = std::cell::Cell::new(0);
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&(a_history(), any::<u64>()), |(facts, seed)| {
        case.set(case.get() + 1);
        runtime.block_on(check(&app, case.get(), &facts, seed))
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
