//! Attributes: what is known about a customer, by name.

use super::fact::Content;
use super::time::Instant;

/// Most different names of attributes a tenant may use, of voided facts too.
pub const NAMES_MAX: usize = 64;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// A text, at most 1024 bytes.
    Text(String),
    /// A finite number; zero has no sign.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl AttributeValue {
    /// A number, if it is finite; -0 is 0, so that equal numbers are the same content.
    #[must_use]
    pub fn number(number: f64) -> Option<Self> {
        let unsigned_zero = if number == 0.0 { 0.0 } else { number };
        number.is_finite().then_some(Self::Number(unsigned_zero))
    }
}

/// The value of one attribute of a customer from an instant on. At any instant the value with the
/// latest `occurred_at` up to it is the current one, among equals that with the greatest id.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerAttribute {
    /// The caller's id, unique per customer.
    pub attribute_id: String,
    /// Whose attribute.
    pub customer_id: String,
    /// From when on it has this value.
    pub occurred_at: Instant,
    /// Name of the attribute, 1 to 64 bytes.
    pub name: String,
    /// The value.
    pub value: AttributeValue,
}

impl CustomerAttribute {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        let content = Content::default()
            .text("attribute_id", &self.attribute_id)
            .text("customer_id", &self.customer_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .text("name", &self.name);
        match &self.value {
            AttributeValue::Text(text) => content.text("text", text),
            AttributeValue::Number(number) => {
                content.bytes("number", &number.to_bits().to_be_bytes())
            }
            AttributeValue::Flag(flag) => content.whole("flag", i64::from(*flag)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite_and_zero_has_no_sign() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(AttributeValue::number(number), None, "{number}");
        }
        for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -1.5] {
            let value = AttributeValue::number(number);
            assert_eq!(value, Some(AttributeValue::Number(number)));
        }
        let Some(AttributeValue::Number(zero)) = AttributeValue::number(-0.0) else {
            panic!("zero is finite")
        };
        assert!(zero.is_sign_positive());
    }

    #[test]
    fn values_of_another_kind_are_another_content() {
        let of = |value: AttributeValue| {
            let fact = CustomerAttribute {
                attribute_id: "a".into(),
                customer_id: "c".into(),
                occurred_at: Instant::from_micros(0),
                name: "vip".into(),
                value,
            };
            fact.content()
        };
        let (flag, number) = (
            of(AttributeValue::Flag(true)),
            of(AttributeValue::Number(1.0)),
        );
        assert_eq!(flag.differing_fields(&number), ["flag", "number"]);
        let other = of(AttributeValue::Flag(false));
        assert_eq!(flag.differing_fields(&other), ["flag"]);
    }
}
