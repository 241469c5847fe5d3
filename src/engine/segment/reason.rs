//! Why a customer is in a segment: what was measured, and the cut points around it.

use crate::engine::money::{Currency, MICROS_PER_UNIT, Micros, divide_half_even};
use crate::engine::segment::measures::MICROS_PER_DAY;

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// Whole days.
    Days(i64),
    /// Millionths of a day.
    MicroDays(i128),
    /// How many.
    Count(i64),
    /// An amount in base currency.
    Money(Micros),
    /// A probability from 0 to 1.
    Probability(f64),
}

impl Quantity {
    /// How far this lies above another of the same unit; `None` for one of another unit.
    #[must_use]
    pub fn above(self, other: Quantity) -> Option<Quantity> {
        match (self, other) {
            (Self::Days(left), Self::Days(right)) => Some(Self::Days(left - right)),
            (Self::MicroDays(left), Self::MicroDays(right)) => Some(Self::MicroDays(left - right)),
            (Self::Count(left), Self::Count(right)) => Some(Self::Count(left - right)),
            (Self::Money(left), Self::Money(right)) => Some(Self::Money(left - right)),
            (Self::Probability(left), Self::Probability(right)) => {
                Some(Self::Probability(left - right))
            }
            (
                Self::Days(_)
                | Self::MicroDays(_)
                | Self::Count(_)
                | Self::Money(_)
                | Self::Probability(_),
                _,
            ) => None,
        }
    }

    /// The quantity for people; amounts and fractions rounded half to even.
    #[must_use]
    pub fn text(self, currency: Option<Currency>) -> String {
        match self {
            Self::Days(days) => days_text(i128::from(days)),
            Self::MicroDays(micros) => {
                let tenths = divide_half_even(micros * 10, MICROS_PER_DAY);
                format!("{}.{} days", grouped(tenths / 10), tenths.abs() % 10)
            }
            Self::Count(count) => grouped(i128::from(count)),
            Self::Money(amount) => {
                let hundredths = divide_half_even(amount.0 * 100, MICROS_PER_UNIT);
                let sign = if hundredths < 0 { "-" } else { "" };
                let (whole, decimals) = (hundredths.abs() / 100, hundredths.abs() % 100);
                let code = currency.map(|code| format!(" {}", code.code()));
                format!(
                    "{sign}{}.{decimals:02}{}",
                    grouped(whole),
                    code.unwrap_or_default()
                )
            }
            Self::Probability(probability) => format!("{:.1} %", probability * 100.0),
        }
    }
}

fn days_text(days: i128) -> String {
    let unit = if days == 1 { "day" } else { "days" };
    format!("{} {unit}", grouped(days))
}

/// A whole number with a comma between thousands.
fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// On which side of a cut a value equal to it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Below: a value must exceed the cut.
    Above,
    /// Above: a value reaches the cut.
    AtLeast,
}

impl Bound {
    /// Whether a value is on the upper side of a cut.
    #[must_use]
    pub fn passes<T: PartialOrd>(self, value: T, cut: T) -> bool {
        match self {
            Self::Above => value > cut,
            Self::AtLeast => value >= cut,
        }
    }
}

/// A measured value with the cut points around it.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredValue {
    /// What was measured, such as `recency_days`.
    pub name: &'static str,
    /// The value.
    pub value: Quantity,
    /// The nearest cut on whose upper side the value lies; `None` below all.
    pub lower: Option<Quantity>,
    /// The nearest cut on whose lower side the value lies; `None` above all.
    pub upper: Option<Quantity>,
    /// The side of a value that equals a cut.
    pub bound: Bound,
    /// Score 1 to 5, 5 best, of a measure that is scored.
    pub score: Option<u8>,
    /// Percentile 0 to 99 in the snapshot, of a measure that has one; higher is better.
    pub percentile: Option<u8>,
}

impl MeasuredValue {
    /// A value without cuts.
    #[must_use]
    pub fn plain(name: &'static str, value: Quantity) -> Self {
        Self {
            name,
            value,
            lower: None,
            upper: None,
            bound: Bound::Above,
            score: None,
            percentile: None,
        }
    }

    /// A whole value among cuts, each written by `unit`.
    #[must_use]
    pub fn among(
        name: &'static str,
        value: i128,
        cuts: &[i128],
        bound: Bound,
        unit: fn(i128) -> Quantity,
    ) -> Self {
        let passed = cuts.iter().filter(|cut| bound.passes(value, **cut));
        let ahead = cuts.iter().filter(|cut| !bound.passes(value, **cut));
        Self {
            lower: passed.max().map(|cut| unit(*cut)),
            upper: ahead.min().map(|cut| unit(*cut)),
            bound,
            ..Self::plain(name, unit(value))
        }
    }

    /// How far the value lies above the cut below it.
    #[must_use]
    pub fn to_lower(&self) -> Option<Quantity> {
        self.value.above(self.lower?)
    }

    /// How far the value lies below the cut above it.
    #[must_use]
    pub fn to_upper(&self) -> Option<Quantity> {
        self.upper?.above(self.value)
    }
}

/// Units for [`MeasuredValue::among`].
pub mod unit {
    use super::Quantity;
    use crate::engine::money::Micros;

    fn whole(value: i128) -> i64 {
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }

    /// Micro-units of money.
    #[must_use]
    pub fn money(value: i128) -> Quantity {
        Quantity::Money(Micros(value))
    }

    /// Days.
    #[must_use]
    pub fn days(value: i128) -> Quantity {
        Quantity::Days(whole(value))
    }

    /// A number of things.
    #[must_use]
    pub fn count(value: i128) -> Quantity {
        Quantity::Count(whole(value))
    }

    /// Millionths of a day.
    #[must_use]
    pub fn micro_days(value: i128) -> Quantity {
        Quantity::MicroDays(value)
    }
}

/// Why a customer is in a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// What was measured, in the order in which it decides.
    pub measures: Vec<MeasuredValue>,
    /// One sentence for people.
    pub sentence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_people_write_them() {
        let euro = Currency::parse("EUR");
        for (quantity, text) in [
            (Quantity::Days(1), "1 day"),
            (Quantity::Days(1_234), "1,234 days"),
            (Quantity::MicroDays(12_340_000), "12.3 days"),
            (Quantity::Money(Micros(-1_234_565_000)), "-1,234.56 EUR"),
            (Quantity::Money(Micros(999_995_001)), "1,000.00 EUR"),
            (Quantity::Probability(0.0512), "5.1 %"),
            (Quantity::Count(-1_000_000), "-1,000,000"),
        ] {
            assert_eq!(quantity.text(euro), text);
        }
        assert_eq!(Quantity::Days(1).above(Quantity::Count(1)), None);
    }

    #[test]
    fn a_value_stands_between_the_nearest_cuts() {
        let cuts = [10, 20, 30];
        let above = MeasuredValue::among("x", 20, &cuts, Bound::Above, unit::count);
        assert_eq!(above.lower, Some(Quantity::Count(10)));
        assert_eq!(above.to_upper(), Some(Quantity::Count(0)));
        let at_least = MeasuredValue::among("x", 20, &cuts, Bound::AtLeast, unit::count);
        assert_eq!(at_least.to_lower(), Some(Quantity::Count(0)));
        assert_eq!(at_least.upper, Some(Quantity::Count(30)));
        let lowest = MeasuredValue::among("x", 5, &cuts, Bound::Above, unit::count);
        assert_eq!(
            (lowest.lower, lowest.to_upper()),
            (None, Some(Quantity::Count(5)))
        );
    }
}
