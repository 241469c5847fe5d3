//! Money in whole micro-units, currencies and exchange rates.

mod share;

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

pub use share::share_half_even;

/// Micro-units in a unit of a currency.
pub const MICROS_PER_UNIT: i128 = 1_000_000;

/// The most one fact may carry: 10^12 units.
pub const FACT_MICROS_MAX: i64 = 1_000_000_000_000_000_000;

/// An amount in millionths of a unit of a currency that the context names. Sums of facts are wider
/// than 64 bits, so no fact is ever refused because of a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i128);

impl Micros {
    /// Nothing.
    pub const ZERO: Micros = Micros(0);

    /// The amount as a float, in units. For statistics only, never for money.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "statistics take the nearest float"
    )]
    pub fn to_units(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// A finite estimate in units, rounded once, half to even; `None` when it is not finite or wider
    /// than 10^30 units.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is a whole number within the range of i128"
    )]
    pub fn from_estimate(units: f64) -> Option<Self> {
        let micros = (units * 1e6).round_ties_even();
        (micros.abs() <= 1e36).then_some(Self(micros as i128))
    }
}

impl Add for Micros {
    type Output = Micros;
    fn add(self, other: Micros) -> Micros {
        Micros(self.0 + other.0)
    }
}

impl Sub for Micros {
    type Output = Micros;
    fn sub(self, other: Micros) -> Micros {
        Micros(self.0 - other.0)
    }
}

impl Neg for Micros {
    type Output = Micros;
    fn neg(self) -> Micros {
        Micros(-self.0)
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, other: Micros) {
        self.0 += other.0;
    }
}

impl SubAssign for Micros {
    fn sub_assign(&mut self, other: Micros) {
        self.0 -= other.0;
    }
}

impl std::iter::Sum for Micros {
    fn sum<I: Iterator<Item = Micros>>(amounts: I) -> Micros {
        amounts.fold(Micros::ZERO, Add::add)
    }
}

/// `dividend / divisor`, rounded half to even.
///
/// # Units
///
/// - `divisor`: more than zero
#[must_use]
pub fn divide_half_even(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend.div_euclid(divisor);
    let twice = dividend.rem_euclid(divisor) * 2;
    match twice.cmp(&divisor) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
        std::cmp::Ordering::Greater => quotient + 1,
    }
}

/// A currency: three upper-case letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency of a code; `None` unless it is three upper-case ASCII letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A positive decimal number: `digits` times ten to the power of minus `scale`, without superfluous
/// zeros, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    digits: u64,
    scale: u32,
}

impl Decimal {
    /// Most digits a decimal text may have, zeros before the first other digit not counted.
    pub const DIGITS_MAX: usize = 18;
    /// Most decimals a decimal text may have.
    pub const SCALE_MAX: usize = 27;

    /// Parses decimal text such as `7.15`; `None` unless it is a number above zero of at most 18
    /// digits, without sign or exponent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, decimals)) => (whole, decimals.trim_end_matches('0')),
            None => (text, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
            return None;
        }
        if whole.len() > 64 || decimals.len() > Self::SCALE_MAX {
            return None;
        }
        let digits = format!("{whole}{decimals}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() || significant.len() > Self::DIGITS_MAX {
            return None;
        }
        Some(Self {
            digits: significant.parse().ok()?,
            scale: u32::try_from(decimals.len()).ok()?,
        })
    }

    /// Whether the number lies between 10^-`exponent` and 10^`exponent`, both included.
    #[must_use]
    pub fn is_within(&self, exponent: u32) -> bool {
        let digits = i128::from(self.digits);
        let one = 10_i128.pow(self.scale);
        digits <= one.saturating_mul(10_i128.pow(exponent))
            && digits.saturating_mul(10_i128.pow(exponent)) >= one
    }

    /// The number in millionths, exactly; `None` if it is finer or beyond 64 bits.
    #[must_use]
    pub fn millionths(&self) -> Option<i64> {
        let tens = 10_u64.checked_pow(6_u32.checked_sub(self.scale)?)?;
        i64::try_from(self.digits.checked_mul(tens)?).ok()
    }

    /// An amount times this number, rounded half to even.
    #[must_use]
    pub fn convert(&self, amount: i128) -> i128 {
        divide_half_even(amount * i128::from(self.digits), 10_i128.pow(self.scale))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, decimals) = digits.split_at(digits.len() - scale);
        formatter.write_str(whole)?;
        if decimals.is_empty() {
            return Ok(());
        }
        write!(formatter, ".{decimals}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_even() {
        for (dividend, divisor, expected) in [
            (5, 2, 2),
            (7, 2, 4),
            (-5, 2, -2),
            (-7, 2, -4),
            (8, 3, 3),
            (-8, 3, -3),
            (0, 7, 0),
        ] {
            assert_eq!(
                divide_half_even(dividend, divisor),
                expected,
                "{dividend}/{divisor}"
            );
        }
    }

    #[test]
    fn decimals_have_one_form() {
        for (text, form) in [
            ("7.150", "7.15"),
            ("0.000000001", "0.000000001"),
            ("1000000000", "1000000000"),
            ("007", "7"),
            ("1.0", "1"),
        ] {
            assert_eq!(
                Decimal::parse(text).map(|rate| rate.to_string()),
                Some(form.to_owned())
            );
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "0",
            "0.000",
            "NaN",
            "1 ",
            "1234567890123456789",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn conversion_is_exact() {
        let rate = Decimal::parse("7.155").expect("rate");
        assert_eq!(rate.convert(1_000_000), 7_155_000);
        assert_eq!(rate.convert(100), 716); // 715.5 to the even neighbour
        assert_eq!(rate.convert(300), 2_146); // 2146.5 to the even neighbour
        assert_eq!(rate.millionths(), Some(7_155_000));
        let fine = Decimal::parse("0.0000001").expect("decimal");
        assert_eq!(fine.millionths(), None);
        assert!(rate.is_within(9));
        assert!(!Decimal::parse("1000000000.1").expect("rate").is_within(9));
        assert!(Decimal::parse("0.000000001").expect("rate").is_within(9));
        assert!(!Decimal::parse("0.0000000009").expect("rate").is_within(9));
    }

    #[test]
    fn currencies_are_three_capitals() {
        assert_eq!(
            Currency::parse("CNY").map(|currency| currency.code().to_owned()),
            Some("CNY".into())
        );
        for code in ["", "cny", "CNYX", "C1Y", "¥¥"] {
            assert_eq!(Currency::parse(code), None);
        }
    }
}
