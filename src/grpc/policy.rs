//! Policies as the contract writes them.

pub(super) mod terms;

use tonic::Status;

use super::pb::customervalue::v1 as pb;
use super::pb::google::r#type::Money;
use super::policies::Policies;
use super::read::{Reader, SHORT_BYTES_MAX};
use super::write::{money, timestamp};
use crate::app::define_policy::KnownPolicy;
use crate::app::definitions::{Definitions, model_name};
use crate::app::error::AppError;
use crate::engine::money::{Currency, Micros};
use crate::engine::policy::{Discounting, Policy, ReferralPolicy, RfmCutPoints, RfmCuts};
use crate::engine::time::Instant;
use crate::store::activation::StoredActivation;

impl Policies {
    /// The currency of a tenant's values, if a fact with money has settled it.
    pub(super) async fn base_currency(&self, tenant_id: &str) -> Result<Option<Currency>, Status> {
        let tenant = self.app.tenant(tenant_id).await.map_err(AppError::from)?;
        Ok(tenant.and_then(|tenant| tenant.base_currency))
    }
}

/// A policy with all its terms.
#[must_use]
pub(super) fn policy(known: &KnownPolicy, currency: Option<Currency>) -> pb::Policy {
    let (base_policy, recorded_at) = match known {
        KnownPolicy::Builtin(_) => (String::new(), None),
        KnownPolicy::Stored(stored) => (
            stored.base_policy.clone(),
            Some(timestamp(stored.recorded_at)),
        ),
    };
    let of = known.policy();
    pb::Policy {
        name: of.version.to_string(),
        base_policy,
        terms: Some(terms_of(of, currency)),
        recorded_at,
    }
}

fn terms_of(policy: &Policy, currency: Option<Currency>) -> pb::PolicyTerms {
    let amount = |amount: Micros| currency.map(|currency| money(amount, currency));
    pb::PolicyTerms {
        horizon_days: Some(policy.horizon_days),
        discount_rate: Some(policy.discount_rate),
        discounting: Some(discounting(policy.discounting)),
        margin: Some(share(policy.margin_millionths)),
        cost_to_serve_per_purchase: amount(policy.cost_to_serve_per_purchase),
        cost_to_serve_per_year: amount(policy.cost_to_serve_per_year),
        referral: Some(referral(&policy.referral, amount)),
        rfm_cuts: Some(rfm_cuts(&policy.rfm_cuts, amount)),
    }
}

/// A share of millionths.
fn share(millionths: i128) -> f64 {
    f64::from(i32::try_from(millionths).unwrap_or(i32::MAX)) / 1e6
}

fn discounting(discounting: Discounting) -> pb::PolicyDiscounting {
    use pb::policy_discounting::Timing;
    let timing = match discounting {
        Discounting::Continuous => Timing::Continuous(pb::ContinuousDiscounting {}),
        Discounting::MidPeriod { period_days } => {
            Timing::MidPeriod(pb::MidPeriodDiscounting { period_days })
        }
    };
    pb::PolicyDiscounting {
        timing: Some(timing),
    }
}

fn referral(
    referral: &ReferralPolicy,
    amount: impl Fn(Micros) -> Option<Money>,
) -> pb::PolicyReferral {
    pb::PolicyReferral {
        depth: Some(i32::try_from(referral.depth).unwrap_or(i32::MAX)),
        share: Some(share(referral.share_millionths)),
        decay: Some(share(referral.decay_millionths)),
        probability_came_anyway: Some(share(referral.came_anyway_millionths)),
        acquisition_cost_saved: amount(referral.acquisition_cost_saved),
    }
}

fn rfm_cuts(cuts: &RfmCuts, amount: impl Fn(Micros) -> Option<Money>) -> pb::PolicyRfmCuts {
    use pb::policy_rfm_cuts::Cuts;
    let custom = |points: &RfmCutPoints| pb::CustomCuts {
        recency_days: points.recency_days.to_vec(),
        frequency: points.frequency.to_vec(),
        monetary: points.monetary.into_iter().filter_map(amount).collect(),
    };
    let cuts = match cuts {
        RfmCuts::SnapshotInForce => Cuts::SnapshotInForce(pb::SnapshotInForceCuts {}),
        RfmCuts::NewestSnapshot => Cuts::NewestSnapshot(pb::NewestSnapshotCuts {}),
        RfmCuts::Custom(points) => Cuts::Custom(custom(points)),
    };
    pb::PolicyRfmCuts { cuts: Some(cuts) }
}

/// An activation and the instant another takes over.
#[must_use]
pub(super) fn activation(
    stored: &StoredActivation,
    until: Option<Instant>,
) -> pb::PolicyActivation {
    pb::PolicyActivation {
        policy_name: model_name(&stored.family, stored.number),
        effective_at: Some(timestamp(stored.effective_at)),
        effective_until: until.map(timestamp),
        recorded_at: Some(timestamp(stored.recorded_at)),
    }
}

/// All activations of a policy.
#[must_use]
pub(super) fn activations(
    definitions: &Definitions,
    known: &KnownPolicy,
) -> Vec<pb::PolicyActivation> {
    let named = known.family_and_number();
    named
        .map(|(family, number)| definitions.activations(family, number))
        .unwrap_or_default()
        .into_iter()
        .map(|(stored, until)| activation(stored, until))
        .collect()
}

/// The name of a policy in a request.
pub(super) fn read_name(reader: &mut Reader, name: &str) -> Option<String> {
    if name.is_empty() {
        reader.refuse("name", "is required, as in policy/3");
        return None;
    }
    reader.text("name", name, SHORT_BYTES_MAX)
}
