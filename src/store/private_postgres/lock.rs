//! Who may use a data directory, kept by the kernel in two locked files.
//!
//! - `owner.lock` is held by this process alone. A second process finds it taken and says so.
//! - `server.lock` is handed down to the watchdog and to every process of the server. It is free
//!   exactly when none of them is left, whatever happened to their owner; so a start after
//!   `kill -9` waits for the right thing and needs no process id, which may be somebody else's by
//!   now.
//!
//! Both files are private, because whoever can open a file can lock it. Both stay, because removing
//! a lock file would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::account::Account;
use super::{PrivatePostgresError, Progress, orphan};

/// How long a previous server may take for its shutdown.
const PREVIOUS_SERVER_SECONDS_MAX: u64 = 15;

/// Time between two looks at the lock of the previous server.
const POLL: Duration = Duration::from_millis(10);

/// After this many looks (one second) a server whose watchdog was killed too is asked to end.
const POLLS_BEFORE_ASKING: u32 = 100;

/// How many looks (a third of a second) before a wait is worth a word.
const POLLS_BEFORE_PROGRESS: u32 = 33;

/// Makes this process the owner of the directory, or says that another one is.
pub(super) fn own(directory: &Path, account: &Account) -> Result<File, PrivatePostgresError> {
    try_lock(&directory.join("owner.lock"), account)?.ok_or_else(|| PrivatePostgresError::InUse {
        directory: directory.to_path_buf(),
    })
}

/// Waits, for a bounded time, until no process of an earlier server is left.
///
/// Returns the lock that the next server's processes inherit.
pub(super) async fn wait_for_previous_server(
    directory: &Path,
    account: &Account,
    progress: &Progress<'_>,
) -> Result<File, PrivatePostgresError> {
    let path = directory.join("server.lock");
    let locked = async {
        let mut polls = 0_u32;
        loop {
            if let Some(server) = try_lock(&path, account)? {
                return Ok(server);
            }
            polls += 1;
            if polls == POLLS_BEFORE_PROGRESS {
                progress("waiting for the previous database server to shut down");
            }
            if polls.is_multiple_of(POLLS_BEFORE_ASKING) {
                orphan::ask_to_end(directory, account);
            }
            tokio::time::sleep(POLL).await;
        }
    };
    let seconds_max = Duration::from_secs(PREVIOUS_SERVER_SECONDS_MAX);
    tokio::time::timeout(seconds_max, locked)
        .await
        .unwrap_or_else(|_elapsed| {
            Err(PrivatePostgresError::PreviousServer {
                directory: directory.to_path_buf(),
                waited_seconds: PREVIOUS_SERVER_SECONDS_MAX,
            })
        })
}

/// The locked file, or `None` when somebody else holds it.
///
/// The file is given to the server's user, so that a directory's owner can start the service after
/// root did.
pub(super) fn try_lock(
    path: &Path,
    account: &Account,
) -> Result<Option<File>, PrivatePostgresError> {
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path);
    let file = opened.map_err(PrivatePostgresError::prepare(path))?;
    account.give(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(PrivatePostgresError::Prepare {
            path: path.to_path_buf(),
            source,
        }),
    }
}
