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
