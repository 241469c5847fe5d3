//! Lists the customers of a segment as a population snapshot holds them.

use std::sync::Arc;

use super::App;
use super::error::AppError;
use super::snapshot::Snapshot;
use crate::engine::money::Currency;
use crate::engine::policy::RfmCuts;
use crate::engine::segment::Scheme;
use crate::ids::CustomerKey;
use crate::store::population::read::{Members, PopulationRow};

/// What is asked.
#[derive(Clone, Debug)]
pub struct MembersQuery {
    /// Name of the snapshot; `None` for the one in force.
    pub snapshot: Option<String>,
    /// Which scheme.
    pub scheme: Scheme,
    /// Which of its segments; `None` for all.
    pub segment: Option<usize>,
    /// The member that the page before ended with.
    pub after: Option<String>,
    /// Most members on the page.
    pub limit: usize,
}

/// A page of members.
#[derive(Clone, Debug)]
pub struct MembersPage {
    /// The snapshot they are of.
    pub snapshot: Arc<Snapshot>,
    /// The members.
    pub members: Vec<PopulationRow>,
    /// Whether others follow.
    pub has_more: bool,
    /// The cuts of recency, frequency and monetary value that the snapshot's policy chose.
    pub rfm_cuts: RfmCuts,
    /// The tenant's base currency; `None` if no fact with money was ever recorded.
    pub currency: Option<Currency>,
}

impl App {
    /// Lists members of a segment, page by page; all pages together hold each of them once.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownSnapshot`], [`AppError::NoSnapshot`], and what the store says.
    pub async fn segment_members(
        &self,
        tenant_id: &str,
        query: &MembersQuery,
    ) -> Result<MembersPage, AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let snapshot = self
            .snapshot_asked(tenant_id, &definitions, query.snapshot.as_deref())
            .await?;
        let after = query.after.as_deref();
        let after = after.map(|customer_id| CustomerKey::new(tenant_id, customer_id));
        let wanted = Members {
            take_id: &snapshot.stored.take_id,
            scheme: query.scheme,
            segment: query
                .segment
                .and_then(|segment| i16::try_from(segment).ok()),
        };
        let mut members = self
            .store
            .population_members(tenant_id, wanted, after.as_ref(), query.limit + 1)
            .await?;
        let has_more = members.len() > query.limit;
        members.truncate(query.limit);
        let tenant = self.tenant(tenant_id).await?;
        let basis = &snapshot.stored.basis;
        let policy = Some(&*basis.policy_version);
        let policy = definitions.policy(policy, basis.as_of, basis.known_at)?;
        Ok(MembersPage {
            rfm_cuts: policy.policy.rfm_cuts.clone(),
            currency: tenant.and_then(|tenant| tenant.base_currency),
            snapshot,
            members,
            has_more,
        })
    }
}
