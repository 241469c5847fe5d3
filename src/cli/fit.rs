//! `fit`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::calls::{answer, connect};
use super::family::{PriorChoice, family_parser};
use super::models::model_text;
use super::progress::Step;
use super::{instants, output, statistics_file};
use crate::config::client::{ClientSettings, Output};
use crate::engine::family::Family;
use crate::engine::fit::{Fit as Fitted, fit_bg_nbd, fit_gamma_gamma};
use crate::engine::score::ENGINE_VERSION;
use crate::engine::statistics::Weighted;
use crate::engine::time::Day;
use crate::grpc::client::Client;
use crate::grpc::model::{model_family, parameters};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::fit_model_response::Update;
use crate::grpc::write;

/// Fits a model and prints it.
///
/// On the server it is fitted to the tenant's customers and stored; with --statistics to a file,
/// without a server. A statistics file is CSV with the columns frequency,recency,age in one unit of
/// time (frequency,monetary for gamma-gamma) and optionally weight, the number of customers a row
/// stands for.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value fit --family bg-nbd --activate
  customer-value fit --family gamma-gamma --until 1997-09-30 --prior none --tenant cdnow
  customer-value fit --family bg-nbd --statistics customers.csv --prior none --output json")]
pub struct Fit {
    /// Family of the model
    #[arg(long, value_parser = family_parser())]
    family: Family,

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
}

impl Fit {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the data do not determine a model, or the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        if let Some(path) = &self.statistics {
            let model = fit_file(self.family, self.prior, path)?;
            return print(&model, client.output);
        }
        let mut connection = connect(client).await?;
        let request = pb::FitModelRequest {
            family: model_family(self.family).into(),
            calibration_end: self.until.map(write::date),
            prior: self.prior.message().into(),
        };
        let model = fit_on_server(&mut connection, request).await?;
        print(&model, client.output)?;
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
    let family = match request.family() {
        pb::ModelFamily::GammaGamma => "gamma-gamma",
        pb::ModelFamily::BgNbd | pb::ModelFamily::Unspecified => "bg-nbd",
    };
    let step = Step::begin(format!("fitting {family}"));
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
            Some(Update::Model(model)) => return Ok(model),
            None => {}
        }
    }
    anyhow::bail!("the server ended the fit without a model; ask again")
}

fn print(model: &pb::Model, form: Output) -> anyhow::Result<()> {
    match form {
        Output::Json => output::write(&output::json("Model", model)?),
        Output::Table => output::write(&model_text(model, &[])),
    }
}

fn fit_file(family: Family, prior: PriorChoice, path: &Path) -> anyhow::Result<pb::Model> {
    let failed = || format!("{} cannot be fitted", path.display());
    let model = match family {
        Family::BgNbd => {
            let rows = statistics_file::purchases(path)?;
            let fit = fit_bg_nbd(&rows, prior.prior()).with_context(failed)?;
            let found = fit.model;
            model(
                family,
                prior,
                &fit,
                &[found.r, found.alpha, found.a, found.b],
            )
        }
        Family::GammaGamma => {
            let rows: Vec<_> = statistics_file::spend(path)?
                .into_iter()
                .filter_map(|weighted| {
                    let weight = weighted.weight;
                    weighted.row.map(|row| Weighted { row, weight })
                })
                .collect();
            let fit = fit_gamma_gamma(&rows, prior.prior()).with_context(failed)?;
            let found = fit.model;
            model(family, prior, &fit, &[found.p, found.q, found.gamma])
        }
    };
    Ok(model)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a sum of weights is far below 2^63, and a float cast saturates"
)]
fn model<M, const N: usize>(
    family: Family,
    prior: PriorChoice,
    fit: &Fitted<M, N>,
    estimates: &[f64],
) -> pb::Model {
    pb::Model {
        family: model_family(family).into(),
        parameters: Some(parameters(family, estimates)),
        standard_errors: Some(parameters(family, &fit.standard_errors)),
        log_likelihood: fit.log_likelihood,
        customers: fit.customers.round_ties_even() as i64,
        converged: fit.converged,
        time_unit: "file".to_owned(),
        prior: prior.message().into(),
        iterations: i32::try_from(fit.iterations).unwrap_or(i32::MAX),
        gradient_norm: fit.gradient_norm,
        engine_version: ENGINE_VERSION.to_owned(),
        ..pb::Model::default()
    }
}
