//! CSV files with a header: rows one at a time, and what is wrong with them by line and column.

use std::io::Read;

use csv::ByteRecord;

/// How much of a cell a message shows, in characters.
const SHOWN_MAX: usize = 40;

/// Something wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCell {
    /// Line of the file on which the row begins; the header is line 1.
    pub line: u64,
    /// The column; empty when the row as a whole is wrong.
    pub column: String,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for BadCell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(formatter, ", column {}", self.column)?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("{name} cannot be read")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system says.
        #[source]
        source: csv::Error,
    },
    /// A column is not there.
    #[error("{name} line 1: there is no column {column}; it needs {needed}")]
    NoColumn {
        /// The file.
        name: String,
        /// The first column that is not there.
        column: String,
        /// The columns it needs.
        needed: String,
    },
    /// A column is there more than once.
    #[error("{name} line 1: column {column} is there twice; rename or remove one")]
    TwiceColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
}

/// A file that is being read.
#[derive(Debug)]
pub struct CsvFile<R> {
    name: String,
    reader: csv::Reader<R>,
    columns: Vec<String>,
    record: ByteRecord,
}

impl<R: Read> CsvFile<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the file cannot be read or lacks a column.
    pub fn open(name: &str, reader: R, needed: &[&str]) -> Result<Self, FileError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(reader);
        let headers = reader
            .byte_headers()
            .map_err(|source| FileError::Unreadable {
                name: name.to_owned(),
                source,
            })?;
        let columns: Vec<String> = headers
            .iter()
            .map(|column| {
                let column = String::from_utf8_lossy(column);
                column.trim_start_matches('\u{feff}').trim().to_owned()
            })
            .collect();
        for column in needed {
            let count = columns.iter().filter(|name| name == column).count();
            if count == 0 {
                return Err(FileError::NoColumn {
                    name: name.to_owned(),
                    column: (*column).to_owned(),
                    needed: needed.join(","),
                });
            }
        }
        let twice = (1..columns.len()).find(|&at| columns[..at].contains(&columns[at]));
        if let Some(at) = twice {
            return Err(FileError::TwiceColumn {
                name: name.to_owned(),
                column: columns[at].clone(),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            reader,
            columns,
            record: ByteRecord::new(),
        })
    }

    /// Columns that are not among these.
    #[must_use]
    pub fn other_columns(&self, known: &[&str]) -> Vec<&str> {
        let columns = self.columns.iter().map(String::as_str);
        columns.filter(|name| !known.contains(name)).collect()
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, FileError> {
        let found = self.reader.read_byte_record(&mut self.record);
        let found = found.map_err(|source| FileError::Unreadable {
            name: self.name.clone(),
            source,
        })?;
        if !found {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(Some(Row {
            line,
            columns: &self.columns,
            record: &self.record,
            bad: Vec::new(),
        }))
    }
}

/// A row; what is wrong with its cells is gathered, so that a person learns of everything at once.
#[derive(Debug)]
pub struct Row<'f> {
    line: u64,
    columns: &'f [String],
    record: &'f ByteRecord,
    bad: Vec<BadCell>,
}

impl<'f> Row<'f> {
    /// Line of the file on which it begins.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Names of the columns.
    #[must_use]
    pub fn columns(&self) -> &'f [String] {
        self.columns
    }

    /// Notes that a cell is wrong.
    pub fn refuse(&mut self, column: &str, reason: impl Into<String>) {
        self.bad.push(BadCell {
            line: self.line,
            column: column.to_owned(),
            reason: reason.into(),
        });
    }

    /// Notes that a cell is wrong, with what it holds.
    pub fn refuse_text(&mut self, column: &str, text: &str, reason: impl std::fmt::Display) {
        let shown: String = text.chars().take(SHOWN_MAX).collect();
        let dots = if shown.len() < text.len() { "…" } else { "" };
        self.refuse(column, format!("{reason}, is {shown:?}{dots}"));
    }

    /// A cell as it is; `None` when it is empty, missing or not UTF-8.
    pub fn text(&mut self, column: &str) -> Option<&'f str> {
        let index = self.columns.iter().position(|name| name == column)?;
        let record: &'f ByteRecord = self.record;
        let bytes = record.get(index)?;
        match std::str::from_utf8(bytes) {
            Ok("") => None,
            Ok(text) => Some(text),
            Err(_) => {
                self.refuse(column, "is not UTF-8");
                None
            }
        }
    }

    /// A cell that may not be empty.
    pub fn required(&mut self, column: &str) -> Option<&'f str> {
        let known = self.bad.len();
        let text = self.text(column);
        if text.is_none() && self.bad.len() == known {
            self.refuse(column, "is empty");
        }
        text
    }

    /// A number that may not be missing.
    pub fn number(&mut self, column: &str) -> Option<f64> {
        let text = self.required(column)?.trim();
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.refuse_text(column, text, "is not a number");
        }
        number
    }

    /// The value if nothing was refused.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the row.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<BadCell>> {
        let (fields, columns) = (self.record.len(), self.columns.len());
        if fields != columns {
            self.bad.clear();
            self.refuse("", format!("has {fields} fields, the header has {columns}"));
        }
        match value {
            Some(value) if self.bad.is_empty() => Ok(value),
            _ => Err(self.bad),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Result<f64, Vec<String>>> {
        let mut file = CsvFile::open("f", text.as_bytes(), &["n"]).expect("header");
        let mut rows = Vec::new();
        while let Some(mut row) = file.next_row().expect("row") {
            let number = row.number("n");
            let outcome = row.finish(number);
            rows.push(outcome.map_err(|bad| bad.iter().map(ToString::to_string).collect()));
        }
        rows
    }

    #[test]
    fn bad_cells_are_named_by_line_and_column() {
        assert_eq!(
            rows("\u{feff}n,other\n1,x\n\n\"2\",\"a\nb\"\nx,\n,y\n3\n"),
            [
                Ok(1.0),
                Ok(2.0),
                Err(vec!["line 6, column n: is not a number, is \"x\"".into()]),
                Err(vec!["line 7, column n: is empty".into()]),
                Err(vec!["line 8: has 1 fields, the header has 2".into()]),
            ]
        );
    }

    #[test]
    fn headers_are_checked() {
        let open = |text: &str| {
            let outcome = CsvFile::open("f", text.as_bytes(), &["n", "m"]).map(|_| ());
            outcome.map_err(|error| error.to_string())
        };
        assert_eq!(open("m,n\n"), Ok(()));
        let error = open("n,x\n").expect_err("no m");
        assert_eq!(error, "f line 1: there is no column m; it needs n,m");
        assert!(
            open("n,m,n\n")
                .expect_err("twice")
                .contains("column n is there twice")
        );
        assert!(open("").expect_err("empty").contains("no column n"));
    }
}
