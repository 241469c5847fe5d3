//! A database of its own for every test, on one server that lives as long as the test binary.
//!
//! The server is ephemeral: when this process ends, however it ends, the server stops and its
//! directory vanishes. So no database is ever dropped here. The migrations run once, into the
//! server's `template1`, which every new database is a copy of.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use customer_value::store::private_postgres::{PrivatePostgres, Settings, default_directory};
use sqlx::migrate::MigrateDatabase as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::OnceCell;

use super::scratch::fresh_path;

/// A migrated, empty database that no other test sees.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    name: String,
    server: &'static PrivatePostgres,
}

impl TestDatabase {
    /// Copies the template; the first call of the process starts the server and makes it.
    pub(crate) async fn new() -> Self {
        static SERVER: OnceCell<PrivatePostgres> = OnceCell::const_new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = SERVER.get_or_init(server_with_template).await;
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        sqlx::Postgres::create_database(&server.url(&name))
            .await
            .expect("the template can be copied");
        Self { name, server }
    }

    /// How to connect to this database.
    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        self.server.connect_options(&self.name)
    }

    /// The same as a URL.
    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

/// Settings for a server that is fast and forgets.
pub(crate) fn test_settings(directory: PathBuf) -> Settings {
    Settings {
        directory,
        binaries: None,
        cache: Some(cache()),
        search_path: std::env::var_os("PATH").unwrap_or_default(),
        durable: false,
        ephemeral: true,
    }
}

/// Where fetched programs outlive the test, in a place that root's server user can enter.
fn cache() -> PathBuf {
    // Only root has a data directory without a home.
    let is_root = default_directory(None, None).is_some();
    if is_root {
        PathBuf::from("/var/cache/customer-value")
    } else {
        PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
    }
}

/// Nothing in the server belongs to the runtime of the test that happens to come first.
async fn server_with_template() -> PrivatePostgres {
    let settings = test_settings(fresh_path());
    let server = PrivatePostgres::start(&settings, &|_step| {})
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let template = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(server.connect_options("template1"))
        .await
        .expect("template1 answers");
    sqlx::migrate!("./migrations")
        .run(&template)
        .await
        .expect("migrations apply to an empty database");
    template.close().await;
    let maintenance = server.connect_options("postgres");
    let mut connection = maintenance.connect().await.expect("postgres answers");
    sqlx::query("ALTER DATABASE template1 ALLOW_CONNECTIONS false")
        .execute(&mut connection)
        .await
        .expect("the template can be closed");
    connection.close().await.expect("postgres closes");
    server
}
