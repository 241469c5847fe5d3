//! Checked fields of requests: each reader notes what is wrong with the field's path and goes on, so
//! that a caller learns of everything at once.

mod absent;
mod choice;
mod money;
mod text;

use tonic::{Request, Status};

use super::pb::google::r#type::{Date, Money};
use super::status;
use crate::app::error::Violation;
use crate::engine::fact::Amount;
use crate::engine::money::{Currency, Decimal};
use crate::engine::time::{Day, Instant};
use crate::ids::{DEFAULT_TENANT, ID_BYTES_MAX, is_tenant_id};

/// Metadata that names the tenant.
pub const TENANT_METADATA: &str = "x-tenant-id";
/// Most items of a writing request.
pub const ITEMS_MAX: usize = 1_000;
/// How much of a name an error shows, in characters.
pub const ID_BYTES: usize = 64;
/// Longest short text, such as a channel, in bytes.
pub const SHORT_BYTES_MAX: usize = 128;
/// Longest name of an attribute, in bytes.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 64;
/// Longest text, such as a reason, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// Longest text of several lines, such as a description, in bytes.
pub const LONG_BYTES_MAX: usize = 16_384;

/// Reads fields and gathers what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader {
    violations: Vec<Violation>,
}

impl Reader {
    /// Notes a violation.
    pub fn refuse(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation::new(field, description));
    }

    /// The value if nothing was refused.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT with every violation.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Status> {
        match value {
            Some(value) if self.violations.is_empty() => Ok(value),
            _ => Err(status::invalid(self.violations)),
        }
    }

    /// An id: 1 to 128 bytes without control characters.
    pub fn id(&mut self, field: &str, value: &str) -> Option<String> {
        self.required_text(field, value, ID_BYTES_MAX)
    }

    /// A text of 1 to so many bytes, without control characters.
    pub fn required_text(&mut self, field: &str, value: &str, bytes_max: usize) -> Option<String> {
        if value.is_empty() {
            self.refuse(field, "is required");
            return None;
        }
        self.text(field, value, bytes_max)
    }

    /// A text of at most so many bytes, without control characters.
    pub fn text(&mut self, field: &str, value: &str, bytes_max: usize) -> Option<String> {
        if value.len() > bytes_max {
            self.refuse(
                field,
                format!("must be at most {bytes_max} bytes, is {}", value.len()),
            );
            return None;
        }
        if value.chars().any(char::is_control) {
            self.refuse(field, "must not contain control characters");
            return None;
        }
        Some(value.to_owned())
    }

    /// A text that may be absent; present, it is not empty.
    pub fn optional_text(
        &mut self,
        field: &str,
        value: Option<&str>,
        bytes_max: usize,
    ) -> Option<Option<String>> {
        match value {
            None => Some(None),
            Some("") => {
                self.refuse(field, "must not be empty; leave it out instead");
                None
            }
            Some(text) => self.text(field, text, bytes_max).map(Some),
        }
    }

    /// An instant that may be absent, at most five minutes in the future.
    pub fn optional_past(
        &mut self,
        field: &str,
        value: Option<&prost_types::Timestamp>,
        latest: Instant,
    ) -> Option<Option<Instant>> {
        match value {
            None => Some(None),
            Some(_) => self.occurred_at(field, value, latest).map(Some),
        }
    }

    /// An instant between the years 1900 and 9999.
    pub fn instant(&mut self, field: &str, value: &prost_types::Timestamp) -> Option<Instant> {
        let instant = Instant::from_unix(value.seconds, value.nanos);
        if instant.is_none() {
            self.refuse(
                field,
                "must lie between the years 1900 and 9999, with nanos from 0 to 999999999",
            );
        }
        instant
    }

    /// An instant that may be absent.
    pub fn optional_instant(
        &mut self,
        field: &str,
        value: Option<&prost_types::Timestamp>,
    ) -> Option<Option<Instant>> {
        match value {
            None => Some(None),
            Some(value) => self.instant(field, value).map(Some),
        }
    }

    /// When a fact happened: required, at most five minutes in the future.
    pub fn occurred_at(
        &mut self,
        field: &str,
        value: Option<&prost_types::Timestamp>,
        latest: Instant,
    ) -> Option<Instant> {
        let Some(value) = value else {
            self.refuse(field, "is required");
            return None;
        };
        let instant = self.instant(field, value)?;
        if instant > latest {
            self.refuse(field, "must lie at most five minutes in the future");
            return None;
        }
        Some(instant)
    }

    /// The instants `as_of` and `known_at`, each of which may be absent.
    pub fn two_times(
        &mut self,
        as_of: Option<&prost_types::Timestamp>,
        known_at: Option<&prost_types::Timestamp>,
        latest: Instant,
    ) -> Option<(Option<Instant>, Option<Instant>)> {
        let as_of = match as_of {
            None => Some(None),
            Some(_) => self.occurred_at("as_of", as_of, latest).map(Some),
        };
        let known_at = match known_at {
            None => Some(None),
            Some(known_at) => self.instant("known_at", known_at).map(Some),
        };
        as_of.zip(known_at)
    }

    /// A required amount that is not negative.
    pub fn amount(&mut self, field: &str, value: Option<&Money>) -> Option<Amount> {
        let Some(value) = value else {
            self.refuse(field, "is required");
            return None;
        };
        let amount = self.any_money(field, value)?;
        if amount.micros < 0 {
            self.refuse(field, "must not be negative");
            return None;
        }
        Some(amount)
    }

    /// A required amount in a given currency; may be negative.
    pub fn signed_micros(
        &mut self,
        field: &str,
        value: Option<&Money>,
        currency: Option<Currency>,
    ) -> Option<i64> {
        let Some(value) = value else {
            self.refuse(field, "is required");
            return None;
        };
        let amount = self.any_money(field, value)?;
        self.same_currency(field, amount, currency)
    }

    /// An amount that may be absent, in a given currency, not negative.
    pub fn optional_micros(
        &mut self,
        field: &str,
        value: Option<&Money>,
        currency: Option<Currency>,
    ) -> Option<Option<i64>> {
        match value {
            None => Some(None),
            Some(_) => {
                let amount = self.amount(field, value)?;
                self.same_currency(field, amount, currency).map(Some)
            }
        }
    }

    fn same_currency(
        &mut self,
        field: &str,
        amount: Amount,
        currency: Option<Currency>,
    ) -> Option<i64> {
        let currency = currency?;
        if amount.currency != currency {
            let path = format!("{field}.currency_code");
            self.refuse(path, format!("must be {} as the amount's", currency.code()));
            return None;
        }
        Some(amount.micros)
    }

    /// An exchange rate that may be absent: decimal text between 10^-9 and 10^9.
    pub fn exchange_rate(&mut self, field: &str, value: Option<&str>) -> Option<Option<Decimal>> {
        let Some(text) = value else { return Some(None) };
        let rate = Decimal::parse(text).filter(|rate| rate.is_within(9));
        if rate.is_none() {
            self.refuse(
                field,
                "must be decimal text of at most 18 digits between 10^-9 and 10^9",
            );
        }
        rate.map(Some)
    }

    /// A positive decimal number that may be absent.
    pub fn quantity(&mut self, field: &str, value: Option<&str>) -> Option<Option<Decimal>> {
        let Some(text) = value else { return Some(None) };
        let quantity = Decimal::parse(text);
        if quantity.is_none() {
            self.refuse(
                field,
                "must be decimal text of at most 18 digits, more than zero",
            );
        }
        quantity.map(Some)
    }

    /// A version that may be absent: at least 1.
    pub fn version(&mut self, field: &str, value: Option<i32>) -> Option<Option<i32>> {
        if value.is_some_and(|version| version < 1) {
            self.refuse(field, "must be at least 1");
            return None;
        }
        Some(value)
    }

    /// A calendar day.
    pub fn day(&mut self, field: &str, value: &Date) -> Option<Day> {
        let day = Day::from_calendar(value.year, value.month, value.day)
            .filter(|_| (1900..=9999).contains(&value.year));
        if day.is_none() {
            self.refuse(
                field,
                "must be a calendar day between the years 1900 and 9999",
            );
        }
        day
    }

    /// How many items a writing request has: 1 to 1000.
    pub fn items<T>(&mut self, field: &str, items: &[T]) -> Option<()> {
        if (1..=ITEMS_MAX).contains(&items.len()) {
            return Some(());
        }
        self.refuse(
            field,
            format!("must have 1 to {ITEMS_MAX} items, has {}", items.len()),
        );
        None
    }
}

/// As much of a name as an error shows.
#[must_use]
pub fn shown(name: &str) -> String {
    let plain = name.chars().filter(|char| !char.is_control());
    plain.take(ID_BYTES).collect()
}

/// The tenant a call is for.
///
/// # Errors
///
/// INVALID_ARGUMENT for metadata that cannot name a tenant.
pub fn tenant<T>(request: &Request<T>) -> Result<String, Status> {
    let mut values = request.metadata().get_all(TENANT_METADATA).iter();
    let Some(value) = values.next() else {
        return Ok(DEFAULT_TENANT.to_owned());
    };
    let text = value.to_str().ok().filter(|text| is_tenant_id(text));
    match (text, values.next()) {
        (Some(text), None) => Ok(text.to_owned()),
        _ => Err(status::invalid(vec![Violation::new(
            TENANT_METADATA,
            "must be given once: 1 to 63 lower-case letters, digits or hyphens",
        )])),
    }
}
