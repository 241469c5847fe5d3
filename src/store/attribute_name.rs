//! The names of attributes a tenant uses.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::error::StoreError;

/// The names a tenant uses.
///
/// # Errors
///
/// When the store does not answer.
pub async fn attribute_names_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
) -> Result<BTreeSet<String>, StoreError> {
    let rows = sqlx::query!(
        "-- store::attribute_names_in_tx
        SELECT name
        FROM attribute_names
        WHERE tenant_id = $1",
        tenant_id,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Adds names to those a tenant uses; belongs under the lock of the tenant's row, which bounds how
/// many there are.
///
/// # Errors
///
/// When the store does not answer.
pub async fn attribute_names_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    names: &[String],
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- store::attribute_names_insert_in_tx
        INSERT INTO attribute_names (tenant_id, name, recorded_at)
        SELECT $1, n.name, clock_timestamp()
        FROM unnest($2::text[]) AS n (name)",
        tenant_id,
        names,
    )
    .execute(connection)
    .await?;
    Ok(())
}
