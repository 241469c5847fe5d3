//! Every customer scored, at the end of the data and at the end of the calibration period.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::cdnow::{CALIBRATION_END, DATA_END, instant};
use crate::cli::calls::patiently;
use crate::cli::progress::Step;
use crate::cli::table::grouped;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// Calls that wait for their answer at a time.
const IN_FLIGHT: usize = 32;
/// Days from the end of the calibration period to the end of the data.
const HOLDOUT_DAYS: i32 = 273;

/// A customer at both instants.
#[derive(Debug)]
pub(super) struct Customer {
    /// At the end of the data.
    pub(super) score: pb::CustomerScore,
    /// Repeat purchase days by the end of the calibration period.
    pub(super) frequency: i64,
    /// Purchase days expected until the end of the data.
    pub(super) predicted: f64,
    /// Purchase days that came.
    pub(super) actual: i64,
}

/// Scores customers, in the order given.
pub(super) async fn all(client: &Client, ids: &[String]) -> anyhow::Result<Vec<Customer>> {
    let step = Step::begin("scoring");
    let (now, before) = (instant(DATA_END)?, instant(CALIBRATION_END)?);
    let mut customers = Vec::with_capacity(ids.len());
    let mut scored = stream::iter(ids)
        .map(|id| async move {
            let at_end = score(client, id, now, None).await?;
            let early = score(client, id, before, Some(HOLDOUT_DAYS)).await?;
            anyhow::Ok((at_end, early))
        })
        .buffered(IN_FLIGHT);
    while let Some((score, early)) = scored.try_next().await? {
        let days = |score: &pb::CustomerScore| {
            let history = score.history.as_ref();
            history.map_or(0, |history| history.purchase_days)
        };
        let prediction = early.prediction.as_ref();
        customers.push(Customer {
            frequency: (days(&early) - 1).max(0),
            predicted: prediction.map_or(0.0, |found| found.expected_purchases),
            actual: days(&score) - days(&early),
            score,
        });
        let (done, all) = (grouped(customers.len()), grouped(ids.len()));
        step.tell(format!("{done} of {all} customers"));
    }
    Ok(customers)
}

/// One call of `ScoreCustomer`.
pub(super) async fn score(
    client: &Client,
    customer_id: &str,
    as_of: prost_types::Timestamp,
    horizon_days: Option<i32>,
) -> anyhow::Result<pb::CustomerScore> {
    let request = pb::ScoreCustomerRequest {
        customer_id: customer_id.to_owned(),
        as_of: Some(as_of),
        horizon_days,
        ..pb::ScoreCustomerRequest::default()
    };
    let answer = patiently(|| {
        let mut scoring = client.scoring.clone();
        let request = request.clone();
        async move { scoring.score_customer(request).await }
    });
    Ok(answer.await?.score.unwrap_or_default())
}
