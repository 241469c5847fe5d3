//! `ModelService`: fits, names, activations, and what scores make of them.

use std::path::Path;
use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use serde_json::Value;
use sqlx::Connection as _;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, from_now, micros, purchase};
use crate::support::cdnow;
use crate::support::errors::{bad_fields, reason, refused};
use crate::support::rows::{idle_in_transaction, row_counts};

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn fit(family: pb::ModelFamily) -> pb::FitModelRequest {
    pb::FitModelRequest {
        family: family.into(),
        calibration_end: None,
        prior: pb::ModelPrior::Weak.into(),
    }
}

fn cdnow_fit(family: pb::ModelFamily) -> pb::FitModelRequest {
    pb::FitModelRequest {
        calibration_end: day(1997, 9, 30),
        prior: pb::ModelPrior::None.into(),
        ..fit(family)
    }
}

#[track_caller]
fn close(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    let off = (found - expected).abs();
    assert!(
        off <= tolerance * expected.abs().max(1e-300),
        "{found} is not {expected}"
    );
}

async fn small_shop() -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    (app, caller)
}

async fn list(caller: &Caller, page_size: i32, page_token: &str) -> pb::ListModelsResponse {
    let page_token = page_token.to_owned();
    let request = pb::ListModelsRequest {
        page_size,
        page_token,
    };
    let mut models = caller.client.models.clone();
    models.list_models(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn cdnow_fits_and_predictions_equal_the_reference() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/oracle-lifetime-value.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let app = TestApp::new().await;
    let caller = app.caller();
    let outcomes = caller.record(cdnow::purchases()).await;
    assert_eq!(outcomes.len(), 6_919);

    let purchases = caller.fit(cdnow_fit(pb::ModelFamily::BgNbd)).await;
    let expected = &oracle["independent_mle"]["bgnbd"]["full_precision"];
    let found = purchases.parameters.unwrap();
    for (name, value) in [
        ("r", found.r),
        ("alpha", found.alpha),
        ("a", found.a),
        ("b", found.b),
    ] {
        close(value.unwrap(), &expected["params"][name], 1e-5);
    }
    let expected = expected["ll_total"].as_f64().unwrap();
    assert!((purchases.log_likelihood - expected).abs() < 1e-6);
    assert_eq!(purchases.customers, 2_357);
    assert!(purchases.converged);

    let spend = caller.fit(cdnow_fit(pb::ModelFamily::GammaGamma)).await;
    let expected = &oracle["independent_mle"]["gamma_gamma"]["full_precision"];
    let found = spend.parameters.unwrap();
    for (name, value) in [("p", found.p), ("q", found.q), ("gamma", found.gamma)] {
        close(value.unwrap(), &expected["params"][name], 1e-5);
    }
    let expected = expected["ll_total"].as_f64().unwrap();
    assert!((spend.log_likelihood - expected).abs() < 1e-6);
    assert_eq!(spend.customers, 946);

    for name in [&purchases.name, &spend.name] {
        let activation = caller.activate(name, None).await;
        assert_eq!(activation.effective_at, Some(at("1997-10-01T00:00:00Z")));
    }
    let in_the_past = Some(at("1997-01-01"));
    caller.activate(&purchases.name, in_the_past).await;
    caller.activate(&spend.name, in_the_past).await;
    for customer in oracle["three_customers"]["customers"].as_array().unwrap() {
        let question = about(&customer["id"].to_string())
            .as_of(at("1997-09-30T23:59:59Z"))
            .horizon_days(273);
        let prediction = caller.score(question).await.prediction.unwrap();
        let expected = &customer["bgnbd"];
        close(prediction.probability_alive, &expected["p_alive"], 1e-6);
        close(
            prediction.expected_purchases,
            &expected["expected_39w"],
            1e-6,
        );
        let spend = micros(prediction.expected_spend_per_purchase.as_ref()) as f64 / 1e6;
        close(spend, &customer["expected_spend"], 1e-6);
        let buys_again = customer["frequency"].as_f64().unwrap() > 0.0;
        assert_eq!(prediction.spend_is_population_mean, !buys_again);
    }
}

#[tokio::test]
async fn same_fit_twice_is_the_same_model() {
    let (app, caller) = small_shop().await;
    let first = caller.fit(fit(pb::ModelFamily::BgNbd)).await;
    assert_eq!(first.name, "bg-nbd/1");
    assert_eq!(
        app.replica()
            .await
            .caller()
            .fit(fit(pb::ModelFamily::BgNbd))
            .await,
        first
    );
    let other = pb::FitModelRequest {
        calibration_end: day(2020, 3, 1),
        ..fit(pb::ModelFamily::BgNbd)
    };
    assert_eq!(caller.fit(other).await.name, "bg-nbd/2");
    let spend = caller.fit(fit(pb::ModelFamily::GammaGamma)).await;
    assert_eq!(spend.name, "gamma-gamma/1");
    let mut models = caller.client.models.clone();
    let request = pb::GetModelRequest {
        name: first.name.clone(),
    };
    let got = models.get_model(request).await.unwrap().into_inner();
    assert_eq!(got.model, Some(first));
}

#[tokio::test]
async fn default_calibration_ends_with_the_newest_purchase_day_that_has_ended() {
    let (_app, caller) = small_shop().await;
    let today = pb::Transaction {
        occurred_at: Some(from_now(0)),
        ..purchase("today", "t", "2020-01-01", "1")
    };
    caller.record([today.into()]).await;
    let model = caller.fit(fit(pb::ModelFamily::BgNbd)).await;
    assert_eq!(model.calibration_end.unwrap().year, 2020);
    assert_eq!(model.customers, 60);
}

#[tokio::test]
async fn activation_is_idempotent_and_tells_until_when() {
    let (app, caller) = small_shop().await;
    let first = caller.fit(fit(pb::ModelFamily::BgNbd)).await.name;
    let request = pb::FitModelRequest {
        calibration_end: day(2020, 3, 1),
        ..fit(pb::ModelFamily::BgNbd)
    };
    let second = caller.fit(request).await.name;
    let mut connection = app.connection().await;
    let march = caller.activate(&second, None).await;
    assert_eq!(march.effective_at, Some(at("2020-03-02T00:00:00Z")));
    assert_eq!(march.effective_until, None);
    let counts = row_counts(&mut connection).await;
    assert_eq!(caller.activate(&second, None).await, march);
    assert_eq!(row_counts(&mut connection).await, counts);
    let later = caller.activate(&first, Some(at("2021-01-01"))).await;
    assert_eq!(later.effective_until, None);
    let march_again = caller.activate(&second, None).await;
    assert_eq!(march_again.effective_until, later.effective_at);
    assert_eq!(march_again.recorded_at, march.recorded_at);
    let earlier = caller.activate(&first, Some(at("2020-02-01"))).await;
    assert_eq!(earlier.effective_until, march.effective_at);
    for (as_of, model) in [
        ("2020-01-31", None),
        ("2020-02-15", Some(&first)),
        ("2020-03-02T00:00:00Z", Some(&second)),
        ("2021-01-01", Some(&first)),
    ] {
        let score = caller.score(about("shop-0").as_of(at(as_of))).await;
        let used = score.provenance.unwrap().model_versions;
        assert_eq!(used.first(), model, "{as_of}");
        let absent = score.unavailable.iter().any(|absent| {
            absent.component == "prediction" && absent.reason() == pb::UnavailableReason::NoModel
        });
        assert_eq!(absent, model.is_none());
    }
    let status = refused(caller.try_activate("bg-nbd/9", None).await, Code::NotFound);
    assert_eq!(reason(&status), "UNKNOWN_MODEL");
}

#[tokio::test]
async fn old_answers_stay_after_a_refit_and_activation() {
    let (app, caller) = small_shop().await;
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let model = caller.fit(fit(family)).await.name;
        caller.activate(&model, Some(at("2020-01-01"))).await;
    }
    let as_of = at("2020-05-01");
    let default = caller.score(about("shop-3").as_of(as_of)).await;
    let rests_on = default.provenance.clone().unwrap();
    assert_eq!(rests_on.model_versions, ["bg-nbd/1", "gamma-gamma/1"]);
    let value = default.lasting_value.clone().unwrap();
    let sum: i128 = value
        .parts
        .iter()
        .map(|part| micros(part.amount.as_ref()))
        .sum();
    assert_eq!(sum, micros(value.total.as_ref()));
    let question = about("shop-3").as_of(as_of).known_at(rests_on.known_at);
    assert_eq!(caller.score(question.clone()).await, default);
    let explicit = about("shop-3").as_of(as_of).known_at(from_now(0));
    let before = caller.score_bytes(explicit.clone()).await;

    caller
        .record([purchase("shop-3", "late", "2020-02-02", "999").into()])
        .await;
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let request = pb::FitModelRequest {
            prior: pb::ModelPrior::Weak.into(),
            calibration_end: day(2020, 4, 1),
            ..fit(family)
        };
        let model = caller.fit(request).await.name;
        caller.activate(&model, Some(at("2020-04-02"))).await;
    }
    for at in [&app.replica().await.caller(), &caller] {
        assert_eq!(at.score_bytes(explicit.clone()).await, before);
        assert_eq!(at.score(question.clone()).await, default);
        let now = at.score(about("shop-3").as_of(as_of)).await;
        let used = now.provenance.unwrap().model_versions;
        assert_eq!(used, ["bg-nbd/2", "gamma-gamma/2"]);
    }
}

#[tokio::test]
async fn pages_of_models_continue_and_foreign_tokens_are_refused() {
    let (_app, caller) = small_shop().await;
    let mut names = Vec::new();
    for end in 1..=5 {
        let request = pb::FitModelRequest {
            calibration_end: day(2020, 4, end),
            ..fit(pb::ModelFamily::BgNbd)
        };
        names.insert(0, caller.fit(request).await.name);
    }
    caller.activate("bg-nbd/2", None).await;
    let (mut listed, mut activations, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = list(&caller, 2, &token).await;
        assert!(page.models.len() <= 2);
        listed.extend(page.models.into_iter().map(|model| model.name));
        activations.extend(page.activations.into_iter().map(|active| active.model_name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, names);
    assert_eq!(activations, ["bg-nbd/2"]);
    assert_eq!(list(&caller, 0, "").await.models.len(), 5);
    let mut models = caller.client.models.clone();
    let request = pb::ListModelsRequest {
        page_size: 2,
        page_token: "of another list".to_owned(),
    };
    let outcome = models.list_models(request).await;
    assert_eq!(
        bad_fields(&refused(outcome, Code::InvalidArgument)),
        ["page_token"]
    );
}

#[tokio::test]
async fn fit_whose_client_goes_away_stops_and_stores_nothing() {
    let (app, caller) = small_shop().await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let mut held = connection.begin().await.unwrap();
    sqlx::query("LOCK TABLE customer_days IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    for wait_ms in [0, 1, 10, 100] {
        let mut models = caller.client.models.clone();
        let request = fit(pb::ModelFamily::BgNbd);
        let request = pb::FitModelRequest {
            calibration_end: day(2020, 5, 1),
            ..request
        };
        let updates = models.fit_model(request).await.unwrap();
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        drop(updates);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.rollback().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(row_counts(&mut connection).await, counts);
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    assert_eq!(
        caller.fit(fit(pb::ModelFamily::BgNbd)).await.name,
        "bg-nbd/1"
    );
}

#[tokio::test]
async fn data_that_determine_no_model_are_a_failed_precondition() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let families = [
        pb::ModelFamily::BgNbd,
        pb::ModelFamily::MbgNbd,
        pb::ModelFamily::ParetoNbd,
        pb::ModelFamily::GammaGamma,
        pb::ModelFamily::ReferralNbd,
    ];
    for family in families {
        let status = refused(caller.try_fit(fit(family)).await, Code::FailedPrecondition);
        assert_eq!(reason(&status), "NOTHING_TO_FIT");
    }
    // Nobody ever came back.
    let once = (0..20).map(|who| purchase(&format!("c{who}"), "t", "2020-01-01", "10").into());
    caller.record(once).await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    for family in families {
        let request = pb::FitModelRequest {
            calibration_end: day(2020, 6, 1),
            prior: pb::ModelPrior::None.into(),
            ..fit(family)
        };
        let status = refused(caller.try_fit(request).await, Code::FailedPrecondition);
        assert_eq!(reason(&status), "NOT_FITTABLE", "{status:?}");
    }
    assert_eq!(row_counts(&mut connection).await, counts);
}
