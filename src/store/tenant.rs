//! Tenants: what a tenant's first fact settles.

use sqlx::PgConnection;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::money::Currency;
use crate::engine::time::{Instant, Zone};

/// What is settled about a tenant; everything but the missing base currency is frozen.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub tenant_id: String,
    /// Decides on which day an instant lies.
    pub zone: Zone,
    /// The currency of scores; `None` until a fact with money arrives.
    pub base_currency: Option<Currency>,
    /// Key of the content hashes.
    pub content_key: Vec<u8>,
}

struct TenantRow {
    time_zone: String,
    base_currency: Option<String>,
    content_key: Vec<u8>,
}

impl TenantRow {
    fn tenant(self, tenant_id: &str) -> Result<Tenant, StoreError> {
        let corrupt = StoreError::Corrupt { entity: "tenant" };
        let base_currency = match self.base_currency {
            None => None,
            Some(code) => match Currency::parse(&code) {
                None => return Err(corrupt),
                known => known,
            },
        };
        Ok(Tenant {
            tenant_id: tenant_id.to_owned(),
            zone: Zone::named(&self.time_zone).ok_or(corrupt)?,
            base_currency,
            content_key: self.content_key,
        })
    }
}

impl Store {
    /// The tenant of an id, if it has any fact.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn tenant(&self, tenant_id: &str) -> Result<Option<Tenant>, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query_as!(
                    TenantRow,
                    "-- store::tenant
                        SELECT time_zone, base_currency, content_key
                        FROM tenants
                        WHERE tenant_id = $1",
                    tenant_id,
                )
                .fetch_optional(pool)
                .await
            })
            .await?;
        row.map(|row| row.tenant(tenant_id)).transpose()
    }
}

/// Settles a tenant, unless it is settled, and reads it back. Comes before any other lock.
///
/// # Errors
///
/// When the store does not answer.
pub async fn tenant_settle_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    zone: &Zone,
    base_currency: Option<Currency>,
) -> Result<Tenant, StoreError> {
    let code = base_currency.map(|currency| currency.code().to_owned());
    sqlx::query!(
        "-- store::tenant_settle_in_tx: insert
        INSERT INTO tenants (tenant_id, time_zone, base_currency, content_key, recorded_at)
        VALUES ($1, $2, $3, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), clock_timestamp())
        ON CONFLICT (tenant_id) DO NOTHING",
        tenant_id,
        zone.name(),
        code,
    )
    .execute(&mut *connection)
    .await?;
    if base_currency.is_some() {
        sqlx::query!(
            "-- store::tenant_settle_in_tx: currency
            UPDATE tenants
            SET base_currency = $2
            WHERE tenant_id = $1 AND base_currency IS NULL",
            tenant_id,
            code,
        )
        .execute(&mut *connection)
        .await?;
    }
    let row = sqlx::query_as!(
        TenantRow,
        "-- store::tenant_settle_in_tx: read
        SELECT time_zone, base_currency, content_key
        FROM tenants
        WHERE tenant_id = $1",
        tenant_id,
    )
    .fetch_one(connection)
    .await?;
    row.tenant(tenant_id)
}

/// Locks the tenant's row, so that definitions have one writer; answers whether the tenant has facts.
///
/// # Errors
///
/// When the store does not answer.
pub async fn tenant_lock_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query!(
        "-- store::tenant_lock_in_tx
        SELECT tenant_id
        FROM tenants
        WHERE tenant_id = $1
        FOR UPDATE",
        tenant_id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Moves the definition epoch of a tenant whose row is locked, and gives the instant of the
/// recording.
///
/// # Errors
///
/// When the store does not answer.
pub async fn tenant_next_epoch_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
) -> Result<Instant, StoreError> {
    let row = sqlx::query!(
        r#"-- store::tenant_next_epoch_in_tx
        UPDATE tenants
        SET definition_epoch = definition_epoch + 1
        WHERE tenant_id = $1
        RETURNING clock_timestamp() AS "recorded_at!: Instant""#,
        tenant_id,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.recorded_at)
}
