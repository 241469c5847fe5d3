//! What a definition must satisfy.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ATTRIBUTES_MAX, Block, DEPTH_MAX, ITEMS_MAX, Item, Node, NodeContent, Violation,
    WEIGHT_ONE_MILLIONTHS,
};

const ID_BYTES_MAX: usize = 128;
const TEXT_BYTES_MAX: usize = 1_000;

/// Gathers violations.
#[derive(Default)]
pub(super) struct Check {
    pub(super) violations: Vec<Violation>,
}

impl Check {
    pub(super) fn add(&mut self, path: String, text: impl Into<String>) {
        let text = text.into();
        self.violations.push(Violation { path, text });
    }

    pub(super) fn id(&mut self, path: &str, id: &str) {
        if id.is_empty() || ID_BYTES_MAX < id.len() || id.chars().any(char::is_control) {
            self.add(
                path.to_owned(),
                "must have 1 to 128 bytes without control characters",
            );
        }
    }

    pub(super) fn items(&mut self, items: &[Item]) {
        if items.is_empty() || ITEMS_MAX < items.len() {
            self.add("items".into(), format!("must have 1 to {ITEMS_MAX} items"));
        }
        let mut seen = BTreeSet::new();
        for (place, item) in items.iter().enumerate() {
            let path = format!("items[{place}]");
            self.id(&format!("{path}.item_id"), &item.item_id);
            if !seen.insert(item.item_id.as_str()) {
                self.add(format!("{path}.item_id"), "stands here twice");
            }
            if TEXT_BYTES_MAX < item.text.len() {
                self.add(format!("{path}.text"), "must have at most 1000 bytes");
            }
            if let Some(text) = item.scale.violation() {
                self.add(format!("{path}.scale"), text);
            }
        }
    }

    pub(super) fn nodes<'d>(
        &mut self,
        path: &str,
        nodes: &'d [Node],
        depth: usize,
        places: &BTreeMap<String, usize>,
        used: &mut BTreeSet<&'d str>,
    ) {
        if DEPTH_MAX < depth {
            self.add(
                path.to_owned(),
                format!("a tree has at most {DEPTH_MAX} levels"),
            );
            return;
        }
        let mut sum = 0_i128;
        let mut names = BTreeSet::new();
        for (place, node) in nodes.iter().enumerate() {
            let path = format!("{path}[{place}]");
            self.id(&format!("{path}.name"), &node.name);
            if !names.insert(node.name.as_str()) {
                self.add(format!("{path}.name"), "a sibling has the same name");
            }
            if node.weight_millionths <= 0 || WEIGHT_ONE_MILLIONTHS < node.weight_millionths {
                self.add(format!("{path}.weight"), "must be above 0 and at most 1");
            }
            sum += i128::from(node.weight_millionths);
            match &node.content {
                NodeContent::Item(item_id) => {
                    if !places.contains_key(item_id) {
                        self.add(format!("{path}.item_id"), "no item has this id");
                    } else if !used.insert(item_id) {
                        self.add(format!("{path}.item_id"), "is in the tree already");
                    }
                }
                NodeContent::Children(children) if children.is_empty() => {
                    self.add(path, "must have an item or children");
                }
                NodeContent::Children(children) => {
                    self.nodes(
                        &format!("{path}.children"),
                        children,
                        depth + 1,
                        places,
                        used,
                    );
                }
            }
        }
        if sum != i128::from(WEIGHT_ONE_MILLIONTHS) {
            let text = format!("weights must add up to 1, not {}", decimal(sum));
            self.add(path.to_owned(), text);
        }
    }

    pub(super) fn blocks(&mut self, blocks: &[Block], places: &BTreeMap<String, usize>) {
        let mut names = BTreeSet::new();
        let mut used = BTreeSet::new();
        for (place, block) in blocks.iter().enumerate() {
            let path = format!("blocks[{place}]");
            self.id(&format!("{path}.name"), &block.name);
            if !names.insert(block.name.as_str()) {
                self.add(format!("{path}.name"), "stands here twice");
            }
            if block.item_ids.is_empty() {
                self.add(format!("{path}.item_ids"), "must have an item");
            }
            for (index, item_id) in block.item_ids.iter().enumerate() {
                let path = format!("{path}.item_ids[{index}]");
                if !places.contains_key(item_id) {
                    self.add(path, "no item has this id");
                } else if !used.insert(item_id.as_str()) {
                    self.add(path, "belongs to a block already");
                }
            }
        }
    }

    pub(super) fn attributes(&mut self, attributes: &[String]) {
        if ATTRIBUTES_MAX < attributes.len() {
            let text = format!("at most {ATTRIBUTES_MAX} may be declared");
            self.add("attributes".into(), text);
        }
        let mut seen = BTreeSet::new();
        for (place, name) in attributes.iter().enumerate() {
            let path = format!("attributes[{place}]");
            self.id(&path, name);
            if !seen.insert(name.as_str()) {
                self.add(path, "stands here twice");
            }
        }
    }
}

/// Millionths as decimal text without superfluous zeros.
fn decimal(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let size = millionths.unsigned_abs();
    let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
