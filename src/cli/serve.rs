//! `serve`.

use super::output;
use super::server::{database, tell, zone};
use super::signal::EndRequest;
use crate::config::database::DatabaseSettings;
use crate::config::environment::Environment;
use crate::config::listen::{ListenSettings, ZoneSettings};
use crate::serve::{Running, ServeSettings, start};

/// Runs the server until SIGTERM or Ctrl-C.
///
/// Calls in flight then end within ten seconds.
/// Without `DATABASE_URL` it keeps its facts in a private PostgreSQL that starts and stops with it.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value serve
  customer-value serve --listen 0.0.0.0:50051 --data-dir /srv/customer-value
  DATABASE_URL=postgres://user:password@host/name customer-value serve")]
pub struct Serve {
    #[command(flatten)]
    listen: ListenSettings,
    #[command(flatten)]
    zone: ZoneSettings,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Serve {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server cannot start, or ends with an error.
    pub async fn run(&self) -> anyhow::Result<()> {
        let settings = ServeSettings {
            listen: self.listen.listen,
            database: database(&self.database, &Environment::read())?,
            connections_max: self.database.connections,
            time_zone: zone(&self.zone.time_zone)?,
        };
        let mut end = EndRequest::listen()?;
        let running = tokio::select! {
            running = start(&settings, &tell) => running?,
            () = end.wait() => return Ok(()),
        };
        // Nobody may be reading: a server does not end for that.
        output::write(&format!("listening on http://{}\n", running.address)).ok();
        until_end(running, &mut end).await
    }
}

/// Waits for the end, then stops.
///
/// # Errors
///
/// When the server ends by itself, or does not stop.
pub async fn until_end(mut running: Running, end: &mut EndRequest) -> anyhow::Result<()> {
    let ended = tokio::select! {
        ended = running.ended() => Some(ended),
        () = end.wait() => None,
    };
    match ended {
        None => Ok(running.stop().await?),
        Some(ended) => {
            // It cannot be stopped once more; its database ends with it.
            drop(running);
            ended?;
            anyhow::bail!("the server ended by itself; its log says why")
        }
    }
}
