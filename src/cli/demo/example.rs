//! The worked example of a referred customer: company A buys for five years and brings four others,
//! two of them through those it brought itself.

use super::cdnow::instant;
use super::scores::score;
use crate::cli::amounts;
use crate::cli::calls::patiently;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// A tenant of its own.
pub(super) const TENANT: &str = "referral-example";
/// The customer.
pub(super) const CUSTOMER: &str = "A-company";
const CURRENCY: &str = "CNY";
/// The first of the five years.
const FIRST_YEAR: i32 = 2001;

/// Purchases: year from 1, customer, name, units of money, what it was.
const PURCHASES: [(i32, &str, &str, i64, pb::PurchaseKind); 20] = [
    (1, CUSTOMER, "software", 800, pb::PurchaseKind::New),
    (2, CUSTOMER, "upgrade", 500, pb::PurchaseKind::Upgrade),
    (2, CUSTOMER, "graphics", 250, pb::PurchaseKind::CrossSell),
    (3, CUSTOMER, "image", 500, pb::PurchaseKind::CrossSell),
    (3, CUSTOMER, "library", 200, pb::PurchaseKind::CrossSell),
    (4, CUSTOMER, "upgrade", 250, pb::PurchaseKind::Upgrade),
    (
        4,
        CUSTOMER,
        "graphics-upgrade",
        250,
        pb::PurchaseKind::Upgrade,
    ),
    (5, CUSTOMER, "suite", 3_000, pb::PurchaseKind::New),
    (5, CUSTOMER, "library", 200, pb::PurchaseKind::CrossSell),
    (2, "R1", "all", 800, pb::PurchaseKind::New),
    (3, "R1", "all", 750, pb::PurchaseKind::Unspecified),
    (4, "R1", "all", 700, pb::PurchaseKind::Unspecified),
    (5, "R1", "all", 500, pb::PurchaseKind::Unspecified),
    (3, "R2", "all", 800, pb::PurchaseKind::New),
    (4, "R2", "all", 750, pb::PurchaseKind::Unspecified),
    (5, "R2", "all", 700, pb::PurchaseKind::Unspecified),
    (4, "R3", "all", 800, pb::PurchaseKind::New),
    (5, "R3", "all", 750, pb::PurchaseKind::Unspecified),
    (4, "R4", "all", 800, pb::PurchaseKind::New),
    (5, "R4", "all", 750, pb::PurchaseKind::Unspecified),
];

/// Referrals: year, who brought, who was brought.
const REFERRALS: [(i32, &str, &str); 4] = [
    (2, CUSTOMER, "R1"),
    (3, "R1", "R2"),
    (4, CUSTOMER, "R3"),
    (4, "R2", "R4"),
];

/// Costs: year, units of money, what for.
const COSTS: [(i32, i64, pb::CostKind); 5] = [
    (1, 850, pb::CostKind::Acquisition),
    (2, 100, pb::CostKind::ToServe),
    (3, 100, pb::CostKind::ToServe),
    (4, 100, pb::CostKind::ToServe),
    (5, 100, pb::CostKind::ToServe),
];

/// Records the example and scores it at the end of each year.
pub(super) async fn run(client: &Client) -> anyhow::Result<Vec<(i32, pb::CustomerScore)>> {
    record(client).await?;
    let mut years = Vec::new();
    for year in 1..=5 {
        let as_of = on(year, "12-31T23:59:59Z")?;
        years.push((year, score(client, CUSTOMER, as_of, None).await?));
    }
    Ok(years)
}

/// An instant of a year from 1 on.
fn on(year: i32, rest: &str) -> anyhow::Result<prost_types::Timestamp> {
    instant(&format!("{}-{rest}", FIRST_YEAR + year - 1))
}

async fn record(client: &Client) -> anyhow::Result<()> {
    let money = |units: i64| Some(amounts::money(units * 1_000_000, CURRENCY));
    let mut transactions = Vec::new();
    for (year, customer, name, units, kind) in PURCHASES {
        transactions.push(pb::Transaction {
            transaction_id: format!("{name}-{year}"),
            customer_id: customer.to_owned(),
            occurred_at: Some(on(year, "06-01")?),
            amount: money(units),
            kind: kind.into(),
            ..pb::Transaction::default()
        });
    }
    let mut costs = Vec::new();
    for (year, units, kind) in COSTS {
        costs.push(pb::Cost {
            cost_id: format!("cost-{year}"),
            customer_id: CUSTOMER.to_owned(),
            occurred_at: Some(on(year, "06-01")?),
            amount: money(units),
            exchange_rate: None,
            kind: kind.into(),
        });
    }
    let mut referrals = Vec::new();
    for (year, referrer, referee) in REFERRALS {
        referrals.push(pb::Referral {
            referral_id: format!("{referrer}-{referee}"),
            referrer_id: referrer.to_owned(),
            referee_id: referee.to_owned(),
            occurred_at: Some(on(year, "03-01")?),
        });
    }
    patiently(|| {
        let mut ledger = client.ledger.clone();
        let transactions = transactions.clone();
        let request = pb::RecordTransactionsRequest { transactions };
        async move { ledger.record_transactions(request).await }
    })
    .await?;
    patiently(|| {
        let mut ledger = client.ledger.clone();
        let costs = costs.clone();
        async move { ledger.record_costs(pb::RecordCostsRequest { costs }).await }
    })
    .await?;
    patiently(|| {
        let mut ledger = client.ledger.clone();
        let request = pb::RecordReferralsRequest {
            referrals: referrals.clone(),
        };
        async move { ledger.record_referrals(request).await }
    })
    .await?;
    Ok(())
}
