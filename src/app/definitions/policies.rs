//! Which policy a read goes by.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Definitions, InForce};
use crate::app::App;
use crate::app::define_policy::KnownPolicy;
use crate::app::error::AppError;
use crate::engine::policy::{BUILTIN, Policy};
use crate::engine::time::Instant;
use crate::store::policy::{POLICY_SLOT, StoredPolicy};

/// The policy that a read goes by.
#[derive(Clone, Debug)]
pub struct PolicyInForce {
    /// The policy.
    pub policy: Arc<Policy>,
    /// When the activation was recorded that put it in force; `None` if it was asked for by name, or
    /// holds without any.
    pub recorded_at: Option<Instant>,
}

/// The built-in policies and those of a tenant by their names.
pub(super) fn by_name(stored: &[StoredPolicy]) -> BTreeMap<String, Arc<Policy>> {
    let builtin = BUILTIN.into_iter();
    builtin
        .chain(stored.iter().map(|stored| &stored.policy))
        .map(|policy| (policy.version.to_string(), Arc::new(policy.clone())))
        .collect()
}

impl Definitions {
    /// All policies there are: the tenant's own, newest first, then the built-in ones, newest first.
    pub fn known_policies(&self) -> impl Iterator<Item = KnownPolicy> {
        let own = self.stored.policies.iter().rev();
        own.map(|stored| KnownPolicy::Stored(Box::new(stored.clone())))
            .chain(BUILTIN.into_iter().rev().map(KnownPolicy::Builtin))
    }

    /// The policy of a name, built-in or the tenant's own.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownPolicy`].
    pub fn known_policy(&self, name: &str) -> Result<KnownPolicy, AppError> {
        let mut known = self.known_policies();
        let found = known.find(|known| known.policy().version == name);
        found.ok_or_else(|| unknown_policy(name))
    }

    /// The policy of a name, built-in or the tenant's own, as answers use it.
    #[must_use]
    pub fn policy_named(&self, name: &str) -> Option<&Arc<Policy>> {
        self.policies.get(name)
    }

    /// The policy in force: of those activated by `known_at`, the one with the newest effective time
    /// up to `as_of`; without any, the newest built-in one.
    #[must_use]
    pub fn policy_in_force(&self, as_of: Instant, known_at: Instant) -> PolicyInForce {
        let activation = self.holding(POLICY_SLOT, as_of, known_at);
        let found = activation.map(InForce::by).and_then(|in_force| {
            let policy = self.policy_named(&in_force.name)?.clone();
            let recorded_at = Some(in_force.recorded_at);
            Some(PolicyInForce {
                policy,
                recorded_at,
            })
        });
        found.unwrap_or_else(newest_builtin)
    }

    /// The policy of a name, whenever it was recorded; without a name the one in force.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownPolicy`].
    pub fn policy(
        &self,
        name: Option<&str>,
        as_of: Instant,
        known_at: Instant,
    ) -> Result<PolicyInForce, AppError> {
        let Some(name) = name else {
            return Ok(self.policy_in_force(as_of, known_at));
        };
        let policy = self.policy_named(name);
        let policy = policy.ok_or_else(|| unknown_policy(name))?;
        Ok(PolicyInForce {
            policy: policy.clone(),
            recorded_at: None,
        })
    }
}

/// There is no policy of a name.
pub(in crate::app) fn unknown_policy(name: &str) -> AppError {
    AppError::UnknownPolicy {
        version: name.to_owned(),
    }
}

/// The policy in force for a tenant that has activated none.
fn newest_builtin() -> PolicyInForce {
    PolicyInForce {
        policy: Arc::new(Policy::newest_builtin().clone()),
        recorded_at: None,
    }
}

impl App {
    /// The policy that a read is likely to go by. What is read depends on the policy, and which it is
    /// on the definitions, whose epoch comes with what is read: so a read begins with the definitions
    /// that are kept in memory, and is made again if it turns out that they were not the newest.
    pub(crate) fn policy_expected(
        &self,
        tenant_id: &str,
        name: Option<&str>,
        as_of: Option<Instant>,
        known_at: Instant,
    ) -> Arc<Policy> {
        let as_of = as_of.unwrap_or_else(|| self.clock.now());
        let kept = self.definitions_kept(tenant_id);
        let expected = kept.and_then(|kept| kept.policy(name, as_of, known_at).ok());
        expected.unwrap_or_else(newest_builtin).policy
    }
}
