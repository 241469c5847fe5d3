//! Reads customers page by page, whichever way they are selected.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::App;
use crate::app::error::AppError;
use crate::app::everybody::{CHUNK, Pass};
use crate::app::score_customer::complaints::CustomerComplaints;
use crate::app::score_customer::tree::Position;
use crate::app::score_customer::{Frame, Read};
use crate::app::snapshot::Snapshot;
use crate::engine::score::Referees;
use crate::engine::segment::Scheme;
use crate::ids::CustomerKey;
use crate::store::population::read::Members;
use crate::store::prediction_state::PredictionState;

/// Most customers of a page with complaints, whose descriptions may be long.
const PAGE_WITH_COMPLAINTS: usize = 200;

/// Customers who were read.
#[derive(Debug)]
pub(super) struct Page {
    /// The customers in order; `None` where nothing was recorded by then.
    pub(super) customers: Vec<(CustomerKey, Option<Read>)>,
    /// Share of the work that is done once they are scored.
    pub(super) done_share: f64,
}

/// Where customers come from.
pub(super) enum Source {
    /// A list.
    List(Vec<String>),
    /// The rows of a snapshot.
    Members {
        /// The snapshot.
        snapshot: Arc<Snapshot>,
        /// The scheme.
        scheme: Scheme,
        /// Number of the segment.
        segment: i16,
        /// How many members it has.
        members: i64,
    },
    /// All states.
    Everybody,
    /// All states, for predictions alone.
    Predictions,
}

impl Source {
    /// The members of a segment of a snapshot.
    pub(super) fn segment(snapshot: Arc<Snapshot>, scheme: Scheme, segment: usize) -> Self {
        let number = i16::try_from(segment).unwrap_or(i16::MAX);
        let place = i16::try_from(scheme.index()).unwrap_or(i16::MAX);
        let mut sums = snapshot.segments.iter();
        let of_segment = sums.find(|sum| sum.scheme == place && sum.segment == number);
        Self::Members {
            members: of_segment.map_or(0, |sum| sum.customers),
            snapshot,
            scheme,
            segment: number,
        }
    }
}

/// Reads pages as there is room for them.
pub(super) struct Reader {
    pub(super) app: Arc<App>,
    pub(super) frame: Arc<Frame>,
    pub(super) pages: mpsc::Sender<Page>,
}

impl Reader {
    /// Reads all pages, or until nobody takes them any more.
    pub(super) async fn read(self, source: Source) -> Result<(), AppError> {
        match source {
            Source::List(ids) => self.read_list(&ids).await,
            Source::Members {
                snapshot,
                scheme,
                segment,
                members,
            } => {
                let wanted = Members {
                    take_id: &snapshot.stored.take_id,
                    scheme,
                    segment: Some(segment),
                };
                self.read_members(wanted, members).await
            }
            Source::Everybody => self.read_everybody().await,
            Source::Predictions => self.read_predictions().await,
        }
    }

    /// How many customers a page holds.
    fn page_max(&self) -> usize {
        if self.frame.wanted.complaints {
            PAGE_WITH_COMPLAINTS
        } else {
            CHUNK
        }
    }

    /// Hands a page over once there is room; answers whether anybody takes it.
    async fn hand_over(&self, page: Page) -> bool {
        self.pages.send(page).await.is_ok()
    }

    async fn read_list(&self, ids: &[String]) -> Result<(), AppError> {
        let tenant_id = &self.frame.tenant.tenant_id;
        let mut done = 0;
        for some in ids.chunks(self.page_max()) {
            let key = |id: &String| CustomerKey::new(tenant_id, id);
            let listed: Vec<CustomerKey> = some.iter().map(key).collect();
            let mut keys = listed.clone();
            keys.sort_unstable();
            keys.dedup();
            let read = self.app.read_customers(&self.frame, &keys).await?;
            let read: BTreeMap<CustomerKey, Option<Read>> = keys.into_iter().zip(read).collect();
            let found = |key: CustomerKey| {
                let read = read.get(&key).cloned().flatten();
                (key, read)
            };
            done += some.len();
            let page = Page {
                customers: listed.into_iter().map(found).collect(),
                done_share: share(done as i64, ids.len() as i64),
            };
            if !self.hand_over(page).await {
                break;
            }
        }
        Ok(())
    }

    async fn read_members(&self, wanted: Members<'_>, members: i64) -> Result<(), AppError> {
        let tenant_id = &self.frame.tenant.tenant_id;
        let mut after: Option<CustomerKey> = None;
        let mut done = 0;
        loop {
            let rows = self
                .app
                .store
                .population_members(tenant_id, wanted, after.as_ref(), self.page_max())
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = Some(last.key.clone());
            let keys: Vec<CustomerKey> = rows.into_iter().map(|row| row.key).collect();
            done += keys.len() as i64;
            let read = self.app.read_customers(&self.frame, &keys).await?;
            let page = Page {
                customers: keys.into_iter().zip(read).collect(),
                done_share: share(done, members),
            };
            if !self.hand_over(page).await {
                return Ok(());
            }
        }
    }

    async fn read_everybody(&self) -> Result<(), AppError> {
        let tenant_id = &self.frame.tenant.tenant_id;
        let mut pass = Pass::start();
        loop {
            let chunk = self.page_max();
            let keys = self.app.next_customers(tenant_id, &mut pass, chunk).await?;
            if keys.is_empty() {
                return Ok(());
            }
            let read = self.app.read_customers(&self.frame, &keys).await?;
            let known = keys.into_iter().zip(read);
            let page = Page {
                customers: known.filter(|(_, read)| read.is_some()).collect(),
                done_share: pass.done_share(),
            };
            if !self.hand_over(page).await {
                return Ok(());
            }
        }
    }

    /// Everybody, by the few columns that predictions rest on. Of a customer whose state holds
    /// something newer than is asked for the facts are folded, as for any score.
    async fn read_predictions(&self) -> Result<(), AppError> {
        let tenant_id = &self.frame.tenant.tenant_id;
        let mut pass = Pass::start();
        while !pass.is_done() {
            let (buckets, after) = (pass.buckets(), pass.after());
            let states = self
                .app
                .store
                .prediction_states(tenant_id, &buckets, &after.customer_id, CHUNK)
                .await?;
            pass.go_on(states.len(), states.last().map(|state| &state.key), CHUNK);
            let page = Page {
                customers: self.predictable(states).await?,
                done_share: pass.done_share(),
            };
            if !page.customers.is_empty() && !self.hand_over(page).await {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What predictions need of those customers whom the view knows.
    async fn predictable(
        &self,
        states: Vec<PredictionState>,
    ) -> Result<Vec<(CustomerKey, Option<Read>)>, AppError> {
        let answers = |state: &PredictionState| {
            let view = self.frame.view;
            let happened = state.last_fact_at.is_none_or(|fact| fact <= view.as_of);
            let recorded = state.last_recorded_at.is_none_or(|at| at <= view.known_at);
            state.has_own_facts && happened && recorded
        };
        let others = states.iter().filter(|state| !answers(state));
        let others: Vec<CustomerKey> = others.map(|state| state.key.clone()).collect();
        let mut folded = if others.is_empty() {
            BTreeMap::new()
        } else {
            let read = self.app.read_customers(&self.frame, &others).await?;
            others.into_iter().zip(read).collect()
        };
        let states = states.into_iter();
        let read = states.filter_map(|state| {
            let read = if answers(&state) {
                of_state(state.own)
            } else {
                folded.remove(&state.key).flatten()?
            };
            Some((state.key, Some(read)))
        });
        Ok(read.collect())
    }
}

/// What predictions need of a customer whose state answers.
fn of_state(own: crate::engine::history::CustomerTotals) -> Read {
    Read {
        own: Some(own),
        position: Position::default(),
        referees: Referees::Counted(Vec::new()),
        buyers_brought: 0,
        observed: None,
        satisfaction: Vec::new(),
        complaints: Ok(CustomerComplaints::default()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share to show")]
fn share(done: i64, all: i64) -> f64 {
    if all <= done {
        return 1.0;
    }
    done as f64 / all as f64
}
