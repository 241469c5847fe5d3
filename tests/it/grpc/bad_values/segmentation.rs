//! Bad values for `SegmentationService`.

use prost_reflect::Value;

use super::{Bad, Table};

pub(super) fn rows(table: &mut Table) {
    segment(table);
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
