//! Scores of many customers, written as they come: whoever reads them sets the pace.

use std::io::{BufWriter, Read as _, Stdout, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use prost_types::FieldMask;

use super::{Score, totals};
use crate::cli::amounts::{exact, micros};
use crate::cli::failure::{Refused, WrongUsage};
use crate::cli::output::JsonForm;
use crate::cli::progress::Step;
use crate::config::client::Output;
use crate::grpc::client::TenantChannel;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::score_customers_request::Selection;
use crate::grpc::pb::customervalue::v1::score_customers_response::Update;
use crate::grpc::pb::customervalue::v1::scoring_service_client::ScoringServiceClient;
use crate::grpc::write;

/// Most customers of one call.
const LIST_MAX: usize = 1_000;
/// The components that rows of CSV show.
const SHOWN: [&str; 2] = ["lasting_value", "prediction"];
/// The columns of CSV.
const COLUMNS: [&str; 8] = [
    "customer_id",
    "currency_code",
    "to_date",
    "expected",
    "total",
    "probability_alive",
    "expected_purchases",
    "unavailable",
];

/// Which customers, where they are many.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Selected {
    /// Score everybody
    #[arg(long, conflicts_with_all = ["customer_id", "segment", "ids"])]
    everybody: bool,

    /// Score the customers of a segment, such as lifecycle/decline
    #[arg(long, value_name = "SCHEME/SEGMENT", conflicts_with_all = ["customer_id", "ids"])]
    segment: Option<String>,

    /// The snapshot that says who they are [default: the one in force]
    #[arg(long, value_name = "NAME", requires = "segment")]
    snapshot: Option<String>,

    /// Score the customers of a file, an id a line; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "customer_id")]
    ids: Option<PathBuf>,

    /// End the lines of JSON with what the predictions add up to
    #[arg(long, conflicts_with = "customer_id")]
    totals: bool,
}

impl Selected {
    /// What to ask for, call by call.
    fn selections(&self) -> anyhow::Result<Vec<Selection>> {
        if let Some(segment) = &self.segment {
            let Some((scheme, segment)) = segment.split_once('/') else {
                let told = "--segment takes scheme and segment, such as lifecycle/decline";
                return Err(WrongUsage(told.to_owned()).into());
            };
            return Ok(vec![Selection::Segment(pb::SegmentChoice {
                scheme: scheme.to_owned(),
                segment: segment.to_owned(),
                snapshot_id: self.snapshot.clone(),
            })]);
        }
        let Some(file) = &self.ids else {
            return Ok(vec![Selection::Everybody(pb::Everybody {})]);
        };
        let text = if file.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        } else {
            std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?
        };
        let ids: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let list = |some: &[&str]| pb::CustomerList {
            customer_ids: some.iter().map(|id| (*id).to_owned()).collect(),
        };
        let calls = ids.chunks(LIST_MAX);
        Ok(calls.map(|some| Selection::Customers(list(some))).collect())
    }
}

impl Score {
    /// Scores many customers.
    pub(super) async fn run_many(
        &self,
        mut scoring: ScoringServiceClient<TenantChannel>,
        form: Output,
    ) -> anyhow::Result<()> {
        let mut rows = Rows::new(form)?;
        let mut paths = self.components.clone();
        if paths.is_empty() && form == Output::Table {
            paths = SHOWN.map(str::to_owned).to_vec();
        }
        let mut request = pb::ScoreCustomersRequest {
            selection: None,
            as_of: self.as_of.map(write::timestamp),
            known_at: self.known_at.map(write::timestamp),
            horizon_days: self.horizon_days,
            read_mask: (!paths.is_empty()).then_some(FieldMask { paths }),
            policy_version: self.policy_version.clone(),
        };
        let step = Step::begin("scoring");
        for selection in self.many.selections()? {
            request.selection = Some(selection);
            let answer = scoring.score_customers(request.clone()).await;
            let mut updates = answer.map_err(Refused::from)?.into_inner();
            while let Some(message) = updates.message().await.map_err(Refused::from)? {
                match message.update {
                    Some(Update::Score(score)) => {
                        if let Some(provenance) = &score.provenance {
                            // Further calls are about the same instant.
                            request.as_of = provenance.as_of;
                            request.known_at = provenance.known_at;
                        }
                        rows.write(&score)?;
                    }
                    Some(Update::Totals(totals)) => rows.end(totals, self.many.totals)?,
                    Some(Update::Progress(progress)) => {
                        let share = progress.done_share * 100.0;
                        step.tell(format!("{} customers, {share:.0} %", rows.written));
                    }
                    None => {}
                }
            }
        }
        rows.output.flush()?;
        Ok(())
    }
}

/// Rows on standard output.
struct Rows {
    output: BufWriter<Stdout>,
    /// How scores are written as JSON; as CSV without.
    json: Option<JsonForm>,
    written: usize,
}

impl Rows {
    fn new(form: Output) -> anyhow::Result<Self> {
        let mut output = BufWriter::new(std::io::stdout());
        let json = match form {
            Output::Json => Some(JsonForm::of("CustomerScore")?),
            Output::Table => {
                output.write_all(&csv_row(&COLUMNS.map(str::to_owned))?)?;
                None
            }
        };
        Ok(Self {
            output,
            json,
            written: 0,
        })
    }

    fn write(&mut self, score: &pb::CustomerScore) -> anyhow::Result<()> {
        let row = match &self.json {
            Some(form) => form.line(score)?,
            None => csv_row(&cells(score))?,
        };
        self.output.write_all(&row)?;
        self.written += 1;
        Ok(())
    }

    /// Ends the scores of a call: for people beside the rows, for programs that ask for it as a line.
    fn end(&mut self, totals: pb::ScoreCustomersTotals, is_asked: bool) -> anyhow::Result<()> {
        if self.json.is_none() {
            eprint!("{}", totals::text(&totals));
        } else if is_asked {
            let form = JsonForm::of("ScoreCustomersResponse")?;
            let update = Some(Update::Totals(totals));
            let line = form.line(&pb::ScoreCustomersResponse { update })?;
            self.output.write_all(&line)?;
        }
        Ok(())
    }
}

fn csv_row(cells: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut row = csv::Writer::from_writer(Vec::new());
    row.write_record(cells)?;
    Ok(row.into_inner()?)
}

/// What a row shows; what a score does not hold is empty.
fn cells(score: &pb::CustomerScore) -> [String; COLUMNS.len()] {
    let value = score.lasting_value.as_ref();
    let currency = value.and_then(|value| value.to_date.as_ref());
    let amount = |of: fn(&pb::LastingValue) -> &Option<_>| {
        let amount = value.and_then(|value| of(value).as_ref());
        amount.map_or_else(String::new, |money| exact(micros(Some(money))))
    };
    let prediction = score.prediction.as_ref();
    let number = |of: fn(&pb::Prediction) -> f64| {
        prediction.map_or_else(String::new, |prediction| of(prediction).to_string())
    };
    let reasons: Vec<String> = score
        .unavailable
        .iter()
        .map(|absent| {
            let reason = absent.reason().as_str_name();
            let reason = reason.trim_start_matches("UNAVAILABLE_REASON_");
            format!("{}: {reason}", absent.component)
        })
        .collect();
    [
        score.customer_id.clone(),
        currency.map_or_else(String::new, |money| money.currency_code.clone()),
        amount(|value| &value.to_date),
        amount(|value| &value.expected),
        amount(|value| &value.total),
        number(|prediction| prediction.probability_alive),
        number(|prediction| prediction.expected_purchases),
        reasons.join("; "),
    ]
}
