//! Reads whose caller goes away leave their connection as they found it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use customer_value::engine::time::Day;
use customer_value::store::pool::Store;
use sqlx::ConnectOptions as _;

use crate::support::database::TestDatabase;
use crate::support::rows::idle_in_transaction;

/// Drops a read after any number of its steps, and looks whether it leaves a transaction open.
async fn leaves_nothing_open<F>(read: impl Fn(Store) -> F)
where
    F: Future<Output = ()>,
{
    let database = TestDatabase::new().await;
    let mut connection = database.connect_options().connect().await.unwrap();
    let store = Store::new(database.connect_options(), 2);
    store.schema_version().await.unwrap();
    // Timers are too coarse to end a call between its statements; counting its steps is not.
    for steps in 0..60 {
        let mut pass = Box::pin(read(store.clone()));
        for _ in 0..steps {
            let step = poll_fn(|context| Poll::Ready(pass.as_mut().poll(context).is_ready()));
            if step.await {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(pass);
        // A connection that is left open stays so; one that is rolled back needs a moment.
        let mut looks = 0;
        while idle_in_transaction(&mut connection).await > 0 {
            looks += 1;
            assert!(looks < 400, "left open after {steps} steps");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

const DAY: Day = Day::from_days(0);

#[tokio::test]
async fn dropped_pass_over_days_leaves_no_open_transaction() {
    leaves_nothing_open(async |store: Store| {
        let (mut each, mut bucket_done) = (|_| {}, |_| true);
        let pass = store.purchase_days("acme", DAY, &mut each, &mut bucket_done);
        pass.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn dropped_pass_over_dates_leaves_no_open_transaction() {
    leaves_nothing_open(async |store: Store| {
        let (mut each, mut bucket_done) = (|_, _| {}, |_| true);
        let pass = store.purchase_dates("acme", DAY, &mut each, &mut bucket_done);
        pass.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn dropped_census_leaves_no_open_transaction() {
    leaves_nothing_open(async |store: Store| {
        let census = store.purchase_census("acme", DAY, DAY, DAY).await;
        assert!(census.unwrap().customers.is_empty());
    })
    .await;
}
