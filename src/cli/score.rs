//! `score`.

mod comparison;
mod explanation;
mod many;
mod prediction;
mod referral;
mod totals;

use prost_types::FieldMask;

use super::amounts::money_text;
use super::calls::{connect, patiently};
use super::satisfaction::text::last_answers;
use super::segment::{assignments_text, snapshot_text};
use super::table::{Side, grouped, table};
use super::{complain, instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::time::Instant;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Tells what a customer is worth: value so far and expected value, part by part; or what many are.
///
/// Amounts are shown to two decimals; --output json has them exactly. Of many customers there is a row
/// of CSV each, or with --output json a line of JSON each. What their predictions add up to is told on
/// standard error, or with --output json --totals as the last line; of a file of more than 1000 ids for
/// each 1000.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value score 4711
  customer-value score 4711 --as-of 1998-06-30T23:59:59Z --tenant cdnow
  customer-value score 4711 --horizon-days 730 --output json
  customer-value score --everybody > scores.csv
  customer-value score --segment lifecycle/decline --components prediction,clv --output json
  customer-value score --everybody --components prediction --output json --totals | tail -n 1
  customer-value score --ids ids.txt --as-of 2026-01-01")]
pub struct Score {
    /// Which customer
    #[arg(required_unless_present_any = ["everybody", "segment", "ids"])]
    customer_id: Option<String>,

    #[command(flatten)]
    many: many::Selected,

    /// Instant to score for: facts that happened up to it count [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    as_of: Option<Instant>,

    /// Use only what was recorded up to this instant [default: everything]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    known_at: Option<Instant>,

    /// Days to look ahead, 0 to 3650 [default: the policy's, 365]
    #[arg(long, value_name = "DAYS")]
    horizon_days: Option<i32>,

    /// Policy version to use [default: the one in force]
    #[arg(long, value_name = "NAME")]
    policy_version: Option<String>,

    /// Components to compute, such as prediction,clv [default: all; of CSV those it shows]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    components: Vec<String>,
}

impl Score {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let connection = connect(client).await?;
        let Some(customer_id) = self.customer_id.clone() else {
            return self.run_many(connection.scoring, client.output).await;
        };
        let components = self.components.clone();
        let request = pb::ScoreCustomerRequest {
            customer_id,
            as_of: self.as_of.map(write::timestamp),
            known_at: self.known_at.map(write::timestamp),
            horizon_days: self.horizon_days,
            read_mask: (!components.is_empty()).then_some(FieldMask { paths: components }),
            policy_version: self.policy_version.clone(),
        };
        let answer = patiently(|| {
            let mut scoring = connection.scoring.clone();
            let request = request.clone();
            async move { scoring.score_customer(request).await }
        })
        .await?;
        match client.output {
            Output::Json => output::write(&output::json("ScoreCustomerResponse", &answer)?),
            Output::Table => output::write(&score_text(&answer.score.unwrap_or_default())),
        }
    }
}

/// A score for people.
#[must_use]
pub fn score_text(score: &pb::CustomerScore) -> String {
    let value = score.lasting_value.clone().unwrap_or_default();
    let currency = value
        .to_date
        .as_ref()
        .map(|money| money.currency_code.clone());
    let currency = currency.unwrap_or_default();
    let provenance = score.provenance.clone().unwrap_or_default();
    let as_of = instants::text(provenance.as_of.as_ref());
    let mut text = format!("customer {} as of {as_of}\n\n", score.customer_id);
    text.push_str(&headline(score, &currency));
    text.push_str("\nparts of the lasting value\n");
    text.push_str(&parts(&value, &currency));
    if let Some(history) = &score.history {
        text.push_str("\nhistory\n");
        text.push_str(&history_text(history, &currency));
    }
    if let Some(rfm) = &score.rfm {
        let monetary = money_text(rfm.monetary.as_ref());
        text.push_str("\nrecency, frequency, monetary value\n");
        text.push_str(&pairs(&[
            (
                "last purchase",
                scored(
                    format!("{} days ago", grouped(rfm.recency_days)),
                    rfm.recency_score,
                ),
            ),
            (
                "purchase days",
                scored(grouped(rfm.frequency), rfm.frequency_score),
            ),
            (
                "revenue after refunds",
                scored(format!("{monetary} {currency}"), rfm.monetary_score),
            ),
        ]));
        if let Some(hidden) = &rfm.hidden {
            text.push_str(&format!("  {}\n", hidden.explanation));
        }
    }
    if let Some(satisfaction) = &score.satisfaction {
        text.push_str("\nlast answers\n");
        text.push_str(&last_answers(satisfaction));
    }
    if !score.segments.is_empty() {
        text.push_str("\nsegments\n");
        text.push_str(&assignments_text(&score.segments));
    }
    if let Some(referral) = &score.referral {
        text.push_str("\nreferrals\n");
        text.push_str(&referral::text(referral, &currency));
    }
    if let Some(prediction) = &score.prediction {
        let days = prediction.horizon_days;
        text.push_str(&format!(
            "\nprediction for the next {} days\n",
            grouped(days)
        ));
        text.push_str(&prediction::text(prediction, &currency));
        if let Some(explained) = &prediction.explanation {
            text.push_str(&explanation::text(explained, prediction, &currency));
        }
    }
    if let Some(values) = &score.value_comparison {
        text.push_str("\nvalues side by side\n");
        text.push_str(&comparison::text(values, &currency));
    }
    if let Some(complaints) = score.complaints.as_ref().filter(|found| found.total > 0) {
        text.push_str("\ncomplaints\n");
        text.push_str(&complain::text::of_customer(complaints));
    }
    if !score.unavailable.is_empty() {
        text.push_str("\nnot available\n");
        let rows: Vec<Vec<String>> = score
            .unavailable
            .iter()
            .map(|absent| vec![absent.component.clone(), absent.detail.clone()])
            .collect();
        text.push_str(&table(&[("", Side::Left), ("", Side::Left)], &rows));
    }
    text.push_str("\nprovenance\n");
    let models = provenance.model_versions.join(", ");
    text.push_str(&pairs(&[
        ("policy", provenance.policy_version),
        (
            "models",
            if models.is_empty() {
                "none".to_owned()
            } else {
                models
            },
        ),
        ("snapshot", snapshot_text(&provenance.snapshot_id)),
        ("engine", provenance.engine_version),
        ("as of", as_of),
        ("known at", instants::text(provenance.known_at.as_ref())),
    ]));
    text
}

/// A measure with its score, where it has one.
fn scored(measure: String, score: Option<i32>) -> String {
    match score {
        Some(score) => format!("{measure} (score {score} of 5)"),
        None => measure,
    }
}

fn headline(score: &pb::CustomerScore, currency: &str) -> String {
    let value = score.lasting_value.clone().unwrap_or_default();
    let totals = |totals: &Option<pb::ValueTotals>| totals.clone().unwrap_or_default();
    let (clv, crv) = (totals(&score.clv), totals(&score.crv));
    let row = |name: &str, amounts: [&Option<_>; 3]| {
        let mut row = vec![name.to_owned()];
        row.extend(amounts.map(|money| money_text(money.as_ref())));
        row
    };
    let rows = [
        row(
            "lasting value",
            [&value.to_date, &value.expected, &value.total],
        ),
        row(
            "  customer lifetime value",
            [&clv.to_date, &clv.expected, &clv.total],
        ),
        row(
            "  customer referral value",
            [&crv.to_date, &crv.expected, &crv.total],
        ),
    ];
    let columns = [
        (currency, Side::Left),
        ("to date", Side::Right),
        ("expected", Side::Right),
        ("total", Side::Right),
    ];
    table(&columns, &rows)
}

fn parts(value: &pb::LastingValue, currency: &str) -> String {
    let rows: Vec<Vec<String>> = value
        .parts
        .iter()
        .map(|part| {
            vec![
                part_name(part.part()).to_owned(),
                money_text(part.amount.as_ref()),
                part.explanation.clone(),
            ]
        })
        .collect();
    let columns = [
        ("part", Side::Left),
        (currency, Side::Right),
        ("how it came about", Side::Left),
    ];
    table(&columns, &rows)
}

/// A part as people call it: `VALUE_PART_OWN_REVENUE` is `own revenue`.
#[must_use]
pub fn part_name(part: pb::ValuePart) -> String {
    words(part.as_str_name(), "VALUE_PART_")
}

/// What stands behind an enum's prefix, as words.
pub(super) fn words(name: &str, prefix: &str) -> String {
    let name = name.strip_prefix(prefix).unwrap_or(name);
    name.to_lowercase().replace('_', " ")
}

fn history_text(history: &pb::History, currency: &str) -> String {
    let money = |money: &Option<_>| match money {
        Some(_) => format!("{} {currency}", money_text(money.as_ref())),
        None => "-".to_owned(),
    };
    let mean_days = history.mean_days_between_purchases;
    let mut rows = vec![
        ("purchases", grouped(history.purchases)),
        ("purchase days", grouped(history.purchase_days)),
        (
            "first purchase",
            instants::text(history.first_purchase_at.as_ref()),
        ),
        (
            "last purchase",
            instants::text(history.last_purchase_at.as_ref()),
        ),
        ("revenue", money(&history.revenue)),
        ("refunds", money(&history.refunds)),
        ("contribution", money(&history.contribution)),
        ("mean purchase", money(&history.mean_purchase)),
        (
            "mean days between purchases",
            mean_days.map_or("-".to_owned(), |days| format!("{days:.1}")),
        ),
    ];
    let unknown = &history.revenue_without_cost_of_goods;
    if super::amounts::micros(unknown.as_ref()) != 0 {
        rows.push(("of unknown cost of goods", money(unknown)));
    }
    let mut text = pairs(&rows);
    let mut details: Vec<Vec<String>> = history
        .costs
        .iter()
        .map(|cost| {
            let name = words(cost.kind().as_str_name(), "COST_KIND_");
            vec![format!("cost: {name}"), String::new(), money(&cost.amount)]
        })
        .collect();
    details.extend(history.purchase_kinds.iter().map(|totals| {
        let name = match totals.kind() {
            pb::PurchaseKind::Unspecified => "kind not told".to_owned(),
            kind @ (pb::PurchaseKind::New
            | pb::PurchaseKind::Repeat
            | pb::PurchaseKind::Upgrade
            | pb::PurchaseKind::CrossSell) => words(kind.as_str_name(), "PURCHASE_KIND_"),
        };
        vec![
            format!("purchases: {name}"),
            grouped(totals.purchases),
            money(&totals.revenue),
        ]
    }));
    let columns = [("", Side::Left), ("", Side::Right), ("", Side::Right)];
    if !details.is_empty() {
        text.push_str(&table(&columns, &details));
    }
    text
}

/// Names and what they are, in two columns.
pub(super) fn pairs(rows: &[(&str, String)]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, value)| vec![(*name).to_owned(), value.clone()])
        .collect();
    table(&[("", Side::Left), ("", Side::Left)], &rows)
}
