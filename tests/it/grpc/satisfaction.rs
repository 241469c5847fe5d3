//! How satisfied customers are, through the contract.

use customer_value::grpc::pb::customervalue::v1 as pb;
use pb::SatisfactionMethod as Method;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::void;
use crate::support::errors::{bad_fields, metadata, reason, refused};
use crate::support::surveys::{
    GAS_ITEMS, GAS_MARKS, answered, days, gas, index_of, item, leaf, one_question, scale,
};

fn gas_answers() -> Vec<(&'static str, f64)> {
    GAS_ITEMS.into_iter().zip(GAS_MARKS).collect()
}

/// `domain.md` F4: leaves in printed order, top weights over (supply, repair, meter).
#[tokio::test]
async fn the_gas_tree_has_its_six_printed_indices_and_names_its_scale() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let orders = [
        (["0.7", "0.2", "0.1"], 89.2),
        (["0.7", "0.1", "0.2"], 90.0),
        (["0.2", "0.7", "0.1"], 83.2),
        (["0.1", "0.7", "0.2"], 82.8),
        (["0.1", "0.2", "0.7"], 86.8),
        (["0.2", "0.1", "0.7"], 88.0),
    ];
    for (number, (weights, expected)) in orders.into_iter().enumerate() {
        let instrument = format!("gas-{number}");
        assert_eq!(caller.define(&instrument, gas(weights, 20.0)).await, 1);
        let response = answered(
            &instrument,
            "ann",
            &instrument,
            "2020-01-01",
            &gas_answers(),
        );
        caller.respond(vec![response]).await;
        let group = caller
            .group(index_of(&instrument, Method::WeightedTree), "")
            .await;
        assert_eq!(group.index, Some(expected), "{weights:?}");
        assert_eq!((group.scale_min, group.scale_max), (20.0, 100.0));
        let top: Vec<f64> = group
            .indicators
            .iter()
            .filter(|part| part.level == 1)
            .filter_map(|part| part.score)
            .collect();
        assert_eq!(top, [92.0, 80.0, 88.0]);
    }
    caller
        .define("from-zero", gas(["0.7", "0.2", "0.1"], 0.0))
        .await;
    let response = answered("from-zero", "ann", "z", "2020-01-01", &gas_answers());
    caller.respond(vec![response]).await;
    let group = caller
        .group(index_of("from-zero", Method::WeightedTree), "")
        .await;
    assert_eq!((group.index, group.scale_min), (Some(86.5), 0.0));
    for method in [Method::Rate, Method::TopBox] {
        let group = caller.group(index_of("from-zero", method), "").await;
        assert_eq!(
            (group.scale_min, group.scale_max),
            (0.0, 100.0),
            "{method:?}"
        );
    }
}

#[tokio::test]
async fn any_order_and_repetition_of_responses_gives_the_same_bytes() {
    let app = TestApp::new().await;
    let mut responses = Vec::new();
    for number in 0..240_u32 {
        let customer = match number % 5 {
            0 => String::new(),
            _ => format!("customer-{}", number % 37),
        };
        let mut answers = gas_answers();
        for (place, (_, mark)) in answers.iter_mut().enumerate() {
            *mark = f64::from((number * 7 + place as u32 * 11) % 5 + 1);
        }
        answers.retain(|_| number % 6 != 0);
        answers.push(("no-errors", 2.0));
        let when = format!("2020-{:02}-{:02}", number % 12 + 1, number % 28 + 1);
        responses.push(pb::SurveyResponse {
            weight: (number % 3 == 0).then(|| format!("{}.5", number % 4 + 1)),
            channel: (number % 4 != 0).then(|| format!("channel-{}", number % 3)),
            attributes: [("region".to_owned(), format!("r{}", number % 2))].into(),
            ..answered("gas", &customer, &format!("r{number}"), &when, &answers)
        });
    }
    let questions = || {
        let base = index_of("gas", Method::WeightedTree);
        let halves = pb::SatisfactionIndexRequest {
            period: days("2020-07-01", "2021-01-01"),
            compare_period: days("2020-01-01", "2020-07-01"),
            ..base.clone()
        };
        let by = |group_by: pb::SatisfactionGrouping| pb::SatisfactionIndexRequest {
            group_by: group_by.into(),
            attribute: (group_by == pb::SatisfactionGrouping::Attribute)
                .then(|| "region".to_owned()),
            ..halves.clone()
        };
        let latest = pb::SatisfactionIndexRequest {
            unit: pb::SatisfactionUnit::CustomerLatest.into(),
            ..by(pb::SatisfactionGrouping::Channel)
        };
        let groupings = [
            pb::SatisfactionGrouping::Channel,
            pb::SatisfactionGrouping::Attribute,
            pb::SatisfactionGrouping::Month,
        ];
        let mut all = vec![base, halves.clone(), latest];
        all.extend(groupings.map(by));
        all
    };
    let mut answers = Vec::new();
    for (tenant, step) in [("forward", 1), ("scattered", 101), ("backward", 239)] {
        let caller = app.tenant(tenant);
        caller.define("gas", gas(["0.7", "0.2", "0.1"], 20.0)).await;
        let order: Vec<usize> = (0..240).map(|place| place * step % 240).collect();
        for batch in order.chunks(17) {
            let sent: Vec<_> = batch
                .iter()
                .map(|&place| responses[place].clone())
                .collect();
            let outcomes = caller.respond(sent.clone()).await;
            assert_eq!(outcomes, vec![pb::RecordOutcome::Created; batch.len()]);
            let again = caller.respond(sent).await;
            assert_eq!(again, vec![pb::RecordOutcome::Duplicate; batch.len()]);
        }
        let mut bytes = Vec::new();
        for question in questions() {
            bytes.push(caller.index_bytes(question).await);
        }
        answers.push(bytes);
    }
    assert_eq!(answers[1], answers[0]);
    assert_eq!(answers[2], answers[0]);
}

#[tokio::test]
async fn the_same_definition_is_the_same_version() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let first = caller.try_define("nps", one_question()).await.unwrap();
    assert_eq!(first.outcome(), pb::RecordOutcome::Created);
    let again = caller.try_define("nps", one_question()).await.unwrap();
    assert_eq!(again.outcome(), pb::RecordOutcome::Duplicate);
    assert_eq!(again.instrument, first.instrument);
    let other = pb::InstrumentDefinition {
        scale: scale(0.0, 10.0),
        ..one_question()
    };
    assert_eq!(caller.define("nps", other.clone()).await, 2);
    assert_eq!(caller.define("nps", other).await, 2);
    assert_eq!(caller.define("nps", one_question()).await, 3);
    let mut satisfaction = caller.client.satisfaction.clone();
    for (asked, version) in [(None, 3), (Some(1), 1), (Some(2), 2)] {
        let request = pb::GetInstrumentRequest {
            instrument_id: "nps".to_owned(),
            version: asked,
        };
        let found = satisfaction.get_instrument(request).await.unwrap();
        assert_eq!(found.into_inner().instrument.unwrap().version, version);
    }
    for instrument_id in ["a", "b"] {
        caller.define(instrument_id, one_question()).await;
    }
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListInstrumentsRequest {
            page_size: 2,
            page_token,
        };
        let page = satisfaction
            .list_instruments(request)
            .await
            .unwrap()
            .into_inner();
        let names = page.instruments.into_iter();
        listed.extend(names.map(|found| (found.instrument_id, found.version)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected = [("a", 1), ("b", 1), ("nps", 3)];
    assert_eq!(
        listed,
        expected.map(|(name, version)| (name.to_owned(), version))
    );
}

#[tokio::test]
async fn a_response_sent_with_other_content_is_refused_by_its_fields() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    for customer in ["ann", ""] {
        let sent = answered("nps", customer, "r", "2020-01-01", &[("q", 9.0)]);
        caller.respond(vec![sent.clone()]).await;
        let other = pb::SurveyResponse {
            weight: Some("2".to_owned()),
            attributes: [("age".to_owned(), "old".to_owned())].into(),
            ..answered("nps", customer, "r", "2020-01-01", &[("q", 8.5)])
        };
        let status = refused(caller.try_respond(vec![other]).await, Code::AlreadyExists);
        assert_eq!(reason(&status), "FACT_CONTENT_DIFFERS");
        assert_eq!(metadata(&status, "item"), "responses[0]");
        assert_eq!(metadata(&status, "fields"), "answers,weight,attributes");
        // Whatever is defined since, a repetition is one.
        let other = pb::InstrumentDefinition {
            items: vec![item("other", 1.0, 5.0)],
            ..pb::InstrumentDefinition::default()
        };
        caller.define("nps", other).await;
        assert_eq!(
            caller.respond(vec![sent]).await,
            [pb::RecordOutcome::Duplicate]
        );
        caller.define("nps", one_question()).await;
    }
}

#[tokio::test]
async fn a_voided_response_counts_no_more_and_what_was_known_stays() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    let question = || index_of("nps", Method::NetPromoter);
    for customer in ["ann", ""] {
        let early = void(customer, pb::FactKind::SurveyResponse, "early");
        caller.record([early.into()]).await;
        caller
            .respond(vec![
                answered("nps", customer, "early", "2020-01-01", &[("q", 0.0)]),
                answered("nps", customer, "r1", "2020-01-02", &[("q", 10.0)]),
                answered("nps", customer, "r2", "2020-01-03", &[("q", 3.0)]),
            ])
            .await;
        let before = caller.index(question()).await;
        assert_eq!(before.groups[0].index, Some(0.0));
        let known_at = before.provenance.unwrap().known_at;
        let late = void(customer, pb::FactKind::SurveyResponse, "r2");
        let outcomes = caller.record([late.clone().into(), late.into()]).await;
        let expected = [pb::RecordOutcome::Created, pb::RecordOutcome::Duplicate];
        assert_eq!(outcomes, expected);
        let after = caller.group(question(), "").await;
        assert_eq!((after.index, after.responses), (Some(100.0), 1));
        let then = pb::SatisfactionIndexRequest {
            known_at,
            ..question()
        };
        assert_eq!(caller.index(then).await.groups, before.groups);
        let voids = ["r1"].map(|id| void(customer, pb::FactKind::SurveyResponse, id).into());
        caller.record(voids).await;
    }
    let ann = caller.customer("ann").await;
    let counted: i64 = ann.fact_counts.iter().map(|count| count.count).sum();
    assert_eq!(counted, 3, "{ann:?}");
    let nobody = void("", pb::FactKind::Cost, "x");
    let status = refused(
        caller.try_record([nobody.into()]).await,
        Code::InvalidArgument,
    );
    assert_eq!(bad_fields(&status), ["facts[0].customer_id"]);
}

#[tokio::test]
async fn a_customer_exists_from_a_response_on() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.define("nps", one_question()).await;
    caller
        .respond(vec![answered(
            "nps",
            "ann",
            "r",
            "2020-01-01",
            &[("q", 9.0)],
        )])
        .await;
    let ann = caller.customer("ann").await;
    assert_eq!(ann.fact_counts.len(), 1);
    let mut ledger = caller.client.ledger.clone();
    let told = ledger.get_tenant(pb::GetTenantRequest {}).await.unwrap();
    assert_eq!(told.into_inner().tenant.unwrap().base_currency, None);
}

#[tokio::test]
async fn a_definition_that_does_not_fit_together_names_every_field() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let definition = pb::InstrumentDefinition {
        items: vec![item("a", 1.0, 5.0), item("a", 5.0, 5.0)],
        tree: vec![leaf("a", "0.5"), leaf("c", "0.4")],
        ..pb::InstrumentDefinition::default()
    };
    let outcome = caller.try_define("i", definition).await;
    let fields = bad_fields(&refused(outcome, Code::InvalidArgument));
    let expected = [
        "definition.items[1].item_id",
        "definition.items[1].scale",
        "definition.tree[1].item_id",
        "definition.tree",
    ];
    assert_eq!(fields, expected);
}
