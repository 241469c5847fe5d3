//! Lists a tenant's complaints as of an instant.
//!
//! As they stand now they are found by what their rows keep. How they stood at another instant only
//! their transitions tell: then complaints are folded batch by batch, up to a bound a call.

use super::App;
use super::complaint::FoldedComplaint;
use super::error::AppError;
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::time::Instant;
use crate::store::complaint::StoredComplaint;
use crate::store::complaint::list::{Place, Wanted};
use crate::store::past::View;

/// Most complaints whose transitions a call for the past folds.
const FOLDED_MAX: usize = 1_000;
/// Most complaints that a call for the past goes by, those it need not fold included.
const PASSED_MAX: i64 = 5_000;
/// Most bytes of a page's complaints, unless a single one has more: with what an answer adds to them
/// a client reads it that accepts messages of 4 MiB, as most do who set no limit.
const PAGE_BYTES_MAX: usize = 2 << 20;
/// Complaints read at a time for the past.
const BATCH: usize = 200;

/// Which page of which list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which complaints.
    pub wanted: Wanted,
    /// For which instant; `None` for now.
    pub as_of: Option<Instant>,
    /// As known at which instant; `None` for everything.
    pub known_at: Option<Instant>,
    /// Where the page before ended.
    pub after: Option<Place>,
    /// Most complaints to answer.
    pub page_size: usize,
}

/// A page of complaints.
#[derive(Clone, Debug, Default)]
pub struct ListedComplaints {
    /// Complaints with the instants they are shown as of.
    pub complaints: Vec<(FoldedComplaint, Instant)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Place>,
    /// About how many bytes the complaints take in an answer.
    bytes: usize,
}

impl ListedComplaints {
    fn is_full(&self, query: &ListQuery) -> bool {
        self.complaints.len() >= query.page_size
    }

    /// Whether a complaint may follow: the first always does, however large it is.
    fn has_room(&self, stored: &StoredComplaint) -> bool {
        self.complaints.is_empty() || self.bytes + stored.answer_bytes() <= PAGE_BYTES_MAX
    }

    fn push(&mut self, folded: FoldedComplaint, as_of: Instant) {
        self.bytes += folded.stored.answer_bytes();
        self.complaints.push((folded, as_of));
    }
}

impl App {
    /// A page of the tenant's complaints.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for a `known_at` in the future, and what the store says.
    pub async fn list_complaints(
        &self,
        tenant_id: &str,
        query: &ListQuery,
    ) -> Result<ListedComplaints, AppError> {
        if query.as_of.is_none() && query.known_at.is_none() {
            return self.list_now(tenant_id, query).await;
        }
        if let Some(known_at) = query.known_at {
            self.wait_until_settled(known_at).await?;
        }
        self.list_then(tenant_id, query).await
    }

    async fn list_now(
        &self,
        tenant_id: &str,
        query: &ListQuery,
    ) -> Result<ListedComplaints, AppError> {
        let now = self.clock.now();
        let limit = i64::try_from(query.page_size).unwrap_or(i64::MAX);
        let found = self
            .store
            .complaints_now(
                tenant_id,
                &query.wanted,
                query.after.as_ref(),
                (now, limit.saturating_add(1), PAGE_BYTES_MAX),
            )
            .await?;
        let mut page = ListedComplaints::default();
        let mut has_more = found.is_cut;
        for stored in found.complaints {
            if page.is_full(query) || !page.has_room(&stored) {
                has_more = true;
                break;
            }
            let folded = FoldedComplaint::of(stored)?;
            let as_of = now.max(folded.view.last_at);
            page.push(folded, as_of);
        }
        page.next = page
            .complaints
            .last()
            .filter(|_| has_more)
            .map(|(last, _)| place(last));
        Ok(page)
    }

    async fn list_then(
        &self,
        tenant_id: &str,
        query: &ListQuery,
    ) -> Result<ListedComplaints, AppError> {
        let now = self.clock.now();
        let view = View {
            as_of: query.as_of.unwrap_or(Instant::LATEST),
            known_at: query.known_at.unwrap_or(Instant::LATEST),
        };
        // One customer has few enough, and an index of their own.
        let until = match query.wanted.customer {
            Some(_) => None,
            None => {
                let bound = (view.as_of, PASSED_MAX);
                let after = query.after.as_ref();
                self.store.complaint_place(tenant_id, after, bound).await?
            }
        };
        let mut page = ListedComplaints::default();
        let mut after = query.after.clone();
        let mut folded_count = 0;
        while folded_count < FOLDED_MAX {
            let found = self
                .store
                .complaints_then(
                    tenant_id,
                    &query.wanted,
                    (after.as_ref(), until.as_ref()),
                    (view, BATCH as i64, PAGE_BYTES_MAX),
                )
                .await?;
            let is_last_batch = found.complaints.len() < BATCH && !found.is_cut;
            for stored in found.complaints {
                let has_room = page.has_room(&stored);
                let folded = FoldedComplaint::of(stored)?;
                let as_of = query.as_of.unwrap_or(now.max(folded.view.last_at));
                let is_wanted = is_wanted(&query.wanted, &folded, as_of);
                if page.is_full(query) || (is_wanted && !has_room) {
                    // There is more to look at than the page holds.
                    page.next = after;
                    return Ok(page);
                }
                folded_count += 1;
                after = Some(place(&folded));
                if is_wanted {
                    page.push(folded, as_of);
                }
            }
            if is_last_batch {
                page.next = until;
                return Ok(page);
            }
        }
        page.next = after;
        Ok(page)
    }
}

fn place(folded: &FoldedComplaint) -> Place {
    let complaint = &folded.stored.complaint;
    Place {
        received_at: complaint.received_at,
        complaint_id: complaint.complaint_id.clone(),
    }
}

/// Whether a complaint is as wanted at the instant it is shown as of.
fn is_wanted(wanted: &Wanted, folded: &FoldedComplaint, as_of: Instant) -> bool {
    let view = &folded.view;
    let state = wanted.state.is_none_or(|state| state == view.state);
    let owner = wanted
        .owner
        .as_ref()
        .is_none_or(|owner| *owner == view.owner);
    let handler = wanted.handler.is_none() || wanted.handler == view.handler;
    let open = !wanted.is_open || view.state.is_open();
    let overdue = !wanted.is_overdue || view.is_overdue(&CLOCKS, as_of);
    state && owner && handler && open && overdue
}
