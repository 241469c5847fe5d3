//! Bad values for `EvaluateModel` and `TrackModel`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use prost::Message as _;
use prost_reflect::Value;

use super::{Bad, Table};

/// Requests that are as they must be; the model tracked is not there.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let day = |day| Date {
        year: 2020,
        month: 2,
        day,
    };
    let evaluate = pb::EvaluateModelRequest {
        holdout_end: Some(day(20)),
        calibration_end: Some(day(10)),
        origins: Some(2),
        days_between_origins: Some(5),
        families: vec![pb::ModelFamily::BgNbd.into()],
        ..pb::EvaluateModelRequest::default()
    };
    let track = pb::TrackModelRequest {
        model_name: "bg-nbd/1".to_owned(),
        first_day: Some(day(10)),
        last_day: Some(day(20)),
    };
    vec![
        ("EvaluateModel", evaluate.encode_to_vec()),
        ("TrackModel", track.encode_to_vec()),
    ]
}

pub(super) fn rows(table: &mut Table) {
    let rpc = "EvaluateModel";
    table.past_day(
        rpc,
        [
            "holdout_end.year",
            "holdout_end.month",
            "holdout_end.day",
            "holdout_end",
        ],
    );
    let begin = "calibration_end";
    table.past_day(
        rpc,
        [
            "calibration_end.year",
            "calibration_end.month",
            "calibration_end.day",
            begin,
        ],
    );
    // The last day of the hold-out itself, after it, and too long before it.
    let (day, year) = ("calibration_end.day", "calibration_end.year");
    table.add(rpc, day, begin, [20, 21].map(Value::I32));
    table.add(rpc, year, begin, [2_010, 1_900].map(Value::I32));
    // Besides, the good request says with another field where the hold-out begins.
    let days = [0, -1, 3_651, i32::MAX, i32::MIN, 10];
    table.add(rpc, "holdout_days", "holdout_days", days.map(Value::I32));
    let numbers = [0, -1, 13, i32::MAX, i32::MIN];
    table.add(rpc, "origins", "origins", numbers.map(Value::I32));
    let days = [0, -1, 3_651, i32::MAX, i32::MIN];
    let between = "days_between_origins";
    table.add(rpc, between, between, days.map(Value::I32));
    table.kind(rpc, "criterion", false);
    table.kind(rpc, "prior", false);
    model_name(table, rpc);
    let gamma_gamma = pb::ModelFamily::GammaGamma as i32;
    let automatic = pb::ModelFamily::Automatic as i32;
    for (numbers, names) in [
        (vec![0], "families[0]"),
        (vec![-1], "families[0]"),
        (vec![99], "families[0]"),
        (vec![gamma_gamma], "families[0]"),
        (vec![automatic], "families[0]"),
        (vec![1, 1], "families[1]"),
        (vec![1, 3, 99], "families[2]"),
        (vec![1; 100_000], "families[1]"),
    ] {
        let numbers = numbers.into_iter().map(Value::EnumNumber).collect();
        table.0.push(Bad {
            rpc,
            sets: "families",
            covers: "families[0]",
            names,
            value: Some(Value::List(numbers)),
        });
    }

    let rpc = "TrackModel";
    model_name(table, rpc);
    for (year, month, day, path) in [
        (
            "first_day.year",
            "first_day.month",
            "first_day.day",
            "first_day",
        ),
        (
            "last_day.year",
            "last_day.month",
            "last_day.day",
            "last_day",
        ),
    ] {
        // What is no day is refused before the model is looked for; days are held against it after.
        table.add(rpc, year, path, [0, 1_899, 10_000, -1].map(Value::I32));
        table.add(rpc, month, path, [0, 13, -1, i32::MAX].map(Value::I32));
        table.add(rpc, day, path, [0, 30, -1, i32::MAX].map(Value::I32));
    }
}

/// A name that may be left out: too long, with control characters.
fn model_name(table: &mut Table, rpc: &'static str) {
    let too_long = "x".repeat(129);
    for name in ["a\nb", "a\0", &too_long] {
        let value = Value::String(name.to_owned());
        table.add(rpc, "model_name", "model_name", [value]);
    }
}
