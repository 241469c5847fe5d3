//! `import`.
//!
//! A file is read twice, with flat memory: first to check every row, then to send them. So a bad row
//! stops everything before the first row is stored.
//!
//! - `spool`: files that can be read twice; `cells`: values of the contract from cells;
//! - `facts`: the columns of each kind of fact; `instruments`: what responses answer; `send`: batches, and refusals told by line.

mod cells;
mod facts;
mod instruments;
mod send;
mod spool;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use facts::{ImportedFact, Setting};
use spool::Spooled;

use super::calls::connect;
use super::csv_file::CsvFile;
use super::failure::{BadRows, WrongUsage};
use super::progress::Step;
use super::server::zone;
use super::{base_currency, output, table};
use crate::clock::Clock;
use crate::config::client::{ClientSettings, Output};
use crate::config::environment::Environment;
use crate::config::listen::ZoneSettings;
use crate::engine::money::Currency;
use crate::engine::time::MICROS_PER_SECOND;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// How many bad rows are told of.
pub const BAD_ROWS_SHOWN_MAX: usize = 20;
/// How far in the future a fact may lie, as the service allows.
const FUTURE_MAX_MICROS: i64 = 5 * 60 * MICROS_PER_SECOND;

/// Kinds of facts that files hold.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// transaction_id,customer_id,occurred_at,amount and optionally currency_code, exchange_rate,
    /// kind, cost_of_goods, channel
    Transactions,
    /// refund_id,customer_id,transaction_id,occurred_at,amount and optionally currency_code,
    /// cost_of_goods_returned
    Refunds,
    /// cost_id,customer_id,occurred_at,amount,kind and optionally currency_code, exchange_rate
    Costs,
    /// referral_id,referrer_id,referee_id,occurred_at
    Referrals,
    /// attribute_id,customer_id,occurred_at,name and one of text, number, flag (true or false)
    Attributes,
    /// contact_id,customer_id,occurred_at,direction,purpose and optionally channel
    Contacts,
    /// response_id,instrument_id,answered_at, a column answer.ITEM for each item, and optionally
    /// instrument_version, customer_id, weight, channel, product_id, attribute.NAME
    Responses,
}

/// Records the rows of a CSV file with a header as facts.
///
/// Every row is read and checked before the first is sent: a bad row is reported by line and column,
/// and nothing is stored. Importing the same file again is safe: what is stored already is counted
/// as a duplicate.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Times are dates (midnight in --time-zone) or RFC 3339 (1997-09-30T12:00:00Z). Amounts are decimal
text with at most 6 decimals. Unknown columns are ignored with a note.

Examples:
  customer-value import transactions orders.csv
  customer-value import responses answers.csv
  customer-value import costs costs.csv --base-currency EUR --tenant acme
  zcat orders.csv.gz | customer-value import transactions - --skip-bad-rows")]
pub struct Import {
    /// What the rows are, with their columns
    #[arg(value_enum)]
    kind: Kind,

    /// The CSV file; - reads standard input
    file: PathBuf,

    /// Currency of rows without currency_code while the tenant has no facts with money yet; once it
    /// has, its own base currency counts
    #[arg(long, value_name = "CODE", default_value = "USD")]
    base_currency: String,

    /// Go on without bad rows, and say how many there are
    #[arg(long)]
    skip_bad_rows: bool,

    #[command(flatten)]
    zone: ZoneSettings,
}

/// What a file holds.
struct Checked {
    rows: u64,
    bad_rows: usize,
    /// Whether rows with money do not say its currency.
    needs_currency: bool,
}

impl Import {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When rows are bad, or the server refuses some.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let mut connection = connect(client).await?;
        let form = client.output;
        match self.kind {
            Kind::Transactions => self.import::<pb::Transaction>(&mut connection, form).await,
            Kind::Refunds => self.import::<pb::Refund>(&mut connection, form).await,
            Kind::Costs => self.import::<pb::Cost>(&mut connection, form).await,
            Kind::Referrals => self.import::<pb::Referral>(&mut connection, form).await,
            Kind::Attributes => {
                let import = self.import::<pb::CustomerAttribute>(&mut connection, form);
                import.await
            }
            Kind::Responses => {
                self.import::<pb::SurveyResponse>(&mut connection, form)
                    .await
            }
            Kind::Contacts => self.import::<pb::Contact>(&mut connection, form).await,
        }
    }

    async fn import<F: ImportedFact>(
        &self,
        client: &mut Client,
        form: Output,
    ) -> anyhow::Result<()> {
        let mut setting = self.setting()?;
        if F::ANSWERS_INSTRUMENTS {
            setting.instruments = instruments::of_tenant(client).await?;
        }
        let mut spooled = Spooled::open(&self.file, &Environment::read().temporary)?;
        let checked = self.check::<F>(&mut spooled, &setting)?;
        if checked.needs_currency {
            let told = base_currency::of_tenant(client).await?;
            if let Some(base) = told.filter(|base| *base != setting.currency) {
                eprintln!("rows without currency_code are in {base}, the tenant's base currency");
                setting.currency = base;
            }
        }
        let step = Step::begin("sending");
        let sent = send::send::<F>(client, &mut spooled, &setting, &mut |rows| {
            let (rows, all) = (table::grouped(rows), table::grouped(checked.rows));
            step.tell(format!("{rows} of {all} rows"));
        })
        .await?;
        drop(step);
        let (rows, created) = (sent.created + sent.duplicates, sent.created);
        let duplicates = sent.duplicates;
        match form {
            Output::Json => {
                let skipped = checked.bad_rows;
                let value = serde_json::json!({
                    "rows": rows, "created": created, "duplicates": duplicates, "skipped": skipped,
                });
                output::write(&format!("{value:#}\n"))
            }
            Output::Table => output::write(&format!(
                "{rows} rows: {created} created, {duplicates} duplicates\n"
            )),
        }
    }

    fn setting(&self) -> Result<Setting, WrongUsage> {
        if Currency::parse(&self.base_currency).is_none() {
            let text = "--base-currency takes a code of three capital letters, such as EUR";
            return Err(WrongUsage(text.to_owned()));
        }
        Ok(Setting {
            currency: self.base_currency.clone(),
            zone: zone(&self.zone.time_zone)?,
            latest: Clock::System.now().plus_micros(FUTURE_MAX_MICROS),
            instruments: BTreeMap::new(),
        })
    }

    /// Reads every row, before any is sent.
    fn check<F: ImportedFact>(
        &self,
        spooled: &mut Spooled,
        setting: &Setting,
    ) -> anyhow::Result<Checked> {
        let step = Step::begin("checking");
        let name = spooled.name.clone();
        let mut file = CsvFile::open(&name, spooled.rewound()?, F::REQUIRED)?;
        let known: BTreeSet<&str> = F::REQUIRED.iter().chain(F::OPTIONAL).copied().collect();
        let known: Vec<&str> = known.into_iter().collect();
        let mut ignored = file.other_columns(&known);
        ignored.retain(|column| !F::PREFIXES.iter().any(|prefix| column.starts_with(prefix)));
        if !ignored.is_empty() {
            eprintln!("note: columns that are not used: {}", ignored.join(", "));
        }
        let (mut rows, mut bad_rows, mut bad) = (0_u64, 0, Vec::new());
        let mut needs_currency = false;
        while let Some(row) = file.next_row()? {
            rows += 1;
            if rows.is_multiple_of(100_000) {
                step.tell(format!("{} rows", table::grouped(rows)));
            }
            match facts::read::<F>(row, setting) {
                Ok((_, takes_default)) => needs_currency |= takes_default,
                Err(cells) => {
                    bad_rows += 1;
                    if bad_rows <= BAD_ROWS_SHOWN_MAX {
                        bad.extend(cells);
                    }
                }
            }
        }
        let checked = Checked {
            rows: rows - bad_rows as u64,
            bad_rows,
            needs_currency,
        };
        if bad_rows == 0 {
            return Ok(checked);
        }
        let advice = if self.skip_bad_rows {
            "going on without them"
        } else {
            "nothing is stored. Correct them, or go on without them with --skip-bad-rows"
        };
        let found = BadRows {
            name,
            rows: bad_rows,
            shown: bad,
            advice,
        };
        if self.skip_bad_rows {
            eprintln!("{found}");
            return Ok(checked);
        }
        Err(found.into())
    }
}
