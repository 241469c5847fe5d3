//! Where the facts are kept.

use std::path::PathBuf;

/// The URL of a database. It may hold a password, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl DatabaseUrl {
    /// The URL with its secrets, for the driver.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Scheme, host, port and database name; everything else is left out.
    #[must_use]
    pub fn redacted(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return "***".to_owned();
        };
        let (place, query) = match rest.split_once('?') {
            Some((place, _)) => (place, "?***"),
            None => (rest, ""),
        };
        // A password may hold any sign, so that the last @ before the query ends it.
        let (user, host) = match place.rsplit_once('@') {
            Some((_, host)) => ("***@", host),
            None => ("", place),
        };
        format!("{scheme}://{user}{host}{query}")
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.redacted())
    }
}

/// Settings of the commands that open a database.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Database options")]
pub struct DatabaseSettings {
    /// PostgreSQL to use; without it a private one is started and stopped with the command
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,

    /// Directory of the private PostgreSQL and its downloaded programs [default:
    /// /var/lib/customer-value for root, else customer-value in the user's data home]
    #[arg(long, env = "CUSTOMER_VALUE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Directory of initdb and postgres, version 14 or newer [default: found on the machine, else
    /// downloaded once]
    #[arg(long, env = "CUSTOMER_VALUE_POSTGRES_BINARIES", value_name = "DIR")]
    pub postgres_binaries: Option<PathBuf>,

    /// Most connections to the database
    #[arg(
        long,
        env = "CUSTOMER_VALUE_CONNECTIONS",
        value_name = "COUNT",
        default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(2..=1000)
    )]
    pub connections: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for (url, shown) in [
            (
                "postgres://user:secret@host:5432/name",
                "postgres://***@host:5432/name",
            ),
            (
                "postgres://user:sec@ret@host/name?password=secret",
                "postgres://***@host/name?***",
            ),
            ("postgres:///name", "postgres:///name"),
            ("secret", "***"),
        ] {
            let url = DatabaseUrl::from(url.to_owned());
            assert_eq!(format!("{url:?}"), shown);
        }
    }
}
