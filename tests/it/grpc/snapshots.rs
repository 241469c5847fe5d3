//! Population snapshots: what is in them, and that nothing but the facts shows in them.

mod reads;
mod takes;
mod tenants;

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{at, cost, purchase, referral};
use crate::support::cdnow;

/// A shop whose purchases determine models, both in force, with customers of every sort: one who
/// only costs, one whose costs exceed what they paid, one who paid nothing, one who brings others.
async fn shop() -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(facts()).await;
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let request = pb::FitModelRequest {
            family: family.into(),
            ..pb::FitModelRequest::default()
        };
        let name = caller.fit(request).await.name;
        caller.activate(&name, Some(at("2020-01-01"))).await;
    }
    (app, caller)
}

fn facts() -> Vec<crate::support::builders::Fact> {
    let mut facts = cdnow::small_shop("CNY");
    let kind = pb::CostKind::ToServe;
    facts.push(cost("costs-only", "c", "2020-02-01", "3", kind).into());
    facts.push(purchase("loss", "t", "2020-02-01", "5").into());
    facts.push(cost("loss", "c", "2020-02-02", "80", kind).into());
    facts.push(purchase("free", "t", "2020-02-01", "0").into());
    facts.push(referral("shop-1", "shop-2", "r1", "2020-01-05").into());
    facts.push(referral("shop-1", "shop-3", "r2", "2020-01-06").into());
    facts
}
