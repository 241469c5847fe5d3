//! Lists of complaints, and complaints in a score: now, at any instant in the past, as then known.

use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, instant, purchase};
use crate::support::complaints::{Common, Step, complaint};
use crate::support::errors::{bad_fields, refused};

/// Asks for all complaints.
fn all() -> pb::ListComplaintsRequest {
    pb::ListComplaintsRequest::default()
}

/// Ids of a list, page by page.
async fn ids(caller: &Caller, request: pb::ListComplaintsRequest) -> Vec<String> {
    let mut ids = Vec::new();
    let mut request = request;
    loop {
        let page = caller.try_complaints(request.clone()).await.unwrap();
        ids.extend(page.complaints.into_iter().map(|found| found.complaint_id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return ids;
        }
    }
}

/// A desk with complaints of several customers, each received at noon of another day of March 2020.
async fn desk(caller: &Caller) {
    let received = |day: i64, customer: &str| {
        complaint(&format!("c{day}"), customer, &format!("2020-03-{day:02}"))
    };
    // Still where it was received.
    caller.complain(received(1, "ann")).await;
    // Closed on the fifth.
    let recorded = caller.complain(received(2, "bob")).await;
    let steps = [
        (Step::Acknowledge, "2020-03-02T13:00:00Z"),
        (Step::Valid, "2020-03-02T14:00:00Z"),
        (Step::Dispatch("hans"), "2020-03-02T15:00:00Z"),
        (Step::Resolve, "2020-03-04"),
        (Step::FollowUp(true, 5), "2020-03-05"),
        (Step::Close, "2020-03-05"),
    ];
    caller.steps(recorded, &steps).await;
    // Waits for the customer since an hour before it was due.
    let recorded = caller.complain(received(3, "ann")).await;
    let steps = [
        (Step::Acknowledge, "2020-03-03T13:00:00Z"),
        (Step::Valid, "2020-03-03T14:00:00Z"),
        (Step::Dispatch("hans"), "2020-03-03T15:00:00Z"),
        (Step::WaitCustomer, "2020-03-04T11:00:00Z"),
    ];
    caller.steps(recorded, &steps).await;
    // Handed over, and waits for a partner.
    let recorded = caller.complain(received(4, "cid")).await;
    let steps = [
        (Step::Acknowledge, "2020-03-04T13:00:00Z"),
        (Step::Offer("olga"), "2020-03-04T13:00:00Z"),
    ];
    let offered = caller.steps(recorded, &steps).await;
    let common = Common::on(&offered, "accept")
        .by("olga")
        .at("2020-03-04T14:00:00Z");
    let (accepted, _) = caller.try_step(Step::Accept, common).await.unwrap();
    let steps = [
        (Step::Valid, "2020-03-04T15:00:00Z"),
        (Step::Dispatch("herta"), "2020-03-04T16:00:00Z"),
        (Step::WaitPartner, "2020-03-04T17:00:00Z"),
    ];
    caller.steps(accepted, &steps).await;
}

#[tokio::test]
async fn lists_narrow_by_every_field_now_and_then_alike() {
    let app = TestApp::new().await;
    let caller = app.caller();
    desk(&caller).await;
    let then = Some(at("2030-01-01"));
    let later = app.later(instant("2030-01-01")).await;
    let text = |text: &str| Some(text.to_owned());
    let table: Vec<(pb::ListComplaintsRequest, Vec<&str>)> = vec![
        (all(), vec!["c4", "c3", "c2", "c1"]),
        (
            pb::ListComplaintsRequest {
                state: pb::ComplaintState::Closed.into(),
                ..all()
            },
            vec!["c2"],
        ),
        (
            pb::ListComplaintsRequest {
                owner: text("first"),
                ..all()
            },
            vec!["c3", "c2", "c1"],
        ),
        (
            pb::ListComplaintsRequest {
                owner: text("olga"),
                ..all()
            },
            vec!["c4"],
        ),
        (
            pb::ListComplaintsRequest {
                handler: text("hans"),
                ..all()
            },
            vec!["c3"],
        ),
        (
            pb::ListComplaintsRequest {
                customer_id: text("ann"),
                ..all()
            },
            vec!["c3", "c1"],
        ),
        (
            pb::ListComplaintsRequest {
                open: true,
                ..all()
            },
            vec!["c4", "c3", "c1"],
        ),
        (
            pb::ListComplaintsRequest {
                overdue: true,
                ..all()
            },
            vec!["c4", "c1"],
        ),
        (
            pb::ListComplaintsRequest {
                overdue: true,
                customer_id: text("ann"),
                owner: text("first"),
                state: pb::ComplaintState::Received.into(),
                ..all()
            },
            vec!["c1"],
        ),
        (
            pb::ListComplaintsRequest {
                customer_id: text("nobody"),
                ..all()
            },
            vec![],
        ),
    ];
    for (request, expected) in table {
        for page_size in [0, 1, 2] {
            let now = pb::ListComplaintsRequest {
                page_size,
                ..request.clone()
            };
            assert_eq!(ids(&caller, now.clone()).await, expected, "{now:?}");
            // The same question about an instant after everything, of a service that lives then.
            let past = pb::ListComplaintsRequest {
                as_of: then,
                ..now.clone()
            };
            assert_eq!(ids(&later.caller(), past).await, expected, "{now:?}");
        }
    }
    let other_list = pb::ListComplaintsRequest {
        page_size: 1,
        ..all()
    };
    let page = caller.try_complaints(other_list.clone()).await.unwrap();
    let misused = pb::ListComplaintsRequest {
        open: true,
        page_token: page.next_page_token.clone(),
        ..all()
    };
    let status = refused(caller.try_complaints(misused).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["page_token"]);
    // Pages may have another size.
    let wider = pb::ListComplaintsRequest {
        page_token: page.next_page_token,
        page_size: 10,
        ..all()
    };
    assert_eq!(ids(&caller, wider).await, ["c3", "c2", "c1"]);
}

#[tokio::test]
async fn list_of_any_past_instant_shows_what_was_then_overdue() {
    let app = TestApp::new().await;
    let caller = app.caller();
    desk(&caller).await;
    for (when, open, overdue) in [
        ("2020-03-01T11:59:59Z", vec![], vec![]),
        ("2020-03-01T12:00:00Z", vec!["c1"], vec![]),
        ("2020-03-02T12:00:00Z", vec!["c2", "c1"], vec![]),
        ("2020-03-02T12:00:01Z", vec!["c2", "c1"], vec!["c1"]),
        (
            "2020-03-03T12:00:01Z",
            vec!["c3", "c2", "c1"],
            vec!["c2", "c1"],
        ),
        (
            "2020-03-04T12:00:00Z",
            vec!["c4", "c3", "c2", "c1"],
            vec!["c1"],
        ),
        ("2020-03-05T12:00:00Z", vec!["c4", "c3", "c1"], vec!["c1"]),
        (
            "2020-03-05T12:00:01Z",
            vec!["c4", "c3", "c1"],
            vec!["c4", "c1"],
        ),
        (
            "2020-06-01T12:00:00Z",
            vec!["c4", "c3", "c1"],
            vec!["c4", "c1"],
        ),
    ] {
        let at_then = pb::ListComplaintsRequest {
            as_of: Some(at(when)),
            ..all()
        };
        let only_open = pb::ListComplaintsRequest {
            open: true,
            ..at_then.clone()
        };
        assert_eq!(ids(&caller, only_open).await, open, "{when}");
        let only_overdue = pb::ListComplaintsRequest {
            overdue: true,
            ..at_then.clone()
        };
        assert_eq!(ids(&caller, only_overdue).await, overdue, "{when}");
        // Each complaint of the list is the complaint asked for alone, but for what lists leave out.
        for listed in caller.try_complaints(at_then).await.unwrap().complaints {
            let alone = caller
                .try_complaint(&listed.complaint_id, Some(at(when)), None)
                .await
                .unwrap();
            assert_eq!(alone.clocks, listed.clocks);
            assert_eq!(alone.state, listed.state);
            assert_eq!(alone.transitions, listed.transitions);
        }
        // And the score counts the same.
        let mut counted = (0, 0);
        for customer in ["ann", "bob", "cid"] {
            let score = caller.score(about(customer).as_of(at(when))).await;
            let complaints = score.complaints.unwrap();
            counted.0 += complaints.open;
            counted.1 += complaints.overdue;
        }
        let expected = (open.len() as i64, overdue.len() as i64);
        assert_eq!(counted, expected, "{when}");
    }
}

#[tokio::test]
async fn what_was_known_stays_as_it_was() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let known_at = recorded.recorded_at;
    let before = caller.try_complaint("c1", None, known_at).await.unwrap();
    let list = pb::ListComplaintsRequest {
        as_of: Some(at("2020-06-01")),
        known_at,
        ..all()
    };
    let listed = caller.try_complaints(list.clone()).await.unwrap();
    let score = about("ann").as_of(at("2020-06-01")).known_at(known_at);
    let scored = caller.score_bytes(score.clone()).await;
    // Recorded later, though it happened before the instant asked about.
    let moved = caller
        .steps(
            recorded,
            &[
                (Step::Acknowledge, "2020-03-02"),
                (Step::Withdraw, "2020-03-03"),
            ],
        )
        .await;
    caller.complain(complaint("c2", "ann", "2020-03-01")).await;
    let asked = before.provenance.clone().unwrap();
    let again = caller.try_complaint("c1", asked.as_of, known_at);
    assert_eq!(again.await.unwrap(), before);
    let again = caller.try_complaints(list).await.unwrap();
    assert_eq!(again.encode_to_vec(), listed.encode_to_vec());
    assert_eq!(caller.score_bytes(score).await, scored);
    // A default answer repeats with the instants it names.
    let now = caller.try_complaint("c1", None, None).await.unwrap();
    let rests_on = now.provenance.clone().unwrap();
    let again = caller.try_complaint("c1", rests_on.as_of, rests_on.known_at);
    assert_eq!(again.await.unwrap(), now);
    assert_eq!(now.etag, moved.etag);
    let score = caller.score(about("ann")).await;
    let rests_on = score.provenance.clone().unwrap();
    let again = about("ann")
        .as_of(rests_on.as_of)
        .known_at(rests_on.known_at);
    assert_eq!(caller.score(again).await, score);
}

#[tokio::test]
async fn score_shows_open_complaints_and_only_if_wanted() {
    let app = TestApp::new().await;
    let caller = app.caller();
    desk(&caller).await;
    let mut grave = complaint("c9", "ann", "2020-03-09");
    grave.severity = pb::ComplaintSeverity::Critical.into();
    caller.complain(grave).await;
    let complaints = caller.score(about("ann")).await.complaints.unwrap();
    assert_eq!(
        (complaints.total, complaints.open, complaints.overdue),
        (3, 3, 2)
    );
    assert_eq!(complaints.newest_received_at, Some(at("2020-03-09")));
    let critical = pb::ComplaintSeverity::Critical;
    assert_eq!(complaints.worst_severity(), critical);
    let shown: Vec<(&str, &str)> = complaints
        .complaints
        .iter()
        .map(|found| {
            (
                &*found.complaint_id,
                found.handler.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    // Those due first stand first; what waits is due last.
    assert_eq!(shown, [("c1", "-"), ("c9", "-"), ("c3", "hans")]);
    let mut masked = about("ann");
    masked.request.read_mask = Some(prost_types::FieldMask {
        paths: vec!["clv".to_owned()],
    });
    assert_eq!(caller.score(masked).await.complaints, None);
    caller
        .record([purchase("dot", "t", "2020-01-01", "1").into()])
        .await;
    let none = caller.score(about("dot")).await.complaints.unwrap();
    assert_eq!(none, pb::CustomerComplaints::default());
}

#[tokio::test]
async fn past_lists_go_on_behind_their_bound() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.complain(complaint("c0", "ann", "2020-01-01")).await;
    let mut connection = app.connection().await;
    // Many more, past the service, which all look like the first.
    sqlx::query(
        "INSERT INTO complaints
        SELECT (jsonb_populate_record(
            c, jsonb_build_object('complaint_id', 'm' || n, 'received_at', c.received_at + n * interval '1 s')
        )).*
        FROM complaints AS c, generate_series(1, 2500) AS n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let sought = pb::ListComplaintsRequest {
        as_of: Some(at("2020-01-02")),
        state: pb::ComplaintState::Closed.into(),
        ..all()
    };
    let mut request = sought;
    let mut calls = 0;
    loop {
        calls += 1;
        let page = caller.try_complaints(request.clone()).await.unwrap();
        assert_eq!(page.complaints.len(), 0);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(calls, 3);
    let received = pb::ListComplaintsRequest {
        state: pb::ComplaintState::Received.into(),
        page_size: 1_000,
        page_token: String::new(),
        ..request
    };
    let found = ids(&caller, received).await;
    assert_eq!(found.len(), 2_501);
    assert_eq!(found.last().map(String::as_str), Some("c0"));
    let too_many = caller.score(about("ann")).await;
    assert_eq!(too_many.complaints, None);
    let absent = too_many.unavailable.iter();
    let mut absent = absent.filter(|absent| absent.component == "complaints");
    assert_eq!(
        absent.next().unwrap().reason(),
        pb::UnavailableReason::TooLarge
    );
}

#[tokio::test]
async fn past_lists_of_what_was_open_pass_by_what_had_ended_up_to_a_bound() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c0", "ann", "2020-01-01")).await;
    let mut connection = app.connection().await;
    // Thousands received later that had ended at once.
    sqlx::query(
        "INSERT INTO complaints
        SELECT (jsonb_populate_record(c, jsonb_build_object(
            'complaint_id', 'm' || n, 'received_at', c.received_at + n * interval '1 s',
            'state', 10, 'is_open', false, 'last_at', c.received_at + n * interval '1 s'
        ))).*
        FROM complaints AS c, generate_series(1, 5200) AS n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let mut request = pb::ListComplaintsRequest {
        as_of: Some(at("2020-01-03")),
        known_at: recorded.recorded_at,
        open: true,
        ..all()
    };
    let first = caller.try_complaints(request.clone()).await.unwrap();
    assert_eq!(first.complaints, []);
    request.page_token = first.next_page_token;
    let second = caller.try_complaints(request).await.unwrap();
    assert_eq!(second.complaints.len(), 1);
    assert_eq!(second.next_page_token, "");
}

#[tokio::test]
async fn page_of_long_complaints_ends_before_it_is_too_large_for_a_client() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let long = |id: &str| pb::RecordComplaintRequest {
        description: "d".repeat(16_000),
        ..complaint(id, "ann", "2020-01-01")
    };
    let recorded = caller.complain(long("c0")).await;
    caller
        .steps(recorded, &[(Step::Acknowledge, "2020-01-02")])
        .await;
    let mut connection = app.connection().await;
    for (table, changes) in [
        (
            "complaints",
            "'received_at', c.received_at + n * interval '1 s'",
        ),
        ("complaint_events", "'note', repeat('n', 4000)"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO {table}
            SELECT (jsonb_populate_record(
                c, jsonb_build_object('complaint_id', 'm' || n, {changes})
            )).*
            FROM {table} AS c, generate_series(1, 299) AS n"
        )))
        .execute(&mut connection)
        .await
        .unwrap();
    }
    for as_of in [None, Some(at("2020-01-03"))] {
        let mut request = pb::ListComplaintsRequest {
            page_size: 1_000,
            as_of,
            ..all()
        };
        let mut pages = Vec::new();
        loop {
            let page = caller.try_complaints(request.clone()).await.unwrap();
            assert!(page.encoded_len() < 3 << 20, "{}", page.encoded_len());
            request.page_token.clone_from(&page.next_page_token);
            pages.push(page.complaints);
            if request.page_token.is_empty() {
                break;
            }
        }
        assert!((3..10).contains(&pages.len()), "{} pages", pages.len());
        let found: Vec<pb::Complaint> = pages.concat();
        assert_eq!(found.len(), 300);
        assert!(found.iter().all(|found| found.transitions.len() == 1));
        assert_eq!(found[299].complaint_id, "c0");
    }
}
