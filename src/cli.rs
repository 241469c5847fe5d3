//! The commands, server and client; one file each.
//!
//! - [`failure`]: what a person reads when a command fails, and exit codes;
//! - [`output`], [`table`], [`amounts`], [`instants`]: how answers are written and values are read;
//! - [`csv_file`], [`statistics_file`]: what files hold;
//! - [`progress`], [`signal`], [`server`], [`calls`], [`family`]: what long-running commands and clients share;
//! - the commands: [`serve`], [`demo`], [`migrate`], [`import`], [`score`], [`segment`],
//!   [`snapshot`], [`satisfaction`], [`complain`], [`statistics`], [`fit`], [`evaluate`],
//!   [`predict`], [`models`], [`policy`], [`config_check`], [`completions`].

pub mod amounts;
mod base_currency;
pub mod calls;
pub mod complain;
pub mod completions;
pub mod config_check;
pub mod csv_file;
pub mod demo;
pub mod evaluate;
pub mod failure;
pub mod family;
pub mod fit;
pub mod import;
pub mod instants;
pub mod migrate;
pub mod models;
pub mod output;
pub mod policy;
pub mod predict;
pub mod progress;
pub mod satisfaction;
pub mod score;
pub mod segment;
pub mod serve;
pub mod server;
pub mod signal;
pub mod snapshot;
pub mod statistics;
pub mod statistics_file;
pub mod table;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use crate::config::client::ClientSettings;
use crate::config::logs::LogSettings;
use crate::telemetry::TelemetrySettings;

/// What a customer is worth, exactly and explained: a gRPC service on PostgreSQL, and its client.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "customer-value", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    client: ClientSettings,
    #[command(flatten)]
    logs: LogSettings,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  customer-value demo                                 see it work on 2,357 real customers
  customer-value serve                                start a server on its private PostgreSQL
  customer-value import transactions orders.csv       record purchases
  customer-value fit --family bg-nbd --activate       fit a purchase model and use it
  customer-value evaluate                             which model foretells best, and how well
  customer-value score 4711                           what customer 4711 is worth
  customer-value score 4711 --output json             the same, for programs
  customer-value snapshot take --activate             compare customers with each other from now on
  customer-value segment 4711 4712                    where customers belong, and why

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Import(import::Import),
    Score(score::Score),
    Satisfaction(satisfaction::Satisfaction),
    Segment(segment::Segment),
    Snapshot(snapshot::Snapshot),
    Statistics(statistics::Statistics),
    Fit(fit::Fit),
    Evaluate(evaluate::Evaluate),
    Predict(predict::Predict),
    Models(models::Models),
    Policy(policy::Policy),
    Complain(complain::Complain),
    Config(config_check::Config),
    Completions(completions::Completions),
}

/// Reads the command line; prints help or what is wrong with it and ends the program if need be.
#[must_use]
pub fn parse() -> (Arguments, ArgMatches) {
    let parsed = Arguments::command()
        .try_get_matches()
        .and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    parsed.unwrap_or_else(|error| {
        error.print().ok();
        if let Some(variable) = variable_of(&error, &Arguments::command()) {
            eprintln!("The value may also come from the variable {variable}.");
        }
        std::process::exit(error.exit_code())
    })
}

/// The variable of the flag that an error is about.
fn variable_of(error: &clap::Error, command: &clap::Command) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = flag.split(' ').next()?.strip_prefix("--")?;
    let mut arguments = command.get_arguments();
    let here = arguments.find(|arg| arg.get_long() == Some(name));
    match here.and_then(clap::Arg::get_env) {
        Some(variable) => Some(variable.to_string_lossy().into_owned()),
        None => command
            .get_subcommands()
            .find_map(|command| variable_of(error, command)),
    }
}

impl Arguments {
    /// How logs and traces are set.
    #[must_use]
    pub fn telemetry(&self) -> TelemetrySettings {
        let default_log = match self.command {
            // The driver repeats what the database remarks on, such as a table that is there.
            Command::Serve(_) => "info,sqlx::postgres::notice=warn",
            Command::Demo(_)
            | Command::Migrate(_)
            | Command::Import(_)
            | Command::Score(_)
            | Command::Satisfaction(_)
            | Command::Segment(_)
            | Command::Snapshot(_)
            | Command::Statistics(_)
            | Command::Fit(_)
            | Command::Evaluate(_)
            | Command::Predict(_)
            | Command::Models(_)
            | Command::Policy(_)
            | Command::Complain(_)
            | Command::Config(_)
            | Command::Completions(_) => "warn",
        };
        let log = self.logs.log.clone().unwrap_or(default_log.to_owned());
        TelemetrySettings {
            log,
            log_json: self.logs.log_json,
            otlp_endpoint: self.logs.endpoint(),
        }
    }
}

/// Runs a command.
///
/// # Errors
///
/// What a person should read, on standard error.
pub async fn run(arguments: Arguments, matches: ArgMatches) -> anyhow::Result<()> {
    let client = &arguments.client;
    match arguments.command {
        Command::Serve(command) => Box::pin(command.run()).await,
        Command::Demo(command) => Box::pin(command.run()).await,
        Command::Migrate(command) => Box::pin(command.run(client)).await,
        Command::Import(command) => Box::pin(command.run(client)).await,
        Command::Satisfaction(command) => Box::pin(command.run(client)).await,
        Command::Score(command) => Box::pin(command.run(client)).await,
        Command::Segment(command) => Box::pin(command.run(client)).await,
        Command::Snapshot(command) => Box::pin(command.run(client)).await,
        Command::Evaluate(command) => Box::pin(command.run(client)).await,
        Command::Fit(command) => Box::pin(command.run(client)).await,
        Command::Statistics(command) => command.run(),
        Command::Predict(command) => command.run(client),
        Command::Models(command) => Box::pin(command.run(client)).await,
        Command::Policy(command) => Box::pin(command.run(client)).await,
        Command::Complain(command) => Box::pin(command.run(client)).await,
        Command::Config(command) => command.run(client, &arguments.logs, &matches),
        Command::Completions(command) => command.run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_bad_value_names_its_variable() {
        let command = Arguments::command();
        let error = command
            .clone()
            .try_get_matches_from(["x", "serve", "--listen", "y"]);
        let error = error.expect_err("no address");
        let variable = variable_of(&error, &command);
        assert_eq!(variable.as_deref(), Some("CUSTOMER_VALUE_LISTEN"));
    }
}
