//! Amounts.

use super::Reader;
use crate::engine::fact::Amount;
use crate::engine::money::{Currency, FACT_MICROS_MAX, Micros};
use crate::grpc::pb::google::r#type::Money;

impl Reader {
    /// An amount in whole micro-units, however large.
    fn micros(&mut self, field: &str, value: &Money) -> Option<(i128, Currency)> {
        let Some(currency) = Currency::parse(&value.currency_code) else {
            let path = format!("{field}.currency_code");
            self.refuse(path, "must be a code of three capital letters, such as EUR");
            return None;
        };
        let nanos = i128::from(value.nanos);
        if nanos.abs() > 999_999_999
            || (value.units > 0 && nanos < 0)
            || (value.units < 0 && nanos > 0)
        {
            let path = format!("{field}.nanos");
            self.refuse(
                path,
                "must lie between -999999999 and 999999999 and have the sign of units",
            );
            return None;
        }
        if nanos % 1_000 != 0 {
            self.refuse(
                format!("{field}.nanos"),
                "must have at most 6 decimals of a unit (a multiple of 1000)",
            );
            return None;
        }
        let micros = i128::from(value.units) * 1_000_000 + nanos / 1_000;
        Some((micros, currency))
    }

    /// An amount of at most 10^12 units, in whole micro-units.
    pub(super) fn any_money(&mut self, field: &str, value: &Money) -> Option<Amount> {
        let (micros, currency) = self.micros(field, value)?;
        match i64::try_from(micros) {
            Ok(micros) if micros.unsigned_abs() <= FACT_MICROS_MAX.unsigned_abs() => {
                Some(Amount { micros, currency })
            }
            _ => {
                self.refuse(field, "must be at most 10^12 units");
                None
            }
        }
    }

    /// A required sum, which is not negative and may be larger than any amount of a fact.
    pub fn sum(&mut self, field: &str, value: Option<&Money>) -> Option<(Micros, Currency)> {
        let Some(value) = value else {
            self.refuse(field, "is required");
            return None;
        };
        let (micros, currency) = self.micros(field, value)?;
        if micros < 0 {
            self.refuse(field, "must not be negative");
            return None;
        }
        Some((Micros(micros), currency))
    }
}
