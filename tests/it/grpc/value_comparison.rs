//! Values side by side, and what a tenant's policy makes of the time to come.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, cost, micros, money};
use crate::support::cdnow;

async fn fit(caller: &Caller, family: pb::ModelFamily) {
    let request = pb::FitModelRequest {
        family: family.into(),
        calibration_end: None,
        prior: pb::ModelPrior::Weak.into(),
    };
    let model = caller.fit(request).await.name;
    caller.activate(&model, Some(at("2020-01-01"))).await;
}

async fn shop() -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    let won = cost(
        "shop-3",
        "won",
        "2020-01-04",
        "9 CNY",
        pb::CostKind::Acquisition,
    );
    caller.record([won.into()]).await;
    (app, caller)
}

async fn score(caller: &Caller, policy_version: Option<&str>) -> pb::CustomerScore {
    let mut question = about("shop-3").as_of(at("2020-06-15"));
    question.request.policy_version = policy_version.map(str::to_owned);
    caller.score(question).await
}

fn absent(score: &pb::CustomerScore, component: &str) -> Option<pb::UnavailableReason> {
    let mut absent = score.unavailable.iter();
    let absent = absent.find(|absent| absent.component == component);
    absent.map(pb::Unavailable::reason)
}

fn amount(of: &Option<customer_value::grpc::pb::google::r#type::Money>) -> i128 {
    assert!(of.is_some());
    micros(of.as_ref())
}

#[tokio::test]
async fn values_stand_side_by_side_with_a_reason_for_each_that_is_absent() {
    let (_app, caller) = shop().await;
    let without = score(&caller, None).await;
    let values = without.value_comparison.clone().unwrap();
    assert_eq!(
        amount(&values.historic),
        amount(&without.clv.as_ref().unwrap().to_date)
    );
    assert_eq!((values.predictive, values.formula), (None, None));
    for component in [
        "value_comparison.predictive",
        "value_comparison.predictive_residual",
        "value_comparison.formula",
    ] {
        let reason = absent(&without, component);
        assert_eq!(reason, Some(pb::UnavailableReason::NoModel), "{component}");
    }

    fit(&caller, pb::ModelFamily::BgNbd).await;
    fit(&caller, pb::ModelFamily::GammaGamma).await;
    let with = score(&caller, None).await;
    let values = with.value_comparison.clone().unwrap();
    let clv = with.clv.clone().unwrap();
    assert_eq!(amount(&values.historic), amount(&clv.to_date));
    assert_eq!(amount(&values.predictive), amount(&clv.expected));
    let residual = with.prediction.as_ref().unwrap().residual_value.clone();
    assert_eq!(values.predictive_residual, residual);
    assert!(amount(&values.predictive_residual) > amount(&values.predictive));
    let formula = values.formula.unwrap();
    // Known for less than a year: what they brought, without what it cost to win them.
    let yearly = amount(&formula.yearly_contribution);
    assert_eq!(yearly, amount(&clv.to_date) + 9_000_000);
    assert_eq!(formula.discount_rate, 0.1);
    let alive = with.prediction.unwrap().probability_alive;
    assert!(0.0 < formula.retention && formula.retention < alive);
    let expected = yearly as f64 * formula.retention / (1.1 - formula.retention);
    assert!((amount(&formula.value) as f64 - expected).abs() <= 1.0);
    assert!(formula.text.contains("CNY a year"), "{}", formula.text);

    // Alone it is the same, and nothing else is computed.
    let mut question = about("shop-3").as_of(at("2020-06-15"));
    question.request.read_mask = Some(prost_types::FieldMask {
        paths: vec!["value_comparison".to_owned()],
    });
    let alone = caller.score(question).await;
    assert_eq!(alone.value_comparison, with.value_comparison);
    assert_eq!((alone.prediction, alone.clv), (None, None));
}

#[tokio::test]
async fn a_policys_costs_and_periods_change_what_is_expected_and_are_told() {
    let (_app, caller) = shop().await;
    fit(&caller, pb::ModelFamily::MbgNbd).await;
    fit(&caller, pb::ModelFamily::GammaGamma).await;
    let built_in = score(&caller, None).await;
    let terms = pb::PolicyTerms {
        discounting: Some(pb::PolicyDiscounting {
            timing: Some(pb::policy_discounting::Timing::MidPeriod(
                pb::MidPeriodDiscounting { period_days: 730 },
            )),
        }),
        cost_to_serve_per_purchase: Some(money("2 CNY")),
        cost_to_serve_per_year: Some(money("12 CNY")),
        ..pb::PolicyTerms::default()
    };
    let policy = caller.define_policy(terms).await;
    let own = score(&caller, Some(&policy)).await;
    let told = |score: &pb::CustomerScore| {
        let prediction = score.prediction.clone().unwrap();
        (prediction.discounting(), prediction.discounting_period_days)
    };
    assert_eq!(told(&built_in), (pb::Discounting::Continuous, None));
    assert_eq!(told(&own), (pb::Discounting::MidPeriod, Some(730)));

    let part = |score: &pb::CustomerScore, of: pb::ValuePart| {
        let parts = score.lasting_value.clone().unwrap().parts;
        let mut parts = parts.into_iter();
        parts.find(|part| part.part() == of)
    };
    assert_eq!(part(&built_in, pb::ValuePart::ExpectedCost), None);
    let cost = part(&own, pb::ValuePart::ExpectedCost).unwrap();
    assert!(amount(&cost.amount) < 0);
    assert!(
        cost.explanation
            .contains("years of being a customer x 12.00 CNY")
    );
    let contribution = part(&own, pb::ValuePart::ExpectedContribution).unwrap();
    let contribution = amount(&contribution.amount);
    let clv = own.clv.clone().unwrap();
    assert_eq!(amount(&clv.expected), contribution + amount(&cost.amount));
    let value = own.lasting_value.clone().unwrap();
    let parts = value.parts.iter().map(|part| amount(&part.amount));
    assert_eq!(parts.sum::<i128>(), amount(&value.total));
    assert_eq!(
        amount(&own.value_comparison.unwrap().predictive),
        amount(&clv.expected)
    );

    // All of the year counts as if it came a year from now.
    let prediction = own.prediction.unwrap();
    let spend = amount(&prediction.expected_spend_per_purchase) as f64;
    let expected = prediction.expected_purchases * spend / 1.1;
    let found = amount(&prediction.expected_contribution) as f64;
    assert!((found - expected).abs() <= 2.0, "{found} is not {expected}");
    let explanation = prediction.explanation.unwrap();
    let contributions = explanation.contributions.iter();
    let added: i128 = contributions.map(|of| amount(&of.amount)).sum();
    assert_eq!(amount(&explanation.new_customer) + added, contribution);
    // The interval is around what is expected, not around what continuous discounting would.
    let interval = prediction.expected_contribution_interval.unwrap();
    let (lower, upper) = (
        amount(&interval.lower) as f64,
        amount(&interval.upper) as f64,
    );
    assert!(lower < found && found < upper);
    let middle = (lower * upper).sqrt();
    assert!(
        (middle / found - 1.0).abs() < 0.02,
        "{middle} is not {found}"
    );
}
