//! `satisfaction`.

pub mod text;

use std::path::PathBuf;

use anyhow::Context as _;

use super::calls::{connect, patiently};
use super::failure::WrongUsage;
use super::{instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::segment::Scheme;
use crate::engine::time::{Day, Instant};
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Most instruments on a page of the list.
const PAGE_SIZE: i32 = 1_000;

/// Tells how satisfied customers are and how sure that is; defines what surveys ask.
#[derive(Clone, Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
A period is written as its first day and the day after its last. Responses come in with
`customer-value import responses FILE`.

Examples:
  customer-value satisfaction define survey.json
  customer-value satisfaction nps --method net-promoter
  customer-value satisfaction gas --period 2026-01-01..2026-04-01 --compare 2025-10-01..2026-01-01
  customer-value satisfaction gas --group-by attribute:region --unit customer-latest
  customer-value satisfaction gas --group-by segment:rfm --output json"
)]
pub struct Satisfaction {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    index: Index,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// Define an instrument, or its next version
    #[command(after_help = "\
The file holds the request as JSON, weights as text:
  {\"instrumentId\": \"nps\", \"definition\": {\"items\": [{\"itemId\": \"q\", \"scale\": {\"min\": 0, \"max\": 10}}]}}

Example:
  customer-value satisfaction define survey.json")]
    Define {
        /// The JSON file
        file: PathBuf,
    },
    /// List the instruments, each with its newest version
    #[command(after_help = "Example:\n  customer-value satisfaction list --output json")]
    List,
}

/// How answers become an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum MethodName {
    /// Share of answers at or above a cut
    Rate,
    /// Share of answers at the top of the scale
    TopBox,
    /// Weighted means up the instrument's tree
    WeightedTree,
    /// Promoters less detractors
    NetPromoter,
    /// Mean ease
    CustomerEffort,
}

impl From<MethodName> for pb::SatisfactionMethod {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::Rate => Self::Rate,
            MethodName::TopBox => Self::TopBox,
            MethodName::WeightedTree => Self::WeightedTree,
            MethodName::NetPromoter => Self::NetPromoter,
            MethodName::CustomerEffort => Self::CustomerEffort,
        }
    }
}

/// What counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum UnitName {
    /// Every response
    Response,
    /// Each customer's latest response
    CustomerLatest,
}

#[derive(Clone, Debug, clap::Args)]
struct Index {
    /// Which instrument
    instrument: Option<String>,

    /// How answers become an index
    #[arg(long, value_enum, default_value = "weighted-tree")]
    method: MethodName,

    /// The item, for methods of one [default: the only one]
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,

    /// Least satisfied answer or promoter [default: usual for the scale]
    #[arg(long, value_name = "ANSWER")]
    cut: Option<f64>,

    /// Greatest detractor [default: 6 of 0 to 10]
    #[arg(long, value_name = "ANSWER")]
    detractor_cut: Option<f64>,

    /// Responses answered on these days, as in 2026-01-01..2026-02-01 [default: all]
    #[arg(long, value_name = "A..B", value_parser = period)]
    period: Option<(Day, Day)>,

    /// The days to compare with
    #[arg(long, value_name = "A..B", value_parser = period, requires = "period")]
    compare: Option<(Day, Day)>,

    /// product, channel, attribute:NAME, segment:SCHEME, day, week or month
    #[arg(long, value_name = "WHAT", value_parser = grouping)]
    group_by: Option<Grouping>,

    /// What counts once
    #[arg(long, value_enum, default_value = "response")]
    unit: UnitName,

    /// Nominal coverage of intervals, 0.5 to 0.999
    #[arg(long, default_value_t = 0.95)]
    level: f64,

    /// Groups of fewer responses are withheld [default: 5]
    #[arg(long, value_name = "N")]
    threshold: Option<i32>,

    /// Let siblings share the weight of what nobody answered
    #[arg(long)]
    renormalise: bool,

    /// Version whose definition answers [default: the newest]
    #[arg(long, value_name = "N")]
    instrument_version: Option<i32>,

    /// Only responses answered up to this instant count [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    as_of: Option<Instant>,

    /// Use only what was recorded up to this instant [default: everything]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    known_at: Option<Instant>,
}

/// What to group by, and the attribute or scheme it names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grouping {
    by: pb::SatisfactionGrouping,
    name: Option<String>,
}

fn period(text: &str) -> Result<(Day, Day), String> {
    let wrong = || "must be like 2026-01-01..2026-02-01".to_owned();
    let (start, end) = text.split_once("..").ok_or_else(wrong)?;
    let (start, end) = (instants::day(start)?, instants::day(end)?);
    if end <= start {
        return Err("the second day must lie after the first".to_owned());
    }
    Ok((start, end))
}

fn grouping(text: &str) -> Result<Grouping, String> {
    use pb::SatisfactionGrouping as By;
    let (what, name) = match text.split_once(':') {
        Some((what, name)) => (what, Some(name.to_owned())),
        None => (text, None),
    };
    let by = match (what, &name) {
        ("product", None) => By::Product,
        ("channel", None) => By::Channel,
        ("day", None) => By::Day,
        ("week", None) => By::Week,
        ("month", None) => By::Month,
        ("attribute", Some(_)) => By::Attribute,
        ("segment", Some(scheme)) if Scheme::named(scheme).is_some() => By::Segment,
        ("segment", _) => {
            let names = Scheme::ALL.map(Scheme::name).join(", ");
            return Err(format!("must be segment:SCHEME with one of {names}"));
        }
        _ => {
            let text =
                "must be product, channel, attribute:NAME, segment:SCHEME, day, week or month";
            return Err(text.to_owned());
        }
    };
    Ok(Grouping { by, name })
}

impl Index {
    fn request(&self) -> Result<pb::SatisfactionIndexRequest, WrongUsage> {
        let instrument_id = self.instrument.clone().ok_or_else(|| {
            WrongUsage("name an instrument, as in `customer-value satisfaction nps`".into())
        })?;
        let days = |days: Option<(Day, Day)>| {
            days.map(|(start, end)| pb::DayPeriod {
                start: Some(write::date(start)),
                end: Some(write::date(end)),
            })
        };
        let named = |by: pb::SatisfactionGrouping| {
            let grouping = self.group_by.as_ref();
            grouping.filter(|grouping| grouping.by == by)?.name.clone()
        };
        let unit = match self.unit {
            UnitName::Response => pb::SatisfactionUnit::Response,
            UnitName::CustomerLatest => pb::SatisfactionUnit::CustomerLatest,
        };
        let grouping = self.group_by.as_ref();
        Ok(pb::SatisfactionIndexRequest {
            instrument_id,
            instrument_version: self.instrument_version,
            method: pb::SatisfactionMethod::from(self.method).into(),
            item_id: self.item.clone(),
            cut: self.cut,
            detractor_cut: self.detractor_cut,
            period: days(self.period),
            compare_period: days(self.compare),
            group_by: grouping.map_or(0, |grouping| grouping.by.into()),
            attribute: named(pb::SatisfactionGrouping::Attribute),
            segment_scheme: named(pb::SatisfactionGrouping::Segment),
            unit: unit.into(),
            level: Some(self.level),
            suppression_threshold: self.threshold,
            renormalise: self.renormalise,
            as_of: self.as_of.map(write::timestamp),
            known_at: self.known_at.map(write::timestamp),
        })
    }
}

impl Satisfaction {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let form = client.output;
        match &self.action {
            None => {
                let request = self.index.request()?;
                let connection = connect(client).await?;
                let answer = index(&connection, request).await?;
                match form {
                    Output::Json => {
                        output::write(&output::json("SatisfactionIndexResponse", &answer)?)
                    }
                    Output::Table => output::write(&text::index(&answer)),
                }
            }
            Some(Action::Define { file }) => {
                let name = file.display();
                let json = std::fs::read_to_string(file)
                    .with_context(|| format!("{name} cannot be read"))?;
                let request: pb::DefineInstrumentRequest =
                    output::from_json("DefineInstrumentRequest", &json)
                        .with_context(|| format!("{name} is no definition"))?;
                let connection = connect(client).await?;
                let answer = define(&connection, request).await?;
                match form {
                    Output::Json => {
                        output::write(&output::json("DefineInstrumentResponse", &answer)?)
                    }
                    Output::Table => output::write(&text::defined(&answer)),
                }
            }
            Some(Action::List) => list(&connect(client).await?, form).await,
        }
    }
}

/// Asks for an index.
pub(super) async fn index(
    client: &Client,
    request: pb::SatisfactionIndexRequest,
) -> anyhow::Result<pb::SatisfactionIndexResponse> {
    let answer = patiently(|| {
        let mut satisfaction = client.satisfaction.clone();
        let request = request.clone();
        async move { satisfaction.satisfaction_index(request).await }
    });
    Ok(answer.await?)
}

/// Defines an instrument.
pub(super) async fn define(
    client: &Client,
    request: pb::DefineInstrumentRequest,
) -> anyhow::Result<pb::DefineInstrumentResponse> {
    let answer = patiently(|| {
        let mut satisfaction = client.satisfaction.clone();
        let request = request.clone();
        async move { satisfaction.define_instrument(request).await }
    });
    Ok(answer.await?)
}

async fn list(client: &Client, form: Output) -> anyhow::Result<()> {
    let mut all = pb::ListInstrumentsResponse::default();
    loop {
        let page = patiently(|| {
            let mut satisfaction = client.satisfaction.clone();
            let request = pb::ListInstrumentsRequest {
                page_size: PAGE_SIZE,
                page_token: all.next_page_token.clone(),
            };
            async move { satisfaction.list_instruments(request).await }
        })
        .await?;
        all.instruments.extend(page.instruments);
        all.next_page_token = page.next_page_token;
        if all.next_page_token.is_empty() {
            break;
        }
    }
    match form {
        Output::Json => output::write(&output::json("ListInstrumentsResponse", &all)?),
        Output::Table => output::write(&text::instruments(&all.instruments)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groupings_name_what_they_need() {
        let by = |text: &str| grouping(text).map(|grouping| (grouping.by, grouping.name));
        assert_eq!(by("week"), Ok((pb::SatisfactionGrouping::Week, None)));
        assert_eq!(
            by("attribute:age:group"),
            Ok((
                pb::SatisfactionGrouping::Attribute,
                Some("age:group".into())
            ))
        );
        for text in ["", "age", "attribute", "week:1", "segment", "segment:clp"] {
            assert!(by(text).is_err(), "{text}");
        }
    }

    #[test]
    fn periods_end_after_they_begin() {
        assert!(period("2020-01-01..2020-01-02").is_ok());
        for text in [
            "2020-01-01",
            "2020-01-01..2020-01-01",
            "2020-01-01..x",
            "..",
        ] {
            assert!(period(text).is_err(), "{text}");
        }
    }
}
