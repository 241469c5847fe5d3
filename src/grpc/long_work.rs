//! RPCs that answer with a stream: progress while the work goes on, then its result.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use tracing::Instrument;

use super::status::internal;
use crate::app::progress::Progress;

/// At most this often a client hears of a step; more often would only cost.
const PROGRESS_PAUSE: Duration = Duration::from_millis(500);
/// After so long without a report the last one is told again.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// How often to look whether it is so long.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Messages that may wait for a slow client.
const WAITING_MAX: usize = 16;

/// The messages of a stream.
pub(super) type Updates<T> = ReceiverStream<Result<T, Status>>;

/// What a client heard last, and when.
type Heard = Arc<Mutex<(Progress, Instant)>>;

/// Tells a client how far the work is.
pub(super) struct Reports<T> {
    sender: mpsc::Sender<Result<T, Status>>,
    report: fn(Progress) -> T,
    heard: Heard,
}

impl<T> Reports<T> {
    /// Tells it, unless the client heard of the step just now; answers whether the client is there.
    pub(super) fn tell(&mut self, progress: Progress) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, at) = &*heard;
        if last.step != progress.step || at.elapsed() >= PROGRESS_PAUSE {
            *heard = (progress.clone(), Instant::now());
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
    let nothing_yet = Progress {
        step: "working",
        done_share: 0.0,
        customers: 0,
    };
    let heard: Heard = Arc::new(Mutex::new((nothing_yet, Instant::now())));
    let work = work(Reports {
        sender: sender.clone(),
        report,
        heard: heard.clone(),
    });
    let answers = sender.clone();
    let task = async move {
        let heartbeat = beat(&sender, report, &heard);
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
async fn beat<T>(
    sender: &mpsc::Sender<Result<T, Status>>,
    report: fn(Progress) -> T,
    heard: &Heard,
) {
    loop {
        tokio::time::sleep(LOOK_PAUSE).await;
        let again = {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let (last, at) = &mut *heard;
            (at.elapsed() >= SILENCE_MAX).then(|| {
                *at = Instant::now();
                last.clone()
            })
        };
        if let Some(progress) = again
            && sender.send(Ok(report(progress))).await.is_err()
        {
            return;
        }
    }
}
