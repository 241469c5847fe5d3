//! What a killed server may leave: a process without watchdog, and a file with a process id.
//!
//! The id in `postmaster.pid` is trusted only as far as something else confirms it: after a restart
//! of a container it may name any process, even this one.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::{cluster, sockets};

/// What the server writes about itself into its directory.
struct PidFile {
    process_id: u32,
    socket_directory: PathBuf,
}

impl PidFile {
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let mut lines = text.lines();
        let process_id = lines.next()?.trim().parse().ok()?;
        // Lines 2 to 4 are the data directory, the start time and the port.
        let socket_directory = PathBuf::from(lines.nth(3)?);
        Some(Self {
            process_id,
            socket_directory,
        })
    }
}

/// Asks a server that outlived its owner and its watchdog to end.
///
/// Only a server that answers on the socket it names is meant: an id from a file that nobody stands
/// behind could belong to any process.
pub(super) fn ask_to_end(directory: &Path, account: &Account) {
    let Some(server) = PidFile::read(&pid_file(directory)) else {
        return;
    };
    if UnixStream::connect(sockets::socket_in(&server.socket_directory)).is_ok() {
        let process_id = server.process_id.to_string();
        // Not reaching it shows as the lock that stays taken.
        let _ = account
            .command("/bin/sh")
            .args(["-c", "kill -s INT \"$1\"", "sh", &process_id])
            .status();
    }
}

/// Removes the process id of a server that is gone, for the caller who holds the server lock.
///
/// Without this, PostgreSQL refuses to start whenever any process or thread of its user happens to
/// have that id, as in a restarted container. The lock already proves that no server is left; the
/// look at the process also covers network file systems whose locks are not inherited. Where there
/// is no `/proc`, the decision stays with PostgreSQL.
pub(super) fn forget(directory: &Path) {
    let path = pid_file(directory);
    let Some(server) = PidFile::read(&path) else {
        return;
    };
    let process = |id: &str| fs::read_to_string(format!("/proc/{id}/stat"));
    let is_running_postgres = process(&server.process_id.to_string())
        .is_ok_and(|stat| stat.contains("(postgres) ") && !stat.contains("(postgres) Z"));
    if process("self").is_ok() && !is_running_postgres {
        // If it cannot be removed, PostgreSQL says why it does not start.
        let _ = fs::remove_file(path);
    }
}

fn pid_file(directory: &Path) -> PathBuf {
    cluster::data_directory(directory).join("postmaster.pid")
}
