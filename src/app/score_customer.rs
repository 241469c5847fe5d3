//! Scores a customer: loads what the score is a function of, and computes it.
//!
//! A score for now reads the customer's state, one row; for a customer with referees the states below
//! it, level by level. A score for an instant that facts have overtaken, or for an explicit
//! `known_at`, folds the facts themselves by the same functions.

mod brought;
mod by_policy;
pub mod complaints;
pub mod satisfaction;
pub mod tree;

use std::sync::Arc;

use super::App;
use super::definitions::InForce;
use super::error::{AppError, Violation};
use super::measures::{Basis, Days, has_contacts};
use super::segment::{Assignments, Grounds, SnapshotsUsed, assignments};
use crate::engine::explanation::{Explanation, explain};
use crate::engine::fact::FactKind;
use crate::engine::history::CustomerTotals;
use crate::engine::money::Currency;
use crate::engine::outlook::{Outlook, Uncertain, outlook};
use crate::engine::policy::Policy;
use crate::engine::score::{Models, Reason, Score, ScoreInput, score};
use crate::engine::segment::rfm::hidden::{self, Hidden};
use crate::engine::segment::rfm::{self, RfmScores};
use crate::engine::segment::{Measures, Observed, Scheme};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::past::View;
use crate::store::settled::Settled;
use crate::store::tenant::Tenant;
pub(crate) use brought::referees;
use complaints::CustomerComplaints;
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
    /// Whether residual value and intervals of the prediction are wanted.
    pub prediction: bool,
    /// Whether the scores of recency, frequency and monetary value are wanted.
    pub rfm: bool,
    /// Whether segments are wanted; they cost a statement or two.
    pub segments: bool,
    /// Whether the last answers are wanted; of a customer who gave some they cost a statement.
    pub satisfaction: bool,
    /// Whether referral value is wanted; without it no referee is read.
    pub referrals: bool,
    /// Whether complaints are wanted; of a customer who made some they cost a statement.
    pub complaints: bool,
    /// Whether the prediction is to be explained.
    pub explanation: bool,
}

/// A score and what it rests on.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The score.
    pub score: Score,
    /// What the customer's own facts add up to; `None` without a fact up to the instant.
    pub own: Option<CustomerTotals>,
    /// Residual value and intervals, where they are wanted and there is a purchase model.
    pub outlook: Option<Outlook>,
    /// Where the customer stands among referrals.
    pub position: Position,
    /// The tenant's base currency; `None` if no fact with money was ever recorded.
    pub currency: Option<Currency>,
    /// The policy used.
    pub policy: Arc<Policy>,
    /// Days looked ahead.
    pub horizon_days: i32,
    /// Why the models expect what they do, where it is wanted.
    pub explanation: Option<Result<Explanation, Reason>>,
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

    /// Notes where the customer belongs.
    fn belong(
        &mut self,
        query: &ScoreQuery,
        observed: Observed,
        grounds: &Grounds,
        tenant: &Tenant,
    ) {
        let context = grounds.context(self.currency);
        let day = tenant.zone.day_of(self.as_of);
        let measures = Measures::new(observed, day, context.models, &self.policy);
        let now = measures.now();
        self.rfm_scores = query.rfm.then(|| rfm::scores(&now, &context));
        let scores = self.rfm_scores.and_then(Result::ok);
        self.rfm_hidden = scores.map(|scores| hidden::hidden(&scores, &now, &context));
        if query.segments {
            self.segments = assignments(Scheme::ALL, &measures, &context, &tenant.zone);
        }
        self.snapshots = grounds.snapshots_used(query.rfm || query.segments, query.segments);
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
        let policy = in_force.policy;
        let horizon_days = query.horizon_days.unwrap_or(policy.horizon_days);
        let known = query.known_at.unwrap_or(Instant::LATEST);
        let as_of = loaded.as_of;
        let purchase = definitions.purchase_model(as_of, known, horizon_days, &policy);
        let spend = definitions.spend_model(as_of, known);
        let referral = query
            .referrals
            .then(|| definitions.referral_model(as_of, known, horizon_days, &policy));
        let referral = referral.flatten();
        let first_purchase = loaded.own.as_ref().and_then(|own| own.purchase_day_span);
        let referees = referees(&loaded.tree);
        let input = ScoreInput {
            own: loaded.own.as_ref(),
            referees: &referees,
            as_of_day: tenant.zone.day_of(as_of),
            horizon_days,
            policy: &policy,
            models: Models {
                purchase: purchase.as_ref().map(|(scorer, _)| scorer.as_ref()),
                spend: spend.as_ref().map(|(model, _)| model),
            },
            referral: referral.as_ref().map(|(model, _)| model),
            buyers_brought: first_purchase
                .map_or(0, |span| loaded.tree.buyers_brought_since(span.first)),
        };
        let score = score(&input);
        let explanation = query.explanation.then(|| explain(&input, &score));
        let referral_model = referral.map(|(_, in_force)| in_force);
        let outlook = query.prediction.then(|| {
            let purchases = definitions.purchase_outlook(as_of, known, horizon_days, &policy)?;
            let models = Uncertain {
                purchases: &purchases,
                spend: spend.as_ref().map(|(model, _)| model),
                spend_intervals: definitions.spend_intervals(as_of, known),
            };
            let day = tenant.zone.day_of(as_of);
            outlook(loaded.own.as_ref()?, day, models, &policy).ok()
        });
        let purchase_model = purchase.map(|(_, in_force)| in_force);
        let spend_model = spend.map(|(_, in_force)| in_force);
        let view = View {
            as_of,
            known_at: known,
        };
        let complaints = if query.complaints && loaded.has_complaints {
            self.customer_complaints(tenant_id, &key, view).await?
        } else {
            Ok(CustomerComplaints::default())
        };
        let newest_complaint = complaints.as_ref().ok();
        let newest_complaint = newest_complaint.and_then(|found| found.newest_recorded_at);
        let mut scored = Scored {
            score,
            outlook: outlook.flatten(),
            own: loaded.own.clone(),
            position: loaded.tree.position,
            currency: tenant.base_currency,
            policy: policy.clone(),
            horizon_days,
            explanation,
            rfm_scores: None,
            rfm_hidden: None,
            segments: Assignments::new(),
            satisfaction: Vec::new(),
            snapshots: SnapshotsUsed::default(),
            complaints,
            as_of,
            known_at: as_of,
            purchase_model,
            spend_model,
            referral_model,
        };
        let mut newest = loaded.newest_recorded_at.max(newest_complaint);
        newest = newest.max(in_force.recorded_at);
        if query.satisfaction && loaded.has_responses {
            scored.satisfaction = self
                .last_responses(tenant_id, &key, view, &definitions)
                .await?;
        }
        if query.rfm || query.segments {
            let grounds = self
                .grounds(tenant_id, &definitions, as_of, known, &policy)
                .await?;
            let (own, tree) = (loaded.own, loaded.tree);
            let basis = if query.segments {
                Basis {
                    own,
                    tree,
                    days: loaded.days,
                    has_contacts: loaded.has_contacts,
                }
            } else {
                Basis::without_recent(own, tree)
            };
            let read = self
                .observe_one(&tenant, &key, basis, view, &policy)
                .await?;
            let (observed, newest_contact) = read;
            newest = newest.max(newest_contact).max(grounds.newest_recorded_at());
            scored.belong(query, observed, &grounds, &tenant);
        }
        let newest = newest.max(
            scored
                .models_used()
                .map(|in_force| in_force.recorded_at)
                .max(),
        );
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
        let tree = if query.referrals {
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
        let tree = if query.referrals {
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
