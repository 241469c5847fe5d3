//! Commands of the real binary.

use std::path::Path;
use std::process::{Command, Stdio};

use super::app::TestApp;
use super::scratch::Scratch;

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

/// Runs a client command to its end against a service, in the name of the tenant most tests need.
pub(crate) async fn ask(app: &TestApp, arguments: &'static [&'static str]) -> Ran {
    let scratch = Scratch::new();
    let server = app.address.clone();
    let run_it = move || {
        let mut all = arguments.to_vec();
        all.extend(["--server", &server, "--tenant", "acme"]);
        run(&scratch.directory, &all)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}
