//! How satisfied customers are: responses folded, some buckets at a time, into the sums of groups.
//!
//! Memory grows with groups; of the responses some 300,000 at most are held at a time.

mod groups;
mod reading;
mod segments;

use std::collections::BTreeMap;

use super::App;
use super::definitions::Definitions;
use super::error::{AppError, Violation};
use crate::engine::satisfaction::comparison::{Difference, difference};
use crate::engine::satisfaction::index::{GroupIndex, group_index};
use crate::engine::satisfaction::interval::{Precision, precision};
use crate::engine::satisfaction::method::{Method, MethodRequest};
use crate::engine::satisfaction::response::{Period, Unit};
use crate::engine::satisfaction::scoring::Scoring;
use crate::engine::satisfaction::suppression::{Suppression, suppress, suppress_parts};
use crate::engine::segment::Scheme;
use crate::engine::time::{Day, Instant};
use crate::ids::BUCKETS;
use crate::store::error::StoreError;
use crate::store::instrument::StoredInstrument;
use crate::store::past::View;
use crate::store::response_reader::{DayRange, KeyColumn, Wanted};
use groups::Group;
use reading::{Reading, Versions};
use segments::Held;

/// Most responses one index reads.
pub const RESPONSES_MAX: u64 = 5_000_000;
/// Most groups of one answer.
pub const GROUPS_MAX: usize = 1_000;
/// Most bytes of the groups' sums, which grow with the square of the items: a thousand groups of 25
/// items fit, whatever was answered in one period.
const SUMS_BYTES_MAX: usize = 64 << 20;
/// How often definitions are read for one answer: again when a response is to a newer version.
const ATTEMPTS_MAX: u32 = 3;
/// Buckets read together at first; they tell how many responses a bucket has.
const BUCKETS_AT_FIRST: i32 = 64;
/// About how many responses are in memory at the same time.
const RESPONSES_AT_A_TIME: u64 = 200_000;
/// Days of which no answer can be another.
const ALL_DAYS: DayRange = DayRange {
    start: Day::from_days(-100_000),
    end: Day::from_days(3_000_000),
};

/// By what responses are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Not at all.
    Whole,
    /// What they were asked about.
    Product,
    /// Where they were asked.
    Channel,
    /// The attribute of this name.
    Attribute(String),
    /// The segment held at the time of the answer.
    Segment(Scheme),
    /// The day of the answer.
    Day,
    /// Its week, from Monday on.
    Week,
    /// Its month.
    Month,
}

impl Grouping {
    fn attribute(&self) -> Option<&str> {
        if let Self::Attribute(name) = self {
            Some(name)
        } else {
            None
        }
    }

    const fn scheme(&self) -> Option<Scheme> {
        if let Self::Segment(scheme) = self {
            Some(*scheme)
        } else {
            None
        }
    }

    const fn key_column(&self) -> KeyColumn {
        match self {
            Self::Product => KeyColumn::Product,
            Self::Channel => KeyColumn::Channel,
            Self::Attribute(_) => KeyColumn::Attributes,
            Self::Whole | Self::Segment(_) | Self::Day | Self::Week | Self::Month => {
                KeyColumn::None
            }
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexQuery {
    /// Which instrument.
    pub instrument_id: String,
    /// Which version's definition; `None` for the newest.
    pub version: Option<i32>,
    /// How answers become an index.
    pub method: Method,
    /// The item, for methods of one.
    pub item_id: Option<String>,
    /// Least satisfied answer or promoter, in thousandths.
    pub cut: Option<i64>,
    /// Greatest detractor, in thousandths.
    pub detractor_cut: Option<i64>,
    /// Whether siblings share the weight of what nobody answered.
    pub renormalise: bool,
    /// Answered on these days; `None` for all.
    pub period: Option<DayRange>,
    /// Compared with these.
    pub compare_period: Option<DayRange>,
    /// By what to group.
    pub grouping: Grouping,
    /// What counts once.
    pub unit: Unit,
    /// Nominal coverage of intervals.
    pub level: f64,
    /// Groups of fewer responses are not told.
    pub threshold: u64,
    /// Answered up to this instant; `None` for now.
    pub as_of: Option<Instant>,
    /// As known at this instant; `None` for everything.
    pub known_at: Option<Instant>,
}

/// The index of a group.
#[derive(Clone, Debug)]
pub struct IndexedGroup {
    /// What its responses share; empty without grouping.
    pub key: String,
    /// Why it is not told.
    pub suppressed: Option<Suppression>,
    /// Its index.
    pub index: GroupIndex,
    /// The error of its index; `None` if fewer than two customers tell of it.
    pub precision: Option<Precision>,
    /// Its index over the period compared.
    pub compared: Option<GroupIndex>,
    /// How the two differ, likewise.
    pub difference: Option<Difference>,
    /// Customers among the respondents.
    pub customers: u64,
}

/// An index by groups and what it rests on.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// The groups, by key; `None` if they are segments and no snapshot was ever in force.
    pub groups: Option<Vec<IndexedGroup>>,
    /// Name of the newest snapshot whose segments were used.
    pub snapshot: Option<String>,
    /// The version whose definition answered.
    pub version: i32,
    /// The method, applied to it.
    pub scoring: Scoring,
    /// Responses to other versions that could not be counted.
    pub responses_of_other_versions: u64,
    /// The instant asked about.
    pub as_of: Instant,
    /// What was known: the instant asked for, or the newest recording used.
    pub known_at: Instant,
}

impl App {
    /// The satisfaction index of groups of responses.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownInstrument`], [`AppError::Invalid`] for a method that does not fit the
    /// instrument or a `known_at` in the future, [`AppError::TooManyResponses`],
    /// [`AppError::TooManyGroups`], and what the store says.
    pub async fn satisfaction_index(
        &self,
        tenant_id: &str,
        query: &IndexQuery,
    ) -> Result<Indexed, AppError> {
        self.satisfaction_index_within(tenant_id, query, RESPONSES_MAX)
            .await
    }

    /// The same within another bound of responses.
    ///
    /// # Errors
    ///
    /// As [`App::satisfaction_index`].
    pub async fn satisfaction_index_within(
        &self,
        tenant_id: &str,
        query: &IndexQuery,
        responses_max: u64,
    ) -> Result<Indexed, AppError> {
        if let Some(known_at) = query.known_at {
            self.wait_until_settled(known_at).await?;
        }
        for _ in 0..ATTEMPTS_MAX {
            let definitions = self.definitions(tenant_id).await?;
            let read = self.satisfaction_index_by(&definitions, tenant_id, query, responses_max);
            if let Some(indexed) = read.await? {
                return Ok(indexed);
            }
        }
        Err(AppError::Store(StoreError::Contended {
            attempts: ATTEMPTS_MAX,
        }))
    }

    /// The index by definitions; `None` if a response is to a version that they do not know yet.
    async fn satisfaction_index_by(
        &self,
        definitions: &Definitions,
        tenant_id: &str,
        query: &IndexQuery,
        responses_max: u64,
    ) -> Result<Option<Indexed>, AppError> {
        let view = View {
            as_of: query.as_of.unwrap_or(Instant::LATEST),
            known_at: query.known_at.unwrap_or(Instant::LATEST),
        };
        let unknown = || AppError::UnknownInstrument {
            instrument_id: query.instrument_id.clone(),
            version: query.version,
        };
        let asked = definitions
            .instrument(&query.instrument_id, query.version, view.known_at)
            .ok_or_else(unknown)?;
        let scoring = scoring(asked, query)?;
        let versions = Versions::new(definitions, asked, &scoring, &query.grouping)?;
        let wanted = Wanted {
            tenant_id,
            instrument_id: &query.instrument_id,
            asked: query.period.unwrap_or(ALL_DAYS),
            compared: query.compare_period,
            view,
            key_column: query.grouping.key_column(),
            needs_ids: query.unit == Unit::CustomerLatest,
        };
        let held = query
            .grouping
            .scheme()
            .map(|scheme| Held::new(definitions, scheme, view));
        let is_by_segment = held.is_some();
        let reads = held.as_ref().is_none_or(Held::is_known);
        let mut reading = Reading::new(query, &scoring, versions, held, responses_max);
        if reads {
            let mut reader = self.store.response_reader().await?;
            let mut read = 0;
            let mut next = BUCKETS_AT_FIRST;
            while read < BUCKETS {
                let buckets: Vec<i32> = (read..BUCKETS.min(read + next)).collect();
                reader
                    .buckets(&buckets, &wanted, &mut |row| reading.take(&row))
                    .await?;
                if reading.has_unknown_version {
                    reader.close().await?;
                    return Ok(None);
                }
                reading.assign(&mut reader, tenant_id).await?;
                reading.finish_buckets().await?;
                read += next;
                next = reading.buckets_of(RESPONSES_AT_A_TIME, read);
            }
            reader.close().await?;
        }
        let now = self.clock.now();
        let newest = reading
            .newest_answer_at
            .map_or(now, |newest| newest.max(now));
        let as_of = query.as_of.unwrap_or(newest);
        let segments_known_since = reading.segments_known_since(as_of);
        // A snapshot that is in force only after the instant told is none, also when asked again.
        let has_groups = !is_by_segment || segments_known_since.is_some();
        let mut used = Some(asked.recorded_at).max(segments_known_since);
        if has_groups {
            used = used.max(reading.newest_recorded_at);
        }
        Ok(Some(Indexed {
            version: asked.version,
            responses_of_other_versions: if has_groups {
                reading.of_other_versions
            } else {
                0
            },
            as_of,
            known_at: query.known_at.or(used).unwrap_or(now),
            snapshot: reading.newest_snapshot(),
            groups: has_groups.then(|| indexed(&scoring, reading.into_groups(), query)),
            scoring,
        }))
    }
}

/// The method applied to the instrument.
fn scoring(asked: &StoredInstrument, query: &IndexQuery) -> Result<Scoring, AppError> {
    let request = MethodRequest {
        method: query.method,
        item_id: query.item_id.as_deref(),
        cut_thousandths: query.cut,
        detractor_cut_thousandths: query.detractor_cut,
        renormalise: query.renormalise,
    };
    Scoring::new(&asked.instrument, &request)
        .map_err(|error| AppError::Invalid(vec![Violation::new(error.field(), error.to_string())]))
}

/// Indices of the groups, those withheld that are too small to be told.
fn indexed(
    scoring: &Scoring,
    groups: BTreeMap<String, Group>,
    query: &IndexQuery,
) -> Vec<IndexedGroup> {
    let counts: Vec<u64> = groups
        .values()
        .map(|group| group.fold.period(Period::Asked).responses)
        .collect();
    let suppressed = suppress(&counts, query.threshold);
    groups
        .into_iter()
        .zip(suppressed)
        .map(|((key, group), suppressed)| {
            let index = |period| group_index(scoring, &group.fold, period);
            let compares = query.compare_period.is_some();
            let mut asked = index(Period::Asked);
            suppress_parts(&mut asked.parts, query.threshold);
            IndexedGroup {
                suppressed,
                index: asked,
                precision: precision(scoring, &group.fold, Period::Asked, query.level),
                compared: compares.then(|| index(Period::Compared)),
                difference: compares
                    .then(|| difference(scoring, &group.fold, query.level))
                    .flatten(),
                customers: group.customers(),
                key,
            }
        })
        .collect()
}
