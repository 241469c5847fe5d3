//! Finds the server's programs: where the settings say, on the machine, in the cache, or fetched.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::{PrivatePostgresError, Progress, Settings, cluster, download};

/// The oldest version that has everything the service's statements use.
const MAJOR_MIN: u32 = 14;

/// Where packages put versions side by side: below a parent, every entry with a prefix has its
/// programs in a suffix.
const VERSIONED: &[(&str, &str, &str)] = &[
    // Debian, Ubuntu
    ("/usr/lib/postgresql", "", "bin"),
    // Packages of the PostgreSQL project for RPM systems
    ("/usr", "pgsql-", "bin"),
    // Alpine
    ("/usr/libexec", "postgresql", ""),
    ("/usr/lib", "postgresql", "bin"),
    // Homebrew on Apple silicon, on Intel and on Linux
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    // Postgres.app
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    // EDB installers on macOS and Linux
    ("/Library/PostgreSQL", "", "bin"),
    ("/opt/PostgreSQL", "", "bin"),
];

/// A directory with programs that were seen to run.
#[derive(Debug)]
pub(super) struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// Finds programs that fit the cluster, or fetches them once.
    pub(super) async fn obtain(
        settings: &Settings,
        directory: &Path,
        account: &Account,
        progress: &Progress<'_>,
    ) -> Result<Self, PrivatePostgresError> {
        let wanted = Wanted {
            major: cluster::version(directory),
        };
        if let Some(given) = &settings.binaries {
            return Self::usable(given, wanted, account).map_err(|reason| {
                PrivatePostgresError::UnusableBinaries {
                    directory: given.clone(),
                    reason,
                }
            });
        }
        let on_machine = candidates(&settings.search_path)
            .into_iter()
            .find_map(|candidate| Self::usable(&candidate, wanted, account).ok());
        if let Some(binaries) = on_machine {
            return Ok(binaries);
        }
        let no_binaries = |reason| PrivatePostgresError::NoBinaries {
            wanted: wanted.to_string(),
            reason,
        };
        let below = || directory.join("binaries");
        let cache = settings.cache.clone().unwrap_or_else(below);
        let fetched = download::into_cache(&cache, wanted.major, account, progress)
            .await
            .map_err(|error| no_binaries(error.to_string()))?;
        account.check_access(&fetched)?;
        Self::usable(&fetched, wanted, account)
            .map_err(|reason| no_binaries(format!("what was downloaded does not run: {reason}")))
    }

    /// Checks that a directory holds programs of a fitting version that the server's user can run.
    fn usable(directory: &Path, wanted: Wanted, account: &Account) -> Result<Self, String> {
        let binaries = Self {
            directory: directory.to_path_buf(),
        };
        if !binaries.initdb().is_file() {
            return Err("initdb is missing".to_owned());
        }
        let output = account
            .command(binaries.postgres())
            .arg("--version")
            .output()
            .map_err(|error| format!("postgres does not start: {error}"))?;
        let answer = String::from_utf8_lossy(&output.stdout);
        match major_version(&answer) {
            Some(major) if wanted.fits(major) => Ok(binaries),
            Some(major) => Err(format!("version {major} found, {wanted} needed")),
            None => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                Err(format!(
                    "no version in its answer {:?}",
                    format!("{answer}{complaint}").trim()
                ))
            }
        }
    }

    /// The program that makes a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}

/// The version that fits: an existing cluster's own, else any that is new enough.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    major: Option<u32>,
}

impl Wanted {
    fn fits(self, major: u32) -> bool {
        self.major
            .map_or(MAJOR_MIN <= major, |wanted| wanted == major)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.major {
            Some(major) => write!(formatter, "{major} (the version of the existing data)"),
            None => write!(formatter, "{MAJOR_MIN} or newer"),
        }
    }
}

/// Directories worth a look: the search path first, then versioned ones, the newest first.
fn candidates(search_path: &OsStr) -> Vec<PathBuf> {
    let on_path = search_path
        .as_bytes()
        .split(|byte| *byte == b':')
        .map(|entry| Path::new(OsStr::from_bytes(entry)).join("postgres"))
        // Packages link single programs into the path; initdb is beside the real one.
        .filter_map(|link| Some(link.canonicalize().ok()?.parent()?.to_path_buf()));
    let mut found: Vec<PathBuf> = on_path.collect();
    for (parent, prefix, suffix) in VERSIONED {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut versions: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        versions.sort_by_key(|name| std::cmp::Reverse(trailing_number(name)));
        let directories = versions
            .iter()
            .map(|name| Path::new(parent).join(name).join(suffix));
        found.extend(directories.filter(|directory| directory.join("postgres").is_file()));
    }
    found
}

/// The version in a name such as `postgresql@17`, `pgsql-16` or `15`; zero without one.
fn trailing_number(name: &str) -> u32 {
    let digits = name
        .rsplit(|character: char| !character.is_ascii_digit())
        .next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// The major version in an answer such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`.
fn major_version(answer: &str) -> Option<u32> {
    let (_, version) = answer.split_once("(PostgreSQL) ")?;
    let digits = version
        .split(|character: char| !character.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version_of_releases_and_previews() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_version("sh: postgres: not found"), None);
    }

    #[test]
    fn orders_version_directories_by_number() {
        assert_eq!(trailing_number("postgresql@9"), 9);
        assert_eq!(trailing_number("postgresql"), 0);
        assert_eq!(trailing_number("pgsql-17"), 17);
    }

    #[test]
    fn existing_data_need_their_own_version() {
        assert!(Wanted { major: Some(15) }.fits(15));
        assert!(!Wanted { major: Some(15) }.fits(16));
        assert!(Wanted { major: None }.fits(16));
        assert!(!Wanted { major: None }.fits(13));
    }
}
