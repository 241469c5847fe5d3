//! `predict`.

use std::path::PathBuf;

use serde_json::{Value, json};

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
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::PurchaseModel;
use crate::engine::sbg::Sbg;
use crate::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, StatisticsError,
};

/// Computes what a model predicts for each row of a statistics file, without a server.
///
/// Everything is in the file's own unit of time. For models of purchases: the probability of being
/// alive, the expected purchases in the horizon, the residual purchases (all future ones, discounted)
/// and the log-likelihood. For bg-bb alive means there in the next period. For sbg purchases are
/// renewals, of which the next is due now. For referral-nbd they are customers to be brought. For
/// gamma-gamma: the expected spend on a purchase (the
/// population's for rows without repeat spend) and the log-likelihood.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value predict --family bg-nbd --parameters r=0.25,alpha=4.4,a=0.8,b=2.4 \\
      --statistics customers.csv --horizon 39 --discount-rate 0.0019
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
                self.purchases(&BgNbd::new(r, alpha, a, b)?, PurchaseStatistics::new)?
            }
            (FamilyChoice::MbgNbd, &[r, alpha, a, b]) => {
                self.purchases(&MbgNbd::new(r, alpha, a, b)?, PurchaseStatistics::new)?
            }
            (FamilyChoice::ParetoNbd, &[r, alpha, s, beta]) => {
                self.purchases(&ParetoNbd::new(r, alpha, s, beta)?, PurchaseStatistics::new)?
            }
            (FamilyChoice::Nbd | FamilyChoice::ReferralNbd, &[r, alpha]) => {
                self.purchases(&Nbd::new(r, alpha)?, PurchaseStatistics::new)?
            }
            (FamilyChoice::BgBb, &[alpha, beta, gamma, delta]) => self.purchases(
                &BgBb::new(alpha, beta, gamma, delta)?,
                PeriodStatistics::new,
            )?,
            (FamilyChoice::Sbg, &[alpha, beta]) => {
                self.purchases(&Sbg::new(alpha, beta)?, RenewalStatistics::new)?
            }
            (FamilyChoice::GammaGamma, &[p, q, gamma]) => {
                let rows = self.spend(GammaGamma::new(p, q, gamma)?)?;
                return print(client.output, &SPEND_COLUMNS, &rows);
            }
            _ => return Err(WrongUsage("the number of --parameters is wrong".to_owned()).into()),
        };
        print(client.output, &PURCHASE_COLUMNS, &rows)
    }

    fn purchases<M: PurchaseModel>(
        &self,
        model: &M,
        checked: impl Fn(f64, f64, f64) -> Result<M::Statistics, StatisticsError>,
    ) -> anyhow::Result<Vec<Vec<Option<f64>>>> {
        let Some(horizon) = self.horizon else {
            let text = "--horizon is missing: how far to look ahead, in the file's unit of time";
            return Err(WrongUsage(text.to_owned()).into());
        };
        let usage = |error: &dyn std::fmt::Display| WrongUsage(error.to_string());
        let mut rows = Vec::new();
        for weighted in statistics_file::histories(&self.statistics, checked)? {
            let statistics = weighted.row;
            let purchases = model.expected_purchases(&statistics, horizon);
            let residual = match self.discount_rate {
                None => None,
                Some(rate) => {
                    let residual = model.residual_purchases(&statistics, rate);
                    Some(residual.map_err(|error| usage(&error))?)
                }
            };
            rows.push(vec![
                Some(model.probability_alive(&statistics)),
                Some(purchases.map_err(|error| usage(&error))?),
                residual,
                Some(model.log_likelihood(&statistics)),
            ]);
        }
        Ok(rows)
    }

    fn spend(&self, model: GammaGamma) -> anyhow::Result<Vec<Vec<Option<f64>>>> {
        let mut rows = Vec::new();
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
            rows.push(vec![spend, log_likelihood]);
        }
        Ok(rows)
    }
}

fn print(form: Output, columns: &Columns, rows: &[Vec<Option<f64>>]) -> anyhow::Result<()> {
    match form {
        Output::Json => {
            let object = |row: &Vec<Option<f64>>| -> Value {
                let numbers = columns.iter().zip(row);
                numbers
                    .map(|((name, _), number)| ((*name).to_owned(), json!(number)))
                    .collect::<serde_json::Map<String, Value>>()
                    .into()
            };
            let rows: Vec<Value> = rows.iter().map(object).collect();
            output::write(&format!("{:#}\n", json!({ "rows": rows })))
        }
        Output::Table => {
            let mut titles = vec![("row", Side::Right)];
            titles.extend(columns.iter().map(|(_, title)| (*title, Side::Right)));
            let lines: Vec<Vec<String>> = (1..)
                .zip(rows)
                .map(|(number, row)| {
                    let mut line = vec![number.to_string()];
                    line.extend(
                        row.iter()
                            .map(|number| number.map_or("-".to_owned(), |n| format!("{n:.6}"))),
                    );
                    line
                })
                .collect();
            output::write(&table(&titles, &lines))
        }
    }
}
