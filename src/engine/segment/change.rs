//! When a customer moves to another segment if nothing happens.
//!
//! Time alone changes three things: days go by since something, days fall out of a window, and what
//! the models expect of a silent customer falls. The first two happen on days that can be listed. The
//! third is monotone in between, so that a stretch of days whose ends are in the same segment never
//! left it, and one whose ends are not is cut in halves.

use super::{Context, Measures, Scheme, activity, lifecycle, relationship, segment_of};
use crate::engine::policy::Segmentation;
use crate::engine::time::Day;

/// Changes are looked for on so many days ahead: ten years.
pub const DAYS_AHEAD_MAX: i32 = 3_653;

/// The first day after the instant's on which the customer is no longer in a segment of a scheme: in
/// another, or in none, where what would tell is missing.
pub(super) fn next_change(
    scheme: Scheme,
    segment: usize,
    measures: &Measures,
    context: &Context<'_>,
) -> Option<Day> {
    let segmentation = context.segmentation().ok()?;
    let uses_models = uses_models(scheme, context);
    let mut turning = turning_days(scheme, measures, context, segmentation);
    if turning.is_empty() && !uses_models {
        return None;
    }
    let differs = |day: Day| {
        let at = if uses_models {
            measures.on(day, context.models, context.policy)
        } else {
            super::At {
                day,
                ..measures.now()
            }
        };
        segment_of(scheme, &at, context) != Ok(segment)
    };
    let last = measures.as_of_day.plus_days(DAYS_AHEAD_MAX);
    let mut start = measures.as_of_day.plus_days(1);
    turning.push(last.plus_days(1));
    turning.retain(|day| (start..=last.plus_days(1)).contains(day));
    turning.sort_unstable();
    turning.dedup();
    for next in turning {
        // From `start` up to the day before `next` nothing but the models' expectation moves.
        if start < next {
            if differs(start) {
                return Some(start);
            }
            let end = next.plus_days(-1);
            if uses_models && differs(end) {
                return Some(halve(start, end, differs));
            }
        }
        start = next;
    }
    None
}

/// The first day that differs, between one that does not and one that does.
fn halve(mut same: Day, mut other: Day, differs: impl Fn(Day) -> bool) -> Day {
    while other.days_since(same) > 1 {
        let middle = same.plus_days(other.days_since(same) / 2);
        if differs(middle) {
            other = middle;
        } else {
            same = middle;
        }
    }
    other
}

fn uses_models(scheme: Scheme, context: &Context<'_>) -> bool {
    let has_model = context.models.purchase.is_some();
    match scheme {
        Scheme::ClvCrv | Scheme::ValueMatrix => {
            has_model && context.cut_points.is_some_and(|cuts| cuts.has_models)
        }
        Scheme::Activity => has_model,
        Scheme::Rfm | Scheme::Abc | Scheme::Tier | Scheme::Lifecycle | Scheme::Relationship => {
            false
        }
    }
}

/// Days on which the segment may change, apart from what the models expect.
fn turning_days(
    scheme: Scheme,
    measures: &Measures,
    context: &Context<'_>,
    segmentation: &Segmentation,
) -> Vec<Day> {
    let now = measures.now();
    let days = measures.observed.windows.days();
    let current = segmentation.current_days;
    match scheme {
        Scheme::Abc | Scheme::ClvCrv => Vec::new(),
        Scheme::Rfm => {
            let own = measures.observed.own.as_ref();
            let span = own.and_then(|own| own.purchase_day_span);
            let (Some(span), Ok(cuts)) = (span, context.rfm_cuts()) else {
                return Vec::new();
            };
            // A recency that reaches a cut has lost the score above it.
            let reached = |cut: i128| span.last.plus_days(i32::try_from(cut).unwrap_or(i32::MAX));
            let [recency, _, _] = cuts.points;
            recency.map(reached).to_vec()
        }
        Scheme::ValueMatrix | Scheme::Tier => {
            days.iter().map(|day| day.plus_days(current)).collect()
        }
        Scheme::Lifecycle => {
            let leaves = |day: &Day| [day.plus_days(current), day.plus_days(2 * current)];
            let mut turning: Vec<Day> = days.iter().flat_map(leaves).collect();
            turning.extend(lifecycle::silent_from(&now, segmentation));
            turning
        }
        Scheme::Relationship => {
            let contacts = measures.observed.contacts.0.iter().flatten();
            let forgotten =
                |day: &Day| relationship::forgotten_from(*day, segmentation.relationship_days);
            contacts.map(forgotten).collect()
        }
        Scheme::Activity => activity::turning_days(&now, context),
    }
}
