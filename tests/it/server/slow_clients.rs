//! Clients that read slowly, or no more: nobody else waits for them.

use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::score_customers_response::Update;
use sqlx::PgConnection;

use crate::support::app::TestApp;
use crate::support::builders::about;
use crate::support::rows::idle_in_transaction;
use crate::support::scores::about_these;
use crate::support::shop;

/// Statements of the service under way.
async fn under_way(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Asks for so much that it does not fit into the buffers on the way.
fn a_lot() -> pb::ScoreCustomersRequest {
    let ids: Vec<String> = (0..1_000).map(|number| shop::buyer(number % 40)).collect();
    about_these(&ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_holds_nothing_but_its_own_scores() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(shop::facts()).await;
    let mut scoring = caller.client.scoring.clone();
    let answer = scoring.score_customers(a_lot()).await.unwrap();
    let mut updates = answer.into_inner();
    assert!(updates.message().await.unwrap().is_some());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut connection = app.connection().await;
    assert_eq!(under_way(&mut connection).await, 0);
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    // As many others as there are connections, and some more.
    let others = (0..30).map(|number| caller.score(about(&shop::buyer(number))));
    let served = futures_util::future::join_all(others);
    tokio::time::timeout(Duration::from_secs(20), served)
        .await
        .unwrap();
    let mut scores = 1;
    while let Some(message) = updates.message().await.unwrap() {
        scores += usize::from(matches!(message.update, Some(Update::Score(_))));
    }
    assert_eq!(scores, 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_go_away_stop_their_scores() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(shop::facts()).await;
    for number in 0..20_u64 {
        let mut scoring = caller.client.scoring.clone();
        let patience = Duration::from_millis(3 * number);
        let reading = async {
            let answer = scoring.score_customers(a_lot()).await.unwrap();
            let mut updates = answer.into_inner();
            while updates.message().await.unwrap().is_some() {}
        };
        tokio::time::timeout(patience, reading).await.ok();
    }
    let mut connection = app.connection().await;
    for _ in 0..100 {
        if under_way(&mut connection).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(under_way(&mut connection).await, 0);
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    assert_eq!(caller.scores(a_lot()).await.len(), 1_000);
}
