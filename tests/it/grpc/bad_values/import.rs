//! Bad values for `ImportModel`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use prost::Message as _;
use prost_reflect::Value;

use super::{Bad, Table};
use crate::support::builders::{at, money};

/// A model that a fit could have made.
pub(crate) fn exported() -> pb::Model {
    let four = |[r, alpha, a, b]: [f64; 4]| pb::ModelParameters {
        r: Some(r),
        alpha: Some(alpha),
        a: Some(a),
        b: Some(b),
        ..pb::ModelParameters::default()
    };
    let variances = [0.0027, 0.0073, 0.055, 0.084];
    let covariance = (0..16).map(|place| {
        if place % 5 == 0 {
            variances[place / 5]
        } else {
            0.0
        }
    });
    pb::Model {
        name: "bg-nbd/7".to_owned(),
        family: pb::ModelFamily::BgNbd.into(),
        parameters: Some(four([0.243, 4.414, 0.793, 2.426])),
        standard_errors: Some(four([0.013, 0.378, 0.186, 0.705])),
        log_likelihood: -9_582.4,
        customers: 2_357,
        converged: true,
        time_unit: "week".to_owned(),
        calibration_end: Some(Date {
            year: 2020,
            month: 2,
            day: 1,
        }),
        prior: pb::ModelPrior::Weak.into(),
        iterations: 7,
        gradient_norm: 1e-9,
        engine_version: "3".to_owned(),
        recorded_at: Some(at("2020-02-02")),
        margin_sums: Some(pb::MarginSums {
            net_revenue: Some(money("1000")),
            cost_of_goods: Some(money("400")),
            net_revenue_without_cost_of_goods: Some(money("100")),
        }),
        log_parameter_covariance: covariance.collect(),
        imported_from: Some("bg-nbd/3".to_owned()),
    }
}

/// A request that is as it must be.
pub(crate) fn good() -> (&'static str, Vec<u8>) {
    let model = Some(exported());
    (
        "ImportModel",
        pb::ImportModelRequest { model }.encode_to_vec(),
    )
}

macro_rules! estimate {
    ($table:ident, $($path:literal),*) => {
        $(let values = [0.0, -1.0, f64::NAN, f64::INFINITY];
        $table.add("ImportModel", $path, $path, values.map(Value::F64));)*
    };
}

pub(super) fn rows(table: &mut Table) {
    let rpc = "ImportModel";
    table.text(rpc, "model.name", 128);
    table.kind(rpc, "model.family", true);
    table.kind(rpc, "model.prior", false);
    table.text(rpc, "model.engine_version", 128);
    table.text(rpc, "model.imported_from", 128);
    for unit in ["", "day", "Week"] {
        let unit = Value::String(unit.to_owned());
        table.add(rpc, "model.time_unit", "model.time_unit", [unit]);
    }
    // Of other families the parameters are refused whatever they are.
    estimate!(
        table,
        "model.parameters.r",
        "model.parameters.alpha",
        "model.parameters.a",
        "model.parameters.b",
        "model.parameters.s",
        "model.parameters.beta",
        "model.parameters.p",
        "model.parameters.q",
        "model.parameters.gamma",
        "model.parameters.delta",
        "model.standard_errors.r",
        "model.standard_errors.alpha",
        "model.standard_errors.a",
        "model.standard_errors.b",
        "model.standard_errors.s",
        "model.standard_errors.beta",
        "model.standard_errors.p",
        "model.standard_errors.q",
        "model.standard_errors.gamma",
        "model.standard_errors.delta"
    );
    let path = "model.log_likelihood";
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Value::F64);
    table.add(rpc, path, path, values);
    let path = "model.customers";
    table.add(rpc, path, path, [0, -1, i64::MIN].map(Value::I64));
    let path = "model.iterations";
    table.add(rpc, path, path, [-1, i32::MIN].map(Value::I32));
    let path = "model.gradient_norm";
    let values = [f64::NAN, f64::INFINITY, -1.0].map(Value::F64);
    table.add(rpc, path, path, values);
    table.past_day(
        rpc,
        [
            "model.calibration_end.year",
            "model.calibration_end.month",
            "model.calibration_end.day",
            "model.calibration_end",
        ],
    );
    let instant = [
        "model.recorded_at.seconds",
        "model.recorded_at.nanos",
        "model.recorded_at",
    ];
    table.instant(rpc, instant);
    sums(table);
    covariance(table);
}

macro_rules! sum {
    ($table:ident, $path:literal) => {{
        let rpc = "ImportModel";
        let code = concat!($path, ".currency_code");
        let codes = ["", "cny", "CN", "C\0Y"].map(|code| Value::String(code.to_owned()));
        $table.add(rpc, code, code, codes);
        let units = concat!($path, ".units");
        $table.add(rpc, units, $path, [-1, i64::MIN].map(Value::I64));
        let nanos = concat!($path, ".nanos");
        let values = [-1_000, 1, 1_000_000_000, i32::MIN].map(Value::I32);
        $table.add(rpc, nanos, nanos, values);
    }};
}

fn sums(table: &mut Table) {
    sum!(table, "model.margin_sums.net_revenue");
    sum!(table, "model.margin_sums.cost_of_goods");
    sum!(table, "model.margin_sums.net_revenue_without_cost_of_goods");
    // Another currency than the other sums', and than the tenant's.
    let euro = || [Value::String("EUR".to_owned())];
    for path in [
        "model.margin_sums.cost_of_goods.currency_code",
        "model.margin_sums.net_revenue_without_cost_of_goods.currency_code",
    ] {
        table.add("ImportModel", path, path, euro());
    }
}

fn covariance(table: &mut Table) {
    let field = "model.log_parameter_covariance";
    let good = exported().log_parameter_covariance;
    for (place, value) in [(0, f64::NAN), (0, -1.0), (0, f64::INFINITY)] {
        let mut values = good.clone();
        values[place] = value;
        table.0.push(Bad {
            rpc: "ImportModel",
            sets: field,
            covers: "model.log_parameter_covariance[0]",
            names: "model.log_parameter_covariance[0]",
            value: Some(Value::List(values.into_iter().map(Value::F64).collect())),
        });
    }
    let mut lopsided = good.clone();
    lopsided[1] = 1e-5;
    table.0.push(Bad {
        rpc: "ImportModel",
        sets: field,
        covers: field,
        names: "model.log_parameter_covariance[1]",
        value: Some(Value::List(lopsided.into_iter().map(Value::F64).collect())),
    });
    for count in [1, 15, 17] {
        let values = vec![Value::F64(0.01); count];
        table.add("ImportModel", field, field, [Value::List(values)]);
    }
}
