//! Satisfaction by the segment that customers held when they answered.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::TestApp;
use crate::support::builders::{contact, purchase};
use crate::support::snapshots::take_at;
use crate::support::surveys::{answered, index_of, one_question};

#[tokio::test]
async fn a_response_counts_for_the_segment_held_when_it_was_given() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let spoken = contact("ann", "k", "2020-01-01", pb::ContactPurpose::Sale);
    caller
        .record([
            spoken.into(),
            purchase("bob", "t", "2020-01-01", "10").into(),
            purchase("ann", "t", "2020-02-15", "10").into(),
        ])
        .await;
    let response = |customer: &str, id: &str, when: &str, mark: f64| {
        answered("nps", customer, id, when, &[("q", mark)])
    };
    caller
        .respond(vec![
            // Before any snapshot.
            response("ann", "r1", "2020-01-15", 0.0),
            // Ann had not bought when the first snapshot was taken, and had by the second.
            response("ann", "r2", "2020-02-10", 10.0),
            response("ann", "r3", "2020-03-10", 5.0),
            // In no snapshot yet, and nobody.
            response("cleo", "r4", "2020-03-10", 0.0),
            response("", "r5", "2020-03-10", 0.0),
        ])
        .await;
    let question = || pb::SatisfactionIndexRequest {
        group_by: pb::SatisfactionGrouping::Segment.into(),
        segment_scheme: Some("rfm".to_owned()),
        ..index_of("nps", pb::SatisfactionMethod::NetPromoter)
    };
    for as_of in ["2020-01-31", "2020-02-28"] {
        let snapshot = caller.take(take_at(as_of)).await;
        caller.activate_snapshot(&snapshot.snapshot_id, None).await;
    }
    let answer = caller.index(question()).await;
    let of = |key: &str| answer.groups.iter().find(|group| group.key == key);
    let prospect = of("prospect").unwrap();
    assert_eq!((prospect.index, prospect.responses), (Some(100.0), 1));
    let unassigned = of("unassigned").unwrap();
    assert_eq!((unassigned.index, unassigned.responses), (Some(-100.0), 3));
    let others: i64 = answer.groups.iter().map(|group| group.responses).sum();
    assert_eq!((answer.groups.len(), others), (3, 5), "{:?}", answer.groups);
    let provenance = answer.provenance.clone().unwrap();
    assert_eq!(provenance.snapshot_id, "snapshot/2");
    let again = pb::SatisfactionIndexRequest {
        known_at: provenance.known_at,
        ..question()
    };
    // What is activated later changes nothing that was known.
    let later = caller.take(take_at("2020-02-01")).await;
    caller.activate_snapshot(&later.snapshot_id, None).await;
    assert_eq!(caller.index(again).await, answer);
    let now = caller.index(question()).await;
    assert_eq!(now.groups.len(), 3);
}

#[tokio::test]
async fn whether_there_are_segments_repeats_from_the_provenance() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let bought = purchase("ann", "t", "2020-01-01", "10");
    caller.record([bought.into()]).await;
    // Answered before the snapshot is in force: no activation is used, but one decides.
    let early = answered("nps", "ann", "r1", "2020-01-15", &[("q", 9.0)]);
    caller.respond(vec![early]).await;
    let snapshot = caller.take(take_at("2020-01-31")).await;
    caller.activate_snapshot(&snapshot.snapshot_id, None).await;
    let question = |as_of: Option<&str>| pb::SatisfactionIndexRequest {
        group_by: pb::SatisfactionGrouping::Segment.into(),
        segment_scheme: Some("rfm".to_owned()),
        as_of: as_of.map(crate::support::builders::at),
        ..index_of("nps", pb::SatisfactionMethod::NetPromoter)
    };
    for (as_of, groups) in [(Some("2020-12-31"), 1), (None, 1), (Some("2020-01-20"), 0)] {
        let answer = caller.index(question(as_of)).await;
        assert_eq!(
            answer.groups.len(),
            groups,
            "{as_of:?}: nothing looks ahead"
        );
        let provenance = answer.provenance.clone().unwrap();
        let again = pb::SatisfactionIndexRequest {
            as_of: provenance.as_of,
            known_at: provenance.known_at,
            ..question(None)
        };
        assert_eq!(caller.index(again).await, answer);
    }
}
