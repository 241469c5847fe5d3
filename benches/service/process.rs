//! Server processes and what the system says of them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A directory that goes with the measurement, short enough for sockets.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let path = PathBuf::from(format!("/tmp/cv-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("scratch directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A server process that has said where it listens.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// The service on a data directory.
    pub(crate) fn service(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_customer-value"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory);
        Self::spawn(&mut command)
    }

    /// A bare tonic server that answers what it is asked.
    pub(crate) fn echo() -> Self {
        let program = std::env::current_exe().expect("own path");
        Self::spawn(Command::new(program).arg("echo-server"))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped())
            .spawn()
            .expect("server process");
        let output = child.stdout.take().expect("standard output");
        let line = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("listening on "))
            .expect("server says where it listens");
        let address = line
            .split("listening on ")
            .last()
            .expect("address")
            .to_owned();
        Self { child, address }
    }

    /// Seconds of CPU the process has used, by user and system.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("stat");
        let after_name = stat.rsplit(')').next().expect("fields");
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 =
            fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime");
        // USER_HZ is 100 on every Linux that runs this.
        ticks as f64 / 100.0
    }

    /// Resident memory of the process.
    pub(crate) fn memory_mb(&self) -> f64 {
        self.status_mb("VmRSS")
    }

    /// The most memory that was ever resident.
    pub(crate) fn peak_memory_mb(&self) -> f64 {
        self.status_mb("VmHWM")
    }

    fn status_mb(&self, field: &str) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("status");
        let line = status
            .lines()
            .find(|line| line.starts_with(field))
            .expect("field");
        let kilobytes: f64 = line
            .split_whitespace()
            .nth(1)
            .and_then(|text| text.parse().ok())
            .expect("kB");
        kilobytes / 1_024.0
    }

    /// Ends the process as an orchestrator would.
    pub(crate) fn stop(mut self) {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill");
        self.child.wait().expect("server ends");
    }
}
