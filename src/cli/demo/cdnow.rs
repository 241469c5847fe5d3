//! The CDNOW data: loaded, fitted, and the models put in force.
//!
//! Purchases of 2,357 customers of an online shop for music who first bought in the first quarter of
//! 1997, up to 1998-06-30. Public teaching data by Fader and Hardie (2001).

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::cli::amounts;
use crate::cli::calls::{answer, patiently};
use crate::cli::fit::fit_on_server;
use crate::cli::instants;
use crate::cli::progress::Step;
use crate::cli::table::grouped;
use crate::engine::time::Day;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// The data's tenant, so that the default one stays clean.
pub(super) const TENANT: &str = "cdnow";
/// The end of the data that models are fitted to.
pub(super) const CALIBRATION_END: &str = "1997-09-30T23:59:59Z";
/// The end of the data.
pub(super) const DATA_END: &str = "1998-06-30T23:59:59Z";
/// Columns: number in the full data, number in the sample, date, discs, dollars.
const DATA: &str = include_str!("../../../data/cdnow_sample_transactions.csv");
const CURRENCY: &str = "USD";
/// Facts in a request.
const BATCH: usize = 1_000;

/// What was loaded.
#[derive(Debug)]
pub(super) struct Load {
    /// Every customer once, in the order of the data.
    pub(super) customer_ids: Vec<String>,
    /// How many purchases.
    pub(super) transactions: usize,
}

/// An instant of this file.
pub(super) fn instant(text: &str) -> anyhow::Result<prost_types::Timestamp> {
    let instant = instants::instant(text).map_err(anyhow::Error::msg)?;
    Ok(write::timestamp(instant))
}

/// Records the data; again is harmless.
pub(super) async fn load(client: &Client) -> anyhow::Result<Load> {
    let step = Step::begin("recording the CDNOW data");
    let (customer_ids, transactions) = read()?;
    let mut recorded = 0;
    for batch in transactions.chunks(BATCH) {
        patiently(|| {
            let mut ledger = client.ledger.clone();
            let transactions = batch.to_vec();
            let request = pb::RecordTransactionsRequest { transactions };
            async move { ledger.record_transactions(request).await }
        })
        .await?;
        recorded += batch.len();
        let (done, all) = (grouped(recorded), grouped(transactions.len()));
        step.tell(format!("{done} of {all} purchases"));
    }
    Ok(Load {
        customer_ids,
        transactions: transactions.len(),
    })
}

/// The customers and their purchases. A purchase is named by its date and its number among the
/// customer's purchases of that date.
fn read() -> anyhow::Result<(Vec<String>, Vec<pb::Transaction>)> {
    let mut customer_ids: Vec<String> = Vec::new();
    let mut transactions = Vec::new();
    let mut ordinals: BTreeMap<(String, String), u32> = BTreeMap::new();
    for record in csv::Reader::from_reader(DATA.as_bytes()).into_records() {
        let record = record?;
        let cell = |index: usize| record.get(index).unwrap_or_default().to_owned();
        let (customer_id, date) = (cell(1), cell(2));
        let micros = amounts::parse(&cell(4)).context("the shipped data are damaged")?;
        if customer_ids.last() != Some(&customer_id) {
            customer_ids.push(customer_id.clone());
        }
        let ordinal = ordinals
            .entry((customer_id.clone(), date.clone()))
            .or_default();
        *ordinal += 1;
        transactions.push(pb::Transaction {
            transaction_id: format!("{date}-{ordinal}"),
            customer_id,
            occurred_at: Some(instant(&date)?),
            amount: Some(amounts::money(micros, CURRENCY)),
            ..pb::Transaction::default()
        });
    }
    Ok((customer_ids, transactions))
}

/// Fits both models to the first nine months and puts them in force.
pub(super) async fn fit(client: &mut Client) -> anyhow::Result<Vec<pb::Model>> {
    let calibration_end = Day::from_calendar(1997, 9, 30).map(write::date);
    let mut models = Vec::new();
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let request = pb::FitModelRequest {
            family: family.into(),
            calibration_end,
            prior: pb::ModelPrior::None.into(),
        };
        let model = fit_on_server(client, request).await?;
        let request = pb::ActivateModelRequest {
            name: model.name.clone(),
            effective_at: Some(instant(CALIBRATION_END)?),
        };
        answer(client.models.activate_model(request).await)?;
        models.push(model);
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_data_have_unique_purchases() {
        let (customer_ids, transactions) = read().expect("data");
        assert_eq!((customer_ids.len(), transactions.len()), (2_357, 6_919));
        let mut ids: Vec<(&str, &str)> = transactions
            .iter()
            .map(|fact| (fact.customer_id.as_str(), fact.transaction_id.as_str()))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 6_919);
    }
}
