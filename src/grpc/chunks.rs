//! Streams of many small messages: they cross from the work to the connection in chunks, since handing
//! each over by itself costs more than making it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;
use tokio_stream::Stream;
use tonic::Status;

/// Chunks that may wait for a slow client.
const WAITING_MAX: usize = 1;

/// The sending side.
pub(super) type Sender<T> = mpsc::Sender<Result<Vec<T>, Status>>;

/// The messages of a stream, chunk by chunk.
#[derive(Debug)]
pub struct Chunks<T> {
    receiver: mpsc::Receiver<Result<Vec<T>, Status>>,
    chunk: std::vec::IntoIter<T>,
}

/// A stream and where its chunks are put. The sender waits while the client is behind, and learns when
/// it is gone.
pub(super) fn chunks<T>() -> (Sender<T>, Chunks<T>) {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let chunks = Chunks {
        receiver,
        chunk: Vec::new().into_iter(),
    };
    (sender, chunks)
}

impl<T: Unpin> Stream for Chunks<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(message) = self.chunk.next() {
                return Poll::Ready(Some(Ok(message)));
            }
            match ready!(self.receiver.poll_recv(context)) {
                Some(Ok(chunk)) => self.chunk = chunk.into_iter(),
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn messages_come_one_by_one_and_in_order() {
        let (sender, stream) = chunks();
        let send = async move {
            sender.send(Ok(vec![1, 2])).await.expect("room");
            sender.send(Ok(vec![])).await.expect("room");
            sender.send(Ok(vec![3])).await.expect("room");
            let told = sender.send(Err(Status::aborted("why"))).await;
            told.expect("room");
        };
        let (_, found) = tokio::join!(send, stream.collect::<Vec<_>>());
        let (last, numbers) = found.split_last().expect("some");
        assert_eq!(last.as_ref().expect_err("the end").message(), "why");
        let numbers: Vec<i32> = numbers.iter().flatten().copied().collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_holds_the_sender() {
        let (sender, stream) = chunks();
        for _ in 0..WAITING_MAX {
            sender.try_send(Ok(vec![1])).expect("room");
        }
        assert!(sender.try_send(Ok(vec![1])).is_err());
        drop(stream);
        assert!(sender.is_closed());
    }
}
