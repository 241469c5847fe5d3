//! Stores a policy.

use std::sync::Arc;

use super::App;
use super::error::AppError;
use super::record_facts::Outcome;
use crate::engine::policy::{BUILTIN_FAMILY, Policy};
use crate::store::policy::{Defined, POLICY_FAMILY, StoredPolicy, policy_define_in_tx};
use crate::store::tenant::tenant_settle_in_tx;

/// Most policies of a tenant: every read of a tenant's definitions takes all of them along.
const POLICIES_MAX: usize = 1_000;

/// A policy that there is.
#[derive(Clone, Debug)]
pub enum KnownPolicy {
    /// A built-in one.
    Builtin(&'static Policy),
    /// The tenant's own.
    Stored(Box<StoredPolicy>),
}

impl KnownPolicy {
    /// Its terms and name.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        match self {
            Self::Builtin(policy) => policy,
            Self::Stored(stored) => &stored.policy,
        }
    }

    /// Family and number, which make its name.
    #[must_use]
    pub fn family_and_number(&self) -> Option<(&'static str, i32)> {
        let family = match self {
            Self::Builtin(_) => BUILTIN_FAMILY,
            Self::Stored(_) => POLICY_FAMILY,
        };
        Some((family, self.policy().number()?))
    }
}

impl App {
    /// Stores a policy, unless a stored or built-in one has the same terms; answers the one that has
    /// them. `terms` is the base policy with what differs, under the base's name. May be the first
    /// thing a tenant does.
    ///
    /// # Errors
    ///
    /// [`AppError::TooManyPolicies`], and what the store says.
    pub async fn define_policy(
        &self,
        tenant_id: &str,
        base: &'static Policy,
        terms: Policy,
    ) -> Result<(KnownPolicy, Outcome), AppError> {
        if terms == *base {
            return Ok((KnownPolicy::Builtin(base), Outcome::Duplicate));
        }
        let (terms, zone) = (Arc::new(terms), self.settings.time_zone.clone());
        let tenant_id = tenant_id.to_owned();
        let defined = self
            .store
            .run_tx("define_policy", move |connection| {
                let (tenant_id, zone) = (tenant_id.clone(), zone.clone());
                let terms = terms.clone();
                Box::pin(async move {
                    tenant_settle_in_tx(connection, &tenant_id, &zone, None).await?;
                    let base = &base.version;
                    let defined =
                        policy_define_in_tx(connection, &tenant_id, base, &terms, POLICIES_MAX);
                    Ok::<_, AppError>(defined.await?)
                })
            })
            .await?;
        let stored = |stored| KnownPolicy::Stored(Box::new(stored));
        match defined {
            Defined::Created(created) => Ok((stored(created), Outcome::Created)),
            Defined::Same(same) => Ok((stored(same), Outcome::Duplicate)),
            Defined::Full => Err(AppError::TooManyPolicies {
                policies_max: POLICIES_MAX,
            }),
        }
    }
}
