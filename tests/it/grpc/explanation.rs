//! Why a score expects what it does.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, micros};
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

async fn score(caller: &Caller, customer_id: &str, paths: &[&str]) -> pb::CustomerScore {
    let mut question = about(customer_id).as_of(at("2020-06-15"));
    question.request.read_mask = Some(prost_types::FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    });
    caller.score(question).await
}

fn says_why(score: &pb::CustomerScore) -> bool {
    let mut absent = score.unavailable.iter();
    absent.any(|absent| {
        absent.component == "prediction.explanation"
            && absent.reason() == pb::UnavailableReason::NoModel
    })
}

#[tokio::test]
async fn contributions_add_up_to_the_expected_contribution_for_every_family() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    fit(&caller, pb::ModelFamily::BgNbd).await;
    // Purchases are foretold, their amount is not.
    let without = score(&caller, "shop-3", &["explanation"]).await;
    assert!(without.prediction.as_ref().unwrap().explanation.is_none());
    assert!(says_why(&without));

    fit(&caller, pb::ModelFamily::GammaGamma).await;
    let mut paradoxes = 0;
    for family in [
        pb::ModelFamily::BgNbd,
        pb::ModelFamily::MbgNbd,
        pb::ModelFamily::ParetoNbd,
    ] {
        fit(&caller, family).await;
        for customer in 0..60 {
            let score = score(&caller, &format!("shop-{customer}"), &["explanation"]).await;
            assert!(score.unavailable.is_empty(), "{:?}", score.unavailable);
            let prediction = score.prediction.unwrap();
            let explanation = prediction.explanation.unwrap();
            let inputs: Vec<_> = explanation
                .contributions
                .iter()
                .map(|of| of.input())
                .collect();
            assert_eq!(
                inputs,
                [
                    pb::PredictionInput::Frequency,
                    pb::PredictionInput::RecencyGap,
                    pb::PredictionInput::Age,
                    pb::PredictionInput::Spend,
                ]
            );
            let contributions = explanation.contributions.iter();
            let added: i128 = contributions.map(|of| micros(of.amount.as_ref())).sum();
            assert_eq!(
                micros(explanation.new_customer.as_ref()) + added,
                micros(prediction.expected_contribution.as_ref())
            );
            if let Some(paradox) = explanation.frequency_paradox {
                paradoxes += 1;
                assert_eq!(paradox.probability_alive, prediction.probability_alive);
                assert!(paradox.probability_alive_with_one_more < paradox.probability_alive);
            }
        }
    }
    assert!(paradoxes > 0);
}

#[tokio::test]
async fn words_say_what_was_measured() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    fit(&caller, pb::ModelFamily::BgNbd).await;
    fit(&caller, pb::ModelFamily::GammaGamma).await;
    let prediction = score(&caller, "shop-3", &["prediction"]).await.prediction;
    assert!(prediction.clone().unwrap().explanation.is_none());
    let mut whole = score(&caller, "shop-3", &[]).await.prediction.unwrap();
    let explanation = whole.explanation.take().unwrap();
    assert_eq!(prediction, Some(whole));
    let of = |place: usize| {
        let of: &pb::PredictionContribution = &explanation.contributions[place];
        (of.measured, of.text.as_str())
    };
    assert_eq!(of(0), (1.0, "1 repeat purchase day"));
    assert_eq!(of(1), (137.0, "137 days since the last purchase day"));
    assert_eq!(of(2), (163.0, "163 days since the first purchase day"));
    assert!(of(3).1.ends_with(&format!(
        "CNY expected on a purchase day, of a new customer {:.2}",
        explanation.contributions[3].of_new_customer
    )));
}
