//! Brings a database to the schema of this version.

use sqlx::migrate::Migrator;

use super::error::StoreError;
use super::pool::Store;

/// The migrations, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Schema version before, 0 for an empty database.
    pub from: i64,
    /// Schema version now.
    pub to: i64,
}

impl Store {
    /// Brings the database to this version; safe to run from many places at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Migrate`] when a migration fails or the database is newer than this version.
    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        let from = self.schema_version().await?;
        MIGRATIONS
            .run(&self.pool)
            .await
            .map_err(StoreError::Migrate)?;
        Ok(Migrated {
            from,
            to: self.schema_version().await?,
        })
    }

    /// The schema version found; 0 for an empty database.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let exists: bool = self
            .read(|pool| async move {
                sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
                    .fetch_one(pool)
                    .await
            })
            .await?;
        if !exists {
            return Ok(0);
        }
        self.read(|pool| async move {
            sqlx::query_scalar(
                "SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success",
            )
            .fetch_one(pool)
            .await
        })
        .await
    }
}
