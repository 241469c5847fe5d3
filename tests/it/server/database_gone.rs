//! The database goes away and comes back.

use std::time::{Duration, Instant};

use customer_value::clock::Clock;
use customer_value::store::pool::Store;
use customer_value::store::private_postgres::{PrivatePostgres, Settings};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Fact, about, purchase};
use crate::support::database::test_settings;
use crate::support::scratch::Scratch;

/// How soon calls succeed again once the database is back.
const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

fn fact(id: &str) -> Fact {
    purchase("ann", id, "2020-01-01", "1").into()
}

#[track_caller]
fn assert_unavailable(status: &Status) {
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let details = status.get_error_details();
    assert!(details.retry_info().is_some(), "{status:?}");
    assert_eq!(details.error_info().unwrap().reason, "STORE_UNAVAILABLE");
    for word in [
        "socket",
        "/tmp",
        "SELECT",
        "INSERT",
        "postgres",
        "connection",
    ] {
        assert!(!status.message().contains(word), "{status:?}");
    }
}

async fn recovered(caller: &Caller, id: &str) {
    let began = Instant::now();
    while let Err(status) = caller.try_record([fact(id)]).await {
        assert_unavailable(&status);
        assert!(began.elapsed() < RECOVERED_WITHIN, "{status:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while let Err(status) = caller.try_score(about("ann")).await {
        assert_unavailable(&status);
        assert!(began.elapsed() < RECOVERED_WITHIN, "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_unavailable_while_the_database_is_gone_and_recover_by_themselves() {
    let scratch = Scratch::new();
    let settings = Settings {
        ephemeral: false,
        ..test_settings(scratch.directory.clone())
    };
    let server = PrivatePostgres::start(&settings, &|_| {}).await.unwrap();
    server.ensure_database("shop").await.unwrap();
    let options = server.connect_options("shop");
    let store = Store::new(options.clone(), 1);
    store.migrate().await.unwrap();
    store.close().await;
    let app = TestApp::on(options, Clock::System, "UTC").await;
    let caller = app.caller();
    caller.record([fact("t1")]).await;
    caller.score(about("ann")).await;

    server.stop().await.unwrap();
    for _ in 0..3 {
        assert_unavailable(&caller.try_record([fact("t2")]).await.unwrap_err());
        assert_unavailable(&caller.try_score(about("ann")).await.unwrap_err());
        assert_unavailable(&caller.try_customer("ann").await.unwrap_err());
    }

    let server = PrivatePostgres::start(&settings, &|_| {}).await.unwrap();
    recovered(&caller, "t2").await;
    let score = caller.score(about("ann")).await;
    assert_eq!(score.history.unwrap().purchases, 2);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn calls_survive_connections_that_were_cut() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record([fact("t0")]).await;
    let mut connection = app.connection().await;
    for number in 1..=5_i64 {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        recovered(&caller, &format!("t{number}")).await;
        let score = caller.score(about("ann")).await;
        assert_eq!(score.history.unwrap().purchases, number + 1);
    }
}
