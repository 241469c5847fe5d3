//! SatisfactionIndex over a million responses against counting the same rows in the database.

use std::path::Path;
use std::time::Instant;

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

use crate::process::Server;

const RESPONSES: i32 = 1_000_000;
/// Customers, each with the same number of responses.
const CUSTOMERS: i32 = 250_000;
const ITEMS: usize = 8;
const RUNS: usize = 3;
const TENANT: &str = "bench-survey";
const INSTRUMENT: &str = "survey";

/// Prints seconds of both and their ratio.
pub(crate) async fn measure(server: &Server, directory: &Path) {
    let mut client = Client::connect(&server.address, TENANT)
        .await
        .expect("client");
    client
        .satisfaction
        .define_instrument(definition())
        .await
        .expect("defined");
    let options = PgConnectOptions::new_without_pgpass()
        .socket(directory.join("socket"))
        .username("customer_value")
        .database("customer_value")
        .disable_statement_logging();
    let pool = PgPool::connect_with(options).await.expect("database");
    fill(&pool).await;
    let counted = fastest(async || {
        sqlx::query(
            "SELECT count(*), avg(length(answers)), avg(weight_micros), max(recorded_at)
            FROM survey_responses WHERE tenant_id = $1 AND instrument_id = $2",
        )
        .bind(TENANT)
        .bind(INSTRUMENT)
        .fetch_one(&pool)
        .await
        .expect("counted");
    })
    .await;
    for (method, item, group_by) in [
        (pb::SatisfactionMethod::WeightedTree, None, 0),
        (pb::SatisfactionMethod::CustomerEffort, Some("q0"), 0),
        (
            pb::SatisfactionMethod::WeightedTree,
            None,
            pb::SatisfactionGrouping::Channel.into(),
        ),
    ] {
        let cpu = server.cpu_seconds();
        let seconds = fastest(async || {
            let request = pb::SatisfactionIndexRequest {
                instrument_id: INSTRUMENT.to_owned(),
                method: method.into(),
                item_id: item.map(str::to_owned),
                group_by,
                ..pb::SatisfactionIndexRequest::default()
            };
            let mut satisfaction = client.satisfaction.clone();
            let answer = satisfaction.satisfaction_index(request).await;
            let groups = answer.expect("index").into_inner().groups;
            let responses: i64 = groups.iter().map(|group| group.responses).sum();
            assert_eq!(responses, i64::from(RESPONSES));
        })
        .await;
        println!(
            "SatisfactionIndex over {RESPONSES} responses, {}{}: {seconds:.2} s, of which the \
             service computes {:.2} s; counting the same rows: {counted:.2} s; ratio {:.1}",
            method.as_str_name(),
            if group_by == 0 { "" } else { " by channel" },
            (server.cpu_seconds() - cpu) / RUNS as f64,
            seconds / counted,
        );
    }
    pool.close().await;
}

async fn fastest(run: impl AsyncFn()) -> f64 {
    let mut seconds = f64::INFINITY;
    for _ in 0..RUNS {
        let started = Instant::now();
        run().await;
        seconds = seconds.min(started.elapsed().as_secs_f64());
    }
    seconds
}

fn definition() -> pb::DefineInstrumentRequest {
    let name = |item: usize| format!("q{item}");
    pb::DefineInstrumentRequest {
        instrument_id: INSTRUMENT.to_owned(),
        definition: Some(pb::InstrumentDefinition {
            items: (0..ITEMS)
                .map(|item| pb::InstrumentItem {
                    item_id: name(item),
                    text: None,
                    scale: Some(pb::Scale { min: 1.0, max: 5.0 }),
                })
                .collect(),
            tree: (0..ITEMS)
                .map(|item| pb::InstrumentNode {
                    name: name(item),
                    weight: "0.125".to_owned(),
                    item_id: Some(name(item)),
                    children: Vec::new(),
                })
                .collect(),
            ..pb::InstrumentDefinition::default()
        }),
    }
}

/// Puts responses into the table past the service: all answered, marks from 1 to 5.
async fn fill(pool: &PgPool) {
    sqlx::query(
        "INSERT INTO survey_responses (
            bucket, tenant_id, customer_id, response_id, instrument_id, instrument_version,
            names_version, answered_at, day, recorded_at, answers, weight_micros, channel,
            content_hash, content_version
        )
        SELECT
            abs(hashint4(customer)) % 1024, $1, 'customer-' || customer, 'response-' || number, $2, 1, false,
            timestamptz '2025-01-01' + number * interval '20 seconds',
            (timestamp '2025-01-01' + number * interval '20 seconds')::date, clock_timestamp(),
            (SELECT string_agg(int4send(1000 * (1 + (number / (item + 1)) % 5)), '' ORDER BY item)
                FROM generate_series(0, $5 - 1) AS item WHERE number >= 0),
            NULL, 'channel-' || number % 7, sha256(number::text::bytea), 1
        FROM (
            SELECT number, number % $4 AS customer FROM generate_series(0, $3 - 1) AS number
        ) AS responses",
    )
    .bind(TENANT)
    .bind(INSTRUMENT)
    .bind(RESPONSES)
    .bind(CUSTOMERS)
    .bind(ITEMS as i32)
    .execute(pool)
    .await
    .expect("responses");
    sqlx::query("VACUUM ANALYZE survey_responses")
        .execute(pool)
        .await
        .expect("statistics");
}
