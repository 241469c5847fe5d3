//! Money as text.

use super::table::grouped;
use crate::engine::money::{FACT_MICROS_MAX, divide_half_even};
use crate::grpc::pb::google::r#type::Money;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is no number as it should be written.
    #[error("is not decimal text such as 29.33")]
    NotDecimal,
    /// It is finer than what is kept.
    #[error("has more than 6 decimals")]
    TooFine,
    /// It is below zero.
    #[error("must not be negative")]
    Negative,
    /// It is more than a fact may carry.
    #[error("is more than 10^12")]
    TooLarge,
}

/// Reads an amount that is not negative, in micro-units, exactly.
///
/// # Errors
///
/// [`AmountError`] says what is wrong with it.
pub fn parse(text: &str) -> Result<i64, AmountError> {
    if let Some(rest) = text.strip_prefix('-') {
        return match parse(rest)? {
            0 => Ok(0),
            _ => Err(AmountError::Negative),
        };
    }
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::NotDecimal),
        Some(parts) => parts,
        None => (text, ""),
    };
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(decimals) {
        return Err(AmountError::NotDecimal);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > 6 {
        return Err(AmountError::TooFine);
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > 13 {
        return Err(AmountError::TooLarge);
    }
    let micros = format!("0{whole}{decimals:0<6}")
        .parse::<i64>()
        .map_err(|_| AmountError::TooLarge)?;
    if micros > FACT_MICROS_MAX {
        return Err(AmountError::TooLarge);
    }
    Ok(micros)
}

/// Micro-units as a message.
#[must_use]
pub fn money(micros: i64, currency_code: &str) -> Money {
    let nanos = i32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    Money {
        currency_code: currency_code.to_owned(),
        units: micros / 1_000_000,
        nanos,
    }
}

/// A message in micro-units; zero without one.
#[must_use]
pub fn micros(money: Option<&Money>) -> i128 {
    money.map_or(0, |money| {
        i128::from(money.units) * 1_000_000 + i128::from(money.nanos / 1_000)
    })
}

/// Micro-units with two decimals, rounded half to even, thousands apart.
#[must_use]
pub fn text(micros: i128) -> String {
    let cents = divide_half_even(micros, 10_000);
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", grouped(cents / 100), cents % 100)
}

/// A message as [`text`]; a dash without one.
#[must_use]
pub fn money_text(money: Option<&Money>) -> String {
    match money {
        Some(_) => text(micros(money)),
        None => "-".to_owned(),
    }
}

/// Micro-units as plain decimal text, exactly and as short as that goes.
#[must_use]
pub fn exact(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (units, rest) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    if rest == 0 {
        return format!("{sign}{units}");
    }
    let decimals = format!("{rest:06}");
    format!("{sign}{units}.{}", decimals.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, micros) in [
            ("0", 0),
            ("-0.00", 0),
            ("29.33", 29_330_000),
            ("0.000001", 1),
            ("007.1000000000", 7_100_000),
            ("1000000000000", FACT_MICROS_MAX),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
        }
        for (text, error) in [
            ("", AmountError::NotDecimal),
            (".5", AmountError::NotDecimal),
            ("5.", AmountError::NotDecimal),
            ("1,000.00", AmountError::NotDecimal),
            ("1e3", AmountError::NotDecimal),
            ("NaN", AmountError::NotDecimal),
            ("+1", AmountError::NotDecimal),
            ("0.0000001", AmountError::TooFine),
            ("-1", AmountError::Negative),
            ("1000000000000.01", AmountError::TooLarge),
            ("99999999999999999999", AmountError::TooLarge),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn messages_and_text_agree() {
        let amount = money(1_234_567_890_000, "USD");
        assert_eq!((amount.units, amount.nanos), (1_234_567, 890_000_000));
        assert_eq!(money_text(Some(&amount)), "1,234,567.89");
        assert_eq!(text(-50_000_000), "-50.00");
        assert_eq!(text(-4_000), "0.00");
        assert_eq!(money_text(None), "-");
        assert_eq!(exact(-50_000_001), "-50.000001");
        assert_eq!(exact(1_500_000), "1.5");
        assert_eq!(exact(0), "0");
    }
}
