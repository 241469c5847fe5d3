//! Answers kept for a moment: dashboards ask again and again, and each answer reads all histories.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Tracking, Weeks};

/// How long an answer serves others who ask the same.
const FRESH: Duration = Duration::from_secs(30);
/// Answers kept; beyond that all are forgotten.
const KEPT_MAX: usize = 256;

/// Tenant, model, weeks.
type Key = (String, String, Weeks);

/// The answers kept.
#[derive(Debug, Default)]
pub(in crate::app) struct KeptTrackings(StdMutex<BTreeMap<Key, Arc<Mutex<Kept>>>>);

/// One of them.
#[derive(Debug, Default)]
pub(super) struct Kept(Option<(Instant, Arc<Tracking>)>);

impl KeptTrackings {
    /// The place of an answer.
    pub(super) fn slot(&self, key: Key) -> Arc<Mutex<Kept>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= KEPT_MAX && !slots.contains_key(&key) {
            slots.clear();
        }
        slots.entry(key).or_default().clone()
    }
}

impl Kept {
    /// The answer, if it is not too old.
    pub(super) fn fresh(&self) -> Option<Arc<Tracking>> {
        let (computed, tracking) = self.0.as_ref()?;
        (computed.elapsed() < FRESH).then(|| tracking.clone())
    }

    pub(super) fn keep(&mut self, tracking: Arc<Tracking>) {
        self.0 = Some((Instant::now(), tracking));
    }
}
