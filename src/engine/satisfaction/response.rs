//! What a customer answered, and what it takes to be an answer.

use super::instrument::{Instrument, Violation};

/// Weight of a response that carries none: one, in millionths.
pub const WEIGHT_DEFAULT_MILLIONTHS: i64 = 1_000_000;

/// The heaviest a response may be: 1000, in millionths.
pub const WEIGHT_MILLIONTHS_MAX: i64 = 1_000_000_000;

/// Which responses of a customer count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Every one.
    Response,
    /// The customer's latest in the period, ties to the greater id; those without a customer all.
    CustomerLatest,
}

/// Which of the two periods of a comparison a response lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// The period that was asked for.
    Asked,
    /// The one it is compared with.
    Compared,
}

/// An answer to one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The item's place in the instrument.
    pub item: u16,
    /// What was answered, in thousandths of the item's scale.
    pub value_thousandths: i32,
}

/// A response as far as an index needs it. Items without an answer are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// When it was given.
    pub period: Period,
    /// How much it counts, in millionths: 1 to [`WEIGHT_MILLIONTHS_MAX`].
    pub weight_millionths: i64,
    /// What was answered, each item at most once.
    pub answers: &'a [Answer],
}

impl Response<'_> {
    /// The answer to an item, by its place in the instrument.
    pub(super) fn answer(&self, item: usize) -> Option<&Answer> {
        let is_item = |answer: &&Answer| usize::from(answer.item) == item;
        // Of a response to everything it stands at the item's own place.
        let at_place = self.answers.get(item).filter(is_item);
        at_place.or_else(|| self.answers.iter().find(is_item))
    }
}

/// Checks a response's answers against the instrument; sorted by the items' places.
///
/// # Units
///
/// - `answers`: item ids and values in thousandths of the item's scale
///
/// # Errors
///
/// Everything that is wrong: unknown items, items answered twice, values off the scale. Paths are
/// `answers[item_id]`, the item's id in brackets; without any answer `answers`.
pub fn check_answers<'a>(
    instrument: &Instrument,
    answers: impl IntoIterator<Item = (&'a str, i64)>,
) -> Result<Vec<Answer>, Vec<Violation>> {
    let mut checked: Vec<Answer> = Vec::new();
    let mut violations = Vec::new();
    for (item_id, value) in answers {
        let mut wrong = |text: String| {
            let path = format!("answers[{item_id}]");
            violations.push(Violation { path, text });
        };
        let Some(place) = instrument.place(item_id) else {
            wrong("the instrument has no such item".to_owned());
            continue;
        };
        let scale = instrument.items()[place].scale;
        let narrow = (u16::try_from(place), i32::try_from(value));
        let (true, (Ok(item), Ok(value_thousandths))) = (scale.holds(value), narrow) else {
            wrong(format!(
                "must lie between {} and {}",
                scale.min(),
                scale.max()
            ));
            continue;
        };
        if checked.iter().any(|answer| answer.item == item) {
            wrong("is answered twice".to_owned());
            continue;
        }
        checked.push(Answer {
            item,
            value_thousandths,
        });
    }
    if checked.is_empty() && violations.is_empty() {
        violations.push(Violation {
            path: "answers".to_owned(),
            text: "must hold an answer".to_owned(),
        });
    }
    if violations.is_empty() {
        checked.sort_unstable();
        Ok(checked)
    } else {
        Err(violations)
    }
}
