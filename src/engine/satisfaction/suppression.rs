//! Groups too small to show, and parts of an index that too few answered.

use super::index::PartScore;

/// Groups with fewer responses are not shown unless a request says otherwise.
pub const THRESHOLD_DEFAULT: u64 = 5;

/// Why a group is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// Fewer responses than the threshold.
    TooFew,
    /// Shown, it would let the suppressed groups be found by subtraction from the whole.
    Complementary,
}

/// Which groups of one answer are not shown, in the order given.
///
/// A group with responses but fewer than the threshold is suppressed. As long as only one group is,
/// or the suppressed have fewer responses together than the threshold, the smallest of the others
/// that has responses goes too, of equals the first: the whole less the groups shown then tells
/// nothing that the threshold would hide. A group without responses is neither. Nothing is claimed
/// across requests.
///
/// # Units
///
/// - `responses`: responses in each group, in an order that does not depend on chance
/// - `threshold`: responses
///
/// # Source
///
/// Threshold: the practice of Qualtrics (5 for numbers). Complementary suppression: Cox (1980),
/// "Suppression Methodology and Statistical Disclosure Control", Journal of the American Statistical
/// Association 75(370), 377-385.
#[must_use]
pub fn suppress(responses: &[u64], threshold: u64) -> Vec<Option<Suppression>> {
    let mut suppressed: Vec<Option<Suppression>> = responses
        .iter()
        .map(|count| (0 < *count && *count < threshold).then_some(Suppression::TooFew))
        .collect();
    let has_none = suppressed.iter().all(Option::is_none);
    let is_exposed = |suppressed: &[Option<Suppression>]| {
        let hidden = || (0..responses.len()).filter(|group| suppressed[*group].is_some());
        hidden().count() == 1 || hidden().map(|group| responses[group]).sum::<u64>() < threshold
    };
    while !has_none && is_exposed(&suppressed) {
        let next = (0..responses.len())
            .filter(|group| 0 < responses[*group] && suppressed[*group].is_none())
            .min_by_key(|group| responses[*group]);
        let Some(group) = next else { break };
        suppressed[group] = Some(Suppression::Complementary);
    }
    suppressed
}

/// Takes away the scores of items of one group that fewer than the threshold answered, of others as
/// [`suppress`] does for groups, so that no score follows from the index and the scores shown, and of
/// parts made of such items. Weights and counts stay.
///
/// # Units
///
/// - `parts`: each before its children
/// - `threshold`: responses
pub fn suppress_parts(parts: &mut [PartScore], threshold: u64) {
    let items: Vec<usize> = (0..parts.len())
        .filter(|place| parts[*place].item_id.is_some())
        .collect();
    let counts: Vec<u64> = items.iter().map(|place| parts[*place].responses).collect();
    for (item, suppressed) in items.into_iter().zip(suppress(&counts, threshold)) {
        if suppressed.is_none() {
            continue;
        }
        parts[item].score = None;
        let mut level = parts[item].level;
        for part in parts[..item].iter_mut().rev() {
            if part.level < level {
                level = part.level;
                part.score = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Suppression::{Complementary, TooFew};
    use super::*;

    #[track_caller]
    fn check(responses: &[u64], expected: &[Option<Suppression>]) {
        assert_eq!(suppress(responses, THRESHOLD_DEFAULT), expected);
    }

    #[test]
    fn small_groups_are_hidden_and_never_one_alone() {
        check(&[], &[]);
        check(&[5, 9], &[None, None]);
        check(&[4], &[Some(TooFew)]);
        check(&[4, 9, 7], &[Some(TooFew), None, Some(Complementary)]);
        check(&[4, 1, 7], &[Some(TooFew), Some(TooFew), None]);
        check(&[7, 7, 1], &[Some(Complementary), None, Some(TooFew)]);
        check(&[0, 7, 1], &[None, Some(Complementary), Some(TooFew)]);
        check(&[0, 0, 1], &[None, None, Some(TooFew)]);
        let all = [Some(TooFew), Some(TooFew), Some(Complementary), None];
        check(&[1, 2, 6, 8], &all);
    }

    #[test]
    fn scores_of_items_that_few_answered_are_hidden_with_their_parents() {
        let part = |level, is_item: bool, responses| PartScore {
            name: "part".to_owned(),
            level,
            item_id: is_item.then(|| "item".to_owned()),
            score: Some(1.0),
            weight: 0.5,
            responses,
        };
        let tree = |counts: [u64; 4]| {
            let [a, b, c, d] = counts;
            vec![
                part(1, false, a.min(b)),
                part(2, true, a),
                part(2, true, b),
                part(1, false, c.min(d)),
                part(2, true, c),
                part(2, true, d),
            ]
        };
        for (counts, threshold, shown) in [
            ([9, 9, 9, 9], 5, [true; 6]),
            // The next smallest too: the one alone would follow from the index.
            ([9, 1, 8, 9], 5, [false, true, false, false, false, true]),
            ([2, 4, 8, 9], 5, [false, false, false, true, true, true]),
            ([1, 1, 1, 1], 1, [true; 6]),
            ([1, 1, 1, 1], 2, [false; 6]),
        ] {
            let mut parts = tree(counts);
            suppress_parts(&mut parts, threshold);
            let found: Vec<bool> = parts.iter().map(|part| part.score.is_some()).collect();
            assert_eq!(found, shown, "{counts:?}");
        }
    }

    #[test]
    fn threshold_one_hides_nothing() {
        assert_eq!(suppress(&[1, 0, 2], 1), [None; 3]);
    }
}
