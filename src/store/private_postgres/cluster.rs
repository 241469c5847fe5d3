//! One life of a cluster: initialise it on first use, start its server, wait until it answers.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _};

use super::account::Account;
use super::binaries::Binaries;
use super::log::Log;
use super::sockets::{self, Sockets};
use super::watchdog::{Held, Watchdog};
use super::{PrivatePostgresError, Progress, ROLE, orphan};

/// How long `initdb` may take; it needs seconds.
const INITIALISE_SECONDS_MAX: u64 = 120;

/// How long a start may take, with the recovery after a power cut.
const START_SECONDS_MAX: u64 = 300;

/// After this long a start is worth a word.
const PATIENCE: Duration = Duration::from_secs(3);

/// Time between two looks at a starting program.
const POLL: Duration = Duration::from_millis(5);

/// What the server is told in every case: sockets only, modest memory, one time zone.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=128MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
];

/// Every acknowledged commit survives a power cut, whatever the configuration file says.
const DURABLE: &[&str] = &["fsync=on", "synchronous_commit=on", "full_page_writes=on"];

/// For tests, whose data nobody misses.
const FORGETFUL: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
];

/// A data directory that this process owns.
pub(super) struct Cluster<'a> {
    pub(super) directory: &'a Path,
    pub(super) account: &'a Account,
    pub(super) held: Held<'a>,
    pub(super) durable: bool,
}

/// Where the cluster itself is, below the service's data directory.
pub(super) fn data_directory(directory: &Path) -> PathBuf {
    directory.join("pg")
}

/// The major version that an existing cluster was made with.
pub(super) fn version(directory: &Path) -> Option<u32> {
    let version = fs::read_to_string(data_directory(directory).join("PG_VERSION")).ok()?;
    version.trim().parse().ok()
}

impl Cluster<'_> {
    /// Makes the cluster on first use. It appears under its name only when complete.
    pub(super) async fn initialise(
        &self,
        binaries: &Binaries,
        progress: &Progress<'_>,
    ) -> Result<(), PrivatePostgresError> {
        if version(self.directory).is_some() {
            return Ok(());
        }
        progress("preparing the database for its first use");
        let unfinished = self.directory.join("pg.init");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(PrivatePostgresError::prepare(&unfinished))?;
        }
        self.account.create_private(&unfinished)?;
        let mut arguments: Vec<OsString> = vec!["--pgdata".into(), unfinished.clone().into()];
        arguments.extend(["--username", ROLE].map(OsString::from));
        arguments.extend(
            [
                "--auth-local=trust",
                "--auth-host=reject",
                "--data-checksums",
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions",
            ]
            .map(OsString::from),
        );
        if !self.durable {
            arguments.push("--no-sync".into());
        }
        let log = Log::open(self.directory, self.account)?;
        let program = binaries.initdb();
        let mut initdb = Watchdog::spawn(self.account, self.held, &log.path, &program, &arguments)?;
        let ended = async {
            loop {
                if let Some(status) = initdb.exited() {
                    return status;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        let status = tokio::time::timeout(Duration::from_secs(INITIALISE_SECONDS_MAX), ended)
            .await
            .map_err(|_elapsed| log.not_ready("initdb", INITIALISE_SECONDS_MAX))?;
        if !status.success() {
            return Err(log.failed("initdb"));
        }
        let finished = data_directory(self.directory);
        fs::rename(&unfinished, &finished)
            .and_then(|()| File::open(self.directory)?.sync_all())
            .map_err(PrivatePostgresError::prepare(&finished))
    }

    /// Starts the server and waits until it answers queries.
    pub(super) async fn start(
        &self,
        binaries: &Binaries,
        sockets: &Sockets,
        progress: &Progress<'_>,
    ) -> Result<Watchdog, PrivatePostgresError> {
        orphan::forget(self.directory);
        let log = Log::open(self.directory, self.account)?;
        let mut arguments: Vec<OsString> = vec![
            "-D".into(),
            data_directory(self.directory).into(),
            "-p".into(),
            sockets::PORT.to_string().into(),
            "-k".into(),
            quoted_in_list(sockets.directory()),
        ];
        let durability = if self.durable { DURABLE } else { FORGETFUL };
        for setting in SETTINGS.iter().chain(durability) {
            arguments.extend(["-c".into(), setting.into()]);
        }
        let program = binaries.postgres();
        let watchdog = Watchdog::spawn(self.account, self.held, &log.path, &program, &arguments)?;
        let ready = until_ready(watchdog, sockets, &log);
        let ready = tokio::time::timeout(Duration::from_secs(START_SECONDS_MAX), ready);
        let mut ready = std::pin::pin!(ready);
        let ended = match tokio::time::timeout(PATIENCE, &mut ready).await {
            Ok(ended) => ended,
            Err(_elapsed) => {
                progress("the database takes longer to start, as after an unclean shutdown");
                ready.await
            }
        };
        ended.unwrap_or_else(|_elapsed| Err(log.not_ready("postgres", START_SECONDS_MAX)))
    }
}

/// Waits until the server answers, or has ended.
///
/// Asks the socket, not a file: only our server can listen in our private directory.
async fn until_ready(
    mut watchdog: Watchdog,
    sockets: &Sockets,
    log: &Log,
) -> Result<Watchdog, PrivatePostgresError> {
    let options = super::connect_options(sockets, "postgres");
    let socket = sockets::socket_in(sockets.directory());
    loop {
        if UnixStream::connect(&socket).is_ok()
            && let Ok(connection) = options.connect().await
        {
            // The server answered, which is all that was asked.
            let _ = connection.close().await;
            return Ok(watchdog);
        }
        if watchdog.exited().is_some() {
            return Err(log.failed("postgres"));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// A path as one element of a comma-separated setting.
fn quoted_in_list(path: &Path) -> OsString {
    let mut quoted = OsString::from("\"");
    let mut parts = path.as_os_str().as_bytes().split(|byte| *byte == b'"');
    if let Some(first) = parts.next() {
        quoted.push(OsStr::from_bytes(first));
    }
    for part in parts {
        quoted.push("\"\"");
        quoted.push(OsStr::from_bytes(part));
    }
    quoted.push("\"");
    quoted
}
