//! What the scores of recency, frequency and monetary value hide.
//!
//! A quintile compares a customer with others, the probability of being alive with the customer's own
//! past: who orders twice a year looks lapsed beside people who order every week, and who ordered every
//! week and has been silent for three months still looks loyal beside people who order twice a year.
//!
//! The first line that holds decides; the thresholds of probability and rhythm are those of the scheme
//! `activity`:
//!
//! | line | finding | holds when |
//! |---|---|---|
//! | 1 | slow regular | recency score at most 2, probability of being alive at least the active one, and a rhythm of their own, of which the pause is at most as many times as is still active |
//! | 2 | lapsed, looks loyal | probability below the dormant one, and a recency score of at least 3 or a frequency or monetary score of at least 4 |
//! | 3 | nothing | otherwise |
//!
//! With a single purchase there is no rhythm, and BG/NBD never takes such a customer for lapsed: then
//! nothing is hidden that could be known.

use super::RfmScores;
use crate::engine::money::divide_half_even;
use crate::engine::policy::Segmentation;
use crate::engine::score::Reason;
use crate::engine::segment::measures::MICROS_PER_DAY;
use crate::engine::segment::reason::{Quantity, unit};
use crate::engine::segment::{At, Context};

/// Highest recency score of a customer who looks lapsed.
const LAPSED_RECENCY_SCORE_MAX: u8 = 2;
/// Lowest frequency and monetary score of a customer who looks loyal.
const LOYAL_SCORE_MIN: u8 = 4;

/// What the scores hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing: scores and probability do not contradict each other.
    Nothing,
    /// Looks lapsed, and only buys seldom.
    SlowRegular,
    /// Looks loyal, and is probably gone.
    LapsedLooksLoyal,
}

/// What stands behind the scores of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// What they hide.
    pub finding: Finding,
    /// Probability of still being a customer.
    pub probability_alive: f64,
    /// Days since the last purchase day.
    pub silence_days: i64,
    /// The customer's own rhythm in millionths of a day, not below the policy's smallest; `None` with
    /// fewer than two purchase days.
    pub rhythm_micro_days: Option<i128>,
    /// Why, in a sentence without a beginning and a full stop.
    pub sentence: String,
}

impl Hidden {
    /// The pause in multiples of the own rhythm, in millionths; `None` without a rhythm.
    #[must_use]
    pub fn silence_micro_rhythms(&self) -> Option<i128> {
        let rhythm = self.rhythm_micro_days?;
        let silence = i128::from(self.silence_days) * MICROS_PER_DAY;
        Some(divide_half_even(silence * MICROS_PER_DAY, rhythm))
    }
}

/// What the scores hide of a customer with a probability of being alive; `is_in_rhythm` says whether
/// the customer has a rhythm and the pause is still active by it.
#[must_use]
pub fn finding(
    scores: [u8; 3],
    probability_alive: f64,
    is_in_rhythm: bool,
    segmentation: &Segmentation,
) -> Finding {
    let [recency, frequency, monetary] = scores;
    let looks_lapsed = recency <= LAPSED_RECENCY_SCORE_MAX;
    let looks_loyal = !looks_lapsed || frequency.max(monetary) >= LOYAL_SCORE_MIN;
    if looks_lapsed && is_in_rhythm && probability_alive >= segmentation.activity_active_probability
    {
        Finding::SlowRegular
    } else if looks_loyal && probability_alive < segmentation.activity_dormant_probability {
        Finding::LapsedLooksLoyal
    } else {
        Finding::Nothing
    }
}

/// What the scores of a customer hide.
///
/// # Errors
///
/// [`Reason::NoModel`] without a purchase model in force, [`Reason::NoPurchase`], and
/// [`Reason::NotInPolicy`] under a policy without thresholds.
pub fn hidden(scores: &RfmScores, at: &At<'_>, context: &Context<'_>) -> Result<Hidden, Reason> {
    let segmentation = context.segmentation()?;
    let silence_days = at.silence_days().ok_or(Reason::NoPurchase)?;
    let probability_alive = at.prediction?.probability_alive;
    let least = i128::from(segmentation.rhythm_days_min) * MICROS_PER_DAY;
    let rhythm_micro_days = at.rhythm_micro_days().map(|rhythm| rhythm.max(least));
    let silence = i128::from(silence_days) * MICROS_PER_DAY;
    let active_rhythms = i128::from(segmentation.activity_active_rhythms);
    let is_in_rhythm = rhythm_micro_days.is_some_and(|own| silence <= own * active_rhythms);
    let mut hidden = Hidden {
        finding: finding(scores.scores, probability_alive, is_in_rhythm, segmentation),
        probability_alive,
        silence_days,
        rhythm_micro_days,
        sentence: String::new(),
    };
    hidden.sentence = sentence(&hidden, scores, segmentation);
    Ok(hidden)
}

fn sentence(hidden: &Hidden, scores: &RfmScores, segmentation: &Segmentation) -> String {
    let share = |probability| Quantity::Probability(probability).text(None);
    let alive = share(hidden.probability_alive);
    let active = share(segmentation.activity_active_probability);
    let dormant = share(segmentation.activity_dormant_probability);
    let [recency, frequency, monetary] = scores.scores;
    let pause = unit::days(i128::from(hidden.silence_days)).text(None);
    let in_rhythms = match (hidden.rhythm_micro_days, hidden.silence_micro_rhythms()) {
        (Some(rhythm), Some(times)) => format!(
            "the pause of {pause} is {} times the own rhythm of {}",
            tenths(times),
            unit::micro_days(rhythm).text(None)
        ),
        (None, _) | (_, None) => {
            format!("the pause is {pause} and a single purchase has no rhythm")
        }
    };
    match hidden.finding {
        Finding::Nothing => format!(
            "the scores hide nothing: {in_rhythms}, and the probability of still being a customer is \
             {alive} (active from {active}, lost below {dormant})"
        ),
        Finding::SlowRegular => format!(
            "looks lapsed by recency score {recency}, but buys slowly and regularly: {in_rhythms}, and \
             the probability of still being a customer is {alive}, active from {active}"
        ),
        Finding::LapsedLooksLoyal => format!(
            "looks loyal by scores {recency}, {frequency} and {monetary}, but has probably lapsed: \
             {in_rhythms}, and the probability of still being a customer is {alive}, lost below \
             {dormant}"
        ),
    }
}

/// Millionths to one decimal, half to even.
fn tenths(millionths: i128) -> String {
    let tenths = divide_half_even(millionths * 10, MICROS_PER_DAY);
    format!("{}.{}", tenths / 10, tenths % 10)
}
