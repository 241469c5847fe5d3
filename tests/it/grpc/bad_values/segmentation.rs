//! Bad values for `SegmentationService`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use prost_reflect::Value;

use super::{Bad, Table};
use crate::support::builders::at;

/// Requests about snapshots that are as they must be, about one that is not there.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let snapshot_id = || "snapshot/1".to_owned();
    let take = pb::TakePopulationSnapshotRequest {
        as_of: Some(at("2020-02-01")),
        known_at: Some(at("2020-02-01")),
    };
    let list = pb::ListPopulationSnapshotsRequest {
        page_size: 1,
        page_token: String::new(),
    };
    let activate = pb::ActivatePopulationSnapshotRequest {
        snapshot_id: snapshot_id(),
        effective_at: Some(at("2020-02-01")),
    };
    let members = pb::ListSegmentMembersRequest {
        snapshot_id: Some(snapshot_id()),
        scheme: "rfm".to_owned(),
        segment: Some("champions".to_owned()),
        page_size: 1,
        page_token: String::new(),
    };
    let describe = pb::DescribeSegmentationRequest {
        snapshot_id: Some(snapshot_id()),
        schemes: vec!["rfm".to_owned()],
        compare_snapshot_id: Some(snapshot_id()),
    };
    vec![
        ("TakePopulationSnapshot", take.encode_to_vec()),
        ("ListPopulationSnapshots", list.encode_to_vec()),
        ("ActivatePopulationSnapshot", activate.encode_to_vec()),
        ("ListSegmentMembers", members.encode_to_vec()),
        ("DescribeSegmentation", describe.encode_to_vec()),
    ]
}

pub(super) fn rows(table: &mut Table) {
    segment(table);
    snapshots(table);
    members(table);
    description(table);
}

fn segment(table: &mut Table) {
    let rpc = "Segment";
    for id in ["", "a\nb", "a\0", &"x".repeat(129), &"é".repeat(65)] {
        table.0.push(Bad {
            rpc,
            sets: "customer_ids",
            covers: "customer_ids[0]",
            names: "customer_ids[0]",
            value: Some(Value::List(vec![Value::String(id.to_owned())])),
        });
    }
    for ids in [0, 1_001] {
        table.0.push(Bad {
            rpc,
            sets: "customer_ids",
            covers: "customer_ids",
            names: "customer_ids",
            value: Some(Value::List(vec![Value::String("ann".to_owned()); ids])),
        });
    }
    for scheme in ["", "RFM", "rfm ", "clp", "rfm\n"] {
        table.0.push(Bad {
            rpc,
            sets: "schemes",
            covers: "schemes[0]",
            names: "schemes[0]",
            value: Some(Value::List(vec![Value::String(scheme.to_owned())])),
        });
    }
    table.past(rpc, ["as_of.seconds", "as_of.nanos", "as_of"]);
    table.past(rpc, ["known_at.seconds", "known_at.nanos", "known_at"]);
}

fn page(table: &mut Table, rpc: &'static str, others: &[&str]) {
    let sizes = [-1, 1_001, i32::MAX, i32::MIN];
    table.add(rpc, "page_size", "page_size", sizes.map(Value::I32));
    let long = "x".repeat(100_000);
    let tokens = ["x", "after:", "a\0", &long];
    let tokens = tokens.iter().chain(others);
    let tokens = tokens.map(|token| Value::String((*token).to_owned()));
    table.add(rpc, "page_token", "page_token", tokens);
}

fn snapshots(table: &mut Table) {
    let rpc = "TakePopulationSnapshot";
    table.past(rpc, ["as_of.seconds", "as_of.nanos", "as_of"]);
    table.past(rpc, ["known_at.seconds", "known_at.nanos", "known_at"]);
    page(table, "ListPopulationSnapshots", &["after:snapshot/9"]);
    let rpc = "ActivatePopulationSnapshot";
    table.text(rpc, "snapshot_id", 128);
    let path = "effective_at";
    table.instant(rpc, ["effective_at.seconds", "effective_at.nanos", path]);
}

fn members(table: &mut Table) {
    let rpc = "ListSegmentMembers";
    table.text(rpc, "snapshot_id", 128);
    let names = |names: [&str; 5]| names.map(|name| Value::String(name.to_owned()));
    let schemes = ["", "RFM", "rfm ", "clp", "rfm\n"];
    table.add(rpc, "scheme", "scheme", names(schemes));
    let segments = ["", "Champions", "champions ", "vip", "a\0"];
    table.add(rpc, "segment", "segment", names(segments));
    let long = format!("after:1:rfm:champions:{}", "x".repeat(129));
    let others = [
        "after:1:rfm:champions:",
        "after:1:rfm:champions:a\n",
        "after:1:rfm:*:ann",
        "after:1:abc:champions:ann",
        "after:2:rfm:champions:ann",
        "after:1:rfm:champions:ann",
        "after:one:rfm:champions:ann",
        "after:99999999999:rfm:champions:ann",
        &long,
    ];
    page(table, rpc, &others);
}

fn description(table: &mut Table) {
    let rpc = "DescribeSegmentation";
    table.text(rpc, "snapshot_id", 128);
    table.text(rpc, "compare_snapshot_id", 128);
    for scheme in ["", "RFM", "rfm ", "clp", "rfm\n"] {
        table.0.push(Bad {
            rpc,
            sets: "schemes",
            covers: "schemes[0]",
            names: "schemes[0]",
            value: Some(Value::List(vec![Value::String(scheme.to_owned())])),
        });
    }
}
