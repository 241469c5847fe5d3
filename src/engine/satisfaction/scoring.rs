//! What a method makes of an answer, and how the items' scores are combined.

use super::instrument::{Instrument, Node, NodeContent, Scale, WEIGHT_ONE_MILLIONTHS};
use super::method::{Method, MethodRequest, ScoringError};

/// What an answer earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One point at or above the cut.
    Share {
        /// In thousandths of the item's scale.
        cut_thousandths: i64,
    },
    /// Two points at or above the promoters' cut, one above the detractors'.
    Balance {
        /// Least promoter, in thousandths of the item's scale.
        promoter_thousandths: i64,
        /// Greatest detractor, likewise.
        detractor_thousandths: i64,
    },
    /// The distance from the lower end of the item's scale, in thousandths.
    Distance,
}

/// An item that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The item's place in the instrument.
    pub item: usize,
    /// Its id.
    pub item_id: String,
    /// The scale it is answered on.
    pub scale: Scale,
    /// What an answer earns.
    pub rule: Rule,
}

impl Leaf {
    /// Points an answer earns: 0 to [`Leaf::points_max`].
    #[must_use]
    pub fn points(&self, value_thousandths: i64) -> i64 {
        match self.rule {
            Rule::Share { cut_thousandths } => i64::from(cut_thousandths <= value_thousandths),
            Rule::Balance {
                promoter_thousandths,
                detractor_thousandths,
            } => {
                i64::from(detractor_thousandths < value_thousandths)
                    + i64::from(promoter_thousandths <= value_thousandths)
            }
            Rule::Distance => value_thousandths - self.scale.min_thousandths,
        }
    }

    /// The most an answer can earn.
    #[must_use]
    pub fn points_max(&self) -> i64 {
        match self.rule {
            Rule::Share { .. } => 1,
            Rule::Balance { .. } => 2,
            Rule::Distance => self.scale.max_thousandths - self.scale.min_thousandths,
        }
    }
}

/// A part of the tree of an index, with its leaves by their place in [`Scoring::leaves`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it stands for.
    pub name: String,
    /// Its weight in its parent, in millionths.
    pub weight_millionths: i64,
    /// What it is made of.
    pub content: PartContent,
}

/// What a part is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartContent {
    /// The leaf at this place.
    Leaf(usize),
    /// The weighted mean of other parts.
    Parts(Vec<Part>),
}

/// A method applied to an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoring {
    /// The method.
    pub method: Method,
    /// Scale of the index, named in every answer.
    pub scale: Scale,
    /// The items that count, in the tree's order.
    pub leaves: Vec<Leaf>,
    /// Top of the tree; of a single item one part of weight one.
    pub parts: Vec<Part>,
    /// Whether the siblings of a part that nobody answered share its weight.
    pub renormalise: bool,
}

const PER_CENT: Scale = Scale::whole(0, 100);
const NET: Scale = Scale::whole(-100, 100);

/// Scale on which the usual cuts of the net promoter score are meant: promoters 9 and 10, detractors
/// 0 to 6.
const NET_PROMOTER_ITEM: Scale = Scale::whole(0, 10);
const PROMOTER_THOUSANDTHS: i64 = 9_000;
const DETRACTOR_THOUSANDTHS: i64 = 6_000;

impl Scoring {
    /// Applies a method to an instrument.
    ///
    /// Without an item, shares and trees combine the whole tree, each leaf by its weight; an
    /// instrument of one item needs no tree for shares. Without a cut, a rate counts the top answers
    /// that are usual for the scale: one of up to three levels, two of four to seven, three of eight
    /// to eleven; a scale with more levels has no usual cut.
    ///
    /// # Errors
    ///
    /// [`ScoringError`] names what of the request does not fit.
    ///
    /// # Source
    ///
    /// Usual cuts: Formbricks (pull request 7128), range 3: top 1; 4 to 7: top 2; 10: top 3. Eight,
    /// nine and eleven levels are ours.
    pub fn new(instrument: &Instrument, request: &MethodRequest<'_>) -> Result<Self, ScoringError> {
        let is_net = request.method == Method::NetPromoter;
        if request.detractor_cut_thousandths.is_some() && !is_net {
            return Err(ScoringError::DetractorCutNotTaken);
        }
        let takes_cut = !matches!(request.method, Method::TopBox | Method::WeightedTree);
        if request.cut_thousandths.is_some() && !takes_cut {
            return Err(ScoringError::CutNotTaken);
        }
        let (items, parts) = selection(instrument, request)?;
        let scales: Vec<Scale> = items
            .iter()
            .map(|item| instrument.items()[*item].scale)
            .collect();
        let differ = scales.windows(2).any(|pair| pair[0] != pair[1]);
        if request.cut_thousandths.is_some() && differ {
            return Err(ScoringError::CutForSeveralScales);
        }
        let leaves = items
            .iter()
            .zip(&scales)
            .map(|(item, scale)| {
                Ok(Leaf {
                    item: *item,
                    item_id: instrument.items()[*item].item_id.clone(),
                    scale: *scale,
                    rule: rule(request, *scale)?,
                })
            })
            .collect::<Result<Vec<Leaf>, ScoringError>>()?;
        let scale = match request.method {
            Method::Rate | Method::TopBox => PER_CENT,
            Method::NetPromoter => NET,
            Method::WeightedTree => instrument.scale(),
            Method::CustomerEffort if request.cut_thousandths.is_some() => PER_CENT,
            Method::CustomerEffort => scales[0],
        };
        Ok(Self {
            method: request.method,
            scale,
            leaves,
            parts,
            renormalise: request.renormalise,
        })
    }

    /// The cut that separates satisfied from other answers, where every leaf has the same.
    #[must_use]
    pub fn cut_thousandths(&self) -> Option<i64> {
        let cut = |leaf: &Leaf| match leaf.rule {
            Rule::Share { cut_thousandths } => Some(cut_thousandths),
            Rule::Balance {
                promoter_thousandths,
                ..
            } => Some(promoter_thousandths),
            Rule::Distance => None,
        };
        let first = self.leaves.first().and_then(cut)?;
        let same = self.leaves.iter().all(|leaf| cut(leaf) == Some(first));
        same.then_some(first)
    }
}

/// The items that count, and the tree over them.
fn selection(
    instrument: &Instrument,
    request: &MethodRequest<'_>,
) -> Result<(Vec<usize>, Vec<Part>), ScoringError> {
    let single = |item: usize| {
        let part = Part {
            name: instrument.items()[item].item_id.clone(),
            weight_millionths: WEIGHT_ONE_MILLIONTHS,
            content: PartContent::Leaf(0),
        };
        (vec![item], vec![part])
    };
    let is_tree = request.method == Method::WeightedTree;
    if let Some(item_id) = request.item_id {
        if is_tree {
            return Err(ScoringError::ItemNotTaken);
        }
        let item_id_unknown = || ScoringError::UnknownItem {
            item_id: item_id.to_owned(),
        };
        return Ok(single(
            instrument.place(item_id).ok_or_else(item_id_unknown)?,
        ));
    }
    let may_combine = matches!(
        request.method,
        Method::Rate | Method::TopBox | Method::WeightedTree
    );
    if may_combine && !instrument.tree().is_empty() {
        let mut items = Vec::new();
        let parts = parts(instrument, instrument.tree(), &mut items);
        return Ok((items, parts));
    }
    if is_tree {
        return Err(ScoringError::NoTree);
    }
    if instrument.items().len() == 1 {
        return Ok(single(0));
    }
    Err(ScoringError::ItemNeeded)
}

fn parts(instrument: &Instrument, nodes: &[Node], items: &mut Vec<usize>) -> Vec<Part> {
    nodes
        .iter()
        .map(|node| Part {
            name: node.name.clone(),
            weight_millionths: node.weight_millionths,
            content: match &node.content {
                // A checked instrument has every item of its tree.
                NodeContent::Item(item_id) => {
                    items.push(instrument.place(item_id).unwrap_or_default());
                    PartContent::Leaf(items.len() - 1)
                }
                NodeContent::Children(children) => {
                    PartContent::Parts(parts(instrument, children, items))
                }
            },
        })
        .collect()
}

fn rule(request: &MethodRequest<'_>, scale: Scale) -> Result<Rule, ScoringError> {
    let (min, max) = (scale.min(), scale.max());
    let on_scale = |cut: i64| {
        if scale.min_thousandths < cut && cut <= scale.max_thousandths {
            Ok(cut)
        } else {
            Err(ScoringError::CutOffScale { min, max })
        }
    };
    match (request.method, request.cut_thousandths) {
        (Method::WeightedTree, _) | (Method::CustomerEffort, None) => Ok(Rule::Distance),
        (Method::TopBox, _) => Ok(Rule::Share {
            cut_thousandths: scale.max_thousandths,
        }),
        (Method::Rate | Method::CustomerEffort, Some(cut)) => Ok(Rule::Share {
            cut_thousandths: on_scale(cut)?,
        }),
        (Method::Rate, None) => Ok(Rule::Share {
            cut_thousandths: usual_cut(scale).ok_or(ScoringError::CutNeeded { min, max })?,
        }),
        (Method::NetPromoter, cut) => {
            let usual = scale == NET_PROMOTER_ITEM;
            let or_usual = |cut: Option<i64>, usual_cut: i64| {
                cut.or(usual.then_some(usual_cut))
                    .ok_or(ScoringError::CutNeeded { min, max })
            };
            let promoter_thousandths = on_scale(or_usual(cut, PROMOTER_THOUSANDTHS)?)?;
            let detractor_thousandths =
                or_usual(request.detractor_cut_thousandths, DETRACTOR_THOUSANDTHS)?;
            if detractor_thousandths < scale.min_thousandths
                || promoter_thousandths <= detractor_thousandths
            {
                return Err(ScoringError::DetractorCutOffScale { min });
            }
            Ok(Rule::Balance {
                promoter_thousandths,
                detractor_thousandths,
            })
        }
    }
}

/// Least answer that counts as satisfied on a scale of whole numbers; `None` on one with more than
/// eleven levels, or with ends between whole numbers.
fn usual_cut(scale: Scale) -> Option<i64> {
    if scale.min_thousandths % 1_000 != 0 || scale.max_thousandths % 1_000 != 0 {
        return None;
    }
    let levels = (scale.max_thousandths - scale.min_thousandths) / 1_000 + 1;
    let top = match levels {
        2..=3 => 1,
        4..=7 => 2,
        8..=11 => 3,
        _ => return None,
    };
    Some(scale.max_thousandths - (top - 1) * 1_000)
}
