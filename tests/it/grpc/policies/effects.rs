//! What the terms of a policy do to answers.

use customer_value::grpc::pb::customervalue::v1 as pb;

use super::shop;
use crate::support::app::Caller;
use crate::support::builders::{about, at, money, purchase, referral};
use crate::support::policies::all_terms;
use crate::support::snapshots::take_at;

/// Defines a policy and asks about a customer by it.
async fn score_by(caller: &Caller, terms: pb::PolicyTerms) -> pb::CustomerScore {
    let mut question = about("ann").as_of(at("2020-03-01"));
    question.request.policy_version = Some(caller.define_policy(terms).await);
    caller.score(question).await
}

fn cuts_of(cuts: pb::policy_rfm_cuts::Cuts) -> pb::PolicyTerms {
    pb::PolicyTerms {
        rfm_cuts: Some(pb::PolicyRfmCuts { cuts: Some(cuts) }),
        ..pb::PolicyTerms::default()
    }
}

#[tokio::test]
async fn referees_are_credited_by_share_decay_and_whether_they_would_have_come() {
    let (_app, caller) = shop().await;
    caller
        .record([
            referral("ann", "bob", "e1", "2020-01-01").into(),
            referral("bob", "cid", "e2", "2020-01-02").into(),
            purchase("bob", "t", "2020-01-20", "10").into(),
            purchase("cid", "t", "2020-01-20", "1").into(),
        ])
        .await;
    for (share, decay, came_anyway, expected) in [
        (Some(0.5), None, None, "5.5"),
        (Some(0.5), Some(0.5), None, "5.25"),
        // 0.5 (0.8 10 + 0.2 40) and 0.25 (0.8 1 + 0.2 40).
        (Some(0.5), Some(0.5), Some(0.2), "10.2"),
        (Some(0.0), None, Some(1.0), "0"),
    ] {
        let terms = pb::PolicyTerms {
            referral: Some(pb::PolicyReferral {
                depth: None,
                share,
                decay,
                probability_came_anyway: came_anyway,
                acquisition_cost_saved: Some(money("40")),
            }),
            ..pb::PolicyTerms::default()
        };
        let score = score_by(&caller, terms).await;
        let credited = score.crv.unwrap().to_date;
        assert_eq!(credited, Some(money(expected)), "{share:?} {decay:?}");
    }
}

#[tokio::test]
async fn scores_are_cut_where_the_policy_says() {
    let (_app, caller) = shop().await;
    let cell = |score: pb::CustomerScore| score.rfm.unwrap().cell;
    // 51 days, 1 purchase day, 100: without any snapshot.
    let own = pb::PolicyTerms {
        rfm_cuts: all_terms().rfm_cuts,
        ..pb::PolicyTerms::default()
    };
    assert_eq!(cell(score_by(&caller, own.clone()).await), "313");
    let newest = pb::policy_rfm_cuts::Cuts::NewestSnapshot(pb::NewestSnapshotCuts {});
    let newest = cuts_of(newest);
    assert_eq!(cell(score_by(&caller, newest.clone()).await), "");
    caller
        .record([purchase("bob", "t", "2020-02-10", "10").into()])
        .await;
    caller.take(take_at("2020-02-20")).await;
    // It slides with the newest one, while none is in force.
    assert_eq!(cell(score_by(&caller, newest).await).len(), 3);
    let builtin = caller.score(about("ann").as_of(at("2020-03-01"))).await;
    assert_eq!(cell(builtin), "");
    assert_eq!(cell(score_by(&caller, own).await), "313");
}

#[tokio::test]
async fn members_of_a_snapshot_are_scored_by_the_policy_it_was_taken_by() {
    let (_app, caller) = shop().await;
    let name = caller.define_policy(all_terms()).await;
    caller.activate_policy(&name, Some(at("2020-02-01"))).await;
    let taken = caller.take(take_at("2020-03-01")).await;
    assert_eq!(taken.policy_version, name);
    // Another is in force by now.
    caller.activate_policy("builtin/2", None).await;
    let members = caller.members(&taken.snapshot_id, "rfm", None, 10).await;
    let scores: Vec<_> = members[0]
        .measures
        .iter()
        .filter_map(|measure| Some((&*measure.measure, measure.score?)))
        .collect();
    let expected = [("recency_days", 3), ("frequency", 1), ("monetary", 3)];
    assert_eq!(scores, expected);
}
