//! The end that a person or the system asks for.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for SIGTERM and Ctrl-C from its creation on.
#[derive(Debug)]
pub struct EndRequest {
    terminate: Signal,
    interrupt: Signal,
}

impl EndRequest {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn listen() -> anyhow::Result<Self> {
        let refused = "cannot listen for signals";
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context(refused)?,
            interrupt: signal(SignalKind::interrupt()).context(refused)?,
        })
    }

    /// Waits for either.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
