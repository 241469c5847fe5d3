//! What the system's own variables say.

use std::ffi::OsString;
use std::path::PathBuf;

/// Variables that other programs set and that have no flag.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Where programs are looked for: `PATH`.
    pub search_path: OsString,
    /// The user's directory: `HOME`.
    pub home: Option<PathBuf>,
    /// Where the user's programs keep data: `XDG_DATA_HOME`.
    pub xdg_data_home: Option<PathBuf>,
    /// Where files go that live as long as a command: `TMPDIR`, else the system's.
    pub temporary: PathBuf,
}

impl Environment {
    /// Reads them.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    pub fn read() -> Self {
        let path = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        Self {
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            home: path("HOME"),
            xdg_data_home: path("XDG_DATA_HOME"),
            temporary: std::env::temp_dir(),
        }
    }
}
