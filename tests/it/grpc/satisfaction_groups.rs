//! Groups, periods and units of a satisfaction index, and what is withheld.

use customer_value::app::satisfaction_index::{Grouping, IndexQuery};
use customer_value::app::{App, AppSettings, error::AppError};
use customer_value::clock::Clock;
use customer_value::engine::satisfaction::method::Method as Asked;
use customer_value::engine::satisfaction::response::Unit;
use customer_value::engine::time::Zone;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::store::pool::Store;
use pb::SatisfactionMethod as Method;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, void};
use crate::support::database::TestDatabase;
use crate::support::errors::{bad_fields, reason, refused};
use crate::support::surveys::{
    GAS_ITEMS, answered, days, gas, index_of, item, one_question, scale,
};

/// Answers from 0 to 10, by channel and how many.
async fn record_channels(caller: &Caller, channels: &[(&str, usize, f64)]) {
    let mut responses = Vec::new();
    for (channel, count, mark) in channels {
        for number in 0..*count {
            let id = format!("{channel}-{number}");
            responses.push(pb::SurveyResponse {
                channel: (!channel.is_empty()).then(|| (*channel).to_owned()),
                ..answered("nps", &id, &id, "2020-01-01", &[("q", *mark)])
            });
        }
    }
    caller.respond(responses).await;
}

fn by(group_by: pb::SatisfactionGrouping) -> pb::SatisfactionIndexRequest {
    pb::SatisfactionIndexRequest {
        group_by: group_by.into(),
        ..index_of("nps", Method::NetPromoter)
    }
}

#[tokio::test]
async fn small_groups_are_withheld_and_never_one_alone() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    record_channels(
        &caller,
        &[("web", 20, 10.0), ("shop", 8, 3.0), ("", 4, 7.0)],
    )
    .await;
    let request = pb::SatisfactionIndexRequest {
        suppression_threshold: None,
        ..by(pb::SatisfactionGrouping::Channel)
    };
    let answer = caller.index(request).await;
    assert_eq!(answer.suppression_threshold, 5);
    let told: Vec<_> = answer
        .groups
        .iter()
        .map(|group| {
            (
                &*group.key,
                group.index,
                group.responses,
                group.suppressed(),
            )
        })
        .collect();
    let none = pb::SuppressionReason::Unspecified;
    let expected = [
        ("", None, 0, pb::SuppressionReason::TooFew),
        ("shop", None, 0, pb::SuppressionReason::Complementary),
        ("web", Some(100.0), 20, none),
    ];
    assert_eq!(told, expected);
    let withheld = &answer.groups[0];
    assert_eq!((withheld.scale_min, withheld.scale_max), (-100.0, 100.0));
    assert_eq!(withheld.indicators, []);
    assert_eq!(withheld.interval, None);
    // Asked about as a whole there is nothing to tell apart.
    let whole = caller.group(index_of("nps", Method::NetPromoter), "").await;
    assert_eq!((whole.responses, whole.customers), (32, 32));
    assert!(
        answer
            .formula
            .contains("at or above 9 - share at or below 6"),
        "{}",
        answer.formula
    );
}

#[tokio::test]
async fn a_customer_may_count_once_by_the_latest_response() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let answer = |customer: &str, id: &str, when: &str, mark: f64| {
        answered("nps", customer, id, when, &[("q", mark)])
    };
    caller
        .respond(vec![
            answer("ann", "r1", "2020-01-01", 0.0),
            answer("ann", "r2", "2020-03-01", 10.0),
            // Of one instant the greater id.
            answer("bob", "r1", "2020-02-01", 10.0),
            answer("bob", "r2", "2020-02-01", 0.0),
            // Nobody knows whether these are the same.
            answer("", "r1", "2020-02-01", 7.0),
            answer("", "r2", "2020-02-01", 7.0),
        ])
        .await;
    let all = caller.group(index_of("nps", Method::NetPromoter), "").await;
    assert_eq!((all.index, all.responses, all.customers), (Some(0.0), 6, 2));
    let latest = || pb::SatisfactionIndexRequest {
        unit: pb::SatisfactionUnit::CustomerLatest.into(),
        ..index_of("nps", Method::NetPromoter)
    };
    let group = caller.group(latest(), "").await;
    assert_eq!(
        (group.index, group.responses, group.customers),
        (Some(0.0), 4, 2)
    );
    assert_eq!(group.indicators[0].responses, 4);
    // Within the period, not of all time.
    let until = pb::SatisfactionIndexRequest {
        period: days("2020-01-01", "2020-03-01"),
        ..latest()
    };
    let group = caller.group(until, "").await;
    assert_eq!((group.index, group.responses), (Some(-50.0), 4));
    let late = pb::SatisfactionIndexRequest {
        as_of: Some(at("2020-01-15")),
        ..latest()
    };
    let group = caller.group(late, "").await;
    assert_eq!((group.index, group.responses), (Some(-100.0), 1));
    assert_eq!(
        group.interval, None,
        "one answer tells nothing of its error"
    );
    assert_eq!(group.unavailable[0].component, "interval");
}

#[tokio::test]
async fn periods_are_compared_with_their_interval() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let mut responses = Vec::new();
    for number in 0..60_u32 {
        let customer = format!("c{}", number % 40);
        let (when, mark) = match number % 2 {
            0 => ("2020-01-31T23:59:59Z", f64::from(number % 3) * 5.0),
            _ => ("2020-02-01T00:00:00Z", 9.0),
        };
        let id = format!("r{number}");
        responses.push(answered("nps", &customer, &id, when, &[("q", mark)]));
    }
    caller.respond(responses).await;
    let request = pb::SatisfactionIndexRequest {
        period: days("2020-02-01", "2020-03-01"),
        compare_period: days("2020-01-01", "2020-02-01"),
        suppression_threshold: Some(5),
        ..index_of("nps", Method::NetPromoter)
    };
    let group = caller.group(request.clone(), "").await;
    let difference = group.difference.unwrap();
    assert_eq!(group.index, Some(100.0));
    assert_eq!(difference.compared_responses, 30);
    assert!((difference.value - (100.0 - difference.compared_index)).abs() < 1e-6);
    let interval = difference.interval.unwrap();
    assert!(interval.lower < difference.value && difference.value < interval.upper);
    assert!(difference.p_value < 0.01);
    let interval = group.interval.unwrap();
    assert!(interval.lower < 100.0, "never of zero width: {interval:?}");
    assert_eq!((interval.level, &*interval.method), (0.95, "adjusted_wald"));
    assert!(group.effective_responses.unwrap() <= 30.0);
    let nothing_before = pb::SatisfactionIndexRequest {
        compare_period: days("2019-01-01", "2019-02-01"),
        ..request.clone()
    };
    let group = caller.group(nothing_before, "").await;
    assert_eq!(group.difference, None);
    assert_eq!(group.unavailable[0].component, "difference");
    let alone = pb::SatisfactionIndexRequest {
        period: None,
        ..request
    };
    let status = refused(caller.try_index(alone).await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["period"]);
}

#[tokio::test]
async fn responses_are_grouped_by_what_they_carry_and_when_they_were_given() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let response = |id: &str, when: &str, product: &str, age: &str| pb::SurveyResponse {
        product_id: Some(product.to_owned()),
        attributes: [("age".to_owned(), age.to_owned())].into(),
        ..answered("nps", "ann", id, when, &[("q", 9.0)])
    };
    caller
        .respond(vec![
            response("r1", "2020-02-26", "tv", "old"),
            response("r2", "2020-03-01", "tv", "young"),
            response("r3", "2020-03-02", "radio", "young"),
            answered("nps", "", "r4", "2020-03-02", &[("q", 9.0)]),
        ])
        .await;
    let counts = |request: pb::SatisfactionIndexRequest| {
        let caller = caller.clone();
        async move {
            let groups = caller.index(request).await.groups;
            let counts = groups.into_iter().map(|group| (group.key, group.responses));
            counts.collect::<Vec<_>>()
        }
    };
    use pb::SatisfactionGrouping as By;
    let expected: [(By, &[(&str, i64)]); 6] = [
        (By::Unspecified, &[("", 4)]),
        (By::Product, &[("", 1), ("radio", 1), ("tv", 2)]),
        (By::Channel, &[("", 4)]),
        (
            By::Day,
            &[("2020-02-26", 1), ("2020-03-01", 1), ("2020-03-02", 2)],
        ),
        (By::Week, &[("2020-02-24", 2), ("2020-03-02", 2)]),
        (By::Month, &[("2020-02-01", 1), ("2020-03-01", 3)]),
    ];
    for (group_by, groups) in expected {
        let groups: Vec<_> = groups
            .iter()
            .map(|(key, count)| ((*key).to_owned(), *count))
            .collect();
        assert_eq!(counts(by(group_by)).await, groups, "{group_by:?}");
    }
    let by_age = |attribute: &str| pb::SatisfactionIndexRequest {
        attribute: Some(attribute.to_owned()),
        ..by(By::Attribute)
    };
    let ages = [("", 1), ("old", 1), ("young", 2)].map(|(key, count)| (key.to_owned(), count));
    assert_eq!(counts(by_age("age")).await, ages);
    let status = refused(
        caller.try_index(by_age("size")).await,
        Code::InvalidArgument,
    );
    assert_eq!(bad_fields(&status), ["attribute"]);
    let nobody = pb::SatisfactionIndexRequest {
        as_of: Some(at("2019-01-01")),
        ..by(By::Product)
    };
    assert_eq!(caller.index(nobody).await.groups, []);
    // Before any snapshot nobody holds a segment.
    let segments = pb::SatisfactionIndexRequest {
        segment_scheme: Some("rfm".to_owned()),
        ..by(By::Segment)
    };
    let answer = caller.index(segments).await;
    assert_eq!(answer.groups, []);
    let reason = pb::UnavailableReason::NoSnapshot;
    assert_eq!(answer.unavailable[0].reason(), reason);
}

#[tokio::test]
async fn other_versions_count_where_they_ask_the_same() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let two = |max: f64| pb::InstrumentDefinition {
        items: vec![item("other", 1.0, max), item("q", 0.0, 10.0)],
        ..pb::InstrumentDefinition::default()
    };
    caller.define("nps", one_question()).await;
    let response =
        |id: &str, answers: &[(&str, f64)]| answered("nps", id, id, "2020-01-01", answers);
    caller.respond(vec![response("r1", &[("q", 10.0)])]).await;
    caller.define("nps", two(5.0)).await;
    caller
        .respond(vec![response("r2", &[("q", 0.0), ("other", 5.0)])])
        .await;
    caller.define("nps", two(7.0)).await;
    let old = pb::SurveyResponse {
        instrument_version: Some(1),
        ..response("r3", &[("q", 10.0)])
    };
    caller
        .respond(vec![old, response("r4", &[("other", 7.0)])])
        .await;
    let of = |item_id: &str, method: Method| pb::SatisfactionIndexRequest {
        item_id: Some(item_id.to_owned()),
        ..index_of("nps", method)
    };
    let answer = caller.index(of("q", Method::NetPromoter)).await;
    assert_eq!(
        (
            answer.instrument_version,
            answer.responses_of_other_versions
        ),
        (3, 0)
    );
    assert_eq!(answer.groups[0].responses, 3);
    let answer = caller.index(of("other", Method::CustomerEffort)).await;
    assert_eq!(answer.responses_of_other_versions, 3);
    assert_eq!(answer.groups[0].index, Some(7.0));
    assert_eq!(answer.groups[0].scale_max, 7.0);
    let second = pb::SatisfactionIndexRequest {
        instrument_version: Some(2),
        ..of("other", Method::CustomerEffort)
    };
    let answer = caller.index(second).await;
    assert_eq!(
        (answer.instrument_version, answer.groups[0].index),
        (2, Some(5.0))
    );
    let missing = pb::SatisfactionIndexRequest {
        instrument_version: Some(9),
        ..of("q", Method::NetPromoter)
    };
    let status = refused(caller.try_index(missing).await, Code::NotFound);
    assert_eq!(reason(&status), "UNKNOWN_INSTRUMENT");
    for (request, field) in [
        (of("nothing", Method::NetPromoter), "item_id"),
        (index_of("nps", Method::NetPromoter), "item_id"),
        (index_of("nps", Method::WeightedTree), "method"),
    ] {
        let status = refused(caller.try_index(request).await, Code::InvalidArgument);
        assert_eq!(bad_fields(&status), [field]);
    }
}

#[tokio::test]
async fn more_responses_than_one_index_reads_are_refused_by_the_bound() {
    let options = TestDatabase::new().await.connect_options();
    let app = TestApp::on(options.clone(), Clock::System, "UTC").await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    record_channels(&caller, &[("web", 12, 10.0)]).await;
    let zone = Zone::named("UTC").unwrap();
    let settings = AppSettings { time_zone: zone };
    let beside = App::new(Store::new(options, 2), Clock::System, settings);
    let query = IndexQuery {
        instrument_id: "nps".to_owned(),
        version: None,
        method: Asked::NetPromoter,
        item_id: None,
        cut: None,
        detractor_cut: None,
        renormalise: false,
        period: None,
        compare_period: None,
        grouping: Grouping::Whole,
        unit: Unit::Response,
        level: 0.95,
        threshold: 5,
        as_of: None,
        known_at: None,
    };
    let within = beside.satisfaction_index_within("acme", &query, 12).await;
    assert_eq!(within.unwrap().groups.unwrap()[0].index.responses, 12);
    let beyond = beside.satisfaction_index_within("acme", &query, 11).await;
    let Err(error @ AppError::TooManyResponses { responses_max: 11 }) = beyond else {
        panic!("{beyond:?}");
    };
    let status = tonic::Status::from(error);
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("11 responses"), "{status}");
}

#[tokio::test]
async fn more_groups_than_an_answer_holds_are_refused() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let responses = (0..1_001).map(|number| {
        let id = format!("r{number}");
        pb::SurveyResponse {
            product_id: Some(id.clone()),
            ..answered("nps", "", &id, "2020-01-01", &[("q", 9.0)])
        }
    });
    caller.respond(responses.collect()).await;
    let outcome = caller
        .try_index(by(pb::SatisfactionGrouping::Product))
        .await;
    let status = refused(outcome, Code::FailedPrecondition);
    assert_eq!(reason(&status), "TOO_MANY_GROUPS");
}

#[tokio::test]
async fn a_score_shows_what_the_customer_answered_last() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    caller.define("gas", gas(["0.7", "0.2", "0.1"], 20.0)).await;
    let score = |as_of: &str| {
        let (caller, question) = (caller.clone(), about("ann").as_of(at(as_of)));
        async move { caller.score(question).await }
    };
    caller
        .respond(vec![
            answered("nps", "ann", "r1", "2020-01-01", &[("q", 3.0)]),
            answered("nps", "ann", "r2", "2020-02-01", &[("q", 9.5)]),
            answered(
                "gas",
                "ann",
                "r3",
                "2020-02-01",
                &[(GAS_ITEMS[0], 5.0), (GAS_ITEMS[2], 3.0)],
            ),
        ])
        .await;
    let shown = score("2020-12-31").await;
    let known = shown.provenance.unwrap().known_at;
    let told = shown.satisfaction.unwrap().instruments;
    let summary: Vec<_> = told
        .iter()
        .map(|last| {
            (
                &*last.instrument_id,
                &*last.response_id,
                last.index,
                last.responses,
            )
        })
        .collect();
    // (0.7 x 100 + 0.2 x 60) / 0.9 on 20 to 100.
    let of_gas = Some(91.111_111_111);
    assert_eq!(
        summary,
        [("gas", "r3", of_gas, 1), ("nps", "r2", Some(95.0), 2)]
    );
    assert_eq!((told[0].scale_min, told[0].scale_max), (20.0, 100.0));
    let early = score("2020-01-15").await.satisfaction.unwrap().instruments;
    assert_eq!((early.len(), early[0].index), (1, Some(30.0)));
    let before = score("2019-12-31").await;
    assert_eq!(before.satisfaction, None);
    let reasons = before.unavailable.iter();
    assert!(
        reasons
            .into_iter()
            .any(|absent| absent.component == "satisfaction")
    );
    caller
        .record([void("ann", pb::FactKind::SurveyResponse, "r2").into()])
        .await;
    let after = score("2020-12-31").await.satisfaction.unwrap().instruments;
    assert_eq!((&*after[1].response_id, after[1].responses), ("r1", 1));
    let then = about("ann").as_of(at("2020-12-31")).known_at(known);
    assert_eq!(
        caller.score(then).await.satisfaction.unwrap().instruments,
        told
    );
    let narrow = pb::InstrumentDefinition {
        scale: scale(0.0, 1.0),
        ..one_question()
    };
    // The version that was asked, not the newest.
    caller.define("nps", narrow).await;
    let again = score("2020-12-31").await.satisfaction.unwrap().instruments;
    assert_eq!(again, after);
}
