//! Definitions of instruments, as the contract writes them.

use super::pb::customervalue::v1 as pb;
use super::read::Reader;
use super::write::timestamp;
use crate::engine::money::Decimal;
use crate::engine::satisfaction::instrument::{
    Block, InstrumentDraft, Item, Node, NodeContent, Scale, WEIGHT_ONE_MILLIONTHS,
};
use crate::store::instrument::StoredInstrument;

/// Scale of an index for which a definition names none.
const SCALE_DEFAULT: Scale = Scale::whole(0, 100);
/// Most items or blocks that are read; what a definition may hold is checked with it.
const READ_MAX: usize = 1_000;
/// Farthest a number may lie from zero, in thousandths.
const THOUSANDTHS_MAX: f64 = 1e6;

/// A number in whole thousandths; `None` if it is finer or beyond ±1000.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and at most a million"
)]
pub(super) fn thousandths(number: f64) -> Option<i64> {
    let thousandths = (number * 1e3).round_ties_even();
    // The nearest float of a number with three decimals is this one and no other.
    let is_exact = thousandths.abs() <= THOUSANDTHS_MAX && thousandths / 1e3 == number;
    is_exact.then_some(thousandths as i64)
}

/// Reads a definition; whether its parts fit together is checked when it is stored.
pub(super) fn draft(
    reader: &mut Reader,
    instrument_id: String,
    definition: Option<&pb::InstrumentDefinition>,
) -> Option<InstrumentDraft> {
    let Some(definition) = definition else {
        reader.refuse("definition", "is required");
        return None;
    };
    let sizes = [
        ("definition.items", definition.items.len()),
        ("definition.blocks", definition.blocks.len()),
        ("definition.attributes", definition.attributes.len()),
    ];
    if let Some((field, _)) = sizes.into_iter().find(|(_, size)| *size > READ_MAX) {
        reader.refuse(field, format!("must have at most {READ_MAX} entries"));
        return None;
    }
    let items: Vec<Option<Item>> = definition
        .items
        .iter()
        .enumerate()
        .map(|(index, item)| read_item(reader, &format!("definition.items[{index}]"), item))
        .collect();
    let scale = match &definition.scale {
        None => Some(SCALE_DEFAULT),
        Some(_) => read_scale(reader, "definition.scale", definition.scale.as_ref()),
    };
    let tree = read_nodes(reader, "definition.tree", &definition.tree);
    let blocks = definition.blocks.iter().map(|block| Block {
        name: block.name.clone(),
        item_ids: block.item_ids.clone(),
    });
    Some(InstrumentDraft {
        instrument_id,
        items: items.into_iter().collect::<Option<_>>()?,
        scale: scale?,
        tree: tree?,
        blocks: blocks.collect(),
        attributes: definition.attributes.clone(),
    })
}

fn read_item(reader: &mut Reader, path: &str, item: &pb::InstrumentItem) -> Option<Item> {
    let scale = read_scale(reader, &format!("{path}.scale"), item.scale.as_ref());
    let text = reader.optional_text(&format!("{path}.text"), item.text.as_deref(), 1_000);
    Some(Item {
        item_id: item.item_id.clone(),
        text: text?.unwrap_or_default(),
        scale: scale?,
    })
}

fn read_scale(reader: &mut Reader, path: &str, scale: Option<&pb::Scale>) -> Option<Scale> {
    let Some(scale) = scale else {
        reader.refuse(path, "is required");
        return None;
    };
    let mut end = |name: &str, value: f64| {
        let read = thousandths(value);
        if read.is_none() {
            let text = "must be a number from -1000 to 1000 with at most 3 decimals";
            reader.refuse(format!("{path}.{name}"), text);
        }
        read
    };
    let (min, max) = (end("min", scale.min), end("max", scale.max));
    Some(Scale {
        min_thousandths: min?,
        max_thousandths: max?,
    })
}

fn read_nodes(reader: &mut Reader, path: &str, nodes: &[pb::InstrumentNode]) -> Option<Vec<Node>> {
    let nodes: Vec<Option<Node>> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| read_node(reader, &format!("{path}[{index}]"), node))
        .collect();
    nodes.into_iter().collect()
}

fn read_node(reader: &mut Reader, path: &str, node: &pb::InstrumentNode) -> Option<Node> {
    let weight = Decimal::parse(&node.weight)
        .and_then(|weight| weight.millionths())
        .filter(|weight| *weight <= WEIGHT_ONE_MILLIONTHS);
    if weight.is_none() {
        reader.refuse(
            format!("{path}.weight"),
            "must be decimal text above 0 and at most 1, with at most 6 decimals",
        );
    }
    let children = read_nodes(reader, &format!("{path}.children"), &node.children);
    let content = match &node.item_id {
        Some(_) if !node.children.is_empty() => {
            let text = "must be absent for a part made of others";
            reader.refuse(format!("{path}.item_id"), text);
            None
        }
        Some(item_id) => Some(NodeContent::Item(item_id.clone())),
        None => children.map(NodeContent::Children),
    };
    Some(Node {
        name: node.name.clone(),
        weight_millionths: weight?,
        content: content?,
    })
}

/// A version of an instrument.
pub(super) fn instrument(stored: &StoredInstrument) -> pb::Instrument {
    let draft = stored.instrument.draft();
    let items = draft.items.iter().map(|item| pb::InstrumentItem {
        item_id: item.item_id.clone(),
        text: (!item.text.is_empty()).then(|| item.text.clone()),
        scale: Some(write_scale(item.scale)),
    });
    let blocks = draft.blocks.iter().map(|block| pb::IndicatorBlock {
        name: block.name.clone(),
        item_ids: block.item_ids.clone(),
    });
    pb::Instrument {
        instrument_id: stored.instrument_id.clone(),
        version: stored.version,
        definition: Some(pb::InstrumentDefinition {
            items: items.collect(),
            scale: Some(write_scale(draft.scale)),
            tree: draft.tree.iter().map(write_node).collect(),
            blocks: blocks.collect(),
            attributes: draft.attributes.clone(),
        }),
        recorded_at: Some(timestamp(stored.recorded_at)),
    }
}

fn write_scale(scale: Scale) -> pb::Scale {
    pb::Scale {
        min: scale.min(),
        max: scale.max(),
    }
}

fn write_node(node: &Node) -> pb::InstrumentNode {
    let (item_id, children) = match &node.content {
        NodeContent::Item(item_id) => (Some(item_id.clone()), Vec::new()),
        NodeContent::Children(children) => (None, children.iter().map(write_node).collect()),
    };
    pb::InstrumentNode {
        name: node.name.clone(),
        weight: millionths_text(node.weight_millionths),
        item_id,
        children,
    }
}

/// Millionths from 0 to 1 as decimal text without superfluous zeros.
fn millionths_text(millionths: i64) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        for (number, expected) in [
            (0.0, 0),
            (-0.0, 0),
            (4.5, 4_500),
            (-0.001, -1),
            (0.29, 290),
            (1_000.0, 1_000_000),
        ] {
            assert_eq!(thousandths(number), Some(expected), "{number}");
        }
        for number in [0.000_1, 1_000.001, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(thousandths(number), None, "{number}");
        }
    }

    #[test]
    fn weights_are_written_as_short_as_they_are() {
        for (millionths, text) in [(1_000_000, "1"), (250_000, "0.25"), (1, "0.000001")] {
            assert_eq!(millionths_text(millionths), text);
        }
    }
}
