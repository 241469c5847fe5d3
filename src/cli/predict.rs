//! `predict`.

mod purchases;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::failure::WrongUsage;
use super::family::{FamilyChoice, parse_parameters};
use super::table::{Side, table};
use super::{output, statistics_file};
use crate::config::client::{ClientSettings, Output};
use crate::engine::bg_bb::BgBb;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::nbd::Nbd;
use crate::engine::numeric::special::exp;
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::sbg::Sbg;
use crate::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, StatisticsError,
};
use purchases::Look;

/// Computes what a model predicts for each row of a statistics file, without a server.
///
/// Everything is in the file's own unit of time. For models of purchases: the probability of being
/// alive, the expected purchases in the horizon, the residual purchases (all future ones, discounted)
/// and the log-likelihood. For bg-bb alive means there in the next period. For sbg purchases are
/// renewals, of which the next is due now; for referral-nbd they are customers to be brought. A row 0,0,0 is a new customer. With --counts also the
/// probabilities of 0, 1, 2, ... purchases in the horizon, in JSON by their natural logarithms too. For
/// gamma-gamma: the expected spend on a purchase (the population's for rows without repeat spend) and the
/// log-likelihood. Of files with many rows the time-consuming functions are interpolated, within 1e-11 of
/// what a single row gets.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value predict --family bg-nbd --parameters r=0.25,alpha=4.4,a=0.8,b=2.4 \\
      --statistics customers.csv --horizon 39 --discount-rate 0.0019
  customer-value predict --family nbd --parameters r=0.5,alpha=12 \\
      --statistics customers.csv --horizon 4 --counts 10
  customer-value predict --family gamma-gamma --parameters p=6.25,q=3.74,gamma=15.44 \\
      --statistics customers.csv --output json")]
pub struct Predict {
    /// Family of the model
    #[arg(long, value_enum)]
    family: FamilyChoice,

    /// The model's parameters: r, alpha, a, b for bg-nbd and mbg-nbd; r, alpha, s, beta for
    /// pareto-nbd; r, alpha for nbd and referral-nbd; alpha, beta, gamma, delta for bg-bb; alpha, beta for sbg; p, q,
    /// gamma for gamma-gamma
    #[arg(long, value_name = "NAME=VALUE,...")]
    parameters: String,

    /// CSV file with the columns frequency,recency,age (frequency,monetary for gamma-gamma), as `fit`
    /// takes; - reads standard input
    #[arg(long, value_name = "FILE")]
    statistics: PathBuf,

    /// How far to look ahead, in the file's unit of time; required but for gamma-gamma
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    horizon: Option<f64>,

    /// Discount rate per unit of the file's time, for residual purchases: continuous, but for bg-bb
    /// and sbg the effective rate of a period
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    discount_rate: Option<f64>,

    /// Also the probability of every number of purchases in the horizon up to this one
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=COUNTS_MAX))]
    counts: Option<u32>,

    /// Threads to compute on; the answer is the same, bit for bit, on any number [default: as many as
    /// there are processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
}

/// Most numbers of purchases whose probabilities are listed.
const COUNTS_MAX: i64 = 10_000;

/// What is predicted for a row.
#[derive(Clone, Debug)]
struct Line {
    /// In the order of the family's columns.
    numbers: Vec<Option<f64>>,
    /// Logarithms of the probabilities of 0, 1, .. purchases, as far as asked for.
    log_counts: Vec<f64>,
}

/// Titles of a family's numbers with their JSON names.
type Columns = [(&'static str, &'static str)];
const PURCHASE_COLUMNS: [(&str, &str); 4] = [
    ("probabilityAlive", "P(alive)"),
    ("expectedPurchases", "expected purchases"),
    ("residualPurchases", "residual purchases"),
    ("logLikelihood", "log-likelihood"),
];
const SPEND_COLUMNS: [(&str, &str); 2] = [
    ("expectedSpend", "expected spend"),
    ("logLikelihood", "log-likelihood"),
];

impl Predict {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the file or the parameters cannot be used.
    pub fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let values = parse_parameters(self.family, &self.parameters).map_err(WrongUsage)?;
        let rows = match (self.family, values.as_slice()) {
            (FamilyChoice::BgNbd, &[r, alpha, a, b]) => {
                self.purchases(&BgNbd::new(r, alpha, a, b)?, alpha)?
            }
            (FamilyChoice::MbgNbd, &[r, alpha, a, b]) => {
                self.purchases(&MbgNbd::new(r, alpha, a, b)?, alpha)?
            }
            (FamilyChoice::ParetoNbd, &[r, alpha, s, beta]) => {
                self.purchases(&ParetoNbd::new(r, alpha, s, beta)?, alpha.min(beta))?
            }
            (FamilyChoice::Nbd | FamilyChoice::ReferralNbd, &[r, alpha]) => {
                self.purchases(&Nbd::new(r, alpha)?, alpha)?
            }
            (FamilyChoice::BgBb, &[alpha, beta, gamma, delta]) => self.periods(
                &BgBb::new(alpha, beta, gamma, delta)?,
                PeriodStatistics::new,
            )?,
            (FamilyChoice::Sbg, &[alpha, beta]) => {
                self.periods(&Sbg::new(alpha, beta)?, RenewalStatistics::new)?
            }
            (FamilyChoice::GammaGamma, &[p, q, gamma]) => {
                let lines = self.spend(GammaGamma::new(p, q, gamma)?)?;
                return print(client.output, &SPEND_COLUMNS, &lines);
            }
            _ => return Err(WrongUsage("the number of --parameters is wrong".to_owned()).into()),
        };
        print(client.output, &PURCHASE_COLUMNS, &rows)
    }

    fn purchases<M>(&self, model: &M, scale: f64) -> anyhow::Result<Vec<Line>>
    where
        M: PurchaseModel<Statistics = PurchaseStatistics> + Sync,
    {
        let look = self.look()?;
        look.check(model, &PurchaseStatistics::new(0.0, 0.0, 0.0)?)?;
        let rows = statistics_file::histories(&self.statistics, PurchaseStatistics::new)?;
        Ok(look.histories(model, scale, &rows))
    }

    fn periods<M>(
        &self,
        model: &M,
        checked: impl Fn(f64, f64, f64) -> Result<M::Statistics, StatisticsError>,
    ) -> anyhow::Result<Vec<Line>>
    where
        M: PurchaseModel<Statistics: Sync> + Sync,
    {
        let look = self.look()?;
        look.check(model, &checked(0.0, 0.0, 0.0)?)?;
        let rows = statistics_file::histories(&self.statistics, checked)?;
        Ok(look.periods(model, &rows))
    }

    fn look(&self) -> Result<Look, WrongUsage> {
        let missing = "--horizon is missing: how far to look ahead, in the file's unit of time";
        Ok(Look {
            horizon: self.horizon.ok_or(WrongUsage(missing.to_owned()))?,
            discount_rate: self.discount_rate,
            counts: self.counts,
            threads: statistics_file::threads(self.threads),
        })
    }

    fn spend(&self, model: GammaGamma) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for (number, weighted) in (1..).zip(statistics_file::spend(&self.statistics)?) {
            let spend = match &weighted.row {
                Some(statistics) => model.expected_spend(statistics),
                None => model.population_mean(),
            };
            let spend = match spend {
                Ok(spend) => Some(spend),
                Err(error) => {
                    eprintln!("note: row {number} has no expected spend: {error}");
                    None
                }
            };
            let log_likelihood = weighted.row.as_ref().map(|row| model.log_likelihood(row));
            lines.push(Line {
                numbers: vec![spend, log_likelihood],
                log_counts: Vec::new(),
            });
        }
        Ok(lines)
    }
}

fn print(form: Output, columns: &Columns, lines: &[Line]) -> anyhow::Result<()> {
    match form {
        Output::Json => {
            let rows: Vec<Value> = lines.iter().map(|line| object(columns, line)).collect();
            output::write(&format!("{:#}\n", json!({ "rows": rows })))
        }
        Output::Table => {
            let counts = lines.first().map_or(0, |line| line.log_counts.len());
            let counts: Vec<String> = (0..counts).map(|count| format!("P({count})")).collect();
            let mut titles = vec![("row", Side::Right)];
            titles.extend(columns.iter().map(|(_, title)| (*title, Side::Right)));
            titles.extend(counts.iter().map(|title| (title.as_str(), Side::Right)));
            let cells = |(number, line): (usize, &Line)| {
                let probabilities = line.log_counts.iter().map(|log| Some(exp(*log)));
                let numbers = line.numbers.iter().copied().chain(probabilities);
                let texts = numbers.map(|cell| cell.map_or("-".to_owned(), |n| format!("{n:.6}")));
                std::iter::once(number.to_string()).chain(texts).collect()
            };
            let cells: Vec<Vec<String>> = (1..).zip(lines).map(cells).collect();
            output::write(&table(&titles, &cells))
        }
    }
}

fn object(columns: &Columns, line: &Line) -> Value {
    let numbers = columns.iter().zip(&line.numbers);
    let mut object: Map<String, Value> = numbers
        .map(|((name, _), number)| ((*name).to_owned(), json!(number)))
        .collect();
    if !line.log_counts.is_empty() {
        let probabilities: Vec<f64> = line.log_counts.iter().map(|log| exp(*log)).collect();
        object.insert("countProbabilities".to_owned(), json!(probabilities));
        // The logarithm of a number that cannot be is null.
        object.insert("logCountProbabilities".to_owned(), json!(line.log_counts));
    }
    object.into()
}
