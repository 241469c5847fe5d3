//! Scores of many customers.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::score_customers_request::Selection;
use customer_value::grpc::pb::customervalue::v1::score_customers_response::Update;
use tonic::Status;

use super::app::Caller;

/// Asks about everybody.
pub(crate) fn about_everybody() -> pb::ScoreCustomersRequest {
    asking(Selection::Everybody(pb::Everybody {}))
}

/// Asks about customers by id.
pub(crate) fn about_these<T: ToString>(ids: &[T]) -> pb::ScoreCustomersRequest {
    let customer_ids = ids.iter().map(T::to_string).collect();
    asking(Selection::Customers(pb::CustomerList { customer_ids }))
}

/// Asks about a segment of a snapshot; without a name of the one in force.
pub(crate) fn about_segment(
    scheme: &str,
    segment: &str,
    snapshot_id: Option<&str>,
) -> pb::ScoreCustomersRequest {
    asking(Selection::Segment(pb::SegmentChoice {
        scheme: scheme.to_owned(),
        segment: segment.to_owned(),
        snapshot_id: snapshot_id.map(str::to_owned),
    }))
}

fn asking(selection: Selection) -> pb::ScoreCustomersRequest {
    pb::ScoreCustomersRequest {
        selection: Some(selection),
        ..pb::ScoreCustomersRequest::default()
    }
}

impl Caller {
    /// Scores customers; answers what came of it, reports and totals left out.
    pub(crate) async fn try_scores(
        &self,
        request: pb::ScoreCustomersRequest,
    ) -> Result<Vec<pb::CustomerScore>, Status> {
        Ok(self.try_scores_and_totals(request).await?.0)
    }

    /// Scores customers; answers the scores and what they add up to, which comes last.
    pub(crate) async fn try_scores_and_totals(
        &self,
        request: pb::ScoreCustomersRequest,
    ) -> Result<(Vec<pb::CustomerScore>, Option<pb::ScoreCustomersTotals>), Status> {
        let mut scoring = self.client.scoring.clone();
        let mut updates = scoring.score_customers(request).await?.into_inner();
        let mut scores: Vec<pb::CustomerScore> = Vec::new();
        let mut totals = None;
        while let Some(message) = updates.message().await? {
            assert_eq!(totals, None, "nothing comes after the totals");
            match message.update.unwrap() {
                Update::Score(score) => scores.push(score),
                Update::Progress(progress) => {
                    assert!((0.0..=1.0).contains(&progress.done_share));
                    assert!(progress.customers <= scores.len() as i64);
                }
                Update::Totals(found) => totals = Some(found),
            }
        }
        Ok((scores, totals))
    }

    /// Scores customers of a request that is as it must be.
    pub(crate) async fn scores(
        &self,
        request: pb::ScoreCustomersRequest,
    ) -> Vec<pb::CustomerScore> {
        self.try_scores(request).await.unwrap()
    }
}
