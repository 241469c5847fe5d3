//! `config check`.

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::json;

use super::output;
use super::server::{database, zone};
use super::table::{Side, table};
use crate::config::client::{ClientSettings, Output};
use crate::config::database::DatabaseSettings;
use crate::config::environment::Environment;
use crate::config::listen::{ListenSettings, ZoneSettings};
use crate::config::logs::LogSettings;
use crate::serve::Database;

/// Prints the settings and where they come from.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value config check
  CUSTOMER_VALUE_LISTEN=0.0.0.0:50051 customer-value config check --output json")]
pub struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// Print every setting, where it comes from and its unit; secrets are hidden
    #[command(after_help = "\
Example:
  customer-value config check --data-dir /srv/customer-value")]
    Check(Box<Check>),
}

#[derive(Clone, Debug, clap::Args)]
struct Check {
    #[command(flatten)]
    listen: ListenSettings,
    #[command(flatten)]
    zone: ZoneSettings,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// A setting as it is shown: name, value, unit.
type Shown = (&'static str, String, &'static str);

impl Config {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When a setting cannot be used.
    pub fn run(
        &self,
        client: &ClientSettings,
        logs: &LogSettings,
        matches: &ArgMatches,
    ) -> anyhow::Result<()> {
        let Action::Check(check) = &self.action;
        zone(&check.zone.time_zone)?;
        let shown = check.shown(client, logs)?;
        let leaf = matches
            .subcommand_matches("config")
            .and_then(|matches| matches.subcommand_matches("check"));
        let source = |name: &str| match leaf.and_then(|leaf| leaf.value_source(name)) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        match client.output {
            Output::Table => {
                let columns =
                    ["setting", "value", "source", "unit"].map(|title| (title, Side::Left));
                let rows: Vec<Vec<String>> = shown
                    .iter()
                    .map(|(name, value, unit)| {
                        vec![
                            flag(name),
                            value.clone(),
                            source(name).to_owned(),
                            (*unit).to_owned(),
                        ]
                    })
                    .collect();
                output::write(&table(&columns, &rows))
            }
            Output::Json => {
                let settings: Vec<_> = shown
                    .iter()
                    .map(|(name, value, unit)| {
                        json!({
                            "setting": flag(name),
                            "value": value,
                            "source": source(name),
                            "unit": unit,
                        })
                    })
                    .collect();
                output::write(&format!("{:#}\n", json!({ "settings": settings })))
            }
        }
    }
}

impl Check {
    fn shown(&self, client: &ClientSettings, logs: &LogSettings) -> anyhow::Result<Vec<Shown>> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let path = |path: &std::path::Path| path.display().to_string();
        let (url, directory) = match database(&self.database, &Environment::read())? {
            Database::Url(_) => {
                let url = self
                    .database
                    .database_url
                    .as_ref()
                    .map(|url| url.redacted());
                (or_dash(url), "- (not used)".to_owned())
            }
            Database::Private(private) => ("-".to_owned(), path(&private.directory)),
        };
        let binaries = self.database.postgres_binaries.as_deref().map(path);
        let output = match client.output {
            Output::Table => "table",
            Output::Json => "json",
        };
        Ok(vec![
            ("listen", self.listen.listen.to_string(), "address"),
            ("time_zone", self.zone.time_zone.clone(), "IANA name"),
            ("database_url", url, "URL"),
            ("data_dir", directory, "directory"),
            ("postgres_binaries", or_dash(binaries), "directory"),
            (
                "connections",
                self.database.connections.to_string(),
                "connections",
            ),
            ("server", client.server.clone(), "URL"),
            ("tenant", client.tenant.clone(), "id"),
            ("output", output.to_owned(), "form"),
            ("log", or_dash(logs.log.clone()), "filter"),
            ("log_json", logs.log_json.to_string(), "yes or no"),
            (
                "otlp_traces_endpoint",
                or_dash(logs.otlp_traces_endpoint.clone()),
                "URL",
            ),
            ("otlp_endpoint", or_dash(logs.otlp_endpoint.clone()), "URL"),
        ])
    }
}

fn flag(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}
