//! The real binary: killed in the middle of a load, and asked to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use customer_value::grpc::client::Client;

use crate::support::app::Caller;
use crate::support::builders::{Fact, about, purchase};
use crate::support::process::Server;
use crate::support::scratch::Scratch;

const WRITERS: usize = 4;
const REQUESTS: usize = 60;
const FACTS: usize = 10;
/// The load is killed each time this many requests were acknowledged.
const KILLS: [usize; 2] = [40, 120];

async fn connect(server: &Server) -> Caller {
    Caller {
        client: Client::connect(&server.address, "acme").await.unwrap(),
    }
}

fn request(writer: usize, number: usize) -> Vec<Fact> {
    (0..FACTS)
        .map(|fact| {
            let customer = format!("customer-{}", (writer + fact) % 6);
            purchase(
                &customer,
                &format!("{writer}-{number}-{fact}"),
                "2020-01-01",
                "1",
            )
            .into()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_server_keeps_every_acknowledged_fact_once() {
    let scratch = Scratch::new();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut server = Server::start(&scratch.directory, &scratch);
    let mut next = [0; WRITERS];
    for kill_at in KILLS.into_iter().map(Some).chain([None]) {
        let caller = connect(&server).await;
        let writers: Vec<_> = next
            .into_iter()
            .enumerate()
            .map(|(writer, from)| {
                let (caller, acknowledged) = (caller.clone(), acknowledged.clone());
                tokio::spawn(async move {
                    for number in from..REQUESTS {
                        // A request without an answer is sent again to the next server.
                        if caller.try_record(request(writer, number)).await.is_err() {
                            return number;
                        }
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                    REQUESTS
                })
            })
            .collect();
        if let Some(kill_at) = kill_at {
            while acknowledged.load(Ordering::Relaxed) < kill_at {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill();
            server = Server::start(&scratch.directory, &scratch);
        }
        for (writer, task) in writers.into_iter().enumerate() {
            next[writer] = task.await.unwrap();
        }
    }
    assert_eq!(next, [REQUESTS; WRITERS]);
    let caller = connect(&server).await;
    let mut purchases = 0;
    for customer in 0..6 {
        let score = caller.score(about(&format!("customer-{customer}"))).await;
        purchases += score.history.unwrap().purchases;
    }
    assert_eq!(
        purchases,
        i64::try_from(WRITERS * REQUESTS * FACTS).unwrap()
    );
    for writer in 0..WRITERS {
        for number in 0..REQUESTS {
            let outcomes = caller.record(request(writer, number)).await;
            let stored = |outcome: &_| {
                *outcome == customer_value::grpc::pb::customervalue::v1::RecordOutcome::Duplicate
            };
            assert!(outcomes.iter().all(stored), "{writer} {number}");
        }
    }
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(15)).success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminated_server_ends_within_its_bound_in_the_middle_of_a_load() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch.directory, &scratch);
    let caller = connect(&server).await;
    let load: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let caller = caller.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    if caller.try_record(request(writer, number)).await.is_err() {
                        break;
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(15)).success());
    for writer in load {
        writer.await.unwrap();
    }
}
