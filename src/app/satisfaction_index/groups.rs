//! Groups of responses and their sums.

use std::collections::BTreeMap;

use super::{GROUPS_MAX, Grouping, SUMS_BYTES_MAX};
use crate::app::error::AppError;
use crate::engine::satisfaction::fold::{GroupFold, TooLarge};
use crate::engine::satisfaction::response::{Period, Response};
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::time::Day;

/// Refuses more groups than an answer holds.
pub(super) const TOO_MANY_GROUPS: AppError = AppError::TooManyGroups {
    groups_max: GROUPS_MAX,
};

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
    fn add(
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
    /// Of all groups' sums.
    bytes: usize,
    sums_bytes_max: usize,
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
            bytes: 0,
            sums_bytes_max: SUMS_BYTES_MAX,
        };
        if groups.grouping == Grouping::Whole {
            groups.place_of("");
        }
        groups
    }

    /// The group of a response, by its day or the text it is grouped by; `None` if an answer holds
    /// no more.
    pub(super) fn place(&mut self, day: Day, text: &str) -> Option<usize> {
        let first_day = match self.grouping {
            // A segment has its place when the bucket is read.
            Grouping::Whole | Grouping::Segment(_) => return Some(0),
            Grouping::Product | Grouping::Channel | Grouping::Attribute(_) => {
                return self.place_of(text);
            }
            Grouping::Day => day,
            // 1970-01-01 was a Thursday.
            Grouping::Week => day.plus_days(-(day.as_days() + 3).rem_euclid(7)),
            Grouping::Month => day.plus_days(1 - day.to_calendar().2),
        };
        if let Some(place) = self.days.get(&first_day) {
            return Some(*place);
        }
        let place = self.place_of(&first_day.to_string())?;
        self.days.insert(first_day, place);
        Some(place)
    }

    /// The group of a key; `None` if an answer holds no more.
    pub(super) fn place_of(&mut self, key: &str) -> Option<usize> {
        if let Some(place) = self.places.get(key) {
            return Some(*place);
        }
        let place = self.groups.len();
        if place >= GROUPS_MAX {
            return None;
        }
        self.places.insert(key.to_owned(), place);
        self.groups.push(Group {
            fold: self.empty.clone(),
            unknown: 0,
        });
        Some(place)
    }

    /// Adds the responses of a customer to the group at a place, or one of somebody nobody knows.
    ///
    /// # Errors
    ///
    /// [`AppError::TooManyGroups`] if the groups' sums take too much memory; `too_large` for sums
    /// beyond their numbers.
    pub(super) fn add(
        &mut self,
        place: usize,
        scoring: &Scoring,
        responses: &[Response<'_>],
        is_known: bool,
        too_large: impl FnOnce(TooLarge) -> AppError,
    ) -> Result<(), AppError> {
        let group = &mut self.groups[place];
        let before = group.fold.bytes();
        group.add(scoring, responses, is_known).map_err(too_large)?;
        self.bytes += group.fold.bytes() - before;
        if self.bytes > self.sums_bytes_max {
            return Err(TOO_MANY_GROUPS);
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
                bytes: 0,
                sums_bytes_max: SUMS_BYTES_MAX,
            };
            groups.place(parse_day(day).expect("day"), "");
            let keys: Vec<String> = groups.into_groups().into_keys().collect();
            assert_eq!(keys, [first], "{day}");
        }
    }

    fn none() -> GroupFold {
        GroupFold::new(&scoring(0))
    }

    fn scoring(items: usize) -> Scoring {
        use crate::engine::satisfaction::instrument::Scale;
        use crate::engine::satisfaction::method::Method;
        use crate::engine::satisfaction::scoring::{Leaf, Rule};
        Scoring {
            method: Method::Rate,
            scale: Scale::whole(0, 100),
            leaves: (0..items)
                .map(|item| Leaf {
                    item,
                    item_id: item.to_string(),
                    scale: Scale::whole(0, 1),
                    rule: Rule::Distance,
                })
                .collect(),
            parts: Vec::new(),
            renormalise: false,
        }
    }

    #[test]
    fn no_group_beyond_the_bound_is_made() {
        let mut groups = Groups::new(Grouping::Product, &scoring(50), true);
        let day = parse_day("2024-01-01").expect("day");
        for number in 0..2 * GROUPS_MAX {
            let place = groups.place(day, &number.to_string());
            assert_eq!(place, (number < GROUPS_MAX).then_some(number));
        }
        assert_eq!(groups.place(day, "7"), Some(7), "one that is there");
        assert_eq!(groups.groups.len(), GROUPS_MAX);
    }

    #[test]
    fn groups_of_many_items_are_bounded_by_their_sums() {
        use crate::engine::satisfaction::response::Answer;
        let scoring = scoring(50);
        let mut groups = Groups::new(Grouping::Product, &scoring, true);
        let day = parse_day("2024-01-01").expect("day");
        let answers: Vec<Answer> = (0..50)
            .map(|item| Answer {
                item,
                value_thousandths: 1_000,
            })
            .collect();
        let response = |period| Response {
            period,
            weight_millionths: 1_000_000,
            answers: &answers,
        };
        let (asked, compared) = (response(Period::Asked), response(Period::Compared));
        let mut added = 0;
        let refused = loop {
            let place = groups.place(day, &added.to_string()).expect("place");
            let both = [asked, compared];
            let responses = if added == 0 { &both[..1] } else { &both[..] };
            let outcome = groups.add(place, &scoring, responses, true, |_| unreachable!());
            match outcome {
                Ok(()) if added == 0 => assert_eq!(groups.bytes, 16 * 100 * 101 / 2),
                Ok(()) => {}
                Err(error) => break error,
            }
            added += 1;
        };
        assert!(matches!(refused, AppError::TooManyGroups { .. }));
        let of_group = 2 * 16 * 200 * 201 / 2;
        assert_eq!(added, 1 + (SUMS_BYTES_MAX - 80_800) / of_group);
    }
}
