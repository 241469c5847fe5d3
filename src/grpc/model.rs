//! Models as the contract writes them.

use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX};
use super::write::{date, money, timestamp};
use crate::app::definitions::{Definitions, model_name};
use crate::engine::family::Family;
use crate::engine::fit::Prior;
use crate::engine::money::Currency;
use crate::engine::time::Instant;
use crate::store::activation::StoredActivation;
use crate::store::model::StoredModel;

/// A stored model.
#[must_use]
pub fn model(stored: &StoredModel, currency: Option<Currency>) -> pb::Model {
    let fitted = &stored.fitted;
    let family = Family::named(&stored.family);
    let prior = match fitted.prior.as_str() {
        "none" => Prior::None,
        _ => Prior::Weak,
    };
    pb::Model {
        name: model_name(&stored.family, stored.number),
        family: family
            .map_or(pb::ModelFamily::Unspecified, model_family)
            .into(),
        parameters: family.map(|family| parameters(family, &fitted.parameters)),
        standard_errors: family.map(|family| parameters(family, &fitted.standard_errors)),
        log_likelihood: fitted.log_likelihood,
        customers: fitted.customers,
        // Fits that do not converge are errors and never stored.
        converged: true,
        time_unit: "week".to_owned(),
        calibration_end: Some(date(fitted.calibration_end)),
        prior: model_prior(prior).into(),
        iterations: fitted.iterations,
        gradient_norm: fitted.gradient_norm,
        engine_version: fitted.engine_version.clone(),
        recorded_at: Some(timestamp(stored.recorded_at)),
        margin_sums: currency.map(|currency| pb::MarginSums {
            net_revenue: Some(money(fitted.net_revenue, currency)),
            cost_of_goods: Some(money(fitted.cost_of_goods, currency)),
            net_revenue_without_cost_of_goods: Some(money(
                fitted.net_revenue_without_cost_of_goods,
                currency,
            )),
        }),
        log_parameter_covariance: fitted.log_parameter_covariance.clone().unwrap_or_default(),
        imported_from: fitted.imported_from.clone(),
    }
}

/// A family of models.
#[must_use]
pub const fn model_family(family: Family) -> pb::ModelFamily {
    match family {
        Family::BgNbd => pb::ModelFamily::BgNbd,
        Family::MbgNbd => pb::ModelFamily::MbgNbd,
        Family::ParetoNbd => pb::ModelFamily::ParetoNbd,
        Family::GammaGamma => pb::ModelFamily::GammaGamma,
        Family::ReferralNbd => pb::ModelFamily::ReferralNbd,
    }
}

/// What a fit supposes beforehand.
#[must_use]
pub const fn model_prior(prior: Prior) -> pb::ModelPrior {
    match prior {
        Prior::None => pb::ModelPrior::None,
        Prior::Weak => pb::ModelPrior::Weak,
    }
}

/// Parameters by the names of the family's paper.
#[must_use]
pub fn parameters(family: Family, values: &[f64]) -> pb::ModelParameters {
    let at = |index: usize| values.get(index).copied();
    match family {
        Family::BgNbd | Family::MbgNbd => pb::ModelParameters {
            r: at(0),
            alpha: at(1),
            a: at(2),
            b: at(3),
            ..pb::ModelParameters::default()
        },
        Family::ParetoNbd => pb::ModelParameters {
            r: at(0),
            alpha: at(1),
            s: at(2),
            beta: at(3),
            ..pb::ModelParameters::default()
        },
        Family::GammaGamma => pb::ModelParameters {
            p: at(0),
            q: at(1),
            gamma: at(2),
            ..pb::ModelParameters::default()
        },
        Family::ReferralNbd => pb::ModelParameters {
            r: at(0),
            alpha: at(1),
            ..pb::ModelParameters::default()
        },
    }
}

/// An activation and the instant another takes over.
#[must_use]
pub fn activation(stored: &StoredActivation, until: Option<Instant>) -> pb::ModelActivation {
    pb::ModelActivation {
        model_name: model_name(&stored.family, stored.number),
        effective_at: Some(timestamp(stored.effective_at)),
        effective_until: until.map(timestamp),
        recorded_at: Some(timestamp(stored.recorded_at)),
    }
}

/// All activations of a model.
#[must_use]
pub fn activations(definitions: &Definitions, stored: &StoredModel) -> Vec<pb::ModelActivation> {
    definitions
        .activations(&stored.family, stored.number)
        .into_iter()
        .map(|(stored, until)| activation(stored, until))
        .collect()
}

/// The name of a model in a request.
pub(super) fn read_name(reader: &mut Reader, name: &str) -> Option<String> {
    if name.is_empty() {
        reader.refuse("name", "is required, as in bg-nbd/3");
        return None;
    }
    reader.text("name", name, SHORT_BYTES_MAX)
}

/// The name of a model in a request that may leave it out.
pub(super) fn read_optional_name(reader: &mut Reader, name: &str) -> Option<Option<String>> {
    if name.is_empty() {
        return Some(None);
    }
    reader.text("model_name", name, SHORT_BYTES_MAX).map(Some)
}

/// A family in a request.
pub(super) fn read_family(reader: &mut Reader, field: &str, number: i32) -> Option<Family> {
    match pb::ModelFamily::try_from(number) {
        Ok(pb::ModelFamily::BgNbd) => Some(Family::BgNbd),
        Ok(pb::ModelFamily::MbgNbd) => Some(Family::MbgNbd),
        Ok(pb::ModelFamily::ParetoNbd) => Some(Family::ParetoNbd),
        Ok(pb::ModelFamily::GammaGamma) => Some(Family::GammaGamma),
        Ok(pb::ModelFamily::ReferralNbd) => Some(Family::ReferralNbd),
        Ok(pb::ModelFamily::Unspecified) => {
            reader.refuse(field, "is required");
            None
        }
        // Where it is allowed it is not read as a family.
        Ok(pb::ModelFamily::Automatic) | Err(_) => {
            reader.refuse(field, format!("must be a ModelFamily, is {number}"));
            None
        }
    }
}

/// A family of purchases in a list of a request.
pub(super) fn read_purchase_family(
    reader: &mut Reader,
    field: &str,
    number: i32,
) -> Option<Family> {
    let named = pb::ModelFamily::try_from(number).ok();
    let family = Family::ALL
        .into_iter()
        .find(|family| Some(model_family(*family)) == named)
        .filter(|family| family.slot() == "purchase");
    if family.is_none() {
        let what = format!("must be a ModelFamily of purchases, is {number}");
        reader.refuse(field, what);
    }
    family
}

/// A prior in a request.
pub(super) fn read_prior(reader: &mut Reader, field: &str, number: i32) -> Option<Prior> {
    match pb::ModelPrior::try_from(number) {
        Ok(pb::ModelPrior::Unspecified | pb::ModelPrior::Weak) => Some(Prior::Weak),
        Ok(pb::ModelPrior::None) => Some(Prior::None),
        Err(_) => {
            reader.refuse(field, format!("must be a ModelPrior, is {number}"));
            None
        }
    }
}
