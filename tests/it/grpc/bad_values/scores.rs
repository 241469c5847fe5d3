//! Bad values for `ScoringService`.

use prost_reflect::Value;

use super::{Bad, Table};

pub(super) fn rows(table: &mut Table) {
    table.text("ScoreCustomer", "customer_id", 128);
    for rpc in ["ScoreCustomer", "ScoreCustomers"] {
        options(table, rpc);
    }
    selection(table);
}

/// What one score and many are asked with.
fn options(table: &mut Table, rpc: &'static str) {
    table.past(rpc, ["as_of.seconds", "as_of.nanos", "as_of"]);
    table.past(rpc, ["known_at.seconds", "known_at.nanos", "known_at"]);
    let days = [-1, 3_651, i32::MAX, i32::MIN].map(Value::I32);
    table.add(rpc, "horizon_days", "horizon_days", days);
    for path in ["", "nonsense", "clv.to_date", "CLV", "clv\n"] {
        table.0.push(Bad {
            rpc,
            sets: "read_mask.paths",
            covers: "read_mask.paths[0]",
            names: "read_mask",
            value: Some(Value::List(vec![Value::String(path.to_owned())])),
        });
    }
    table.text(rpc, "policy_version", 128);
}

fn selection(table: &mut Table) {
    let rpc = "ScoreCustomers";
    let ids = "customers.customer_ids";
    for id in ["", "a\nb", "a\0", &"x".repeat(129), &"é".repeat(65)] {
        table.0.push(Bad {
            rpc,
            sets: ids,
            covers: "customers.customer_ids[0]",
            names: "customers.customer_ids[0]",
            value: Some(Value::List(vec![Value::String(id.to_owned())])),
        });
    }
    for count in [0, 1_001] {
        let listed = vec![Value::String("ann".to_owned()); count];
        table.add(rpc, ids, ids, [Value::List(listed)]);
    }
    let names = |names: [&str; 5]| names.map(|name| Value::String(name.to_owned()));
    let path = "segment.scheme";
    table.add(rpc, path, path, names(["", "RFM", "rfm ", "clp", "rfm\n"]));
    table.text(rpc, "segment.snapshot_id", 128);
    // Of which scheme the segment is must be right for the segment to be looked at.
    for segment in ["", "Champions", "champions ", "vip", "a\0"] {
        let choice = choice("rfm", segment);
        table.0.push(Bad {
            rpc,
            sets: "segment",
            covers: "segment.segment",
            names: "segment.segment",
            value: Some(choice),
        });
    }
}

/// A segment of a scheme, as a request holds it.
fn choice(scheme: &str, segment: &str) -> Value {
    let pool = prost_reflect::DescriptorPool::decode(customer_value::grpc::pb::DESCRIPTORS);
    let message = pool
        .unwrap()
        .get_message_by_name("customervalue.v1.SegmentChoice");
    let mut choice = prost_reflect::DynamicMessage::new(message.unwrap());
    choice.set_field_by_name("scheme", Value::String(scheme.to_owned()));
    choice.set_field_by_name("segment", Value::String(segment.to_owned()));
    Value::Message(choice)
}
