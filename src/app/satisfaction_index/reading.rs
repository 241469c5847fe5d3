//! From rows of responses to the sums of groups, some buckets at a time.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use super::groups::{Group, Groups, TOO_MANY_GROUPS};
use super::segments::Held;
use super::{Grouping, IndexQuery};
use crate::app::definitions::Definitions;
use crate::app::error::{AppError, Violation};
use crate::engine::satisfaction::instrument::WEIGHT_ONE_MILLIONTHS;
use crate::engine::satisfaction::response::{Answer, Period, Response, Unit};
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::time::Instant;
use crate::ids::BUCKETS;
use crate::store::instrument::StoredInstrument;
use crate::store::response::answer_at;
use crate::store::response_reader::{DayRange, ResponseReader, ResponseRow};

/// Responses folded before others may run again.
const RESPONSES_AT_A_STRETCH: usize = 4_096;

/// Where the answers that count lie in the rows of a version.
#[derive(Debug)]
struct VersionPlaces {
    /// For each leaf its place in the row; `None` if the version asks something else.
    leaves: Option<Vec<usize>>,
    /// Which text of a row it is grouped by; `None` if the version lacks the attribute.
    key: Option<usize>,
}

/// The versions of the instrument, read as the one that answers.
#[derive(Debug)]
pub(super) struct Versions {
    places: BTreeMap<i32, VersionPlaces>,
    /// The items that count, by their places in the version that answers.
    items: Vec<u16>,
}

impl Versions {
    /// # Errors
    ///
    /// [`AppError::Invalid`] for an attribute that the version does not declare.
    pub(super) fn new(
        definitions: &Definitions,
        asked: &StoredInstrument,
        scoring: &Scoring,
        grouping: &Grouping,
    ) -> Result<Self, AppError> {
        let grouped_by = grouping.attribute();
        let attribute = |stored: &StoredInstrument| {
            let mut names = stored.instrument.attributes().iter();
            names.position(|declared| Some(declared.as_str()) == grouped_by)
        };
        if grouped_by.is_some() && attribute(asked).is_none() {
            let declared = asked.instrument.attributes().join(", ");
            let text = format!("must be declared in the instrument, which declares: {declared}");
            return Err(AppError::Invalid(vec![Violation::new("attribute", text)]));
        }
        let versions = definitions.instruments().iter();
        let places = versions
            .filter(|stored| stored.instrument_id == asked.instrument_id)
            .map(|stored| {
                let place = |item_id: &str| stored.instrument.place(item_id);
                let leaves = scoring.leaves.iter().map(|leaf| {
                    let place = place(&leaf.item_id)?;
                    let scale = stored.instrument.items()[place].scale;
                    (scale == leaf.scale).then_some(place)
                });
                let places = VersionPlaces {
                    leaves: leaves.collect(),
                    key: match grouped_by {
                        Some(_) => attribute(stored),
                        None => Some(0),
                    },
                };
                (stored.version, places)
            })
            .collect();
        let items = scoring.leaves.iter();
        Ok(Self {
            places,
            items: items
                .map(|leaf| u16::try_from(leaf.item).unwrap_or(u16::MAX))
                .collect(),
        })
    }
}

/// A response of the buckets being read.
#[derive(Debug)]
struct Taken {
    bucket: i32,
    /// Tells most customers apart faster than their ids.
    customer_hash: u64,
    customer: Range<usize>,
    response_id: Range<usize>,
    answered_at: Instant,
    period: Period,
    weight_millionths: i64,
    answers: Range<usize>,
    group: usize,
}

/// What was read so far.
#[derive(Debug)]
pub(super) struct Reading<'q> {
    scoring: &'q Scoring,
    versions: Versions,
    held: Option<Held<'q>>,
    unit: Unit,
    asked: Option<DayRange>,
    responses_max: u64,
    responses: u64,
    groups: Groups,
    /// A response falls into a group beyond the bound.
    has_too_many_groups: bool,
    /// A response is to a version that was defined after the definitions were read.
    pub(super) has_unknown_version: bool,
    /// Responses of the period asked to versions that ask something else.
    pub(super) of_other_versions: u64,
    pub(super) newest_answer_at: Option<Instant>,
    pub(super) newest_recorded_at: Option<Instant>,
    // The buckets being read.
    taken: Vec<Taken>,
    texts: String,
    answers: Vec<Answer>,
}

/// Tells customers apart; no sum depends on the order it gives.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl<'q> Reading<'q> {
    pub(super) fn new(
        query: &IndexQuery,
        scoring: &'q Scoring,
        versions: Versions,
        held: Option<Held<'q>>,
        responses_max: u64,
    ) -> Self {
        Self {
            scoring,
            versions,
            held,
            unit: query.unit,
            asked: query.period,
            responses_max,
            responses: 0,
            groups: Groups::new(
                query.grouping.clone(),
                scoring,
                query.compare_period.is_some(),
            ),
            has_too_many_groups: false,
            has_unknown_version: false,
            of_other_versions: 0,
            newest_answer_at: None,
            newest_recorded_at: None,
            taken: Vec::new(),
            texts: String::new(),
            answers: Vec::new(),
        }
    }

    /// Takes a row of the buckets in; whether there may be another.
    pub(super) fn take(&mut self, row: &ResponseRow<'_>) -> bool {
        self.responses += 1;
        if self.responses > self.responses_max {
            return false;
        }
        let recorded = row.voided_at.max(Some(row.recorded_at));
        self.newest_recorded_at = self.newest_recorded_at.max(recorded);
        self.newest_answer_at = self.newest_answer_at.max(Some(row.answered_at));
        if row.voided_at.is_some() {
            return true;
        }
        let period = match self.asked {
            Some(asked) if !asked.holds(row.day) => Period::Compared,
            _ => Period::Asked,
        };
        let Some(places) = self.versions.places.get(&row.version) else {
            self.has_unknown_version = true;
            return false;
        };
        let Some(leaves) = &places.leaves else {
            self.of_other_versions += u64::from(period == Period::Asked);
            return true;
        };
        let first = self.answers.len();
        for (place, item) in leaves.iter().zip(&self.versions.items) {
            if let Some(value_thousandths) = answer_at(row.answers, *place) {
                self.answers.push(Answer {
                    item: *item,
                    value_thousandths,
                });
            }
        }
        let key = places.key.and_then(|place| *row.keys.get(place)?);
        let Some(group) = self.groups.place(row.day, key.unwrap_or_default()) else {
            self.has_too_many_groups = true;
            return false;
        };
        let customer = self.keep(row.customer_id);
        let response_id = self.keep(row.response_id.unwrap_or_default());
        self.taken.push(Taken {
            bucket: row.bucket,
            customer_hash: hash(row.customer_id),
            customer,
            response_id,
            answered_at: row.answered_at,
            period,
            weight_millionths: row.weight_micros.unwrap_or(WEIGHT_ONE_MILLIONTHS),
            answers: first..self.answers.len(),
            group,
        });
        true
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let first = self.texts.len();
        self.texts.push_str(text);
        first..self.texts.len()
    }

    /// Looks up which segments the customers of the buckets held when they answered, if those are
    /// asked for.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) async fn assign(
        &mut self,
        reader: &mut ResponseReader,
        tenant_id: &str,
    ) -> Result<(), AppError> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let customers = self.taken.iter().map(|taken| {
            let customer_id: &str = &self.texts[taken.customer.clone()];
            (taken.bucket, customer_id, taken.answered_at)
        });
        let customers: Vec<(i32, &str, Instant)> = customers.collect();
        let segments = held.segments(reader, tenant_id, &customers).await?;
        self.newest_recorded_at = self.newest_recorded_at.max(held.newest_recorded_at());
        for (taken, segment) in self.taken.iter_mut().zip(segments) {
            taken.group = self.groups.place_of(segment).ok_or(TOO_MANY_GROUPS)?;
        }
        Ok(())
    }

    /// How many buckets hold about so many responses, by those read so far.
    pub(super) fn buckets_of(&self, responses: u64, buckets_read: i32) -> i32 {
        let read = u64::try_from(buckets_read).unwrap_or(1);
        let buckets = responses.saturating_mul(read) / self.responses.max(1);
        i32::try_from(buckets).map_or(BUCKETS, |buckets| buckets.clamp(1, BUCKETS))
    }

    /// Name of the newest snapshot whose segments were used.
    pub(super) fn newest_snapshot(&self) -> Option<String> {
        self.held.as_ref().and_then(Held::newest_snapshot)
    }

    /// Adds what the buckets hold to the groups.
    ///
    /// # Errors
    ///
    /// [`AppError::TooManyResponses`], [`AppError::TooManyGroups`].
    pub(super) async fn finish_buckets(&mut self) -> Result<(), AppError> {
        if self.responses > self.responses_max {
            return Err(AppError::TooManyResponses {
                responses_max: self.responses_max,
            });
        }
        if self.has_too_many_groups {
            return Err(TOO_MANY_GROUPS);
        }
        let mut taken = std::mem::take(&mut self.taken);
        let texts = std::mem::take(&mut self.texts);
        let customer = |taken: &Taken| &texts[taken.customer.clone()];
        let id = |taken: &Taken| &texts[taken.response_id.clone()];
        // One customer's responses together, the latest last.
        taken.sort_unstable_by(|left, right| {
            let key = |taken: &Taken| (taken.customer_hash, taken.bucket);
            key(left)
                .cmp(&key(right))
                .then_with(|| customer(left).cmp(customer(right)))
                .then_with(|| left.answered_at.cmp(&right.answered_at))
                .then_with(|| id(left).cmp(id(right)))
        });
        let mut at_a_stretch = 0;
        for of_customer in taken.chunk_by_mut(|left, right| {
            !customer(left).is_empty() && customer(left) == customer(right)
        }) {
            let is_known = !of_customer[0].customer.is_empty();
            self.add(of_customer, is_known)?;
            at_a_stretch += of_customer.len();
            if at_a_stretch >= RESPONSES_AT_A_STRETCH {
                at_a_stretch = 0;
                tokio::task::yield_now().await;
            }
        }
        taken.clear();
        self.taken = taken;
        self.texts = texts;
        self.texts.clear();
        self.answers.clear();
        Ok(())
    }

    fn add(&mut self, of_customer: &mut [Taken], is_known: bool) -> Result<(), AppError> {
        let counts = |of_customer: &[Taken], place: usize| match self.unit {
            Unit::Response => true,
            Unit::CustomerLatest => of_customer[place + 1..]
                .iter()
                .all(|later| later.period != of_customer[place].period),
        };
        let mut counted: Vec<&Taken> = (0..of_customer.len())
            .filter(|&place| counts(of_customer, place))
            .map(|place| &of_customer[place])
            .collect();
        counted.sort_by_key(|taken| taken.group);
        let mut responses: Vec<Response<'_>> = Vec::with_capacity(counted.len());
        for of_group in counted.chunk_by(|left, right| left.group == right.group) {
            responses.clear();
            responses.extend(of_group.iter().map(|taken| Response {
                period: taken.period,
                weight_millionths: taken.weight_millionths,
                answers: &self.answers[taken.answers.clone()],
            }));
            // Sums beyond 127 bits: millions of responses of the greatest weight by one customer.
            let too_large = |_| AppError::TooManyResponses {
                responses_max: self.responses_max,
            };
            let place = of_group[0].group;
            self.groups
                .add(place, self.scoring, &responses, is_known, too_large)?;
        }
        Ok(())
    }

    /// When the activation was recorded that decides whether there are segments at an instant; `None`
    /// if there are none.
    pub(super) fn segments_known_since(&self, as_of: Instant) -> Option<Instant> {
        self.held.as_ref().and_then(|held| held.known_since(as_of))
    }

    /// The groups by key.
    pub(super) fn into_groups(self) -> BTreeMap<String, Group> {
        self.groups.into_groups()
    }
}
