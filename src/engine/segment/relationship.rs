//! How close the relationship is: the highest level of contact within the policy's days.
//!
//! | level | highest purpose of a contact |
//! |---|---|
//! | basic | none after the sale |
//! | reactive | the customer came to us |
//! | accountable | we asked after the sale whether all is well |
//! | proactive | we came with something to improve |
//! | partner | we worked on something together |

use super::reason::{Bound, MeasuredValue, Why, unit};
use super::{At, Context};
use crate::engine::score::Reason;
use crate::engine::time::Day;

/// The day of the latest contact at each level of relationship, basic first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatestContacts(pub [Option<Day>; 5]);

const BASIC: usize = 0;

/// Names of the measures: days since the latest contact at each level.
const MEASURES: [&str; 5] = [
    "days_since_sale_contact",
    "days_since_inbound_contact",
    "days_since_follow_up",
    "days_since_proactive_contact",
    "days_since_joint_work",
];

/// The first day on which a contact no longer counts.
pub(super) fn forgotten_from(contact: Day, days: i32) -> Day {
    contact.plus_days(days)
}

pub(super) fn segment(at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    let days = context.segmentation()?.relationship_days;
    let levels = at.measures.observed.contacts.0;
    let counts =
        |contact: &Option<Day>| contact.is_some_and(|day| at.day < forgotten_from(day, days));
    Ok(levels.iter().rposition(counts).unwrap_or(BASIC))
}

pub(super) fn why(at: &At<'_>, context: &Context<'_>) -> Result<Why, Reason> {
    let days = context.segmentation()?.relationship_days;
    let level = segment(at, context)?;
    let mut measures = Vec::new();
    for (contact, name) in at.measures.observed.contacts.0.iter().zip(MEASURES).rev() {
        if let Some(contact) = contact {
            let since = i128::from(at.day.days_since(*contact));
            measures.push(MeasuredValue::among(
                name,
                since,
                &[i128::from(days)],
                Bound::AtLeast,
                unit::days,
            ));
        }
    }
    let kinds = [
        "a contact for a sale",
        "a contact that the customer began",
        "a follow-up after a sale",
        "a proactive contact",
        "joint work",
    ];
    let sentence = match at.measures.observed.contacts.0[level] {
        Some(contact) if at.day < forgotten_from(contact, days) => {
            let since = unit::days(i128::from(at.day.days_since(contact)));
            format!(
                "the closest contact of the last {days} days was {}, {} ago",
                kinds[level],
                since.text(None)
            )
        }
        _ => format!("no contact in the last {days} days"),
    };
    Ok(Why { measures, sentence })
}
