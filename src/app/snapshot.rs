//! Population snapshots with their cut points, kept in memory beside the other definitions.

use std::sync::{Arc, PoisonError};

use super::App;
use super::definitions::{Definitions, InForce};
use super::error::AppError;
use crate::engine::segment::CutPoints;
use crate::engine::segment::concentration::Concentration;
use crate::engine::time::Instant;
use crate::store::error::StoreError;
use crate::store::snapshot::{SegmentSum, StoredSnapshot};

/// Snapshots whose cut points are kept a tenant; beyond that they are read again.
pub(super) const KEPT_MAX: usize = 16;

/// A population snapshot: what it rests on, and what follows from its rows. It never changes.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What it rests on.
    pub stored: StoredSnapshot,
    /// Where segments begin.
    pub cuts: CutPoints,
    /// How unequally the value to date is spread.
    pub concentration: Concentration,
    /// Customers and value of every segment that is not empty, by scheme and segment.
    pub segments: Vec<SegmentSum>,
}

impl App {
    /// The snapshot in force: of those activated by `known_at`, the one with the newest effective
    /// time up to `as_of`; `None` without any. Of a tenant's snapshots only those asked for have
    /// their cut points in memory, and these never change.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn snapshot_in_force(
        &self,
        tenant_id: &str,
        definitions: &Definitions,
        as_of: Instant,
        known_at: Instant,
    ) -> Result<Option<(Arc<Snapshot>, InForce)>, AppError> {
        let Some((stored, in_force)) = definitions.stored_snapshot_in_force(as_of, known_at) else {
            return Ok(None);
        };
        let snapshot = self.snapshot(tenant_id, definitions, stored).await?;
        Ok(Some((snapshot, in_force)))
    }

    /// The newest snapshot of an instant up to `as_of` that was recorded by `known_at`, in force or not;
    /// `None` without any.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn snapshot_newest(
        &self,
        tenant_id: &str,
        definitions: &Definitions,
        as_of: Instant,
        known_at: Instant,
    ) -> Result<Option<(Arc<Snapshot>, InForce)>, AppError> {
        let Some((stored, newest)) = definitions.stored_snapshot_newest(as_of, known_at) else {
            return Ok(None);
        };
        let snapshot = self.snapshot(tenant_id, definitions, stored).await?;
        Ok(Some((snapshot, newest)))
    }

    /// The snapshot of a name; without one that in force now.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownSnapshot`], [`AppError::NoSnapshot`] when none is in force, and what the
    /// store says.
    pub async fn snapshot_asked(
        &self,
        tenant_id: &str,
        definitions: &Definitions,
        name: Option<&str>,
    ) -> Result<Arc<Snapshot>, AppError> {
        match name {
            Some(name) => {
                let stored =
                    definitions
                        .snapshot_named(name)
                        .ok_or_else(|| AppError::UnknownSnapshot {
                            name: name.to_owned(),
                        })?;
                self.snapshot(tenant_id, definitions, stored).await
            }
            None => {
                let now = self.clock.now();
                let in_force = self
                    .snapshot_in_force(tenant_id, definitions, now, Instant::LATEST)
                    .await?;
                Ok(in_force.ok_or(AppError::NoSnapshot)?.0)
            }
        }
    }

    /// A stored snapshot with its cut points.
    async fn snapshot(
        &self,
        tenant_id: &str,
        definitions: &Definitions,
        stored: &StoredSnapshot,
    ) -> Result<Arc<Snapshot>, AppError> {
        let kept = || {
            let kept = &definitions.snapshots;
            kept.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let found = kept().get(&stored.number).cloned();
        if let Some(found) = found {
            return Ok(found);
        }
        let detail = self.store.snapshot_detail(tenant_id, stored.number).await?;
        let detail = detail.ok_or(StoreError::Corrupt {
            entity: "population snapshot",
        })?;
        let snapshot = Arc::new(Snapshot {
            stored: stored.clone(),
            cuts: CutPoints {
                distributions: detail.distributions,
                abc: detail.abc,
                has_models: stored.has_models(),
            },
            concentration: detail.concentration,
            segments: detail.segments,
        });
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(stored.number, snapshot.clone());
        Ok(snapshot)
    }
}
