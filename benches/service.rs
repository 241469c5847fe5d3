//! The service as callers meet it, each figure as a ratio against something bare in the same run:
//!
//! - ScoreCustomer over gRPC against a bare tonic echo: throughput, server CPU a call;
//! - Segment of one and of a thousand customers against ScoreCustomer;
//! - bulk recording, durable, against COPY of the same rows into the same tables;
//! - start to ready on a fresh and on an existing data directory; idle memory;
//! - SatisfactionIndex over a million responses against counting them.
//!
//! `cargo bench --bench service`, with `-- satisfaction` only the last. Servers are processes of their own on loopback; each ends with it.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program"
)]

#[path = "service/bulk.rs"]
mod bulk;
#[path = "service/echo.rs"]
mod echo;
#[allow(dead_code, reason = "each bench uses some of it")]
#[path = "service/process.rs"]
mod process;
#[path = "service/satisfaction.rs"]
mod satisfaction;
#[path = "service/score.rs"]
mod score;
#[path = "service/segment.rs"]
mod segment;

use std::time::Instant;

use process::{Scratch, Server};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    if arguments.next().as_deref() == Some("echo-server") {
        runtime.block_on(echo::serve());
        return;
    }
    if std::env::args().any(|argument| argument == "satisfaction") {
        runtime.block_on(measure_satisfaction());
        return;
    }
    runtime.block_on(measure());
    runtime.block_on(measure_satisfaction());
}

async fn measure() {
    let scratch = Scratch::new();
    let started = Instant::now();
    let server = Server::service(scratch.path());
    println!(
        "start to ready, fresh data directory: {:.0} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    server.stop();
    let started = Instant::now();
    let server = Server::service(scratch.path());
    println!(
        "start to ready, existing data directory: {:.0} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    println!(
        "idle memory of the service process: {:.1} MB",
        server.memory_mb()
    );
    let echo = Server::echo();
    bulk::measure(&server, scratch.path()).await;
    score::measure(&server, &echo).await;
    segment::measure(&server).await;
    println!("with models and a snapshot in force, prediction and segments included:");
    score::measure(&server, &echo).await;
    println!(
        "memory of the service process after the load: {:.1} MB",
        server.memory_mb()
    );
    echo.stop();
    server.stop();
}

async fn measure_satisfaction() {
    let scratch = Scratch::new();
    let server = Server::service(scratch.path());
    satisfaction::measure(&server, scratch.path()).await;
    println!(
        "memory of the service process: {:.1} MB",
        server.memory_mb()
    );
    server.stop();
}
