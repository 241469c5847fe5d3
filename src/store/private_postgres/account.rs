//! The user that runs the server's programs: ourselves, or an unprivileged one when we are root,
//! because PostgreSQL refuses to run as root.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::{PrivatePostgresError, cluster};

const ROOT: u32 = 0;

/// Whom the server's programs run as, and with which environment.
#[derive(Debug)]
pub(super) struct Account {
    /// User and group; `None` for ourselves.
    unprivileged: Option<(u32, u32)>,
    search_path: OsString,
}

impl Account {
    /// Chooses the user for a data directory: ourselves unless we are root; for root the owner of
    /// the cluster, else the owner of the directory, else `nobody`.
    pub(super) fn for_directory(
        directory: &Path,
        search_path: &OsStr,
    ) -> Result<Self, PrivatePostgresError> {
        let search_path = search_path.to_os_string();
        let us = our_user_id().ok_or(PrivatePostgresError::UnnamedUser)?;
        let data_directory = cluster::data_directory(directory);
        let cluster_owner = fs::metadata(&data_directory).ok();
        if us != ROOT {
            let owner_id = cluster_owner.map_or(us, |metadata| metadata.uid());
            return if owner_id == us {
                Ok(Self {
                    unprivileged: None,
                    search_path,
                })
            } else {
                Err(PrivatePostgresError::WrongOwner {
                    path: data_directory,
                    owner_id,
                    user_id: us,
                })
            };
        }
        let directory_owner = fs::metadata(directory).ok();
        let owner = cluster_owner
            .iter()
            .chain(&directory_owner)
            .map(|metadata| (metadata.uid(), metadata.gid()))
            .find(|&(user_id, _)| user_id != ROOT);
        let unprivileged =
            owner
                .or_else(nobody)
                .ok_or_else(|| PrivatePostgresError::NoUnprivilegedUser {
                    directory: directory.to_path_buf(),
                })?;
        if let Some(metadata) = cluster_owner
            && metadata.uid() != unprivileged.0
        {
            return Err(PrivatePostgresError::WrongOwner {
                path: data_directory,
                owner_id: metadata.uid(),
                user_id: unprivileged.0,
            });
        }
        Ok(Self {
            unprivileged: Some(unprivileged),
            search_path,
        })
    }

    /// A command that will run as this user, without our environment and its secrets.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.own_command(program);
        if let Some((user_id, group_id)) = self.unprivileged {
            command.uid(user_id).gid(group_id);
        }
        command
    }

    /// A command that keeps our own rights, without our environment.
    pub(super) fn own_command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", &self.search_path)
            .env("LC_ALL", "C")
            .current_dir("/");
        command
    }

    /// Gives a file or directory to this user.
    pub(super) fn give(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        let Some((user_id, group_id)) = self.unprivileged else {
            return Ok(());
        };
        std::os::unix::fs::chown(path, Some(user_id), Some(group_id))
            .map_err(PrivatePostgresError::prepare(path))
    }

    /// Creates a directory that only this user may enter.
    pub(super) fn create_private(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        let created = DirBuilder::new().mode(0o700).create(path);
        created.map_err(PrivatePostgresError::prepare(path))?;
        self.give(path)
    }

    /// Checks that this user can enter a directory, as far as it exists, and all its parents.
    ///
    /// The error names the first one that cannot be entered.
    pub(super) fn check_access(&self, directory: &Path) -> Result<(), PrivatePostgresError> {
        let Some((user_id, group_id)) = self.unprivileged else {
            return Ok(());
        };
        let Some(existing) = directory.ancestors().find(|path| path.exists()) else {
            return Ok(());
        };
        let real = existing
            .canonicalize()
            .map_err(PrivatePostgresError::prepare(existing))?;
        let mut ancestors: Vec<&Path> = real.ancestors().collect();
        ancestors.reverse();
        for path in ancestors {
            let metadata = fs::metadata(path).map_err(PrivatePostgresError::prepare(path))?;
            let entry_bit = if metadata.uid() == user_id {
                0o100
            } else if metadata.gid() == group_id {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & entry_bit == 0 {
                let path = path.to_path_buf();
                return Err(PrivatePostgresError::Unreachable { path, user_id });
            }
        }
        Ok(())
    }
}

/// Creates a directory and its missing parents, each with permissions of its own.
///
/// Root's directory may be entered by the server's user; a normal user's is private.
pub(super) fn create_directory(directory: &Path) -> Result<(), PrivatePostgresError> {
    let missing: Vec<&Path> = directory
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    let mode = if we_are_root() { 0o755 } else { 0o700 };
    for path in missing.into_iter().rev() {
        fs::create_dir(path)
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
            .map_err(PrivatePostgresError::prepare(path))?;
    }
    Ok(())
}

/// Whether this process runs as root.
pub(super) fn we_are_root() -> bool {
    our_user_id() == Some(ROOT)
}

/// The effective user of this process. The standard library cannot tell without unsafe code.
fn our_user_id() -> Option<u32> {
    static OUR_USER_ID: OnceLock<Option<u32>> = OnceLock::new();
    *OUR_USER_ID.get_or_init(|| id(&["-u"]))
}

fn nobody() -> Option<(u32, u32)> {
    Some((id(&["-u", "nobody"])?, id(&["-g", "nobody"])?))
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
