//! Scores of recency, frequency and monetary value by the cuts that a policy chooses.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::grpc::known_at::recorded_now;
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Question, about, at, instant, money};
use crate::support::shop;
use crate::support::snapshots::take_at;

const EARLY: &str = "2020-09-01";
const LATE: &str = "2021-12-15";
const LATER: &str = "2022-06-01";

fn cuts(cuts: pb::policy_rfm_cuts::Cuts) -> pb::PolicyTerms {
    pb::PolicyTerms {
        rfm_cuts: Some(pb::PolicyRfmCuts { cuts: Some(cuts) }),
        ..pb::PolicyTerms::default()
    }
}

fn own_cuts() -> pb::PolicyTerms {
    cuts(pb::policy_rfm_cuts::Cuts::Custom(pb::CustomCuts {
        recency_days: vec![30, 90, 180, 365],
        frequency: vec![1, 2, 5, 10],
        monetary: ["20", "50.5", "100", "500"].map(money).to_vec(),
    }))
}

fn sliding_cuts() -> pb::PolicyTerms {
    cuts(pb::policy_rfm_cuts::Cuts::NewestSnapshot(
        pb::NewestSnapshotCuts {},
    ))
}

async fn the_shop() -> (TestApp, Caller) {
    let app = TestApp::at(instant("2040-01-01")).await;
    let caller = app.caller();
    caller.record(shop::facts()).await;
    (app, caller)
}

/// Only the scores, or everything.
async fn scored(caller: &Caller, question: Question, mask: &[&str]) -> pb::CustomerScore {
    let mut question = question;
    let paths = mask.iter().map(|path| (*path).to_owned()).collect();
    question.request.read_mask = Some(prost_types::FieldMask { paths });
    caller.score(question).await
}

fn scores(rfm: &pb::RecencyFrequencyMonetary) -> [i32; 3] {
    [
        rfm.recency_score.unwrap(),
        rfm.frequency_score.unwrap(),
        rfm.monetary_score.unwrap(),
    ]
}

/// Names of the snapshots that an answer rests on: the one in force, the one that scores go by.
fn snapshots(provenance: Option<&pb::Provenance>) -> [&str; 2] {
    let provenance = provenance.unwrap();
    [&provenance.snapshot_id, &provenance.rfm_snapshot_id]
}

#[tokio::test]
async fn own_cuts_score_without_a_snapshot_and_members_of_one_too() {
    let (_app, caller) = the_shop().await;
    let policy = caller.define_policy(own_cuts()).await;
    caller
        .activate_policy(&policy, Some(at("2020-01-01")))
        .await;
    let mut alone = Vec::new();
    for id in shop::everybody() {
        let question = about(&id).as_of(at(LATE));
        let score = scored(&caller, question, &["rfm", "segments"]).await;
        assert_eq!(snapshots(score.provenance.as_ref()), ["", ""]);
        let by_scheme = score.segments.iter().find(|of| of.scheme == "rfm");
        let Some(rfm) = score.rfm.clone() else {
            let segment = by_scheme.map(|of| &*of.segment);
            assert!(segment.is_none_or(|segment| segment == "prospect"), "{id}");
            continue;
        };
        let expected = [
            1 + [30, 90, 180, 365]
                .iter()
                .filter(|cut| **cut > rfm.recency_days)
                .count(),
            1 + [1, 2, 5, 10]
                .iter()
                .filter(|cut| **cut < rfm.frequency)
                .count(),
        ];
        let found = scores(&rfm);
        assert_eq!(
            [found[0], found[1]],
            expected.map(|score| score as i32),
            "{id}"
        );
        assert_eq!(rfm.recency_percentile, None);
        let absent: Vec<&str> = score.unavailable.iter().map(|of| &*of.component).collect();
        assert!(absent.contains(&"rfm.percentiles") && !absent.contains(&"rfm.scores"));
        let assigned = by_scheme.unwrap();
        assert_eq!(assigned.segment, rfm.segment);
        let told = &assigned.reason.as_ref().unwrap().explanation;
        assert!(told.contains("by the policy's own cut points"), "{told}");
        alone.push((id, found, rfm.segment));
    }
    assert!(alone.len() > 30);

    // A snapshot taken under the policy holds the same, and gives the percentiles.
    let snapshot = caller.take(take_at(LATE)).await.snapshot_id;
    let members = caller.members(&snapshot, "rfm", None, 100).await;
    for (id, expected, segment) in alone {
        let member = members.iter().find(|of| of.customer_id == id).unwrap();
        assert_eq!(member.segment, segment, "{id}");
        for (name, score) in ["recency_days", "frequency", "monetary"]
            .iter()
            .zip(expected)
        {
            let measure = member.measures.iter().find(|of| of.measure == *name);
            let measure = measure.unwrap();
            assert_eq!(measure.score, Some(score), "{id} {name}");
            assert!(measure.percentile.is_some());
        }
    }
    caller.activate_snapshot(&snapshot, None).await;
    let question = about(&shop::buyer(0)).as_of(at(LATE));
    let score = scored(&caller, question, &["rfm"]).await;
    assert!(score.rfm.unwrap().recency_percentile.is_some());
    assert_eq!(snapshots(score.provenance.as_ref()), [&*snapshot, ""]);
}

#[tokio::test]
async fn sliding_scores_go_by_the_newest_snapshot_in_force_or_not() {
    let (app, caller) = the_shop().await;
    let sliding = caller.define_policy(sliding_cuts()).await;
    let mut beside = app.connection().await;
    let by_policy = |mut question: Question, policy: &str| {
        question.request.policy_version = Some(policy.to_owned());
        question
    };
    let asked = |policy: &str, as_of| {
        let question = about(&shop::buyer(0)).as_of(at(as_of));
        by_policy(question, policy)
    };
    let none = scored(&caller, asked(&sliding, LATER), &["rfm"]).await;
    assert_eq!(none.rfm.as_ref().unwrap().recency_score, None);
    assert_eq!(none.unavailable[0].component, "rfm.scores");

    let first = caller.take(take_at(EARLY)).await.snapshot_id;
    caller.activate_snapshot(&first, None).await;
    let between = recorded_now(&mut beside).await;
    let second = caller.take(take_at(LATE)).await.snapshot_id;
    let frozen = scored(&caller, asked("builtin/2", LATER), &["rfm"]).await;
    assert_eq!(snapshots(frozen.provenance.as_ref()), [&*first, ""]);
    let slid = scored(&caller, asked(&sliding, LATER), &["rfm"]).await;
    assert_eq!(snapshots(slid.provenance.as_ref()), [&*second, &*second]);
    let mut moved = 0;
    for number in 0..shop::BUYERS {
        let question = about(&shop::buyer(number)).as_of(at(LATER));
        let frozen = scored(&caller, by_policy(question.clone(), "builtin/2"), &["rfm"]).await;
        let slid = scored(&caller, by_policy(question, &sliding), &["rfm"]).await;
        moved += u32::from(frozen.rfm.as_ref().map(scores) != slid.rfm.as_ref().map(scores));
    }
    assert!(moved > 0, "the quintiles of a year later are others");
    // The other schemes stay with the one in force.
    let all = scored(&caller, asked(&sliding, LATER), &[]).await;
    assert_eq!(snapshots(all.provenance.as_ref()), [&*first, &*second]);
    assert_eq!(all.rfm.as_ref().map(scores), slid.rfm.as_ref().map(scores));
    let of_rfm = all.segments.iter().find(|of| of.scheme == "rfm").unwrap();
    let told = &of_rfm.reason.as_ref().unwrap().explanation;
    assert!(
        told.contains("by the quintiles of the newest snapshot"),
        "{told}"
    );

    // Neither what was not known then nor what had not been yet.
    let question = asked(&sliding, LATER).known_at(between);
    let then = scored(&caller, question, &["rfm"]).await;
    assert_eq!(snapshots(then.provenance.as_ref()), [&*first, &*first]);
    let before = scored(&caller, asked(&sliding, "2021-01-01"), &["rfm"]).await;
    assert_eq!(snapshots(before.provenance.as_ref()), [&*first, &*first]);

    // The answer repeats from its provenance, whatever is taken later.
    let provenance = all.provenance.clone().unwrap();
    caller.take(take_at("2022-03-01")).await;
    let again = asked(&sliding, LATER)
        .as_of(provenance.as_of)
        .known_at(provenance.known_at);
    assert_eq!(scored(&caller, again, &[]).await, all);

    // Segment names only what it used.
    caller
        .activate_policy(&sliding, Some(at("2020-01-01")))
        .await;
    for (schemes, expected) in [
        (vec!["rfm"], ["snapshot/3", "snapshot/3"]),
        (vec!["abc"], [&*first, ""]),
        (vec!["abc", "rfm"], [&*first, "snapshot/3"]),
    ] {
        let mut segmentation = caller.client.segmentation.clone();
        let request = pb::SegmentRequest {
            customer_ids: vec![shop::buyer(0)],
            schemes: schemes.into_iter().map(str::to_owned).collect(),
            as_of: Some(at(LATER)),
            known_at: None,
        };
        let answer = segmentation.segment(request).await.unwrap().into_inner();
        assert_eq!(snapshots(answer.provenance.as_ref()), expected);
    }
}
