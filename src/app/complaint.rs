//! Shows a complaint as of an instant: where it stands, what may be the same matter, and what the
//! customer is worth.

use std::sync::Arc;

use super::App;
use super::definitions::InForce;
use super::error::AppError;
use super::score_customer::{ScoreQuery, Scored, Wanted};
use crate::engine::complaint::State;
use crate::engine::complaint::machine::ComplaintView;
use crate::engine::complaint::similarity::{Similarity, WINDOW_MICROS, similarity};
use crate::engine::money::{Currency, Micros};
use crate::engine::policy::Policy;
use crate::engine::score::Reason;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::complaint::StoredComplaint;
use crate::store::error::StoreError;
use crate::store::past::View;

/// Most complaints of a customer that are looked at for duplicates.
const NEIGHBOURS_MAX: i64 = 200;
/// Most duplicates that are suggested.
const DUPLICATES_MAX: usize = 10;

/// A complaint after the transitions that were read.
#[derive(Clone, Debug)]
pub struct FoldedComplaint {
    /// What is stored of it.
    pub stored: StoredComplaint,
    /// Where it stands.
    pub view: ComplaintView,
    /// The state each transition led to.
    pub states: Vec<State>,
}

/// Another complaint that may be the same matter.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// Its id.
    pub complaint_id: String,
    /// When it was received.
    pub received_at: Instant,
    /// Where it stands.
    pub state: State,
    /// What the two have in common.
    pub similarity: Similarity,
}

/// What was found around a complaint.
#[derive(Default)]
struct Neighbours {
    /// What may be the same matter.
    duplicates: Vec<Duplicate>,
    /// When the last of what was read happened.
    last_at: Option<Instant>,
    /// When the newest of it was recorded.
    newest_recorded_at: Option<Instant>,
}

/// What a complaint's customer is worth.
#[derive(Clone, Debug)]
pub struct Stake {
    /// Customer lifetime value, so far and expected.
    pub value: Result<(Micros, Currency), Reason>,
    /// The policy used.
    pub policy: Arc<Policy>,
    /// The models used, purchase before spend.
    pub models: Vec<InForce>,
}

/// A complaint as of an instant.
#[derive(Clone, Debug)]
pub struct ShownComplaint {
    /// The complaint.
    pub folded: FoldedComplaint,
    /// What may be the same matter.
    pub duplicates: Vec<Duplicate>,
    /// What the customer is worth.
    pub stake: Stake,
    /// The instant shown.
    pub as_of: Instant,
    /// What was known: the instant asked for, or the newest recording used.
    pub known_at: Instant,
}

impl FoldedComplaint {
    /// Folds the transitions that were read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if they cannot have happened.
    pub fn of(stored: StoredComplaint) -> Result<Self, StoreError> {
        let mut view = ComplaintView::received(&stored.complaint);
        let mut states = Vec::with_capacity(stored.events.len());
        for stored_event in &stored.events {
            view.replay(&stored_event.event)
                .map_err(|_| StoreError::Corrupt {
                    entity: "history of a complaint",
                })?;
            states.push(view.state);
        }
        Ok(Self {
            stored,
            view,
            states,
        })
    }

    /// What the next transition must be decided on: changes with every transition.
    #[must_use]
    pub fn etag(&self) -> String {
        let events = &self.stored.events;
        let newest = events
            .last()
            .map_or(&self.stored.content_hash, |event| &event.content_hash);
        let digits = newest.iter().take(6).map(|byte| format!("{byte:02x}"));
        format!("{}-{}", events.len(), digits.collect::<String>())
    }
}

impl App {
    /// A complaint as of an instant, as it was known at another.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownComplaint`] if it was not received and recorded by then,
    /// [`AppError::Invalid`] for a `known_at` in the future, and what the store says.
    pub async fn get_complaint(
        &self,
        tenant_id: &str,
        complaint_id: &str,
        (as_of, known_at): (Option<Instant>, Option<Instant>),
    ) -> Result<ShownComplaint, AppError> {
        if let Some(known_at) = known_at {
            self.wait_until_settled(known_at).await?;
        }
        let unknown = || AppError::UnknownComplaint {
            complaint_id: complaint_id.to_owned(),
        };
        let key = self
            .store
            .complaint_customer(tenant_id, complaint_id)
            .await?
            .ok_or_else(unknown)?;
        self.shown(tenant_id, (&key, complaint_id), (as_of, known_at))
            .await?
            .ok_or_else(unknown)
    }

    /// A customer's complaint as of an instant; `None` if it was not received and recorded by then.
    pub(super) async fn shown(
        &self,
        tenant_id: &str,
        (key, complaint_id): (&CustomerKey, &str),
        (as_of, known_at): (Option<Instant>, Option<Instant>),
    ) -> Result<Option<ShownComplaint>, AppError> {
        let view = View {
            as_of: as_of.unwrap_or(Instant::LATEST),
            known_at: known_at.unwrap_or(Instant::LATEST),
        };
        let stored = self
            .store
            .complaint(tenant_id, (key, complaint_id), view)
            .await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let folded = FoldedComplaint::of(stored)?;
        // Without an instant every fact counts that was recorded, one that happens in a moment by its
        // sender's clock included: what is shown is as of the latest of them.
        let scored = self
            .score_customer(
                tenant_id,
                &ScoreQuery {
                    customer_id: key.customer_id.clone(),
                    as_of,
                    known_at,
                    horizon_days: None,
                    policy_version: None,
                    referees: false,
                    wanted: Wanted::default(),
                },
            )
            .await?;
        let neighbours = self.duplicates(tenant_id, &folded, view).await?;
        let latest = [scored.as_of, folded.view.last_at];
        let latest = latest.into_iter().chain(neighbours.last_at).max();
        let as_of = as_of.or(latest).unwrap_or(scored.as_of);
        let newest_used = [
            Some(folded.stored.newest_recorded_at()),
            neighbours.newest_recorded_at,
        ]
        .into_iter()
        .flatten()
        .fold(scored.known_at, Instant::max);
        Ok(Some(ShownComplaint {
            duplicates: neighbours.duplicates,
            stake: stake(scored),
            as_of,
            known_at: known_at.unwrap_or(newest_used),
            folded,
        }))
    }

    /// Open complaints of the same customer that may be the same matter.
    async fn duplicates(
        &self,
        tenant_id: &str,
        folded: &FoldedComplaint,
        view: View,
    ) -> Result<Neighbours, AppError> {
        let this = &folded.stored.complaint;
        let from = this.received_at.plus_micros(-WINDOW_MICROS);
        let until = this.received_at.plus_micros(WINDOW_MICROS);
        let neighbours = self
            .store
            .complaints_of_customer(
                tenant_id,
                &folded.stored.key,
                (from.max(Instant::EARLIEST)..=until, NEIGHBOURS_MAX),
                view,
            )
            .await?;
        let mut found = Neighbours::default();
        for stored in neighbours {
            let other = &stored.complaint;
            if other.complaint_id == this.complaint_id {
                continue;
            }
            let recorded_at = Some(stored.newest_recorded_at());
            found.newest_recorded_at = found.newest_recorded_at.max(recorded_at);
            found.last_at = found.last_at.max(Some(stored.last_at()));
            let Some(similarity) = similarity(this, other) else {
                continue;
            };
            let other = FoldedComplaint::of(stored)?;
            if other.view.state.is_open() {
                found.duplicates.push(Duplicate {
                    complaint_id: other.stored.complaint.complaint_id,
                    received_at: other.stored.complaint.received_at,
                    state: other.view.state,
                    similarity,
                });
            }
        }
        // Stable: among equals those received last stay first.
        found.duplicates.sort_by(|left, right| {
            let rank = |duplicate: &Duplicate| duplicate.similarity.shared.len();
            rank(right).cmp(&rank(left)).then_with(|| {
                let (left, right) = (left.similarity.subject, right.similarity.subject);
                right.total_cmp(&left)
            })
        });
        found.duplicates.truncate(DUPLICATES_MAX);
        Ok(found)
    }
}

fn stake(scored: Scored) -> Stake {
    let total = match (scored.score.clv_to_date, scored.score.expected()) {
        (Ok(to_date), Ok(expected)) => Ok(to_date + expected),
        (Err(reason), _) | (_, Err(reason)) => Err(reason),
    };
    let value = match (total, scored.currency) {
        (Ok(total), Some(currency)) => Ok((total, currency)),
        (Err(reason), Some(_)) => Err(reason),
        (_, None) => Err(Reason::NoPurchase),
    };
    Stake {
        value,
        policy: scored.policy,
        models: [scored.purchase_model, scored.spend_model]
            .into_iter()
            .flatten()
            .collect(),
    }
}
