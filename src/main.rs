//! The program `customer-value`: server and client.

use std::process::ExitCode;

use anyhow::Context as _;
use customer_value::{cli, telemetry};

fn main() -> ExitCode {
    let (arguments, matches) = cli::parse();
    let outcome = run(arguments, matches);
    cli::failure::exit_code(outcome)
}

fn run(arguments: cli::Arguments, matches: clap::ArgMatches) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    let _entered = runtime.enter();
    let _telemetry = telemetry::start(&arguments.telemetry())?;
    runtime.block_on(cli::run(arguments, matches))
}
