//! Reading snapshots: members, descriptions, lists, and what is in force.

use std::collections::{BTreeMap, BTreeSet};

use customer_value::clock::Clock;
use customer_value::engine::segment::Scheme;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::ids::CustomerKey;
use customer_value::store::pool::Store;
use prost::Message as _;
use tonic::Code;

use super::{facts, shop};
use crate::support::app::{Caller, TestApp};
use crate::support::builders::{at, cost, from_now, micros, purchase, void};
use crate::support::database::TestDatabase;
use crate::support::errors::{bad_fields, reason, refused};
use crate::support::rows::row_counts;
use crate::support::snapshots::take_at;

const SCHEMES: [&str; 8] = [
    "rfm",
    "abc",
    "clv_crv",
    "value_matrix",
    "tier",
    "lifecycle",
    "relationship",
    "activity",
];

async fn segments(
    caller: &Caller,
    ids: &[String],
    as_of: &str,
    known_at: Option<prost_types::Timestamp>,
) -> pb::SegmentResponse {
    let mut segmentation = caller.client.segmentation.clone();
    let request = pb::SegmentRequest {
        customer_ids: ids.to_vec(),
        schemes: Vec::new(),
        as_of: Some(at(as_of)),
        known_at,
    };
    segmentation.segment(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn members_are_where_segment_says_and_pages_hold_each_once() {
    let (_app, caller) = shop().await;
    let taken = caller.take(take_at("2020-06-01")).await;
    caller.activate_snapshot(&taken.snapshot_id, None).await;
    let all = caller.members(&taken.snapshot_id, "abc", None, 1_000).await;
    let ids: Vec<String> = all.iter().map(|row| row.customer_id.clone()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 63);
    let answered = segments(&caller, &ids, "2020-06-01", None).await;
    let provenance = answered.provenance.unwrap();
    assert_eq!(provenance.snapshot_id, taken.snapshot_id);
    assert_eq!(provenance.model_versions, taken.model_versions);
    let description = caller.describe(&taken.snapshot_id, None).await;
    for scheme in SCHEMES {
        let mut expected = BTreeMap::new();
        for customer in &answered.customers {
            for assignment in &customer.assignments {
                if assignment.scheme == scheme {
                    expected.insert(customer.customer_id.clone(), assignment.segment.clone());
                }
            }
        }
        for page_size in [1, 7, 63, 1_000] {
            let members = caller
                .members(&taken.snapshot_id, scheme, None, page_size)
                .await;
            let found: BTreeMap<_, _> = members
                .iter()
                .map(|row| (row.customer_id.clone(), row.segment.clone()))
                .collect();
            assert_eq!(members.len(), found.len(), "each once");
            assert_eq!(found, expected, "{scheme}");
        }
        let described = description.schemes.iter();
        let described = described
            .clone()
            .find(|found| found.scheme == scheme)
            .unwrap();
        for segment in &described.segments {
            let of_segment = caller
                .members(&taken.snapshot_id, scheme, Some(&segment.segment), 5)
                .await;
            assert_eq!(of_segment.len() as i64, segment.customers);
            assert!(of_segment.iter().all(|row| row.segment == segment.segment));
            let value: i128 = of_segment
                .iter()
                .map(|row| micros(row.value.as_ref()))
                .sum();
            assert_eq!(value, micros(segment.value.as_ref()));
        }
    }
    // Measures are those of the score.
    let bought = all.iter().find(|row| row.customer_id == "shop-1").unwrap();
    let names: Vec<&str> = bought
        .measures
        .iter()
        .map(|of| of.measure.as_str())
        .collect();
    assert_eq!(
        names[..4],
        ["recency_days", "frequency", "monetary", "clv.to_date"]
    );
    let scores: Vec<bool> = bought
        .measures
        .iter()
        .map(|of| of.score.is_some())
        .collect();
    assert_eq!(scores.iter().filter(|scored| **scored).count(), 3);
    let costs = all
        .iter()
        .find(|row| row.customer_id == "costs-only")
        .unwrap();
    assert!(costs.measures.iter().all(|of| of.score.is_none()));
    assert_eq!(micros(costs.value.as_ref()), -3_000_000);
}

#[tokio::test]
async fn counts_values_and_shares_add_up() {
    let (_app, caller) = shop().await;
    let taken = caller.take(take_at("2020-06-01")).await;
    let described = caller.describe(&taken.snapshot_id, None).await;
    assert_eq!(described.snapshot, Some(taken.clone()));
    let names: Vec<&str> = described.schemes.iter().map(|of| &*of.scheme).collect();
    assert_eq!(names, SCHEMES);
    let all = micros(described.value.as_ref());
    for scheme in &described.schemes {
        let customers: i64 = scheme.segments.iter().map(|of| of.customers).sum();
        assert_eq!(customers + scheme.customers_without_segment, 63);
        if scheme.customers_without_segment == 0 {
            let value: i128 = scheme
                .segments
                .iter()
                .map(|of| micros(of.value.as_ref()))
                .sum();
            assert_eq!(value, all, "{}", scheme.scheme);
            let shares: f64 = scheme.segments.iter().map(|of| of.customer_share).sum();
            let values: f64 = scheme.segments.iter().filter_map(|of| of.value_share).sum();
            assert!((shares - 1.0).abs() < 1e-12 && (values - 1.0).abs() < 1e-12);
        }
        assert!(scheme.moves.is_empty());
    }
    let spread = described.concentration.unwrap();
    assert_eq!(spread.lorenz_shares.len(), 101);
    assert_eq!(
        (spread.lorenz_shares[0], spread.lorenz_shares[100]),
        (0.0, 1.0)
    );
    let (gini, of_net) = (spread.gini.unwrap(), spread.gini_of_net.unwrap());
    assert!(
        0.0 < gini && gini < of_net,
        "somebody costs more than they bring"
    );
    assert!(spread.lorenz_shares.iter().any(|share| *share < 0.0));
    assert!(spread.top_fifth_share.unwrap() > 0.2);
    let cuts = described.cut_points.unwrap();
    let of = |measure: &str| {
        let mut found = cuts.distributions.iter();
        found.find(|found| found.measure == measure).unwrap()
    };
    assert_eq!(of("clv.to_date").customers, 63);
    assert_eq!(of("frequency").customers, 62);
    assert_eq!(of("frequency").percentiles.len(), 99);
    assert!(micros(cuts.class_a_least.as_ref()) > micros(cuts.class_b_least.as_ref()));
    // Only some schemes, and those refused that are none.
    let asked = |schemes: &[&str]| pb::DescribeSegmentationRequest {
        snapshot_id: Some(taken.snapshot_id.clone()),
        schemes: schemes.iter().map(|name| (*name).to_owned()).collect(),
        compare_snapshot_id: None,
    };
    let two = caller.try_describe(asked(&["tier", "abc"])).await.unwrap();
    let names: Vec<&str> = two.schemes.iter().map(|of| &*of.scheme).collect();
    assert_eq!(names, ["abc", "tier"]);
    let status = refused(
        caller
            .try_describe(asked(&["tier", "nonsense", "tier"]))
            .await,
        Code::InvalidArgument,
    );
    assert_eq!(bad_fields(&status), ["schemes[1]", "schemes[2]"]);
}

#[tokio::test]
async fn moves_add_up_to_both_snapshots() {
    let (_app, caller) = shop().await;
    let early = caller.take(take_at("2020-02-01T00:00:00Z")).await;
    let gone = ["t", "c"].map(|id| {
        let kind = if id == "t" {
            pb::FactKind::Transaction
        } else {
            pb::FactKind::Cost
        };
        void("loss", kind, id).into()
    });
    caller.record(gone).await;
    let late = caller.take(take_at("2020-06-01")).await;
    assert!(early.customers < late.customers);
    for (from, to) in [(&early, &late), (&late, &early), (&late, &late)] {
        let described = caller
            .describe(&to.snapshot_id, Some(&from.snapshot_id))
            .await;
        assert_eq!(described.compare_snapshot.as_ref(), Some(from));
        let before = caller.describe(&from.snapshot_id, None).await;
        for (scheme, old) in described.schemes.iter().zip(&before.schemes) {
            let sum = |is_counted: &dyn Fn(&pb::SegmentMove) -> bool| -> i64 {
                let counted = scheme.moves.iter().filter(|moved| is_counted(moved));
                counted.map(|moved| moved.customers).sum()
            };
            for (side, whole) in [(scheme, 1), (old, 0)] {
                for segment in &side.segments {
                    let name = Some(segment.segment.clone());
                    let moved = sum(&|moved| match whole {
                        1 => moved.to_segment == name,
                        _ => moved.from_segment == name,
                    });
                    assert_eq!(moved, segment.customers, "{}", segment.segment);
                }
                let none = sum(&|moved| match whole {
                    1 => moved.to_segment.as_deref() == Some(""),
                    _ => moved.from_segment.as_deref() == Some(""),
                });
                assert_eq!(none, side.customers_without_segment);
            }
            let newcomers = sum(&|moved| moved.from_segment.is_none());
            let gone = sum(&|moved| moved.to_segment.is_none());
            assert_eq!(from.customers + newcomers - gone, to.customers);
            assert!(scheme.moves.iter().all(|moved| moved.customers > 0));
            if from == to {
                assert!(
                    scheme
                        .moves
                        .iter()
                        .all(|of| of.from_segment == of.to_segment)
                );
            }
        }
    }
}

#[tokio::test]
async fn newest_activation_up_to_the_instant_wins_and_old_answers_stay() {
    let (app, caller) = shop().await;
    let ids: Vec<String> = (0..60).map(|number| format!("shop-{number}")).collect();
    let first = caller.take(take_at("2020-02-01")).await.snapshot_id;
    let second = caller.take(take_at("2020-06-01")).await.snapshot_id;
    let used = async |as_of: &str| {
        let answer = segments(&caller, &ids[..1], as_of, None).await;
        answer.provenance.unwrap().snapshot_id
    };
    assert_eq!(used("2020-07-01").await, "");
    let active = caller.activate_snapshot(&first, None).await;
    assert_eq!(active.effective_at, Some(at("2020-02-01")));
    assert_eq!(active.effective_until, None);
    assert_eq!(used("2020-07-01").await, first);
    let explicit = from_now(0);
    let before = segments(&caller, &ids, "2020-07-01", Some(explicit))
        .await
        .encode_to_vec();
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    assert_eq!(caller.activate_snapshot(&first, None).await, active);
    assert_eq!(row_counts(&mut connection).await, counts);
    caller.activate_snapshot(&second, None).await;
    for (as_of, snapshot) in [
        ("2020-01-31", ""),
        ("2020-02-02", &first),
        ("2020-05-31", &first),
        ("2020-06-01", &second),
        ("2020-07-01", &second),
    ] {
        assert_eq!(used(as_of).await, snapshot, "{as_of}");
    }
    for caller in [&caller, &app.replica().await.caller()] {
        let again = segments(caller, &ids, "2020-07-01", Some(explicit)).await;
        assert_eq!(again.encode_to_vec(), before);
    }
    // At the same instant the activation recorded last wins.
    let over = caller
        .activate_snapshot(&first, Some(at("2020-06-01")))
        .await;
    assert_eq!(over.effective_until, None);
    assert_eq!(used("2020-07-01").await, first);
    let status = refused(
        caller.try_activate_snapshot("snapshot/9", None).await,
        Code::NotFound,
    );
    assert_eq!(reason(&status), "UNKNOWN_SNAPSHOT");
}

#[tokio::test]
async fn lists_continue_and_tokens_of_other_lists_are_refused() {
    let (_app, caller) = shop().await;
    let mut names = Vec::new();
    for month in 2..=6 {
        let taken = caller.take(take_at(&format!("2020-0{month}-01"))).await;
        names.insert(0, taken.snapshot_id);
    }
    caller.activate_snapshot("snapshot/2", None).await;
    let mut segmentation = caller.client.segmentation.clone();
    let (mut listed, mut activated, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let request = pb::ListPopulationSnapshotsRequest {
            page_size: 2,
            page_token,
        };
        let page = segmentation.list_population_snapshots(request).await;
        let page = page.unwrap().into_inner();
        listed.extend(page.snapshots.into_iter().map(|of| of.snapshot_id));
        activated.extend(page.activations.into_iter().map(|of| of.snapshot_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, names);
    assert_eq!(activated, ["snapshot/2"]);

    // A page goes on with its snapshot, whatever is in force by then.
    let request = |snapshot: Option<&str>, scheme: &str, segment: Option<&str>, token: &str| {
        pb::ListSegmentMembersRequest {
            snapshot_id: snapshot.map(str::to_owned),
            scheme: scheme.to_owned(),
            segment: segment.map(str::to_owned),
            page_size: 3,
            page_token: token.to_owned(),
        }
    };
    let first = caller.try_members(request(None, "abc", None, "")).await;
    let first = first.unwrap();
    assert_eq!(first.snapshot_id, "snapshot/2");
    caller.activate_snapshot("snapshot/4", None).await;
    let token = &first.next_page_token;
    let second = caller.try_members(request(None, "abc", None, token)).await;
    assert_eq!(second.unwrap().snapshot_id, "snapshot/2");
    let fresh = caller.try_members(request(None, "abc", None, "")).await;
    assert_eq!(fresh.unwrap().snapshot_id, "snapshot/4");
    for other in [
        request(Some("snapshot/4"), "abc", None, token),
        request(None, "tier", None, token),
        request(None, "abc", Some("a"), token),
        request(None, "abc", None, "after:9:abc:*:shop-1"),
        request(None, "abc", None, "after:2:abc:*:"),
    ] {
        let status = refused(caller.try_members(other).await, Code::InvalidArgument);
        assert_eq!(bad_fields(&status), ["page_token"]);
    }
}

#[tokio::test]
async fn without_a_snapshot_in_force_one_must_be_named() {
    let (_app, caller) = shop().await;
    caller.take(take_at("2020-06-01")).await;
    let members = |snapshot_id: Option<String>| pb::ListSegmentMembersRequest {
        snapshot_id,
        scheme: "abc".to_owned(),
        ..pb::ListSegmentMembersRequest::default()
    };
    let describe = |snapshot_id: Option<String>| pb::DescribeSegmentationRequest {
        snapshot_id,
        ..pb::DescribeSegmentationRequest::default()
    };
    let statuses = [
        refused(
            caller.try_members(members(None)).await,
            Code::FailedPrecondition,
        ),
        refused(
            caller.try_describe(describe(None)).await,
            Code::FailedPrecondition,
        ),
    ];
    assert!(
        statuses
            .iter()
            .all(|status| reason(status) == "NO_SNAPSHOT")
    );
    let unknown = || Some("snapshot/9".to_owned());
    let statuses = [
        refused(caller.try_members(members(unknown())).await, Code::NotFound),
        refused(
            caller.try_describe(describe(unknown())).await,
            Code::NotFound,
        ),
        refused(
            caller
                .try_describe(pb::DescribeSegmentationRequest {
                    compare_snapshot_id: unknown(),
                    ..describe(Some("snapshot/1".to_owned()))
                })
                .await,
            Code::NotFound,
        ),
    ];
    assert!(
        statuses
            .iter()
            .all(|status| reason(status) == "UNKNOWN_SNAPSHOT")
    );
    caller.activate_snapshot("snapshot/1", None).await;
    assert_eq!(
        caller
            .try_members(members(None))
            .await
            .unwrap()
            .members
            .len(),
        50
    );
    caller.try_describe(describe(None)).await.unwrap();
}

#[tokio::test]
async fn small_and_odd_populations_are_described() {
    let app = TestApp::new().await;
    // One customer.
    let one = app.tenant("one");
    one.record([purchase("ann", "t", "2020-01-01", "7").into()])
        .await;
    // Everybody equal.
    let equal = app.tenant("equal");
    equal
        .record((0..40).map(|who| purchase(&format!("c{who}"), "t", "2020-01-01", "7").into()))
        .await;
    // Nobody brings anything.
    let loss = app.tenant("loss");
    loss.record((0..3).map(|who| {
        let who = format!("c{who}");
        cost(&who, "c", "2020-01-01", "2", pb::CostKind::Marketing).into()
    }))
    .await;
    // Facts of no money at all.
    let named = app.tenant("named");
    named
        .record([crate::support::builders::referral("ann", "bob", "e", "2020-01-01").into()])
        .await;
    for (caller, customers, gini, top) in [
        (&one, 1, Some(0.0), Some(1.0)),
        (&equal, 40, Some(0.0), Some(0.2)),
        (&loss, 3, Some(0.0), None),
        (&named, 2, None, None),
    ] {
        let taken = caller.take(take_at("2020-02-01")).await;
        assert_eq!(taken.customers, customers);
        let described = caller.describe(&taken.snapshot_id, None).await;
        let spread = described.concentration.unwrap();
        assert_eq!((spread.gini, spread.top_fifth_share), (gini, top));
        assert_eq!(spread.lorenz_shares.is_empty(), top.is_none());
        for scheme in &described.schemes {
            let held = scheme.segments.iter().filter(|of| of.customers > 0);
            assert!(held.count() <= 1, "equals are in one segment");
        }
    }
}

#[tokio::test]
async fn segments_held_are_those_of_the_members() {
    let options = TestDatabase::new().await.connect_options();
    let app = TestApp::on(options.clone(), Clock::System, "UTC").await;
    let caller = app.caller();
    caller.record(facts()).await;
    let name = caller.take(take_at("2020-06-01")).await.snapshot_id;
    caller.take(take_at("2020-02-01")).await;
    let store = Store::new(options, 1);
    let snapshots = store.definitions("acme").await.unwrap().snapshots;
    let held = async |scheme: Scheme, ids: &[&str]| {
        let keys: Vec<CustomerKey> = ids.iter().map(|id| CustomerKey::new("acme", id)).collect();
        let mut reader = store.response_reader().await.unwrap();
        let held = reader
            .segments_held("acme", &snapshots[0], scheme, &keys)
            .await;
        let held = held.unwrap().into_iter();
        held.map(|(key, segment)| {
            let segment = scheme.segments()[usize::try_from(segment).unwrap()].name;
            (key.customer_id, segment.to_owned())
        })
        .collect::<BTreeMap<_, _>>()
    };
    for scheme in Scheme::ALL {
        let members = caller.members(&name, scheme.name(), None, 1_000).await;
        let ids: Vec<&str> = members.iter().map(|row| &*row.customer_id).collect();
        let expected: BTreeMap<_, _> = members
            .iter()
            .map(|row| (row.customer_id.clone(), row.segment.clone()))
            .collect();
        assert_eq!(held(scheme, &ids).await, expected);
    }
    assert!(held(Scheme::Abc, &["stranger"]).await.is_empty());
    assert!(
        held(Scheme::ValueMatrix, &["shop-1"]).await.is_empty(),
        "no model"
    );
}
