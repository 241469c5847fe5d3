//! Population snapshots: rows a second as a ratio against COPY of the customers' states in the same
//! run, and the memory it takes, which must not grow with the customers.
//!
//! `cargo bench --bench snapshot` takes one of 10,000 customers; further numbers of customers are
//! arguments: `cargo bench --bench snapshot -- 1000000`. The customers are written past the service,
//! as it would have written them: states and days; the service's fits, takes and reads are its own.
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
use customer_value::grpc::pb::customervalue::v1::take_population_snapshot_response::Update;

use process::{Scratch, Server};

/// Customers of the first snapshot.
const SMALL: usize = 10_000;
/// 2022-01-01: the end of the data.
const AS_OF_SECONDS: i64 = 1_640_995_200;

fn main() {
    let further = std::env::args().skip(1);
    let further = further.filter_map(|argument| argument.parse::<usize>().ok());
    let sizes: Vec<usize> = [SMALL].into_iter().chain(further).collect();
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let scratch = Scratch::new();
        for customers in sizes {
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
    let started = Instant::now();
    population::write(&mut client, scratch.path(), &tenant, customers).await;
    let written = started.elapsed().as_secs_f64();
    population::fit(&mut client).await;
    let (copied, copy_seconds) =
        population::copy_states(scratch.path(), population::CopyFormat::Binary).await;
    server.stop();

    // A process that has done nothing else, so that its peak is the take's.
    let server = Server::service(scratch.path());
    let idle = server.memory_mb();
    let mut client = Client::connect(&server.address, &tenant)
        .await
        .expect("client");
    let cpu = server.cpu_seconds();
    let started = Instant::now();
    let snapshot = take(&mut client).await;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = server.cpu_seconds() - cpu;
    let peak = server.peak_memory_mb();
    assert_eq!(snapshot.customers, customers as i64);
    let (rate, copy_rate) = (customers as f64 / seconds, copied as f64 / copy_seconds);
    println!(
        "snapshot of {customers} customers: {seconds:.1} s, {rate:.0} rows/s; COPY of the states: \
         {copy_rate:.0} rows/s; ratio {:.3}",
        rate / copy_rate,
    );
    println!(
        "  service process: {cpu:.1} s of CPU; peak memory {peak:.1} MB, idle {idle:.1} MB \
         (the customers took {written:.0} s to write)"
    );
    let started = Instant::now();
    let request = pb::DescribeSegmentationRequest {
        snapshot_id: Some(snapshot.snapshot_id.clone()),
        ..pb::DescribeSegmentationRequest::default()
    };
    client
        .segmentation
        .describe_segmentation(request.clone())
        .await
        .expect("described");
    let described = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let request = pb::DescribeSegmentationRequest {
        compare_snapshot_id: Some(snapshot.snapshot_id.clone()),
        ..request
    };
    client
        .segmentation
        .describe_segmentation(request)
        .await
        .expect("compared");
    println!(
        "  described in {:.1} ms; with moves from a snapshot as large in {:.2} s; peak memory {:.1} MB",
        described * 1e3,
        started.elapsed().as_secs_f64(),
        server.peak_memory_mb(),
    );
    server.stop();
}

async fn take(client: &mut Client) -> pb::PopulationSnapshot {
    let request = pb::TakePopulationSnapshotRequest {
        as_of: Some(prost_types::Timestamp {
            seconds: AS_OF_SECONDS,
            nanos: 0,
        }),
        known_at: None,
    };
    let updates = client.segmentation.take_population_snapshot(request).await;
    let mut updates = updates.expect("take").into_inner();
    let (mut step, mut since) = (String::new(), Instant::now());
    let mut taken = None;
    while let Some(message) = updates.message().await.expect("update") {
        match message.update {
            Some(Update::Progress(progress)) if progress.step != step => {
                if !step.is_empty() {
                    println!("  {step}: {:.1} s", since.elapsed().as_secs_f64());
                }
                (step, since) = (progress.step, Instant::now());
            }
            Some(Update::Snapshot(snapshot)) => {
                println!("  {step}: {:.1} s", since.elapsed().as_secs_f64());
                taken = Some(snapshot);
            }
            Some(Update::Progress(_)) | None => {}
        }
    }
    taken.expect("a snapshot ends the stream")
}
