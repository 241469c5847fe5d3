//! Directories of tests, with short names that root's unprivileged server user can enter, too.

use std::io::{BufRead as _, BufReader, PipeWriter};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes a directory, names it, and removes it when standard input ends.
///
/// The shell makes the directory itself, so that no moment is left in which a killed test leaves
/// it. A server of a killed test may still be leaving, hence the tries.
const SWEEPER: &str = r#"
trap '' HUP INT TERM
directory=$(mktemp -d /tmp/customer-value-test.XXXXXX) || exit
chmod 755 "$directory"
echo "$directory"
while read -r _; do :; done
tries=0
until rm -rf -- "$directory" || [ "$tries" -ge 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
"#;

/// A fresh directory that is removed at the end of its test, also when the test is killed.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) directory: PathBuf,
    sweeper: Child,
    pipe: Option<PipeWriter>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let (reader, pipe) = std::io::pipe().unwrap();
        let mut sweeper = Command::new("/bin/sh")
            .args(["-c", SWEEPER])
            .stdin(reader)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the shell starts");
        let mut line = String::new();
        let mut output = BufReader::new(sweeper.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        Self {
            directory: PathBuf::from(line.trim_end()),
            sweeper,
            pipe: Some(pipe),
        }
    }

    /// Keeps the directory until the process that holds this has ended.
    pub(crate) fn hold(&self) -> PipeWriter {
        self.pipe.as_ref().unwrap().try_clone().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Whatever it could not remove is no reason to fail a test that passed.
        let _ = self.sweeper.wait();
    }
}

/// A path with nothing there, for a server that makes and removes its directory.
pub(crate) fn fresh_path() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("customer-value-test-{}-{number}", std::process::id());
        let path = Path::new("/tmp").join(name);
        if !path.exists() {
            return path;
        }
    }
}
