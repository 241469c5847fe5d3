//! Policies: defining, reading, putting in force.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Status;

use super::app::Caller;
use super::builders::money;

/// Terms that differ from the base in the margin alone.
pub(crate) fn margin(margin: f64) -> pb::PolicyTerms {
    pb::PolicyTerms {
        margin: Some(margin),
        ..pb::PolicyTerms::default()
    }
}

/// Terms that credit referees to a depth.
pub(crate) fn depth(depth: i32) -> pb::PolicyTerms {
    pb::PolicyTerms {
        referral: Some(pb::PolicyReferral {
            depth: Some(depth),
            ..pb::PolicyReferral::default()
        }),
        ..pb::PolicyTerms::default()
    }
}

/// Terms that all differ from the newest built-in policy.
pub(crate) fn all_terms() -> pb::PolicyTerms {
    pb::PolicyTerms {
        horizon_days: Some(730),
        discount_rate: Some(0.08),
        discounting: Some(pb::PolicyDiscounting {
            timing: Some(pb::policy_discounting::Timing::MidPeriod(
                pb::MidPeriodDiscounting { period_days: 365 },
            )),
        }),
        margin: Some(0.350_001),
        cost_to_serve_per_purchase: Some(money("2")),
        cost_to_serve_per_year: Some(money("12")),
        referral: Some(pb::PolicyReferral {
            depth: Some(3),
            share: Some(0.5),
            decay: Some(0.25),
            probability_came_anyway: Some(0.1),
            acquisition_cost_saved: Some(money("40")),
        }),
        rfm_cuts: Some(pb::PolicyRfmCuts {
            cuts: Some(pb::policy_rfm_cuts::Cuts::Custom(pb::CustomCuts {
                recency_days: vec![7, 30, 90, 365],
                frequency: vec![1, 2, 5, 10],
                monetary: ["10", "50.5", "100", "500"].map(money).to_vec(),
            })),
        }),
    }
}

impl Caller {
    /// Defines a policy; answers it and whether it is new.
    pub(crate) async fn try_define_policy(
        &self,
        base_policy: Option<&str>,
        terms: pb::PolicyTerms,
    ) -> Result<(pb::Policy, pb::RecordOutcome), Status> {
        let mut policies = self.client.policies.clone();
        let request = pb::DefinePolicyRequest {
            base_policy: base_policy.map(str::to_owned),
            terms: Some(terms),
        };
        let response = policies.define_policy(request).await?.into_inner();
        let outcome = response.outcome();
        Ok((response.policy.unwrap(), outcome))
    }

    /// Defines a policy on the newest built-in one; answers its name.
    pub(crate) async fn define_policy(&self, terms: pb::PolicyTerms) -> String {
        let defined = self.try_define_policy(None, terms).await;
        defined.unwrap().0.name
    }

    /// A policy with its activations.
    pub(crate) async fn try_policy(&self, name: &str) -> Result<pb::GetPolicyResponse, Status> {
        let mut policies = self.client.policies.clone();
        let name = name.to_owned();
        let response = policies.get_policy(pb::GetPolicyRequest { name }).await?;
        Ok(response.into_inner())
    }

    /// A page of policies.
    pub(crate) async fn try_policies(
        &self,
        page_size: i32,
        page_token: &str,
    ) -> Result<pb::ListPoliciesResponse, Status> {
        let mut policies = self.client.policies.clone();
        let request = pb::ListPoliciesRequest {
            page_size,
            page_token: page_token.to_owned(),
        };
        Ok(policies.list_policies(request).await?.into_inner())
    }

    /// Puts a policy in force.
    pub(crate) async fn try_activate_policy(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> Result<pb::PolicyActivation, Status> {
        let mut policies = self.client.policies.clone();
        let request = pb::ActivatePolicyRequest {
            name: name.to_owned(),
            effective_at,
        };
        let response = policies.activate_policy(request).await?.into_inner();
        assert_eq!(response.policy.unwrap().name, name);
        Ok(response.activation.unwrap())
    }

    /// Puts a policy that is there in force.
    pub(crate) async fn activate_policy(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> pb::PolicyActivation {
        self.try_activate_policy(name, effective_at).await.unwrap()
    }
}
