//! `migrate`.

use super::server::{database, tell};
use super::{output, progress::Step};
use crate::config::client::{ClientSettings, Output};
use crate::config::database::DatabaseSettings;
use crate::config::environment::Environment;
use crate::serve::Opened;

/// Brings a database to this version and says what it did.
///
/// Safe to repeat, and to run while servers
/// are up: they do the same when they start.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  DATABASE_URL=postgres://user:password@host/name customer-value migrate
  customer-value migrate --data-dir /srv/customer-value")]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Migrate {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the database cannot be opened or migrated.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let database = database(&self.database, &Environment::read())?;
        let opened = Opened::open(&database, self.database.connections, &tell).await?;
        let step = Step::begin("migrating");
        let migrated = opened.store.migrate().await;
        drop(step);
        opened.close().await?;
        let migrated = migrated?;
        match client.output {
            Output::Json => {
                let value = serde_json::json!({"from": migrated.from, "to": migrated.to});
                output::write(&format!("{value:#}\n"))
            }
            Output::Table if migrated.from == migrated.to => output::write(&format!(
                "the database is at schema version {}; nothing to do\n",
                migrated.to
            )),
            Output::Table => output::write(&format!(
                "the database went from schema version {} to {}\n",
                migrated.from, migrated.to
            )),
        }
    }
}
