//! `models track`.

use crate::cli::calls::answer;
use crate::cli::instants::{self, date_text};
use crate::cli::output;
use crate::cli::table::{Side, grouped, table};
use crate::config::client::Output;
use crate::engine::time::Day;
use crate::grpc::client::TenantChannel;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::model_service_client::ModelServiceClient;
use crate::grpc::write;

/// Characters of the longest bar.
const BAR_MAX: u32 = 40;

/// Which model and weeks.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Track {
    /// Its name, such as bg-nbd/3 [default: the model of purchases in force]
    name: Option<String>,

    /// A day of the first week; one within the model's data shows weeks of it [default: the day after
    /// its data]
    #[arg(long, value_name = "DATE", value_parser = instants::day)]
    from: Option<Day>,

    /// Show weeks that end by this day [default: yesterday]
    #[arg(long, value_name = "DATE", value_parser = instants::day)]
    until: Option<Day>,
}

impl Track {
    pub(super) async fn run(
        &self,
        models: &mut ModelServiceClient<TenantChannel>,
        form: Output,
    ) -> anyhow::Result<()> {
        let request = pb::TrackModelRequest {
            model_name: self.name.clone().unwrap_or_default(),
            first_day: self.from.map(write::date),
            last_day: self.until.map(write::date),
        };
        let tracking = answer(models.track_model(request).await)?;
        match form {
            Output::Json => output::write(&output::json("TrackModelResponse", &tracking)?),
            Output::Table => output::write(&text(&tracking)),
        }
    }
}

/// Weeks, a bar of what happened in each, and a mark where the model saw it.
fn text(tracking: &pb::TrackModelResponse) -> String {
    let mut text = format!(
        "{}, data until {}: {} customers\n",
        tracking.model_name,
        date_text(tracking.calibration_end.as_ref()),
        grouped(tracking.customers_known)
    );
    if tracking.weeks.is_empty() {
        text.push_str("no week after its data is over yet; --from shows weeks of its data\n");
        return text;
    }
    let numbers = tracking
        .weeks
        .iter()
        .flat_map(|week| [float(week.actual_repeat_days), week.predicted_repeat_days]);
    let longest = numbers.fold(0.0, f64::max);
    let rows: Vec<Vec<String>> = tracking
        .weeks
        .iter()
        .map(|week| {
            vec![
                week.number.to_string(),
                date_text(week.last_day.as_ref()),
                grouped(week.actual_repeat_days),
                format!("{:.1}", week.predicted_repeat_days),
                grouped(week.cumulative_actual),
                format!("{:.1}", week.cumulative_predicted),
                format!("{:.1}", week.cumulative_unconditional),
                bar(
                    float(week.actual_repeat_days),
                    week.predicted_repeat_days,
                    longest,
                ),
            ]
        })
        .collect();
    let columns = [
        ("week", Side::Right),
        ("until", Side::Left),
        ("actual", Side::Right),
        ("predicted", Side::Right),
        ("actual so far", Side::Right),
        ("predicted so far", Side::Right),
        ("by age alone", Side::Right),
        ("█ actual, │ predicted", Side::Left),
    ];
    text.push_str(&table(&columns, &rows));
    text
}

/// A bar as long as `actual`, with a mark at `predicted`.
fn bar(actual: f64, predicted: f64, longest: f64) -> String {
    if longest <= 0.0 {
        return "│".to_owned();
    }
    let column_of = |value: f64| (value / longest * f64::from(BAR_MAX)).round();
    let (end, mark) = (column_of(actual), column_of(predicted));
    let mut bar: String = (0..=BAR_MAX)
        .map(f64::from)
        .map(|column| match column {
            column if column == mark => '│',
            column if column < end => '█',
            _ => ' ',
        })
        .collect();
    bar.truncate(bar.trim_end().len());
    bar
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a week has fewer than 2^53 purchase days"
)]
fn float(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_what_happened_and_what_was_foretold() {
        assert_eq!(bar(0.0, 0.0, 0.0), "│");
        assert_eq!(bar(0.0, 40.0, 40.0).chars().count(), 41);
        assert_eq!(bar(3.0, 10.0, 40.0), "███       │");
        assert_eq!(bar(10.0, 3.0, 40.0), "███│██████");
        let halfway = bar(40.0, 2.5, 40.0);
        assert_eq!(halfway.matches('│').count(), 1, "{halfway}");
    }
}
