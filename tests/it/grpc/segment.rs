//! `SegmentationService.Segment`, and the same in `ScoreCustomer`.

use std::collections::BTreeMap;

use customer_value::clock::Clock;
use customer_value::engine::segment::Scheme;
use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use tonic::{Code, Status};

use crate::grpc::known_at::recorded_now;
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, contact, instant, purchase, referral};
use crate::support::errors::{bad_fields, refused};
use crate::support::shop;
use crate::support::snapshots::take_at;

fn asked(ids: &[String], as_of: Option<prost_types::Timestamp>) -> pb::SegmentRequest {
    pb::SegmentRequest {
        customer_ids: ids.to_vec(),
        schemes: Vec::new(),
        as_of,
        known_at: None,
    }
}

async fn try_segment(
    caller: &Caller,
    request: pb::SegmentRequest,
) -> Result<pb::SegmentResponse, Status> {
    let mut segmentation = caller.client.segmentation.clone();
    let response = segmentation.segment(request).await?;
    Ok(response.into_inner())
}

async fn segment(caller: &Caller, request: pb::SegmentRequest) -> pb::SegmentResponse {
    try_segment(caller, request).await.unwrap()
}

/// Segment by scheme.
fn by_scheme(customer: &pb::CustomerSegments) -> BTreeMap<&str, &str> {
    let assignments = customer.assignments.iter();
    assignments
        .map(|assigned| (&*assigned.scheme, &*assigned.segment))
        .collect()
}

/// Why each scheme is not available.
fn absent(customer: &pb::CustomerSegments) -> BTreeMap<&str, pb::UnavailableReason> {
    let absent = customer.unavailable.iter();
    absent
        .map(|absent| (&*absent.component, absent.reason()))
        .collect()
}

pub(super) async fn database_now(app: &TestApp) -> prost_types::Timestamp {
    recorded_now(&mut app.connection().await).await
}

pub(super) async fn put_in_force(caller: &Caller, as_of: &str) -> String {
    for family in [pb::ModelFamily::BgNbd, pb::ModelFamily::GammaGamma] {
        let fit = pb::FitModelRequest {
            family: family.into(),
            prior: pb::ModelPrior::Weak.into(),
            ..pb::FitModelRequest::default()
        };
        let model = caller.fit(fit).await;
        caller.activate(&model.name, Some(at(as_of))).await;
    }
    take_snapshot(caller, as_of).await
}

async fn take_snapshot(caller: &Caller, as_of: &str) -> String {
    let snapshot_id = caller.take(take_at(as_of)).await.snapshot_id;
    caller.activate_snapshot(&snapshot_id, None).await;
    snapshot_id
}

/// Long after everything that the shop does, so that the days after it can be asked about.
pub(super) const LATER: &str = "2040-01-01";
/// After the shop's last fact.
pub(super) const AFTER: &str = "2021-12-15";

/// The shop with models and a snapshot in force after its last fact, and when half of it was known.
pub(super) async fn shop_in_force() -> (TestApp, Caller, prost_types::Timestamp) {
    let app = TestApp::at(instant(LATER)).await;
    let caller = app.caller();
    let facts = shop::facts();
    let (first, second) = facts.split_at(facts.len() / 2);
    caller.record(first.to_vec()).await;
    let half = database_now(&app).await;
    caller.record(second.to_vec()).await;
    put_in_force(&caller, AFTER).await;
    (app, caller, half)
}

#[tokio::test]
async fn a_score_carries_the_same_segments() {
    let (app, caller, half) = shop_in_force().await;
    let now = database_now(&app).await;
    let mut ids = shop::everybody();
    ids.push("nobody".to_owned());
    for as_of in [None, Some(AFTER), Some("2022-06-01"), Some("2020-10-01")] {
        for known_at in [None, Some(half), Some(now)] {
            let request = pb::SegmentRequest {
                known_at,
                ..asked(&ids, as_of.map(at))
            };
            let answer = segment(&caller, request).await;
            let named: Vec<&String> = answer.customers.iter().map(|of| &of.customer_id).collect();
            assert_eq!(named, ids.iter().collect::<Vec<_>>());
            for customer in &answer.customers {
                let question = about(&customer.customer_id).as_of(as_of.map(at));
                // The horizon asked for is not the segments'.
                let question = question.known_at(known_at).horizon_days(30);
                let shown = format!(
                    "{} as of {as_of:?} known {known_at:?}",
                    customer.customer_id
                );
                let score = match caller.try_score(question).await {
                    Ok(score) => score,
                    Err(status) => {
                        refused::<()>(Err(status), Code::NotFound);
                        let unknown = pb::UnavailableReason::UnknownCustomer;
                        assert_eq!(
                            absent(customer),
                            [("assignments", unknown)].into(),
                            "{shown}"
                        );
                        continue;
                    }
                };
                assert_eq!(score.segments, customer.assignments, "{shown}");
                let unavailable = score.unavailable.iter();
                let unavailable: BTreeMap<&str, pb::UnavailableReason> = unavailable
                    .filter_map(|of| Some((of.component.strip_prefix("segments.")?, of.reason())))
                    .collect();
                assert_eq!(unavailable, absent(customer), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_repeats_with_its_provenance_whatever_comes_later() {
    let (_app, caller, _) = shop_in_force().await;
    let ids = shop::everybody();
    let first = segment(&caller, asked(&ids, Some(at("2022-06-01")))).await;
    let provenance = first.provenance.clone().unwrap();
    assert_eq!(provenance.policy_version, "builtin/2");
    assert_eq!(provenance.model_versions, ["bg-nbd/1", "gamma-gamma/1"]);
    assert_eq!(provenance.snapshot_id, "snapshot/1");
    // Late facts, a new snapshot and a contact change what is known, not what was.
    caller
        .record([
            purchase(&shop::buyer(1), "late", "2021-12-30", "500").into(),
            contact(
                &shop::buyer(1),
                "late",
                "2022-05-01",
                pb::ContactPurpose::Joint,
            )
            .into(),
            referral(&shop::buyer(8), "newcomer", "e", "2020-02-01").into(),
        ])
        .await;
    let second = take_snapshot(&caller, "2022-02-01").await;
    let again = pb::SegmentRequest {
        as_of: provenance.as_of,
        known_at: provenance.known_at,
        ..asked(&ids, None)
    };
    let again = segment(&caller, again).await;
    assert_eq!(again.encode_to_vec(), first.encode_to_vec());
    let changed = segment(&caller, asked(&ids, Some(at("2022-06-01")))).await;
    assert_eq!(changed.provenance.unwrap().snapshot_id, second);
    assert_ne!(changed.customers, first.customers);
}

#[tokio::test]
async fn a_customer_moves_at_the_instant_that_was_told() {
    let (_app, caller, _) = shop_in_force().await;
    let ids = shop::everybody();
    let told = segment(&caller, asked(&ids, Some(at(AFTER)))).await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for customer in &told.customers {
        for assigned in &customer.assignments {
            let Some(moves) = assigned.next_change_at else {
                continue;
            };
            assert_eq!(moves.seconds % 86_400, 0, "a day begins");
            let before = prost_types::Timestamp {
                seconds: moves.seconds - 1,
                nanos: 999_999_000,
            };
            for (instant, stays) in [(before, true), (moves, false)] {
                let request = pb::SegmentRequest {
                    schemes: vec![assigned.scheme.clone()],
                    ..asked(std::slice::from_ref(&customer.customer_id), Some(instant))
                };
                let then = segment(&caller, request).await;
                let then = by_scheme(&then.customers[0])
                    .get(&*assigned.scheme)
                    .copied();
                let same = then == Some(&*assigned.segment);
                assert_eq!(same, stays, "{} {assigned:?}", customer.customer_id);
            }
            *seen.entry(assigned.scheme.clone()).or_default() += 1;
        }
    }
    for scheme in [
        "rfm",
        "value_matrix",
        "lifecycle",
        "relationship",
        "activity",
    ] {
        assert!(seen.contains_key(scheme), "{scheme}: {seen:?}");
    }
    assert!(
        !seen.contains_key("abc"),
        "value to date does not move by itself"
    );
}

#[tokio::test]
async fn everybody_of_a_population_is_in_one_segment_of_every_scheme() {
    let (_app, caller, _) = shop_in_force().await;
    let ids = shop::everybody();
    let answer = segment(&caller, asked(&ids, Some(at(AFTER)))).await;
    for customer in &answer.customers {
        let segments = by_scheme(customer);
        let absent = absent(customer);
        if segments["rfm"] == "prospect" {
            assert_eq!(
                absent,
                [("value_matrix", pb::UnavailableReason::NoPurchase)].into()
            );
            assert_eq!(segments["activity"], "prospect");
            assert_eq!(segments["lifecycle"], "exploration");
        } else {
            assert_eq!(absent, BTreeMap::new(), "{}", customer.customer_id);
        }
        for assigned in &customer.assignments {
            let scheme = Scheme::named(&assigned.scheme).unwrap();
            assert!(scheme.segment_named(&assigned.segment).is_some());
            assert!(!assigned.treatment.is_empty());
            let reason = assigned.reason.as_ref().unwrap();
            assert!(reason.explanation.starts_with(&assigned.label));
        }
    }
    let score = caller.score(about(&ids[0]).as_of(at(AFTER))).await;
    let rfm = score.rfm.unwrap();
    let scores = [rfm.recency_score, rfm.frequency_score, rfm.monetary_score];
    let cell: String = scores
        .iter()
        .map(|score| score.unwrap().to_string())
        .collect();
    assert_eq!(rfm.cell, cell);
    assert_eq!(rfm.segment, by_scheme(&answer.customers[0])["rfm"]);
    assert!(!rfm.map_segment.is_empty());
    let provenance = score.provenance.unwrap();
    assert_eq!(provenance.snapshot_id, "snapshot/1");
    assert_eq!(
        provenance.rfm_snapshot_id, "",
        "the built-in cuts do not slide"
    );
}

#[tokio::test]
async fn beside_the_scores_stands_what_they_hide() {
    let (_app, caller, _) = shop_in_force().await;
    let mut lapsed = 0;
    for id in shop::everybody() {
        // A year later: some have been silent for long by their own rhythm.
        let score = caller.score(about(&id).as_of(at("2022-12-15"))).await;
        let Some(rfm) = score.rfm else {
            assert!(
                id.contains('-'),
                "without a purchase there is nothing to score"
            );
            continue;
        };
        let hidden = rfm.hidden.clone().unwrap();
        let prediction = score.prediction.unwrap();
        assert_eq!(hidden.probability_alive, prediction.probability_alive);
        assert_eq!(hidden.rhythm_days.is_some(), rfm.frequency > 1, "{id}");
        if let Some(rhythm) = hidden.rhythm_days {
            let times = hidden.silence_rhythms.unwrap();
            let days = rfm.recency_days as f64;
            assert!((times * rhythm - days).abs() < 1e-3 * days, "{id}");
        }
        let of_rfm = score.segments.iter().find(|of| of.scheme == "rfm").unwrap();
        let reason = of_rfm.reason.as_ref().unwrap();
        let looks_loyal =
            rfm.recency_score() >= 3 || rfm.frequency_score().max(rfm.monetary_score()) >= 4;
        let is_lapsed = looks_loyal && hidden.probability_alive < 0.1;
        let is_told = reason.explanation.contains(&hidden.explanation);
        match hidden.finding() {
            pb::RfmFinding::LapsedLooksLoyal => {
                lapsed += 1;
                assert!(is_lapsed && is_told, "{id}: {}", hidden.explanation);
                let last = reason.measures.last().unwrap();
                assert_eq!(last.measure, "probability_alive");
            }
            pb::RfmFinding::SlowRegular => {
                assert!(rfm.recency_score() <= 2 && hidden.probability_alive >= 0.5);
                assert!(hidden.silence_rhythms.unwrap() <= 2.0 && is_told);
            }
            pb::RfmFinding::Nothing => assert!(!is_lapsed && !is_told, "{id}"),
            pb::RfmFinding::Unspecified => panic!("{id}: no finding"),
        }
    }
    assert!(lapsed > 0);

    // Before the models were in force there are scores to come, and nothing to hold them against.
    let question = about(&shop::buyer(0)).as_of(at("2020-10-01"));
    let score = caller.score(question).await;
    assert_eq!(score.rfm.unwrap().hidden, None);
    assert!(
        score
            .unavailable
            .iter()
            .any(|of| of.component == "rfm.scores")
    );
}

#[tokio::test]
async fn without_a_model_the_scores_stand_alone() {
    let app = TestApp::at(instant(LATER)).await;
    let caller = app.caller();
    caller.record(shop::facts()).await;
    take_snapshot(&caller, AFTER).await;
    let score = caller.score(about(&shop::buyer(0)).as_of(at(AFTER))).await;
    let rfm = score.rfm.unwrap();
    assert!(rfm.recency_score.is_some() && rfm.recency_percentile.is_some());
    assert_eq!(rfm.hidden, None);
    let hidden = score
        .unavailable
        .iter()
        .find(|of| of.component == "rfm.hidden");
    assert_eq!(hidden.unwrap().reason(), pb::UnavailableReason::NoModel);
}

#[tokio::test]
async fn without_snapshot_and_models_what_needs_them_says_so() {
    let app = TestApp::at(instant(LATER)).await;
    let caller = app.caller();
    caller
        .record([
            purchase("once", "t", "2021-01-01", "5").into(),
            purchase("twice", "t1", "2021-01-01", "5").into(),
            purchase("twice", "t2", "2021-03-01", "5").into(),
            referral("referrer", "once", "e", "2021-01-01").into(),
        ])
        .await;
    let ids = ["once", "twice", "referrer", "unknown", "twice"].map(str::to_owned);
    let answer = segment(&caller, asked(&ids, Some(at("2021-07-01")))).await;
    let [once, twice, referrer, unknown, again] = &answer.customers[..] else {
        panic!("five were asked for");
    };
    let no_snapshot = pb::UnavailableReason::NoSnapshot;
    let missing = ["abc", "activity", "clv_crv", "rfm", "tier", "value_matrix"];
    let all: BTreeMap<_, _> = missing.map(|scheme| (scheme, no_snapshot)).into();
    assert_eq!(absent(once), all);
    assert_eq!(by_scheme(once)["lifecycle"], "development");
    let mut own_rhythm = all.clone();
    own_rhythm.remove("activity");
    assert_eq!(absent(twice), own_rhythm);
    // Silent for 122 days after a gap of 59: twice the rhythm is 118.
    assert_eq!(by_scheme(twice)["activity"], "dormant");
    assert_eq!(again, twice, "an id given twice is answered twice");
    assert_eq!(by_scheme(referrer)["rfm"], "prospect");
    let nobody = pb::UnavailableReason::UnknownCustomer;
    assert_eq!(absent(unknown), [("assignments", nobody)].into());
    assert_eq!(answer.provenance.unwrap().snapshot_id, "");

    // Known, and nothing had happened by then.
    let early = segment(&caller, asked(&ids[..1], Some(at("2020-07-01")))).await;
    let no_facts = pb::UnavailableReason::NoFacts;
    let expected: BTreeMap<_, _> = Scheme::ALL.map(|scheme| (scheme.name(), no_facts)).into();
    assert_eq!(absent(&early.customers[0]), expected);

    // A tenant without any fact knows nobody.
    let stranger = app.tenant("stranger");
    let answer = segment(&stranger, asked(&ids[..1], None)).await;
    assert_eq!(
        absent(&answer.customers[0]),
        [("assignments", nobody)].into()
    );
}

#[tokio::test]
async fn the_first_policy_has_no_segments() {
    let app = TestApp::at(instant(LATER)).await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t", "2021-01-01", "5").into()])
        .await;
    let mut question = about("ann");
    question.request.policy_version = Some("builtin/1".to_owned());
    let score = caller.score(question).await;
    assert_eq!(score.segments, []);
    let not_in_policy = score.unavailable.iter();
    let not_in_policy: Vec<&str> = not_in_policy
        .filter(|of| of.reason() == pb::UnavailableReason::NotInPolicy)
        .map(|of| &*of.component)
        .collect();
    for scheme in Scheme::ALL {
        let component = format!("segments.{}", scheme.name());
        assert!(not_in_policy.contains(&&*component), "{component}");
    }
    assert!(not_in_policy.contains(&"rfm.scores"));
}

#[tokio::test]
async fn schemes_come_in_their_order_each_once() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t", "2021-01-01", "5").into()])
        .await;
    let request = pb::SegmentRequest {
        schemes: ["relationship", "lifecycle", "relationship"]
            .map(str::to_owned)
            .into(),
        ..asked(&["ann".to_owned()], None)
    };
    let answer = segment(&caller, request).await;
    let schemes: Vec<&str> = answer.customers[0]
        .assignments
        .iter()
        .map(|assigned| &*assigned.scheme)
        .collect();
    assert_eq!(schemes, ["lifecycle", "relationship"]);
    let wrong = pb::SegmentRequest {
        schemes: vec!["rfm".to_owned(), "clp".to_owned()],
        ..asked(&["ann".to_owned(), String::new()], None)
    };
    let status = refused(try_segment(&caller, wrong).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["customer_ids[1]", "schemes[1]"]);
}

#[tokio::test]
async fn a_day_begins_in_the_zone_of_the_tenant() {
    let app = TestApp::set_to(Clock::Fixed(instant(LATER)), "Asia/Shanghai").await;
    let caller = app.caller();
    caller
        .record([
            // The first of January and the first of March in Shanghai.
            purchase("ann", "t1", "2020-12-31T16:00:00Z", "5").into(),
            purchase("ann", "t2", "2021-03-01T15:59:59Z", "5").into(),
        ])
        .await;
    let request = pb::SegmentRequest {
        schemes: vec!["activity".to_owned()],
        ..asked(&["ann".to_owned()], Some(at("2021-05-01")))
    };
    let answer = segment(&caller, request).await;
    let assigned = &answer.customers[0].assignments[0];
    assert_eq!(assigned.segment, "active");
    // Dormant after twice the 59 days between: from the 28th of June on.
    assert_eq!(assigned.next_change_at, Some(at("2021-06-27T16:00:00Z")));
}
