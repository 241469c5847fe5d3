//! Databases of tests are separate and migrated.

use sqlx::ConnectOptions as _;

use crate::support::database::TestDatabase;

async fn adds_one_customer_and_sees_only_it() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect_options().connect().await.unwrap();
    sqlx::query(
        "INSERT INTO customer_states (bucket, tenant_id, customer_id) VALUES (1, 'acme', 'c')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM customer_states")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(seen, 1);
    assert!(database.url().starts_with("postgres://"));
}

#[tokio::test]
async fn first_test_has_its_own_database() {
    adds_one_customer_and_sees_only_it().await;
}

#[tokio::test]
async fn second_test_has_its_own_database() {
    adds_one_customer_and_sees_only_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_one_test_are_made_concurrently() {
    let tasks: Vec<_> = (0..8)
        .map(|_| tokio::spawn(adds_one_customer_and_sees_only_it()))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
