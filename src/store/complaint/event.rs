//! Transitions as rows: which column holds what of which kind.

use sqlx::PgConnection;

use super::{StoredEvent, at_place, number};
use crate::engine::complaint::Severity;
use crate::engine::complaint::transition::{
    ActionPlace, CorrectiveAction, Event, Move, MoveKind, WaitingFor,
};
use crate::engine::fact::Content;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::fact::content_hash;
use crate::store::tenant::Tenant;

/// A transition's columns, as a join reads them: all empty where a complaint has none.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct EventRow {
    event_id: Option<String>,
    transition: Option<i16>,
    actor: Option<String>,
    event_occurred_at: Option<Instant>,
    occurred_at_told: Option<bool>,
    event_recorded_at: Option<Instant>,
    note: Option<String>,
    event_content_hash: Option<Vec<u8>>,
    #[sqlx(flatten)]
    carried: Carried,
}

/// The columns of what a transition carries.
#[derive(Debug, Default, sqlx::FromRow)]
struct Carried {
    person: Option<String>,
    is_valid: Option<bool>,
    #[sqlx(rename = "event_severity")]
    severity: Option<i16>,
    #[sqlx(rename = "event_category")]
    category: Option<String>,
    waiting_for: Option<i16>,
    resume_due_at: Option<Instant>,
    statement: Option<String>,
    root_cause: Option<String>,
    action_place: Option<i16>,
    action_reference: Option<String>,
    action_waiver: Option<String>,
    is_accepted: Option<bool>,
    satisfied: Option<i16>,
}

/// The columns of a transition, as [`EventRow`] reads them.
macro_rules! event_columns {
    () => {
        "
            e.event_id, e.transition, e.actor, e.occurred_at AS event_occurred_at,
            e.occurred_at_told, e.recorded_at AS event_recorded_at, e.note,
            e.content_hash AS event_content_hash, e.person, e.is_valid,
            e.severity AS event_severity, e.category AS event_category, e.waiting_for,
            e.resume_due_at, e.statement, e.root_cause, e.action_place, e.action_reference,
            e.action_waiver, e.is_accepted, e.satisfied
        "
    };
}
pub(super) use event_columns;

impl EventRow {
    /// The transition; `None` where the join found none.
    pub(super) fn event(self) -> Result<Option<StoredEvent>, StoreError> {
        let Some(transition) = self.transition else {
            return Ok(None);
        };
        let kind = at_place(&MoveKind::ALL, transition, "kind of transition")?;
        let corrupt = || StoreError::Corrupt {
            entity: "transition",
        };
        Ok(Some(StoredEvent {
            event: Event {
                event_id: self.event_id.ok_or_else(corrupt)?,
                actor: self.actor.ok_or_else(corrupt)?,
                occurred_at: self.event_occurred_at.ok_or_else(corrupt)?,
                is_occurred_at_told: self.occurred_at_told.ok_or_else(corrupt)?,
                note: self.note,
                transition: self.carried.transition(kind)?.ok_or_else(corrupt)?,
            },
            recorded_at: self.event_recorded_at.ok_or_else(corrupt)?,
            content_hash: self.event_content_hash.ok_or_else(corrupt)?,
        }))
    }
}

impl Carried {
    /// The columns of a transition.
    fn of(transition: &Move) -> Self {
        let none = Self::default();
        match transition.clone() {
            Move::Acknowledge | Move::Return | Move::Resume | Move::Accept => none,
            Move::Assess {
                is_valid,
                assessor,
                severity,
                category,
            } => Self {
                person: Some(assessor),
                is_valid: Some(is_valid),
                severity: severity.map(|severity| number(severity.index())),
                category,
                ..none
            },
            Move::Dispatch { handler: person } | Move::Offer { new_owner: person } => Self {
                person: Some(person),
                ..none
            },
            Move::Pause {
                waiting_for,
                reason,
                resume_due_at,
            } => Self {
                waiting_for: Some(number(waiting_for.index())),
                statement: Some(reason),
                resume_due_at,
                ..none
            },
            Move::Resolve {
                resolution,
                root_cause,
                corrective_action,
            } => Self {
                statement: Some(resolution),
                root_cause,
                ..Self::of_action(corrective_action)
            },
            Move::Explain {
                explanation: statement,
            }
            | Move::Reopen { reason: statement }
            | Move::Withdraw { reason: statement } => Self {
                statement: Some(statement),
                ..none
            },
            Move::FollowUp {
                is_accepted,
                satisfied,
            } => Self {
                is_accepted: Some(is_accepted),
                satisfied: Some(satisfied),
                ..none
            },
            Move::Close {
                root_cause,
                corrective_action,
            } => Self {
                root_cause,
                ..Self::of_action(corrective_action)
            },
        }
    }

    fn of_action(action: Option<CorrectiveAction>) -> Self {
        let none = Self::default();
        match action {
            None => none,
            Some(CorrectiveAction::Linked { place, reference }) => Self {
                action_place: Some(number(place.index())),
                action_reference: Some(reference),
                ..none
            },
            Some(CorrectiveAction::Waived { reason }) => Self {
                action_waiver: Some(reason),
                ..none
            },
        }
    }

    /// What a transition of a kind carries; `None` if something is missing.
    fn transition(self, kind: MoveKind) -> Result<Option<Move>, StoreError> {
        let action = self.action()?;
        let severity = self
            .severity
            .map(|place| at_place(&Severity::ALL, place, "severity"))
            .transpose()?;
        let waiting_for = self
            .waiting_for
            .map(|place| at_place(&WaitingFor::ALL, place, "pause"))
            .transpose()?;
        let found = || {
            Some(match kind {
                MoveKind::Acknowledge => Move::Acknowledge,
                MoveKind::Return => Move::Return,
                MoveKind::Resume => Move::Resume,
                MoveKind::Accept => Move::Accept,
                MoveKind::Assess => Move::Assess {
                    is_valid: self.is_valid?,
                    assessor: self.person?,
                    severity,
                    category: self.category,
                },
                MoveKind::Dispatch => Move::Dispatch {
                    handler: self.person?,
                },
                MoveKind::Offer => Move::Offer {
                    new_owner: self.person?,
                },
                MoveKind::Pause => Move::Pause {
                    waiting_for: waiting_for?,
                    reason: self.statement?,
                    resume_due_at: self.resume_due_at,
                },
                MoveKind::Resolve => Move::Resolve {
                    resolution: self.statement?,
                    root_cause: self.root_cause,
                    corrective_action: action,
                },
                MoveKind::Explain => Move::Explain {
                    explanation: self.statement?,
                },
                MoveKind::Reopen => Move::Reopen {
                    reason: self.statement?,
                },
                MoveKind::Withdraw => Move::Withdraw {
                    reason: self.statement?,
                },
                MoveKind::FollowUp => Move::FollowUp {
                    is_accepted: self.is_accepted?,
                    satisfied: self.satisfied?,
                },
                MoveKind::Close => Move::Close {
                    root_cause: self.root_cause,
                    corrective_action: action,
                },
            })
        };
        Ok(found())
    }

    fn action(&self) -> Result<Option<CorrectiveAction>, StoreError> {
        Ok(
            match (
                self.action_place,
                &self.action_reference,
                &self.action_waiver,
            ) {
                (Some(place), Some(reference), _) => Some(CorrectiveAction::Linked {
                    place: at_place(&ActionPlace::ALL, place, "corrective action")?,
                    reference: reference.clone(),
                }),
                (_, _, Some(reason)) => Some(CorrectiveAction::Waived {
                    reason: reason.clone(),
                }),
                (_, _, None) => None,
            },
        )
    }
}

/// Inserts a transition of a complaint whose customer's state is locked, as the next of its order.
///
/// # Errors
///
/// When the store does not answer.
pub async fn complaint_event_insert_in_tx(
    connection: &mut PgConnection,
    tenant: &Tenant,
    (key, complaint_id): (&CustomerKey, &str),
    (event, sequence): (&Event, usize),
    recorded_at: Instant,
) -> Result<(), StoreError> {
    let carried = Carried::of(&event.transition);
    let hash = content_hash(&tenant.content_key, &event.content());
    sqlx::query!(
        "-- store::complaint_event_insert_in_tx
        INSERT INTO complaint_events (
            bucket, tenant_id, customer_id, complaint_id, sequence, event_id, transition, actor,
            occurred_at, occurred_at_told, recorded_at, note, person, is_valid, severity, category,
            waiting_for, resume_due_at, statement, root_cause, action_place, action_reference,
            action_waiver, is_accepted, satisfied, content_hash, content_version
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27
        )",
        key.bucket,
        tenant.tenant_id,
        key.customer_id,
        complaint_id,
        i64::try_from(sequence).unwrap_or(i64::MAX),
        event.event_id,
        number(event.transition.kind().index()),
        event.actor,
        event.occurred_at as _,
        event.is_occurred_at_told,
        recorded_at as _,
        event.note,
        carried.person,
        carried.is_valid,
        carried.severity,
        carried.category,
        carried.waiting_for,
        carried.resume_due_at as _,
        carried.statement,
        carried.root_cause,
        carried.action_place,
        carried.action_reference,
        carried.action_waiver,
        carried.is_accepted,
        carried.satisfied,
        &hash,
        Content::VERSION,
    )
    .execute(connection)
    .await?;
    Ok(())
}
