//! `ScoringService.ScoreCustomers`.

mod totals;

use std::time::Duration;

use tokio::time::Instant as Moment;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use super::chunks::{Chunks, Sender, chunks};
use super::pb::customervalue::v1 as pb;
use super::pb::customervalue::v1::score_customers_request::Selection as Asked;
use super::pb::customervalue::v1::score_customers_response::Update;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use super::score_customer::{is_wanted, read_horizon, read_mask, wanted, written};
use super::scoring::Scoring;
use super::snapshot::{read_scheme, read_segment, read_snapshot_id};
use super::status::internal;
use super::unavailable::unknown_customer;
use crate::app::error::AppError;
use crate::app::score_customers::{ScoredChunk, Scores, ScoresQuery, Selection};
use crate::engine::time::Instant;

/// How often a client hears how far the work is.
const PROGRESS_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn handle(
    scoring: &Scoring,
    request: Request<pb::ScoreCustomersRequest>,
) -> Result<Response<Chunks<pb::ScoreCustomersResponse>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = query(&mut reader, request.get_ref(), scoring.app.latest_instant());
    let (query, mask) = reader.finish(asked)?;
    let scores = scoring.app.score_customers(&tenant_id, query).await?;
    let (sender, chunks) = chunks();
    let answers = sender.clone();
    let sending = Sending {
        mask,
        sender,
        customers: 0,
        done_share: 0.0,
        told: Moment::now(),
    };
    let task = tokio::spawn(sending.run(scores).in_current_span());
    tokio::spawn(async move {
        let ended = match task.await {
            Ok(ended) => ended.map_err(Status::from),
            Err(_) => Err(internal()),
        };
        if let Err(status) = ended {
            answers.send(Err(status)).await.ok();
        }
    });
    Ok(Response::new(chunks))
}

/// Scores on their way to the client.
struct Sending {
    mask: Vec<String>,
    sender: Sender<pb::ScoreCustomersResponse>,
    customers: i64,
    done_share: f64,
    /// When the client last heard how far the work is.
    told: Moment,
}

impl Sending {
    /// Sends all scores and what they add up to, or until the client is gone.
    async fn run(mut self, mut scores: Scores) -> Result<(), AppError> {
        while let Some(chunk) = self.next(&mut scores).await? {
            let messages = self.messages(chunk);
            if self.sender.send(Ok(messages)).await.is_err() {
                return Ok(());
            }
        }
        if let Some(found) = scores.totals() {
            let message = pb::ScoreCustomersResponse {
                update: Some(Update::Totals(totals::written(&found))),
            };
            // Nobody waits for them when the client is gone.
            self.sender.send(Ok(vec![message])).await.ok();
        }
        Ok(())
    }

    /// The next scores, with reports until there are any; `None` after the last, and when the client
    /// is gone.
    async fn next(&mut self, scores: &mut Scores) -> Result<Option<ScoredChunk>, AppError> {
        let next = scores.next();
        tokio::pin!(next);
        loop {
            tokio::select! {
                biased;
                chunk = &mut next => return chunk,
                () = self.sender.closed() => return Ok(None),
                () = tokio::time::sleep_until(self.told + PROGRESS_PAUSE) => {
                    let report = vec![self.report()];
                    // A full channel only means that the client is slow to read.
                    self.sender.try_send(Ok(report)).ok();
                }
            }
        }
    }

    /// Scores as the contract has them, with a report if it is time for one.
    fn messages(&mut self, chunk: ScoredChunk) -> Vec<pb::ScoreCustomersResponse> {
        let mut messages = Vec::with_capacity(chunk.customers.len() + 1);
        for (customer_id, scored) in chunk.customers {
            let score = match scored {
                Some(scored) => written(&scored, &self.mask, customer_id),
                None => unknown(customer_id),
            };
            messages.push(pb::ScoreCustomersResponse {
                update: Some(Update::Score(score)),
            });
        }
        self.customers += messages.len() as i64;
        self.done_share = chunk.done_share;
        if self.told.elapsed() >= PROGRESS_PAUSE {
            messages.push(self.report());
        }
        messages
    }

    fn report(&mut self) -> pb::ScoreCustomersResponse {
        self.told = Moment::now();
        let progress = pb::ScoreCustomersProgress {
            customers: self.customers,
            done_share: self.done_share,
        };
        pb::ScoreCustomersResponse {
            update: Some(Update::Progress(progress)),
        }
    }
}

/// The score of a customer of whom nothing was recorded.
fn unknown(customer_id: String) -> pb::CustomerScore {
    pb::CustomerScore {
        customer_id,
        unavailable: vec![unknown_customer("score")],
        ..pb::CustomerScore::default()
    }
}

fn query(
    reader: &mut Reader,
    request: &pb::ScoreCustomersRequest,
    latest: Instant,
) -> Option<(ScoresQuery, Vec<String>)> {
    let selection = selection(reader, request.selection.as_ref());
    let times = reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest);
    read_horizon(reader, request.horizon_days);
    let mask = read_mask(reader, request.read_mask.as_ref());
    let policy_version = reader.optional_text(
        "policy_version",
        request.policy_version.as_deref(),
        SHORT_BYTES_MAX,
    );
    let (as_of, known_at) = times?;
    let query = ScoresQuery {
        selection: selection?,
        as_of,
        known_at,
        horizon_days: request.horizon_days,
        policy_version: policy_version?,
        wanted: wanted(&mask),
        totals: is_wanted(&mask, "prediction"),
        only_predictions: !mask.is_empty() && mask.iter().all(|path| path == "prediction"),
    };
    Some((query, mask))
}

fn selection(reader: &mut Reader, asked: Option<&Asked>) -> Option<Selection> {
    match asked {
        None => {
            let choices = "is required: customers, segment or everybody";
            reader.refuse("selection", choices);
            None
        }
        Some(Asked::Customers(list)) => {
            let counted = reader.items("customers.customer_ids", &list.customer_ids);
            let ids = list.customer_ids.iter().enumerate();
            let ids: Vec<Option<String>> = ids
                .map(|(place, id)| reader.id(&format!("customers.customer_ids[{place}]"), id))
                .collect();
            counted?;
            Some(Selection::Customers(
                ids.into_iter().collect::<Option<_>>()?,
            ))
        }
        Some(Asked::Segment(choice)) => {
            let scheme = read_scheme(reader, "segment.scheme", &choice.scheme);
            let segment = scheme.and_then(|scheme| {
                read_segment(reader, "segment.segment", scheme, &choice.segment)
            });
            let snapshot = match choice.snapshot_id.as_deref() {
                None => Some(None),
                Some(name) => read_snapshot_id(reader, "segment.snapshot_id", name).map(Some),
            };
            Some(Selection::Segment {
                scheme: scheme?,
                segment: segment?,
                snapshot: snapshot?,
            })
        }
        Some(Asked::Everybody(pb::Everybody {})) => Some(Selection::Everybody),
    }
}
