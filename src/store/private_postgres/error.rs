//! What can keep a private server from starting or ending.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private server could not start, answer or stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivatePostgresError {
    /// A file or directory could not be prepared.
    #[error("cannot prepare {path}")]
    Prepare {
        /// What was to be prepared.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// Another process owns the data directory.
    #[error(
        "the data directory {directory} is in use by another process: stop that one, or choose \
         another data directory"
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// The previous server of the directory did not finish its shutdown.
    #[error(
        "the previous database server of {directory} is still shutting down after {waited_seconds} \
         seconds: try again, or end the postgres processes that use it"
    )]
    PreviousServer {
        /// The data directory.
        directory: PathBuf,
        /// How long was waited, in seconds.
        waited_seconds: u64,
    },
    /// The user that runs the server cannot reach a directory.
    #[error(
        "user id {user_id}, which runs PostgreSQL because it refuses to run as root, cannot enter \
         {path}: choose a data directory outside of it (such as /var/lib/customer-value), or run \
         `chmod o+x` on it"
    )]
    Unreachable {
        /// The directory that cannot be entered.
        path: PathBuf,
        /// The user that would run the server.
        user_id: u32,
    },
    /// The cluster belongs to somebody else.
    #[error(
        "{path} belongs to user id {owner_id}, but the server runs as user id {user_id}: start \
         the service as the owner, or give the directory to that user with `chown -R`"
    )]
    WrongOwner {
        /// The cluster's directory.
        path: PathBuf,
        /// Whom it belongs to.
        owner_id: u32,
        /// Who would run the server.
        user_id: u32,
    },
    /// Root needs an unprivileged user for the server and the machine has none.
    #[error(
        "PostgreSQL refuses to run as root and this machine has no user `nobody`: give the data \
         directory {directory} to an unprivileged user with `chown`"
    )]
    NoUnprivilegedUser {
        /// The data directory.
        directory: PathBuf,
    },
    /// The user id has no entry in the user database.
    #[error(
        "PostgreSQL needs a named user, and the user id of this process has no entry in \
         /etc/passwd: add one, start the service as another user, or set DATABASE_URL"
    )]
    UnnamedUser,
    /// The given directory holds no usable programs.
    #[error("the PostgreSQL programs in {directory} cannot be used: {reason}")]
    UnusableBinaries {
        /// The given directory.
        directory: PathBuf,
        /// Why they cannot be used.
        reason: String,
    },
    /// The machine has no usable programs and they could not be fetched.
    #[error(
        "no usable PostgreSQL {wanted} on this machine, and it could not be downloaded ({reason}): \
         install PostgreSQL {wanted}, allow the download, or set DATABASE_URL to an existing server"
    )]
    NoBinaries {
        /// The version looked for, such as `14 or newer`.
        wanted: String,
        /// Why the download failed.
        reason: String,
    },
    /// A helper program could not be started.
    #[error("cannot start {program}")]
    Spawn {
        /// The program.
        program: String,
        /// What the operating system answered.
        source: io::Error,
    },
    /// The server ended before it was ready, or `initdb` failed.
    #[error("{program} failed; the end of {log}:\n{last_lines}")]
    Failed {
        /// The program that failed.
        program: &'static str,
        /// Its log file.
        log: PathBuf,
        /// The last lines it logged.
        last_lines: String,
    },
    /// The server or `initdb` took too long.
    #[error("{program} was not ready after {waited_seconds} seconds; see {log}")]
    NotReady {
        /// The program that was waited for.
        program: &'static str,
        /// Its log file.
        log: PathBuf,
        /// How long was waited, in seconds.
        waited_seconds: u64,
    },
    /// The server did not end within the bound of a stop.
    #[error("the database server did not stop within {waited_seconds} seconds")]
    StopTimeout {
        /// How long was waited, in seconds.
        waited_seconds: u64,
    },
    /// The server refused to create a database.
    #[error("cannot create the database {database:?} on the private server")]
    CreateDatabase {
        /// The database's name.
        database: String,
        /// What the server answered.
        source: sqlx::Error,
    },
}

impl PrivatePostgresError {
    /// For `map_err`: an operation on `path` failed.
    pub(super) fn prepare(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Prepare { path, source }
    }

    /// For `map_err`: `program` could not be started.
    pub(super) fn spawn(program: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Spawn { program, source }
    }
}
