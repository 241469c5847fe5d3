//! `ScoreCustomers` for everybody: rows a second as a ratio against COPY of the customers' states in
//! the same run, and the memory it takes, which must not grow with the customers. Server, PostgreSQL
//! and client share the machine's cores.
//!
//! `cargo bench --bench score_customers` scores 10,000 customers; further numbers of customers are
//! arguments: `cargo bench --bench score_customers -- 1000000`. The customers are written past the
//! service, as in `benches/snapshot.rs`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program"
)]

#[allow(dead_code, reason = "each bench uses some of it")]
#[path = "snapshot/population.rs"]
mod population;
#[allow(dead_code, reason = "each bench uses some of it")]
#[path = "service/process.rs"]
mod process;

use std::time::Instant;

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::score_customers_request::Selection;
use customer_value::grpc::pb::customervalue::v1::score_customers_response::Update;

use population::CopyFormat;
use process::{Scratch, Server};

/// Customers of the first measurement.
const SMALL: usize = 10_000;
/// How often everything is measured; the best of each counts, since others may use the machine.
const ROUNDS: usize = 3;
/// 2022-01-01: the end of the data.
const AS_OF_SECONDS: i64 = 1_640_995_200;

fn main() {
    let further = std::env::args().skip(1);
    let further = further.filter_map(|argument| argument.parse::<usize>().ok());
    let sizes: Vec<usize> = [SMALL].into_iter().chain(further).collect();
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        for customers in sizes {
            let scratch = Scratch::new();
            measure(&scratch, customers).await;
        }
    });
}

async fn measure(scratch: &Scratch, customers: usize) {
    let tenant = format!("bench-{customers}");
    let server = Server::service(scratch.path());
    let mut client = Client::connect(&server.address, &tenant)
        .await
        .expect("client");
    population::write(&mut client, scratch.path(), &tenant, customers).await;
    population::fit(&mut client).await;
    server.stop();

    // A process that has done nothing else, so that its peak is the stream's.
    let server = Server::service(scratch.path());
    let idle = server.memory_mb();
    let mut client = Client::connect(&server.address, &tenant)
        .await
        .expect("client");
    let mut best = [0.0_f64; 3];
    let mut cpu = f64::INFINITY;
    for _ in 0..ROUNDS {
        let mut note = |place: usize, (rows, seconds): (usize, f64)| {
            assert_eq!(rows, customers);
            best[place] = best[place].max(rows as f64 / seconds);
        };
        let before = server.cpu_seconds();
        note(0, stream(&mut client, &["prediction"]).await);
        cpu = cpu.min(server.cpu_seconds() - before);
        note(
            1,
            population::copy_states(scratch.path(), CopyFormat::Text).await,
        );
        note(
            2,
            population::copy_states(scratch.path(), CopyFormat::Binary).await,
        );
    }
    let peak = server.peak_memory_mb();
    let [rate, text, binary] = best;
    println!(
        "{customers} customers, prediction: {rate:.0} rows/s; COPY of the states: {text:.0} rows/s, \
         ratio {:.3}; binary {binary:.0} rows/s, ratio {:.3}",
        rate / text,
        rate / binary,
    );
    println!(
        "  service process: {:.2} us of CPU a row; peak memory {peak:.1} MB, idle {idle:.1} MB",
        cpu * 1e6 / customers as f64,
    );
    if customers == SMALL {
        for paths in [&["lasting_value"][..], &["segments"], &[]] {
            let (rows, seconds) = stream(&mut client, paths).await;
            println!("  {paths:?}: {:.0} rows/s", rows as f64 / seconds);
        }
        println!("  peak memory {:.1} MB", server.peak_memory_mb());
    }
    server.stop();
}

/// Scores everybody; answers how many and how long it took.
async fn stream(client: &mut Client, paths: &[&str]) -> (usize, f64) {
    let started = Instant::now();
    let request = pb::ScoreCustomersRequest {
        selection: Some(Selection::Everybody(pb::Everybody {})),
        as_of: Some(prost_types::Timestamp {
            seconds: AS_OF_SECONDS,
            nanos: 0,
        }),
        read_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..pb::ScoreCustomersRequest::default()
    };
    let updates = client.scoring.score_customers(request).await;
    let mut updates = updates.expect("scores").into_inner();
    let mut scores = 0;
    while let Some(message) = updates.message().await.expect("message") {
        if let Some(Update::Score(score)) = message.update {
            assert!(score.provenance.is_some());
            scores += 1;
        }
    }
    (scores, started.elapsed().as_secs_f64())
}
