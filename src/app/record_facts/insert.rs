//! Inserts facts that are not stored yet, and refuses those stored with other content.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use super::batch::{Batch, Facts, conflict};
use crate::app::error::AppError;
use crate::engine::fact::FactKind;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::fact::{StoredContent, content_hash};
use crate::store::tenant::Tenant;
use crate::store::void::{FactName, voids_insert_in_tx, voids_stored_in_tx};
use crate::store::{attribute, contact, cost, referral, refund, response, transaction};

/// Inserts what is not stored yet and answers which items that were; refuses the request when a
/// stored fact has other content.
pub(super) async fn insert(
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
            Facts::Responses(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.response.answered_at);
                plain(
                    response::responses_insert_in_tx(connection, tenant_id, recorded_at, &rows)
                        .await?,
                )
            }
            Facts::Attributes(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(
                    attribute::attributes_insert_in_tx(connection, tenant_id, recorded_at, &rows)
                        .await?,
                )
            }
            Facts::Contacts(facts) => {
                let rows = batch.rows(facts, tenant, |fact| fact.occurred_at);
                plain(
                    contact::contacts_insert_in_tx(connection, tenant_id, recorded_at, &rows)
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
        Facts::Responses(_) => {
            contents(response::responses_stored_in_tx(connection, tenant_id, &wanted).await?)
        }
        Facts::Attributes(_) => {
            contents(attribute::attributes_stored_in_tx(connection, tenant_id, &wanted).await?)
        }
        Facts::Contacts(_) => {
            contents(contact::contacts_stored_in_tx(connection, tenant_id, &wanted).await?)
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
