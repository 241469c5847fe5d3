//! Bulk recording in batches of 1000 against COPY of the same rows into tables of the same shape.

use std::path::Path;
use std::time::Instant;

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Money;
use sqlx::postgres::{PgConnectOptions, PgPoolCopyExt};
use sqlx::{ConnectOptions, PgPool};

use crate::process::Server;

const TRANSACTIONS: usize = 100_000;
const CUSTOMERS: usize = 10_000;
const BATCH: usize = 1_000;
/// Batches in flight: what a bulk loader would use.
const IN_FLIGHT: usize = 4;
/// The tables that recording a transaction writes to.
const TABLES: [&str; 3] = ["transactions", "customer_days", "customer_states"];

/// Prints rows a second of both and their ratio.
pub(crate) async fn measure(server: &Server, directory: &Path) {
    let recorded = record(server).await;
    let copied = copy(directory).await;
    println!(
        "bulk recording, durable: {:.0} transactions/s in batches of {BATCH}; COPY of the same rows: \
         {:.0} transactions/s; ratio {:.2}",
        TRANSACTIONS as f64 / recorded,
        TRANSACTIONS as f64 / copied,
        copied / recorded,
    );
}

fn transaction(index: usize) -> pb::Transaction {
    // Spread over customers and days, so that a batch holds many of both.
    let customer = index * 7_919 % CUSTOMERS;
    let day = (index * 104_729 / 7) % 700;
    pb::Transaction {
        transaction_id: format!("order-{index}"),
        customer_id: format!("customer-{customer}"),
        occurred_at: Some(prost_types::Timestamp {
            seconds: 1_600_000_000 + day as i64 * 86_400 + index as i64 % 80_000,
            nanos: 0,
        }),
        amount: Some(Money {
            currency_code: "USD".to_owned(),
            units: (index % 200) as i64,
            nanos: 990_000_000,
        }),
        ..pb::Transaction::default()
    }
}

async fn record(server: &Server) -> f64 {
    let client = Client::connect(&server.address, "bench")
        .await
        .expect("client");
    let started = Instant::now();
    let workers: Vec<_> = (0..IN_FLIGHT)
        .map(|worker| {
            let mut client = client.clone();
            tokio::spawn(async move {
                for batch in (worker..TRANSACTIONS / BATCH).step_by(IN_FLIGHT) {
                    let transactions = (batch * BATCH..(batch + 1) * BATCH)
                        .map(transaction)
                        .collect();
                    let request = pb::RecordTransactionsRequest { transactions };
                    client
                        .ledger
                        .record_transactions(request)
                        .await
                        .expect("recorded");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("worker");
    }
    started.elapsed().as_secs_f64()
}

/// Copies what was recorded out, and times copying it into empty tables of the same shape.
async fn copy(directory: &Path) -> f64 {
    let socket = directory.join("socket");
    let options = PgConnectOptions::new_without_pgpass()
        .socket(&socket)
        .username("customer_value")
        .database("customer_value")
        .disable_statement_logging();
    let pool = PgPool::connect_with(options).await.expect("database");
    let mut seconds = 0.0;
    for table in TABLES {
        let (create, copy_out, copy_in, drop) = match table {
            "transactions" => (
                "CREATE TABLE bench_copy (LIKE transactions INCLUDING ALL)",
                "COPY transactions TO STDOUT (FORMAT binary)",
                "COPY bench_copy FROM STDIN (FORMAT binary)",
                "DROP TABLE bench_copy",
            ),
            "customer_days" => (
                "CREATE TABLE bench_copy (LIKE customer_days INCLUDING ALL)",
                "COPY customer_days TO STDOUT (FORMAT binary)",
                "COPY bench_copy FROM STDIN (FORMAT binary)",
                "DROP TABLE bench_copy",
            ),
            _ => (
                "CREATE TABLE bench_copy (LIKE customer_states INCLUDING ALL)",
                "COPY customer_states TO STDOUT (FORMAT binary)",
                "COPY bench_copy FROM STDIN (FORMAT binary)",
                "DROP TABLE bench_copy",
            ),
        };
        sqlx::query(create).execute(&pool).await.expect("table");
        let rows = read(&pool, copy_out).await;
        let started = Instant::now();
        let mut copy = pool.copy_in_raw(copy_in).await.expect("copy");
        for chunk in rows.chunks(1 << 20) {
            copy.send(chunk).await.expect("rows");
        }
        copy.finish().await.expect("copied");
        seconds += started.elapsed().as_secs_f64();
        sqlx::query(drop).execute(&pool).await.expect("table");
    }
    pool.close().await;
    seconds
}

async fn read(pool: &PgPool, statement: &str) -> Vec<u8> {
    use futures_util::TryStreamExt;
    let mut stream = pool.copy_out_raw(statement).await.expect("copy");
    let mut rows = Vec::new();
    while let Some(chunk) = stream.try_next().await.expect("rows") {
        rows.extend_from_slice(&chunk);
    }
    rows
}
