//! The referral model in force.

use std::sync::PoisonError;

use super::{Definitions, InForce, PREPARED_MAX};
use crate::engine::family::Family;
use crate::engine::policy::Policy;
use crate::engine::referral::{Newcomers, ReferralModel};
use crate::engine::referral_nbd::ReferralNbd;
use crate::engine::time::Instant;

impl Definitions {
    /// The referral model in force, prepared for a horizon with the purchase model in force; `None`
    /// without either.
    #[must_use]
    pub fn referral_model(
        &self,
        as_of: Instant,
        known_at: Instant,
        horizon_days: i32,
        policy: &Policy,
    ) -> Option<(ReferralModel, InForce)> {
        let (stored, in_force) = self.model_in_force("referral", as_of, known_at)?;
        let &[r, alpha] = stored.fitted.parameters.as_slice() else {
            return None;
        };
        let model = ReferralModel {
            rates: ReferralNbd::new(r, alpha).ok()?,
            newcomers: self.newcomers(as_of, known_at, horizon_days, policy)?,
        };
        Some((model, in_force))
    }

    /// What new customers buy, by the purchase model in force.
    fn newcomers(
        &self,
        as_of: Instant,
        known_at: Instant,
        horizon_days: i32,
        policy: &Policy,
    ) -> Option<Newcomers> {
        let (stored, _) = self.model_in_force("purchase", as_of, known_at)?;
        let family = Family::named(&stored.family)?;
        let version = policy.version.to_string();
        let key = (family, stored.number, horizon_days, version);
        let lock = || {
            self.newcomers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(newcomers) = lock().get(&key) {
            return Some(*newcomers);
        }
        // Two callers may both compute it; neither waits for the other.
        let model = family.purchase_model(&stored.fitted.parameters)?;
        let newcomers = Newcomers::new(&model, horizon_days, policy).ok()?;
        let mut kept = lock();
        if kept.len() >= PREPARED_MAX {
            kept.clear();
        }
        kept.insert(key, newcomers);
        Some(newcomers)
    }
}
