//! `models`.

mod portable;
mod track;

use std::path::PathBuf;

use super::calls::{answer, connect};
use super::table::{Side, grouped, table};
use super::{instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::time::Instant;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Most models on a page of the list.
const PAGE_SIZE: i32 = 1_000;

/// Lists, shows, exports, imports, activates and tracks the tenant's models.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value models list
  customer-value models get bg-nbd/3 --output json
  customer-value models activate bg-nbd/3 --effective-at 2026-01-01
  customer-value models export bg-nbd/3 > model.json
  customer-value models import model.json --tenant other
  customer-value models track bg-nbd/3")]
pub struct Models {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// List the models, newest first, with their activations
    #[command(after_help = "Example:\n  customer-value models list --tenant cdnow")]
    List,
    /// Show a model
    #[command(visible_alias = "show")]
    #[command(after_help = "Example:\n  customer-value models get bg-nbd/3")]
    Get {
        /// Its name, such as bg-nbd/3
        name: String,
    },
    /// Put a model in force
    #[command(after_help = "Example:\n  customer-value models activate bg-nbd/3")]
    Activate {
        /// Its name, such as bg-nbd/3
        name: String,
        /// From when on; may lie in the past [default: the first instant after its data]
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        effective_at: Option<Instant>,
    },
    /// Write a model as JSON, for import elsewhere
    #[command(after_help = "Example:\n  customer-value models export bg-nbd/3 > model.json")]
    Export {
        /// Its name, such as bg-nbd/3
        name: String,
    },
    /// Store a model that was exported elsewhere; one that is stored already is answered as it is
    #[command(after_help = "Example:\n  customer-value models import model.json --tenant other")]
    Import {
        /// What `models export` wrote; - reads standard input
        file: PathBuf,
    },
    /// Hold a model against what happened, week by week
    #[command(after_help = "\
Examples:
  customer-value models track
  customer-value models track bg-nbd/3 --from 1997-01-01 --until 1998-06-30")]
    Track(track::Track),
}

impl Models {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let connection = connect(client).await?;
        let mut models = connection.models;
        let form = client.output;
        match &self.action {
            Action::List => {
                let mut list = pb::ListModelsResponse::default();
                loop {
                    let request = pb::ListModelsRequest {
                        page_size: PAGE_SIZE,
                        page_token: list.next_page_token.clone(),
                    };
                    let page = answer(models.list_models(request).await)?;
                    list.models.extend(page.models);
                    list.activations.extend(page.activations);
                    list.next_page_token = page.next_page_token;
                    if list.next_page_token.is_empty() {
                        break;
                    }
                }
                match form {
                    Output::Json => output::write(&output::json("ListModelsResponse", &list)?),
                    Output::Table => output::write(&list_text(&list)),
                }
            }
            Action::Get { name } => {
                let request = pb::GetModelRequest { name: name.clone() };
                let found = answer(models.get_model(request).await)?;
                let model = found.model.clone().unwrap_or_default();
                match form {
                    Output::Json => output::write(&output::json("GetModelResponse", &found)?),
                    Output::Table => output::write(&model_text(&model, &found.activations)),
                }
            }
            Action::Track(track) => track.run(&mut models, form).await,
            Action::Export { name } => portable::export(&mut models, name).await,
            Action::Import { file } => portable::import(&mut models, file, form).await,
            Action::Activate { name, effective_at } => {
                let request = pb::ActivateModelRequest {
                    name: name.clone(),
                    effective_at: effective_at.map(write::timestamp),
                };
                let done = answer(models.activate_model(request).await)?;
                match (form, &done.activation) {
                    (Output::Json, _) => {
                        output::write(&output::json("ActivateModelResponse", &done)?)
                    }
                    (Output::Table, Some(activation)) => {
                        let name = &activation.model_name;
                        output::write(&format!("{name} is in force {}\n", in_force(activation)))
                    }
                    (Output::Table, None) => Ok(()),
                }
            }
        }
    }
}

/// From when to when an activation holds.
fn in_force(activation: &pb::ModelActivation) -> String {
    let from = instants::text(activation.effective_at.as_ref());
    match &activation.effective_until {
        Some(until) => format!("from {from} until {}", instants::text(Some(until))),
        None => format!("from {from} on"),
    }
}

/// The parameters that are set, by name, in the paper's order.
fn named(parameters: &pb::ModelParameters) -> Vec<(&'static str, f64)> {
    let all = [
        ("r", parameters.r),
        ("alpha", parameters.alpha),
        ("a", parameters.a),
        ("b", parameters.b),
        ("s", parameters.s),
        ("beta", parameters.beta),
        ("p", parameters.p),
        ("q", parameters.q),
        ("gamma", parameters.gamma),
        ("delta", parameters.delta),
    ];
    let set = |(name, value): (&'static str, Option<f64>)| value.map(|value| (name, value));
    all.into_iter().filter_map(set).collect()
}

/// A model for people.
#[must_use]
pub fn model_text(model: &pb::Model, activations: &[pb::ModelActivation]) -> String {
    let name = if model.name.is_empty() {
        "fit"
    } else {
        &model.name
    };
    let mut text = format!("{name}\n");
    let parameters = named(&model.parameters.unwrap_or_default());
    let errors = named(&model.standard_errors.unwrap_or_default());
    let rows: Vec<Vec<String>> = parameters
        .iter()
        .map(|(name, value)| {
            let error = errors.iter().find(|(other, _)| other == name);
            let error = error.map_or("-".to_owned(), |(_, error)| format!("{error:.6}"));
            vec![(*name).to_owned(), format!("{value:.6}"), error]
        })
        .collect();
    let columns = [
        ("parameter", Side::Left),
        ("estimate", Side::Right),
        ("standard error", Side::Right),
    ];
    text.push_str(&table(&columns, &rows));
    let prior = match model.prior() {
        pb::ModelPrior::None => "none",
        pb::ModelPrior::Weak | pb::ModelPrior::Unspecified => "weak",
    };
    let mut facts = vec![
        ("log-likelihood", format!("{:.6}", model.log_likelihood)),
        ("customers", grouped(model.customers)),
        ("prior", prior.to_owned()),
        ("unit of time", model.time_unit.clone()),
        (
            "converged",
            if model.converged { "yes" } else { "no" }.to_owned(),
        ),
    ];
    if let Some(name) = &model.imported_from {
        facts.push(("imported from", name.clone()));
    }
    if model.calibration_end.is_some() {
        let last_day = instants::date_text(model.calibration_end.as_ref());
        facts.push(("last day of the data", last_day));
    }
    facts.extend(
        activations
            .iter()
            .map(|found| ("in force", in_force(found))),
    );
    let rows: Vec<Vec<String>> = facts
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    text.push('\n');
    text.push_str(&table(&[("", Side::Left), ("", Side::Left)], &rows));
    text
}

fn list_text(list: &pb::ListModelsResponse) -> String {
    if list.models.is_empty() {
        return "there is no model yet; `customer-value fit --family bg-nbd` makes one\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .models
        .iter()
        .map(|model| {
            let held = list
                .activations
                .iter()
                .filter(|held| held.model_name == model.name);
            let held: Vec<String> = held.map(in_force).collect();
            vec![
                model.name.clone(),
                grouped(model.customers),
                format!("{:.3}", model.log_likelihood),
                instants::date_text(model.calibration_end.as_ref()),
                held.join("; "),
            ]
        })
        .collect();
    let columns = [
        ("model", Side::Left),
        ("customers", Side::Right),
        ("log-likelihood", Side::Right),
        ("data until", Side::Left),
        ("in force", Side::Left),
    ];
    table(&columns, &rows)
}
