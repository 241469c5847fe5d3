//! `ScoringService.ScoreCustomers`: what the scores of a call add up to.

use customer_value::cli::amounts::micros;
use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;

use crate::grpc::score_customers::mask;
use crate::grpc::segment::{AFTER, database_now, shop_in_force};
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at};
use crate::support::scores::{about_everybody, about_segment, about_these};
use crate::support::shop;

type Found = (Vec<pb::CustomerScore>, pb::ScoreCustomersTotals);

async fn found(caller: &Caller, request: pb::ScoreCustomersRequest) -> Found {
    let (scores, totals) = caller.try_scores_and_totals(request).await.unwrap();
    (scores, totals.unwrap())
}

fn reasons(totals: &pb::ScoreCustomersTotals) -> Vec<(&str, pb::UnavailableReason)> {
    let absent = totals.unavailable.iter();
    absent
        .map(|absent| (absent.component.as_str(), absent.reason()))
        .collect()
}

/// The totals are the sums of the scores, and lie within their intervals.
#[track_caller]
fn add_up((scores, totals): &Found) {
    let predictions = scores.iter().filter_map(|score| score.prediction.as_ref());
    let (mut customers, mut purchases, mut money) = (0, 0.0, 0);
    for prediction in predictions {
        customers += 1;
        purchases += prediction.expected_purchases;
        money += micros(prediction.expected_contribution.as_ref());
    }
    assert_eq!(totals.customers, scores.len() as i64);
    assert_eq!(totals.predicted_customers, customers);
    assert_eq!(totals.expected_purchases, Some(purchases));
    assert_eq!(micros(totals.expected_contribution.as_ref()), money);
    let interval = totals.expected_purchases_interval.as_ref().unwrap();
    assert!(interval.lower < purchases && purchases < interval.upper);
    let of_money = totals.expected_contribution_interval.as_ref().unwrap();
    assert!(micros(of_money.lower.as_ref()) < money);
    assert!(money < micros(of_money.upper.as_ref()));
    assert_eq!((interval.level, of_money.level), (0.9, 0.9));
    assert_eq!(totals.unavailable, []);
}

#[tokio::test]
async fn totals_are_the_sums_of_the_scores_of_every_selection() {
    let (app, caller, _) = shop_in_force().await;
    let known_at = Some(database_now(&app).await);
    let mut ids = shop::everybody();
    ids.insert(7, "nobody".to_owned());
    let replica = app.replica().await.caller();
    for selection in [
        about_everybody(),
        about_segment("lifecycle", "stable", None),
        about_these(&ids),
        about_these(&["buyer-1", "buyer-2", "buyer-1"]),
        about_these(&["buyer-1"]),
    ] {
        for paths in [&[][..], &["prediction"], &["clv", "prediction"]] {
            let request = pb::ScoreCustomersRequest {
                as_of: Some(at(AFTER)),
                known_at,
                read_mask: (!paths.is_empty()).then(|| mask(paths)).flatten(),
                ..selection.clone()
            };
            let first = found(&caller, request.clone()).await;
            add_up(&first);
            let provenance = first.1.provenance.as_ref().unwrap();
            let models = ["bg-nbd/1", "gamma-gamma/1"];
            assert_eq!(provenance.model_versions, models);
            assert_eq!(
                (provenance.as_of, provenance.known_at),
                (request.as_of, known_at)
            );
            let again = found(&replica, request).await;
            assert_eq!(again.1.encode_to_vec(), first.1.encode_to_vec());
        }
    }
    let one = found(
        &caller,
        pb::ScoreCustomersRequest {
            as_of: Some(at(AFTER)),
            ..about_these(&["buyer-1"])
        },
    );
    let (_, totals) = one.await;
    let prediction = caller
        .score(about("buyer-1").as_of(at(AFTER)))
        .await
        .prediction
        .unwrap();
    assert_eq!(
        totals.expected_contribution_interval,
        prediction.expected_contribution_interval
    );
    assert_eq!(
        totals.expected_purchases_interval,
        prediction.expected_purchases_interval
    );
}

#[tokio::test]
async fn without_predictions_there_are_reasons_and_unasked_no_totals() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let both = |reason| {
        vec![
            ("expected_purchases", reason),
            ("expected_contribution", reason),
        ]
    };
    let (_, totals) = found(&caller, about_these(&["ann"])).await;
    assert_eq!(reasons(&totals), both(pb::UnavailableReason::NoFacts));
    assert_eq!((totals.customers, totals.predicted_customers), (1, 0));
    assert_eq!(totals.provenance, None);

    caller.record(shop::facts()).await;
    let (scores, totals) = found(&caller, about_everybody()).await;
    assert_eq!(reasons(&totals), both(pb::UnavailableReason::NoModel));
    assert_eq!(
        (totals.customers, totals.predicted_customers),
        (scores.len() as i64, 0)
    );
    assert_eq!(totals.expected_purchases, None);
    assert_eq!(totals.expected_contribution, None);

    let (_app, caller, _) = shop_in_force().await;
    let request = about_these(&["spoken-to", "nobody"]);
    let (_, totals) = found(&caller, request).await;
    assert_eq!(reasons(&totals), both(pb::UnavailableReason::NoPurchase));
    for paths in [&["clv"][..], &["explanation"], &["value_comparison"]] {
        let request = pb::ScoreCustomersRequest {
            read_mask: mask(paths),
            ..about_everybody()
        };
        let (_, totals) = caller.try_scores_and_totals(request).await.unwrap();
        assert_eq!(totals, None, "{paths:?}");
    }
}
