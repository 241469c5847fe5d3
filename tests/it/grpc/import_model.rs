//! `ModelService.ImportModel`: a model has the same numbers wherever it is.

use customer_value::cli::output;
use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use tonic::{Code, Status};

use crate::grpc::bad_values::import::exported;
use crate::grpc::segment::{AFTER, LATER};
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, attribute, instant, purchase};
use crate::support::errors::{bad_fields, refused};
use crate::support::scores::about_everybody;
use crate::support::shop;

async fn try_import(caller: &Caller, model: pb::Model) -> Result<pb::Model, Status> {
    let mut models = caller.client.models.clone();
    let request = pb::ImportModelRequest { model: Some(model) };
    Ok(models
        .import_model(request)
        .await?
        .into_inner()
        .model
        .unwrap())
}

async fn model(caller: &Caller, name: &str) -> pb::Model {
    let mut models = caller.client.models.clone();
    let name = name.to_owned();
    let found = models.get_model(pb::GetModelRequest { name }).await;
    found.unwrap().into_inner().model.unwrap()
}

async fn names(caller: &Caller) -> Vec<String> {
    let mut models = caller.client.models.clone();
    let listed = models.list_models(pb::ListModelsRequest::default()).await;
    let listed = listed.unwrap().into_inner().models.into_iter();
    listed.map(|model| model.name).collect()
}

/// A model without what depends on where it is stored.
fn content(model: &pb::Model) -> pb::Model {
    pb::Model {
        name: String::new(),
        imported_from: None,
        recorded_at: None,
        ..model.clone()
    }
}

/// A score without the names of models and when what it rests on was recorded.
fn nameless(score: &pb::CustomerScore) -> Vec<u8> {
    let mut score = score.clone();
    if let Some(prediction) = &mut score.prediction {
        prediction.purchase_model.clear();
        prediction.spend_model.clear();
    }
    if let Some(provenance) = &mut score.provenance {
        provenance.model_versions.clear();
        provenance.known_at = None;
    }
    score.encode_to_vec()
}

#[tokio::test]
async fn scores_by_an_imported_model_are_those_by_the_exported_one() {
    let app = TestApp::at(instant(LATER)).await;
    let (here, there) = (app.tenant("here"), app.tenant("there"));
    for caller in [&here, &there] {
        caller.record(shop::facts()).await;
    }
    // A model of its own, so that the imported one has another number.
    let own = pb::FitModelRequest {
        family: pb::ModelFamily::BgNbd.into(),
        prior: pb::ModelPrior::Weak.into(),
        calibration_end: Some(customer_value::grpc::pb::google::r#type::Date {
            year: 2021,
            month: 3,
            day: 1,
        }),
    };
    assert_eq!(there.fit(own).await.name, "bg-nbd/1");
    for family in [
        pb::ModelFamily::BgNbd,
        pb::ModelFamily::ParetoNbd,
        pb::ModelFamily::GammaGamma,
    ] {
        let fitted = here
            .fit(pb::FitModelRequest {
                family: family.into(),
                ..pb::FitModelRequest::default()
            })
            .await;
        assert_eq!(fitted.imported_from, None);
        assert!(!fitted.log_parameter_covariance.is_empty());
        // By way of JSON, as a file holds it.
        let text = output::json("Model", &fitted).unwrap();
        let read: pb::Model = output::from_json("Model", &text).unwrap();
        assert_eq!(read.encode_to_vec(), fitted.encode_to_vec());
        let imported = try_import(&there, read.clone()).await.unwrap();
        assert_eq!(content(&imported), content(&fitted));
        assert_eq!(imported.imported_from.as_deref(), Some(&*fitted.name));
        assert_eq!(model(&there, &imported.name).await, imported);
        // Again, from either place: it is there.
        assert_eq!(try_import(&there, read).await.unwrap(), imported);
        assert_eq!(
            try_import(&there, imported.clone()).await.unwrap(),
            imported
        );
        assert_eq!(try_import(&here, imported.clone()).await.unwrap(), fitted);
        here.activate(&fitted.name, Some(at(AFTER))).await;
        there.activate(&imported.name, Some(at(AFTER))).await;
    }
    assert_eq!(names(&here).await.len(), 3);
    let imported = ["gamma-gamma/1", "pareto-nbd/1", "bg-nbd/2", "bg-nbd/1"];
    assert_eq!(names(&there).await, imported);
    let mut request = about_everybody();
    request.as_of = Some(at(AFTER));
    let (mut ours, mut theirs) = (
        here.scores(request.clone()).await,
        there.scores(request).await,
    );
    // The order goes by the tenant too.
    for scores in [&mut ours, &mut theirs] {
        scores.sort_by(|left, right| left.customer_id.cmp(&right.customer_id));
    }
    let bytes = |scores: &[pb::CustomerScore]| scores.iter().map(nameless).collect::<Vec<_>>();
    assert_eq!(bytes(&ours), bytes(&theirs));
    let score = there.score(about("buyer-1").as_of(at(AFTER))).await;
    assert_eq!(score.prediction.unwrap().purchase_model, "pareto-nbd/1");
}

#[tokio::test]
async fn a_model_is_imported_only_into_its_currency_and_once_that_is_settled() {
    let app = TestApp::new().await;
    let caller = app.caller();
    refused(
        try_import(&caller, exported()).await,
        Code::FailedPrecondition,
    );
    let known = attribute("ann", "a", "2020-01-01", "city", "Rome");
    caller.record([known.into()]).await;
    refused(
        try_import(&caller, exported()).await,
        Code::FailedPrecondition,
    );
    let bought = purchase("ann", "t", "2020-01-01", "1 EUR");
    caller.record([bought.into()]).await;
    let status = refused(try_import(&caller, exported()).await, Code::InvalidArgument);
    let field = "model.margin_sums.net_revenue.currency_code";
    assert_eq!(bad_fields(&status), [field]);
    let nothing = pb::ImportModelRequest::default();
    let mut models = caller.client.models.clone();
    let status = refused(models.import_model(nothing).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["model"]);
    let unlike = pb::Model {
        converged: false,
        parameters: None,
        standard_errors: None,
        margin_sums: None,
        calibration_end: None,
        ..exported()
    };
    let status = refused(try_import(&caller, unlike).await, Code::InvalidArgument);
    let fields = bad_fields(&status);
    for part in [
        "converged",
        "parameters",
        "standard_errors",
        "margin_sums",
        "calibration_end",
    ] {
        assert!(
            fields.contains(&format!("model.{part}")),
            "{part}: {fields:?}"
        );
    }
    assert_eq!(names(&caller).await, Vec::<String>::new());
}
