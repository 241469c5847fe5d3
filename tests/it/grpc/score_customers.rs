//! `ScoringService.ScoreCustomers`: each score is the one that `ScoreCustomer` answers.

use std::collections::BTreeSet;

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::ids::CustomerKey;
use prost::Message as _;
use tonic::Code;

use crate::grpc::segment::{AFTER, database_now, put_in_force, shop_in_force};
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Question, about, at, purchase};
use crate::support::complaints::{Common, Step, complaint};
use crate::support::errors::{bad_fields, refused};
use crate::support::scores::{about_everybody, about_segment, about_these};
use crate::support::shop;
use crate::support::surveys::{answered, one_question};

pub(super) fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Some(prost_types::FieldMask { paths })
}

/// The same about one customer.
fn alone(request: &pb::ScoreCustomersRequest, customer_id: &str) -> Question {
    Question {
        request: pb::ScoreCustomerRequest {
            customer_id: customer_id.to_owned(),
            as_of: request.as_of,
            known_at: request.known_at,
            horizon_days: request.horizon_days,
            read_mask: request.read_mask.clone(),
            policy_version: request.policy_version.clone(),
        },
    }
}

/// Whether a score says that the customer is unknown, and nothing else.
fn is_unknown(score: &pb::CustomerScore) -> bool {
    let unknown = pb::UnavailableReason::UnknownCustomer;
    let nothing = pb::CustomerScore {
        customer_id: score.customer_id.clone(),
        unavailable: score.unavailable.clone(),
        ..pb::CustomerScore::default()
    };
    let reasons = score.unavailable.iter().map(pb::Unavailable::reason);
    reasons.eq([unknown]) && *score == nothing
}

/// Each score has the bytes of the one that is asked for alone.
async fn assert_as_alone(
    caller: &Caller,
    request: &pb::ScoreCustomersRequest,
    scores: &[pb::CustomerScore],
) {
    for score in scores {
        let customer_id = &score.customer_id;
        match caller.try_score(alone(request, customer_id)).await {
            Ok(found) => {
                assert_eq!(*score, found, "{customer_id} of {request:?}");
                assert_eq!(score.encode_to_vec(), found.encode_to_vec());
            }
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound);
                assert!(is_unknown(score), "{score:?}");
            }
        }
    }
}

/// The shop with complaints and answers too, and when half of it was known.
async fn whole_shop() -> (TestApp, Caller, prost_types::Timestamp) {
    let (app, caller, half) = shop_in_force().await;
    caller.define("nps", one_question()).await;
    let responses = [3, 5, 5, 8, 90].map(|number| {
        let who = shop::buyer(number % 40);
        let marks = [("q", (number % 11) as f64)];
        answered("nps", &who, &format!("r{number}"), "2021-03-01", &marks)
    });
    caller.respond(responses.to_vec()).await;
    for number in [1, 2, 2, 7] {
        let id = format!("complaint-{number}");
        let made = caller
            .complain(complaint(&id, &shop::buyer(number), "2021-04-01"))
            .await;
        if number == 7 {
            let common = Common::on(&made, "e1").at("2021-04-02");
            caller.try_step(Step::Acknowledge, common).await.unwrap();
        }
    }
    (app, caller, half)
}

#[tokio::test]
async fn each_score_has_the_bytes_of_a_single_one() {
    let (app, caller, half) = whole_shop().await;
    let now = database_now(&app).await;
    // Recorded afterwards: known_at hides it, and these customers are folded from their facts.
    caller
        .record([
            purchase(&shop::buyer(3), "later", "2020-05-05", "77").into(),
            purchase("new", "later", "2020-05-05", "77").into(),
        ])
        .await;
    let masks: [&[&str]; 9] = [
        &[],
        &["prediction"],
        &["prediction", "prediction"],
        &["rfm"],
        &["clv", "history"],
        &["crv", "referral"],
        &["lasting_value"],
        &["segments"],
        &["satisfaction", "complaints"],
    ];
    for as_of in [AFTER, "2020-10-01"] {
        for known_at in [half, now] {
            for paths in masks {
                let request = pb::ScoreCustomersRequest {
                    as_of: Some(at(as_of)),
                    known_at: Some(known_at),
                    horizon_days: paths.is_empty().then_some(90),
                    read_mask: mask(paths),
                    ..about_everybody()
                };
                let scores = caller.scores(request.clone()).await;
                if !paths.is_empty() && paths[0] != "prediction" {
                    // Of some of them; whoever they are, it is the same.
                    assert_as_alone(&caller, &request, &scores[..15]).await;
                    continue;
                }
                assert_as_alone(&caller, &request, &scores).await;
                // Everybody who is known, in the order of buckets and ids.
                let mut known = Vec::new();
                for id in shop::everybody() {
                    if caller.try_score(alone(&request, &id)).await.is_ok() {
                        known.push(CustomerKey::new("acme", &id));
                    }
                }
                known.sort();
                let known: Vec<&str> = known.iter().map(|key| &*key.customer_id).collect();
                let found: Vec<&str> = scores.iter().map(|score| &*score.customer_id).collect();
                assert_eq!(found, known, "{as_of} {paths:?}");
            }
        }
    }
}

#[tokio::test]
async fn listed_customers_come_in_their_order_and_unknown_ones_are_named() {
    let (app, caller, half) = whole_shop().await;
    // More than are read at a time, some of them twice and some unknown.
    let mut ids = Vec::new();
    for round in 0..5 {
        ids.push(format!("nobody-{round}"));
        ids.extend(shop::everybody());
    }
    for known_at in [half, database_now(&app).await] {
        let request = pb::ScoreCustomersRequest {
            as_of: Some(at(AFTER)),
            known_at: Some(known_at),
            ..about_these(&ids)
        };
        let scores = caller.scores(request.clone()).await;
        let found: Vec<&String> = scores.iter().map(|score| &score.customer_id).collect();
        assert_eq!(found, ids.iter().collect::<Vec<_>>());
        assert!(is_unknown(&scores[0]));
        assert_as_alone(&caller, &request, &scores[..50]).await;
        assert_eq!(scores[45..90], {
            let mut again = scores[..45].to_vec();
            again[0].customer_id = "nobody-1".to_owned();
            again
        });
    }
}

#[tokio::test]
async fn members_of_a_segment_are_those_of_the_snapshot() {
    let (app, caller, _) = shop_in_force().await;
    let now = database_now(&app).await;
    let first = caller.members("snapshot/1", "lifecycle", None, 1_000).await;
    let segments: BTreeSet<&String> = first.iter().map(|member| &member.segment).collect();
    assert!(segments.len() > 1);
    for segment in segments {
        let listed = caller.members("snapshot/1", "lifecycle", Some(segment), 1_000);
        let listed = listed.await.into_iter().map(|member| member.customer_id);
        let listed: Vec<String> = listed.collect();
        for snapshot_id in [None, Some("snapshot/1")] {
            let request = pb::ScoreCustomersRequest {
                as_of: Some(at(AFTER)),
                known_at: Some(now),
                read_mask: mask(&["clv", "segments"]),
                ..about_segment("lifecycle", segment, snapshot_id)
            };
            let scores = caller.scores(request.clone()).await;
            let found: Vec<&String> = scores.iter().map(|score| &score.customer_id).collect();
            assert_eq!(found, listed.iter().collect::<Vec<_>>());
            assert_as_alone(&caller, &request, &scores).await;
        }
    }
    // Before the snapshot was in force there is none to go by.
    let before = pb::ScoreCustomersRequest {
        as_of: Some(at("2021-01-01")),
        ..about_segment("lifecycle", "stable", None)
    };
    refused(caller.try_scores(before).await, Code::FailedPrecondition);
    let unknown = about_segment("lifecycle", "stable", Some("snapshot/9"));
    refused(caller.try_scores(unknown).await, Code::NotFound);
}

#[tokio::test]
async fn all_scores_of_a_call_are_about_one_instant_by_default() {
    let (app, caller, _) = shop_in_force().await;
    let before = database_now(&app).await;
    let scores = caller.scores(about_everybody()).await;
    let provenance = scores[0].provenance.clone().unwrap();
    assert!(scores.len() > 40);
    for score in &scores {
        assert_eq!(score.provenance.as_ref().unwrap().as_of, provenance.as_of);
        assert_eq!(
            score.provenance.as_ref().unwrap().known_at,
            provenance.known_at
        );
    }
    let known_at = provenance.known_at.unwrap();
    assert!((known_at.seconds, known_at.nanos) >= (before.seconds, before.nanos));
    let request = pb::ScoreCustomersRequest {
        as_of: provenance.as_of,
        known_at: provenance.known_at,
        ..about_everybody()
    };
    assert_eq!(caller.scores(request.clone()).await, scores);
    assert_as_alone(&caller, &request, &scores).await;
    // A fact that happens in a moment by its sender's clock is not hidden.
    let ahead = at("2040-01-01T12:03:00Z");
    let mut soon = purchase("soon", "t", "2040-01-01", "1");
    soon.occurred_at = Some(ahead);
    caller.record([soon.into()]).await;
    for request in [about_everybody(), about_these(&["soon"])] {
        let scores = caller.scores(request).await;
        let soon = scores.iter().find(|score| score.customer_id == "soon");
        let soon = soon.unwrap();
        assert_eq!(soon.history.as_ref().unwrap().purchases, 1);
        assert_eq!(soon.provenance.as_ref().unwrap().as_of, Some(ahead));
    }
}

#[tokio::test]
async fn an_old_answer_keeps_its_bytes_when_models_and_snapshots_change() {
    let (app, caller, _) = whole_shop().await;
    let known_at = database_now(&app).await;
    let many = pb::ScoreCustomersRequest {
        as_of: Some(at(AFTER)),
        known_at: Some(known_at),
        ..about_everybody()
    };
    let one = || about("buyer-1").as_of(at(AFTER)).known_at(known_at);
    let scores = caller.scores(many.clone()).await;
    let score = caller.score_bytes(one()).await;
    caller
        .record([purchase("buyer-1", "later", "2021-02-03", "99").into()])
        .await;
    let names = [pb::ModelFamily::ParetoNbd, pb::ModelFamily::GammaGamma].map(|family| {
        let request = pb::FitModelRequest {
            family: family.into(),
            ..pb::FitModelRequest::default()
        };
        let caller = caller.clone();
        async move {
            let name = caller.fit(request).await.name;
            caller.activate(&name, Some(at(AFTER))).await;
        }
    });
    for fitted in names {
        fitted.await;
    }
    put_in_force(&caller, AFTER).await;
    let now = pb::ScoreCustomersRequest {
        known_at: None,
        ..many.clone()
    };
    assert_ne!(
        caller.scores(now).await,
        scores,
        "the new models are in force"
    );
    assert_eq!(caller.scores(many).await, scores);
    assert_eq!(caller.score_bytes(one()).await, score);
}

#[tokio::test]
async fn a_question_without_a_selection_is_refused() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let nothing = pb::ScoreCustomersRequest::default();
    let status = refused(caller.try_scores(nothing).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["selection"]);
}

#[tokio::test]
async fn a_tenant_without_facts_has_nobody() {
    let app = TestApp::new().await;
    let caller = app.caller();
    assert_eq!(caller.scores(about_everybody()).await, []);
    let scores = caller.scores(about_these(&["ann", "bob"])).await;
    assert_eq!(scores.len(), 2);
    assert!(scores.iter().all(is_unknown));
    let segment = about_segment("abc", "a", None);
    refused(caller.try_scores(segment).await, Code::FailedPrecondition);
    let segment = about_segment("abc", "a", Some("snapshot/1"));
    refused(caller.try_scores(segment).await, Code::NotFound);
}
