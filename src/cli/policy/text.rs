//! Policies for people.

use crate::cli::amounts::money_text;
use crate::cli::instants;
use crate::cli::table::{Side, table};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;

/// A share or rate in percent, with as many decimals as it has.
fn percent(share: Option<f64>) -> String {
    let text = format!("{:.4}", share.unwrap_or_default() * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// From when to when an activation holds.
fn in_force(activation: &pb::PolicyActivation) -> String {
    let from = instants::text(activation.effective_at.as_ref());
    match &activation.effective_until {
        Some(until) => format!("from {from} until {}", instants::text(Some(until))),
        None => format!("from {from} on"),
    }
}

/// An amount; nothing while the tenant has no currency.
fn amount(money: Option<&Money>) -> String {
    match money {
        Some(amount) => format!("{} {}", money_text(Some(amount)), amount.currency_code),
        None => "0".to_owned(),
    }
}

fn discounting(of: Option<&pb::PolicyDiscounting>) -> String {
    use pb::policy_discounting::Timing;
    match of.and_then(|of| of.timing.as_ref()) {
        Some(Timing::MidPeriod(of)) => format!("in the middle of each {} days", of.period_days),
        Some(Timing::Continuous(_)) | None => "continuous".to_owned(),
    }
}

fn rfm_cuts(of: Option<&pb::PolicyRfmCuts>) -> Vec<String> {
    use pb::policy_rfm_cuts::Cuts;
    let list = |points: Vec<String>| points.join(", ");
    match of.and_then(|of| of.cuts.as_ref()) {
        Some(Cuts::NewestSnapshot(_)) => vec!["quintiles of the newest snapshot".to_owned()],
        Some(Cuts::SnapshotInForce(_)) | None => {
            vec!["quintiles of the snapshot in force".to_owned()]
        }
        Some(Cuts::Custom(custom)) => {
            let counts = |points: &[i64]| list(points.iter().map(i64::to_string).collect());
            let amounts = custom.monetary.iter().map(|money| money_text(Some(money)));
            vec![
                format!("recency in days: {}", counts(&custom.recency_days)),
                format!("purchase days: {}", counts(&custom.frequency)),
                format!("revenue: {}", list(amounts.collect())),
            ]
        }
    }
}

/// All terms of a policy by name.
fn rows(policy: &pb::Policy) -> Vec<(&'static str, String)> {
    let terms = policy.terms.clone().unwrap_or_default();
    let referral = terms.referral.clone().unwrap_or_default();
    let mut rows = vec![
        ("looks ahead", format!("{} days", terms.horizon_days())),
        (
            "discount rate",
            format!("{} a year", percent(terms.discount_rate)),
        ),
        ("discounting", discounting(terms.discounting.as_ref())),
        ("margin where unknown", percent(terms.margin)),
        (
            "cost to serve",
            format!(
                "{} a purchase day, {} a year",
                amount(terms.cost_to_serve_per_purchase.as_ref()),
                amount(terms.cost_to_serve_per_year.as_ref()),
            ),
        ),
        (
            "referees",
            format!(
                "{} of what they bring, {} of that a depth further, to depth {}",
                percent(referral.share),
                percent(referral.decay),
                referral.depth(),
            ),
        ),
        (
            "would have come anyway",
            format!(
                "{}, saving {}",
                percent(referral.probability_came_anyway),
                amount(referral.acquisition_cost_saved.as_ref()),
            ),
        ),
    ];
    let cuts = rfm_cuts(terms.rfm_cuts.as_ref());
    let names = std::iter::once("RFM scores cut at").chain(std::iter::repeat(""));
    rows.extend(names.zip(cuts));
    if !policy.base_policy.is_empty() {
        rows.push(("all else as in", policy.base_policy.clone()));
        let recorded_at = instants::text(policy.recorded_at.as_ref());
        rows.push(("recorded", recorded_at));
    }
    rows
}

fn policy(policy: &pb::Policy, activations: &[pb::PolicyActivation]) -> String {
    let mut rows = rows(policy);
    rows.extend(
        activations
            .iter()
            .map(|found| ("in force", in_force(found))),
    );
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    let terms = table(&[("", Side::Left), ("", Side::Left)], &rows);
    format!("{}\n{terms}", policy.name)
}

/// A policy that was asked for.
pub(super) fn shown(found: &pb::GetPolicyResponse) -> String {
    let of = found.policy.clone().unwrap_or_default();
    policy(&of, &found.activations)
}

/// A policy that was defined.
pub(super) fn defined(defined: &pb::DefinePolicyResponse) -> String {
    let of = defined.policy.clone().unwrap_or_default();
    policy(&of, &[])
}

/// A policy put in force.
pub(super) fn activated(done: &pb::ActivatePolicyResponse) -> String {
    let activation = done.activation.clone().unwrap_or_default();
    let name = &activation.policy_name;
    format!("{name} is in force {}\n", in_force(&activation))
}

/// Policies with their activations.
pub(super) fn list(list: &pb::ListPoliciesResponse) -> String {
    let rows: Vec<Vec<String>> = list
        .policies
        .iter()
        .map(|policy| {
            let terms = policy.terms.clone().unwrap_or_default();
            let held = list.activations.iter();
            let held = held.filter(|held| held.policy_name == policy.name);
            let held: Vec<String> = held.map(in_force).collect();
            vec![
                policy.name.clone(),
                terms.horizon_days().to_string(),
                percent(terms.discount_rate),
                percent(terms.margin),
                held.join("; "),
            ]
        })
        .collect();
    let columns = [
        ("policy", Side::Left),
        ("days ahead", Side::Right),
        ("discount rate", Side::Right),
        ("margin", Side::Right),
        ("in force", Side::Left),
    ];
    table(&columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_with_the_decimals_they_have() {
        for (share, text) in [
            (None, "0 %"),
            (Some(0.0), "0 %"),
            (Some(0.1), "10 %"),
            (Some(0.35), "35 %"),
            (Some(0.333_333), "33.3333 %"),
            (Some(0.000_001), "0.0001 %"),
            (Some(1.0), "100 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
