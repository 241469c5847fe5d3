//! Which policy an answer goes by, and that no answer about the past looks ahead.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use super::shop;
use crate::grpc::known_at::recorded_now;
use crate::support::app::Caller;
use crate::support::builders::{Question, about, at, from_now, money, purchase, referral};
use crate::support::complaints::complaint;
use crate::support::errors::{metadata, reason, refused};
use crate::support::policies::{depth, margin};
use crate::support::snapshots::take_at;

/// The policy and what the customer's own facts are worth.
async fn told(caller: &Caller, question: Question) -> (String, pb::CustomerScore) {
    let score = caller.score(question).await;
    let provenance = score.provenance.clone().unwrap();
    (provenance.policy_version, score)
}

async fn contribution(caller: &Caller, question: Question) -> (String, String) {
    let (policy, score) = told(caller, question).await;
    let contribution = score.history.unwrap().contribution.unwrap();
    (policy, format!("{}", contribution.units))
}

fn of(policy: &str, units: &str) -> (String, String) {
    (policy.to_owned(), units.to_owned())
}

#[tokio::test]
async fn policy_changes_answers_from_when_it_takes_effect_and_was_recorded() {
    let (app, caller) = shop().await;
    let mut beside = app.connection().await;
    let before = recorded_now(&mut beside).await;
    let (january, march) = (at("2020-01-20"), at("2020-03-01"));
    let mut old = Vec::new();
    for as_of in [january, march] {
        let question = about("ann").as_of(as_of).known_at(before);
        old.push((question.clone(), caller.score_bytes(question).await));
    }
    let name = caller.define_policy(margin(0.5)).await;
    let defined = recorded_now(&mut beside).await;
    // Defined is not in force.
    let answer = contribution(&caller, about("ann").as_of(march)).await;
    assert_eq!(answer, of("builtin/2", "100"));
    caller.activate_policy(&name, Some(at("2020-02-01"))).await;
    for (question, bytes) in old {
        assert_eq!(caller.score_bytes(question).await, bytes);
    }
    for (as_of, known_at, expected) in [
        (january, None, of("builtin/2", "100")),
        (march, None, of("policy/1", "50")),
        (march, Some(defined), of("builtin/2", "100")),
        (
            march,
            Some(recorded_now(&mut beside).await),
            of("policy/1", "50"),
        ),
    ] {
        let question = about("ann").as_of(as_of).known_at(known_at);
        assert_eq!(contribution(&caller, question).await, expected);
    }
    assert_eq!(
        contribution(&caller, about("ann")).await,
        of("policy/1", "50")
    );
    // By its name, whatever is in force.
    for (policy, units) in [
        ("builtin/1", "100"),
        ("builtin/2", "100"),
        ("policy/1", "50"),
    ] {
        let mut question = about("ann").as_of(january);
        question.request.policy_version = Some(policy.to_owned());
        let answer = contribution(&caller, question).await;
        assert_eq!(answer, of(policy, units));
    }
}

#[tokio::test]
async fn answer_asked_again_with_the_instants_it_names_is_the_same() {
    let (_app, caller) = shop().await;
    let name = caller.define_policy(margin(0.5)).await;
    caller.activate_policy(&name, Some(at("2020-02-01"))).await;
    // The newest recording used is that of the activation.
    let score = caller.score(about("ann").as_of(at("2020-03-01"))).await;
    let provenance = score.provenance.clone().unwrap();
    caller
        .activate_policy("builtin/1", Some(at("2020-02-02")))
        .await;
    let again = about("ann")
        .as_of(provenance.as_of)
        .known_at(provenance.known_at);
    assert_eq!(caller.score(again).await, score);
    let (policy, _) = told(&caller, about("ann").as_of(at("2020-03-01"))).await;
    assert_eq!(policy, "builtin/1");
}

#[tokio::test]
async fn segments_snapshots_and_complaints_name_the_policy_they_go_by() {
    let (_app, caller) = shop().await;
    let name = caller.define_policy(margin(0.5)).await;
    caller.activate_policy(&name, Some(at("2020-02-01"))).await;
    let mut segmentation = caller.client.segmentation.clone();
    let mut segment = async |as_of: &str| {
        let request = pb::SegmentRequest {
            customer_ids: vec!["ann".to_owned()],
            as_of: Some(at(as_of)),
            ..pb::SegmentRequest::default()
        };
        let answer = segmentation.segment(request).await.unwrap().into_inner();
        answer.provenance.unwrap().policy_version
    };
    assert_eq!(segment("2020-01-20").await, "builtin/2");
    assert_eq!(segment("2020-03-01").await, "policy/1");
    for (as_of, policy) in [("2020-01-20", "builtin/2"), ("2020-03-01", "policy/1")] {
        let taken = caller.take(take_at(as_of)).await;
        assert_eq!(taken.policy_version, policy);
    }
    let mut complaints = caller.client.complaints.clone();
    complaints
        .record_complaint(complaint("c-1", "ann", "2020-01-15"))
        .await
        .unwrap();
    for (as_of, policy) in [("2020-01-20", "builtin/2"), ("2020-03-01", "policy/1")] {
        let request = pb::GetComplaintRequest {
            complaint_id: "c-1".to_owned(),
            as_of: Some(at(as_of)),
            known_at: None,
        };
        let shown = complaints.get_complaint(request).await.unwrap();
        let shown = shown.into_inner().complaint.unwrap();
        assert_eq!(shown.provenance.unwrap().policy_version, policy);
    }
}

#[tokio::test]
async fn policy_that_knows_no_segments_takes_no_snapshot() {
    let (_app, caller) = shop().await;
    let defined = caller.try_define_policy(Some("builtin/1"), margin(0.5));
    let (policy, _) = defined.await.unwrap();
    for name in ["builtin/1", &policy.name] {
        caller.activate_policy(name, Some(at("2020-02-01"))).await;
        let outcome = caller.try_take(take_at("2020-03-01")).await;
        let status = refused(outcome, Code::FailedPrecondition);
        assert_eq!(reason(&status), "POLICY_WITHOUT_SEGMENTS");
        assert_eq!(metadata(&status, "policy_version"), name);
        let (named, score) = told(&caller, about("ann").as_of(at("2020-03-01"))).await;
        assert_eq!(named, name);
        let missing = score.unavailable.iter();
        let missing = missing.filter(|of| of.component.starts_with("segments"));
        let reasons: Vec<_> = missing.map(pb::Unavailable::reason).collect();
        assert!(!reasons.is_empty());
        let not_in_policy = pb::UnavailableReason::NotInPolicy;
        assert!(reasons.iter().all(|reason| *reason == not_in_policy));
    }
}

#[tokio::test]
async fn replica_that_read_by_another_policy_reads_again() {
    let (app, caller) = shop().await;
    let replica = app.replica().await.caller();
    caller
        .record([
            referral("ann", "bob", "e1", "2020-01-01").into(),
            referral("bob", "cid", "e2", "2020-01-02").into(),
            purchase("bob", "t", "2020-01-20", "10").into(),
            purchase("cid", "t", "2020-01-20", "1").into(),
        ])
        .await;
    let credited = async |caller: &Caller| {
        let (policy, score) = told(caller, about("ann")).await;
        (policy, score.crv.unwrap().to_date.unwrap().units)
    };
    assert_eq!(credited(&replica).await, ("builtin/2".to_owned(), 11));
    let direct = caller.define_policy(depth(1)).await;
    for _ in 0..3 {
        // Each reads referees as far as the policy says, whichever it read by last.
        caller.activate_policy(&direct, None).await;
        assert_eq!(credited(&replica).await, (direct.clone(), 10));
        caller.activate_policy("builtin/2", None).await;
        assert_eq!(credited(&replica).await, ("builtin/2".to_owned(), 11));
        assert_eq!(credited(&caller).await, ("builtin/2".to_owned(), 11));
    }
}

#[tokio::test]
async fn fact_of_a_moment_ahead_is_read_by_the_policy_of_that_moment() {
    let (_app, caller) = shop().await;
    let ahead = pb::Transaction {
        occurred_at: Some(from_now(240)),
        ..purchase("ann", "t2", "2020-01-01", "10")
    };
    caller.record([ahead.into()]).await;
    let name = caller.define_policy(margin(0.5)).await;
    caller.activate_policy(&name, Some(from_now(120))).await;
    let (policy, score) = told(&caller, about("ann")).await;
    assert_eq!(policy, name);
    assert_eq!(score.history.unwrap().contribution, Some(money("55")));
    let (policy, score) = told(&caller, about("ann").as_of(from_now(0))).await;
    assert_eq!(policy, "builtin/2");
    assert_eq!(score.history.unwrap().contribution, Some(money("100")));
}
