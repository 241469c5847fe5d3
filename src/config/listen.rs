//! Where a server listens, and whose days it counts.

use std::net::SocketAddr;

/// Where a server listens.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Server options")]
pub struct ListenSettings {
    /// Address to listen on; port 0 takes a free one and prints it
    #[arg(
        long,
        env = "CUSTOMER_VALUE_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:50051"
    )]
    pub listen: SocketAddr,
}

/// Whose days a server counts.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Server options")]
pub struct ZoneSettings {
    /// Time zone whose calendar days count, an IANA name such as Europe/Berlin; a tenant keeps the
    /// one in force at its first fact
    #[arg(
        long,
        env = "CUSTOMER_VALUE_TIME_ZONE",
        value_name = "ZONE",
        default_value = "UTC"
    )]
    pub time_zone: String,
}
