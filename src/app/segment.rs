//! Says where customers belong.
//!
//! `Segment` and `ScoreCustomer` take the same definitions and go through the same function, so that
//! both say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::App;
use super::definitions::{Definitions, InForce, PolicyInForce};
use super::error::AppError;
use super::measures::Observation;
use super::snapshot::Snapshot;
use crate::engine::money::Currency;
use crate::engine::policy::{Policy, RfmCuts};
use crate::engine::purchase_scorer::PurchaseScorer;
use crate::engine::score::{Models, Reason, SpendModel};
use crate::engine::segment::{Assignment, Context, Measures, Scheme, assign};
use crate::engine::time::{Instant, Zone};
use crate::ids::CustomerKey;
use crate::store::tenant::Tenant;

/// Customers computed without letting others have the thread: about a millisecond's work.
pub(crate) const YIELD_EVERY: usize = 16;

/// What is asked.
#[derive(Clone, Debug)]
pub struct SegmentQuery {
    /// Which customers; one named twice is answered twice.
    pub customer_ids: Vec<String>,
    /// In which schemes.
    pub schemes: BTreeSet<Scheme>,
    /// For which instant; `None` for now.
    pub as_of: Option<Instant>,
    /// As known at which instant; `None` for everything.
    pub known_at: Option<Instant>,
}

/// An assignment, with the instant at which it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Assigned {
    /// The assignment.
    pub assignment: Assignment,
    /// The start of the day on which it changes if nothing happens.
    pub next_change_at: Option<Instant>,
    /// What the policy says to do with the customers of the segment.
    pub treatment: &'static str,
}

/// A customer's assignments, or why there are none, scheme by scheme.
pub type Assignments = Vec<(Scheme, Result<Assigned, Reason>)>;

/// Where customers belong, and what that rests on.
#[derive(Clone, Debug)]
pub struct Segmented {
    /// The customers in the order of the question; `None` where nothing is recorded.
    pub customers: Vec<(String, Option<Assignments>)>,
    /// The tenant's base currency; `None` if no fact with money was ever recorded.
    pub currency: Option<Currency>,
    /// The policy used.
    pub policy: Arc<Policy>,
    /// Names of the models in force, purchase model before spend model.
    pub models: Vec<String>,
    /// Names of the snapshots used.
    pub snapshots: SnapshotsUsed,
    /// The instant answered for.
    pub as_of: Instant,
    /// What was known: the instant asked for, or the newest recording used.
    pub known_at: Instant,
}

/// The definitions in force that assignments rest on.
#[derive(Debug)]
pub(crate) struct Grounds {
    policy: Arc<Policy>,
    purchase: Option<(Arc<PurchaseScorer>, InForce)>,
    spend: Option<(SpendModel, InForce)>,
    /// The snapshot in force.
    snapshot: Option<(Arc<Snapshot>, InForce)>,
    /// The newest snapshot, where the policy's scores of recency, frequency and monetary value slide.
    newest: Option<(Arc<Snapshot>, InForce)>,
}

/// Names of the snapshots that an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotsUsed {
    /// The one in force; the newest where nothing else was compared with a population.
    pub snapshot: Option<String>,
    /// The one by whose quintiles recency, frequency and monetary value were scored, where they slide
    /// with the population.
    pub rfm: Option<String>,
}

impl Grounds {
    /// The models, prepared for the policy's horizon.
    pub(crate) fn models(&self) -> Models<'_> {
        Models {
            purchase: self.purchase.as_ref().map(|(scorer, _)| scorer.as_ref()),
            spend: self.spend.as_ref().map(|(model, _)| model),
        }
    }

    /// What assignments depend on beside the customer.
    pub(crate) fn context(&self, currency: Option<Currency>) -> Context<'_> {
        Context {
            policy: &self.policy,
            cut_points: self.snapshot.as_ref().map(|(snapshot, _)| &snapshot.cuts),
            newest_cut_points: self.newest.as_ref().map(|(snapshot, _)| &snapshot.cuts),
            models: self.models(),
            currency,
        }
    }

    fn models_in_force(&self) -> impl Iterator<Item = &InForce> {
        let purchase = self.purchase.iter().map(|(_, in_force)| in_force);
        purchase.chain(self.spend.iter().map(|(_, in_force)| in_force))
    }

    /// When the newest of the activations was recorded, or a snapshot that needs none.
    pub(crate) fn newest_recorded_at(&self) -> Option<Instant> {
        let snapshots = self.snapshot.iter().chain(&self.newest);
        let snapshots = snapshots.map(|(_, in_force)| in_force);
        let all = self.models_in_force().chain(snapshots);
        all.map(|in_force| in_force.recorded_at).max()
    }

    /// The snapshots that an answer rests on: one with scores of recency, frequency and monetary
    /// value, one with other segments, or both.
    pub(crate) fn snapshots_used(&self, has_rfm: bool, has_others: bool) -> SnapshotsUsed {
        if self.policy.segmentation.is_none() {
            return SnapshotsUsed::default();
        }
        let name = |of: &Option<(Arc<Snapshot>, InForce)>| {
            of.as_ref().map(|(_, in_force)| in_force.name.clone())
        };
        let slides = self.policy.rfm_cuts == RfmCuts::NewestSnapshot;
        let rfm = name(&self.newest).filter(|_| slides && has_rfm);
        let snapshot = if slides && !has_others {
            rfm.clone()
        } else {
            name(&self.snapshot)
        };
        SnapshotsUsed { snapshot, rfm }
    }
}

/// A customer's assignments in some schemes, or why there are none.
pub(crate) fn assignments(
    schemes: impl IntoIterator<Item = Scheme>,
    measures: &Measures,
    context: &Context<'_>,
    zone: &Zone,
) -> Assignments {
    let assigned = |scheme| {
        let assignment = assign(scheme, measures, context)?;
        let segmentation = context.segmentation()?;
        Ok(Assigned {
            next_change_at: assignment.next_change.map(|day| zone.start_of(day)),
            treatment: segmentation.treatment(scheme, assignment.segment),
            assignment,
        })
    };
    let schemes = schemes.into_iter();
    schemes.map(|scheme| (scheme, assigned(scheme))).collect()
}

impl App {
    /// The definitions in force at an instant as known at another, for assignments.
    pub(crate) async fn grounds(
        &self,
        tenant_id: &str,
        definitions: &Definitions,
        as_of: Instant,
        known_at: Instant,
        policy: &Arc<Policy>,
    ) -> Result<Grounds, AppError> {
        let newest = match policy.rfm_cuts {
            RfmCuts::NewestSnapshot => {
                self.snapshot_newest(tenant_id, definitions, as_of, known_at)
                    .await?
            }
            RfmCuts::SnapshotInForce | RfmCuts::Custom(_) => None,
        };
        Ok(Grounds {
            newest,
            policy: policy.clone(),
            purchase: definitions.purchase_model(as_of, known_at, policy.horizon_days, policy),
            spend: definitions.spend_model(as_of, known_at),
            snapshot: self
                .snapshot_in_force(tenant_id, definitions, as_of, known_at)
                .await?,
        })
    }

    /// Says where customers belong.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for a `known_at` in the future, [`AppError::StillSettling`], and what
    /// the store says.
    pub async fn segment(
        &self,
        tenant_id: &str,
        query: &SegmentQuery,
    ) -> Result<Segmented, AppError> {
        if let Some(known_at) = query.known_at {
            self.wait_until_settled(known_at).await?;
        }
        let Some(tenant) = self.tenant(tenant_id).await? else {
            return Ok(self.nobody_segmented(query));
        };
        let ids: BTreeSet<&String> = query.customer_ids.iter().collect();
        let keys: Vec<CustomerKey> = ids
            .iter()
            .map(|id| CustomerKey::new(tenant_id, id))
            .collect();
        let (observation, definitions, in_force) =
            self.observe_by_policy(&tenant, &keys, query).await?;
        let as_of = observation.as_of;
        let policy = in_force.policy;
        let known = query.known_at.unwrap_or(Instant::LATEST);
        let grounds = self
            .grounds(tenant_id, &definitions, as_of, known, &policy)
            .await?;
        let context = grounds.context(tenant.base_currency);
        let day = tenant.zone.day_of(as_of);
        let mut found: BTreeMap<&String, Assignments> = BTreeMap::new();
        for (place, (id, observed)) in ids.into_iter().zip(observation.customers).enumerate() {
            if place % YIELD_EVERY == 0 {
                tokio::task::yield_now().await;
            }
            if let Some(observed) = observed {
                let measures = Measures::new(observed, day, context.models, &policy);
                let schemes = query.schemes.iter().copied();
                let of_customer = assignments(schemes, &measures, &context, &tenant.zone);
                found.insert(id, of_customer);
            }
        }
        let newest_used = grounds
            .newest_recorded_at()
            .max(observation.newest_recorded_at)
            .max(in_force.recorded_at);
        let customers = query.customer_ids.iter();
        Ok(Segmented {
            customers: customers
                .map(|id| (id.clone(), found.get(id).cloned()))
                .collect(),
            currency: tenant.base_currency,
            policy,
            models: grounds
                .models_in_force()
                .map(|model| model.name.clone())
                .collect(),
            snapshots: grounds.snapshots_used(
                query.schemes.contains(&Scheme::Rfm),
                query.schemes.iter().any(|scheme| *scheme != Scheme::Rfm),
            ),
            as_of,
            known_at: query.known_at.or(newest_used).unwrap_or(as_of),
        })
    }

    /// Reads what the policy needs that the read goes by.
    async fn observe_by_policy(
        &self,
        tenant: &Tenant,
        keys: &[CustomerKey],
        query: &SegmentQuery,
    ) -> Result<(Observation, Arc<Definitions>, PolicyInForce), AppError> {
        let tenant_id = &tenant.tenant_id;
        let known_at = query.known_at.unwrap_or(Instant::LATEST);
        let mut as_of = query.as_of;
        let mut policy = self.policy_expected(tenant_id, None, as_of, known_at);
        let mut is_again = false;
        loop {
            let observation = self
                .observe(tenant, keys, as_of, query.known_at, &policy)
                .await?;
            let epoch = observation.definition_epoch;
            let definitions = self.definitions_at(tenant_id, epoch).await?;
            let in_force = definitions.policy_in_force(observation.as_of, known_at);
            if in_force.policy.version == policy.version {
                return Ok((observation, definitions, in_force));
            }
            // As for a score: from the second time on the instant stays.
            if is_again {
                as_of = Some(observation.as_of);
            }
            is_again = true;
            policy = in_force.policy;
        }
    }

    /// The answer for a tenant without any fact.
    fn nobody_segmented(&self, query: &SegmentQuery) -> Segmented {
        let as_of = query.as_of.unwrap_or_else(|| self.clock.now());
        let customers = query.customer_ids.iter();
        Segmented {
            customers: customers.map(|id| (id.clone(), None)).collect(),
            currency: None,
            policy: Arc::new(Policy::newest_builtin().clone()),
            models: Vec::new(),
            snapshots: SnapshotsUsed::default(),
            as_of,
            known_at: query.known_at.unwrap_or(as_of),
        }
    }
}
