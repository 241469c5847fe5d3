//! Purchase models of every family: fits, scores, and the one slot they share.

use std::path::Path;

use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::purchase_model::PurchaseModel as _;
use customer_value::engine::statistics::PurchaseStatistics;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use serde_json::Value;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, from_now, micros};
use crate::support::cdnow;

fn fit(family: pb::ModelFamily, prior: pb::ModelPrior, end: Date) -> pb::FitModelRequest {
    pb::FitModelRequest {
        family: family.into(),
        calibration_end: Some(end),
        prior: prior.into(),
    }
}

const CDNOW_END: Date = Date {
    year: 1997,
    month: 9,
    day: 30,
};

#[track_caller]
fn close(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.unwrap();
    let off = (found - expected).abs();
    assert!(
        off <= tolerance * expected.abs(),
        "{found} is not {expected}"
    );
}

async fn prediction(caller: &Caller, customer_id: &str) -> pb::Prediction {
    let question = about(customer_id)
        .as_of(at("1997-09-30T23:59:59Z"))
        .horizon_days(273);
    caller.score(question).await.prediction.unwrap()
}

#[tokio::test]
async fn cdnow_fits_and_forecasts_of_each_family_equal_the_reference() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/oracle-lifetime-value.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::purchases()).await;

    let none = pb::ModelPrior::None;
    let pareto = caller
        .fit(fit(pb::ModelFamily::ParetoNbd, none, CDNOW_END))
        .await;
    assert_eq!(pareto.name, "pareto-nbd/1");
    assert_eq!(pareto.family(), pb::ModelFamily::ParetoNbd);
    assert_eq!(pareto.customers, 2_357);
    let expected = &oracle["independent_mle"]["pareto_nbd"]["full_precision"];
    let off = pareto.log_likelihood - number(&expected["ll_total"]);
    assert!(off.abs() < 1e-6, "{off}");
    let found = pareto.parameters.unwrap();
    let errors = pareto.standard_errors.unwrap();
    for (name, value, error) in [
        ("r", found.r, errors.r),
        ("alpha", found.alpha, errors.alpha),
        ("s", found.s, errors.s),
        ("beta", found.beta, errors.beta),
    ] {
        close(value, number(&expected["params"][name]), 1e-5);
        close(error, number(&expected["se"][name]), 1e-3);
    }
    assert_eq!((found.a, found.b), (None, None));

    let mbg = caller
        .fit(fit(pb::ModelFamily::MbgNbd, none, CDNOW_END))
        .await;
    assert_eq!(mbg.name, "mbg-nbd/1");
    assert_eq!(mbg.family(), pb::ModelFamily::MbgNbd);
    let published = &oracle["published"]["mbgnbd_cdnow"]["params"];
    let found = mbg.parameters.unwrap();
    for (name, value) in [
        ("r", found.r),
        ("alpha", found.alpha),
        ("a", found.a),
        ("b", found.b),
    ] {
        // Published with three decimals.
        close(value, number(&published[name]), 1e-3);
    }
    let mbg_model = MbgNbd::new(
        found.r.unwrap(),
        found.alpha.unwrap(),
        found.a.unwrap(),
        found.b.unwrap(),
    )
    .unwrap();

    let early = Some(at("1997-01-01"));
    for customer in oracle["three_customers"]["customers"].as_array().unwrap() {
        let customer_id = customer["id"].to_string();
        caller.activate(&pareto.name, early).await;
        let by_pareto = prediction(&caller, &customer_id).await;
        assert_eq!(by_pareto.purchase_model, pareto.name);
        let expected = &customer["pareto_nbd"];
        let alive = Some(by_pareto.probability_alive);
        close(alive, number(&expected["p_alive"]), 1e-5);
        let purchases = Some(by_pareto.expected_purchases);
        close(purchases, number(&expected["expected_39w"]), 1e-5);

        // Days are exact; the file has weeks with eight decimals.
        let days = |name: &str| (7.0 * number(&customer[name])).round() / 7.0;
        let statistics =
            PurchaseStatistics::new(number(&customer["frequency"]), days("recency"), days("T"))
                .unwrap();
        caller.activate(&mbg.name, early).await;
        let by_mbg = prediction(&caller, &customer_id).await;
        assert_eq!(by_mbg.purchase_model, mbg.name);
        let alive = mbg_model.probability_alive(&statistics);
        close(Some(by_mbg.probability_alive), alive, 1e-10);
        let purchases = mbg_model.expected_purchases(&statistics, 39.0).unwrap();
        close(Some(by_mbg.expected_purchases), purchases, 1e-10);
    }
}

#[track_caller]
fn intervals_hold(prediction: &pb::Prediction) {
    let expected = prediction.expected_purchases_interval.as_ref().unwrap();
    let actual = prediction.actual_purchases_interval.as_ref().unwrap();
    assert!(expected.lower < prediction.expected_purchases);
    assert!(prediction.expected_purchases < expected.upper);
    assert!(actual.lower <= expected.lower && expected.upper < actual.upper);
    assert_eq!(actual.upper.fract(), 0.0);
    let money = prediction.expected_contribution_interval.as_ref().unwrap();
    let mean = micros(prediction.expected_contribution.as_ref());
    assert!(micros(money.lower.as_ref()) < mean && mean < micros(money.upper.as_ref()));
    assert!(mean < micros(prediction.residual_value.as_ref()));
    assert_eq!((expected.level, actual.level, money.level), (0.9, 0.9, 0.9));
}

#[tokio::test]
async fn models_stored_without_their_uncertainty_give_no_intervals() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    let end = Date {
        year: 2020,
        month: 4,
        day: 1,
    };
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let model = caller.fit(fit(family, pb::ModelPrior::Weak, end)).await;
        caller.activate(&model.name, None).await;
    }
    let mut connection = app.connection().await;
    sqlx::query("UPDATE models SET log_parameter_covariance = NULL")
        .execute(&mut connection)
        .await
        .unwrap();
    let caller = app.replica().await.caller();
    let question = || about("shop-3").as_of(at("2020-05-01"));
    let score = caller.score(question()).await;
    let prediction = score.prediction.unwrap();
    assert_eq!(prediction.expected_purchases_interval, None);
    assert_eq!(prediction.actual_purchases_interval, None);
    assert_eq!(prediction.expected_contribution_interval, None);
    assert!(prediction.residual_value.is_some());
    for component in [
        "prediction.expected_purchases_interval",
        "prediction.actual_purchases_interval",
        "prediction.expected_contribution_interval",
    ] {
        let mut absent = score.unavailable.iter();
        let absent = absent.find(|absent| absent.component == component);
        let absent = absent.unwrap();
        assert_eq!(absent.reason(), pb::UnavailableReason::NotEnoughData);
        assert!(absent.detail.contains("fit it again"));
    }
    // A new fit has them, at the policy's horizon and at others.
    let end = Date { day: 2, ..end };
    let refit = fit(pb::ModelFamily::BgNbd, pb::ModelPrior::Weak, end);
    let model = caller.fit(refit).await;
    caller.activate(&model.name, None).await;
    for horizon_days in [0, 30, 365] {
        let asked = question().horizon_days(horizon_days);
        let prediction = caller.score(asked).await.prediction.unwrap();
        let interval = prediction.expected_purchases_interval.unwrap();
        assert!(interval.lower <= prediction.expected_purchases);
        assert!(prediction.expected_purchases <= interval.upper);
    }
}

#[tokio::test]
async fn families_take_turns_in_one_slot_and_old_answers_stay() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    let end = Date {
        year: 2020,
        month: 4,
        day: 1,
    };
    let weak = pb::ModelPrior::Weak;
    let spend = caller
        .fit(fit(pb::ModelFamily::GammaGamma, weak, end))
        .await;
    let early = Some(at("2020-01-01"));
    caller.activate(&spend.name, early).await;
    let mut answers: Vec<(_, Vec<u8>)> = Vec::new();
    let mut forecasts = Vec::new();
    for (family, name) in [
        (pb::ModelFamily::BgNbd, "bg-nbd/1"),
        (pb::ModelFamily::MbgNbd, "mbg-nbd/1"),
        (pb::ModelFamily::ParetoNbd, "pareto-nbd/1"),
    ] {
        let model = caller.fit(fit(family, weak, end)).await;
        assert_eq!(model.name, name);
        assert_eq!(caller.fit(fit(family, weak, end)).await, model);
        let activation = caller.activate(name, early).await;
        assert_eq!(activation.effective_until, None);
        let question = about("shop-3")
            .as_of(at("2020-05-01"))
            .known_at(from_now(0));
        let score = caller.score(question.clone()).await;
        let used = score.provenance.unwrap().model_versions;
        assert_eq!(used, [name, "gamma-gamma/1"]);
        let prediction = score.prediction.unwrap();
        intervals_hold(&prediction);
        forecasts.push(prediction.expected_purchases.to_bits());
        answers.push((question.clone(), caller.score_bytes(question).await));
    }
    forecasts.sort_unstable();
    forecasts.dedup();
    assert_eq!(forecasts.len(), 3, "each family has a forecast of its own");
    for (question, bytes) in &answers {
        for at in [&app.replica().await.caller(), &caller] {
            assert_eq!(&at.score_bytes(question.clone()).await, bytes);
        }
    }
    // Back to the first: it forecasts as it did.
    let later = Some(at("2020-03-01"));
    caller.activate("bg-nbd/1", later).await;
    let again = caller.score(about("shop-3").as_of(at("2020-05-01"))).await;
    assert_eq!(again.provenance.unwrap().model_versions[0], "bg-nbd/1");

    let mut models = caller.client.models.clone();
    let list = pb::ListModelsRequest::default();
    let listed = models.list_models(list).await.unwrap().into_inner();
    let names: Vec<_> = listed.models.iter().map(|model| &model.name).collect();
    assert_eq!(
        names,
        ["pareto-nbd/1", "mbg-nbd/1", "bg-nbd/1", "gamma-gamma/1"]
    );
}
