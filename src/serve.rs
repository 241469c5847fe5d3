//! Puts a server together: database, use cases, services; and takes it apart again in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;

use crate::app::{App, AppSettings};
use crate::clock::Clock;
use crate::engine::time::Zone;
use crate::grpc::call::CallLayer;
use crate::grpc::server::{retire, routes};
use crate::store::error::StoreError;
use crate::store::pool::{Store, UrlError, options_from_url};
use crate::store::private_postgres::{PrivatePostgres, PrivatePostgresError, Progress, Settings};

/// Name of the database on the private PostgreSQL.
const PRIVATE_DATABASE: &str = "customer_value";
/// How long in-flight calls may take to end once the server shall stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Where the facts are kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// A PostgreSQL that somebody else runs, by URL.
    Url(String),
    /// A private one that starts and stops with the service.
    Private(PrivateDatabase),
}

/// Where the private PostgreSQL lives.
#[derive(Clone, Debug)]
pub struct PrivateDatabase {
    /// Its data and the cache of fetched binaries.
    pub directory: PathBuf,
    /// Binaries to use; found otherwise.
    pub binaries: Option<PathBuf>,
    /// Where programs are looked for, the value of `PATH`.
    pub search_path: std::ffi::OsString,
}

/// What a server is set to.
#[derive(Clone, Debug)]
pub struct ServeSettings {
    /// Address to listen on; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// Where the facts are kept.
    pub database: Database,
    /// Most connections to the database.
    pub connections_max: u32,
    /// Time zone of tenants whose first fact is yet to come.
    pub time_zone: Zone,
}

/// Why a server could not start or stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The private PostgreSQL did not start or stop.
    #[error(transparent)]
    PrivatePostgres(#[from] PrivatePostgresError),
    /// The database's URL cannot be read.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}; is another server running there? Choose one with --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The contract's descriptors cannot be served.
    #[error("reflection could not be built")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server ended with an error")]
    Transport(#[from] tonic::transport::Error),
}

/// A database that was opened for a command.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    private: Option<PrivatePostgres>,
}

impl Opened {
    /// Opens a database, starting the private PostgreSQL if that is what is configured.
    ///
    /// # Errors
    ///
    /// [`ServeError`] says what is in the way.
    pub async fn open(
        database: &Database,
        connections_max: u32,
        progress: &Progress<'_>,
    ) -> Result<Self, ServeError> {
        match database {
            Database::Url(url) => Ok(Self {
                store: Store::new(options_from_url(url)?, connections_max),
                private: None,
            }),
            Database::Private(private) => {
                let settings = Settings {
                    directory: private.directory.clone(),
                    binaries: private.binaries.clone(),
                    cache: None,
                    search_path: private.search_path.clone(),
                    durable: true,
                    ephemeral: false,
                };
                let postgres = PrivatePostgres::start(&settings, progress).await?;
                postgres.ensure_database(PRIVATE_DATABASE).await?;
                let options = postgres.connect_options(PRIVATE_DATABASE);
                Ok(Self {
                    store: Store::new(options, connections_max),
                    private: Some(postgres),
                })
            }
        }
    }

    /// Closes it again.
    ///
    /// # Errors
    ///
    /// When the private PostgreSQL does not stop.
    pub async fn close(self) -> Result<(), ServeError> {
        self.store.close().await;
        match self.private {
            Some(postgres) => Ok(postgres.stop().await?),
            None => Ok(()),
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    opened: Opened,
    reporter: tonic_health::server::HealthReporter,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Starts a server: opens and migrates the database, then listens.
///
/// # Errors
///
/// [`ServeError`] says what is in the way.
pub async fn start(
    settings: &ServeSettings,
    progress: &Progress<'_>,
) -> Result<Running, ServeError> {
    // The address first: a second server on it must not touch the database.
    let listen = settings.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| ServeError::Listen { listen, source })?;
    let address = listener
        .local_addr()
        .map_err(|source| ServeError::Listen { listen, source })?;
    let opened = Opened::open(&settings.database, settings.connections_max, progress).await?;
    opened.store.migrate().await?;
    let app_settings = AppSettings {
        time_zone: settings.time_zone.clone(),
    };
    let app = Arc::new(App::new(opened.store.clone(), Clock::System, app_settings));
    let (routes, reporter) = routes(app).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = tonic::transport::Server::builder()
        .layer(CallLayer)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, async {
            stopped.await.ok();
        });
    let task = tokio::spawn(server);
    tracing::info!(%address, "serving");
    Ok(Running {
        address,
        opened,
        reporter,
        stop,
        task,
    })
}

impl Running {
    /// Stops: says it is not ready, takes no new calls, lets those in flight end within ten seconds,
    /// then closes the database.
    ///
    /// # Errors
    ///
    /// When the transport failed or the private PostgreSQL does not stop.
    pub async fn stop(self) -> Result<(), ServeError> {
        retire(&self.reporter).await;
        self.stop.send(()).ok();
        let mut task = self.task;
        match tokio::time::timeout(DRAIN_MAX, &mut task).await {
            Ok(ended) => {
                if let Ok(served) = ended {
                    served?;
                }
            }
            Err(_) => {
                tracing::warn!("calls in flight did not end in time and are cut");
                task.abort();
            }
        }
        self.opened.close().await
    }

    /// Waits until the server ends by itself, which it only does in error.
    ///
    /// # Errors
    ///
    /// What the transport says.
    pub async fn ended(&mut self) -> Result<(), ServeError> {
        match (&mut self.task).await {
            Ok(served) => Ok(served?),
            Err(_) => Ok(()),
        }
    }
}
