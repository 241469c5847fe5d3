//! Connections, and the one door for transactions.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};

use super::error::StoreError;
use super::state_reader::StateReader;

/// How often a transaction is tried when others get in its way.
const ATTEMPTS_MAX: u32 = 5;
/// A write transaction ends within this time, or never commits: answers for an explicit `known_at`
/// count on it.
const TRANSACTION_SECONDS_MAX: u64 = 5;
/// How long a caller waits for a free connection.
const ACQUIRE_SECONDS_MAX: u64 = 5;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) pool: PgPool,
    pub(super) states: StateReader,
}

/// The body of a transaction; it may run more than once.
pub trait Body<T, E>:
    for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + Sync + 'static
{
}

impl<T, E, F> Body<T, E> for F where
    F: for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + Sync + 'static
{
}

impl Store {
    /// Opens a pool of at most `connections_max` connections, without connecting yet.
    #[must_use]
    pub fn new(options: PgConnectOptions, connections_max: u32) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS_MAX))
            // A ping before each use costs as much as the read itself; a connection found broken is
            // replaced and the call tried again.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Self {
            states: StateReader::new(pool.clone()),
            pool,
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs a transaction: READ COMMITTED, committed if the body succeeds, tried again when other
    /// transactions get in its way or the connection is found broken before anything was committed.
    ///
    /// It runs in a task of its own: a caller that goes away midway must not leave a transaction open
    /// on a pooled connection.
    ///
    /// # Errors
    ///
    /// What the body answers, or what the store says about the transaction.
    pub async fn run_tx<T, E>(&self, name: &'static str, body: impl Body<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + AsStoreError + Send + 'static,
    {
        let store = self.clone();
        let body = Arc::new(body);
        let task = tokio::spawn(async move {
            let mut attempts = 0;
            loop {
                attempts += 1;
                let outcome = store.try_tx(&*body).await;
                let Err(error) = &outcome else { return outcome };
                let again = error
                    .as_store_error()
                    .is_some_and(|error| error.is_conflict() || error.is_connection_lost());
                if !again {
                    return outcome;
                }
                tracing::debug!(transaction = name, attempts, "transaction is tried again");
                if attempts >= ATTEMPTS_MAX {
                    return match error.as_store_error() {
                        Some(error) if error.is_conflict() => {
                            Err(StoreError::Contended { attempts }.into())
                        }
                        _ => outcome,
                    };
                }
                tokio::time::sleep(Duration::from_millis(u64::from(attempts) * 10)).await;
            }
        });
        task.await.unwrap_or(Err(StoreError::Stopped.into()))
    }

    async fn try_tx<T, E>(&self, body: &impl Body<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let bound = Duration::from_secs(TRANSACTION_SECONDS_MAX);
        let started = tokio::time::Instant::now();
        let mut transaction = self
            .pool
            .begin_with(
                "BEGIN; SET LOCAL statement_timeout = '4s'; \
                 SET LOCAL idle_in_transaction_session_timeout = '4s'",
            )
            .await
            .map_err(StoreError::from)?;
        let too_slow = StoreError::TooSlow {
            seconds_max: TRANSACTION_SECONDS_MAX,
        };
        let Ok(outcome) = tokio::time::timeout_at(started + bound, body(&mut transaction)).await
        else {
            return Err(too_slow.into());
        };
        let value = outcome?;
        if started.elapsed() >= bound {
            return Err(too_slow.into());
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(value)
    }

    /// Begins a transaction that reads one snapshot, for passes over many rows.
    ///
    /// It begins in a task of its own: a caller that goes away during BEGIN must not leave the
    /// transaction open on a pooled connection, whose next user would run inside it.
    pub(super) async fn read_only_snapshot(
        &self,
    ) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, StoreError> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move {
            pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
        });
        Ok(begun.await.map_err(|_| StoreError::Stopped)??)
    }

    /// Runs a read, once more when its connection is found broken.
    pub(super) async fn read<'s, T, F>(
        &'s self,
        statement: impl Fn(&'s PgPool) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match statement(&self.pool).await.map_err(StoreError::from) {
                Err(error) if error.is_connection_lost() && attempts < ATTEMPTS_MAX => {}
                outcome => return outcome,
            }
        }
    }
}

/// Errors that may hold a [`StoreError`].
pub trait AsStoreError {
    /// The store's error within, if that is what it is.
    fn as_store_error(&self) -> Option<&StoreError>;
}

impl AsStoreError for StoreError {
    fn as_store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// The database's URL cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("DATABASE_URL cannot be read; it looks like postgres://user@host:5432/database")]
pub struct UrlError(#[source] sqlx::Error);

/// How to reach the database of a URL.
///
/// # Errors
///
/// [`UrlError`], which never shows the URL: it may hold a password.
pub fn options_from_url(url: &str) -> Result<PgConnectOptions, UrlError> {
    use std::str::FromStr as _;
    PgConnectOptions::from_str(url).map_err(UrlError)
}
