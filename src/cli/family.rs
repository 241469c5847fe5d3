//! Families of models and their parameters, as the command line names them.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::engine::family::Family;
use crate::engine::fit::Prior;
use crate::grpc::pb::customervalue::v1 as pb;

/// Reads the name of a family.
#[must_use]
pub fn family_parser() -> impl TypedValueParser<Value = Family> {
    let names = Family::ALL.map(Family::name);
    PossibleValuesParser::new(names)
        .try_map(|name| Family::named(&name).ok_or("is no family of models"))
}

/// What a fit supposes before it sees data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PriorChoice {
    /// A weak normal prior on each log-parameter
    Weak,
    /// None: maximum likelihood, as published estimates are
    None,
}

impl PriorChoice {
    /// The contract's value.
    #[must_use]
    pub const fn message(self) -> pb::ModelPrior {
        match self {
            Self::Weak => pb::ModelPrior::Weak,
            Self::None => pb::ModelPrior::None,
        }
    }

    /// The engine's value.
    #[must_use]
    pub const fn prior(self) -> Prior {
        match self {
            Self::Weak => Prior::Weak,
            Self::None => Prior::None,
        }
    }
}

/// Reads `r=0.25,alpha=4.4,...` for a family: its parameters in the paper's order.
///
/// # Errors
///
/// Names what is unknown, missing, given twice or no number.
pub fn parse_parameters(family: Family, text: &str) -> Result<Vec<f64>, String> {
    let names = family.parameter_names();
    let takes = format!("--parameters takes {}", names.join(", "));
    let mut values: Vec<Option<f64>> = vec![None; names.len()];
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!("{part:?} is not like r=0.25; {takes}"));
        };
        let (name, value) = (name.trim(), value.trim());
        let slot = names
            .iter()
            .position(|known| *known == name)
            .and_then(|index| values.get_mut(index));
        let Some(slot) = slot else {
            return Err(format!("parameter {name} is unknown; {takes}"));
        };
        let number: f64 = value
            .parse()
            .map_err(|_| format!("parameter {name} is {value:?}, not a number"))?;
        if !number.is_finite() || number <= 0.0 {
            return Err(format!(
                "parameter {name} is {value}, not a positive number"
            ));
        }
        if slot.replace(number).is_some() {
            return Err(format!("parameter {name} is given twice"));
        }
    }
    let missing: Vec<&str> = names
        .iter()
        .zip(&values)
        .filter_map(|(name, value)| value.is_none().then_some(*name))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "parameter {} is missing; {takes}",
            missing.join(", ")
        ));
    }
    Ok(values.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_in_any_order() {
        assert_eq!(
            parse_parameters(Family::BgNbd, "a=0.8, r=0.25,b=2.4,alpha=4.4"),
            Ok(vec![0.25, 4.4, 0.8, 2.4])
        );
    }

    #[test]
    fn parameters_are_refused_by_name() {
        for (text, part) in [
            ("p=1,q=2", "parameter gamma is missing"),
            ("p=1,q=2,gamma=3,r=1", "parameter r is unknown"),
            ("p=1,q=2,gamma=0", "parameter gamma is 0, not a positive"),
            ("p=1,q=NaN,gamma=1", "parameter q is NaN"),
            ("p=1,p=2,q=2,gamma=1", "parameter p is given twice"),
            ("p", "\"p\" is not like"),
            ("", "parameter p, q, gamma is missing"),
        ] {
            let error = parse_parameters(Family::GammaGamma, text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }
}
