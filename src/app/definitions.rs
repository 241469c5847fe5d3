//! Definitions in force, kept in memory for the epoch they were read at.

mod policies;
mod referral;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::App;
use super::error::AppError;
use super::snapshot::Snapshot;
use crate::engine::family::Family;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::interval::SpendIntervals;
use crate::engine::outlook::{PurchaseOutlook, square};
use crate::engine::policy::Policy;
use crate::engine::purchase_scorer::PurchaseScorer;
use crate::engine::referral::Newcomers;
use crate::engine::score::{SpendModel, prepare};
use crate::engine::time::Instant;
use crate::store::activation::StoredActivation;
use crate::store::definitions::StoredDefinitions;
use crate::store::error::StoreError;
use crate::store::instrument::StoredInstrument;
use crate::store::model::StoredModel;
use crate::store::snapshot::{SNAPSHOT_SLOT, StoredSnapshot};
pub use policies::PolicyInForce;
pub(super) use policies::unknown_policy;

/// Tenants whose definitions are kept in memory; beyond that they are read again.
const TENANTS_MAX: usize = 1_000;
/// Prepared purchase models kept a tenant: one a horizon asked for.
const PREPARED_MAX: usize = 32;
/// Outlooks kept a tenant, likewise; each may grow to two megabytes of tables.
const OUTLOOKS_MAX: usize = 8;

/// A definition in force: its name and when its activation was recorded (of a snapshot that needs none,
/// when it was itself).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The definition's name.
    pub name: String,
    /// When that was recorded.
    pub recorded_at: Instant,
}

impl InForce {
    fn by(activation: &StoredActivation) -> Self {
        Self {
            name: model_name(&activation.family, activation.number),
            recorded_at: activation.recorded_at,
        }
    }
}

/// Family and number of the model, days to look ahead, policy version.
type PreparedKey = (Family, i32, i32, String);

/// A tenant's definitions at one epoch.
#[derive(Debug, Default)]
pub struct Definitions {
    stored: StoredDefinitions,
    policies: BTreeMap<String, Arc<Policy>>,
    prepared: Mutex<BTreeMap<PreparedKey, Arc<PurchaseScorer>>>,
    newcomers: Mutex<BTreeMap<PreparedKey, Newcomers>>,
    outlooks: Mutex<BTreeMap<PreparedKey, Arc<PurchaseOutlook>>>,
    /// By the number of the spend model; a tenant has few.
    spend_intervals: Mutex<BTreeMap<i32, Option<SpendIntervals>>>,
    pub(super) snapshots: Mutex<BTreeMap<i32, Arc<Snapshot>>>,
}

/// The name of a stored model, snapshot or policy.
#[must_use]
pub fn model_name(family: &str, number: i32) -> String {
    format!("{family}/{number}")
}

impl Definitions {
    /// Models, oldest first.
    #[must_use]
    pub fn models(&self) -> &[StoredModel] {
        &self.stored.models
    }

    /// The model of a name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&StoredModel> {
        self.stored
            .models
            .iter()
            .find(|model| model_name(&model.family, model.number) == name)
    }

    /// Versions of instruments, by id and version.
    #[must_use]
    pub fn instruments(&self) -> &[StoredInstrument] {
        &self.stored.instruments
    }

    /// A version of an instrument, recorded by `known_at`; without a number the newest.
    #[must_use]
    pub fn instrument(
        &self,
        instrument_id: &str,
        version: Option<i32>,
        known_at: Instant,
    ) -> Option<&StoredInstrument> {
        let mut instruments = self.stored.instruments.iter();
        instruments.rfind(|stored| {
            stored.instrument_id == instrument_id
                && version.is_none_or(|version| stored.version == version)
                && stored.recorded_at <= known_at
        })
    }

    /// Population snapshots, oldest first.
    #[must_use]
    pub fn snapshots(&self) -> &[StoredSnapshot] {
        &self.stored.snapshots
    }

    /// The snapshot of a name.
    #[must_use]
    pub fn snapshot_named(&self, name: &str) -> Option<&StoredSnapshot> {
        let mut snapshots = self.stored.snapshots.iter();
        snapshots.find(|snapshot| snapshot.name() == name)
    }

    /// Activations of a definition by when they take effect, each with the instant another takes
    /// over.
    #[must_use]
    pub fn activations(
        &self,
        family: &str,
        number: i32,
    ) -> Vec<(&StoredActivation, Option<Instant>)> {
        let of_definition = |activation: &&StoredActivation| {
            activation.family == family && activation.number == number
        };
        let until = |activation: &StoredActivation| {
            self.stored
                .activations
                .iter()
                .filter(|other| other.slot == activation.slot)
                .filter(|other| {
                    (other.effective_at, other.recorded_at)
                        > (activation.effective_at, activation.recorded_at)
                })
                .map(|other| other.effective_at)
                .min()
        };
        self.stored
            .activations
            .iter()
            .filter(of_definition)
            .map(|activation| (activation, until(activation)))
            .collect()
    }

    /// The activation of a definition that takes effect at an instant, and when another takes over.
    #[must_use]
    pub fn activation_at(
        &self,
        family: &str,
        number: i32,
        effective_at: Instant,
    ) -> Option<(&StoredActivation, Option<Instant>)> {
        self.activations(family, number)
            .into_iter()
            .filter(|(activation, _)| activation.effective_at == effective_at)
            .max_by_key(|(activation, _)| activation.recorded_at)
    }

    /// The activation that holds in a slot: newest effective at `as_of`, recorded by `known_at`.
    fn holding(&self, slot: &str, as_of: Instant, known_at: Instant) -> Option<&StoredActivation> {
        self.stored
            .activations
            .iter()
            .filter(|activation| activation.slot == slot)
            .filter(|activation| activation.effective_at <= as_of)
            .filter(|activation| activation.recorded_at <= known_at)
            .max_by_key(|activation| (activation.effective_at, activation.recorded_at))
    }

    /// The model in force in a slot.
    pub(super) fn model_in_force(
        &self,
        slot: &str,
        as_of: Instant,
        known_at: Instant,
    ) -> Option<(&StoredModel, InForce)> {
        let activation = self.holding(slot, as_of, known_at)?;
        let mut models = self.stored.models.iter();
        let model = models
            .find(|model| model.number == activation.number && model.family == activation.family)?;
        Some((model, InForce::by(activation)))
    }

    /// Snapshots that were in force by `as_of`, as known at `known_at`: each with the instant from
    /// which on it was, in order.
    pub(super) fn snapshots_in_force(
        &self,
        as_of: Instant,
        known_at: Instant,
    ) -> Vec<(Instant, &StoredSnapshot, InForce)> {
        let activations = self.stored.activations.iter();
        let beginnings: BTreeSet<Instant> = activations
            .filter(|activation| activation.slot == SNAPSHOT_SLOT)
            .filter(|activation| activation.effective_at <= as_of)
            .filter(|activation| activation.recorded_at <= known_at)
            .map(|activation| activation.effective_at)
            .collect();
        beginnings
            .into_iter()
            .filter_map(|from| {
                let (snapshot, in_force) = self.stored_snapshot_in_force(from, known_at)?;
                Some((from, snapshot, in_force))
            })
            .collect()
    }

    /// The snapshot in force, without its cut points; [`App::snapshot_in_force`] has them.
    pub(super) fn stored_snapshot_in_force(
        &self,
        as_of: Instant,
        known_at: Instant,
    ) -> Option<(&StoredSnapshot, InForce)> {
        let in_force = InForce::by(self.holding(SNAPSHOT_SLOT, as_of, known_at)?);
        Some((self.snapshot_named(&in_force.name)?, in_force))
    }

    /// The newest snapshot: of those recorded by `known_at` the one of the latest instant up to
    /// `as_of`, whether it was ever activated or not. It is known from its own recording on.
    pub(super) fn stored_snapshot_newest(
        &self,
        as_of: Instant,
        known_at: Instant,
    ) -> Option<(&StoredSnapshot, InForce)> {
        let snapshots = self.stored.snapshots.iter();
        let newest = snapshots
            .filter(|snapshot| snapshot.basis.as_of <= as_of && snapshot.recorded_at <= known_at)
            .max_by_key(|snapshot| (snapshot.basis.as_of, snapshot.number))?;
        let in_force = InForce {
            name: newest.name(),
            recorded_at: newest.recorded_at,
        };
        Some((newest, in_force))
    }

    /// The purchase model in force, prepared for a horizon.
    #[must_use]
    pub fn purchase_model(
        &self,
        as_of: Instant,
        known_at: Instant,
        horizon_days: i32,
        policy: &Policy,
    ) -> Option<(Arc<PurchaseScorer>, InForce)> {
        let (model, in_force) = self.model_in_force("purchase", as_of, known_at)?;
        let family = Family::named(&model.family)?;
        let key = (
            family,
            model.number,
            horizon_days,
            policy.version.to_string(),
        );
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scorer) = prepared.get(&key) {
            return Some((scorer.clone(), in_force));
        }
        let model = family.purchase_model(&model.fitted.parameters)?;
        let scorer = Arc::new(prepare(model, horizon_days, policy).ok()?);
        if prepared.len() >= PREPARED_MAX {
            prepared.clear();
        }
        prepared.insert(key, scorer.clone());
        Some((scorer, in_force))
    }

    /// The purchase model in force with its uncertainty, for a horizon.
    pub(super) fn purchase_outlook(
        &self,
        as_of: Instant,
        known_at: Instant,
        horizon_days: i32,
        policy: &Policy,
    ) -> Option<Arc<PurchaseOutlook>> {
        let (stored, _) = self.model_in_force("purchase", as_of, known_at)?;
        let family = Family::named(&stored.family)?;
        let version = policy.version.to_string();
        let key = (family, stored.number, horizon_days, version);
        let mut outlooks = self.outlooks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outlook) = outlooks.get(&key) {
            return Some(outlook.clone());
        }
        let model = family.purchase_model(&stored.fitted.parameters)?;
        let covariance = stored.fitted.log_parameter_covariance.as_deref();
        let outlook = PurchaseOutlook::new(model, covariance, horizon_days, policy);
        if outlooks.len() >= OUTLOOKS_MAX {
            outlooks.clear();
        }
        let outlook = Arc::new(outlook);
        outlooks.insert(key, outlook.clone());
        Some(outlook)
    }

    /// The uncertainty of the spend model in force, where it is known.
    pub(super) fn spend_intervals(
        &self,
        as_of: Instant,
        known_at: Instant,
    ) -> Option<SpendIntervals> {
        let (stored, _) = self.model_in_force("spend", as_of, known_at)?;
        let mut kept = self
            .spend_intervals
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept.entry(stored.number).or_insert_with(|| {
            let covariance = square(stored.fitted.log_parameter_covariance.as_deref()?)?;
            let &[p, q, gamma] = stored.fitted.parameters.as_slice() else {
                return None;
            };
            SpendIntervals::new(GammaGamma::new(p, q, gamma).ok()?, &covariance).ok()
        })
    }

    /// The spend model in force.
    #[must_use]
    pub fn spend_model(&self, as_of: Instant, known_at: Instant) -> Option<(SpendModel, InForce)> {
        let (stored, in_force) = self.model_in_force("spend", as_of, known_at)?;
        let &[p, q, gamma] = stored.fitted.parameters.as_slice() else {
            return None;
        };
        let model = SpendModel {
            model: GammaGamma::new(p, q, gamma).ok()?,
            net_revenue: stored.fitted.net_revenue,
            cost_of_goods: stored.fitted.cost_of_goods,
            net_revenue_without_cost_of_goods: stored.fitted.net_revenue_without_cost_of_goods,
        };
        Some((model, in_force))
    }
}

impl App {
    /// The tenant's definitions as they were read last, which may be long ago.
    fn definitions_kept(&self, tenant_id: &str) -> Option<Arc<Definitions>> {
        let definitions = self.definitions.read();
        let definitions = definitions.unwrap_or_else(PoisonError::into_inner);
        definitions.get(tenant_id).cloned()
    }

    /// The tenant's definitions at an epoch, read again only when it has moved.
    pub(crate) async fn definitions_at(
        &self,
        tenant_id: &str,
        epoch: i64,
    ) -> Result<Arc<Definitions>, StoreError> {
        let kept = self.definitions_kept(tenant_id);
        if let Some(kept) = kept.filter(|kept| kept.stored.epoch >= epoch) {
            return Ok(kept);
        }
        let stored = self.store.definitions(tenant_id).await?;
        let read = Arc::new(Definitions {
            policies: policies::by_name(&stored.policies),
            stored,
            prepared: Mutex::default(),
            newcomers: Mutex::default(),
            outlooks: Mutex::default(),
            spend_intervals: Mutex::default(),
            snapshots: Mutex::default(),
        });
        let mut definitions = self
            .definitions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if definitions.len() >= TENANTS_MAX && !definitions.contains_key(tenant_id) {
            *definitions = HashMap::new();
        }
        definitions.insert(tenant_id.to_owned(), read.clone());
        Ok(read)
    }

    /// The tenant's definitions as they are now.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn definitions(&self, tenant_id: &str) -> Result<Arc<Definitions>, AppError> {
        let epoch = self.store.definition_epoch(tenant_id).await?;
        Ok(self.definitions_at(tenant_id, epoch).await?)
    }
}
