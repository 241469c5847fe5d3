//! Sends rows in batches, and tells refusals by line.

use tonic_types::StatusExt as _;

use super::facts::{self, ImportedFact, Setting};
use super::spool::Spooled;
use crate::cli::csv_file::CsvFile;
use crate::cli::failure::Refused;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1::RecordOutcome;

/// Rows in a request, the most the service takes.
const BATCH: usize = 1_000;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// Stored now.
    pub(super) created: u64,
    /// Stored before.
    pub(super) duplicates: u64,
}

/// The server stopped an import.
#[derive(Debug, thiserror::Error)]
#[error(
    "the import stopped: {reason}\n{stored} rows are stored. Correct the cause and import the file again: \
     rows stored already count as duplicates"
)]
struct Stopped {
    reason: String,
    stored: u64,
}

/// Sends all good rows, one batch after the other, so that a refusal is exact.
pub(super) async fn send<F: ImportedFact>(
    client: &Client,
    spooled: &mut Spooled,
    setting: &Setting,
    progress: &mut dyn FnMut(u64),
) -> anyhow::Result<Sent> {
    let name = spooled.name.clone();
    let mut file = CsvFile::open(&name, spooled.rewound()?, F::REQUIRED)?;
    let mut sent = Sent::default();
    let (mut batch, mut lines) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let mut is_more = true;
    while is_more {
        match file.next_row()? {
            None => is_more = false,
            Some(row) => {
                let line = row.line();
                // Bad rows were told of when the file was checked.
                if let Ok((fact, _)) = facts::read::<F>(row, setting) {
                    batch.push(fact);
                    lines.push(line);
                }
            }
        }
        if batch.len() < BATCH && is_more || batch.is_empty() {
            continue;
        }
        let stored = sent.created + sent.duplicates;
        let results = F::record(client, &batch).await.map_err(|refused| Stopped {
            reason: by_line(&refused, F::FIELD, &name, &lines),
            stored,
        })?;
        for result in &results {
            match result.outcome() {
                RecordOutcome::Duplicate => sent.duplicates += 1,
                RecordOutcome::Created | RecordOutcome::Unspecified => sent.created += 1,
            }
        }
        batch.clear();
        lines.clear();
        progress(sent.created + sent.duplicates);
    }
    Ok(sent)
}

/// A refusal in terms of the file instead of the request.
fn by_line(refused: &Refused, field: &str, name: &str, lines: &[u64]) -> String {
    let details = refused.0.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.as_slice())
        .unwrap_or_default();
    let mut text = String::from("the server refused");
    let mut is_exact = false;
    for violation in violations {
        if let Some((line, column)) = place(&violation.field, field, lines) {
            is_exact = true;
            let description = &violation.description;
            text.push_str(&format!(
                "\n  {name} line {line}, column {column}: {description}"
            ));
        }
    }
    if is_exact {
        return text;
    }
    let item = details
        .error_info()
        .and_then(|info| info.metadata.get("item"));
    if let Some(item) = item
        && let Some((line, _)) = place(item, field, lines)
    {
        let message = refused.0.message().replace(item, "the row");
        return format!("{text} {name} line {line}: {message}");
    }
    refused.to_string()
}

/// Line and column of a path such as `transactions[17].amount.nanos`.
fn place<'p>(path: &'p str, field: &str, lines: &[u64]) -> Option<(u64, &'p str)> {
    let rest = path.strip_prefix(field)?.strip_prefix('[')?;
    let (index, rest) = rest.split_once(']')?;
    let line = lines.get(index.parse::<usize>().ok()?)?;
    Some((*line, rest.trim_start_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::error::{AppError, FactConflict, Violation};
    use tonic::Status;

    #[test]
    fn refusals_name_the_line() {
        let lines = [2, 3, 7];
        let violations = vec![Violation::new("costs[2].exchange_rate", "is required")];
        let refused = Refused::from(Status::from(AppError::Invalid(violations)));
        assert_eq!(
            by_line(&refused, "costs", "f.csv", &lines),
            "the server refused\n  f.csv line 7, column exchange_rate: is required"
        );
        let conflict = FactConflict {
            item: "costs[1]".into(),
            fact_id: "c".into(),
            fields: vec!["amount"],
        };
        let refused = Refused::from(Status::from(AppError::FactExists(conflict)));
        assert_eq!(
            by_line(&refused, "costs", "f.csv", &lines),
            "the server refused f.csv line 3: the row is stored with other content in: amount"
        );
    }
}
