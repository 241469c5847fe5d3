//! Taking snapshots.

use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::take_population_snapshot_response::Update;
use sqlx::Connection as _;
use tonic::Code;

use super::{facts, shop};
use crate::support::app::TestApp;
use crate::support::builders::{at, from_now, purchase, void};
use crate::support::errors::{bad_fields, reason, refused};
use crate::support::rows::{idle_in_transaction, row_counts};
use crate::support::snapshots::{forget_snapshots, snapshot_rows, take_at};

#[tokio::test]
async fn equal_takes_are_one_snapshot_and_leave_nothing_behind() {
    let (app, caller) = shop().await;
    let (first, reports) = caller.try_take(take_at("2020-06-01")).await.unwrap();
    assert_eq!(first.snapshot_id, "snapshot/1");
    assert_eq!(first.customers, 63);
    assert_eq!(first.model_versions, ["bg-nbd/1", "gamma-gamma/1"]);
    assert!(reports >= 4, "every step is told");
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    // Taken again, as known later; and by another replica, as known then.
    assert_eq!(caller.take(take_at("2020-06-01")).await, first);
    let known = pb::TakePopulationSnapshotRequest {
        known_at: first.known_at,
        ..take_at("2020-06-01")
    };
    assert_eq!(app.replica().await.caller().take(known).await, first);
    assert_eq!(row_counts(&mut connection).await, counts);
    let second = caller.take(take_at("2020-06-02")).await;
    assert_eq!(second.snapshot_id, "snapshot/2");
}

#[tokio::test]
async fn no_order_or_batching_of_facts_shows_in_a_snapshot() {
    let app = TestApp::new().await;
    let mut orders = vec![facts(), facts()];
    orders[1].reverse();
    let mut rows = Vec::new();
    let mut connection = app.connection().await;
    for (tenant, order) in ["one", "two"].into_iter().zip(orders) {
        let caller = app.tenant(tenant);
        for some in order.chunks(if tenant == "one" { 1_000 } else { 7 }) {
            caller.record(some.to_vec()).await;
        }
        caller.take(take_at("2020-06-01")).await;
        let mut stored = snapshot_rows(&mut connection, tenant, 1).await;
        // The first row names the fingerprint, which goes by the buckets of the tenant.
        stored.remove(0);
        rows.push(stored);
    }
    assert_eq!(rows[0], rows[1]);
}

#[tokio::test]
async fn snapshot_of_the_past_is_the_one_taken_then() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    let then = caller.take(take_at("2020-03-01")).await;
    let rows = snapshot_rows(&mut connection, "acme", 1).await;
    // What comes later: a fact that happened later, one that was known later, a void, a customer.
    let later = [
        purchase("shop-1", "later", "2020-05-01", "500").into(),
        purchase("shop-2", "late", "2020-02-02", "500").into(),
        void("shop-3", pb::FactKind::Transaction, "shop-0").into(),
        purchase("newcomer", "t", "2020-02-01", "500").into(),
    ];
    caller.record(later).await;
    forget_snapshots(&mut connection).await;
    let known = pb::TakePopulationSnapshotRequest {
        known_at: then.known_at,
        ..take_at("2020-03-01")
    };
    caller.take(known).await;
    // The model's number stays, so do all bytes.
    assert_eq!(snapshot_rows(&mut connection, "acme", 1).await, rows);
    let now = caller.take(take_at("2020-03-01")).await;
    assert_eq!(
        (now.snapshot_id.as_str(), now.customers),
        ("snapshot/2", 64)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_work_change_nothing() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    let writer = caller.clone();
    let writing = tokio::spawn(async move {
        for number in 0.. {
            let customer = format!("shop-{}", number % 60);
            let id = format!("w-{number}");
            let fresh = format!("fresh-{number}");
            let facts = [
                purchase(&customer, &id, "2020-01-02", "7").into(),
                purchase(&fresh, &id, "2020-01-02", "7").into(),
            ];
            if writer.try_record(facts).await.is_err() {
                return;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let busy = caller.take(take_at("2020-06-01")).await;
    let during = snapshot_rows(&mut connection, "acme", 1).await;
    writing.abort();
    writing.await.ok();
    forget_snapshots(&mut connection).await;
    let known = pb::TakePopulationSnapshotRequest {
        known_at: busy.known_at,
        ..take_at("2020-06-01")
    };
    let quiet = caller.take(known).await;
    assert_eq!(quiet.customers, busy.customers);
    assert_eq!(snapshot_rows(&mut connection, "acme", 1).await, during);
}

#[tokio::test]
async fn take_whose_client_goes_away_leaves_nothing_behind() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let mut held = connection.begin().await.unwrap();
    // Reading and the first rows go through; the segments wait.
    sqlx::query("LOCK TABLE population_rows IN SHARE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    for wait_ms in [0, 1, 10, 100, 300] {
        let mut segmentation = caller.client.segmentation.clone();
        let request = take_at("2020-06-01");
        let updates = segmentation
            .take_population_snapshot(request)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        drop(updates);
    }
    held.rollback().await.unwrap();
    for patience in 0.. {
        if row_counts(&mut connection).await == counts {
            break;
        }
        assert!(patience < 100, "{:?}", row_counts(&mut connection).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    let whole = caller.take(take_at("2020-06-01")).await;
    assert_eq!(whole.snapshot_id, "snapshot/1");
}

#[tokio::test]
async fn client_hears_again_what_it_heard_when_nothing_moves() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    let mut held = connection.begin().await.unwrap();
    sqlx::query("LOCK TABLE population_rows IN SHARE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let mut segmentation = caller.client.segmentation.clone();
    let request = take_at("2020-06-01");
    let updates = segmentation.take_population_snapshot(request).await;
    let mut updates = updates.unwrap().into_inner();
    let mut steps = Vec::new();
    while steps.len() < 2 {
        let message = tokio::time::timeout(Duration::from_secs(5), updates.message()).await;
        match message.unwrap().unwrap().unwrap().update.unwrap() {
            Update::Progress(progress) => steps.push(progress),
            Update::Snapshot(snapshot) => panic!("{snapshot:?}"),
        }
    }
    assert_eq!(steps[0].step, "measuring");
    assert_eq!(steps[1], steps[0]);
    held.rollback().await.unwrap();
}

/// Every snapshot that is stored has the rows of all its customers.
async fn assert_whole(connection: &mut sqlx::PgConnection) {
    let torn: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM population_snapshots AS s
        WHERE s.customers <> (
            SELECT count(*) FROM population_rows AS r
            WHERE r.tenant_id = s.tenant_id AND r.take_id = s.take_id AND r.segments IS NOT NULL
        )",
    )
    .fetch_one(connection)
    .await
    .unwrap();
    assert_eq!(torn, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn takes_dropped_at_any_moment_leave_nothing_behind() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    for number in 0..60_u64 {
        let patience = Duration::from_millis(number * 4);
        let whole = caller.try_take(take_at("2020-06-01"));
        if tokio::time::timeout(patience, whole).await.is_ok() {
            assert_whole(&mut connection).await;
            forget_snapshots(&mut connection).await;
        }
    }
    // What was under way comes to its end, a snapshot or nothing: it has when several looks in a row
    // find no take.
    let mut quiet = 0;
    for patience in 0.. {
        assert_whole(&mut connection).await;
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM population_takes")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if quiet == 10 {
            break;
        }
        assert!(patience < 200, "{left} takes are left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    forget_snapshots(&mut connection).await;
    assert_eq!(row_counts(&mut connection).await, counts);
}

#[tokio::test]
async fn what_a_killed_process_left_goes_with_the_next_take() {
    let (app, caller) = shop().await;
    let mut connection = app.connection().await;
    for (take, minutes) in [("old", 11), ("young", 9)] {
        sqlx::query(
            "WITH t AS (
                INSERT INTO population_takes (tenant_id, take_id, is_abandoned, started_at, moved_at)
                VALUES (
                    'acme', gen_random_uuid(), false, clock_timestamp(),
                    clock_timestamp() - make_interval(mins => $2)
                )
                RETURNING take_id
            )
            INSERT INTO population_rows (bucket, tenant_id, take_id, customer_id, measures)
            SELECT b.number, 'acme', t.take_id, $1, '{}'
            FROM t, generate_series(0, 1023, 100) AS b (number)",
        )
        .bind(take)
        .bind(minutes)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    let taken = caller.take(take_at("2020-06-01")).await;
    let left: Vec<(String, i64)> = sqlx::query_as(
        "SELECT customer_id, count(*) FROM population_rows
        WHERE customer_id IN ('old', 'young') GROUP BY customer_id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // One that went on of late may still be somebody's work; it is in no snapshot either way.
    assert_eq!(left, [("young".to_owned(), 11)]);
    let members = caller.members(&taken.snapshot_id, "abc", None, 1_000).await;
    assert_eq!(members.len(), 63);
}

#[tokio::test]
async fn there_must_be_somebody_to_measure() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let nobody = caller.try_take(pb::TakePopulationSnapshotRequest::default());
    let status = refused(nobody.await, Code::FailedPrecondition);
    assert_eq!(reason(&status), "NOBODY_TO_MEASURE");
    caller
        .record([purchase("ann", "t", "2020-01-01", "1").into()])
        .await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let before = caller.try_take(take_at("2019-12-31")).await;
    assert_eq!(
        reason(&refused(before, Code::FailedPrecondition)),
        "NOBODY_TO_MEASURE"
    );
    let known_at = Some(from_now(3_600));
    let ahead = caller.try_take(pb::TakePopulationSnapshotRequest {
        as_of: Some(at("2020-02-01")),
        known_at,
    });
    let status = refused(ahead.await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["known_at"]);
    assert_eq!(row_counts(&mut connection).await, counts);
    // Without an instant it is now, which no fact is hidden from.
    caller
        .record([{
            let mut fact = purchase("bob", "t", "2020-01-01", "1");
            fact.occurred_at = Some(from_now(200));
            fact.into()
        }])
        .await;
    let now = caller
        .take(pb::TakePopulationSnapshotRequest::default())
        .await;
    assert_eq!(now.customers, 2);
}
