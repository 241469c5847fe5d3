//! From settings to a server.

use crate::config::database::DatabaseSettings;
use crate::config::environment::Environment;
use crate::engine::time::Zone;
use crate::serve::{Database, PrivateDatabase};
use crate::store::private_postgres::default_directory;

use super::failure::WrongUsage;

/// Which database the settings mean.
///
/// # Errors
///
/// [`WrongUsage`] when there is no place for a private one.
pub fn database(
    settings: &DatabaseSettings,
    environment: &Environment,
) -> Result<Database, WrongUsage> {
    let url = settings.database_url.as_ref().map(|url| url.reveal());
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        return Ok(Database::Url(url.to_owned()));
    }
    let directory = settings.data_dir.clone().or_else(|| {
        default_directory(
            environment.xdg_data_home.as_deref(),
            environment.home.as_deref(),
        )
    });
    let directory = directory.ok_or_else(|| {
        WrongUsage("there is no home directory for the data; choose one with --data-dir".into())
    })?;
    Ok(Database::Private(PrivateDatabase {
        directory,
        binaries: settings.postgres_binaries.clone(),
        search_path: environment.search_path.clone(),
    }))
}

/// The zone of a name.
///
/// # Errors
///
/// [`WrongUsage`] for names that no zone has.
pub fn zone(name: &str) -> Result<Zone, WrongUsage> {
    Zone::named(name).ok_or_else(|| {
        WrongUsage(format!(
            "there is no time zone {name:?}; --time-zone takes an IANA name such as Europe/Berlin"
        ))
    })
}

/// Tells a person what a start that takes seconds is doing.
pub fn tell(message: &str) {
    eprintln!("{message}");
}
