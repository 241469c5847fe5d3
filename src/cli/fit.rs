//! `fit`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::calls::{answer, connect};
use super::failure::WrongUsage;
use super::family::{FamilyChoice, PriorChoice};
use super::models::model_text;
use super::progress::Step;
use super::{instants, output, statistics_file};
use crate::config::client::{ClientSettings, Output};
use crate::engine::family::Family;
use crate::engine::fit::{
    Fit as Fitted, FitError, Options, fit_bg_bb, fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_nbd,
    fit_pareto_nbd, fit_referral_nbd, fit_sbg,
};
use crate::engine::numeric::blocks::Threads;
use crate::engine::score::ENGINE_VERSION;
use crate::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, StatisticsError, Weighted,
};
use crate::engine::time::Day;
use crate::grpc::client::Client;
use crate::grpc::model::model_family;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::fit_model_response::Update;
use crate::grpc::write;

/// Fits a model and prints it.
///
/// On the server it is fitted to the tenant's customers and stored; with --statistics to a file,
/// without a server; nbd, bg-bb and sbg are fitted to files only. A statistics file is CSV with the columns
/// frequency,recency,age in one unit of time (frequency,monetary for gamma-gamma) and optionally
/// weight, the number of customers a row stands for. For bg-bb the age is a number of periods with at
/// most one purchase in each; for sbg frequency and recency are the renewals and the age the periods
/// observed, so that whoever has fewer renewals than periods has left; for referral-nbd the frequency is
/// the number of customers brought who bought, the age the time since the first purchase, and the
/// recency does not matter.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value fit --family bg-nbd --activate
  customer-value fit --best --activate
  customer-value fit --family gamma-gamma --until 1997-09-30 --prior none --tenant cdnow
  customer-value fit --family referral-nbd --activate
  customer-value fit --family pareto-nbd --statistics customers.csv --prior none --output json")]
pub struct Fit {
    /// Family of the model
    #[arg(long, value_enum, required_unless_present = "best")]
    family: Option<FamilyChoice>,

    /// The family of purchases that an evaluation chooses; see `customer-value evaluate`
    #[arg(long, conflicts_with_all = ["family", "statistics"])]
    best: bool,

    /// Last day of the data, included [default: the newest purchase day that has ended]
    #[arg(long, value_name = "DATE", value_parser = instants::day, conflicts_with = "statistics")]
    until: Option<Day>,

    /// What the fit supposes before it sees data
    #[arg(long, value_enum, default_value = "weak")]
    prior: PriorChoice,

    /// Put the model in force from the first instant after its data on
    #[arg(long, conflicts_with = "statistics")]
    activate: bool,

    /// Fit to this CSV file without a server; - reads standard input
    #[arg(long, value_name = "FILE")]
    statistics: Option<PathBuf>,

    /// Threads to fit on; the model is the same, bit for bit, on any number [default: as many as there
    /// are processors]
    #[arg(long, value_name = "COUNT", requires = "statistics")]
    threads: Option<NonZeroUsize>,
}

impl Fit {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the data do not determine a model, or the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        if let Some((path, family)) = self.statistics.as_ref().zip(self.family) {
            let model = self.fit_file(family, path)?;
            return print(self.family, &model, client.output);
        }
        let family = match self.family.map(|family| (family, family.on_server())) {
            None => pb::ModelFamily::Automatic,
            Some((_, Some(family))) => model_family(family),
            Some((family, None)) => {
                let name = family.name();
                let text = format!(
                    "a server fits bg-nbd, mbg-nbd, pareto-nbd, gamma-gamma and referral-nbd, not {name}: give \
                     --statistics FILE to fit it to a file"
                );
                return Err(WrongUsage(text).into());
            }
        };
        let mut connection = connect(client).await?;
        let request = pb::FitModelRequest {
            family: family.into(),
            calibration_end: self.until.map(write::date),
            prior: self.prior.message().into(),
        };
        let model = fit_on_server(&mut connection, request).await?;
        print(self.family, &model, client.output)?;
        if self.activate {
            let request = pb::ActivateModelRequest {
                name: model.name.clone(),
                effective_at: None,
            };
            let activated = answer(connection.models.activate_model(request).await)?;
            let from = activated.activation.and_then(|found| found.effective_at);
            eprintln!(
                "{} is in force from {}",
                model.name,
                instants::text(from.as_ref())
            );
        }
        Ok(())
    }

    fn fit_file(&self, family: FamilyChoice, path: &Path) -> anyhow::Result<pb::Model> {
        let file = StatisticsFile {
            family,
            prior: self.prior,
            threads: statistics_file::threads(self.threads),
            path,
        };
        match family {
            FamilyChoice::BgNbd => file.fit_histories(PurchaseStatistics::new, fit_bg_nbd),
            FamilyChoice::MbgNbd => file.fit_histories(PurchaseStatistics::new, fit_mbg_nbd),
            FamilyChoice::ParetoNbd => file.fit_histories(PurchaseStatistics::new, fit_pareto_nbd),
            FamilyChoice::Nbd => file.fit_histories(PurchaseStatistics::new, fit_nbd),
            FamilyChoice::ReferralNbd => {
                file.fit_histories(PurchaseStatistics::new, fit_referral_nbd)
            }
            FamilyChoice::BgBb => file.fit_histories(PeriodStatistics::new, fit_bg_bb),
            FamilyChoice::Sbg => file.fit_histories(RenewalStatistics::new, fit_sbg),
            FamilyChoice::GammaGamma => {
                let rows: Vec<_> = statistics_file::spend(path)?
                    .into_iter()
                    .filter_map(|weighted| {
                        let weight = weighted.weight;
                        weighted.row.map(|row| Weighted { row, weight })
                    })
                    .collect();
                file.fit(&rows, fit_gamma_gamma)
            }
        }
    }
}

/// Fits a model on a server, telling how far it is.
///
/// # Errors
///
/// When the server refuses or the stream ends early.
pub async fn fit_on_server(
    client: &mut Client,
    request: pb::FitModelRequest,
) -> anyhow::Result<pb::Model> {
    let of_request = |family: &Family| model_family(*family) == request.family();
    let family = Family::ALL.into_iter().find(of_request);
    let step = Step::begin(format!(
        "fitting {}",
        family.map_or("a model", Family::name)
    ));
    let mut updates = answer(client.models.fit_model(request).await)?;
    let refused = super::failure::Refused::from;
    while let Some(message) = updates.message().await.map_err(refused)? {
        match message.update {
            Some(Update::Progress(progress)) => {
                step.tell(format!(
                    "{}, {} customers",
                    progress.step, progress.customers
                ));
            }
            Some(Update::Model(model)) => {
                if let Some(evaluation) = message.evaluation {
                    eprintln!("{}", evaluation.reason);
                }
                return Ok(model);
            }
            None => {}
        }
    }
    anyhow::bail!("the server ended the fit without a model; ask again")
}

fn print(family: Option<FamilyChoice>, model: &pb::Model, form: Output) -> anyhow::Result<()> {
    match form {
        Output::Json => output::write(&json(family, model)?),
        Output::Table => output::write(&model_text(model, &[])),
    }
}

/// The model as JSON. The contract's enum has no value for a family that a server does not fit, so
/// that its name takes the place of the unspecified one.
fn json(family: Option<FamilyChoice>, model: &pb::Model) -> Result<String, output::JsonError> {
    let text = output::json("Model", model)?;
    let Some(family) = family.filter(|family| family.on_server().is_none()) else {
        return Ok(text);
    };
    let name = family.name().to_uppercase().replace('-', "_");
    let unspecified = pb::ModelFamily::Unspecified.as_str_name();
    Ok(text.replacen(unspecified, &format!("MODEL_FAMILY_{name}"), 1))
}

/// A file, and what is to be fitted to it.
struct StatisticsFile<'f> {
    family: FamilyChoice,
    prior: PriorChoice,
    threads: Threads,
    path: &'f Path,
}

impl StatisticsFile<'_> {
    fn fit_histories<T, M, const N: usize>(
        &self,
        checked: impl Fn(f64, f64, f64) -> Result<T, StatisticsError>,
        fit: impl Fn(&[Weighted<T>], Options) -> Result<Fitted<M, N>, FitError>,
    ) -> anyhow::Result<pb::Model> {
        let rows = statistics_file::histories(self.path, checked)?;
        self.fit(&rows, fit)
    }

    fn fit<T, M, const N: usize>(
        &self,
        rows: &[Weighted<T>],
        fit: impl Fn(&[Weighted<T>], Options) -> Result<Fitted<M, N>, FitError>,
    ) -> anyhow::Result<pb::Model> {
        let options = Options {
            prior: self.prior.prior(),
            threads: self.threads,
        };
        let fitted = fit(rows, options)
            .with_context(|| format!("{} cannot be fitted", self.path.display()))?;
        Ok(self.message(&fitted))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a sum of weights is far below 2^63, and a float cast saturates"
    )]
    fn message<M, const N: usize>(&self, fit: &Fitted<M, N>) -> pb::Model {
        let family = self.family.on_server().map(model_family);
        pb::Model {
            family: family.unwrap_or(pb::ModelFamily::Unspecified).into(),
            parameters: Some(self.family.parameters(&fit.parameters)),
            standard_errors: Some(self.family.parameters(&fit.standard_errors)),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers.round_ties_even() as i64,
            converged: fit.converged,
            time_unit: "file".to_owned(),
            prior: self.prior.message().into(),
            iterations: i32::try_from(fit.iterations).unwrap_or(i32::MAX),
            gradient_norm: fit.gradient_norm,
            engine_version: ENGINE_VERSION.to_owned(),
            ..pb::Model::default()
        }
    }
}
