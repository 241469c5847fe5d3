//! Files of sufficient statistics: one customer, or several alike with a weight, a row.

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::Context as _;

use super::csv_file::{BadCell, CsvFile, Row};
use super::failure::BadRows;
use super::import::BAD_ROWS_SHOWN_MAX;
use crate::engine::numeric::blocks::Threads;
use crate::engine::statistics::{PurchaseStatistics, SpendStatistics, StatisticsError, Weighted};

/// Columns of the file of a model of purchases or renewals.
const HISTORY_COLUMNS: [&str; 3] = ["frequency", "recency", "age"];
/// Columns of a spend model's file.
const SPEND_COLUMNS: [&str; 2] = ["frequency", "monetary"];

/// Reads the rows of a model of purchases or renewals, in the file's own unit of time. `checked` makes
/// what the model knows of a customer from frequency, recency and age.
///
/// # Errors
///
/// When the file cannot be read or rows are bad, by line and column.
pub fn histories<T>(
    path: &Path,
    checked: impl Fn(f64, f64, f64) -> Result<T, StatisticsError>,
) -> anyhow::Result<Vec<Weighted<T>>> {
    read(path, &HISTORY_COLUMNS, |row| {
        let frequency = row.number("frequency");
        let recency = row.number("recency");
        let age = row.number("age");
        match checked(frequency?, recency?, age?) {
            Ok(statistics) => Some(statistics),
            Err(error) => {
                row.refuse(column_of(&error), error.to_string());
                None
            }
        }
    })
}

/// Reads the rows of a spend model. Rows with frequency 0 or monetary 0 say nothing about spend and
/// hold `None`.
///
/// # Errors
///
/// When the file cannot be read or rows are bad, by line and column.
pub fn spend(path: &Path) -> anyhow::Result<Vec<Weighted<Option<SpendStatistics>>>> {
    read(path, &SPEND_COLUMNS, |row| {
        let frequency = row.number("frequency");
        let monetary = row.number("monetary");
        let (frequency, monetary) = (frequency?, monetary?);
        let is_silent = (frequency == 0.0 && 0.0 <= monetary) || monetary == 0.0;
        // A purchase model's rule for counts, so that a silent row is checked as well.
        let recency = f64::from(u8::from(0.0 < frequency));
        let checked = PurchaseStatistics::new(frequency, recency, recency);
        let outcome = match checked {
            Ok(_) if is_silent => Ok(None),
            Ok(_) => SpendStatistics::new(frequency, monetary).map(Some),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(statistics) => Some(statistics),
            Err(error) => {
                row.refuse(column_of(&error), error.to_string());
                None
            }
        }
    })
}

fn read<T>(
    path: &Path,
    needed: &[&str],
    statistics: impl Fn(&mut Row<'_>) -> Option<T>,
) -> anyhow::Result<Vec<Weighted<T>>> {
    let mut rows = Vec::new();
    read_rows(path, needed, |mut row| {
        let has_weights = row.columns().iter().any(|name| name == "weight");
        let weight = if has_weights {
            weight(&mut row)
        } else {
            Some(1.0)
        };
        let statistics = statistics(&mut row);
        let weighted = statistics.zip(weight);
        let weighted = weighted.map(|(row, weight)| Weighted { row, weight });
        rows.push(row.finish(weighted)?);
        Ok(())
    })?;
    Ok(rows)
}

/// Threads to compute on: so many, or as many as there are processors.
#[must_use]
pub fn threads(count: Option<NonZeroUsize>) -> Threads {
    let available = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Threads::new(count.unwrap_or_else(available))
}

/// Hands every row of a CSV file to `each`, and gathers what is wrong with them.
///
/// # Errors
///
/// When the file cannot be read or lacks a column; when rows are bad, by line and column.
pub fn read_rows(
    path: &Path,
    needed: &[&str],
    mut each: impl FnMut(Row<'_>) -> Result<(), Vec<BadCell>>,
) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let input: Box<dyn Read> = if name == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(|| format!("{name} cannot be opened"))?)
    };
    let mut file = CsvFile::open(&name, input, needed)?;
    let (mut bad, mut bad_rows) = (Vec::<BadCell>::new(), 0);
    while let Some(row) = file.next_row()? {
        if let Err(cells) = each(row) {
            bad_rows += 1;
            if bad_rows <= BAD_ROWS_SHOWN_MAX {
                bad.extend(cells);
            }
        }
    }
    if bad_rows > 0 {
        return Err(BadRows {
            name,
            rows: bad_rows,
            shown: bad,
            advice: "correct them and try again",
        }
        .into());
    }
    Ok(())
}

fn weight(row: &mut Row<'_>) -> Option<f64> {
    let weight = row.number("weight")?;
    if weight <= 0.0 {
        row.refuse(
            "weight",
            format!("weight is {weight}, not a positive number"),
        );
        return None;
    }
    Some(weight)
}

fn column_of(error: &StatisticsError) -> &'static str {
    match error {
        StatisticsError::NotFinite { field, .. }
        | StatisticsError::Negative { field, .. }
        | StatisticsError::NotPeriods { field, .. } => field,
        StatisticsError::NotACount { .. } | StatisticsError::SpendWithoutRepeat => "frequency",
        StatisticsError::RecencyAboveAge { .. }
        | StatisticsError::RecencyWithoutRepeat { .. }
        | StatisticsError::FrequencyAboveRecency { .. }
        | StatisticsError::RecencyIsNotRenewals { .. }
        | StatisticsError::RepeatWithoutRecency { .. } => "recency",
        StatisticsError::SpendNotPositive { .. } => "monetary",
    }
}
