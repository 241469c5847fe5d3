//! Bounds how many names of attributes a tenant uses.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::app::error::AppError;
use crate::engine::attribute::{CustomerAttribute, NAMES_MAX};
use crate::store::attribute_name::{attribute_names_in_tx, attribute_names_insert_in_tx};
use crate::store::tenant::tenant_lock_in_tx;

/// Adds names that the tenant does not use yet to those it uses. Only then is the tenant's row
/// locked; so this comes before any other lock.
pub(super) async fn register(
    connection: &mut PgConnection,
    tenant_id: &str,
    facts: &[CustomerAttribute],
) -> Result<(), AppError> {
    let named: BTreeSet<String> = facts.iter().map(|fact| fact.name.clone()).collect();
    if named.is_subset(&attribute_names_in_tx(connection, tenant_id).await?) {
        return Ok(());
    }
    tenant_lock_in_tx(connection, tenant_id).await?;
    // Another may have added names meanwhile.
    let used = attribute_names_in_tx(connection, tenant_id).await?;
    let new: Vec<String> = named.difference(&used).cloned().collect();
    if used.len() + new.len() > NAMES_MAX {
        let first_new = facts.iter().position(|fact| !used.contains(&fact.name));
        return Err(AppError::TooManyAttributeNames {
            item: format!("attributes[{}]", first_new.unwrap_or_default()),
            names_used: used.len(),
            names_new: new.len(),
        });
    }
    Ok(attribute_names_insert_in_tx(connection, tenant_id, &new).await?)
}
