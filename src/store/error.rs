//! What can go wrong between the service and its database; the only reader of `sqlx::Error`.

/// What the driver says, for tests of the mapping.
pub use sqlx::Error as DriverError;

/// Why a statement or transaction did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, or gave up in time; asking again can help.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// Transactions kept getting into each other's way; asking again can help.
    #[error("transactions conflicted {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// A transaction did not end within its bound; asking again can help.
    #[error("the transaction took longer than {seconds_max} s")]
    TooSlow {
        /// The bound.
        seconds_max: u64,
    },
    /// A stored row does not hold what the program wrote.
    #[error("a stored {entity} cannot be read")]
    Corrupt {
        /// Which kind of row.
        entity: &'static str,
    },
    /// A migration failed.
    #[error("the database could not be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The task that ran the transaction ended early.
    #[error("the transaction's task ended early")]
    Stopped,
    /// A read for several callers failed for all of them.
    #[error(transparent)]
    Shared(std::sync::Arc<StoreError>),
    /// Anything else the database says.
    #[error("a statement failed")]
    Database(#[source] sqlx::Error),
}

/// SQLSTATE classes and codes after which the same call can succeed.
const UNAVAILABLE_CODES: [&str; 8] = [
    "57P01", "57P02", "57P03", "57P05", "53300", "57014", "25P03", "25006",
];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let is_transport = matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::BeginFailed
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        );
        let is_passing = |code: &str| code.starts_with("08") || UNAVAILABLE_CODES.contains(&code);
        let unavailable = is_transport
            || error
                .as_database_error()
                .and_then(|database| database.code())
                .is_some_and(|code| is_passing(&code));
        if unavailable {
            Self::Unavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

impl StoreError {
    /// Whether the connection broke under the call, so that another connection may do.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Self::Unavailable(sqlx::Error::Database(database)) => database
                .code()
                .is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
            Self::Unavailable(error) => !matches!(error, sqlx::Error::PoolTimedOut),
            Self::Shared(error) => error.is_connection_lost(),
            Self::Contended { .. }
            | Self::TooSlow { .. }
            | Self::Corrupt { .. }
            | Self::Migrate(_)
            | Self::Stopped
            | Self::Database(_) => false,
        }
    }

    /// Whether two transactions met in a way that one of them may simply run again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(database))
            if database.code().is_some_and(|code| code == "40001" || code == "40P01"))
    }
}
