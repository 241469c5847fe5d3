//! Callers who go away, and callers who do not wait.

use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::ledger_service_client::LedgerServiceClient;
use sqlx::Connection as _;
use tonic::{Code, Request};

use crate::support::app::TestApp;
use crate::support::builders::{about, at, from_now, purchase, referral};
use crate::support::cdnow::small_shop;
use crate::support::errors::refused;
use crate::support::rows::idle_in_transaction;

const CALLS: u64 = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_leave_no_open_transaction() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(small_shop("CNY")).await;
    caller
        .record([referral("shop-1", "shop-2", "e", "2020-01-01").into()])
        .await;
    let calls: Vec<_> = (0..CALLS)
        .map(|number| {
            let caller = caller.clone();
            tokio::spawn(async move {
                // Spread over the length of a call, a little more each time.
                let patience = Duration::from_micros((number * 7_919) % 12_000);
                let customer = format!("shop-{}", number % 60);
                let work = async {
                    match number % 4 {
                        0 => {
                            let id = format!("dropped-{number}");
                            let fact = purchase(&customer, &id, "2020-01-01", "1");
                            caller.try_record([fact.into()]).await.ok();
                        }
                        1 => drop(caller.try_score(about(&customer)).await),
                        2 => {
                            let question = about(&customer).as_of(at("2020-02-01"));
                            drop(caller.try_score(question.known_at(from_now(0))).await);
                        }
                        _ => {
                            let family = pb::ModelFamily::BgNbd.into();
                            let request = pb::FitModelRequest {
                                family,
                                ..pb::FitModelRequest::default()
                            };
                            drop(caller.try_fit(request).await);
                        }
                    }
                };
                tokio::time::timeout(patience, work).await.ok();
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut connection = app.connection().await;
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    // Whatever connection a call gets, it sees what was committed, and commits itself.
    for number in 0..40_i64 {
        let fact = purchase("after", &format!("t{number}"), "2020-01-01", "1");
        caller.record([fact.into()]).await;
        let committed: i64 =
            sqlx::query_scalar("SELECT count(*) FROM transactions WHERE customer_id = 'after'")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(committed, number + 1);
        let known = about("after").as_of(at("2020-02-01")).known_at(from_now(0));
        for question in [about("after"), known] {
            let score = caller.score(question).await;
            assert_eq!(score.history.unwrap().purchases, number + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_fits_leave_no_open_transaction() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(small_shop("CNY")).await;
    let mut connection = app.connection().await;
    for number in 0..300 {
        // Most drops fall on the fit's first statements.
        let patience = Duration::from_micros(500 + (number * 37) % 3_000);
        let request = pb::FitModelRequest {
            family: pb::ModelFamily::BgNbd.into(),
            ..pb::FitModelRequest::default()
        };
        tokio::time::timeout(patience, caller.try_fit(request))
            .await
            .ok();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    caller
        .record([purchase("after", "t", "2020-01-01", "1").into()])
        .await;
    for _ in 0..20 {
        let asked = (0..10).map(|_| caller.try_score(about("after")));
        for score in futures_util::future::join_all(asked).await {
            assert_eq!(score.unwrap().history.unwrap().purchases, 1);
        }
    }
}

#[tokio::test]
async fn deadline_shorter_than_a_blocked_write_is_told_as_such() {
    let app = TestApp::new().await;
    let caller = app.tenant("default");
    let fact = |id: &str| purchase("ann", id, "2020-01-01", "1");
    caller.record([fact("t1").into()]).await;
    let mut connection = app.connection().await;
    let mut held = connection.begin().await.unwrap();
    sqlx::query("SELECT FROM customer_states WHERE customer_id = 'ann' FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    let transactions = vec![fact("t2")];
    let mut request = Request::new(pb::RecordTransactionsRequest { transactions });
    request.set_timeout(Duration::from_millis(200));
    let mut ledger = LedgerServiceClient::new(app.direct.clone());
    refused(
        ledger.record_transactions(request).await,
        Code::DeadlineExceeded,
    );
    held.rollback().await.unwrap();
    // Stored or not, asking again settles it.
    caller.record([fact("t2").into()]).await;
    let score = caller.score(about("ann")).await;
    assert_eq!(score.history.unwrap().purchases, 2);
}
