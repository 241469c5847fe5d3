//! Records facts: one transaction for the whole request, facts and states together.
//!
//! Order of locks: the tenant's row (only its first facts), then the states of the customers named,
//! by key. Everything else hangs on those locks: a customer's facts, days and sums have one writer.

pub mod currency;
pub mod moves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::PgConnection;

use super::App;
use super::error::{AppError, FactConflict};
use crate::engine::fact::{Content, Cost, FactKind, FactVoid, Referral, Refund, Transaction};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::customer_state::{
    CustomerState, customer_states_lock_in_tx, customer_states_write_in_tx,
};
use crate::store::fact::{FactRow, StoredContent, content_hash};
use crate::store::tenant::{Tenant, tenant_settle_in_tx};
use crate::store::void::{FactName, VoidRow, voids_insert_in_tx, voids_stored_in_tx};
use crate::store::{cost, referral, refund, transaction};

/// The facts of one request.
#[derive(Clone, Debug)]
pub enum Facts {
    /// Purchases.
    Transactions(Vec<Transaction>),
    /// Money given back.
    Refunds(Vec<Refund>),
    /// Money spent on customers.
    Costs(Vec<Cost>),
    /// Who brought whom.
    Referrals(Vec<Referral>),
    /// Facts that shall count no more.
    Voids(Vec<FactVoid>),
}

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored by this request.
    Created,
    /// Stored before, with the same content.
    Duplicate,
}

/// What all facts have in common.
struct Item {
    customer_id: String,
    kind: Option<FactKind>,
    fact_id: String,
    content: Content,
}

impl Facts {
    fn items(&self) -> Vec<Item> {
        let item = |customer_id: &String, kind, fact_id: &String, content| Item {
            customer_id: customer_id.clone(),
            kind,
            fact_id: fact_id.clone(),
            content,
        };
        match self {
            Self::Transactions(facts) => facts
                .iter()
                .map(|fact| {
                    item(
                        &fact.customer_id,
                        None,
                        &fact.transaction_id,
                        fact.content(),
                    )
                })
                .collect(),
            Self::Refunds(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.refund_id, fact.content()))
                .collect(),
            Self::Costs(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.cost_id, fact.content()))
                .collect(),
            Self::Referrals(facts) => facts
                .iter()
                .map(|fact| item(&fact.referee_id, None, &fact.referral_id, fact.content()))
                .collect(),
            Self::Voids(facts) => facts
                .iter()
                .map(|fact| {
                    item(
                        &fact.customer_id,
                        Some(fact.kind),
                        &fact.fact_id,
                        fact.content(),
                    )
                })
                .collect(),
        }
    }

    /// The name of the request's repeated field.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Transactions(_) => "transactions",
            Self::Refunds(_) => "refunds",
            Self::Costs(_) => "costs",
            Self::Referrals(_) => "referrals",
            Self::Voids(_) => "facts",
        }
    }
}

/// A request, ready for its transaction.
struct Batch {
    facts: Facts,
    items: Vec<Item>,
    keys: Vec<CustomerKey>,
    /// Items that are not repetitions within the request, in the order of key and id.
    unique: Vec<usize>,
    /// Customers to lock, sorted.
    customers: Vec<CustomerKey>,
}

/// A fact's identity: whose, of which kind for voids, and its id.
type Identity<'b> = (&'b CustomerKey, Option<FactKind>, &'b str);

impl Batch {
    fn new(tenant_id: &str, facts: Facts) -> Result<Self, AppError> {
        let items = facts.items();
        let keys: Vec<CustomerKey> = items
            .iter()
            .map(|item| CustomerKey::new(tenant_id, &item.customer_id))
            .collect();
        let mut first: BTreeMap<Identity<'_>, usize> = BTreeMap::new();
        for (index, (item, key)) in items.iter().zip(&keys).enumerate() {
            let earlier = *first
                .entry((key, item.kind, &item.fact_id))
                .or_insert(index);
            let fields = items[earlier].content.differing_fields(&item.content);
            if !fields.is_empty() {
                return Err(conflict(&facts, index, item, fields));
            }
        }
        let unique = first.into_values().collect();
        let mut customers: BTreeSet<CustomerKey> = keys.iter().cloned().collect();
        if let Facts::Referrals(referrals) = &facts {
            customers.extend(
                referrals
                    .iter()
                    .map(|fact| CustomerKey::new(tenant_id, &fact.referrer_id)),
            );
        }
        Ok(Self {
            facts,
            items,
            keys,
            unique,
            customers: customers.into_iter().collect(),
        })
    }

    fn rows<'b, F>(
        &'b self,
        facts: &'b [F],
        tenant: &Tenant,
        occurred_at: impl Fn(&F) -> Instant,
    ) -> Vec<FactRow<'b, F>> {
        self.unique
            .iter()
            .map(|&index| FactRow {
                key: &self.keys[index],
                fact: &facts[index],
                day: tenant.zone.day_of(occurred_at(&facts[index])),
                content_hash: content_hash(&tenant.content_key, &self.items[index].content),
            })
            .collect()
    }

    fn void_rows<'b>(&'b self, facts: &'b [FactVoid], tenant: &Tenant) -> Vec<VoidRow<'b>> {
        self.unique
            .iter()
            .map(|&index| VoidRow {
                key: &self.keys[index],
                fact: &facts[index],
                content_hash: content_hash(&tenant.content_key, &self.items[index].content),
            })
            .collect()
    }
}

fn conflict(facts: &Facts, index: usize, item: &Item, fields: Vec<&'static str>) -> AppError {
    AppError::FactExists(FactConflict {
        item: format!("{}[{index}]", facts.field()),
        fact_id: item.fact_id.clone(),
        fields,
    })
}

impl App {
    /// Records the facts of one request, all or none, and answers each one's outcome in order.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] for amounts that do not fit the tenant's base currency,
    /// [`AppError::FactExists`] for an id that is stored with other content, and what the store
    /// says; nothing is stored then.
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
                            let base = currency::base_of_first(&batch.facts)?;
                            let tenant =
                                tenant_settle_in_tx(connection, &tenant_id, &zone, base).await?;
                            if let Some(base) = tenant.base_currency {
                                currency::check(&batch.facts, base)?;
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
    let (mut states, locked_at) =
        customer_states_lock_in_tx(connection, &tenant.tenant_id, &batch.customers).await?;
    let recorded_at = states
        .values()
        .filter_map(|state| state.last_recorded_at)
        .map(|last| last.plus_micros(1))
        .fold(locked_at, Instant::max);
    let created = insert(connection, tenant, batch, recorded_at).await?;
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

/// The facts that are new, sorted out for [`moves::apply`].
fn batch_moves<'b>(
    batch: &'b Batch,
    tenant: &Tenant,
    created: &BTreeSet<usize>,
) -> moves::NewFacts<'b> {
    fn pick<'b, F>(
        batch: &'b Batch,
        facts: &'b [F],
        created: &BTreeSet<usize>,
    ) -> Vec<(&'b CustomerKey, &'b F)> {
        created
            .iter()
            .map(|&index| (&batch.keys[index], &facts[index]))
            .collect()
    }
    let day = |occurred_at: Instant| -> Day { tenant.zone.day_of(occurred_at) };
    match &batch.facts {
        Facts::Transactions(facts) => moves::NewFacts::Transactions(
            pick(batch, facts, created)
                .into_iter()
                .map(|(key, fact)| (key, fact, day(fact.occurred_at)))
                .collect(),
        ),
        Facts::Refunds(facts) => moves::NewFacts::Refunds(
            pick(batch, facts, created)
                .into_iter()
                .map(|(key, fact)| (key, fact, day(fact.occurred_at)))
                .collect(),
        ),
        Facts::Costs(facts) => moves::NewFacts::Costs(
            pick(batch, facts, created)
                .into_iter()
                .map(|(key, fact)| (key, fact, day(fact.occurred_at)))
                .collect(),
        ),
        Facts::Referrals(facts) => moves::NewFacts::Referrals(
            pick(batch, facts, created)
                .into_iter()
                .map(|(key, fact)| (key, fact, day(fact.occurred_at)))
                .collect(),
        ),
        Facts::Voids(facts) => moves::NewFacts::Voids(pick(batch, facts, created)),
    }
}

/// Inserts what is not stored yet and answers which items that were; refuses the request when a
/// stored fact has other content.
async fn insert(
    connection: &mut PgConnection,
    tenant: &Tenant,
    batch: &Batch,
    recorded_at: Instant,
) -> Result<BTreeSet<usize>, AppError> {
    let tenant_id = &tenant.tenant_id;
    let inserted: BTreeSet<(CustomerKey, Option<FactKind>, String)> = {
        let plain = |rows: Vec<(CustomerKey, String)>| {
            rows.into_iter().map(|(key, id)| (key, None, id)).collect()
        };
        match &batch.facts {
            Facts::Transactions(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(
                    transaction::transactions_insert_in_tx(
                        connection,
                        tenant_id,
                        recorded_at,
                        &rows,
                    )
                    .await?,
                )
            }
            Facts::Refunds(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(
                    refund::refunds_insert_in_tx(connection, tenant_id, recorded_at, &rows).await?,
                )
            }
            Facts::Costs(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(cost::costs_insert_in_tx(connection, tenant_id, recorded_at, &rows).await?)
            }
            Facts::Referrals(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(
                    referral::referrals_insert_in_tx(connection, tenant_id, recorded_at, &rows)
                        .await?,
                )
            }
            Facts::Voids(facts) => {
                let rows = batch.void_rows(facts, tenant);
                voids_insert_in_tx(connection, tenant_id, recorded_at, &rows)
                    .await?
                    .into_iter()
                    .map(|(key, kind, id)| (key, Some(kind), id))
                    .collect()
            }
        }
    };
    let (created, repeated): (Vec<usize>, Vec<usize>) = batch.unique.iter().partition(|&&index| {
        let item = &batch.items[index];
        inserted.contains(&(batch.keys[index].clone(), item.kind, item.fact_id.clone()))
    });
    refuse_other_content(connection, tenant, batch, &repeated).await?;
    Ok(created.into_iter().collect())
}

async fn refuse_other_content(
    connection: &mut PgConnection,
    tenant: &Tenant,
    batch: &Batch,
    repeated: &[usize],
) -> Result<(), AppError> {
    if repeated.is_empty() {
        return Ok(());
    }
    let tenant_id = &tenant.tenant_id;
    let wanted: Vec<(CustomerKey, String)> = repeated
        .iter()
        .map(|&index| {
            (
                batch.keys[index].clone(),
                batch.items[index].fact_id.clone(),
            )
        })
        .collect();
    let contents =
        |stored: Vec<StoredContent>| stored.into_iter().map(|stored| (None, stored)).collect();
    let stored: Vec<(Option<FactKind>, StoredContent)> = match &batch.facts {
        Facts::Transactions(_) => {
            contents(transaction::transactions_stored_in_tx(connection, tenant_id, &wanted).await?)
        }
        Facts::Refunds(_) => {
            let stored = refund::refunds_stored_in_tx(connection, tenant_id, &wanted).await?;
            contents(stored.into_iter().map(|(_, stored)| stored).collect())
        }
        Facts::Costs(_) => {
            let stored = cost::costs_stored_in_tx(connection, tenant_id, &wanted).await?;
            contents(stored.into_iter().map(|(_, _, stored)| stored).collect())
        }
        Facts::Referrals(_) => {
            let stored = referral::referrals_stored_in_tx(connection, tenant_id, &wanted).await?;
            contents(stored.into_iter().map(|(_, stored)| stored).collect())
        }
        Facts::Voids(facts) => {
            let wanted: Vec<FactName> = repeated
                .iter()
                .map(|&index| {
                    (
                        batch.keys[index].clone(),
                        facts[index].kind,
                        facts[index].fact_id.clone(),
                    )
                })
                .collect();
            let stored = voids_stored_in_tx(connection, tenant_id, &wanted).await?;
            stored
                .into_iter()
                .map(|(kind, stored)| (Some(kind), stored))
                .collect()
        }
    };
    let stored: BTreeMap<(CustomerKey, Option<FactKind>, String), StoredContent> = stored
        .into_iter()
        .map(|(kind, stored)| ((stored.key.clone(), kind, stored.fact_id.clone()), stored))
        .collect();
    for &index in repeated {
        let item = &batch.items[index];
        let Some(stored) =
            stored.get(&(batch.keys[index].clone(), item.kind, item.fact_id.clone()))
        else {
            continue;
        };
        if stored.content_hash != content_hash(&tenant.content_key, &item.content) {
            let fields = stored.content.differing_fields(&item.content);
            return Err(conflict(&batch.facts, index, item, fields));
        }
    }
    Ok(())
}
