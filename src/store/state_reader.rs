//! Reads the states that callers wait for at the same moment in one statement.
//!
//! A statement costs the service and the database about as much for one row as for twenty, and
//! handing a connection back to the pool costs another round trip. So one reader keeps its connection
//! while there is work and takes along whatever waits when it is free: alone, a caller's read goes
//! out at once; under load, reads share statements. (A second reader halves the batches and costs
//! more than it brings, as `benches/service` shows.)

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::sync::{mpsc, oneshot};

use super::customer_state::{CurrentState, Wanted, current_states};
use super::error::StoreError;

/// Most states one statement reads.
const BATCH_MAX: usize = 128;
/// Most callers that may wait.
const WAITING_MAX: usize = 8_192;
/// A statement that takes longer than this is given up, so that nobody waits behind it for ever.
const STATEMENT_MAX: Duration = Duration::from_secs(5);
/// Without work the reader gives its connection back after this long.
const IDLE: Duration = Duration::from_secs(5);
/// How often a read is tried when its connection is found broken.
const ATTEMPTS_MAX: usize = 4;

type Answer = Result<Option<CurrentState>, StoreError>;

struct Question {
    wanted: Wanted,
    answer: oneshot::Sender<Answer>,
}

/// Where callers put their questions. The reader starts with the first one.
#[derive(Clone, Debug)]
pub struct StateReader {
    pool: PgPool,
    questions: Arc<OnceLock<mpsc::Sender<Question>>>,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Question").finish_non_exhaustive()
    }
}

impl StateReader {
    pub(super) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            questions: Arc::default(),
        }
    }

    /// The state of one customer.
    pub(super) async fn read(&self, wanted: Wanted) -> Answer {
        let questions = self.questions.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(WAITING_MAX);
            let reader = Reader {
                pool: self.pool.clone(),
                receiver,
                connection: None,
            };
            tokio::spawn(reader.run());
            sender
        });
        let (answer, answered) = oneshot::channel();
        let question = Question { wanted, answer };
        if questions.send(question).await.is_err() {
            return Err(StoreError::Unavailable(sqlx::Error::PoolClosed));
        }
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }
}

struct Reader {
    pool: PgPool,
    receiver: mpsc::Receiver<Question>,
    connection: Option<PoolConnection<Postgres>>,
}

impl Reader {
    async fn run(mut self) {
        while let Some(questions) = self.gather().await {
            let (wanted, answers): (Vec<Wanted>, Vec<oneshot::Sender<Answer>>) = questions
                .into_iter()
                .map(|question| (question.wanted, question.answer))
                .unzip();
            match self.read(&wanted).await {
                Ok(states) => {
                    for (answer, state) in answers.into_iter().zip(states) {
                        answer.send(Ok(state)).ok();
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for answer in answers {
                        answer.send(Err(StoreError::Shared(error.clone()))).ok();
                    }
                }
            }
        }
    }

    /// Waits for a question and takes along those that wait too; `None` when nobody can ask any
    /// more or the pool closes.
    async fn gather(&mut self) -> Option<Vec<Question>> {
        let mut questions = Vec::new();
        let closing = self.pool.close_event();
        tokio::pin!(closing);
        loop {
            tokio::select! {
                count = self.receiver.recv_many(&mut questions, BATCH_MAX) => return (count > 0).then_some(questions),
                () = &mut closing => return None,
                () = tokio::time::sleep(IDLE), if self.connection.is_some() => self.connection = None,
            }
        }
    }

    async fn read(&mut self, wanted: &[Wanted]) -> Result<Vec<Option<CurrentState>>, StoreError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.pool.acquire().await?,
            };
            let read = current_states(&mut *connection, wanted);
            let Ok(read) = tokio::time::timeout(STATEMENT_MAX, read).await else {
                connection.close().await.ok();
                return Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut));
            };
            match read.map_err(StoreError::from) {
                Ok(states) => {
                    self.connection = Some(connection);
                    return Ok(states);
                }
                Err(error) if error.is_connection_lost() && attempts < ATTEMPTS_MAX => {}
                Err(error) => return Err(error),
            }
        }
    }
}
