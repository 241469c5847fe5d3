//! What is asked, on which scale, and how the answers add up.

use std::collections::{BTreeMap, BTreeSet};

use check::Check;

/// Weights of the children of a node add up to this: one, in millionths.
pub const WEIGHT_ONE_MILLIONTHS: i64 = 1_000_000;

/// Most items of an instrument. A fold keeps sums over pairs of items.
pub const ITEMS_MAX: usize = 50;

/// Most attributes an instrument may declare.
pub const ATTRIBUTES_MAX: usize = 2;

/// Most levels of a tree below its root.
pub const DEPTH_MAX: usize = 16;

/// Ends of a scale lie within plus and minus this: 1000.
pub const SCALE_THOUSANDTHS_MAX: i64 = 1_000_000;

/// A scale, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Lower end, in thousandths.
    pub min_thousandths: i64,
    /// Upper end, in thousandths.
    pub max_thousandths: i64,
}

impl Scale {
    /// A scale between whole numbers.
    #[must_use]
    pub const fn whole(min: i64, max: i64) -> Self {
        Self {
            min_thousandths: min * 1_000,
            max_thousandths: max * 1_000,
        }
    }

    /// Whether a value lies on it.
    #[must_use]
    pub const fn holds(&self, value_thousandths: i64) -> bool {
        self.min_thousandths <= value_thousandths && value_thousandths <= self.max_thousandths
    }

    /// Lower end.
    #[must_use]
    pub fn min(&self) -> f64 {
        thousandths(self.min_thousandths)
    }

    /// Upper end.
    #[must_use]
    pub fn max(&self) -> f64 {
        thousandths(self.max_thousandths)
    }

    fn violation(&self) -> Option<&'static str> {
        let bound = SCALE_THOUSANDTHS_MAX;
        if self.min_thousandths < -bound || bound < self.max_thousandths {
            Some("the ends of a scale lie between -1000 and 1000")
        } else if self.max_thousandths <= self.min_thousandths {
            Some("the upper end of a scale lies above its lower end")
        } else {
            None
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ends of scales have seven digits at most"
)]
fn thousandths(value: i64) -> f64 {
    value as f64 / 1e3
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique in the instrument.
    pub item_id: String,
    /// What is asked.
    pub text: String,
    /// What may be answered; more is better.
    pub scale: Scale,
}

/// A part of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for, unique among its siblings.
    pub name: String,
    /// Its weight in its parent, in millionths.
    pub weight_millionths: i64,
    /// What it is made of.
    pub content: NodeContent,
}

/// What a part of the tree is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeContent {
    /// The score of the item with this id.
    Item(String),
    /// The weighted mean of other parts.
    Children(Vec<Node>),
}

/// Items that show the same thing. A structural model estimates one score from each block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Unique in the instrument.
    pub name: String,
    /// Its items.
    pub item_ids: Vec<String>,
}

/// The content of an instrument before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentDraft {
    /// The caller's id, unique per tenant.
    pub instrument_id: String,
    /// What is asked.
    pub items: Vec<Item>,
    /// Scale of the index: the lower end of an item's scale becomes its lower end, the upper end its
    /// upper end, linearly between. A five-point scale on 20 to 100 gives 20, 40, 60, 80, 100; on 0
    /// to 100 it gives 0, 25, 50, 75, 100; the two must never be compared.
    pub scale: Scale,
    /// Top of the tree; empty if the instrument has no tree.
    pub tree: Vec<Node>,
    /// Indicator blocks.
    pub blocks: Vec<Block>,
    /// Names of the attributes a response may carry.
    pub attributes: Vec<String>,
}

/// What is wrong with a part of a definition or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, below the message that holds it.
    pub path: String,
    /// What is wrong.
    pub text: String,
}

/// A checked version of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    version: u32,
    draft: InstrumentDraft,
    places: BTreeMap<String, usize>,
}

impl Instrument {
    /// Checks a definition.
    ///
    /// Ids and names have 1 to 128 bytes without control characters; items are unique, on scales
    /// within ±1000; weights are positive and add up to one at every node; a tree holds an item at
    /// most once and is at most [`DEPTH_MAX`] levels deep; a block's items exist and belong to no
    /// other block.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the fields.
    pub fn new(draft: InstrumentDraft, version: u32) -> Result<Self, Vec<Violation>> {
        let mut check = Check::default();
        check.id("instrument_id", &draft.instrument_id);
        check.items(&draft.items);
        if let Some(text) = draft.scale.violation() {
            check.add("scale".to_owned(), text);
        }
        let places: BTreeMap<String, usize> = draft
            .items
            .iter()
            .enumerate()
            .map(|(place, item)| (item.item_id.clone(), place))
            .collect();
        if !draft.tree.is_empty() {
            check.nodes("tree", &draft.tree, 1, &places, &mut BTreeSet::new());
        }
        check.blocks(&draft.blocks, &places);
        check.attributes(&draft.attributes);
        if check.violations.is_empty() {
            Ok(Self {
                version,
                draft,
                places,
            })
        } else {
            Err(check.violations)
        }
    }

    /// The caller's id.
    #[must_use]
    pub fn instrument_id(&self) -> &str {
        &self.draft.instrument_id
    }

    /// Which version of the instrument this is.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What is asked, in the order of the definition.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.draft.items
    }

    /// Scale of the index.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.draft.scale
    }

    /// Top of the tree; empty if there is none.
    #[must_use]
    pub fn tree(&self) -> &[Node] {
        &self.draft.tree
    }

    /// Names of the attributes a response may carry.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        &self.draft.attributes
    }

    /// The definition it was made of.
    #[must_use]
    pub fn draft(&self) -> &InstrumentDraft {
        &self.draft
    }

    /// An item's place in [`Instrument::items`].
    #[must_use]
    pub fn place(&self, item_id: &str) -> Option<usize> {
        self.places.get(item_id).copied()
    }
}

mod check;
