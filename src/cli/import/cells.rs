//! Values of the contract from the cells of a row.

use super::facts::Setting;
use crate::cli::amounts;
use crate::cli::csv_file::Row;
use crate::engine::money::{Currency, Decimal};
use crate::engine::time::{Instant, parse_day, parse_instant};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;
use crate::grpc::write;
use crate::ids::ID_BYTES_MAX;

/// A row and how its cells are to be read.
#[derive(Debug)]
pub(super) struct Cells<'r> {
    pub(super) row: Row<'r>,
    setting: &'r Setting,
    /// The row's currency, once it was asked for.
    currency: Option<String>,
    /// Whether an amount took the default currency.
    pub(super) takes_default: bool,
}

impl<'r> Cells<'r> {
    pub(super) fn new(row: Row<'r>, setting: &'r Setting) -> Self {
        Self {
            row,
            setting,
            currency: None,
            takes_default: false,
        }
    }

    /// The newest version of an instrument.
    pub(super) fn instrument(&self, instrument_id: &str) -> Option<&'r pb::Instrument> {
        self.setting.instruments.get(instrument_id)
    }

    /// An id: 1 to 128 bytes without control characters.
    pub(super) fn id(&mut self, column: &str) -> Option<String> {
        self.required_text(column, ID_BYTES_MAX)
    }

    /// A text of 1 to so many bytes without control characters.
    pub(super) fn required_text(&mut self, column: &str, bytes_max: usize) -> Option<String> {
        let text = self.row.required(column)?;
        self.bounded(column, text, bytes_max)
    }

    /// A text that may be missing, of at most so many bytes.
    pub(super) fn optional_text(
        &mut self,
        column: &str,
        bytes_max: usize,
    ) -> Option<Option<String>> {
        match self.row.text(column) {
            None => Some(None),
            Some(text) => self.bounded(column, text, bytes_max).map(Some),
        }
    }

    fn bounded(&mut self, column: &str, text: &str, bytes_max: usize) -> Option<String> {
        let reason = if text.len() > bytes_max {
            format!("must be at most {bytes_max} bytes, is {}", text.len())
        } else if text.chars().any(char::is_control) {
            "must not contain control characters".to_owned()
        } else {
            return Some(text.to_owned());
        };
        self.row.refuse(column, reason);
        None
    }

    /// When it happened: a date in the setting's zone, or RFC 3339.
    pub(super) fn instant(&mut self, column: &str) -> Option<prost_types::Timestamp> {
        let text = self.row.required(column)?.trim();
        let instant = match parse_day(text) {
            Some(day) => Some(self.setting.zone.start_of(day)),
            None => parse_instant(text),
        };
        let reason = match instant {
            None => "is neither a date such as 1997-09-30 nor like 1997-09-30T12:00:00Z",
            Some(instant) if !(Instant::EARLIEST..=Instant::LATEST).contains(&instant) => {
                "must lie between the years 1900 and 9999"
            }
            Some(instant) if instant > self.setting.latest => {
                "must lie at most five minutes in the future"
            }
            Some(instant) => return Some(write::timestamp(instant)),
        };
        self.row.refuse_text(column, text, reason);
        None
    }

    /// A required amount in the row's currency.
    pub(super) fn money(&mut self, column: &str) -> Option<Money> {
        let text = self.row.required(column)?;
        self.amount(column, text)
    }

    /// An amount that may be missing.
    pub(super) fn optional_money(&mut self, column: &str) -> Option<Option<Money>> {
        match self.row.text(column) {
            None => Some(None),
            Some(text) => self.amount(column, text).map(Some),
        }
    }

    fn amount(&mut self, column: &str, text: &str) -> Option<Money> {
        let text = text.trim();
        let currency = self.currency();
        match amounts::parse(text) {
            Ok(micros) => Some(amounts::money(micros, &currency)),
            Err(error) => {
                self.row.refuse_text(column, text, error);
                None
            }
        }
    }

    fn currency(&mut self) -> String {
        if let Some(known) = &self.currency {
            return known.clone();
        }
        let currency = match self.row.text("currency_code").map(str::trim) {
            None => {
                self.takes_default = true;
                self.setting.currency.clone()
            }
            Some(code) => {
                if Currency::parse(code).is_none() {
                    let reason = "must be a code of three capital letters, such as EUR";
                    self.row.refuse_text("currency_code", code, reason);
                }
                code.to_owned()
            }
        };
        self.currency = Some(currency.clone());
        currency
    }

    /// An exchange rate that may be missing.
    pub(super) fn exchange_rate(&mut self) -> Option<Option<String>> {
        let column = "exchange_rate";
        let Some(text) = self.row.text(column).map(str::trim) else {
            return Some(None);
        };
        if Decimal::parse(text).is_none_or(|rate| !rate.is_within(9)) {
            let reason = "must be decimal text of at most 18 digits between 10^-9 and 10^9";
            self.row.refuse_text(column, text, reason);
            return None;
        }
        Some(Some(text.to_owned()))
    }

    /// A finite number that may be missing.
    pub(super) fn number(&mut self, column: &str) -> Option<Option<f64>> {
        let Some(text) = self.row.text(column).map(str::trim) else {
            return Some(None);
        };
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.row
                .refuse_text(column, text, "must be a finite number such as 41.5");
        }
        number.map(Some)
    }

    /// Yes or no, which may be missing.
    pub(super) fn flag(&mut self, column: &str) -> Option<Option<bool>> {
        let Some(text) = self.row.text(column).map(str::trim) else {
            return Some(None);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(Some(true)),
            "false" => Some(Some(false)),
            _ => {
                self.row.refuse_text(column, text, "must be true or false");
                None
            }
        }
    }

    /// The number of an enum's value that may not be missing; see [`Cells::choice`].
    pub(super) fn required_choice(
        &mut self,
        column: &str,
        prefix: &str,
        number: impl Fn(&str) -> Option<i32>,
        choices: &str,
    ) -> Option<i32> {
        let chosen = self.choice(column, prefix, number, choices);
        if chosen == Some(None) {
            let reason = format!("is empty; must be one of {choices}");
            self.row.refuse(column, reason);
        }
        chosen?
    }

    /// The number of an enum's value, named with or without the enum's prefix; `None` in the inner
    /// place when the cell is empty.
    pub(super) fn choice(
        &mut self,
        column: &str,
        prefix: &str,
        number: impl Fn(&str) -> Option<i32>,
        choices: &str,
    ) -> Option<Option<i32>> {
        let Some(text) = self.row.text(column).map(str::trim) else {
            return Some(None);
        };
        let name = text.to_ascii_uppercase();
        let name = name.strip_prefix(prefix).unwrap_or(&name);
        match number(&format!("{prefix}{name}")) {
            Some(number) if number != 0 => Some(Some(number)),
            _ => {
                self.row
                    .refuse_text(column, text, format!("must be one of {choices}"));
                None
            }
        }
    }
}
