//! `ModelService.ImportModel`.

use tonic::{Request, Response, Status};

use super::model::{model, parameters, read_family, read_prior};
use super::models::Models;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use crate::app::fit_model::prior_name;
use crate::app::import_model::ExportedModel;
use crate::engine::family::Family;
use crate::engine::money::{Currency, Micros};
use crate::store::model::FittedModel;

/// How far a covariance may be from symmetric for its rounding, relative to the variances.
const ASYMMETRY_MAX: f64 = 1e-9;

pub(super) async fn handle(
    models: &Models,
    request: Request<pb::ImportModelRequest>,
) -> Result<Response<pb::ImportModelResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let exported = match &request.get_ref().model {
        Some(model) => read(&mut reader, model),
        None => {
            reader.refuse("model", "is required");
            None
        }
    };
    let exported = reader.finish(exported)?;
    let currency = exported.currency;
    let stored = models.app.import_model(&tenant_id, exported).await?;
    Ok(Response::new(pb::ImportModelResponse {
        model: Some(model(&stored, Some(currency))),
    }))
}

fn read(reader: &mut Reader, exported: &pb::Model) -> Option<ExportedModel> {
    let name = reader.required_text("model.name", &exported.name, SHORT_BYTES_MAX);
    let family = read_family(reader, "model.family", exported.family);
    let prior = read_prior(reader, "model.prior", exported.prior);
    let engine_version = reader.required_text(
        "model.engine_version",
        &exported.engine_version,
        SHORT_BYTES_MAX,
    );
    let calibration_end = match &exported.calibration_end {
        Some(day) => reader.day("model.calibration_end", day),
        None => {
            reader.refuse("model.calibration_end", "is required");
            None
        }
    };
    reader.optional_instant("model.recorded_at", exported.recorded_at.as_ref());
    reader.optional_text(
        "model.imported_from",
        exported.imported_from.as_deref(),
        SHORT_BYTES_MAX,
    );
    numbers(reader, exported);
    let sums = margin_sums(reader, exported.margin_sums.as_ref());
    let family = family?;
    let parameters = estimates(reader, family, "parameters", exported.parameters.as_ref());
    if let Some(values) = &parameters
        && !family.has_parameters(values)
    {
        let told = "must be positive and within the bounds of the family";
        reader.refuse("model.parameters", told);
    }
    let standard_errors = estimates(
        reader,
        family,
        "standard_errors",
        exported.standard_errors.as_ref(),
    );
    let covariance = covariance(reader, family, &exported.log_parameter_covariance);
    let (currency, [net_revenue, cost_of_goods, without_cost_of_goods]) = sums?;
    Some(ExportedModel {
        family,
        currency,
        fitted: FittedModel {
            fingerprint: Vec::new(),
            parameters: parameters?,
            standard_errors: standard_errors?,
            log_parameter_covariance: covariance?,
            log_likelihood: exported.log_likelihood,
            customers: exported.customers,
            iterations: exported.iterations,
            gradient_norm: exported.gradient_norm,
            prior: prior.map(prior_name)?.to_owned(),
            calibration_end: calibration_end?,
            engine_version: engine_version?,
            net_revenue,
            cost_of_goods,
            net_revenue_without_cost_of_goods: without_cost_of_goods,
            imported_from: Some(name?),
        },
    })
}

/// What must be so of every fit.
fn numbers(reader: &mut Reader, exported: &pb::Model) {
    if !exported.log_likelihood.is_finite() {
        reader.refuse("model.log_likelihood", "must be finite");
    }
    if exported.customers < 1 {
        reader.refuse("model.customers", "must be at least 1");
    }
    if !exported.converged {
        reader.refuse("model.converged", "must be true: only such fits are models");
    }
    if exported.time_unit != "week" {
        reader.refuse("model.time_unit", "must be week");
    }
    if exported.iterations < 0 {
        reader.refuse("model.iterations", "must not be negative");
    }
    if !exported.gradient_norm.is_finite() || exported.gradient_norm < 0.0 {
        reader.refuse("model.gradient_norm", "must be finite and not negative");
    }
}

/// Values in the order of the family's paper: those of the family, and no others.
fn estimates(
    reader: &mut Reader,
    family: Family,
    field: &str,
    values: Option<&pb::ModelParameters>,
) -> Option<Vec<f64>> {
    let Some(values) = values else {
        reader.refuse(format!("model.{field}"), "is required");
        return None;
    };
    let names = family.parameter_names();
    let mut found = Vec::new();
    let mut is_good = true;
    for (name, value) in named(values) {
        let told = match (names.contains(&name), value) {
            (true, None) => "is required of this family",
            (false, Some(_)) => "is no parameter of this family",
            (true, Some(value)) if !value.is_finite() || value <= 0.0 => {
                "must be positive and finite"
            }
            (true, Some(value)) => {
                found.push(value);
                continue;
            }
            (false, None) => continue,
        };
        reader.refuse(format!("model.{field}.{name}"), told);
        is_good = false;
    }
    // The message's order is that of the papers, as what is written back shows.
    (is_good && parameters(family, &found) == *values).then_some(found)
}

/// All parameters there are, by name.
fn named(values: &pb::ModelParameters) -> [(&'static str, Option<f64>); 10] {
    [
        ("r", values.r),
        ("alpha", values.alpha),
        ("a", values.a),
        ("b", values.b),
        ("s", values.s),
        ("beta", values.beta),
        ("p", values.p),
        ("q", values.q),
        ("gamma", values.gamma),
        ("delta", values.delta),
    ]
}

/// A covariance of as many rows and columns as the family has parameters; `None` within for none.
fn covariance(reader: &mut Reader, family: Family, values: &[f64]) -> Option<Option<Vec<f64>>> {
    let field = "model.log_parameter_covariance";
    let size = family.parameter_names().len();
    if values.is_empty() {
        return Some(None);
    }
    if values.len() != size * size {
        let told = format!("must have {size} rows of {size}, or none");
        reader.refuse(field, told);
        return None;
    }
    let at = |row: usize, column: usize| values[row * size + column];
    let mut is_good = true;
    for row in 0..size {
        for column in 0..size {
            let scale = (at(row, row) * at(column, column)).sqrt();
            let told = if !at(row, column).is_finite() {
                "must be finite"
            } else if row == column && at(row, row) < 0.0 {
                "is a variance and must not be negative"
            } else if at(row, column).abs() > scale * (1.0 + ASYMMETRY_MAX) {
                "must not be larger than its variances allow"
            } else if (at(row, column) - at(column, row)).abs() > scale * ASYMMETRY_MAX {
                "must be symmetric"
            } else {
                continue;
            };
            reader.refuse(format!("{field}[{}]", row * size + column), told);
            is_good = false;
        }
    }
    is_good.then(|| Some(values.to_vec()))
}

/// The sums, and the one currency they are in.
fn margin_sums(
    reader: &mut Reader,
    sums: Option<&pb::MarginSums>,
) -> Option<(Currency, [Micros; 3])> {
    let Some(sums) = sums else {
        reader.refuse("model.margin_sums", "is required");
        return None;
    };
    let all = [
        ("net_revenue", &sums.net_revenue),
        ("cost_of_goods", &sums.cost_of_goods),
        (
            "net_revenue_without_cost_of_goods",
            &sums.net_revenue_without_cost_of_goods,
        ),
    ];
    let read = all.map(|(name, sum)| {
        let field = format!("model.margin_sums.{name}");
        reader.sum(&field, sum.as_ref())
    });
    let [Some(first), Some(second), Some(third)] = read else {
        return None;
    };
    for ((name, _), (_, currency)) in all.iter().zip([first, second, third]) {
        if currency != first.1 {
            let field = format!("model.margin_sums.{name}.currency_code");
            reader.refuse(field, "must be the same for all sums");
            return None;
        }
    }
    Some((first.1, [first.0, second.0, third.0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_every_family_is_read_in_its_order() {
        for family in Family::ALL {
            let count = family.parameter_names().len();
            let values: Vec<f64> = (1..=count).map(|place| place as f64).collect();
            let written = parameters(family, &values);
            let mut reader = Reader::default();
            let found = estimates(&mut reader, family, "parameters", Some(&written));
            assert_eq!(found, Some(values), "{}", family.name());
        }
    }

    #[test]
    fn a_covariance_that_none_can_be_is_refused() {
        let family = Family::ReferralNbd;
        let read = |values: &[f64]| covariance(&mut Reader::default(), family, values);
        assert_eq!(read(&[]), Some(None));
        assert_eq!(
            read(&[1.0, 0.5, 0.5, 1.0]),
            Some(Some(vec![1.0, 0.5, 0.5, 1.0]))
        );
        for bad in [
            &[1.0][..],
            &[1.0, 0.5, 0.4, 1.0],
            &[1.0, 1.1, 1.1, 1.0],
            &[-1.0, 0.0, 0.0, 1.0],
            &[f64::NAN, 0.0, 0.0, 1.0],
            &[f64::INFINITY, 0.0, 0.0, 1.0],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
