//! Commands of the real binary.

use std::path::Path;
use std::process::{Command, Stdio};

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Runs a command to its end, in a directory.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_customer-value"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: ran.status.code(),
        output: String::from_utf8(ran.stdout).unwrap(),
        errors: String::from_utf8(ran.stderr).unwrap(),
    }
}
