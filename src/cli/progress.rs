//! Tells on standard error what takes longer than a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// After this long a person wants to know.
const PATIENCE: Duration = Duration::from_secs(1);

/// A step that may take a while; said once it does, and every second from then on if its detail
/// changes.
#[derive(Debug)]
pub struct Step {
    detail: Arc<Mutex<String>>,
    teller: tokio::task::JoinHandle<()>,
}

impl Step {
    /// Begins a step.
    #[must_use]
    pub fn begin(title: impl Into<String>) -> Self {
        let title = title.into();
        let detail = Arc::new(Mutex::new(String::new()));
        let watched = Arc::clone(&detail);
        let teller = tokio::spawn(async move {
            let mut told: Option<String> = None;
            loop {
                tokio::time::sleep(PATIENCE).await;
                let detail = watched
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                if told.as_ref() != Some(&detail) {
                    let colon = if detail.is_empty() { "" } else { ": " };
                    eprintln!("{title}{colon}{detail}");
                    told = Some(detail);
                }
            }
        });
        Self { detail, teller }
    }

    /// How far it is.
    pub fn tell(&self, detail: impl Into<String>) {
        *self.detail.lock().unwrap_or_else(PoisonError::into_inner) = detail.into();
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.teller.abort();
    }
}
