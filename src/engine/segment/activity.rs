//! Whether a customer is still there.
//!
//! The first line that holds decides:
//!
//! | line | segment | holds when |
//! |---|---|---|
//! | 1 | prospect | there is no purchase day |
//! | 2 | new | the first purchase day is at most the policy's days ago |
//! | 3 | active, dormant, lost | a model is in force and there are two purchase days: by the probability of being alive |
//! | 4 | active, dormant, lost | by silence in multiples of the rhythm: the customer's own, with a single purchase the snapshot's median |
//!
//! A single purchase tells a model of repeat purchases nothing about leaving (its probability is 1 for
//! ever), so it is judged by the snapshot's rhythm; with a model and without a snapshot by the model
//! all the same.

use super::axis::Axis;
use super::measures::MICROS_PER_DAY;
use super::reason::{Bound, MeasuredValue, Quantity, Why, unit};
use super::{At, Context};
use crate::engine::score::Reason;
use crate::engine::time::Day;

const PROSPECT: usize = 0;
const NEW: usize = 1;
const ACTIVE: usize = 2;
const DORMANT: usize = 3;
const LOST: usize = 4;

/// What decides.
enum Ground {
    NoPurchase,
    /// Days since the first purchase day.
    Young(i64),
    /// Probability of being alive.
    Alive(f64),
    /// Silence in days, the rhythm in millionths of a day, and whether it is the customer's own.
    Silence {
        days: i64,
        rhythm: i128,
        own: bool,
    },
}

fn ground(at: &At<'_>, context: &Context<'_>) -> Result<Ground, Reason> {
    let segmentation = context.segmentation()?;
    let own = at.own()?;
    let Some(span) = own.purchase_day_span else {
        return Ok(Ground::NoPurchase);
    };
    let age = i64::from(at.day.days_since(span.first));
    if age <= segmentation.activity_new_days {
        return Ok(Ground::Young(age));
    }
    let alive = at.prediction.map(|prediction| prediction.probability_alive);
    let own_rhythm = at.rhythm_micro_days();
    if let (Ok(alive), Some(_)) = (alive, own_rhythm) {
        return Ok(Ground::Alive(alive));
    }
    let rhythm = match (own_rhythm, context.distribution(Axis::RhythmDays)) {
        (Some(rhythm), _) => rhythm,
        (None, Ok(distribution)) => distribution.median(),
        (None, Err(reason)) => return alive.map(Ground::Alive).map_err(|_| reason),
    };
    Ok(Ground::Silence {
        days: i64::from(at.day.days_since(span.last)),
        rhythm: rhythm.max(i128::from(segmentation.rhythm_days_min) * MICROS_PER_DAY),
        own: own_rhythm.is_some(),
    })
}

/// Longest silences in days that are active, and dormant.
fn silence_cuts(rhythm: i128, context: &Context<'_>) -> Result<[i128; 2], Reason> {
    let segmentation = context.segmentation()?;
    let days = |rhythms: i64| rhythm * i128::from(rhythms) / MICROS_PER_DAY;
    Ok([
        days(segmentation.activity_active_rhythms),
        days(segmentation.activity_dormant_rhythms),
    ])
}

/// Days on which the segment may change by itself, apart from the probability of being alive.
pub(super) fn turning_days(at: &At<'_>, context: &Context<'_>) -> Vec<Day> {
    let own = at.measures.observed.own.as_ref();
    let (Some(span), Ok(segmentation)) = (
        own.and_then(|own| own.purchase_day_span),
        context.segmentation(),
    ) else {
        return Vec::new();
    };
    let after = |day: Day, days: i128| day.plus_days(i32::try_from(days + 1).unwrap_or(i32::MAX));
    let young_until = i128::from(segmentation.activity_new_days);
    let mut days = vec![after(span.first, young_until)];
    let later = At {
        day: days[0].max(at.day),
        ..*at
    };
    if let Ok(Ground::Silence { rhythm, .. }) = ground(&later, context) {
        let cuts = silence_cuts(rhythm, context).unwrap_or_default();
        days.extend(cuts.map(|cut| after(span.last, cut)));
    }
    days
}

pub(super) fn segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let segmentation = context.segmentation()?;
    Ok(match ground(at, context)? {
        Ground::NoPurchase => PROSPECT,
        Ground::Young(_) => NEW,
        Ground::Alive(alive) if alive >= segmentation.activity_active_probability => ACTIVE,
        Ground::Alive(alive) if alive >= segmentation.activity_dormant_probability => DORMANT,
        Ground::Alive(_) => LOST,
        Ground::Silence { days, rhythm, .. } => {
            let cuts = silence_cuts(rhythm, context)?;
            let passed = cuts.iter().filter(|cut| i128::from(days) > **cut).count();
            [ACTIVE, DORMANT, LOST][passed]
        }
    })
}

pub(super) fn why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let segmentation = context.segmentation()?;
    Ok(match ground(at, context)? {
        Ground::NoPurchase => Why {
            measures: vec![MeasuredValue::plain("purchase_days", unit::count(0))],
            sentence: "no purchase is left after refunds and voids".to_owned(),
        },
        Ground::Young(age) => Why {
            measures: vec![MeasuredValue::among(
                "days_since_first_purchase",
                i128::from(age),
                &[i128::from(segmentation.activity_new_days)],
                Bound::Above,
                unit::days,
            )],
            sentence: format!(
                "the first purchase was {} ago, new for {} days",
                unit::days(i128::from(age)).text(None),
                segmentation.activity_new_days
            ),
        },
        Ground::Alive(alive) => alive_why(
            alive,
            [
                segmentation.activity_dormant_probability,
                segmentation.activity_active_probability,
            ],
        ),
        Ground::Silence { days, rhythm, own } => {
            let cuts = silence_cuts(rhythm, context)?;
            let silence = i128::from(days);
            let rhythm = unit::micro_days(rhythm);
            Why {
                measures: vec![
                    MeasuredValue::among("silence_days", silence, &cuts, Bound::Above, unit::days),
                    MeasuredValue::plain(Axis::RhythmDays.name(), rhythm),
                ],
                sentence: format!(
                    "silent for {}, {} rhythm being {}",
                    unit::days(silence).text(None),
                    if own {
                        "the own"
                    } else {
                        "the population's median"
                    },
                    rhythm.text(None),
                ),
            }
        }
    })
}

fn alive_why(alive: f64, cuts: [f64; 2]) -> Why {
    let passed = cuts.iter().rev().find(|cut| alive >= **cut);
    let ahead = cuts.iter().find(|cut| alive < **cut);
    let probability = Quantity::Probability(alive);
    Why {
        measures: vec![MeasuredValue {
            lower: passed.copied().map(Quantity::Probability),
            upper: ahead.copied().map(Quantity::Probability),
            bound: Bound::AtLeast,
            ..MeasuredValue::plain("probability_alive", probability)
        }],
        sentence: format!(
            "the probability of still being a customer is {}",
            probability.text(None)
        ),
    }
}
