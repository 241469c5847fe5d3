//! Good requests and bad values for `SatisfactionService`.

use std::collections::HashMap;

use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use prost_reflect::{MapKey, Value};

use super::{Bad, Table};
use crate::support::builders::at;
use crate::support::surveys::{answered, branch, days, item, leaf, one_question, scale};

/// The instrument that responses and indices name.
pub(crate) const INSTRUMENT: &str = "nps";

/// A request of each kind that is as it must be.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let definition = pb::InstrumentDefinition {
        items: vec![pb::InstrumentItem {
            text: Some("how easy was it?".to_owned()),
            ..item("a", 1.0, 7.0)
        }],
        scale: scale(0.0, 100.0),
        tree: vec![leaf("a", "1")],
        blocks: vec![pb::IndicatorBlock {
            name: "all".to_owned(),
            item_ids: vec!["a".to_owned()],
        }],
        attributes: vec!["region".to_owned()],
    };
    let define = |instrument_id: &str, definition| pb::DefineInstrumentRequest {
        instrument_id: instrument_id.to_owned(),
        definition: Some(definition),
    };
    let response = pb::SurveyResponse {
        instrument_version: Some(1),
        weight: Some("1.5".to_owned()),
        channel: Some("web".to_owned()),
        product_id: Some("p".to_owned()),
        attributes: [("region".to_owned(), "north".to_owned())].into(),
        ..answered(INSTRUMENT, "ann", "r", "2020-01-01", &[("q", 9.0)])
    };
    let index = pb::SatisfactionIndexRequest {
        instrument_id: INSTRUMENT.to_owned(),
        instrument_version: Some(1),
        method: pb::SatisfactionMethod::NetPromoter.into(),
        item_id: Some("q".to_owned()),
        cut: Some(9.0),
        detractor_cut: Some(6.0),
        period: days("2020-01-01", "2020-02-01"),
        compare_period: days("2019-12-01", "2020-01-01"),
        group_by: pb::SatisfactionGrouping::Attribute.into(),
        attribute: Some("region".to_owned()),
        segment_scheme: None,
        unit: pb::SatisfactionUnit::CustomerLatest.into(),
        level: Some(0.9),
        suppression_threshold: Some(5),
        renormalise: false,
        as_of: Some(at("2020-02-01")),
        known_at: Some(at("2020-02-01")),
    };
    let get = pb::GetInstrumentRequest {
        instrument_id: INSTRUMENT.to_owned(),
        version: Some(1),
    };
    let list = pb::ListInstrumentsRequest {
        page_size: 1,
        page_token: String::new(),
    };
    let record = pb::RecordSurveyResponsesRequest {
        responses: vec![response],
    };
    vec![
        (
            "DefineInstrument",
            define("ease", definition).encode_to_vec(),
        ),
        (
            "DefineInstrument",
            define(INSTRUMENT, one_question()).encode_to_vec(),
        ),
        ("GetInstrument", get.encode_to_vec()),
        ("ListInstruments", list.encode_to_vec()),
        ("RecordSurveyResponses", record.encode_to_vec()),
        ("SatisfactionIndex", index.encode_to_vec()),
    ]
}

pub(super) fn rows(table: &mut Table) {
    definitions(table);
    responses(table);
    indices(table);
}

fn strings<const N: usize>(texts: [&str; N]) -> [Value; N] {
    texts.map(|text| Value::String(text.to_owned()))
}

/// Numbers beyond ±1000, finer than thousandths, or none at all.
fn no_thousandths() -> [Value; 6] {
    [
        1_000.1,
        -1e9,
        0.000_1,
        f64::NAN,
        f64::INFINITY,
        -f64::INFINITY,
    ]
    .map(Value::F64)
}

fn definitions(table: &mut Table) {
    let rpc = "DefineInstrument";
    table.text(rpc, "instrument_id", 128);
    let items = "definition.items";
    table.add(rpc, items, items, [Value::List(Vec::new())]);
    table.text(rpc, "definition.items[0].item_id", 128);
    table.text(rpc, "definition.items[0].text", 1_000);
    for path in [
        "definition.items[0].scale.min",
        "definition.items[0].scale.max",
        "definition.scale.min",
        "definition.scale.max",
    ] {
        table.add(rpc, path, path, no_thousandths());
    }
    // Ends that are the same, or the wrong way round.
    let ends = || [1.0, 0.5].map(Value::F64);
    table.add(
        rpc,
        "definition.items[0].scale.max",
        "definition.items[0].scale",
        ends(),
    );
    let ends = || [0.0, -1.0].map(Value::F64);
    table.add(rpc, "definition.scale.max", "definition.scale", ends());
    table.text(rpc, "definition.tree[0].name", 128);
    let weight = "definition.tree[0].weight";
    let weights = ["", "0", "-1", "1.1", "0.0000001", "NaN", "1e0", ".5", "1,0"];
    table.add(rpc, weight, weight, strings(weights));
    table.add(rpc, weight, "definition.tree", strings(["0.999999", "0.5"]));
    let leaf_item = "definition.tree[0].item_id";
    table.add(rpc, leaf_item, leaf_item, strings(["", "b", "a\0"]));
    let inner = branch("x", "1", vec![leaf("a", "1")]).encode_to_vec();
    let message = prost_reflect::DescriptorPool::decode(customer_value::grpc::pb::DESCRIPTORS)
        .unwrap()
        .get_message_by_name("customervalue.v1.InstrumentNode")
        .unwrap();
    let inner = prost_reflect::DynamicMessage::decode(message, inner.as_slice()).unwrap();
    table.add(
        rpc,
        "definition.tree[0].children",
        leaf_item,
        [Value::List(vec![Value::Message(inner)])],
    );
    table.text(rpc, "definition.blocks[0].name", 128);
    for (value, names) in [("b", 0), ("", 0), ("a", 1)] {
        let ids = vec![Value::String("a".to_owned()); names];
        let ids = ids.into_iter().chain([Value::String(value.to_owned())]);
        table.0.push(Bad {
            rpc,
            sets: "definition.blocks[0].item_ids",
            covers: "definition.blocks[0].item_ids[0]",
            names: [
                "definition.blocks[0].item_ids[0]",
                "definition.blocks[0].item_ids[1]",
            ][names],
            value: Some(Value::List(ids.collect())),
        });
    }
    for (names, attributes) in [
        ("definition.attributes[0]", vec![""]),
        ("definition.attributes[0]", vec!["a\n"]),
        ("definition.attributes[1]", vec!["a", "a"]),
        ("definition.attributes", vec!["a", "b", "c"]),
    ] {
        let values = attributes
            .into_iter()
            .map(|name| Value::String(name.to_owned()));
        table.0.push(Bad {
            rpc,
            sets: "definition.attributes",
            covers: "definition.attributes[0]",
            names,
            value: Some(Value::List(values.collect())),
        });
    }

    let rpc = "GetInstrument";
    table.text(rpc, "instrument_id", 128);
    table.add(rpc, "version", "version", [0, -1, i32::MIN].map(Value::I32));
    let rpc = "ListInstruments";
    table.add(
        rpc,
        "page_size",
        "page_size",
        [-1, 1_001, i32::MAX].map(Value::I32),
    );
    let tokens = ["x", "after:", "after:none", "a\0", &"x".repeat(100_000)];
    table.add(rpc, "page_token", "page_token", strings(tokens));
}

fn responses(table: &mut Table) {
    let rpc = "RecordSurveyResponses";
    table.items(rpc, "responses");
    table.text(rpc, "responses[0].response_id", 128);
    table.text(rpc, "responses[0].instrument_id", 128);
    let instrument = "responses[0].instrument_id";
    table.add(rpc, instrument, instrument, strings(["unknown"]));
    let version = "responses[0].instrument_version";
    let versions = [0, -1, 99, i32::MAX, i32::MIN];
    table.add(rpc, version, version, versions.map(Value::I32));
    table.text(rpc, "responses[0].customer_id", 128);
    let at = "responses[0].answered_at";
    let parts = [
        "responses[0].answered_at.seconds",
        "responses[0].answered_at.nanos",
        at,
    ];
    table.past(rpc, parts);
    let mut map = |sets: &'static str, covers, names, entries: Vec<(String, Value)>| {
        let entries: HashMap<MapKey, Value> = entries
            .into_iter()
            .map(|(name, value)| (MapKey::String(name), value))
            .collect();
        table.0.push(Bad {
            rpc,
            sets,
            covers,
            names,
            value: Some(Value::Map(entries)),
        });
    };
    let (answers, key, value) = (
        "responses[0].answers",
        "responses[0].answers.key",
        "responses[0].answers.value",
    );
    map(answers, key, answers, Vec::new());
    let many = (0..51).map(|name| (name.to_string(), Value::F64(1.0)));
    map(answers, key, answers, many.collect());
    for name in ["", "a\tb", &"x".repeat(129)] {
        map(
            answers,
            key,
            answers,
            vec![(name.to_owned(), Value::F64(1.0))],
        );
    }
    let of_unknown = "responses[0].answers[\"other\"]";
    map(
        answers,
        key,
        of_unknown,
        vec![("other".to_owned(), Value::F64(1.0))],
    );
    let of_q = "responses[0].answers[\"q\"]";
    let off_scale = [10.001, -0.001, 11.0].map(Value::F64);
    for answer in no_thousandths().into_iter().chain(off_scale) {
        map(answers, value, of_q, vec![("q".to_owned(), answer)]);
    }
    let attributes = "responses[0].attributes";
    let text = |name: &str, value: &str| (name.to_owned(), Value::String(value.to_owned()));
    let key = "responses[0].attributes.key";
    for name in ["", "a\tb", &"x".repeat(129)] {
        map(attributes, key, attributes, vec![text(name, "x")]);
    }
    let many = ["a", "b", "c"].map(|name| text(name, "x"));
    map(attributes, key, attributes, many.to_vec());
    let of_other = "responses[0].attributes[\"other\"]";
    map(attributes, key, of_other, vec![text("other", "x")]);
    let of_region = "responses[0].attributes[\"region\"]";
    for value in ["", "a\n", &"x".repeat(129)] {
        let entry = vec![text("region", value)];
        map(
            attributes,
            "responses[0].attributes.value",
            of_region,
            entry,
        );
    }
    let weight = "responses[0].weight";
    let weights = ["", "0", "-1", "1000.1", "0.0000001", "NaN", "1e3", ".5"];
    table.add(rpc, weight, weight, strings(weights));
    table.text(rpc, "responses[0].channel", 128);
    table.text(rpc, "responses[0].product_id", 128);
}

fn indices(table: &mut Table) {
    let rpc = "SatisfactionIndex";
    table.text(rpc, "instrument_id", 128);
    let version = "instrument_version";
    table.add(rpc, version, version, [0, -1].map(Value::I32));
    table.kind(rpc, "method", true);
    table.text(rpc, "item_id", 128);
    table.add(rpc, "cut", "cut", no_thousandths());
    table.add(rpc, "detractor_cut", "detractor_cut", no_thousandths());
    for [year, month, day, path] in [
        [
            "period.start.year",
            "period.start.month",
            "period.start.day",
            "period.start",
        ],
        [
            "period.end.year",
            "period.end.month",
            "period.end.day",
            "period.end",
        ],
        [
            "compare_period.start.year",
            "compare_period.start.month",
            "compare_period.start.day",
            "compare_period.start",
        ],
        [
            "compare_period.end.year",
            "compare_period.end.month",
            "compare_period.end.day",
            "compare_period.end",
        ],
    ] {
        table.add(rpc, year, path, [0, 1_899, 10_000, -1].map(Value::I32));
        table.add(rpc, month, path, [0, 13, -1, i32::MAX].map(Value::I32));
        table.add(rpc, day, path, [0, 32, -1, i32::MAX].map(Value::I32));
    }
    table.add(rpc, "period.end.year", "period.end", [Value::I32(2019)]);
    table.add(
        rpc,
        "compare_period.end.day",
        "compare_period",
        [Value::I32(2)],
    );
    table.kind(rpc, "group_by", false);
    table.text(rpc, "attribute", 128);
    // Of another grouping than the request's.
    let by_channel = [Value::EnumNumber(pb::SatisfactionGrouping::Channel.into())];
    table.add(rpc, "group_by", "attribute", by_channel);
    let by_segment = [Value::EnumNumber(pb::SatisfactionGrouping::Segment.into())];
    table.add(rpc, "group_by", "attribute", by_segment);
    let scheme = "segment_scheme";
    table.add(rpc, scheme, scheme, strings(["", "rfm", "RFM", "a\0"]));
    table.kind(rpc, "unit", false);
    let levels = [
        0.499,
        0.9991,
        0.0,
        1.0,
        -0.95,
        95.0,
        f64::NAN,
        f64::INFINITY,
    ];
    table.add(rpc, "level", "level", levels.map(Value::F64));
    let threshold = "suppression_threshold";
    let thresholds = [0, -1, 1_001, i32::MAX, i32::MIN];
    table.add(rpc, threshold, threshold, thresholds.map(Value::I32));
    let set = [Value::Bool(true)];
    table.add(rpc, "renormalise", "renormalise", set);
    table.past(rpc, ["as_of.seconds", "as_of.nanos", "as_of"]);
    table.past(rpc, ["known_at.seconds", "known_at.nanos", "known_at"]);
}
