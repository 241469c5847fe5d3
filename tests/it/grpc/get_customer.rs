//! `LedgerService.GetCustomer`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::{at, cost, money, purchase, referral, refund, void};
use crate::support::errors::{metadata, reason, refused};

#[tokio::test]
async fn unknown_customer_is_not_found() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t1", "2020-01-01", "1").into()])
        .await;
    let status = refused(caller.try_customer("bob").await, Code::NotFound);
    assert_eq!(reason(&status), "UNKNOWN_CUSTOMER");
    assert_eq!(metadata(&status, "customer_id"), "bob");
}

#[tokio::test]
async fn counts_and_spans_cover_every_fact() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([
            purchase("ann", "t1", "2020-01-02", "1").into(),
            purchase("ann", "t2", "2020-01-03", "1").into(),
            refund("ann", "r1", "t1", "2020-01-09", "1").into(),
            cost("ann", "c1", "2020-01-01", "1", pb::CostKind::Rebate).into(),
            void("ann", pb::FactKind::Transaction, "t2").into(),
            void("ann", pb::FactKind::Cost, "never came").into(),
            purchase("bob", "t1", "2021-01-01", "1").into(),
        ])
        .await;
    let customer = caller.customer("ann").await;
    let counts: Vec<_> = customer
        .fact_counts
        .iter()
        .map(|count| (count.kind(), count.count))
        .collect();
    assert_eq!(
        counts,
        [
            (pb::FactKind::Transaction, 2),
            (pb::FactKind::Refund, 1),
            (pb::FactKind::Cost, 1)
        ]
    );
    assert_eq!(customer.voids, 2);
    assert_eq!(customer.first_fact_at, Some(at("2020-01-01")));
    assert_eq!(customer.last_fact_at, Some(at("2020-01-09")));
    assert!(customer.last_recorded_at.is_some());
    assert_eq!(customer.pending_refund_count, 0);
    assert_eq!(customer.anomalies, []);
}

#[tokio::test]
async fn refund_waits_for_its_transaction() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let early = refund("ann", "r1", "t1", "2020-01-03", "4");
    let other = refund("ann", "r2", "t2", "2020-01-03", "4");
    caller
        .record([early.clone().into(), other.clone().into()])
        .await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.pending_refund_count, 2);
    assert_eq!(customer.pending_refunds, [early, other.clone()]);
    caller
        .record([purchase("ann", "t1", "2020-01-02", "10").into()])
        .await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.pending_refund_count, 1);
    assert_eq!(customer.pending_refunds, [other]);
    caller
        .record([void("ann", pb::FactKind::Refund, "r2").into()])
        .await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.pending_refund_count, 0);
    assert_eq!(customer.pending_refunds, []);
}

#[tokio::test]
async fn anomalies_of_every_kind_are_shown() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([
            purchase("ann", "fine", "2020-01-01", "10").into(),
            purchase("ann", "over", "2020-01-01", "10").into(),
            purchase("ann", "strange", "2020-01-01", "10").into(),
            purchase("ann", "voided", "2020-01-01", "10").into(),
            refund("ann", "r1", "fine", "2020-01-02", "10").into(),
            refund("ann", "r2", "over", "2020-01-02", "8").into(),
            refund("ann", "r3", "over", "2020-01-03", "8.5").into(),
            refund("ann", "r4", "strange", "2020-01-02", "3 EUR").into(),
            refund("ann", "r5", "voided", "2020-01-02", "2").into(),
            void("ann", pb::FactKind::Transaction, "voided").into(),
            purchase("bob", "over", "2020-01-01", "1").into(),
            refund("bob", "r1", "over", "2020-01-01", "1").into(),
        ])
        .await;
    let anomaly = |kind: pb::AnomalyKind, transaction_id: &str, amount: &str| pb::Anomaly {
        kind: kind.into(),
        transaction_id: transaction_id.to_owned(),
        amount: Some(money(amount)),
    };
    assert_eq!(
        caller.customer("ann").await.anomalies,
        [
            anomaly(pb::AnomalyKind::RefundExceedsPurchase, "over", "6.5"),
            anomaly(pb::AnomalyKind::RefundCurrencyDiffers, "strange", "3 EUR"),
            anomaly(pb::AnomalyKind::RefundOfVoidedPurchase, "voided", "2"),
        ]
    );
    assert_eq!(caller.customer("bob").await.anomalies, []);
}

#[tokio::test]
async fn referrer_and_referees_are_the_elected_ones() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let late = referral("ann", "cleo", "e1", "2020-02-02");
    let early = referral("bob", "cleo", "e2", "2020-02-01");
    let other = referral("ann", "dan", "e1", "2020-02-03");
    caller.record([late.into()]).await;
    assert_eq!(caller.customer("ann").await.direct_referees, 1);
    caller
        .record([early.clone().into(), other.clone().into()])
        .await;
    let cleo = caller.customer("cleo").await;
    assert_eq!(cleo.referrer, Some(early.clone()));
    assert_eq!(caller.customer("bob").await.referees, [early]);
    let ann = caller.customer("ann").await;
    assert_eq!(ann.referees, [other]);
    assert_eq!(ann.direct_referees, 1);
    assert_eq!(ann.first_fact_at, None, "she is only named as a referrer");
    assert_eq!(ann.referrer, None);
    caller
        .record([void("cleo", pb::FactKind::Referral, "e2").into()])
        .await;
    assert_eq!(caller.customer("ann").await.direct_referees, 2);
    assert_eq!(caller.customer("bob").await.direct_referees, 0);
}

#[tokio::test]
async fn customer_with_only_a_void_is_not_found() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let early = void("ann", pb::FactKind::Cost, "c1");
    caller.record([early.into()]).await;
    caller
        .record([purchase("bob", "t1", "2020-01-01", "1").into()])
        .await;
    let status = refused(caller.try_customer("ann").await, Code::NotFound);
    assert_eq!(reason(&status), "UNKNOWN_CUSTOMER");
    // The fact it waits for makes the customer known, though it counts for nothing.
    let late = cost("ann", "c1", "2020-01-01", "1", pb::CostKind::Rebate);
    caller.record([late.into()]).await;
    let customer = caller.customer("ann").await;
    let counts: Vec<_> = customer
        .fact_counts
        .iter()
        .map(|count| count.count)
        .collect();
    assert_eq!((counts, customer.voids), (vec![1], 1));
}

#[tokio::test]
async fn edges_of_one_instant_elect_the_smaller_id() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let larger = referral("ann", "cleo", "e2", "2020-02-01");
    let smaller = referral("bob", "cleo", "e1", "2020-02-01");
    caller.record([larger.into(), smaller.clone().into()]).await;
    assert_eq!(caller.customer("cleo").await.referrer, Some(smaller));
    assert_eq!(caller.customer("ann").await.direct_referees, 0);
}

#[tokio::test]
async fn long_lists_are_cut_by_id_and_counted_in_full() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let waits = |index: i64| refund("ann", &format!("r{index:03}"), "later", "2020-01-03", "4");
    let brought = |index: i64| referral("ann", &format!("c{index:03}"), "e", "2020-01-03");
    caller
        .record((0..103).rev().map(|index| waits(index).into()))
        .await;
    caller
        .record((0..102).rev().map(|index| brought(index).into()))
        .await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.pending_refund_count, 103);
    assert_eq!(customer.direct_referees, 102);
    let shown: Vec<_> = (0..100).map(waits).collect();
    assert_eq!(customer.pending_refunds, shown);
    let shown: Vec<_> = (0..100).map(brought).collect();
    assert_eq!(customer.referees, shown);
}

#[tokio::test]
async fn cost_of_returned_goods_is_shown_while_a_refund_waits() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut early = refund("ann", "r1", "t1", "2020-01-03", "4");
    early.cost_of_goods_returned = Some(money("1.25"));
    caller.record([early.clone().into()]).await;
    assert_eq!(caller.customer("ann").await.pending_refunds, [early]);
    // A void of the awaited transaction alone does not end the wait; its arrival does.
    caller
        .record([void("ann", pb::FactKind::Transaction, "t1").into()])
        .await;
    assert_eq!(caller.customer("ann").await.pending_refund_count, 1);
    caller
        .record([purchase("ann", "t1", "2020-01-02", "10").into()])
        .await;
    let customer = caller.customer("ann").await;
    assert_eq!(customer.pending_refund_count, 0);
    let kinds: Vec<_> = customer.anomalies.iter().map(pb::Anomaly::kind).collect();
    assert_eq!(kinds, [pb::AnomalyKind::RefundOfVoidedPurchase]);
}
