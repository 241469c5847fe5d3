//! `ModelService.FitModel`.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::model::{model, read_family, read_prior};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::status::internal;
use crate::app::fit_model::{FitProgress, FitQuery};

/// At least this often a client hears of long work; more often would only cost.
const PROGRESS_PAUSE: Duration = Duration::from_millis(500);
/// Messages that may wait for a slow client.
const WAITING_MAX: usize = 16;

type Sender = mpsc::Sender<Result<pb::FitModelResponse, Status>>;

pub(super) fn handle(
    models: &Models,
    request: Request<pb::FitModelRequest>,
) -> Result<Response<ReceiverStream<Result<pb::FitModelResponse, Status>>>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let query = query(&mut reader, request.get_ref());
    let query = reader.finish(query)?;
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let models = models.clone();
    let answers = sender.clone();
    let work = async move {
        let gone = sender.clone();
        tokio::select! {
            // A client that goes away stops the work.
            () = gone.closed() => {}
            () = fit(&models, &tenant_id, query, sender) => {}
        }
    };
    let task = tokio::spawn(work.in_current_span());
    tokio::spawn(async move {
        if task.await.is_err() {
            answers.send(Err(internal())).await.ok();
        }
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

async fn fit(models: &Models, tenant_id: &str, query: FitQuery, sender: Sender) {
    let mut reported: Option<(&'static str, Instant)> = None;
    let heartbeat = tokio::spawn(beat(sender.clone()));
    let outcome = models
        .app
        .fit_model(tenant_id, query, &mut |progress| {
            let is_due = reported
                .is_none_or(|(step, at)| step != progress.step || at.elapsed() >= PROGRESS_PAUSE);
            if is_due {
                reported = Some((progress.step, Instant::now()));
                // A full channel only means that the client is slow to read.
                sender.try_send(Ok(report(progress))).ok();
            }
            !sender.is_closed()
        })
        .await;
    heartbeat.abort();
    let last = match outcome {
        Ok(None) => return,
        Ok(Some(stored)) => {
            let tenant = models.app.tenant(tenant_id).await;
            let currency = tenant
                .ok()
                .flatten()
                .and_then(|tenant| tenant.base_currency);
            let update = pb::fit_model_response::Update::Model(model(&stored, currency));
            Ok(pb::FitModelResponse {
                update: Some(update),
            })
        }
        Err(error) => Err(error.into()),
    };
    sender.send(last).await.ok();
}

/// Keeps the stream alive while the arithmetic has nothing to report.
async fn beat(sender: Sender) {
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let progress = FitProgress {
            step: "working",
            done_share: 0.0,
            customers: 0,
        };
        if sender.send(Ok(report(progress))).await.is_err() {
            return;
        }
    }
}

fn report(progress: FitProgress) -> pb::FitModelResponse {
    let progress = pb::FitProgress {
        step: progress.step.to_owned(),
        done_share: progress.done_share,
        customers: progress.customers,
    };
    pb::FitModelResponse {
        update: Some(pb::fit_model_response::Update::Progress(progress)),
    }
}

fn query(reader: &mut Reader, request: &pb::FitModelRequest) -> Option<FitQuery> {
    let family = read_family(reader, request.family);
    let calibration_end = match &request.calibration_end {
        None => Some(None),
        Some(day) => reader.day("calibration_end", day).map(Some),
    };
    let prior = read_prior(reader, request.prior);
    Some(FitQuery {
        family: family?,
        calibration_end: calibration_end?,
        prior: prior?,
    })
}
