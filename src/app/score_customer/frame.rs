//! What a score rests on beside the customer, and the score as a function of both.
//!
//! `ScoreCustomer` and `ScoreCustomers` read a customer in different ways and go through the same
//! function from there on, so that both say the same.

use std::sync::Arc;

use super::complaints::CustomerComplaints;
use super::satisfaction::LastResponse;
use super::tree::Position;
use super::{Scored, Wanted};
use crate::app::App;
use crate::app::definitions::{Definitions, InForce, PolicyInForce};
use crate::app::error::AppError;
use crate::app::segment::{Assignments, Grounds, SnapshotsUsed, assignments};
use crate::engine::comparison::formula;
use crate::engine::explanation::explain;
use crate::engine::history::CustomerTotals;
use crate::engine::interval::SpendIntervals;
use crate::engine::outlook::{PurchaseOutlook, Uncertain, outlook};
use crate::engine::policy::Policy;
use crate::engine::purchase_scorer::PurchaseScorer;
use crate::engine::referral::ReferralModel;
use crate::engine::score::{Models, Reason, Referees, ScoreInput, SpendModel, score};
use crate::engine::segment::rfm::{self, hidden};
use crate::engine::segment::{Measures, Observed, Scheme};
use crate::engine::time::Instant;
use crate::store::past::View;
use crate::store::tenant::Tenant;

/// What is asked about the instant, whoever the customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameQuery {
    /// For which instant, as known at which.
    pub(crate) view: View,
    /// Days to look ahead; `None` for the policy's.
    pub(crate) horizon_days: Option<i32>,
    /// Which components.
    pub(crate) wanted: Wanted,
}

/// What the scores of an instant rest on beside the customer.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Whose customers.
    pub(crate) tenant: Tenant,
    /// The definitions.
    pub(crate) definitions: Arc<Definitions>,
    /// The parameters.
    pub(crate) policy: Arc<Policy>,
    /// When the activation of the policy was recorded.
    policy_recorded_at: Option<Instant>,
    /// For which instant, as known at which.
    pub(crate) view: View,
    /// Which components.
    pub(crate) wanted: Wanted,
    horizon_days: i32,
    purchase: Option<(Arc<PurchaseScorer>, InForce)>,
    spend: Option<(SpendModel, InForce)>,
    /// The model of referees to come, if referral value is wanted.
    referral: Option<(ReferralModel, InForce)>,
    /// The purchase model with its uncertainty, if predictions are wanted.
    outlook: Option<Arc<PurchaseOutlook>>,
    spend_intervals: Option<SpendIntervals>,
    /// What segments and the scores of recency, frequency and monetary value rest on, if wanted.
    grounds: Option<Grounds>,
}

/// What was read about a customer.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// What the customer's own facts add up to; `None` without a fact up to the instant.
    pub(crate) own: Option<CustomerTotals>,
    /// Where the customer stands among referrals.
    pub(crate) position: Position,
    /// The customers they brought.
    pub(crate) referees: Referees,
    /// Direct referees who have bought, brought since the customer's first purchase.
    pub(crate) buyers_brought: i64,
    /// What segments and scores of recency, frequency and monetary value need, if wanted.
    pub(crate) observed: Option<Observed>,
    /// The latest response to each instrument, if wanted.
    pub(crate) satisfaction: Vec<LastResponse>,
    /// The customer's complaints; empty if they are not wanted.
    pub(crate) complaints: Result<CustomerComplaints, Reason>,
}

impl Frame {
    fn models(&self) -> Models<'_> {
        Models {
            purchase: self.purchase.as_ref().map(|(scorer, _)| scorer.as_ref()),
            spend: self.spend.as_ref().map(|(model, _)| model),
        }
    }

    /// The models that predictions rest on, purchase model before spend model.
    pub(crate) fn predicting(&self) -> impl Iterator<Item = &InForce> {
        let purchase = self.purchase.as_ref().map(|(_, in_force)| in_force);
        let spend = self.spend.as_ref().map(|(_, in_force)| in_force);
        purchase.into_iter().chain(spend)
    }

    /// Whether a purchase model is in force.
    pub(crate) fn predicts(&self) -> bool {
        self.purchase.is_some()
    }

    /// When the newest activation of what is in force was recorded.
    pub(crate) fn newest_recorded_at(&self) -> Option<Instant> {
        let purchase = self.purchase.as_ref().map(|(_, in_force)| in_force);
        let spend = self.spend.as_ref().map(|(_, in_force)| in_force);
        let referral = self.referral.as_ref().map(|(_, in_force)| in_force);
        let models = purchase.into_iter().chain(spend).chain(referral);
        let newest = models.map(|in_force| in_force.recorded_at).max();
        let newest = newest.max(self.policy_recorded_at);
        newest.max(self.grounds.as_ref().and_then(Grounds::newest_recorded_at))
    }

    /// Scores a customer. `known_at` is that of the view.
    pub(crate) fn score(&self, read: Read) -> Scored {
        let view = self.view;
        let day = self.tenant.zone.day_of(view.as_of);
        let input = ScoreInput {
            own: read.own.as_ref(),
            referees: &read.referees,
            as_of_day: day,
            horizon_days: self.horizon_days,
            policy: &self.policy,
            models: self.models(),
            referral: self.referral.as_ref().map(|(model, _)| model),
            buyers_brought: read.buyers_brought,
        };
        let score = score(&input);
        let explanation = self.wanted.explanation.then(|| explain(&input, &score));
        let formula = self.wanted.formula.then(|| formula(&input, &score));
        let outlook = self.outlook.as_ref().and_then(|purchases| {
            let models = Uncertain {
                purchases,
                discounted_purchases: score.prediction.ok()?.discounted_expected_purchases,
                spend: self.spend.as_ref().map(|(model, _)| model),
                spend_intervals: self.spend_intervals,
            };
            outlook(read.own.as_ref()?, day, models, &self.policy).ok()
        });
        let mut scored = Scored {
            score,
            outlook,
            explanation,
            formula,
            own: read.own,
            position: read.position,
            currency: self.tenant.base_currency,
            policy: self.policy.clone(),
            horizon_days: self.horizon_days,
            rfm_scores: None,
            rfm_hidden: None,
            segments: Assignments::new(),
            satisfaction: read.satisfaction,
            snapshots: SnapshotsUsed::default(),
            complaints: read.complaints,
            as_of: view.as_of,
            known_at: view.known_at,
            purchase_model: self.purchase.as_ref().map(|(_, in_force)| in_force.clone()),
            spend_model: self.spend.as_ref().map(|(_, in_force)| in_force.clone()),
            referral_model: self.referral.as_ref().map(|(_, in_force)| in_force.clone()),
        };
        if let (Some(observed), Some(grounds)) = (read.observed, &self.grounds) {
            self.belong(&mut scored, observed, grounds);
        }
        scored
    }

    /// Notes where the customer belongs.
    fn belong(&self, scored: &mut Scored, observed: Observed, grounds: &Grounds) {
        let context = grounds.context(scored.currency);
        let day = self.tenant.zone.day_of(scored.as_of);
        let measures = Measures::new(observed, day, context.models, &self.policy);
        let (wants, now) = (self.wanted, measures.now());
        scored.rfm_scores = wants.rfm.then(|| rfm::scores(&now, &context));
        let scores = scored.rfm_scores.and_then(Result::ok);
        scored.rfm_hidden = scores.map(|scores| hidden::hidden(&scores, &now, &context));
        if wants.segments {
            scored.segments = assignments(Scheme::ALL, &measures, &context, &self.tenant.zone);
        }
        scored.snapshots = grounds.snapshots_used(wants.rfm || wants.segments, wants.segments);
    }
}

impl App {
    /// What is in force at an instant, prepared for scores.
    pub(crate) async fn frame(
        &self,
        tenant: Tenant,
        definitions: Arc<Definitions>,
        query: FrameQuery,
        in_force: PolicyInForce,
    ) -> Result<Frame, AppError> {
        let policy = in_force.policy;
        let View { as_of, known_at } = query.view;
        let horizon_days = query.horizon_days.unwrap_or(policy.horizon_days);
        let grounds = if query.wanted.rfm || query.wanted.segments {
            let tenant_id = &tenant.tenant_id;
            let grounds = self.grounds(tenant_id, &definitions, as_of, known_at, &policy);
            Some(grounds.await?)
        } else {
            None
        };
        let wanted = query.wanted;
        let referral = wanted
            .referrals
            .then(|| definitions.referral_model(as_of, known_at, horizon_days, &policy));
        let outlook = wanted
            .prediction
            .then(|| definitions.purchase_outlook(as_of, known_at, horizon_days, &policy));
        let spend_intervals = wanted
            .prediction
            .then(|| definitions.spend_intervals(as_of, known_at));
        Ok(Frame {
            referral: referral.flatten(),
            outlook: outlook.flatten(),
            spend_intervals: spend_intervals.flatten(),
            purchase: definitions.purchase_model(as_of, known_at, horizon_days, &policy),
            spend: definitions.spend_model(as_of, known_at),
            grounds,
            horizon_days,
            policy,
            policy_recorded_at: in_force.recorded_at,
            view: query.view,
            wanted: query.wanted,
            tenant,
            definitions,
        })
    }
}
