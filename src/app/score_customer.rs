//! Scores a customer: loads what the score is a function of, and computes it.
//!
//! A score for now reads the customer's state, one row; for a customer with referees the states below
//! it, level by level. A score for an instant that facts have overtaken, or for an explicit
//! `known_at`, folds the facts themselves by the same functions.

mod brought;
mod by_policy;
pub mod complaints;
mod frame;
pub mod satisfaction;
pub mod tree;

use std::sync::Arc;

use super::App;
use super::definitions::InForce;
use super::error::{AppError, Violation};
use super::measures::{Basis, Days, has_contacts};
use super::segment::{Assignments, SnapshotsUsed};
use crate::engine::comparison::FormulaValue;
use crate::engine::explanation::Explanation;
use crate::engine::fact::FactKind;
use crate::engine::history::CustomerTotals;
use crate::engine::money::Currency;
use crate::engine::outlook::Outlook;
use crate::engine::policy::Policy;
use crate::engine::score::{Reason, Score};
use crate::engine::segment::rfm::RfmScores;
use crate::engine::segment::rfm::hidden::Hidden;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::past::View;
use crate::store::settled::Settled;
use crate::store::tenant::Tenant;
pub(crate) use brought::{buyers_brought, referees};
use complaints::CustomerComplaints;
pub(crate) use frame::{Frame, FrameQuery, Read};
use satisfaction::LastResponse;
use tree::{Position, Tree};

/// What is asked.
#[derive(Clone, Debug)]
pub struct ScoreQuery {
    /// Which customer.
    pub customer_id: String,
    /// For which instant; `None` for now.
    pub as_of: Option<Instant>,
    /// As known at which instant; `None` for everything.
    pub known_at: Option<Instant>,
    /// Days to look ahead; `None` for the policy's.
    pub horizon_days: Option<i32>,
    /// Policy version; `None` for the one in force.
    pub policy_version: Option<String>,
    /// Whether referees are read: referral value needs them, and so does the instant of an answer
    /// for now, which is that of the newest fact read.
    pub referees: bool,
    /// Which components beside those that every score computes.
    pub wanted: Wanted,
}

/// Components of a score that cost something of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Residual value and intervals of the prediction.
    pub prediction: bool,
    /// The scores of recency, frequency and monetary value.
    pub rfm: bool,
    /// Segments; they cost a statement or two.
    pub segments: bool,
    /// The last answers; of a customer who gave some they cost a statement.
    pub satisfaction: bool,
    /// Referral value, to date and expected.
    pub referrals: bool,
    /// Complaints; of a customer who made some they cost a statement.
    pub complaints: bool,
    /// What the prediction is made of.
    pub explanation: bool,
    /// What the textbook formula says, for the comparison of values.
    pub formula: bool,
}

/// A score and what it rests on.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The score.
    pub score: Score,
    /// What the customer's own facts add up to; `None` without a fact up to the instant.
    pub own: Option<CustomerTotals>,
    /// Where the customer stands among referrals.
    pub position: Position,
    /// The tenant's base currency; `None` if no fact with money was ever recorded.
    pub currency: Option<Currency>,
    /// The policy used.
    pub policy: Arc<Policy>,
    /// Days looked ahead.
    pub horizon_days: i32,
    /// Residual value and intervals, where they are wanted and there is a purchase model.
    pub outlook: Option<Outlook>,
    /// Why the models expect what they do, where it is wanted.
    pub explanation: Option<Result<Explanation, Reason>>,
    /// What the textbook formula says, where it is wanted.
    pub formula: Option<Result<FormulaValue, Reason>>,
    /// Scores of recency, frequency and monetary value, where they are wanted.
    pub rfm_scores: Option<Result<RfmScores, Reason>>,
    /// What those scores hide, where they are wanted and there are some.
    pub rfm_hidden: Option<Result<Hidden, Reason>>,
    /// The customer's segments, where they are wanted.
    pub segments: Assignments,
    /// The latest response to each instrument, where they are wanted.
    pub satisfaction: Vec<LastResponse>,
    /// Names of the population snapshots used.
    pub snapshots: SnapshotsUsed,
    /// The purchase model used.
    pub purchase_model: Option<InForce>,
    /// The spend model used.
    pub spend_model: Option<InForce>,
    /// The referral model used.
    pub referral_model: Option<InForce>,
    /// The customer's complaints; empty if they are not wanted.
    pub complaints: Result<CustomerComplaints, Reason>,
    /// The instant scored for.
    pub as_of: Instant,
    /// What was known: the instant asked for, or the newest recording used.
    pub known_at: Instant,
}

/// Everything loaded about a customer, from states or from facts.
pub(crate) struct Loaded {
    own: Option<CustomerTotals>,
    days: Days,
    has_contacts: bool,
    has_responses: bool,
    tree: Tree,
    as_of: Instant,
    /// The newest recording read.
    newest_recorded_at: Option<Instant>,
    definition_epoch: i64,
    /// Whether there can be complaints to read.
    has_complaints: bool,
}

impl Scored {
    /// The models used, purchase model before spend model before referral model.
    pub fn models_used(&self) -> impl Iterator<Item = &InForce> {
        let models = [
            &self.purchase_model,
            &self.spend_model,
            &self.referral_model,
        ];
        models.into_iter().flatten()
    }
}

impl App {
    /// Scores a customer.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownCustomer`] when nothing was recorded about the customer by `known_at`,
    /// [`AppError::Invalid`] for a `known_at` in the future, [`AppError::UnknownPolicy`], and what
    /// the store says.
    pub async fn score_customer(
        &self,
        tenant_id: &str,
        query: &ScoreQuery,
    ) -> Result<Scored, AppError> {
        if let Some(known_at) = query.known_at {
            self.wait_until_settled(known_at).await?;
        }
        let unknown = || AppError::UnknownCustomer {
            customer_id: query.customer_id.clone(),
        };
        let tenant = self.tenant(tenant_id).await?.ok_or_else(unknown)?;
        let key = CustomerKey::new(tenant_id, &query.customer_id);
        let (loaded, definitions, in_force) = self
            .load_by_policy(&tenant, &key, query)
            .await?
            .ok_or_else(unknown)?;
        let policy = in_force.policy.clone();
        let as_of = loaded.as_of;
        let view = View {
            as_of,
            known_at: query.known_at.unwrap_or(Instant::LATEST),
        };
        let wanted = query.wanted;
        let asked = FrameQuery {
            view,
            horizon_days: query.horizon_days,
            wanted,
        };
        let frame = self.frame(tenant, definitions, asked, in_force).await?;
        let complaints = if wanted.complaints && loaded.has_complaints {
            self.customer_complaints(tenant_id, &key, view).await?
        } else {
            Ok(CustomerComplaints::default())
        };
        let newest_complaint = complaints.as_ref().ok();
        let newest_complaint = newest_complaint.and_then(|found| found.newest_recorded_at);
        let mut newest = loaded.newest_recorded_at.max(newest_complaint);
        let satisfaction = if wanted.satisfaction && loaded.has_responses {
            let one = std::slice::from_ref(&key);
            let mut last = self
                .last_responses(tenant_id, one, view, &frame.definitions)
                .await?;
            last.remove(&key).unwrap_or_default()
        } else {
            Vec::new()
        };
        let own = loaded.own.clone();
        let position = loaded.tree.position;
        let referees = referees(&loaded.tree);
        let buyers_brought = buyers_brought(own.as_ref(), &loaded.tree);
        let mut observed = None;
        if wanted.rfm || wanted.segments {
            let (own, tree) = (loaded.own, loaded.tree);
            let basis = if wanted.segments {
                Basis {
                    own,
                    tree,
                    days: loaded.days,
                    has_contacts: loaded.has_contacts,
                }
            } else {
                Basis::without_recent(own, tree)
            };
            let tenant = &frame.tenant;
            let read = self.observe_one(tenant, &key, basis, view, &policy).await?;
            newest = newest.max(read.1);
            observed = Some(read.0);
        }
        let read = Read {
            own,
            position,
            referees,
            buyers_brought,
            observed,
            satisfaction,
            complaints,
        };
        let mut scored = frame.score(read);
        let newest = newest.max(frame.newest_recorded_at());
        scored.known_at = query.known_at.or(newest).unwrap_or(as_of);
        Ok(scored)
    }

    /// Waits until nothing can be recorded at or before an instant any more.
    pub(crate) async fn wait_until_settled(&self, known_at: Instant) -> Result<(), AppError> {
        match self.store.settled(known_at).await? {
            Settled::Yes => Ok(()),
            Settled::NotYet => Err(AppError::StillSettling { known_at }),
            Settled::Future => Err(AppError::Invalid(vec![Violation::new(
                "known_at",
                "must not lie in the future",
            )])),
        }
    }

    async fn load(
        &self,
        tenant: &Tenant,
        key: &CustomerKey,
        query: &ScoreQuery,
        policy: &Policy,
    ) -> Result<Option<Loaded>, AppError> {
        if let Some(known_at) = query.known_at {
            return self
                .load_past(tenant, key, query, (query.as_of, known_at), policy)
                .await;
        }
        let Some(current) = self.store.customer_state(&tenant.tenant_id, key).await? else {
            return Ok(None);
        };
        let state = current.state;
        if !state.exists() {
            return Ok(None);
        }
        let tenant_id = &tenant.tenant_id;
        let tree = if query.referees {
            self.tree_now(tenant_id, key, &state, policy).await?
        } else {
            Tree::default()
        };
        let newest_fact = tree
            .newest_fact_at
            .max(state.fact_span.map(|span| span.last));
        let now = self.clock.now();
        let as_of = query
            .as_of
            .unwrap_or_else(|| newest_fact.map_or(now, |fact| fact.max(now)));
        // A state holds all facts. Of a customer who is only named as a referrer it does not tell
        // since when.
        if !state.has_own_facts() || newest_fact.is_some_and(|newest| newest > as_of) {
            let everything = (Some(as_of), Instant::LATEST);
            return self.load_past(tenant, key, query, everything, policy).await;
        }
        Ok(Some(Loaded {
            days: Days::of_state(&state),
            has_contacts: has_contacts(&state),
            has_complaints: state.complaints > 0,
            has_responses: state.facts[FactKind::SurveyResponse.index()] > 0,
            own: Some(state.own),
            newest_recorded_at: tree.newest_recorded_at.max(state.last_recorded_at),
            tree,
            as_of,
            definition_epoch: current.definition_epoch,
        }))
    }

    /// Loads from the facts. Without an instant the view sees every fact, and the instant is now, or
    /// when the newest fact read happened if that is later.
    async fn load_past(
        &self,
        tenant: &Tenant,
        key: &CustomerKey,
        query: &ScoreQuery,
        (as_of, known_at): (Option<Instant>, Instant),
        policy: &Policy,
    ) -> Result<Option<Loaded>, AppError> {
        let view = View {
            as_of: as_of.unwrap_or(Instant::LATEST),
            known_at,
        };
        let tenant_id = &tenant.tenant_id;
        let one = std::slice::from_ref(key);
        let known = self.store.customers_known(tenant_id, one, view).await?;
        let Some(known) = known.get(key).copied() else {
            return Ok(None);
        };
        let mut folded = self.store.customers_fold(tenant_id, one, view).await?;
        let folded = folded.remove(key).unwrap_or_default();
        let tree = if query.referees {
            self.tree_past(tenant_id, key, view, policy).await?
        } else {
            Tree::default()
        };
        let newest_recorded_at = tree
            .newest_recorded_at
            .max(folded.newest_recorded_at)
            .max(known.newest_recorded_at);
        let now = self.clock.now();
        let newest_fact_at = tree.newest_fact_at.max(known.newest_fact_at);
        let as_of = as_of.unwrap_or_else(|| newest_fact_at.map_or(now, |fact| fact.max(now)));
        let (own, days) = folded.fold.finish();
        Ok(Some(Loaded {
            own: known.has_facts.then_some(own),
            days: Days::Folded(days),
            // The facts do not tell without a look.
            has_contacts: true,
            has_responses: true,
            tree,
            as_of,
            newest_recorded_at,
            definition_epoch: self.store.definition_epoch(tenant_id).await?,
            has_complaints: true,
        }))
    }
}
