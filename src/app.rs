//! Use cases: load, compute, store. The only place that knows both the engine and the store.

mod activate;
pub mod activate_model;
pub mod activate_policy;
pub mod activate_snapshot;
mod blocking;
pub mod complaint;
pub mod define_instrument;
pub mod define_policy;
pub mod definitions;
pub mod describe_segmentation;
pub mod error;
pub mod evaluate_model;
mod everybody;
pub mod fit_best_model;
pub mod fit_model;
pub mod get_customer;
pub mod import_model;
pub mod list_complaints;
pub mod measures;
pub mod move_complaint;
pub mod progress;
mod purchase_model;
pub mod record_complaint;
pub mod record_facts;
pub mod record_responses;
pub mod satisfaction_index;
pub mod score_customer;
pub mod score_customers;
pub mod segment;
pub mod segment_members;
pub mod snapshot;
pub mod take_snapshot;
pub mod track_model;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::clock::Clock;
use crate::engine::time::{Instant, Zone};
use crate::store::error::StoreError;
use crate::store::pool::Store;
use crate::store::tenant::Tenant;
use definitions::Definitions;
use track_model::KeptTrackings;

/// How far in the future an instant may lie: clock skew between machines.
pub const SKEW_MICROS_MAX: i64 = 5 * 60 * 1_000_000;

/// Tenants kept in memory; beyond that they are read again.
const TENANTS_MAX: usize = 10_000;

/// What the use cases are set to.
#[derive(Clone, Debug)]
pub struct AppSettings {
    /// Time zone of tenants whose first fact is yet to come.
    pub time_zone: Zone,
}

/// The use cases and what they share.
#[derive(Debug)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) settings: AppSettings,
    tenants: RwLock<HashMap<String, Tenant>>,
    definitions: RwLock<HashMap<String, Arc<Definitions>>>,
    trackings: KeptTrackings,
}

impl App {
    /// Use cases on a store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, settings: AppSettings) -> Self {
        Self {
            store,
            clock,
            settings,
            tenants: RwLock::default(),
            definitions: RwLock::default(),
            trackings: KeptTrackings::default(),
        }
    }

    /// The latest instant a fact, or an `as_of`, may lie at.
    #[must_use]
    pub fn latest_instant(&self) -> Instant {
        self.clock.now().plus_micros(SKEW_MICROS_MAX)
    }

    /// The tenant of an id, if it has any fact. What is settled about it never changes, so it is kept.
    pub(crate) async fn tenant(&self, tenant_id: &str) -> Result<Option<Tenant>, StoreError> {
        let kept = {
            let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
            tenants.get(tenant_id).cloned()
        };
        if let Some(tenant) = kept.filter(|tenant| tenant.base_currency.is_some()) {
            return Ok(Some(tenant));
        }
        let tenant = self.store.tenant(tenant_id).await?;
        if let Some(tenant) = &tenant {
            self.remember_tenant(tenant.clone());
        }
        Ok(tenant)
    }

    pub(crate) fn remember_tenant(&self, tenant: Tenant) {
        if tenant.base_currency.is_none() {
            return;
        }
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() < TENANTS_MAX {
            tenants.insert(tenant.tenant_id.clone(), tenant);
        } else if !tenants.contains_key(&tenant.tenant_id) {
            tenants.clear();
            tenants.insert(tenant.tenant_id.clone(), tenant);
        }
    }
}
