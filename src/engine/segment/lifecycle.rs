//! Where a customer stands between first contact and decline.
//!
//! The sources name the stages and what marks them (investment above income, income above
//! investment with rising volume, cross-buying and referral, dying midway); the decision list is
//! ours. The first line that holds decides, and the last always does:
//!
//! | line | stage | holds when |
//! |---|---|---|
//! | 1 | exploration | there is no purchase day |
//! | 2 | decline | silent, and mature |
//! | 3 | lost in development | silent |
//! | 4 | exploration | contribution to date is not above zero: investment exceeds income |
//! | 5 | decline | sales of the current days are falling against the days before |
//! | 6 | stable | a cross-selling purchase or a referee |
//! | 7 | development | sales are rising, or there were none in the days before |
//! | 8 | stable | always: steady sales |
//!
//! - silent: silence exceeds the policy's multiple of the customer's own rhythm, or after a single
//!   purchase the policy's days;
//! - mature: contribution above zero, and a cross-selling purchase, a referee, or the policy's number
//!   of purchase days;
//! - falling, rising: revenue after refunds of the current days against the equally many days before,
//!   by the policy's percentages.

use super::measures::MICROS_PER_DAY;
use super::reason::{Bound, MeasuredValue, Why, unit};
use super::{At, Context};
use crate::engine::fact::PurchaseKind;
use crate::engine::money::Micros;
use crate::engine::policy::Segmentation;
use crate::engine::score::Reason;
use crate::engine::time::Day;

const EXPLORATION: usize = 0;
const DEVELOPMENT: usize = 1;
const STABLE: usize = 2;
const DECLINE: usize = 3;
const LOST_IN_DEVELOPMENT: usize = 4;

/// Longest silence in days that is within the rhythm; `None` without a purchase.
fn silence_days_max(at: &At<'_>, segmentation: &Segmentation) -> Option<i128> {
    at.silence_days()?;
    Some(match at.rhythm_micro_days() {
        Some(rhythm) => {
            let rhythm = rhythm.max(i128::from(segmentation.rhythm_days_min) * MICROS_PER_DAY);
            rhythm * i128::from(segmentation.lifecycle_silence_rhythms) / MICROS_PER_DAY
        }
        None => i128::from(segmentation.lifecycle_single_silence_days),
    })
}

/// The first day on which a customer who stays silent is silent beyond the rhythm.
pub(super) fn silent_from(at: &At<'_>, segmentation: &Segmentation) -> Option<Day> {
    let span = at.measures.observed.own.as_ref()?.purchase_day_span?;
    let days = silence_days_max(at, segmentation)? + 1;
    Some(span.last.plus_days(i32::try_from(days).unwrap_or(i32::MAX)))
}

/// Revenue after refunds of the current days, and of as many days before.
fn sales(at: &At<'_>, segmentation: &Segmentation) -> [Micros; 2] {
    let days = segmentation.current_days;
    let windows = &at.measures.observed.windows;
    let (now, before, start) = (at.day, at.day.plus_days(-days), at.day.plus_days(-2 * days));
    [
        windows.sums(before, now).net_revenue,
        windows.sums(start, before).net_revenue,
    ]
}

/// The line of the list that decides, from 1, and the stage.
fn decide(at: &At<'_>, segmentation: &Segmentation) -> Result<(u8, usize), Reason> {
    let own = at.own()?;
    let Some(longest) = silence_days_max(at, segmentation) else {
        return Ok((1, EXPLORATION));
    };
    let earns = at.measures.contribution > Micros::ZERO;
    let widened = at.purchases_of(PurchaseKind::CrossSell) > 0 || at.measures.observed.has_referees;
    let mature =
        earns && (widened || own.purchase_days >= segmentation.lifecycle_mature_purchase_days);
    if at.silence_days().map(i128::from) > Some(longest) {
        return Ok(if mature {
            (2, DECLINE)
        } else {
            (3, LOST_IN_DEVELOPMENT)
        });
    }
    if !earns {
        return Ok((4, EXPLORATION));
    }
    let [Micros(current), Micros(before)] = sales(at, segmentation);
    if before > 0 && current * 100 < before * segmentation.lifecycle_falling_below_percent {
        return Ok((5, DECLINE));
    }
    if widened {
        return Ok((6, STABLE));
    }
    if before <= 0 || current * 100 > before * segmentation.lifecycle_rising_above_percent {
        return Ok((7, DEVELOPMENT));
    }
    Ok((8, STABLE))
}

pub(super) fn segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    Ok(decide(at, context.segmentation()?)?.1)
}

pub(super) fn why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let segmentation = context.segmentation()?;
    let own = at.own()?;
    let (line, _) = decide(at, segmentation)?;
    let mut measures = Vec::with_capacity(7);
    if let (Some(silence), Some(longest)) = (at.silence_days(), silence_days_max(at, segmentation))
    {
        measures.push(MeasuredValue::among(
            "silence_days",
            i128::from(silence),
            &[longest],
            Bound::Above,
            unit::days,
        ));
    }
    let contribution = at.measures.contribution.0;
    measures.push(MeasuredValue::among(
        "clv.to_date",
        contribution,
        &[0],
        Bound::Above,
        unit::money,
    ));
    let mature = i128::from(segmentation.lifecycle_mature_purchase_days);
    measures.push(MeasuredValue::among(
        "purchase_days",
        i128::from(own.purchase_days),
        &[mature],
        Bound::AtLeast,
        unit::count,
    ));
    let cross_sold = i128::from(at.purchases_of(PurchaseKind::CrossSell));
    let referees = i128::from(at.measures.observed.has_referees);
    for (name, count) in [
        ("cross_sell_purchases", cross_sold),
        ("has_referees", referees),
    ] {
        let at_least = Bound::AtLeast;
        measures.push(MeasuredValue::among(
            name,
            count,
            &[1],
            at_least,
            unit::count,
        ));
    }
    let [current, before] = sales(at, segmentation);
    // Cuts rounded towards the side that decides: falling is below, rising above.
    let falling = before.0 * segmentation.lifecycle_falling_below_percent;
    let rising = before.0 * segmentation.lifecycle_rising_above_percent;
    let mut sales = MeasuredValue::plain("current_net_revenue", unit::money(current.0));
    if before.0 > 0 {
        let cuts = [falling, rising].map(|cut| cut.div_euclid(100));
        sales = MeasuredValue::among(sales.name, current.0, &cuts, Bound::Above, unit::money);
    }
    measures.push(sales);
    let earlier = unit::money(before.0);
    measures.push(MeasuredValue::plain("previous_net_revenue", earlier));
    let currency = context.currency;
    let days = segmentation.current_days;
    let silence = at.silence_days().map(i128::from).map(unit::days);
    let silence = silence.map_or(String::new(), |silence| silence.text(currency));
    let against = || {
        format!(
            "sales of {} in the last {days} days against {} in the {days} before",
            unit::money(current.0).text(currency),
            earlier.text(currency),
        )
    };
    let sentence = match line {
        1 => "no purchase yet".to_owned(),
        2 => format!(
            "silent for {silence}, longer than the own rhythm allows, after having been an established customer"
        ),
        3 => format!(
            "silent for {silence}, longer than the own rhythm allows, before becoming an established customer"
        ),
        4 => format!(
            "{} contributed so far: investment is not below income",
            unit::money(contribution).text(currency)
        ),
        5 => format!("{} are falling", against()),
        6 => "income exceeds investment, with cross-selling or referees".to_owned(),
        7 => format!("income exceeds investment, and {} are rising", against()),
        _ => format!("income exceeds investment, and {} are steady", against()),
    };
    Ok(Why { measures, sentence })
}
