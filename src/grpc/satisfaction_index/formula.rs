//! What an index is, in words.

use crate::engine::satisfaction::method::Method;
use crate::engine::satisfaction::scoring::{Rule, Scoring};

/// A number of thousandths as text without superfluous zeros.
fn number(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let size = thousandths.unsigned_abs();
    let text = format!("{sign}{}.{:03}", size / 1_000, size % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The method in words, with its numbers.
#[must_use]
pub(super) fn formula(scoring: &Scoring) -> String {
    let of_tree = scoring.leaves.len() > 1;
    let Some(leaf) = scoring.leaves.first() else {
        return String::new();
    };
    let item = &leaf.item_id;
    let share = match (leaf.rule, scoring.cut_thousandths()) {
        (
            Rule::Balance {
                promoter_thousandths,
                detractor_thousandths,
            },
            _,
        ) => {
            let (promoter, detractor) =
                (number(promoter_thousandths), number(detractor_thousandths));
            return format!(
                "100 x (share of answers to {item} at or above {promoter} - share at or below \
                 {detractor}), of those who answered it; all others count as 0"
            );
        }
        (Rule::Share { .. }, Some(cut)) => format!("at or above {}", number(cut)),
        (Rule::Share { .. }, None) if scoring.method == Method::TopBox => {
            "at the top of its scale".to_owned()
        }
        (Rule::Share { .. }, None) => "in the upper levels usual for its scale".to_owned(),
        (Rule::Distance, _) if of_tree || scoring.method == Method::WeightedTree => {
            let (min, max) = (
                number(scoring.scale.min_thousandths),
                number(scoring.scale.max_thousandths),
            );
            return format!(
                "{min} + ({max} - {min}) x sum over {} items of weight x (mean answer - least \
                 answer) / (greatest answer - least answer), each item of those who answered it{}",
                scoring.leaves.len(),
                renormalised(scoring)
            );
        }
        (Rule::Distance, _) => {
            return format!("mean answer to {item}, of those who answered it");
        }
    };
    if of_tree {
        return format!(
            "100 x sum over {} items of weight x share of answers to the item {share}, of those \
             who answered it{}",
            scoring.leaves.len(),
            renormalised(scoring)
        );
    }
    format!("100 x answers to {item} {share} / answers to {item}")
}

const fn renormalised(scoring: &Scoring) -> &'static str {
    if scoring.renormalise {
        "; siblings share the weight of what nobody answered"
    } else {
        ""
    }
}
