//! The log file of the server's programs.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::PrivatePostgresError;
use super::account::Account;

/// A log that is larger is set aside at the next start.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How much of the log an error quotes.
const QUOTED_LINES: usize = 8;

/// The log of the server's programs, from this start on.
pub(super) struct Log {
    pub(super) path: PathBuf,
    /// Held open, so that an error can quote it when the sweeper was faster.
    file: File,
    start: u64,
}

impl Log {
    /// Opens the log for the server's user, setting a large one aside.
    pub(super) fn open(directory: &Path, account: &Account) -> Result<Self, PrivatePostgresError> {
        let path = directory.join("postgres.log");
        let is_large = fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG_BYTES_MAX);
        if is_large {
            let aside = directory.join("postgres.log.old");
            fs::rename(&path, &aside).map_err(PrivatePostgresError::prepare(&aside))?;
        }
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .open(&path);
        let file = opened.map_err(PrivatePostgresError::prepare(&path))?;
        account.give(&path)?;
        let start = file.metadata().map_or(0, |metadata| metadata.len());
        Ok(Self { path, file, start })
    }

    /// The last lines since the start, for an error.
    fn last_lines(&self) -> String {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        let read = file
            .seek(SeekFrom::Start(self.start))
            .and_then(|_| file.take(LOG_BYTES_MAX).read_to_end(&mut bytes));
        if let Err(error) = read {
            return format!("(unreadable: {error})");
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(QUOTED_LINES)..].join("\n")
    }

    /// The error of a program that failed, in its own words.
    pub(super) fn failed(&self, program: &'static str) -> PrivatePostgresError {
        let last_lines = self.last_lines();
        if last_lines.contains("could not look up effective user ID") {
            return PrivatePostgresError::UnnamedUser;
        }
        PrivatePostgresError::Failed {
            program,
            log: self.path.clone(),
            last_lines,
        }
    }

    /// The error of a program that took too long.
    pub(super) fn not_ready(
        &self,
        program: &'static str,
        waited_seconds: u64,
    ) -> PrivatePostgresError {
        PrivatePostgresError::NotReady {
            program,
            log: self.path.clone(),
            waited_seconds,
        }
    }
}
