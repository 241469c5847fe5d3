//! The database that comes with the service: a PostgreSQL server of its own, started and stopped
//! with the process, when no `DATABASE_URL` is given.
//!
//! Nothing needs to be installed or configured: the server's programs are found on the machine or
//! fetched once, its data live in `pg` below the data directory, and it is reached only through a
//! unix socket in a private directory.
//!
//! One owner, and no orphan, are kept by the kernel instead of by cleanup code:
//!
//! - `lock`: the owner holds one file lock and the server's processes hold a second one, so "in
//!   use" and "still shutting down" are facts that survive `kill -9` and recycled process ids;
//! - `watchdog`: the server's parent is a small shell that waits for the end of our pipe. Stop,
//!   drop, panic and `kill -9` all end the server in the same way, through that end of file;
//! - `cluster`: one life of the data directory: initialise, start, take over;
//! - `account`: the unprivileged user a server runs as when the service is started by root;
//! - `binaries`, `download`: where the server's programs come from;
//! - `orphan`, `log`: what a killed server leaves behind, and what it said;
//! - `sockets`: a socket directory whose path fits the operating system's limit.
//!
//! **Invariant**: no process of the server outlives this one by more than its bounded shutdown, and
//! no background task belongs to the async runtime that called [`PrivatePostgres::start`].

mod account;
mod binaries;
mod cluster;
mod download;
mod error;
mod lock;
mod log;
mod orphan;
mod sockets;
mod watchdog;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateDatabase as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use account::Account;
use binaries::Binaries;
use cluster::Cluster;
pub use error::PrivatePostgresError;
use sockets::Sockets;
use watchdog::{Held, Sweeper, Watchdog};

/// The role that owns the private server; the socket's directory is what keeps others out.
const ROLE: &str = "customer_value";

/// Tells a person at a terminal what a start that takes seconds is doing.
pub type Progress<'a> = dyn Fn(&str) + Sync + 'a;

/// Where the private server lives and how careful it is with its data.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The service's data directory: cluster in `pg`, server log, locks.
    pub directory: PathBuf,
    /// The directory that holds `initdb` and `postgres`; searched for when `None`.
    pub binaries: Option<PathBuf>,
    /// Where fetched programs are kept; `binaries` below [`Settings::directory`] when `None`.
    pub cache: Option<PathBuf>,
    /// The value of `PATH`: where the server's programs and the shell's tools are looked for.
    pub search_path: OsString,
    /// Whether a committed transaction survives a power cut; `false` only for tests.
    pub durable: bool,
    /// Whether the whole directory is removed when the server ends.
    pub ephemeral: bool,
}

/// The data directory when none is configured: `/var/lib/customer-value` for root, else below the
/// user's data home (`XDG_DATA_HOME`, or `.local/share` in `HOME`).
///
/// `None` when a normal user has neither variable. Relative values are ignored, as the XDG base
/// directory specification asks.
#[must_use]
pub fn default_directory(xdg_data_home: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    if account::we_are_root() {
        return Some(PathBuf::from("/var/lib/customer-value"));
    }
    let data_home = xdg_data_home
        .filter(|path| path.is_absolute())
        .map(Path::to_path_buf);
    let below_home = || Some(home.filter(|path| path.is_absolute())?.join(".local/share"));
    Some(data_home.or_else(below_home)?.join("customer-value"))
}

/// A running private server. Dropping it ends the server too, without waiting for the end.
#[derive(Debug)]
pub struct PrivatePostgres {
    // Declared first, so that a drop ends the server before it gives the directory free.
    watchdog: Watchdog,
    sweeper: Option<Sweeper>,
    sockets: Sockets,
    _owner_lock: File,
}

impl PrivatePostgres {
    /// Starts the server of a data directory, creating the cluster on first use.
    ///
    /// Waits for a previous server of the directory that is still shutting down; refuses at once
    /// when another process owns it.
    ///
    /// # Errors
    ///
    /// [`PrivatePostgresError`]; every message names the failed step or the way out.
    pub async fn start(
        settings: &Settings,
        progress: &Progress<'_>,
    ) -> Result<Self, PrivatePostgresError> {
        let directory = std::path::absolute(&settings.directory)
            .map_err(PrivatePostgresError::prepare(&settings.directory))?;
        let account = Account::for_directory(&directory, &settings.search_path)?;
        // Before anything is created there, because it may be the wrong place.
        account.check_access(&directory)?;
        account::create_directory(&directory)?;
        let owner_lock = lock::own(&directory, &account)?;
        let server_lock = lock::wait_for_previous_server(&directory, &account, progress).await?;
        let mut swept = Vec::new();
        if settings.ephemeral {
            swept.push(directory.clone());
        }
        let sockets = Sockets::create(&directory, &account)?;
        swept.extend(sockets.temporary());
        let sweeper = Sweeper::for_paths(&swept, &account)?;
        let binaries = Binaries::obtain(settings, &directory, &account, progress).await?;
        let cluster = Cluster {
            directory: &directory,
            account: &account,
            held: Held {
                server_lock: &server_lock,
                sweeper: sweeper.as_ref(),
            },
            durable: settings.durable,
        };
        cluster.initialise(&binaries, progress).await?;
        let watchdog = cluster.start(&binaries, &sockets, progress).await?;
        Ok(Self {
            watchdog,
            sweeper,
            sockets,
            _owner_lock: owner_lock,
        })
    }

    /// How to connect to a database of this server through its socket.
    #[must_use]
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        connect_options(&self.sockets, database)
    }

    /// The same as [`PrivatePostgres::connect_options`], as a URL that other programs understand.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let host = percent_encoded(self.sockets.directory().as_os_str().as_bytes());
        let database = percent_encoded(database.as_bytes());
        format!("postgres://{ROLE}@localhost/{database}?host={host}")
    }

    /// Creates a database unless it exists.
    ///
    /// # Errors
    ///
    /// [`PrivatePostgresError::CreateDatabase`] when the server refuses.
    pub async fn ensure_database(&self, database: &str) -> Result<(), PrivatePostgresError> {
        let url = self.url(database);
        let created = async {
            if !sqlx::Postgres::database_exists(&url).await? {
                sqlx::Postgres::create_database(&url).await?;
            }
            Ok(())
        };
        created
            .await
            .map_err(|source| PrivatePostgresError::CreateDatabase {
                database: database.to_owned(),
                source,
            })
    }

    /// Ends the server and waits for its end, and for the removal of what was ephemeral.
    ///
    /// Open connections are cut; committed work is on disk. The wait is bounded.
    ///
    /// # Errors
    ///
    /// [`PrivatePostgresError::StopTimeout`] when the server did not end in time.
    pub async fn stop(self) -> Result<(), PrivatePostgresError> {
        self.watchdog.end().await?;
        match self.sweeper {
            Some(sweeper) => sweeper.end().await,
            None => Ok(()),
        }
    }
}

fn connect_options(sockets: &Sockets, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(sockets.directory())
        .port(sockets::PORT)
        .username(ROLE)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

/// Escapes every byte that is not unreserved in a URL.
fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_paths_are_escaped_for_a_url() {
        assert_eq!(percent_encoded(b"/a b/c-1"), "%2Fa%20b%2Fc-1");
    }
}
