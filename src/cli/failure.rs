//! What a person reads when a command fails: one or two sentences that say what to do next.

use std::process::ExitCode;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::csv_file::BadCell;
use crate::grpc::client::ConnectError;
use crate::store::error::StoreError;

/// The command line is well-formed but cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUsage(pub String);

/// A file has rows that cannot be used.
#[derive(Debug)]
pub struct BadRows {
    /// The file.
    pub name: String,
    /// How many rows.
    pub rows: usize,
    /// What is wrong with the first of them.
    pub shown: Vec<BadCell>,
    /// What to do.
    pub advice: &'static str,
}

impl std::error::Error for BadRows {}

impl std::fmt::Display for BadRows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, rows, .. } = self;
        let plural = if *rows == 1 { "" } else { "s" };
        write!(
            formatter,
            "{name} has {rows} bad row{plural}; {}",
            self.advice
        )?;
        for cell in &self.shown {
            write!(formatter, "\n  {name} {cell}")?;
        }
        let mut lines: Vec<u64> = self.shown.iter().map(|cell| cell.line).collect();
        lines.dedup();
        if lines.len() < *rows {
            write!(formatter, "\n  and {} more rows", rows - lines.len())?;
        }
        Ok(())
    }
}

/// A server refused a call.
#[derive(Debug)]
pub struct Refused(pub Box<Status>);

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self(Box::new(status))
    }
}

impl std::error::Error for Refused {}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let details = self.0.get_error_details();
        let info = details.error_info();
        let violations = details
            .bad_request()
            .map(|bad| bad.field_violations.as_slice())
            .unwrap_or_default();
        if !violations.is_empty() {
            formatter.write_str("the server refused the request:")?;
            for violation in violations {
                write!(
                    formatter,
                    "\n  {}: {}",
                    violation.field, violation.description
                )?;
            }
            let total = info.and_then(|info| info.metadata.get("violations_total"));
            let total: usize = total.and_then(|total| total.parse().ok()).unwrap_or(0);
            if total > violations.len() {
                write!(formatter, "\n  and {} more", total - violations.len())?;
            }
            return Ok(());
        }
        let Some(info) = info else {
            return formatter.write_str(&foreign(&self.0));
        };
        let message = match info.reason.as_str() {
            // The rest names a call, which is no command.
            "UNKNOWN_MODEL" | "UNKNOWN_INSTRUMENT" => {
                self.0.message().split(';').next().unwrap_or_default()
            }
            _ => self.0.message(),
        };
        write!(formatter, "{message}{}", next_step(&info.reason))
    }
}

/// What to do about a refusal, where its message leaves it open.
fn next_step(reason: &str) -> &'static str {
    match reason {
        "UNKNOWN_CUSTOMER" => "; check the id, and the tenant with --tenant",
        "UNKNOWN_MODEL" => "; `customer-value models list` shows them",
        "UNKNOWN_INSTRUMENT" => {
            "; `customer-value satisfaction list` shows them, `satisfaction define FILE` makes one"
        }
        "UNKNOWN_POLICY" => "; leave --policy-version out for the one in force",
        "FACT_CONTENT_DIFFERS" => {
            "; recorded facts never change: correct one by voiding it and recording another id"
        }
        "DEADLINE_EXCEEDED" => "; ask again, or for less",
        _ => "",
    }
}

/// A status that the service did not make: the transport's, or another server's.
fn foreign(status: &Status) -> String {
    match status.code() {
        Code::Unavailable | Code::Unknown | Code::Cancelled => format!(
            "the connection to the server was lost; check that it runs and ask again ({})",
            status.message()
        ),
        Code::Unimplemented => {
            "the server does not know this call; is it a customer-value server of this version?"
                .to_owned()
        }
        Code::Ok
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => {
            format!(
                "the server answered: {} ({})",
                status.message(),
                status.code()
            )
        }
    }
}

/// Says on standard error what went wrong, and chooses the exit code.
#[must_use]
pub fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: {}", explain(&error));
    if is_wrong_usage(&error) {
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

/// The chain of causes; of errors that say everything only the first sentence.
fn explain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let shown = cause.to_string();
        if !text.ends_with(&shown) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&shown);
        }
        if cause.is::<ConnectError>() {
            break;
        }
        if let Some(StoreError::Unavailable(_)) = cause.downcast_ref() {
            text.push_str("; check that it runs and that DATABASE_URL is right");
            break;
        }
    }
    text
}

fn is_wrong_usage(error: &anyhow::Error) -> bool {
    error.is::<WrongUsage>()
        || matches!(
            error.downcast_ref::<ConnectError>(),
            Some(ConnectError::Address { .. } | ConnectError::Tenant { .. })
        )
}

/// Whoever reads standard output has seen enough, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::error::Violation;
    use crate::grpc::status::invalid;

    #[test]
    fn every_bad_field_has_its_line() {
        let violations = (0..25)
            .map(|index| Violation::new(format!("costs[{index}].kind"), "is required"))
            .collect();
        let text = Refused::from(invalid(violations)).to_string();
        assert!(text.starts_with("the server refused the request:\n  costs[0].kind: is required"));
        assert!(text.ends_with("and 5 more"), "{text}");
        assert_eq!(text.lines().count(), 22);
    }

    #[test]
    fn a_lost_connection_says_what_to_do() {
        let text = Refused::from(Status::unavailable("tcp connect error")).to_string();
        assert!(text.contains("check that it runs"), "{text}");
    }
}
