//! Takes a population snapshot: measures every customer, finds the cut points, and notes everybody's
//! segments. Its parts, in the order of the work:
//!
//! - `rows`: the passes over the customers, bucket by bucket, each chunk in a transaction of its own;
//! - `cuts`: cut points, out of the measures as PostgreSQL sorts them.
//!
//! Everything is read by one view, the facts that had happened by `as_of` as they were known at
//! `known_at`, and that instant is settled before: whatever is recorded meanwhile changes nothing, and
//! the same take gives the same snapshot again. Nothing grows with the population but the rows in the
//! store. They count once the snapshot's definition names them, which is the last thing written.

mod cuts;
mod rows;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::App;
use super::error::AppError;
use super::progress::{Progress, Teller};
use crate::engine::policy::Policy;
use crate::engine::purchase_scorer::PurchaseScorer;
use crate::engine::score::{ENGINE_VERSION, Models, SpendModel};
use crate::engine::segment::CutPoints;
use crate::engine::time::Instant;
use crate::store::error::StoreError;
use crate::store::past::View;
use crate::store::pool::Store;
use crate::store::population::take::{population_take_end_in_tx, population_take_move_in_tx};
use crate::store::snapshot::{
    Inserted, SnapshotBasis, SnapshotDetail, StoredSnapshot, TakenSnapshot, snapshot_insert_in_tx,
};
use crate::store::tenant::Tenant;
use rows::Segmented;

/// What to take a snapshot of.
#[derive(Clone, Copy, Debug)]
pub struct TakeQuery {
    /// For which instant; `None` for now, or the newest fact if that is later.
    pub as_of: Option<Instant>,
    /// As known at which instant; `None` for the database's clock.
    pub known_at: Option<Instant>,
}

/// A take under way. Its rows go with it unless a snapshot names them.
struct Take<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    policy: Arc<Policy>,
    view: View,
    purchase_model: Option<Arc<PurchaseScorer>>,
    spend_model: Option<SpendModel>,
    take_id: String,
    guard: Guard,
}

/// Removes what a take has written when it ends without a snapshot, a caller who went away included.
struct Guard {
    store: Store,
    tenant_id: String,
    take_id: Option<String>,
}

impl Guard {
    /// Begins a take. In a task of its own: of a caller who goes away meanwhile the task drops the
    /// guard.
    async fn begin(store: &Store, tenant_id: &str) -> Result<(String, Self), StoreError> {
        let (store, tenant_id) = (store.clone(), tenant_id.to_owned());
        let begun = tokio::spawn(async move {
            let take_id = store.population_take_begin(&tenant_id).await?;
            let guard = Self {
                store,
                tenant_id,
                take_id: Some(take_id.clone()),
            };
            Ok((take_id, guard))
        });
        begun.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// Removes the take and its rows now.
    async fn discard(mut self) -> Result<(), StoreError> {
        if let Some(take_id) = &self.take_id {
            self.store
                .population_take_discard(&self.tenant_id, take_id)
                .await?;
        }
        self.take_id = None;
        Ok(())
    }

    /// Leaves the rows to the snapshot that names them.
    fn keep(mut self) {
        self.take_id = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (Some(take_id), Ok(runtime)) =
            (self.take_id.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (store, tenant_id) = (self.store.clone(), std::mem::take(&mut self.tenant_id));
        runtime.spawn(async move {
            let outcome = store.population_take_discard(&tenant_id, &take_id).await;
            if let Err(error) = outcome {
                // The next take of the tenant finds it.
                tracing::warn!(take.id = take_id, %error, "an abandoned take is left for later");
            }
        });
    }
}

impl App {
    /// Takes a snapshot and stores it, or answers the equal one that is stored. `progress` is told
    /// how far the work is and says whether to go on.
    ///
    /// # Errors
    ///
    /// [`AppError::NobodyToMeasure`], [`AppError::PolicyWithoutSegments`], [`AppError::Invalid`] for a
    /// `known_at` in the future, [`AppError::StillSettling`], and what the store says. `None` when `progress` said to stop.
    pub async fn take_snapshot(
        &self,
        tenant_id: &str,
        query: TakeQuery,
        progress: Teller<'_>,
    ) -> Result<Option<StoredSnapshot>, AppError> {
        let tenant = self.tenant(tenant_id).await?;
        let tenant = tenant.ok_or(AppError::NobodyToMeasure)?;
        let known_at = match query.known_at {
            Some(known_at) => known_at,
            None => self.store.database_now().await?,
        };
        self.wait_until_settled(known_at).await?;
        let as_of = match query.as_of {
            Some(as_of) => as_of,
            None => {
                let newest = self.store.newest_fact_at(tenant_id).await?;
                let now = self.clock.now();
                newest.map_or(now, |newest| newest.max(now))
            }
        };
        let definitions = self.definitions(tenant_id).await?;
        let policy = definitions.policy_in_force(as_of, known_at).policy;
        if policy.segmentation.is_none() {
            return Err(AppError::PolicyWithoutSegments {
                version: policy.version.to_string(),
            });
        }
        let purchase = definitions.purchase_model(as_of, known_at, policy.horizon_days, &policy);
        let spend = definitions.spend_model(as_of, known_at);
        let purchase_name = purchase.as_ref().map(|(_, in_force)| in_force.name.clone());
        let spend_name = spend.as_ref().map(|(_, in_force)| in_force.name.clone());
        let basis = SnapshotBasis {
            as_of,
            known_at,
            policy_version: policy.version.to_string(),
            model_versions: purchase_name.into_iter().chain(spend_name).collect(),
            engine_version: ENGINE_VERSION.to_owned(),
        };
        let mut stored = definitions.snapshots().iter();
        if let Some(stored) = stored.find(|stored| stored.basis == basis) {
            return Ok(Some(stored.clone()));
        }
        self.discard_abandoned(tenant_id).await?;
        let (take_id, guard) = Guard::begin(&self.store, tenant_id).await?;
        let take = Take {
            app: self,
            tenant: &tenant,
            policy,
            view: View { as_of, known_at },
            purchase_model: purchase.map(|(model, _)| model),
            spend_model: spend.map(|(model, _)| model),
            guard,
            take_id,
        };
        take.run(basis, progress).await
    }

    /// Removes takes that nobody goes on with. One that cannot be removed is left to the next take and
    /// keeps nobody from theirs.
    async fn discard_abandoned(&self, tenant_id: &str) -> Result<(), AppError> {
        for take_id in self.store.population_takes_abandoned(tenant_id).await? {
            let outcome = self
                .store
                .population_take_discard(tenant_id, &take_id)
                .await;
            if let Err(error) = outcome {
                tracing::warn!(take.id = take_id, %error, "an abandoned take is left for later");
            }
        }
        Ok(())
    }
}

impl Take<'_> {
    fn models(&self) -> Models<'_> {
        Models {
            purchase: self.purchase_model.as_deref(),
            spend: self.spend_model.as_ref(),
        }
    }

    fn has_models(&self) -> bool {
        self.purchase_model.is_some() && self.spend_model.is_some()
    }

    async fn run(
        self,
        basis: SnapshotBasis,
        progress: Teller<'_>,
    ) -> Result<Option<StoredSnapshot>, AppError> {
        let Some(measured) = self.measure(progress).await? else {
            return Ok(None);
        };
        if measured.customers == 0 {
            self.guard.discard().await?;
            return Err(AppError::NobodyToMeasure);
        }
        let found = self.cut_points(&measured, progress).await?;
        let Some((cuts, concentration)) = found else {
            return Ok(None);
        };
        let Some(segmented) = self.segment(&cuts, progress).await? else {
            return Ok(None);
        };
        let fingerprint = fingerprint(&basis, &cuts, &segmented);
        let taken = Arc::new(TakenSnapshot {
            take_id: self.take_id.clone(),
            fingerprint,
            basis,
            customers: measured.customers,
            detail: SnapshotDetail {
                distributions: cuts.distributions,
                abc: cuts.abc,
                concentration,
                segments: segmented.sums(),
            },
        });
        let last = Progress {
            step: "storing the snapshot",
            done_share: 1.0,
            customers: measured.customers,
        };
        if !progress(last) {
            return Ok(None);
        }
        self.store(taken).await.map(Some)
    }

    /// Stores the definition, or removes the rows when an equal one is stored.
    async fn store(self, taken: Arc<TakenSnapshot>) -> Result<StoredSnapshot, AppError> {
        let tenant_id = self.tenant.tenant_id.clone();
        let stored = self
            .app
            .store
            .run_tx("take_snapshot", move |connection| {
                let (tenant_id, taken) = (tenant_id.clone(), taken.clone());
                Box::pin(async move {
                    let stored = snapshot_insert_in_tx(connection, &tenant_id, &taken).await?;
                    match stored.ok_or(AppError::NobodyToMeasure)? {
                        Inserted::New(stored) => {
                            let take_id = &taken.take_id;
                            take_go_on_in_tx(connection, &tenant_id, take_id).await?;
                            population_take_end_in_tx(connection, &tenant_id, take_id).await?;
                            Ok::<_, AppError>(stored)
                        }
                        Inserted::Equal(stored) => Ok(stored),
                    }
                })
            })
            .await?;
        if stored.take_id == self.take_id {
            self.guard.keep();
        } else {
            self.guard.discard().await?;
        }
        Ok(stored)
    }

    /// Notes that the take goes on.
    async fn go_on(&self) -> Result<(), AppError> {
        let (tenant_id, take_id) = (self.tenant.tenant_id.clone(), self.take_id.clone());
        self.app
            .store
            .run_tx("take_snapshot", move |connection| {
                let (tenant_id, take_id) = (tenant_id.clone(), take_id.clone());
                Box::pin(async move { take_go_on_in_tx(connection, &tenant_id, &take_id).await })
            })
            .await
    }
}

/// Notes that a take goes on, so that nobody removes it before the transaction ends.
async fn take_go_on_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    take_id: &str,
) -> Result<(), AppError> {
    if population_take_move_in_tx(connection, tenant_id, take_id).await? {
        Ok(())
    } else {
        Err(AppError::TakeAbandoned)
    }
}

/// Hash of everything that makes a snapshot: `known_at` does not, as long as it makes no difference.
fn fingerprint(basis: &SnapshotBasis, cuts: &CutPoints, segmented: &Segmented) -> Vec<u8> {
    let mut hash = Sha256::new()
        .chain_update(basis.as_of.as_micros().to_be_bytes())
        .chain_update(segmented.rows_hash());
    let versions = [&basis.policy_version, &basis.engine_version];
    for name in versions.into_iter().chain(&basis.model_versions) {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
    }
    for (axis, distribution) in &cuts.distributions {
        hash.update((axis.index() as u64).to_be_bytes());
        hash.update(distribution.count.to_be_bytes());
        for point in distribution.percentiles {
            hash.update(point.to_be_bytes());
        }
    }
    for cut in [cuts.abc.a_at_least, cuts.abc.b_at_least] {
        hash.update([u8::from(cut.is_some())]);
        hash.update(cut.unwrap_or_default().to_be_bytes());
    }
    hash.finalize().to_vec()
}
