//! ScoreCustomer for now against an echo, by calls in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::process::Server;

/// How long each figure is measured, after as long a warm-up.
const MEASURED: Duration = Duration::from_secs(3);

struct Figure {
    calls_per_second: f64,
    cpu_micros_per_call: f64,
}

/// Prints throughput and server CPU a call of both, and their ratios.
pub(crate) async fn measure(server: &Server, echo: &Server) {
    println!(
        "in flight | echo/s | score/s | throughput ratio | echo CPU us | score CPU us | CPU ratio"
    );
    for in_flight in [1, 16, 64] {
        let bare = figure(echo, in_flight).await;
        let scored = figure(server, in_flight).await;
        println!(
            "{in_flight:9} | {:6.0} | {:7.0} | {:16.2} | {:11.1} | {:12.1} | {:9.2}",
            bare.calls_per_second,
            scored.calls_per_second,
            scored.calls_per_second / bare.calls_per_second,
            bare.cpu_micros_per_call,
            scored.cpu_micros_per_call,
            scored.cpu_micros_per_call / bare.cpu_micros_per_call,
        );
    }
}

async fn figure(server: &Server, in_flight: usize) -> Figure {
    run(server, in_flight, MEASURED / 3).await;
    let cpu_before = server.cpu_seconds();
    let started = Instant::now();
    let calls = run(server, in_flight, MEASURED).await as f64;
    Figure {
        calls_per_second: calls / started.elapsed().as_secs_f64(),
        cpu_micros_per_call: (server.cpu_seconds() - cpu_before) * 1e6 / calls,
    }
}

async fn run(server: &Server, in_flight: usize, duration: Duration) -> u64 {
    let client = Client::connect(&server.address, "bench")
        .await
        .expect("client");
    let calls = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + duration;
    let workers: Vec<_> = (0..in_flight)
        .map(|worker| {
            let (mut client, calls) = (client.clone(), calls.clone());
            tokio::spawn(async move {
                let mut customer = worker;
                while Instant::now() < end {
                    customer = (customer + 97) % 1_000;
                    let request = pb::ScoreCustomerRequest {
                        customer_id: format!("customer-{customer}"),
                        ..pb::ScoreCustomerRequest::default()
                    };
                    client.scoring.score_customer(request).await.expect("score");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("worker");
    }
    calls.load(Ordering::Relaxed)
}
