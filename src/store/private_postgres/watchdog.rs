//! The processes that end the server, and remove what was temporary, when this process is gone.
//!
//! Both wait for the end of a pipe, which the kernel delivers however the other side ended. They
//! have process groups of their own, so that Ctrl-C at a terminal reaches only this process.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use super::PrivatePostgresError;
use super::account::Account;

/// Runs a program and ends it when standard input ends: the parent is gone or wants the end.
///
/// The shell is the program's parent, so the process id stays valid until the shell has noticed
/// the program's end. Interrupt is PostgreSQL's fast shutdown; it is repeated because it may come
/// before the program listens to it. After 20 seconds follows quit, the shutdown that needs
/// recovery at the next start, and after 25 seconds kill.
///
/// Descriptors: 3 is the pipe, which the program must not see; 4 and 5 are what the program and all
/// its children shall hold open until they end (the server lock, the sweeper's pipe), which the
/// waiting part must not hold.
const WATCHDOG: &str = r#"
exec 3<&0 4>&1 5>&2 </dev/null >/dev/null 2>&1
trap '' HUP INT TERM
log=$1
shift
"$@" 3<&- >>"$log" 2>&1 &
program=$!
(
    exec 4>&- 5>&-
    while read -r _ <&3; do :; done
    seconds=0
    while [ "$seconds" -le 25 ]; do
        signal=INT
        [ "$seconds" -ge 20 ] && signal=QUIT
        [ "$seconds" -ge 25 ] && signal=KILL
        kill -s "$signal" "$program" || exit
        sleep 1 || exit
        seconds=$((seconds + 1))
    done
) &
waiting=$!
wait "$program"
status=$?
kill -s KILL "$waiting"
exit "$status"
"#;

/// Removes paths when the last holder of the pipe is gone.
const SWEEPER: &str = r#"
trap '' HUP INT TERM
while read -r _; do :; done
rm -rf -- "$@"
"#;

/// Longer than the watchdog takes for its last resort.
const STOP_SECONDS_MAX: u64 = 30;

/// Time between two looks at a process.
const POLL: Duration = Duration::from_millis(5);

/// A program that ends when this value is dropped or this process ends.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    lifeline: PipeWriter,
}

/// What the processes of a cluster hold open as long as they live.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    /// The lock of the data directory.
    pub(super) server_lock: &'a File,
    /// Whoever removes their files afterwards.
    pub(super) sweeper: Option<&'a Sweeper>,
}

impl Watchdog {
    /// Starts `program` under a watchdog, with its output going to `log`.
    pub(super) fn spawn(
        account: &Account,
        held: Held<'_>,
        log: &Path,
        program: &Path,
        arguments: &[OsString],
    ) -> Result<Self, PrivatePostgresError> {
        let spawned = || -> io::Result<Self> {
            let (reader, lifeline) = io::pipe()?;
            let swept = match held.sweeper {
                Some(sweeper) => Stdio::from(sweeper.pipe.try_clone()?),
                None => Stdio::null(),
            };
            let shell = account
                .command("/bin/sh")
                .args(["-c", WATCHDOG, "customer-value-watchdog"])
                .args([log, program])
                .args(arguments)
                .stdin(reader)
                .stdout(held.server_lock.try_clone()?)
                .stderr(swept)
                .process_group(0)
                .spawn()?;
            Ok(Self { shell, lifeline })
        };
        spawned().map_err(PrivatePostgresError::spawn("/bin/sh"))
    }

    /// How the program ended, if it did.
    pub(super) fn exited(&mut self) -> Option<ExitStatus> {
        self.shell.try_wait().ok().flatten()
    }

    /// Ends the program and waits for its end.
    pub(super) async fn end(self) -> Result<(), PrivatePostgresError> {
        let Self { shell, lifeline } = self;
        drop(lifeline);
        wait_for_end(shell).await
    }
}

/// Removes paths once this process and everybody who inherited the pipe are gone.
#[derive(Debug)]
pub(super) struct Sweeper {
    shell: Child,
    pipe: PipeWriter,
}

impl Sweeper {
    /// Starts a sweeper with our own rights, or none when there is nothing to remove.
    pub(super) fn for_paths(
        paths: &[PathBuf],
        account: &Account,
    ) -> Result<Option<Self>, PrivatePostgresError> {
        if paths.is_empty() {
            return Ok(None);
        }
        let spawned = || -> io::Result<Self> {
            let (reader, pipe): (PipeReader, PipeWriter) = io::pipe()?;
            let shell = account
                .own_command("/bin/sh")
                .args(["-c", SWEEPER, "customer-value-sweeper"])
                .args(paths)
                .stdin(reader)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()?;
            Ok(Self { shell, pipe })
        };
        spawned()
            .map(Some)
            .map_err(PrivatePostgresError::spawn("/bin/sh"))
    }

    /// Lets go and waits for the removal.
    pub(super) async fn end(self) -> Result<(), PrivatePostgresError> {
        let Self { shell, pipe } = self;
        drop(pipe);
        wait_for_end(shell).await
    }
}

async fn wait_for_end(mut shell: Child) -> Result<(), PrivatePostgresError> {
    let ended = async {
        while let Ok(None) = shell.try_wait() {
            tokio::time::sleep(POLL).await;
        }
    };
    let seconds_max = Duration::from_secs(STOP_SECONDS_MAX);
    tokio::time::timeout(seconds_max, ended)
        .await
        .map_err(|_elapsed| PrivatePostgresError::StopTimeout {
            waited_seconds: STOP_SECONDS_MAX,
        })
}
