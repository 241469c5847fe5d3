//! When definitions are in force: models, population snapshots and policies.

use sqlx::PgConnection;

use super::error::StoreError;
use super::tenant::{tenant_lock_in_tx, tenant_next_epoch_in_tx};
use crate::engine::time::Instant;

/// When a definition is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredActivation {
    /// What it is in force as: purchase or spend for models, population for snapshots, policy for
    /// policies.
    pub slot: String,
    /// Family of the definition: its name is family/number.
    pub family: String,
    /// Number of the definition.
    pub number: i32,
    /// From when on.
    pub effective_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// The activations of a tenant by slot, effective and recorded time.
pub(super) async fn activations_of(
    executor: impl sqlx::PgExecutor<'_>,
    tenant_id: &str,
) -> Result<Vec<StoredActivation>, sqlx::Error> {
    sqlx::query_as!(
        StoredActivation,
        r#"-- store::activations_of
        SELECT
            slot, family, number, effective_at AS "effective_at: Instant",
            recorded_at AS "recorded_at: Instant"
        FROM model_activations
        WHERE tenant_id = $1
        ORDER BY slot, effective_at, recorded_at"#,
        tenant_id,
    )
    .fetch_all(executor)
    .await
}

/// Puts a definition in force, unless its slot already says so at that instant.
///
/// # Errors
///
/// When the store does not answer.
pub async fn definition_activate_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    slot: &str,
    definition: (&str, i32),
    effective_at: Instant,
) -> Result<(), StoreError> {
    if !tenant_lock_in_tx(&mut *connection, tenant_id).await? {
        return Ok(());
    }
    let newest = sqlx::query!(
        r#"-- store::definition_activate_in_tx: newest
        SELECT family, number, recorded_at AS "recorded_at: Instant"
        FROM model_activations
        WHERE tenant_id = $1 AND slot = $2 AND effective_at = $3
        ORDER BY recorded_at DESC
        LIMIT 1"#,
        tenant_id,
        slot,
        effective_at as _,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let newest = match newest {
        Some(newest) if (newest.family.as_str(), newest.number) == definition => return Ok(()),
        Some(newest) => Some(newest.recorded_at.plus_micros(1)),
        None => None,
    };
    let recorded_at = tenant_next_epoch_in_tx(&mut *connection, tenant_id).await?;
    let recorded_at = newest.map_or(recorded_at, |next| next.max(recorded_at));
    sqlx::query!(
        "-- store::definition_activate_in_tx: insert
        INSERT INTO model_activations (tenant_id, slot, effective_at, recorded_at, family, number)
        VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id,
        slot,
        effective_at as _,
        recorded_at as _,
        definition.0,
        definition.1,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// From when on a definition holds in a slot at an instant, if it does.
///
/// # Errors
///
/// When the store does not answer.
pub async fn definition_holds_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    slot: &str,
    definition: (&str, i32),
    at: Instant,
) -> Result<Option<Instant>, StoreError> {
    let holding = sqlx::query!(
        r#"-- store::definition_holds_in_tx
        SELECT family, number, effective_at AS "effective_at: Instant"
        FROM model_activations
        WHERE tenant_id = $1 AND slot = $2 AND effective_at <= $3
        ORDER BY effective_at DESC, recorded_at DESC
        LIMIT 1"#,
        tenant_id,
        slot,
        at as _,
    )
    .fetch_optional(connection)
    .await?;
    Ok(holding
        .filter(|holding| (holding.family.as_str(), holding.number) == definition)
        .map(|holding| holding.effective_at))
}
