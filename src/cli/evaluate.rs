//! `evaluate`.

mod text;

use super::calls::{answer, connect};
use super::failure::{Refused, WrongUsage};
use super::family::{FamilyChoice, PriorChoice};
use super::progress::Step;
use super::{instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::time::Day;
use crate::grpc::client::Client;
use crate::grpc::model::model_family;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::evaluate_model_response::Update;
use crate::grpc::write;

/// Compares what models foretell with what happened, and says which family does best.
///
/// At each origin every family, and two baselines, are fitted to the days up to it and foretell how
/// often each customer buys in the hold-out period after it. How much is foretold and who is foretold to
/// buy more are shown apart: a candidate can be good at one and bad at the other.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value evaluate
  customer-value evaluate --holdout-days 180 --origins 6 --days-between-origins 30
  customer-value evaluate --calibration-end 1997-09-30 --holdout-end 1998-06-30 --prior none
  customer-value evaluate --criterion bic --output json")]
pub struct Evaluate {
    /// Last day of the newest calibration period, included [default: the hold-out's length before its
    /// end]
    #[arg(long, value_name = "DATE", value_parser = instants::day, conflicts_with = "holdout_days")]
    calibration_end: Option<Day>,

    /// Last day of the newest hold-out period, included [default: the newest purchase day that has
    /// ended]
    #[arg(long, value_name = "DATE", value_parser = instants::day)]
    holdout_end: Option<Day>,

    /// Length of each hold-out period, 1 to 3650 days [default: 90]
    #[arg(long, value_name = "DAYS")]
    holdout_days: Option<i32>,

    /// How many origins, 1 to 12 [default: 3, with --calibration-end 1]
    #[arg(long, value_name = "NUMBER")]
    origins: Option<i32>,

    /// Days from one origin to the next older one [default: the length of a hold-out period]
    #[arg(long, value_name = "DAYS")]
    days_between_origins: Option<i32>,

    /// Family to choose from; may be repeated [default: all families of purchases]
    #[arg(long = "family", value_enum)]
    families: Vec<FamilyChoice>,

    /// What the family is chosen by; the least value wins
    #[arg(long, value_enum, default_value = "deviance")]
    criterion: CriterionChoice,

    /// What the fits suppose before they see data
    #[arg(long, value_enum, default_value = "weak")]
    prior: PriorChoice,

    /// A stored model to show beside the candidates, such as bg-nbd/3
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

/// What a family is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CriterionChoice {
    /// Mean Poisson deviance: forecasts nearest to the mean
    Deviance,
    /// Mean absolute error
    Mae,
    /// Root mean squared error
    Rmse,
    /// Mean squared error of the logarithms
    Msle,
    /// How far the total is off
    Bias,
    /// Akaike's information criterion, of the fit alone
    Aic,
    /// The Bayesian information criterion, of the fit alone
    Bic,
}

impl CriterionChoice {
    const fn message(self) -> pb::EvaluationCriterion {
        match self {
            Self::Deviance => pb::EvaluationCriterion::MeanPoissonDeviance,
            Self::Mae => pb::EvaluationCriterion::MeanAbsoluteError,
            Self::Rmse => pb::EvaluationCriterion::RootMeanSquaredError,
            Self::Msle => pb::EvaluationCriterion::MeanSquaredLogError,
            Self::Bias => pb::EvaluationCriterion::AbsoluteBias,
            Self::Aic => pb::EvaluationCriterion::Aic,
            Self::Bic => pb::EvaluationCriterion::Bic,
        }
    }
}

impl Evaluate {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let request = self.request()?;
        let mut connection = connect(client).await?;
        let evaluation = evaluate_on_server(&mut connection, request).await?;
        match client.output {
            Output::Json => output::write(&output::json("Evaluation", &evaluation)?),
            Output::Table => output::write(&text::evaluation(&evaluation)),
        }
    }

    fn request(&self) -> Result<pb::EvaluateModelRequest, WrongUsage> {
        let family = |choice: &FamilyChoice| match choice.on_server() {
            Some(family) => Ok(model_family(family).into()),
            None => {
                let name = choice.name();
                let text = format!("a server evaluates no {name}: see --help for --family");
                Err(WrongUsage(text))
            }
        };
        Ok(pb::EvaluateModelRequest {
            holdout_end: self.holdout_end.map(write::date),
            calibration_end: self.calibration_end.map(write::date),
            holdout_days: self.holdout_days,
            origins: self.origins,
            days_between_origins: self.days_between_origins,
            families: self.families.iter().map(family).collect::<Result<_, _>>()?,
            criterion: self.criterion.message().into(),
            prior: self.prior.message().into(),
            model_name: self.model.clone().unwrap_or_default(),
        })
    }
}

/// Evaluates on a server, telling how far it is.
async fn evaluate_on_server(
    client: &mut Client,
    request: pb::EvaluateModelRequest,
) -> anyhow::Result<pb::Evaluation> {
    let step = Step::begin("evaluating");
    let mut updates = answer(client.models.evaluate_model(request).await)?;
    while let Some(message) = updates.message().await.map_err(Refused::from)? {
        match message.update {
            Some(Update::Progress(progress)) => {
                let share = 100.0 * progress.done_share;
                step.tell(format!(
                    "{}, {} customers, {share:.0} %",
                    progress.step, progress.customers
                ));
            }
            Some(Update::Evaluation(evaluation)) => return Ok(evaluation),
            None => {}
        }
    }
    anyhow::bail!("the server ended the stream without an evaluation; ask again")
}
