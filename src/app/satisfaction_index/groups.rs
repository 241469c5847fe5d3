//! Groups of responses and their sums.

use std::collections::BTreeMap;

use super::{GROUPS_MAX, Grouping};
use crate::app::error::AppError;
use crate::engine::satisfaction::fold::{GroupFold, TooLarge};
use crate::engine::satisfaction::response::{Period, Response};
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::time::Day;

/// The sums of a group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) fold: GroupFold,
    /// Respondents of the period asked whom nobody knows.
    unknown: u64,
}

impl Group {
    /// Known customers who answered in the period asked.
    pub(super) fn customers(&self) -> u64 {
        self.fold.period(Period::Asked).respondents - self.unknown
    }

    /// Adds the responses of a customer, or one of somebody nobody knows.
    pub(super) fn add(
        &mut self,
        scoring: &Scoring,
        responses: &[Response<'_>],
        is_known: bool,
    ) -> Result<(), TooLarge> {
        let before = self.fold.period(Period::Asked).respondents;
        self.fold.customer(scoring, responses)?;
        if !is_known {
            self.unknown += self.fold.period(Period::Asked).respondents - before;
        }
        Ok(())
    }
}

/// The groups found so far.
#[derive(Debug)]
pub(super) struct Groups {
    grouping: Grouping,
    empty: GroupFold,
    places: BTreeMap<String, usize>,
    /// Places of days seen.
    days: BTreeMap<Day, usize>,
    groups: Vec<Group>,
}

impl Groups {
    /// No groups yet; without grouping one, whatever is found.
    pub(super) fn new(grouping: Grouping, scoring: &Scoring, compares: bool) -> Self {
        let empty = if compares {
            GroupFold::new_compared(scoring)
        } else {
            GroupFold::new(scoring)
        };
        let mut groups = Self {
            grouping,
            empty,
            places: BTreeMap::new(),
            days: BTreeMap::new(),
            groups: Vec::new(),
        };
        if groups.grouping == Grouping::Whole {
            groups.place_of("");
        }
        groups
    }

    /// The group of a response, by its day or the text it is grouped by.
    pub(super) fn place(&mut self, day: Day, text: &str) -> usize {
        let first_day = match self.grouping {
            // A segment has its place when the bucket is read.
            Grouping::Whole | Grouping::Segment(_) => return 0,
            Grouping::Product | Grouping::Channel | Grouping::Attribute(_) => {
                return self.place_of(text);
            }
            Grouping::Day => day,
            // 1970-01-01 was a Thursday.
            Grouping::Week => day.plus_days(-(day.as_days() + 3).rem_euclid(7)),
            Grouping::Month => day.plus_days(1 - day.to_calendar().2),
        };
        if let Some(place) = self.days.get(&first_day) {
            return *place;
        }
        let place = self.place_of(&first_day.to_string());
        self.days.insert(first_day, place);
        place
    }

    /// The group of a key.
    pub(super) fn place_of(&mut self, key: &str) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.groups.len();
        self.places.insert(key.to_owned(), place);
        self.groups.push(Group {
            fold: self.empty.clone(),
            unknown: 0,
        });
        place
    }

    /// The group at a place.
    pub(super) fn at(&mut self, place: usize) -> &mut Group {
        &mut self.groups[place]
    }

    /// Whether there are more than an answer holds.
    pub(super) fn check(&self) -> Result<(), AppError> {
        if self.groups.len() > GROUPS_MAX {
            return Err(AppError::TooManyGroups {
                groups_max: GROUPS_MAX,
            });
        }
        Ok(())
    }

    /// The groups by key.
    pub(super) fn into_groups(self) -> BTreeMap<String, Group> {
        let mut keys: Vec<(usize, String)> = self
            .places
            .into_iter()
            .map(|(key, place)| (place, key))
            .collect();
        keys.sort_unstable();
        keys.into_iter()
            .map(|(_, key)| key)
            .zip(self.groups)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::parse_day;

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first() {
        for (grouping, day, first) in [
            (Grouping::Day, "2024-02-29", "2024-02-29"),
            (Grouping::Week, "2024-02-29", "2024-02-26"),
            (Grouping::Week, "2024-02-26", "2024-02-26"),
            (Grouping::Week, "1969-12-31", "1969-12-29"),
            (Grouping::Month, "2024-02-29", "2024-02-01"),
        ] {
            let mut groups = Groups {
                grouping,
                empty: none(),
                places: BTreeMap::new(),
                days: BTreeMap::new(),
                groups: Vec::new(),
            };
            groups.place(parse_day(day).expect("day"), "");
            let keys: Vec<String> = groups.into_groups().into_keys().collect();
            assert_eq!(keys, [first], "{day}");
        }
    }

    fn none() -> GroupFold {
        use crate::engine::satisfaction::instrument::Scale;
        use crate::engine::satisfaction::method::Method;
        GroupFold::new(&Scoring {
            method: Method::Rate,
            scale: Scale::whole(0, 100),
            leaves: Vec::new(),
            parts: Vec::new(),
            renormalise: false,
        })
    }
}
