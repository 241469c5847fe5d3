//! Which complaints may be the same matter. It is suggested, never decided: nothing is merged.

use std::collections::BTreeSet;

use super::super::time::MICROS_PER_SECOND;
use super::Complaint;

/// Complaints received further apart are not compared.
pub const WINDOW_MICROS: i64 = 30 * 86_400 * MICROS_PER_SECOND;
/// Subjects that share at least this of their words are alike.
pub const SUBJECTS_ALIKE_MIN: f64 = 0.5;

/// What two complaints of a customer have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Similarity {
    /// Names of the fields that are equal: `transaction_id`, `product_id`, `category`; and
    /// `subject` if the subjects are alike.
    pub shared: Vec<&'static str>,
    /// Share of the words of both subjects that stand in each, 0 to 1.
    pub subject: f64,
}

/// The words of a text: runs of letters and digits in lower case. A run of a script without
/// blanks between words, such as Chinese, is cut into overlapping pairs of characters.
fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let mut words = BTreeSet::new();
    for run in lower.split(|char: char| !char.is_alphanumeric()) {
        let chars: Vec<char> = run.chars().collect();
        if chars
            .iter()
            .any(|char| ('\u{2e80}'..='\u{ffef}').contains(char))
            && chars.len() > 2
        {
            words.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else if !run.is_empty() {
            words.insert(run.to_owned());
        }
    }
    words
}

/// How alike two texts are: the words in both over the words in either.
///
/// # Formula
///
/// ```text
/// J(A, B) = |A ∩ B| / |A ∪ B|, and 0 for two texts without words
/// ```
///
/// # Source
///
/// Jaccard (1912), "The Distribution of the Flora in the Alpine Zone", New Phytologist 11(2), 37–50.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a subject has fewer than 2^53 words"
)]
pub fn overlap(left: &str, right: &str) -> f64 {
    let (left, right) = (words(left), words(right));
    let either = left.union(&right).count();
    if either == 0 {
        return 0.0;
    }
    left.intersection(&right).count() as f64 / either as f64
}

/// What two complaints have in common; `None` if they do not look like the same matter.
///
/// They look so if they were received at most [`WINDOW_MICROS`] apart and concern the same purchase,
/// product or category, or have subjects that are alike.
#[must_use]
pub fn similarity(one: &Complaint, other: &Complaint) -> Option<Similarity> {
    let apart = one.received_at.as_micros() - other.received_at.as_micros();
    if apart.abs() > WINDOW_MICROS {
        return None;
    }
    let subject = overlap(&one.subject, &other.subject);
    let same = |left: &Option<String>, right: &Option<String>| left.is_some() && left == right;
    let shared: Vec<&'static str> = [
        (
            "transaction_id",
            same(&one.transaction_id, &other.transaction_id),
        ),
        ("product_id", same(&one.product_id, &other.product_id)),
        ("category", same(&one.category, &other.category)),
        ("subject", subject >= SUBJECTS_ALIKE_MIN),
    ]
    .into_iter()
    .filter_map(|(name, is_shared)| is_shared.then_some(name))
    .collect();
    (!shared.is_empty()).then_some(Similarity { shared, subject })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_whatever_their_case_and_order() {
        for (left, right, expected) in [
            ("Late delivery", "delivery LATE!", 1.0),
            ("late delivery", "late refund", 1.0 / 3.0),
            ("late", "", 0.0),
            ("", "", 0.0),
            ("...", "---", 0.0),
            ("送货太晚", "送货太晚了", 0.75),
            ("送货太晚", "退款", 0.0),
        ] {
            assert!(
                (overlap(left, right) - expected).abs() < 1e-12,
                "{left} {right}"
            );
        }
    }
}
