//! Instants and days as text.

use crate::engine::time::{Day, Instant, parse_day, parse_instant};
use crate::grpc::pb::google::r#type::Date;

/// Reads an instant of the command line: RFC 3339, or a date for its first instant in UTC.
///
/// # Errors
///
/// What it should look like.
pub fn instant(text: &str) -> Result<Instant, String> {
    parse_instant(text)
        .ok_or_else(|| "must be like 1998-06-30T23:59:59Z, or a date for its first instant".into())
}

/// Reads a calendar day of the command line.
///
/// # Errors
///
/// What it should look like.
pub fn day(text: &str) -> Result<Day, String> {
    parse_day(text).ok_or_else(|| "must be a date such as 1997-09-30".into())
}

/// A message as text; a dash without one.
#[must_use]
pub fn text(timestamp: Option<&prost_types::Timestamp>) -> String {
    timestamp
        .and_then(|timestamp| Instant::from_unix(timestamp.seconds, timestamp.nanos))
        .map_or_else(|| "-".to_owned(), |instant| instant.to_string())
}

/// A message as text; a dash without one.
#[must_use]
pub fn date_text(date: Option<&Date>) -> String {
    date.and_then(|date| Day::from_calendar(date.year, date.month, date.day))
        .map_or_else(|| "-".to_owned(), |day| day.to_string())
}
