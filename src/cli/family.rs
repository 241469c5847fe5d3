//! Families of models and their parameters, as the command line names them.

use crate::engine::family::Family;
use crate::engine::fit::Prior;
use crate::grpc::pb::customervalue::v1 as pb;

/// Families of models. All can be fitted to a file, some on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FamilyChoice {
    /// Purchases; customers may leave after a repeat purchase
    BgNbd,
    /// Purchases; customers may leave after any purchase
    MbgNbd,
    /// Purchases; customers may leave at any time
    ParetoNbd,
    /// Purchases; customers never leave
    Nbd,
    /// Purchases in periods, at most one in each
    BgBb,
    /// Renewals of a contract
    Sbg,
    /// Spend on a purchase
    GammaGamma,
    /// Customers that customers bring
    ReferralNbd,
}

impl FamilyChoice {
    /// The family as it stands in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => Family::BgNbd.name(),
            Self::MbgNbd => Family::MbgNbd.name(),
            Self::ParetoNbd => Family::ParetoNbd.name(),
            Self::Nbd => "nbd",
            Self::BgBb => "bg-bb",
            Self::Sbg => "sbg",
            Self::GammaGamma => Family::GammaGamma.name(),
            Self::ReferralNbd => Family::ReferralNbd.name(),
        }
    }

    /// The family as a server knows it; `None` when it is only fitted to files.
    #[must_use]
    pub const fn on_server(self) -> Option<Family> {
        match self {
            Self::BgNbd => Some(Family::BgNbd),
            Self::MbgNbd => Some(Family::MbgNbd),
            Self::ParetoNbd => Some(Family::ParetoNbd),
            Self::GammaGamma => Some(Family::GammaGamma),
            Self::ReferralNbd => Some(Family::ReferralNbd),
            Self::Nbd | Self::BgBb | Self::Sbg => None,
        }
    }

    /// Names of its parameters, in the order of its paper.
    #[must_use]
    pub const fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::BgNbd | Self::MbgNbd => Family::BgNbd.parameter_names(),
            Self::ParetoNbd => Family::ParetoNbd.parameter_names(),
            Self::Nbd => &["r", "alpha"],
            Self::BgBb => &["alpha", "beta", "gamma", "delta"],
            Self::Sbg => &["alpha", "beta"],
            Self::GammaGamma => Family::GammaGamma.parameter_names(),
            Self::ReferralNbd => Family::ReferralNbd.parameter_names(),
        }
    }

    /// Values of its parameters as the contract writes them.
    #[must_use]
    pub fn parameters(self, values: &[f64]) -> pb::ModelParameters {
        let value = |name: &str| {
            let mut names = self.parameter_names().iter();
            let index = names.position(|known| *known == name)?;
            values.get(index).copied()
        };
        pb::ModelParameters {
            r: value("r"),
            alpha: value("alpha"),
            a: value("a"),
            b: value("b"),
            s: value("s"),
            beta: value("beta"),
            p: value("p"),
            q: value("q"),
            gamma: value("gamma"),
            delta: value("delta"),
        }
    }
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
pub fn parse_parameters(family: FamilyChoice, text: &str) -> Result<Vec<f64>, String> {
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
    fn names_on_the_command_line_are_those_of_models() {
        use clap::ValueEnum as _;
        for family in FamilyChoice::value_variants() {
            let value = family.to_possible_value().expect("no family is hidden");
            assert_eq!(value.get_name(), family.name());
        }
    }

    #[test]
    fn parameters_are_written_by_name() {
        let parameters = FamilyChoice::BgBb.parameters(&[1.0, 2.0, 3.0, 4.0]);
        let expected = pb::ModelParameters {
            alpha: Some(1.0),
            beta: Some(2.0),
            gamma: Some(3.0),
            delta: Some(4.0),
            ..pb::ModelParameters::default()
        };
        assert_eq!(parameters, expected);
    }

    #[test]
    fn parameters_come_in_any_order() {
        assert_eq!(
            parse_parameters(FamilyChoice::BgNbd, "a=0.8, r=0.25,b=2.4,alpha=4.4"),
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
            let error = parse_parameters(FamilyChoice::GammaGamma, text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }
}
