//! Records facts: one transaction for the whole request, facts and states together.
//!
//! Order of locks: the tenant's row (only its first facts, and new names of attributes), then the
//! states of the customers named, by key. Everything else hangs on those locks: a customer's facts,
//! days and sums have one writer.

mod attribute_names;
pub mod batch;
pub mod currency;
mod insert;
pub mod moves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::PgConnection;

use super::App;
use super::error::AppError;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::customer_state::{
    CustomerState, customer_states_lock_in_tx, customer_states_write_in_tx,
};
use crate::store::tenant::{Tenant, tenant_settle_in_tx};
use batch::Batch;
pub use batch::Facts;

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored by this request.
    Created,
    /// Stored before, with the same content.
    Duplicate,
}

impl App {
    /// Records the facts of one request, all or none, and answers each one's outcome in order.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for amounts that do not fit the tenant's base currency,
    /// [`AppError::FactExists`] for an id that is stored with other content,
    /// [`AppError::TooManyAttributeNames`], and what the store says; nothing is stored then.
    pub async fn record_facts(
        &self,
        tenant_id: &str,
        facts: Facts,
    ) -> Result<Vec<Outcome>, AppError> {
        let settled = self.tenant(tenant_id).await?;
        let needs_currency = currency::first_money(&facts).is_some();
        let settled = settled.filter(|tenant| tenant.base_currency.is_some() || !needs_currency);
        if let Some(base) = settled.as_ref().and_then(|tenant| tenant.base_currency) {
            currency::check(&facts, base)?;
        }
        let batch = Arc::new(Batch::new(tenant_id, facts)?);
        let zone = self.settings.time_zone.clone();
        let tenant_id = tenant_id.to_owned();
        let (outcomes, tenant) = self
            .store
            .run_tx("record_facts", move |connection| {
                let (batch, settled) = (batch.clone(), settled.clone());
                let (tenant_id, zone) = (tenant_id.clone(), zone.clone());
                Box::pin(async move {
                    let tenant = match settled {
                        Some(tenant) => tenant,
                        None => {
                            let base = currency::base_of_first(&batch.facts);
                            let proposed = base.as_ref().ok().copied().flatten();
                            let tenant =
                                tenant_settle_in_tx(connection, &tenant_id, &zone, proposed)
                                    .await?;
                            // Another's first fact may have settled the currency meanwhile.
                            match tenant.base_currency {
                                Some(base) => currency::check(&batch.facts, base)?,
                                None => drop(base?),
                            }
                            tenant
                        }
                    };
                    let outcomes = record_in_tx(connection, &tenant, &batch).await?;
                    Ok::<_, AppError>((outcomes, tenant))
                })
            })
            .await?;
        self.remember_tenant(tenant);
        Ok(outcomes)
    }
}

async fn record_in_tx(
    connection: &mut PgConnection,
    tenant: &Tenant,
    batch: &Batch,
) -> Result<Vec<Outcome>, AppError> {
    if let Facts::Attributes(facts) = &batch.facts {
        attribute_names::register(connection, &tenant.tenant_id, facts).await?;
    }
    let (mut states, locked_at) =
        customer_states_lock_in_tx(connection, &tenant.tenant_id, &batch.customers).await?;
    let recorded_at = next_recording(&states, locked_at);
    let created = insert::insert(connection, tenant, batch, recorded_at).await?;
    if !created.is_empty() {
        let changed = moves::apply(
            connection,
            tenant,
            batch_moves(batch, tenant, &created),
            &mut states,
        )
        .await?;
        let written: Vec<(CustomerKey, CustomerState)> = states
            .into_iter()
            .filter(|(key, _)| changed.contains(key))
            .map(|(key, state)| {
                (
                    key,
                    CustomerState {
                        last_recorded_at: Some(recorded_at),
                        ..state
                    },
                )
            })
            .collect();
        customer_states_write_in_tx(connection, &tenant.tenant_id, &written).await?;
    }
    let mut outcomes = vec![Outcome::Duplicate; batch.items.len()];
    for index in created {
        outcomes[index] = Outcome::Created;
    }
    Ok(outcomes)
}

/// The instant of a recording about customers whose states are locked: later than any before.
pub(super) fn next_recording(
    states: &BTreeMap<CustomerKey, CustomerState>,
    locked_at: Instant,
) -> Instant {
    states
        .values()
        .filter_map(|state| state.last_recorded_at)
        .map(|last| last.plus_micros(1))
        .fold(locked_at, Instant::max)
}

/// The facts that are new, sorted out for [`moves::apply`].
fn batch_moves<'b>(
    batch: &'b Batch,
    tenant: &Tenant,
    created: &BTreeSet<usize>,
) -> moves::NewFacts<'b> {
    let chosen = created.iter().copied();
    match &batch.facts {
        Facts::Transactions(facts) => {
            moves::NewFacts::Transactions(dated(batch, tenant, facts, chosen, |fact| {
                fact.occurred_at
            }))
        }
        Facts::Refunds(facts) => {
            moves::NewFacts::Refunds(dated(batch, tenant, facts, chosen, |fact| fact.occurred_at))
        }
        Facts::Costs(facts) => {
            moves::NewFacts::Costs(dated(batch, tenant, facts, chosen, |fact| fact.occurred_at))
        }
        Facts::Referrals(facts) => {
            moves::NewFacts::Referrals(dated(batch, tenant, facts, chosen, |fact| fact.occurred_at))
        }
        Facts::Responses(facts) => {
            moves::NewFacts::Responses(dated(batch, tenant, facts, chosen, |fact| {
                fact.response.answered_at
            }))
        }
        Facts::Attributes(facts) => {
            moves::NewFacts::Attributes(dated(batch, tenant, facts, chosen, |fact| {
                fact.occurred_at
            }))
        }
        Facts::Contacts(facts) => {
            moves::NewFacts::Contacts(dated(batch, tenant, facts, chosen, |fact| fact.occurred_at))
        }
        Facts::Voids(facts) => moves::NewFacts::Voids(
            chosen
                .map(|index| (&batch.keys[index], &facts[index]))
                .collect(),
        ),
    }
}

/// Chosen facts with their customers and the days they happened on.
fn dated<'b, F>(
    batch: &'b Batch,
    tenant: &Tenant,
    facts: &'b [F],
    chosen: impl Iterator<Item = usize>,
    occurred_at: impl Fn(&F) -> Instant,
) -> Vec<(&'b CustomerKey, &'b F, Day)> {
    chosen
        .map(|index| {
            let fact = &facts[index];
            (
                &batch.keys[index],
                fact,
                tenant.zone.day_of(occurred_at(fact)),
            )
        })
        .collect()
}
