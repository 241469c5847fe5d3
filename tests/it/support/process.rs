//! The real binary, as an operator runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::scratch::Scratch;

/// What the binary prints before its address.
const LISTENING: &str = "listening on ";

/// A server process on its private PostgreSQL.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: String,
    process: Child,
}

impl Server {
    /// Starts the binary on a data directory and waits until it listens.
    pub(crate) fn start(directory: &Path, scratch: &Scratch) -> Self {
        Self::start_with(directory, scratch, &[])
    }

    /// The same with variables in its environment.
    pub(crate) fn start_with(
        directory: &Path,
        scratch: &Scratch,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_customer-value"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory)
            .env_remove("DATABASE_URL")
            .envs(variables.iter().copied())
            .stdin(scratch.hold())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let address = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once(LISTENING)?.1.trim().to_owned()))
            .expect("the server tells where it listens");
        Self { address, process }
    }

    /// Ends it without asking.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        let pid = self.process.id().to_string();
        let asked = Command::new("/bin/sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &pid])
            .status();
        assert!(asked.unwrap().success());
    }

    /// Waits for its end, at most so long.
    pub(crate) fn ended_within(&mut self, bound: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < bound, "the server still runs");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already where all went well.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
