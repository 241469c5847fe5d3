//! RPCs that answer with a stream: progress while the work goes on, then its result.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use tracing::Instrument;

use super::status::internal;
use crate::app::progress::Progress;

/// At most this often a client hears of a step; more often would only cost.
const PROGRESS_PAUSE: Duration = Duration::from_millis(500);
/// While the work has nothing to report, so often is it said that it goes on.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Messages that may wait for a slow client.
const WAITING_MAX: usize = 16;

/// The messages of a stream.
pub(super) type Updates<T> = ReceiverStream<Result<T, Status>>;

/// Tells a client how far the work is.
pub(super) struct Reports<T> {
    sender: mpsc::Sender<Result<T, Status>>,
    report: fn(Progress) -> T,
    reported: Option<(&'static str, Instant)>,
}

impl<T> Reports<T> {
    /// Tells it, unless the client heard of the step just now; answers whether the client is there.
    pub(super) fn tell(&mut self, progress: Progress) -> bool {
        let is_due = self
            .reported
            .is_none_or(|(step, at)| step != progress.step || at.elapsed() >= PROGRESS_PAUSE);
        if is_due {
            self.reported = Some((progress.step, Instant::now()));
            // A full channel only means that the client is slow to read.
            self.sender.try_send(Ok((self.report)(progress))).ok();
        }
        !self.sender.is_closed()
    }
}

/// Starts work and streams what it reports, then its result; without a result the work was told that
/// the client is gone. A client that goes away stops the work.
pub(super) fn stream<T, F>(
    report: fn(Progress) -> T,
    work: impl FnOnce(Reports<T>) -> F,
) -> Response<Updates<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>, Status>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let work = work(Reports {
        sender: sender.clone(),
        report,
        reported: None,
    });
    let answers = sender.clone();
    let task = async move {
        let heartbeat = beat(&sender, report);
        tokio::select! {
            () = sender.closed() => {}
            () = heartbeat => {}
            outcome = work => {
                if let Some(last) = outcome.transpose() {
                    sender.send(last).await.ok();
                }
            }
        }
    };
    let task = tokio::spawn(task.in_current_span());
    tokio::spawn(async move {
        if task.await.is_err() {
            answers.send(Err(internal())).await.ok();
        }
    });
    Response::new(ReceiverStream::new(receiver))
}

/// Keeps the stream alive while the work has nothing to report; ends when the client is gone.
async fn beat<T>(sender: &mpsc::Sender<Result<T, Status>>, report: fn(Progress) -> T) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let progress = Progress {
            step: "working",
            done_share: 0.0,
            customers: 0,
        };
        if sender.send(Ok(report(progress))).await.is_err() {
            return;
        }
    }
}
