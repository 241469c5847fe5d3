//! Segment for one customer and for a thousand in one call, against ScoreCustomer in the same run.

use std::time::{Duration, Instant};

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::process::Server;

/// How long each figure is measured, after a third of it for warming up.
const MEASURED: Duration = Duration::from_secs(3);
/// Most customers of one call.
const CUSTOMERS: usize = 1_000;

/// What is called.
#[derive(Clone, Copy)]
enum Call {
    /// ScoreCustomer without a prediction, its residual value and intervals.
    ScoreWithoutPrediction,
    /// ScoreCustomer without segments.
    Score,
    /// ScoreCustomer with everything.
    ScoreWithSegments,
    /// Segment for so many customers.
    Segment(usize),
}

/// Prints time and server CPU of a call of each kind, one call in flight, and the ratios.
pub(crate) async fn measure(server: &Server) {
    let client = Client::connect(&server.address, "bench")
        .await
        .expect("client");
    in_force(&client).await;
    println!(
        "call                           | ms a call | server CPU us a customer | to ScoreCustomer"
    );
    let mut bare = None;
    for (name, call, customers) in [
        ("ScoreCustomer, only clv", Call::ScoreWithoutPrediction, 1),
        ("ScoreCustomer, clv, prediction", Call::Score, 1),
        ("ScoreCustomer with all", Call::ScoreWithSegments, 1),
        ("Segment of 1", Call::Segment(1), 1),
        ("Segment of 1000", Call::Segment(CUSTOMERS), CUSTOMERS),
    ] {
        run(&client, call, MEASURED / 3).await;
        let cpu_before = server.cpu_seconds();
        let started = Instant::now();
        let calls = run(&client, call, MEASURED).await as f64;
        let milliseconds = started.elapsed().as_secs_f64() * 1e3 / calls;
        let cpu = (server.cpu_seconds() - cpu_before) * 1e6 / calls / customers as f64;
        let to_bare = milliseconds / *bare.get_or_insert(milliseconds);
        println!("{name:30} | {milliseconds:9.3} | {cpu:24.1} | {to_bare:.2}");
    }
}

/// Models and a snapshot, so that every scheme has something to say.
async fn in_force(client: &Client) {
    let mut models = client.models.clone();
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let request = pb::FitModelRequest {
            family: family.into(),
            prior: pb::ModelPrior::Weak.into(),
            ..pb::FitModelRequest::default()
        };
        let mut updates = models.fit_model(request).await.expect("fit").into_inner();
        while let Some(message) = updates.message().await.expect("update") {
            if let Some(pb::fit_model_response::Update::Model(model)) = message.update {
                let request = pb::ActivateModelRequest {
                    name: model.name,
                    effective_at: None,
                };
                models.activate_model(request).await.expect("in force");
            }
        }
    }
    let mut segmentation = client.segmentation.clone();
    let request = pb::TakePopulationSnapshotRequest::default();
    let updates = segmentation.take_population_snapshot(request).await;
    let mut updates = updates.expect("take").into_inner();
    while let Some(message) = updates.message().await.expect("update") {
        if let Some(pb::take_population_snapshot_response::Update::Snapshot(snapshot)) =
            message.update
        {
            let request = pb::ActivatePopulationSnapshotRequest {
                snapshot_id: snapshot.snapshot_id,
                effective_at: None,
            };
            let active = segmentation.activate_population_snapshot(request).await;
            active.expect("in force");
        }
    }
}

async fn run(client: &Client, call: Call, duration: Duration) -> u64 {
    let (mut scoring, mut segmentation) = (client.scoring.clone(), client.segmentation.clone());
    let end = Instant::now() + duration;
    let name = |customer: usize| format!("customer-{customer}");
    let (mut calls, mut customer) = (0, 0);
    while Instant::now() < end {
        customer = (customer + 97) % CUSTOMERS;
        let paths = match call {
            Call::ScoreWithoutPrediction => vec!["clv".to_owned()],
            Call::Score => vec!["clv".to_owned(), "prediction".to_owned()],
            Call::ScoreWithSegments | Call::Segment(_) => Vec::new(),
        };
        match call {
            Call::ScoreWithoutPrediction | Call::Score | Call::ScoreWithSegments => {
                let request = pb::ScoreCustomerRequest {
                    customer_id: name(customer),
                    read_mask: Some(prost_types::FieldMask { paths }),
                    ..pb::ScoreCustomerRequest::default()
                };
                scoring.score_customer(request).await.expect("score");
            }
            Call::Segment(count) => {
                let request = pb::SegmentRequest {
                    customer_ids: (customer..customer + count).map(name).collect(),
                    ..pb::SegmentRequest::default()
                };
                segmentation.segment(request).await.expect("segments");
            }
        }
        calls += 1;
    }
    calls
}
