//! The index of a group, and the scores it is made of.

use super::fold::{GroupFold, LeafSums};
use super::response::Period;
use super::scoring::{Leaf, Part, PartContent, Scoring};

/// Nobody answered items that the index needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody answered {}", item_ids.join(", "))]
pub struct Unanswered {
    /// Their ids, in the tree's order.
    pub item_ids: Vec<String>,
}

/// The score of a part of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct PartScore {
    /// What it stands for.
    pub name: String,
    /// Its parent's levels, and one: 1 at the top.
    pub level: usize,
    /// Its item; `None` of a part made of others.
    pub item_id: Option<String>,
    /// Weighted mean on the scale of the index; `None` if an item it needs has no answer.
    pub score: Option<f64>,
    /// Its weight in the index, 0 to 1.
    pub weight: f64,
    /// Answers to its item; of a part made of others, to the least answered of its items.
    pub responses: u64,
}

/// The index of a group over one period.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupIndex {
    /// The index on the scoring's scale.
    pub index: Result<f64, Unanswered>,
    /// Responses that answered an item that counts.
    pub responses: u64,
    /// Customers who gave them, each response without one counted as its own.
    pub respondents: u64,
    /// The parts of the tree, each before its children.
    pub parts: Vec<PartScore>,
}

/// The index of a group and the scores of its parts.
///
/// # Formula
///
/// ```text
/// R_j = Y_j / (N_j y*_j)
/// p   = Σ W_j R_j
/// index = min + (max − min) p
/// ```
///
/// W_j is the product of the weights on the way to item j. With renormalisation, at each node the
/// parts with an answer share the node's weight in proportion to their own.
///
/// # Units
///
/// - returns: on the scoring's scale, rounded half to even to a billionth of its unit
///
/// # Source
///
/// `domain.md` F1 to F4.
#[must_use]
pub fn group_index(scoring: &Scoring, fold: &GroupFold, period: Period) -> GroupIndex {
    let sums = fold.leaves(period);
    let weights = leaf_weights(scoring, sums);
    let index = match &weights {
        Some(weights) => Ok(on_scale(scoring, share(scoring, sums, weights))),
        None => Err(Unanswered {
            item_ids: unanswered(scoring, sums),
        }),
    };
    let mut parts = Vec::new();
    let walk = Walk { scoring, sums };
    walk.scores(&scoring.parts, 1.0, 1, &mut parts);
    let period = fold.period(period);
    GroupIndex {
        index,
        responses: period.responses,
        respondents: period.respondents,
        parts,
    }
}

/// Rounds half to even to a billionth: sums of products of decimal weights come out as written.
pub(super) fn rounded(value: f64) -> f64 {
    const BILLION: f64 = 1e9;
    // Adding 0 turns −0 into 0.
    (value * BILLION).round_ties_even() / BILLION + 0.0
}

/// A share of the scale as a value on it.
pub(super) fn on_scale(scoring: &Scoring, share: f64) -> f64 {
    let (min, max) = (scoring.scale.min(), scoring.scale.max());
    rounded(min + (max - min) * share).clamp(min, max)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sums beyond 53 bits lose what no index shows"
)]
pub(super) const fn float(whole: i128) -> f64 {
    whole as f64
}

/// R: the mean share of an item's points; 0 without an answer.
pub(super) fn leaf_share(leaf: &Leaf, sums: &LeafSums) -> f64 {
    if sums.weight == 0 {
        return 0.0;
    }
    float(sums.points) / (float(sums.weight) * float(i128::from(leaf.points_max())))
}

/// p = Σ W R.
pub(super) fn share(scoring: &Scoring, sums: &[LeafSums], weights: &[f64]) -> f64 {
    let leaves = scoring.leaves.iter().zip(sums).zip(weights);
    leaves
        .map(|((leaf, sums), weight)| weight * leaf_share(leaf, sums))
        .sum()
}

fn unanswered(scoring: &Scoring, sums: &[LeafSums]) -> Vec<String> {
    let leaves = scoring.leaves.iter().enumerate();
    leaves
        .filter(|(place, _)| is_unanswered(sums, *place))
        .map(|(_, leaf)| leaf.item_id.clone())
        .collect()
}

fn is_unanswered(sums: &[LeafSums], place: usize) -> bool {
    sums.get(place).is_none_or(|sums| sums.responses == 0)
}

/// W of each leaf, Σ W = 1; `None` if the index is not available.
pub(super) fn leaf_weights(scoring: &Scoring, sums: &[LeafSums]) -> Option<Vec<f64>> {
    let walk = Walk { scoring, sums };
    let are_available = if scoring.renormalise {
        scoring.parts.iter().any(|part| walk.is_available(part))
    } else {
        scoring.parts.iter().all(|part| walk.is_available(part))
    };
    let mut weights = vec![0.0; scoring.leaves.len()];
    walk.weights(&scoring.parts, 1.0, &mut weights);
    are_available.then_some(weights)
}

/// A walk down the tree.
#[derive(Clone, Copy)]
struct Walk<'a> {
    scoring: &'a Scoring,
    sums: &'a [LeafSums],
}

impl Walk<'_> {
    /// Whether a part has a score.
    fn is_available(&self, part: &Part) -> bool {
        match &part.content {
            PartContent::Leaf(place) => !is_unanswered(self.sums, *place),
            PartContent::Parts(parts) if self.scoring.renormalise => {
                parts.iter().any(|part| self.is_available(part))
            }
            PartContent::Parts(parts) => parts.iter().all(|part| self.is_available(part)),
        }
    }

    /// Each part with its share of its parent's weight.
    fn shared<'p>(&self, parts: &'p [Part]) -> Vec<(&'p Part, f64)> {
        let counts = |part: &&Part| !self.scoring.renormalise || self.is_available(part);
        let whole: i64 = parts
            .iter()
            .filter(counts)
            .map(|part| part.weight_millionths)
            .sum();
        let share = |part: &Part| {
            if counts(&part) {
                float(i128::from(part.weight_millionths)) / float(i128::from(whole))
            } else {
                0.0
            }
        };
        parts.iter().map(|part| (part, share(part))).collect()
    }

    fn weights(&self, parts: &[Part], weight: f64, weights: &mut [f64]) {
        for (part, share) in self.shared(parts) {
            match &part.content {
                PartContent::Leaf(place) => weights[*place] = weight * share,
                PartContent::Parts(parts) => self.weights(parts, weight * share, weights),
            }
        }
    }

    /// Appends the scores of parts and all below; returns their mean as a share of the scale, and the
    /// answers to the least answered item.
    fn scores(
        &self,
        parts: &[Part],
        weight: f64,
        level: usize,
        scores: &mut Vec<PartScore>,
    ) -> (f64, u64) {
        let mut mean = 0.0;
        let mut least = u64::MAX;
        for (part, share) in self.shared(parts) {
            let place = scores.len();
            scores.push(PartScore {
                name: part.name.clone(),
                level,
                item_id: None,
                score: None,
                weight: rounded(weight * share),
                responses: 0,
            });
            let (score, responses) = match &part.content {
                PartContent::Leaf(leaf) => {
                    scores[place].item_id = Some(self.scoring.leaves[*leaf].item_id.clone());
                    self.leaf(*leaf)
                }
                PartContent::Parts(parts) => self.scores(parts, weight * share, level + 1, scores),
            };
            if self.is_available(part) {
                scores[place].score = Some(on_scale(self.scoring, score));
            }
            scores[place].responses = responses;
            mean += share * score;
            least = least.min(responses);
        }
        (mean, least)
    }

    fn leaf(&self, place: usize) -> (f64, u64) {
        self.sums.get(place).map_or((0.0, 0), |sums| {
            (
                leaf_share(&self.scoring.leaves[place], sums),
                sums.responses,
            )
        })
    }
}
