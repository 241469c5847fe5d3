//! Customers written past the service, as it would have written them.

use std::path::Path;
use std::time::Instant;

use customer_value::grpc::client::Client;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Money;
use customer_value::ids::bucket_of;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolCopyExt};
use sqlx::{ConnectOptions, PgPool};

/// 2020-01-01.
const FIRST_DAY: i64 = 18_262;
/// Days that purchases are spread over.
const DAYS: u64 = 700;
/// Rows sent at a time.
const ROWS: usize = 5_000;

async fn database(directory: &Path) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(directory.join("socket"))
        .username("customer_value")
        .database("customer_value")
        .disable_statement_logging();
    PgPool::connect_with(options).await.expect("database")
}

/// A number that looks like chance and is not.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A customer: days of purchase and what was paid on each, in micro-units.
struct Customer {
    id: String,
    bucket: i32,
    days: Vec<(i64, i64)>,
}

impl Customer {
    fn new(tenant: &str, number: usize) -> Self {
        let id = format!("customer-{number:07}");
        let chance = mixed(number as u64);
        // Half buy once, a quarter on two days, and so on up to eight.
        let count = 1 + u64::from((chance | 1 << 7).trailing_zeros());
        let first = mixed(chance) % (DAYS / 2);
        let rhythm = 3 + mixed(chance ^ 1) % 40;
        let spend = 5 + mixed(chance ^ 2) % 90;
        let days = (0..count).map(|place| {
            let day = FIRST_DAY + (first + place * rhythm) as i64;
            let paid = spend * 1_000_000 + mixed(chance ^ (place + 3)) % 20_000_000;
            (day, paid as i64)
        });
        Self {
            bucket: bucket_of(tenant, &id),
            days: days.collect(),
            id,
        }
    }

    fn state(&self, tenant: &str) -> String {
        let (first, first_paid) = self.days[0];
        let (last, _) = self.days[self.days.len() - 1];
        let revenue: i64 = self.days.iter().map(|(_, paid)| paid).sum();
        let (bucket, id, count) = (self.bucket, &self.id, self.days.len());
        let day = |day: i64| {
            let (year, month, day) =
                customer_value::engine::time::Day::from_days(i32::try_from(day).expect("day"))
                    .to_calendar();
            format!("{year}-{month:02}-{day:02}")
        };
        let (first, last) = (day(first), day(last));
        format!(
            "{bucket}\t{tenant}\t{id}\t{count}\t{first} 12:00+00\t{last} 12:00+00\t{first}\t\
             2022-01-01 00:00+00\t{count}\t{first}\t{last}\t{first} 12:00+00\t{last} 12:00+00\t\
             {first_paid}\t{revenue}\t{revenue}\t{count}\t{revenue}\n"
        )
    }

    fn days(&self, tenant: &str) -> String {
        let (bucket, id) = (self.bucket, &self.id);
        let zeros = "\t0".repeat(9);
        let rows = self.days.iter().map(|(day, paid)| {
            let (year, month, day) =
                customer_value::engine::time::Day::from_days(i32::try_from(*day).expect("day"))
                    .to_calendar();
            format!(
                "{bucket}\t{tenant}\t{id}\t{year}-{month:02}-{day:02}\t1\t{paid}\t{paid}{zeros}\n"
            )
        });
        rows.collect()
    }
}

/// Writes customers into states and days. The first comes through the service, which settles the
/// tenant.
pub(crate) async fn write(client: &mut Client, directory: &Path, tenant: &str, customers: usize) {
    let first = pb::Transaction {
        transaction_id: "first".to_owned(),
        customer_id: "first".to_owned(),
        occurred_at: Some(prost_types::Timestamp {
            seconds: FIRST_DAY * 86_400,
            nanos: 0,
        }),
        amount: Some(Money {
            currency_code: "USD".to_owned(),
            units: 10,
            nanos: 0,
        }),
        ..pb::Transaction::default()
    };
    let transactions = vec![first];
    client
        .ledger
        .record_transactions(pb::RecordTransactionsRequest { transactions })
        .await
        .expect("recorded");
    let pool = database(directory).await;
    let mut states = pool
        .copy_in_raw(
            "COPY customer_states (
                bucket, tenant_id, customer_id, transactions, first_fact_at, last_fact_at,
                first_fact_day, last_recorded_at, purchase_days, first_purchase_day,
                last_purchase_day, first_purchase_at, last_purchase_at, first_day_net_micros,
                revenue_micros, revenue_without_cost_of_goods_micros, purchases_other,
                net_other_micros
            ) FROM STDIN",
        )
        .await
        .expect("states");
    let mut days = pool
        .copy_in_raw(
            "COPY customer_days (
                bucket, tenant_id, customer_id, day, purchases, revenue_micros,
                revenue_without_cost_of_goods_micros, refunds_micros, cost_of_goods_micros,
                acquisition_cost_micros, service_cost_micros, marketing_cost_micros,
                retention_cost_micros, referral_reward_micros, compensation_micros, rebate_micros
            ) FROM STDIN",
        )
        .await
        .expect("days");
    let numbers: Vec<usize> = (1..customers).collect();
    for some in numbers.chunks(ROWS) {
        let some: Vec<Customer> = some
            .iter()
            .map(|number| Customer::new(tenant, *number))
            .collect();
        let rows: String = some.iter().map(|customer| customer.state(tenant)).collect();
        states.send(rows.as_bytes()).await.expect("rows");
        let rows: String = some.iter().map(|customer| customer.days(tenant)).collect();
        days.send(rows.as_bytes()).await.expect("rows");
    }
    states.finish().await.expect("states");
    days.finish().await.expect("days");
    sqlx::query("ANALYZE customer_states, customer_days")
        .execute(&pool)
        .await
        .expect("analysed");
    pool.close().await;
}

/// Fits both models and puts them in force, so that everything is measured.
pub(crate) async fn fit(client: &mut Client) {
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let request = pb::FitModelRequest {
            family: family.into(),
            ..pb::FitModelRequest::default()
        };
        let updates = client.models.fit_model(request).await.expect("fit");
        let mut updates = updates.into_inner();
        let mut name = String::new();
        while let Some(message) = updates.message().await.expect("fitted") {
            if let Some(pb::fit_model_response::Update::Model(model)) = message.update {
                name = model.name;
            }
        }
        let request = pb::ActivateModelRequest {
            name,
            effective_at: None,
        };
        client
            .models
            .activate_model(request)
            .await
            .expect("activated");
    }
}

/// How rows are copied out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CopyFormat {
    Text,
    Binary,
}

/// Copies all states out; answers how many and how long it took.
pub(crate) async fn copy_states(directory: &Path, format: CopyFormat) -> (usize, f64) {
    let pool = database(directory).await;
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM customer_states")
        .fetch_one(&pool)
        .await
        .expect("counted");
    let statement = match format {
        CopyFormat::Text => "COPY (SELECT * FROM customer_states) TO STDOUT",
        CopyFormat::Binary => "COPY customer_states TO STDOUT (FORMAT binary)",
    };
    let started = Instant::now();
    let mut rows = pool.copy_out_raw(statement).await.expect("copy");
    let mut bytes = 0;
    while let Some(chunk) = rows.try_next().await.expect("rows") {
        bytes += chunk.len();
    }
    let seconds = started.elapsed().as_secs_f64();
    drop(rows);
    pool.close().await;
    assert!(bytes > 0);
    (usize::try_from(count).expect("count"), seconds)
}
