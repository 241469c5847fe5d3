//! `EvaluateModel`: the table, the choice, and fits of whichever family does best.

use std::time::Duration;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use prost::Message as _;
use sqlx::Connection as _;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{from_now, purchase};
use crate::support::cdnow;
use crate::support::errors::{bad_fields, reason, refused};
use crate::support::rows::{idle_in_transaction, row_counts};

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// CDNOW held out from its 40th week on.
fn of_cdnow() -> pb::EvaluateModelRequest {
    pb::EvaluateModelRequest {
        calibration_end: day(1997, 9, 30),
        holdout_end: day(1998, 6, 30),
        prior: pb::ModelPrior::None.into(),
        ..pb::EvaluateModelRequest::default()
    }
}

/// Twenty days of the small shop, which ends in May 2020.
fn of_shop() -> pb::EvaluateModelRequest {
    pb::EvaluateModelRequest {
        holdout_end: day(2020, 5, 1),
        holdout_days: Some(20),
        ..pb::EvaluateModelRequest::default()
    }
}

async fn small_shop() -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    (app, caller)
}

fn row(origin: &pb::EvaluationOrigin, who: pb::EvaluationCandidate) -> &pb::CandidateAssessment {
    let mut rows = origin.assessments.iter();
    rows.find(|row| row.candidate() == who).unwrap()
}

#[tokio::test]
async fn cdnow_is_held_out_as_in_the_reference() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::purchases()).await;
    let fitted = caller
        .fit(pb::FitModelRequest {
            family: pb::ModelFamily::ParetoNbd.into(),
            calibration_end: day(1997, 9, 30),
            prior: pb::ModelPrior::None.into(),
        })
        .await;
    let asked = pb::EvaluateModelRequest {
        model_name: fitted.name.clone(),
        ..of_cdnow()
    };
    let found = caller.evaluate(asked.clone()).await;
    let [origin] = &found.origins[..] else {
        panic!("{} origins", found.origins.len());
    };
    assert_eq!(origin.calibration_end, asked.calibration_end);
    assert_eq!(origin.holdout_end, asked.holdout_end);
    assert_eq!(origin.customers, 2_357);
    assert_eq!(origin.actual_purchase_days, 1_882);
    use pb::EvaluationCandidate as Who;
    for (who, total, bias, error, spearman) in [
        (Who::SameRate, "2930.1", "55.7", "1.0237", "0.4898"),
        (Who::Nbd, "2929.8", "55.7", "1.0410", "0.4539"),
        (Who::BgNbd, "1653.4", "-12.1", "0.7855", "0.4493"),
        (Who::MbgNbd, "1576.7", "-16.2", "0.7648", "0.4500"),
        (Who::ParetoNbd, "1665.5", "-11.5", "0.7545", "0.4597"),
        (Who::StoredModel, "1665.5", "-11.5", "0.7545", "0.4597"),
    ] {
        let row = row(origin, who);
        assert_eq!(row.failure, "");
        let calibration = row.calibration.as_ref().unwrap();
        let predicted = calibration.predicted_purchase_days;
        assert_eq!(format!("{predicted:.1}"), total, "{who:?}");
        let percent = 100.0 * calibration.bias.unwrap();
        assert_eq!(format!("{percent:.1}"), bias, "{who:?}");
        assert_eq!(calibration.actual_purchase_days, 1_882);
        let found = row.errors.as_ref().unwrap().mean_absolute_error;
        assert_eq!(format!("{found:.4}"), error, "{who:?}");
        let found = row.ranking.unwrap().spearman.unwrap();
        assert_eq!(format!("{found:.4}"), spearman, "{who:?}");
        let classes = &calibration.frequency_classes;
        assert_eq!(classes.len(), 8);
        let customers: i64 = classes.iter().map(|class| class.customers).sum();
        assert_eq!(customers, 2_357);
    }
    let pareto = row(origin, Who::ParetoNbd);
    assert_eq!(pareto.parameters, fitted.parameters);
    assert_eq!(pareto.log_likelihood, Some(fitted.log_likelihood));
    let akaike = 8.0 - 2.0 * fitted.log_likelihood;
    assert_eq!((pareto.parameter_count, pareto.aic), (4, Some(akaike)));
    let stored = row(origin, Who::StoredModel);
    assert_eq!(
        (stored.parameter_count, stored.aic, stored.bic),
        (0, None, None)
    );
    let off = stored.log_likelihood.unwrap() - fitted.log_likelihood;
    assert!(off.abs() < 1e-7, "{off}");
    let naive = row(origin, Who::SameRate);
    assert_eq!((naive.log_likelihood, naive.parameters), (None, None));

    assert_eq!(found.chosen_family(), pb::ModelFamily::ParetoNbd);
    assert_eq!(found.model_name, fitted.name);
    assert_eq!(
        found.reason,
        "pareto-nbd has the least mean Poisson deviance at the one origin, 1.5940; bg-nbd has 1.5992."
    );
    let again = app.replica().await.caller().evaluate(asked.clone()).await;
    assert_eq!(again.encode_to_vec(), found.encode_to_vec());

    let by_fit = pb::EvaluateModelRequest {
        criterion: pb::EvaluationCriterion::Bic.into(),
        ..asked.clone()
    };
    let by_fit = caller.evaluate(by_fit).await;
    assert_eq!(by_fit.chosen_family(), pb::ModelFamily::MbgNbd);
    assert_eq!(by_fit.origins, found.origins);

    // At an older origin the stored model would have seen what is held out.
    let rolled = pb::EvaluateModelRequest {
        origins: Some(2),
        days_between_origins: Some(30),
        ..asked
    };
    let rolled = caller.evaluate(rolled).await;
    assert_eq!(rolled.origins[0], found.origins[0]);
    assert_eq!(rolled.origins[1].calibration_end, day(1997, 8, 31));
    assert_eq!(rolled.origins[1].holdout_end, day(1998, 5, 31));
    let stored = row(&rolled.origins[1], Who::StoredModel);
    assert!(stored.failure.contains("1997-09-30"), "{}", stored.failure);
    assert_eq!(stored.calibration, None);
    let standing = &rolled.standings[5];
    assert_eq!(standing.candidate(), Who::StoredModel);
    assert_eq!(
        (standing.origins_assessed, standing.criterion_value),
        (1, None)
    );
    assert_eq!(rolled.origins_counted, 2);
}

#[tokio::test]
async fn customers_who_come_after_an_origin_are_nowhere_in_it() {
    let (_app, caller) = small_shop().await;
    let before = caller.evaluate(of_shop()).await;
    caller
        .record([
            purchase("new", "t1", "2020-04-12", "1").into(),
            purchase("new", "t2", "2020-04-20", "1").into(),
        ])
        .await;
    assert_eq!(caller.evaluate(of_shop()).await, before);
    // Another purchase on the same day is no further purchase day; one on another day is.
    let origin = &before.origins[0];
    let known = [
        ("2020-04-01", "t3"),
        ("2020-04-12", "t4"),
        ("2020-04-12", "t5"),
    ];
    let facts = known.map(|(date, id)| purchase("known", id, date, "1").into());
    caller.record(facts).await;
    let after = &caller.evaluate(of_shop()).await.origins[0];
    assert_eq!(after.customers, origin.customers + 1);
    assert_eq!(after.actual_purchase_days, origin.actual_purchase_days + 1);
}

#[tokio::test]
async fn what_is_not_asked_for_is_by_default() {
    let (_app, caller) = small_shop().await;
    let asked = pb::EvaluateModelRequest::default();
    let (found, reports) = caller.try_evaluate(asked).await.unwrap();
    assert!(reports > 0);
    assert_eq!(
        found.criterion(),
        pb::EvaluationCriterion::MeanPoissonDeviance
    );
    assert_eq!(found.prior(), pb::ModelPrior::Weak);
    assert_eq!(found.origins.len(), 3);
    assert_eq!(found.standings.len(), 5);
    let can_be_chosen: Vec<bool> = found
        .standings
        .iter()
        .map(|row| row.can_be_chosen)
        .collect();
    assert_eq!(can_be_chosen, [false, false, true, true, true]);
    // The shop is younger than three hold-out periods: older origins have nobody, and do not count.
    let oldest = &found.origins[2];
    assert_eq!(oldest.customers, 0);
    for row in &oldest.assessments {
        assert_eq!(row.failure, "there are no customers to fit");
    }
    assert_eq!(found.origins_counted, 1);
    assert_ne!(found.chosen_family(), pb::ModelFamily::Unspecified);

    let one = pb::EvaluateModelRequest {
        families: vec![pb::ModelFamily::MbgNbd.into()],
        ..of_shop()
    };
    let found = caller.evaluate(one).await;
    let rows: Vec<_> = found.standings.iter().map(|row| row.candidate()).collect();
    use pb::EvaluationCandidate as Who;
    assert_eq!(rows, [Who::SameRate, Who::Nbd, Who::MbgNbd]);
    assert_eq!(found.chosen_family(), pb::ModelFamily::MbgNbd);
}

#[tokio::test]
async fn candidates_that_cannot_be_fitted_say_why_and_abort_nothing() {
    let app = TestApp::new().await;
    let caller = app.caller();
    // Nobody comes back before the origin.
    let once = (0..5).map(|number| {
        let customer = format!("c{number}");
        purchase(&customer, "t", &format!("2020-01-0{}", number + 1), "1").into()
    });
    caller.record(once).await;
    caller
        .record([purchase("c1", "again", "2020-02-20", "1").into()])
        .await;
    let asked = pb::EvaluateModelRequest {
        holdout_days: Some(30),
        origins: Some(1),
        ..pb::EvaluateModelRequest::default()
    };
    let found = caller.evaluate(asked).await;
    assert_eq!(found.chosen_family(), pb::ModelFamily::Unspecified);
    assert!(
        found.reason.starts_with("no family has"),
        "{}",
        found.reason
    );
    let rows = &found.origins[0].assessments;
    assert_eq!(rows[0].failure, "");
    assert_eq!(
        rows[0].calibration.as_ref().unwrap().mean_poisson_deviance,
        None
    );
    for row in &rows[1..] {
        assert!(row.failure.starts_with("none of 5 customers bought again"));
        assert_eq!((row.calibration.as_ref(), row.log_likelihood), (None, None));
    }
    let automatic = pb::FitModelRequest {
        family: pb::ModelFamily::Automatic.into(),
        ..pb::FitModelRequest::default()
    };
    let status = refused(caller.try_fit(automatic).await, Code::FailedPrecondition);
    assert_eq!(reason(&status), "NOTHING_TO_EVALUATE");
}

#[tokio::test]
async fn there_must_be_data_and_they_must_be_long_enough() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let status = refused(
        caller
            .try_evaluate(pb::EvaluateModelRequest::default())
            .await,
        Code::FailedPrecondition,
    );
    assert_eq!(reason(&status), "NOTHING_TO_FIT");
    caller.record(cdnow::small_shop("CNY")).await;
    let too_long = pb::EvaluateModelRequest {
        holdout_days: Some(3_650),
        ..pb::EvaluateModelRequest::default()
    };
    let status = refused(
        caller.try_evaluate(too_long).await,
        Code::FailedPrecondition,
    );
    assert_eq!(reason(&status), "NOTHING_TO_EVALUATE");
    let spend = caller
        .fit(pb::FitModelRequest {
            family: pb::ModelFamily::GammaGamma.into(),
            ..pb::FitModelRequest::default()
        })
        .await;
    for (model_name, code) in [
        (spend.name, Code::InvalidArgument),
        ("bg-nbd/9".to_owned(), Code::NotFound),
    ] {
        let asked = pb::EvaluateModelRequest {
            model_name,
            ..of_shop()
        };
        let status = refused(caller.try_evaluate(asked).await, code);
        if code == Code::InvalidArgument {
            assert_eq!(bad_fields(&status), ["model_name"]);
        }
    }
}

#[tokio::test]
async fn automatic_fit_is_the_fit_of_the_family_chosen() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::purchases()).await;
    let automatic = pb::FitModelRequest {
        family: pb::ModelFamily::Automatic.into(),
        calibration_end: day(1998, 6, 30),
        prior: pb::ModelPrior::Weak.into(),
    };
    let mut models = caller.client.models.clone();
    let mut updates = models.fit_model(automatic).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = updates.message().await.unwrap() {
        last = Some(message);
    }
    let last = last.unwrap();
    let Some(pb::fit_model_response::Update::Model(model)) = last.update else {
        panic!("the model ends it");
    };
    let told = last.evaluation.unwrap();
    let asked = pb::EvaluateModelRequest {
        holdout_end: automatic.calibration_end,
        ..pb::EvaluateModelRequest::default()
    };
    assert_eq!(caller.evaluate(asked).await, told);
    assert_eq!(model.family, told.chosen_family);
    let plain = pb::FitModelRequest {
        family: told.chosen_family,
        ..automatic
    };
    assert_eq!(caller.fit(plain).await, model);
    let future = pb::FitModelRequest {
        calibration_end: day(9_998, 1, 1),
        ..automatic
    };
    let status = refused(caller.try_fit(future).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["calibration_end"]);
}

#[tokio::test]
async fn evaluation_whose_client_goes_away_stops_and_nothing_is_ever_stored() {
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
        let updates = models.evaluate_model(of_shop()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        drop(updates);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.rollback().await.unwrap();
    // Others leave midway through fits and passes.
    for wait_ms in (0..400).step_by(20) {
        let patience = Duration::from_millis(wait_ms);
        let evaluated = caller.try_evaluate(of_shop());
        tokio::time::timeout(patience, evaluated).await.ok();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    caller.evaluate(of_shop()).await;
    assert_eq!(row_counts(&mut connection).await, counts);
}

#[tokio::test]
async fn hold_out_that_is_not_over_is_refused_unless_it_ends_today() {
    let (_app, caller) = small_shop().await;
    let today = pb::Transaction {
        occurred_at: Some(from_now(0)),
        ..purchase("today", "t", "2020-01-01", "1")
    };
    caller.record([today.into()]).await;
    // Today is not over: the newest day that has ended is the shop's.
    let found = caller.evaluate(pb::EvaluateModelRequest::default()).await;
    assert_eq!(found.origins[0].holdout_end.unwrap().year, 2020);
    let future = pb::EvaluateModelRequest {
        holdout_end: day(9_998, 1, 1),
        ..pb::EvaluateModelRequest::default()
    };
    let status = refused(caller.try_evaluate(future).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["holdout_end"]);
}
