//! Scores many customers at one instant: those of a list, of a segment, or all.
//!
//! Customers are read page by page, each page in statements of its own that hold no connection between
//! them; a page is read while the one before is scored, and no page before there is room for it. All
//! pages are about one view, the facts that had happened by `as_of` as they were known at `known_at`,
//! and that instant is settled before: whatever is recorded meanwhile changes nothing. From the page
//! on a score is the same function as that of a single customer.

mod pages;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::App;
use super::error::AppError;
use super::score_customer::{Frame, FrameQuery, Read, Scored, Wanted};
use super::segment::YIELD_EVERY;
use crate::engine::outlook::Totals;
use crate::engine::segment::Scheme;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::past::View;
use pages::{Page, Reader, Source};

/// Pages that may wait to be scored.
const PAGES_WAITING_MAX: usize = 1;
/// Customers whose predictions are computed without letting others have the thread: about a
/// millisecond's work.
const PREDICTED_AT_ONCE: usize = 256;

/// Whom to score.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Customers by id, in this order; one named twice is answered twice.
    Customers(Vec<String>),
    /// The members of a segment.
    Segment {
        /// The scheme.
        scheme: Scheme,
        /// Which of its segments.
        segment: usize,
        /// Name of the snapshot; `None` for the one in force.
        snapshot: Option<String>,
    },
    /// Everybody who is known.
    Everybody,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct ScoresQuery {
    /// Whom to score.
    pub selection: Selection,
    /// For which instant; `None` for now, or the newest fact if that is later.
    pub as_of: Option<Instant>,
    /// As known at which instant; `None` for the database's clock.
    pub known_at: Option<Instant>,
    /// Days to look ahead; `None` for the policy's.
    pub horizon_days: Option<i32>,
    /// Policy version; `None` for the one in force.
    pub policy_version: Option<String>,
    /// Which components.
    pub wanted: Wanted,
    /// Nothing but predictions is wanted: what else a score holds need not be right.
    pub only_predictions: bool,
    /// The scores are to be added up.
    pub totals: bool,
}

/// A customer and the score; `None` where nothing was recorded by then.
pub type ScoredCustomer = (String, Option<Scored>);

/// Some scores, in order.
#[derive(Debug)]
pub struct ScoredChunk {
    /// The scores.
    pub customers: Vec<ScoredCustomer>,
    /// Share of the work that is done, as far as these.
    pub done_share: f64,
}

/// Scores on their way. Dropped, it reads no further.
#[derive(Debug)]
pub struct Scores {
    /// `None` for a tenant without any fact.
    frame: Option<Arc<Frame>>,
    pages: mpsc::Receiver<Page>,
    reader: JoinSet<Result<(), AppError>>,
    /// What is left of the page being scored.
    customers: std::vec::IntoIter<(CustomerKey, Option<Read>)>,
    done_share: f64,
    chunk: usize,
    /// Sums over the scores so far, if they are wanted.
    totals: Option<Totals>,
}

/// Sums over scores, and what they rest on.
#[derive(Debug)]
pub(crate) struct ScoredTotals<'s> {
    /// The sums.
    pub(crate) totals: Totals,
    /// Whose they are; `None` for a tenant without any fact.
    pub(crate) frame: Option<&'s Frame>,
}

impl App {
    /// Begins to score customers.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for a `known_at` in the future, [`AppError::StillSettling`],
    /// [`AppError::UnknownPolicy`], [`AppError::UnknownSnapshot`], [`AppError::NoSnapshot`], and what
    /// the store says.
    pub async fn score_customers(
        self: &Arc<Self>,
        tenant_id: &str,
        query: ScoresQuery,
    ) -> Result<Scores, AppError> {
        let known_at = match query.known_at {
            Some(known_at) => known_at,
            None => self.store.database_now().await?,
        };
        self.wait_until_settled(known_at).await?;
        let (sender, pages) = mpsc::channel(PAGES_WAITING_MAX);
        let mut scores = Scores {
            frame: None,
            pages,
            reader: JoinSet::new(),
            customers: Vec::new().into_iter(),
            done_share: 0.0,
            chunk: if query.wanted.segments {
                YIELD_EVERY
            } else {
                PREDICTED_AT_ONCE
            },
            totals: query.totals.then(Totals::default),
        };
        let definitions = self.definitions(tenant_id).await?;
        let Some(tenant) = self.tenant(tenant_id).await? else {
            definitions.policy(query.policy_version.as_deref(), known_at, known_at)?;
            scores.customers = nobody(tenant_id, query.selection)?.into_iter();
            scores.done_share = 1.0;
            return Ok(scores);
        };
        let as_of = match query.as_of {
            Some(as_of) => as_of,
            None => self.latest_of(tenant_id, &query.selection).await?,
        };
        let view = View { as_of, known_at };
        let policy = definitions.policy(query.policy_version.as_deref(), as_of, known_at)?;
        let source = match query.selection {
            Selection::Customers(ids) => Source::List(ids),
            Selection::Segment {
                scheme,
                segment,
                snapshot,
            } => {
                let snapshot = match snapshot {
                    Some(name) => {
                        let name = Some(name.as_str());
                        self.snapshot_asked(tenant_id, &definitions, name).await?
                    }
                    None => {
                        let in_force = self
                            .snapshot_in_force(tenant_id, &definitions, as_of, known_at)
                            .await?;
                        in_force.ok_or(AppError::NoSnapshot)?.0
                    }
                };
                Source::segment(snapshot, scheme, segment)
            }
            Selection::Everybody if query.only_predictions => Source::Predictions,
            Selection::Everybody => Source::Everybody,
        };
        let asked = FrameQuery {
            view,
            horizon_days: query.horizon_days,
            wanted: query.wanted,
        };
        let frame = Arc::new(self.frame(tenant, definitions, asked, policy).await?);
        scores.frame = Some(frame.clone());
        let reader = Reader {
            app: self.clone(),
            frame,
            pages: sender,
        };
        let read = reader.read(source).in_current_span();
        scores.reader.spawn(read);
        Ok(scores)
    }

    /// Now, or when the newest fact of those who are asked for happened if that is later.
    async fn latest_of(
        &self,
        tenant_id: &str,
        selection: &Selection,
    ) -> Result<Instant, StoreError> {
        let newest = match selection {
            Selection::Customers(ids) => {
                let keys: Vec<CustomerKey> = ids
                    .iter()
                    .map(|id| CustomerKey::new(tenant_id, id))
                    .collect();
                let states = self.store.customer_states(tenant_id, &keys).await?;
                let spans = states.iter().flatten().map(|found| found.state.fact_span);
                spans.flatten().map(|span| span.last).max()
            }
            Selection::Segment { .. } | Selection::Everybody => {
                self.store.newest_fact_at(tenant_id).await?
            }
        };
        let now = self.clock.now();
        Ok(newest.map_or(now, |newest| newest.max(now)))
    }
}

/// The customers of a tenant of whom nothing was ever recorded.
fn nobody(
    tenant_id: &str,
    selection: Selection,
) -> Result<Vec<(CustomerKey, Option<Read>)>, AppError> {
    match selection {
        Selection::Customers(ids) => Ok(ids
            .iter()
            .map(|id| (CustomerKey::new(tenant_id, id), None))
            .collect()),
        Selection::Segment {
            snapshot: Some(name),
            ..
        } => Err(AppError::UnknownSnapshot { name }),
        Selection::Segment { snapshot: None, .. } => Err(AppError::NoSnapshot),
        Selection::Everybody => Ok(Vec::new()),
    }
}

impl Scores {
    /// The next scores; `None` after the last.
    ///
    /// # Errors
    ///
    /// What the store says; nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<ScoredChunk>, AppError> {
        while self.customers.len() == 0 {
            let Some(page) = self.pages.recv().await else {
                return self.end().await;
            };
            self.customers = page.customers.into_iter();
            self.done_share = page.done_share;
        }
        tokio::task::yield_now().await;
        let some = self.customers.by_ref().take(self.chunk);
        let frame = self.frame.as_deref();
        let totals = &mut self.totals;
        let customers = some.map(|(key, read)| {
            let scored = frame.zip(read).map(|(frame, read)| frame.score(read));
            if let Some(totals) = totals {
                let scored = scored.as_ref();
                let outlook = scored.and_then(|scored| scored.outlook.as_ref());
                totals.add(scored.map(|scored| &scored.score), outlook);
            }
            (key.customer_id, scored)
        });
        Ok(Some(ScoredChunk {
            customers: customers.collect(),
            done_share: self.done_share,
        }))
    }

    /// Sums over the scores so far, added in their order; `None` where they are not wanted.
    pub(crate) fn totals(&self) -> Option<ScoredTotals<'_>> {
        Some(ScoredTotals {
            totals: self.totals?,
            frame: self.frame.as_deref(),
        })
    }

    /// Why there are no more pages.
    async fn end(&mut self) -> Result<Option<ScoredChunk>, AppError> {
        match self.reader.join_next().await {
            None => Ok(None),
            Some(Ok(ended)) => ended.map(|()| None),
            Some(Err(_)) => Err(StoreError::Stopped.into()),
        }
    }
}
