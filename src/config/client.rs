//! Which server a client command calls, for whom, and how it answers.

/// How a command prints its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// Canonical protobuf JSON, for programs.
    Json,
}

/// Settings of the commands that call a server.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct ClientSettings {
    /// Server to call
    #[arg(
        long,
        global = true,
        env = "CUSTOMER_VALUE_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:50051"
    )]
    pub server: String,

    /// Tenant to call for: lower-case letters, digits and hyphens
    #[arg(
        long,
        global = true,
        env = "CUSTOMER_VALUE_TENANT",
        value_name = "ID",
        default_value = "default"
    )]
    pub tenant: String,

    /// How to print the answer
    #[arg(
        long,
        global = true,
        env = "CUSTOMER_VALUE_OUTPUT",
        value_enum,
        value_name = "FORM",
        default_value = "table"
    )]
    pub output: Output,
}
