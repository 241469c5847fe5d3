//! Loads by the policy that the answer goes by.

use std::sync::Arc;

use super::{Loaded, ScoreQuery};
use crate::app::App;
use crate::app::definitions::{Definitions, PolicyInForce};
use crate::app::error::AppError;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::tenant::Tenant;

impl App {
    /// Loads what the policy needs that the read goes by.
    pub(super) async fn load_by_policy(
        &self,
        tenant: &Tenant,
        key: &CustomerKey,
        query: &ScoreQuery,
    ) -> Result<Option<(Loaded, Arc<Definitions>, PolicyInForce)>, AppError> {
        let tenant_id = &tenant.tenant_id;
        let known_at = query.known_at.unwrap_or(Instant::LATEST);
        let name = query.policy_version.as_deref();
        let mut query = query.clone();
        let mut policy = self.policy_expected(tenant_id, name, query.as_of, known_at);
        let mut is_again = false;
        loop {
            let Some(loaded) = self.load(tenant, key, &query, &policy).await? else {
                return Ok(None);
            };
            let epoch = loaded.definition_epoch;
            let definitions = self.definitions_at(tenant_id, epoch).await?;
            let in_force = definitions.policy(name, loaded.as_of, known_at)?;
            if in_force.policy.version == policy.version {
                return Ok(Some((loaded, definitions, in_force)));
            }
            // How far referees are read decides which is the newest fact, and that for which instant
            // the answer is: from the second time on the instant stays.
            if is_again {
                query.as_of = Some(loaded.as_of);
            }
            is_again = true;
            policy = in_force.policy;
        }
    }
}
