//! `demo`.
//!
//! Everything goes through the contract, as another service would call it. Results go to standard
//! output and depend on the data alone; progress goes to standard error.
//!
//! - `cdnow`: the shipped data, loaded and fitted; `scores`: every customer scored;
//! - `segments`: where they belong, by a population snapshot;
//! - `report`: what is shown of them; `example`: the worked example of a referred customer;
//! - `complaints`: complaints of that customer; `satisfaction`: a small survey.

mod cdnow;
mod complaints;
mod example;
mod report;
mod satisfaction;
mod scores;
mod segments;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::output;
use super::serve::until_end;
use super::server::{database, tell, zone};
use super::signal::EndRequest;
use crate::config::database::DatabaseSettings;
use crate::config::environment::Environment;
use crate::config::listen::ListenSettings;
use crate::grpc::client::Client;
use crate::serve::{ServeSettings, start};

/// Serves, loads the shipped data, and shows what its customers are worth.
///
/// Loads the CDNOW data (2,357 customers) through the API, fits and activates the models, and scores
/// everybody; then the worked example of a customer who brings others. Stays up until Ctrl-C. Running it again on the same data directory stores nothing twice and
/// prints the same.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value demo
  customer-value demo --exit
  customer-value demo --listen 127.0.0.1:0 --data-dir /tmp/customer-value-demo")]
pub struct Demo {
    /// End after the results instead of staying up
    #[arg(long)]
    exit: bool,

    #[command(flatten)]
    listen: ListenSettings,

    #[command(flatten)]
    database: DatabaseSettings,
}

impl Demo {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server cannot start, or refuses something.
    pub async fn run(&self) -> anyhow::Result<()> {
        let settings = ServeSettings {
            listen: self.listen.listen,
            database: database(&self.database, &Environment::read())?,
            connections_max: self.database.connections,
            time_zone: zone("UTC")?,
        };
        let mut end = EndRequest::listen()?;
        let running = tokio::select! {
            running = start(&settings, &tell) => running?,
            () = end.wait() => return Ok(()),
        };
        let address = format!("http://{}", reachable(running.address));
        eprintln!("listening on {address}");
        let shown = tokio::select! {
            shown = Box::pin(show(&address, self.listen.listen)) => shown,
            () = end.wait() => {
                running.stop().await?;
                return Ok(());
            }
        };
        if self.exit || shown.is_err() {
            running.stop().await?;
            return shown;
        }
        eprintln!("the server stays up at {address}; Ctrl-C ends it");
        until_end(running, &mut end).await
    }
}

/// The address under which this machine reaches a listener on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Loads, fits, scores, and prints.
async fn show(address: &str, listen: SocketAddr) -> anyhow::Result<()> {
    let mut client = Client::connect(address, cdnow::TENANT).await?;
    let load = cdnow::load(&client).await?;
    let models = cdnow::fit(&mut client).await?;
    let segments = segments::describe(&mut client).await?;
    let customers = scores::all(&client, &load.customer_ids).await?;
    output::write(&report::overview(&load, &models))?;
    output::write(&report::most_valuable(&customers))?;
    output::write(&report::distribution(&customers))?;
    output::write(&report::predicted_and_actual(&customers))?;
    output::write(&segments::report(&segments))?;
    let client = Client::connect(address, example::TENANT).await?;
    let years = example::run(&client).await?;
    output::write(&report::example(&years))?;
    output::write(&complaints::show(&client).await?)?;
    let client = Client::connect(address, satisfaction::TENANT).await?;
    output::write(&satisfaction::report(&satisfaction::run(&client).await?))?;
    // A free port is another one each time, the results are not.
    let place = match listen.port() {
        0 => format!("{}:PORT", reachable(listen).ip()),
        _ => reachable(listen).to_string(),
    };
    let top = report::first_id(&customers);
    output::write(&report::next_lines(&top, &place))
}
