//! Recency, frequency, monetary value: scores, cells and two maps.
//!
//! # Formula
//!
//! ```text
//! frequency, monetary score = 1 + number of the four cuts strictly below the value
//! recency score             = 1 + number of the four cuts strictly above the value
//! ```
//!
//! so 5 is best for each, and equal values score alike. The policy says which cuts ([`cuts`]): the
//! quintiles of the snapshot in force, those of the newest, or its own. The segment comes from the
//! recency and frequency scores by a grid of 25 cells; a map of all 125 cells refines it by money. A
//! customer without a purchase day is a prospect, whatever the cuts. What the scores cannot tell,
//! [`mod@hidden`] tells beside them.
//!
//! # Source
//!
//! Both maps are the widespread ones; each cell stands in them once. They were checked against the
//! copy in `tests/golden/oracle-lifetime-value.json`.

pub mod cuts;
pub mod hidden;

use super::axis::Axis;
use super::reason::{Bound, MeasuredValue, Quantity, Why, unit};
use super::scheme::Scheme;
use super::{At, Context};
use crate::engine::score::Reason;
use cuts::AXES;
use hidden::Finding;

/// Scores of the three measures with their places in the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RfmScores {
    /// Recency, frequency, monetary: 1 to 5 each, 5 best.
    pub scores: [u8; 3],
    /// Percentiles 0 to 99 in the same order, higher is better; `None` without a snapshot, which the
    /// policy's own cuts do not need.
    pub percentiles: [Option<u8>; 3],
}

/// Name of the segment of each recency and frequency score: rows by recency from 1, columns by
/// frequency from 1.
const GRID: [[&str; 5]; 5] = [
    [
        "hibernating",
        "hibernating",
        "at_risk",
        "at_risk",
        "cant_lose",
    ],
    [
        "hibernating",
        "hibernating",
        "at_risk",
        "at_risk",
        "cant_lose",
    ],
    [
        "about_to_sleep",
        "about_to_sleep",
        "need_attention",
        "loyal_customers",
        "loyal_customers",
    ],
    [
        "promising",
        "potential_loyalists",
        "potential_loyalists",
        "loyal_customers",
        "loyal_customers",
    ],
    [
        "new_customers",
        "potential_loyalists",
        "potential_loyalists",
        "champions",
        "champions",
    ],
];

/// The map of 125 cells, by name with the cells of recency, frequency and monetary score.
const MAP: [(&str, &str); 11] = [
    ("Champions", "555 554 544 545 454 455 445"),
    ("Loyal Customers", "543 444 435 355 354 345 344 335"),
    (
        "Potential Loyalist",
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
    ),
    ("Recent Customers", "512 511 422 421 412 411 311"),
    (
        "Promising",
        "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    ),
    (
        "Customers Needing Attention",
        "535 534 443 434 343 334 325 324",
    ),
    ("About To Sleep", "331 321 312 221 213"),
    (
        "At Risk",
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    ),
    ("Can't Lose Them", "155 154 144 214 215 115 114 113"),
    (
        "Hibernating",
        "332 322 231 241 251 233 232 223 222 132 123 122 212 211",
    ),
    ("Lost", "111 112 121 131 141 151"),
];

impl RfmScores {
    /// The cell, such as `543`.
    #[must_use]
    pub fn cell(&self) -> String {
        self.scores.iter().map(ToString::to_string).collect()
    }

    /// Name of the cell's segment in the map of 125 cells.
    #[must_use]
    pub fn map_segment(&self) -> &'static str {
        let cell = self.cell();
        let mut named = MAP.iter();
        named
            .find(|(_, cells)| cells.split(' ').any(|of| of == cell))
            .map_or("", |(name, _)| name)
    }

    /// Index of the grid's segment in the scheme.
    #[must_use]
    pub fn grid_segment(&self) -> usize {
        let [recency, frequency, _] = self.scores.map(|score| usize::from(score.clamp(1, 5)) - 1);
        let name = GRID[recency][frequency];
        Scheme::Rfm.segment_named(name).unwrap_or_default()
    }
}

/// Recency, frequency and money of a customer with a purchase.
fn values(at: &At<'_>, context: &Context<'_>) -> Result<[i128; 3], Reason> {
    Ok([
        at.axis(Axis::RecencyDays, context.policy)?,
        at.axis(Axis::Frequency, context.policy)?,
        at.axis(Axis::Monetary, context.policy)?,
    ])
}

/// Scores of a customer with a purchase.
///
/// # Errors
///
/// [`Reason::NotInPolicy`], [`Reason::NoPurchase`], and where the policy goes by quintiles
/// [`Reason::NoSnapshot`] and [`Reason::NotEnoughData`] where nobody in the snapshot has purchased.
pub fn scores(at: &At<'_>, context: &Context<'_>) -> Result<RfmScores, Reason> {
    context.segmentation()?;
    let values = values(at, context)?;
    let cuts = context.rfm_cuts()?;
    let [recency, frequency, monetary] = values;
    Ok(RfmScores {
        scores: cuts.scores(values),
        percentiles: [
            cuts.percentile(Axis::RecencyDays, recency),
            cuts.percentile(Axis::Frequency, frequency),
            cuts.percentile(Axis::Monetary, monetary),
        ],
    })
}

const PROSPECT: usize = 10;

pub(super) fn segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    match scores(at, context) {
        Ok(scores) => Ok(scores.grid_segment()),
        Err(Reason::NoPurchase) => Ok(PROSPECT),
        Err(reason) => Err(reason),
    }
}

pub(super) fn why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let scored = match scores(at, context) {
        Ok(scored) => scored,
        Err(Reason::NoPurchase) => {
            return Ok(Why {
                measures: vec![MeasuredValue::plain("frequency", unit::count(0))],
                sentence: "no purchase is left after refunds and voids".to_owned(),
            });
        }
        Err(reason) => return Err(reason),
    };
    let cuts = context.rfm_cuts()?;
    let values = values(at, context)?;
    let units = [unit::days, unit::count, unit::money];
    // A recency that equals a cut has lost the score above it.
    let bounds = [Bound::AtLeast, Bound::Above, Bound::Above];
    let mut measures = Vec::with_capacity(4);
    for place in 0..3 {
        measures.push(MeasuredValue {
            score: Some(scored.scores[place]),
            percentile: scored.percentiles[place],
            ..MeasuredValue::among(
                AXES[place].name(),
                values[place],
                &cuts.points[place],
                bounds[place],
                units[place],
            )
        });
    }
    let text = |place: usize| units[place](values[place]).text(context.currency);
    let [recency, frequency, monetary] = scored.scores;
    let mut sentence = format!(
        "the last purchase was {} ago (score {recency} of 5), {} purchase days (score {frequency}), \
         {} after refunds (score {monetary}); cell {} ({} in the map of 125) by {}",
        text(0),
        text(1),
        text(2),
        scored.cell(),
        scored.map_segment(),
        cuts.whose,
    );
    let hidden = hidden::hidden(&scored, at, context).ok();
    if let Some(hidden) = hidden.filter(|hidden| hidden.finding != Finding::Nothing) {
        let alive = Quantity::Probability(hidden.probability_alive);
        measures.push(MeasuredValue::plain("probability_alive", alive));
        sentence.push_str("; ");
        sentence.push_str(&hidden.sentence);
    }
    Ok(Why { measures, sentence })
}
