//! The private directory of the server's socket.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::PrivatePostgresError;
use super::account::Account;

/// Names the socket file; nothing listens on a network port.
pub(super) const PORT: u16 = 5432;

/// The smallest limit of the systems we run on (macOS: 104 bytes with the final zero).
const PATH_BYTES_MAX: usize = 103;

/// Where a directory with a short path is made when the data directory's path is too long.
const SHORT_PARENT: &str = "/tmp";

/// How many names are tried there.
const NAMES_MAX: u32 = 100;

/// A directory that only the server's user may enter, with room for the socket's path.
#[derive(Debug)]
pub(super) struct Sockets {
    directory: PathBuf,
    temporary: bool,
}

impl Sockets {
    /// Makes the directory: below the data directory, or in a short place when that is too long.
    pub(super) fn create(
        directory: &Path,
        account: &Account,
    ) -> Result<Self, PrivatePostgresError> {
        let below = directory.join("socket");
        if socket_in(&below).as_os_str().as_bytes().len() <= PATH_BYTES_MAX {
            if below.exists() {
                fs::remove_dir_all(&below).map_err(PrivatePostgresError::prepare(&below))?;
            }
            account.create_private(&below)?;
            return Ok(Self {
                directory: below,
                temporary: false,
            });
        }
        let process_id = std::process::id();
        let mut number = 0;
        loop {
            let name = format!("customer-value-{process_id}-{number}");
            let short = Path::new(SHORT_PARENT).join(name);
            // Creating fails on any existing entry, so nobody can prepare the name for us.
            match account.create_private(&short) {
                Ok(()) => {
                    return Ok(Self {
                        directory: short,
                        temporary: true,
                    });
                }
                Err(error) if number == NAMES_MAX => return Err(error),
                Err(_) => number += 1,
            }
        }
    }

    /// The directory to connect through.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory when it has to be removed at the end.
    pub(super) fn temporary(&self) -> Option<PathBuf> {
        self.temporary.then(|| self.directory.clone())
    }
}

/// The path of the socket itself.
pub(super) fn socket_in(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}
