//! Schemes by money: ABC, lifetime by referral value, current value by potential, tiers.

use super::abc::AbcClass;
use super::axis::Axis;
use super::reason::{Bound, MeasuredValue, Why, unit};
use super::{At, Context};
use crate::engine::money::Micros;
use crate::engine::score::Reason;

pub(super) fn abc_segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let cuts = &context.snapshot()?.abc;
    Ok(match cuts.class(at.measures.contribution.0) {
        AbcClass::A => 0,
        AbcClass::B => 1,
        AbcClass::C => 2,
    })
}

pub(super) fn abc_why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let segmentation = context.segmentation()?;
    let abc = &context.snapshot()?.abc;
    let cuts: Vec<i128> = [abc.b_at_least, abc.a_at_least]
        .into_iter()
        .flatten()
        .collect();
    let value = at.measures.contribution.0;
    let measure = MeasuredValue::among(
        Axis::Contribution.name(),
        value,
        &cuts,
        Bound::AtLeast,
        unit::money,
    );
    let brings = |percent| format!("among the customers who bring the first {percent} %");
    let share = match abc.class(value) {
        AbcClass::A => brings(segmentation.abc_a_percent),
        AbcClass::B => format!(
            "{} but not the first {} %",
            brings(segmentation.abc_b_percent),
            segmentation.abc_a_percent
        ),
        AbcClass::C => format!(
            "not {} of the net total",
            brings(segmentation.abc_b_percent)
        ),
    };
    Ok(Why {
        sentence: format!(
            "{} contributed so far, {share}",
            measure.value.text(context.currency)
        ),
        measures: vec![measure],
    })
}

/// The axis of lifetime value: of expected value only if the snapshot measured it.
fn clv_axis(context: &Context<'_>) -> Result<Axis, Reason> {
    let snapshot = context.snapshot()?;
    Ok(if snapshot.has_models {
        Axis::ClvTotal
    } else {
        Axis::Contribution
    })
}

/// A value on an axis with the cut above which it is high, and whether it is.
fn measured(
    at: &At<'_>,
    context: &Context<'_>,
    axis: Axis,
    percentile: u8,
    above_zero: bool,
) -> Result<(MeasuredValue, bool), Reason> {
    let value = at.axis(axis, context.policy)?;
    let cut = context.distribution(axis)?.percentile(percentile);
    let cut = if above_zero { cut.max(0) } else { cut };
    let measure = MeasuredValue::among(axis.name(), value, &[cut], Bound::Above, unit::money);
    Ok((measure, value > cut))
}

fn clv_and_crv(at: &At<'_>, context: &Context<'_>) -> Result<[(MeasuredValue, bool); 2], Reason> {
    let percentile = context.segmentation()?.clv_crv_percentile;
    Ok([
        measured(at, context, clv_axis(context)?, percentile, false)?,
        measured(at, context, Axis::CrvToDate, percentile, true)?,
    ])
}

pub(super) fn clv_crv_segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let [(_, clv_high), (_, crv_high)] = clv_and_crv(at, context)?;
    Ok(match (clv_high, crv_high) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    })
}

pub(super) fn clv_crv_why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let two = clv_and_crv(at, context)?;
    Ok(two_axes(two, ["lifetime value", "referral value"], context))
}

fn current_and_potential(
    at: &At<'_>,
    context: &Context<'_>,
) -> Result<[(MeasuredValue, bool); 2], Reason> {
    let percentile = context.segmentation()?.value_matrix_percentile;
    // A snapshot taken without models says nothing about potential.
    if !context.snapshot()?.has_models {
        return Err(Reason::NoModel);
    }
    Ok([
        measured(at, context, Axis::Current, percentile, true)?,
        measured(at, context, Axis::Potential, percentile, true)?,
    ])
}

pub(super) fn value_matrix_segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let [(_, current_high), (_, potential_high)] = current_and_potential(at, context)?;
    Ok(match (current_high, potential_high) {
        (true, true) => 0,
        (false, true) => 1,
        (true, false) => 2,
        (false, false) => 3,
    })
}

pub(super) fn value_matrix_why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let two = current_and_potential(at, context)?;
    let days = context.segmentation()?.current_days;
    let current = format!("contribution of the last {days} days");
    Ok(two_axes(two, [&current, "expected contribution"], context))
}

fn two_axes(two: [(MeasuredValue, bool); 2], names: [&str; 2], context: &Context<'_>) -> Why {
    let mut parts = Vec::with_capacity(2);
    for ((measure, high), name) in two.iter().zip(names) {
        let cut = if *high { measure.lower } else { measure.upper };
        let cut = cut.map_or(String::new(), |cut| cut.text(context.currency));
        let side = if *high { "above" } else { "not above" };
        let value = measure.value.text(context.currency);
        parts.push(format!("{name} {value} is {side} {cut}"));
    }
    Why {
        sentence: parts.join(", "),
        measures: two.into_iter().map(|(measure, _)| measure).collect(),
    }
}

/// Revenue after refunds of the current days.
fn current_net_revenue(at: &At<'_>, context: &Context<'_>) -> Result<Micros, Reason> {
    let after = at.day.plus_days(-context.segmentation()?.current_days);
    Ok(at.measures.observed.windows.sums(after, at.day).net_revenue)
}

const TOP_TIER: usize = 0;
const LAST_TIER: usize = 3;

pub(super) fn tier_segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let segmentation = context.segmentation()?;
    if current_net_revenue(at, context)? >= segmentation.top_tier_net_revenue {
        return Ok(TOP_TIER);
    }
    let distribution = context.distribution(Axis::Contribution)?;
    let value = at.measures.contribution.0;
    let mut tiers = segmentation.tiers.iter();
    let reached = tiers.find(|tier| value > distribution.percentile(tier.above_percentile));
    Ok(reached.map_or(LAST_TIER, |tier| tier.segment))
}

pub(super) fn tier_why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let segmentation = context.segmentation()?;
    let sales = MeasuredValue::among(
        "current_net_revenue",
        current_net_revenue(at, context)?.0,
        &[segmentation.top_tier_net_revenue.0],
        Bound::AtLeast,
        unit::money,
    );
    let value = at.measures.contribution.0;
    let name = Axis::Contribution.name();
    let contribution = match context.distribution(Axis::Contribution) {
        Ok(distribution) => {
            let tiers = segmentation.tiers.iter();
            let cuts: Vec<i128> = tiers
                .map(|tier| distribution.percentile(tier.above_percentile))
                .collect();
            MeasuredValue {
                percentile: Some(distribution.percentile_of(value)),
                ..MeasuredValue::among(name, value, &cuts, Bound::Above, unit::money)
            }
        }
        // The one criterion decides without a snapshot.
        Err(_) => MeasuredValue::plain(name, unit::money(value)),
    };
    let sentence = if sales.lower.is_some() {
        format!(
            "sales of {} in the last {} days decide alone",
            sales.value.text(context.currency),
            segmentation.current_days
        )
    } else {
        format!(
            "{} contributed so far, above {} of the 99 percentile points",
            contribution.value.text(context.currency),
            contribution.percentile.unwrap_or_default()
        )
    };
    Ok(Why {
        measures: vec![sales, contribution],
        sentence,
    })
}
