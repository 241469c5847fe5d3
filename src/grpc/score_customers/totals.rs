//! What scores add up to, as the contract writes it.

use crate::app::score_customers::ScoredTotals;
use crate::engine::money::Currency;
use crate::engine::outlook::PredictionTotals;
use crate::engine::score::{ENGINE_VERSION, Reason};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::score_customer::{contribution_interval, purchases_interval};
use crate::grpc::unavailable::unavailable;
use crate::grpc::write::{money, timestamp};

/// Totals as the contract has them, with what is absent and why.
pub(super) fn written(found: &ScoredTotals<'_>) -> pb::ScoreCustomersTotals {
    let mut totals = pb::ScoreCustomersTotals {
        customers: found.totals.customers(),
        predicted_customers: found.totals.predicted_customers(),
        provenance: provenance(found),
        ..pb::ScoreCustomersTotals::default()
    };
    let currency = found.frame.and_then(|frame| frame.tenant.base_currency);
    match found.totals.predictions().zip(currency) {
        Some((predictions, currency)) => fill(&mut totals, &predictions, currency),
        None => {
            let reason = match found.frame {
                None => Reason::NoFacts,
                Some(frame) if frame.predicts() => Reason::NoPurchase,
                Some(_) => Reason::NoModel,
            };
            totals.unavailable = ["expected_purchases", "expected_contribution"]
                .map(|component| unavailable(component, reason))
                .to_vec();
        }
    }
    totals
}

fn fill(totals: &mut pb::ScoreCustomersTotals, found: &PredictionTotals, currency: Currency) {
    let mut absent = |component: &str, reason| {
        totals.unavailable.push(unavailable(component, reason));
    };
    totals.expected_purchases = Some(found.expected_purchases);
    match found.expected_purchases_interval {
        Ok(interval) => totals.expected_purchases_interval = Some(purchases_interval(interval)),
        Err(reason) => absent("expected_purchases_interval", reason),
    }
    match found.contribution {
        Ok(contribution) => {
            totals.expected_contribution = Some(money(contribution.expected, currency));
            match contribution.interval {
                Ok(interval) => {
                    let interval = contribution_interval(interval, currency);
                    totals.expected_contribution_interval = Some(interval);
                }
                Err(reason) => absent("expected_contribution_interval", reason),
            }
        }
        Err(reason) => absent("expected_contribution", reason),
    }
}

fn provenance(found: &ScoredTotals<'_>) -> Option<pb::Provenance> {
    let frame = found.frame?;
    Some(pb::Provenance {
        engine_version: ENGINE_VERSION.to_owned(),
        policy_version: frame.policy.version.to_string(),
        model_versions: frame.predicting().map(|model| model.name.clone()).collect(),
        as_of: Some(timestamp(frame.view.as_of)),
        known_at: Some(timestamp(frame.view.known_at)),
        ..pb::Provenance::default()
    })
}
