//! `statistics`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::amounts;
use super::csv_file::{BadCell, Row};
use super::failure::WrongUsage;
use super::{instants, output, statistics_file};
use crate::engine::statistics::{LoggedPurchase, LoggedStatistics, statistics_of_log};
use crate::engine::time::{Day, Zone, parse_day, parse_instant};
use crate::ids::ID_BYTES_MAX;

/// Makes a statistics file of a log of purchases, without a server.
///
/// The log is CSV with the columns customer_id and occurred_at (a date, or RFC 3339) and optionally
/// amount, in any order; other columns are passed over. All purchases of a customer on one day are one
/// event. The statistics file, which `fit --statistics` and `predict` read, has a row for each customer
/// who bought by the cut-off, in the order of their ids: customer_id, frequency (purchase days after the
/// first), recency (the last of them) and age, both since the first day in the unit of time, and with
/// amounts monetary, the mean spend on a purchase day after the first (0 without one).
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value statistics orders.csv > customers.csv
  customer-value statistics orders.csv --until 1997-09-30 --unit days > customers.csv
  customer-value statistics orders.csv | customer-value fit --family bg-nbd --statistics -")]
pub struct Statistics {
    /// CSV file of purchases; - reads standard input
    file: PathBuf,

    /// Last day of the data, included: the cut-off [default: the last day in the file]
    #[arg(long, value_name = "DATE", value_parser = instants::day)]
    until: Option<Day>,

    /// Unit of recency and age
    #[arg(long, value_enum, default_value = "weeks")]
    unit: Unit,

    /// Time zone in which an instant lies on a day; dates are days as they are
    #[arg(long, value_name = "NAME", default_value = "UTC", value_parser = zone)]
    time_zone: Zone,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Unit {
    Days,
    Weeks,
}

impl Unit {
    fn days(self) -> f64 {
        match self {
            Self::Days => 1.0,
            Self::Weeks => 7.0,
        }
    }
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).ok_or_else(|| "is no time zone such as Europe/Berlin".to_owned())
}

/// Columns that a log must have.
const NEEDED: [&str; 2] = ["customer_id", "occurred_at"];

/// A log with its customers by number.
#[derive(Debug, Default)]
struct Log {
    purchases: Vec<LoggedPurchase>,
    /// Looked up by name only, never gone through in its own order but to turn it round.
    numbers: HashMap<String, u32>,
    has_amounts: bool,
}

impl Statistics {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or rows are bad, by line and column.
    pub fn run(&self) -> anyhow::Result<()> {
        let mut log = Log::default();
        statistics_file::read_rows(&self.file, &NEEDED, |row| log.add(row, &self.time_zone))?;
        let Log {
            purchases,
            numbers,
            has_amounts,
        } = log;
        let last = purchases.iter().map(|purchase| purchase.day).max();
        let Some(until) = self.until.or(last) else {
            let text = format!("{} has no purchases", self.file.display());
            return Err(WrongUsage(text).into());
        };
        let found = statistics_of_log(purchases, until, self.unit.days())?;
        let mut names = vec![""; numbers.len()];
        for (name, number) in &numbers {
            names[index(*number)] = name;
        }
        let name_of = |own: &LoggedStatistics| names[index(own.customer)];
        let mut named: Vec<_> = found.iter().map(|own| (name_of(own), own)).collect();
        named.sort_unstable_by_key(|(name, _)| *name);
        output::write(&String::from_utf8_lossy(&text(&named, has_amounts)?))
    }
}

impl Log {
    /// Takes a row in.
    fn add(&mut self, mut row: Row<'_>, zone: &Zone) -> Result<(), Vec<BadCell>> {
        self.has_amounts = row.columns().iter().any(|name| name == "amount");
        let customer = customer(&mut row);
        let day = day(&mut row, zone);
        let amount = if self.has_amounts {
            amount(&mut row)
        } else {
            Some(0)
        };
        let purchase = customer.zip(day).zip(amount);
        let ((customer, day), amount_micros) = row.finish(purchase)?;
        let customer = self.number(customer);
        self.purchases.push(LoggedPurchase {
            customer,
            day,
            amount_micros,
        });
        Ok(())
    }

    /// The customer's number: 0, 1, … in the order in which they come.
    fn number(&mut self, customer: &str) -> u32 {
        if let Some(number) = self.numbers.get(customer) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(customer.to_owned(), number);
        number
    }
}

fn customer<'r>(row: &mut Row<'r>) -> Option<&'r str> {
    let text = row.required("customer_id")?;
    if ID_BYTES_MAX < text.len() {
        let reason = format!("must be at most {ID_BYTES_MAX} bytes, is {}", text.len());
        row.refuse("customer_id", reason);
        return None;
    }
    if text.chars().any(char::is_control) {
        row.refuse("customer_id", "must not contain control characters");
        return None;
    }
    Some(text)
}

fn day(row: &mut Row<'_>, zone: &Zone) -> Option<Day> {
    let text = row.required("occurred_at")?.trim();
    let day = parse_day(text).or_else(|| parse_instant(text).map(|instant| zone.day_of(instant)));
    if day.is_none() {
        let reason = "is neither a date such as 1997-09-30 nor like 1997-09-30T12:00:00Z";
        row.refuse_text("occurred_at", text, reason);
    }
    day
}

fn amount(row: &mut Row<'_>) -> Option<i64> {
    let text = row.required("amount")?.trim();
    match amounts::parse(text) {
        Ok(micros) => Some(micros),
        Err(error) => {
            row.refuse_text("amount", text, error);
            None
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The statistics file. Numbers are written so that reading them gives the same ones.
fn text(named: &[(&str, &LoggedStatistics)], has_amounts: bool) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    let columns = ["customer_id", "frequency", "recency", "age", "monetary"];
    let count = if has_amounts {
        columns.len()
    } else {
        columns.len() - 1
    };
    file.write_record(&columns[..count])?;
    let mut cells = [const { String::new() }; 4];
    for (name, own) in named {
        let purchases = own.purchases;
        let (x, last) = (purchases.frequency(), purchases.recency());
        file.write_field(name)?;
        for (cell, number) in cells
            .iter_mut()
            .zip([x, last, purchases.age(), own.monetary])
        {
            cell.clear();
            write!(cell, "{number}").ok();
        }
        file.write_record(&cells[..count - 1])?;
    }
    Ok(file.into_inner().unwrap_or_default())
}
