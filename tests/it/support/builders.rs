//! Short ways to write facts, questions and amounts.

use customer_value::engine::time::Instant;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Money;
use jiff::Timestamp as Moment;

/// A fact of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    Transaction(pb::Transaction),
    Refund(pb::Refund),
    Cost(pb::Cost),
    Referral(pb::Referral),
    Attribute(pb::CustomerAttribute),
    Contact(pb::Contact),
    Void(pb::FactVoid),
}

macro_rules! fact_kind {
    ($variant:ident, $message:ident, $accessor:ident) => {
        impl From<pb::$message> for Fact {
            fn from(fact: pb::$message) -> Self {
                Self::$variant(fact)
            }
        }

        impl Fact {
            /// The fact, which is of this kind.
            pub(crate) fn $accessor(&self) -> pb::$message {
                match self {
                    Self::$variant(fact) => fact.clone(),
                    other => panic!("{other:?} is of another kind"),
                }
            }
        }
    };
}

fact_kind!(Transaction, Transaction, transaction);
fact_kind!(Refund, Refund, refund);
fact_kind!(Cost, Cost, cost);
fact_kind!(Referral, Referral, referral);
fact_kind!(Attribute, CustomerAttribute, attribute);
fact_kind!(Contact, Contact, contact);
fact_kind!(Void, FactVoid, void);

impl Fact {
    /// Whether two facts go into one request.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The caller's id of the fact.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Transaction(fact) => &fact.transaction_id,
            Self::Refund(fact) => &fact.refund_id,
            Self::Cost(fact) => &fact.cost_id,
            Self::Referral(fact) => &fact.referral_id,
            Self::Attribute(fact) => &fact.attribute_id,
            Self::Contact(fact) => &fact.contact_id,
            Self::Void(fact) => &fact.fact_id,
        }
    }
}

/// An instant of RFC 3339, or the noon of a date, in UTC.
pub(crate) fn moment(text: &str) -> Moment {
    let full = if text.len() == 10 {
        format!("{text}T12:00:00Z")
    } else {
        text.to_owned()
    };
    full.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The same as a message.
pub(crate) fn at(text: &str) -> prost_types::Timestamp {
    let micros = moment(text).as_microsecond();
    let (seconds, nanos) = Instant::from_micros(micros).to_unix();
    prost_types::Timestamp { seconds, nanos }
}

/// The same as the service's own type.
pub(crate) fn instant(text: &str) -> Instant {
    Instant::from_micros(moment(text).as_microsecond())
}

/// The machine's clock, moved by seconds.
pub(crate) fn from_now(seconds: i64) -> prost_types::Timestamp {
    let micros = Moment::now().as_microsecond() + seconds * 1_000_000;
    let (seconds, nanos) = Instant::from_micros(micros).to_unix();
    prost_types::Timestamp { seconds, nanos }
}

/// An amount such as `12.34 EUR`; without a code in CNY.
pub(crate) fn money(text: &str) -> Money {
    let (amount, code) = text.split_once(' ').unwrap_or((text, "CNY"));
    let (sign, digits) = match amount.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, amount),
    };
    let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let nanos: i32 = format!("{decimals:0<9}").parse().unwrap();
    Money {
        currency_code: code.to_owned(),
        units: sign * units.parse::<i64>().unwrap(),
        nanos: i32::try_from(sign).unwrap() * nanos,
    }
}

/// An amount in millionths.
pub(crate) fn micros(amount: Option<&Money>) -> i128 {
    let amount = amount.expect("the amount is there");
    i128::from(amount.units) * 1_000_000 + i128::from(amount.nanos) / 1_000
}

/// A purchase in CNY or the currency given with the amount.
pub(crate) fn purchase(customer: &str, id: &str, when: &str, amount: &str) -> pb::Transaction {
    pb::Transaction {
        transaction_id: id.to_owned(),
        customer_id: customer.to_owned(),
        occurred_at: Some(at(when)),
        amount: Some(money(amount)),
        ..pb::Transaction::default()
    }
}

/// Money given back for a purchase.
pub(crate) fn refund(
    customer: &str,
    id: &str,
    transaction: &str,
    when: &str,
    amount: &str,
) -> pb::Refund {
    pb::Refund {
        refund_id: id.to_owned(),
        customer_id: customer.to_owned(),
        transaction_id: transaction.to_owned(),
        occurred_at: Some(at(when)),
        amount: Some(money(amount)),
        cost_of_goods_returned: None,
    }
}

/// Money spent on a customer.
pub(crate) fn cost(
    customer: &str,
    id: &str,
    when: &str,
    amount: &str,
    kind: pb::CostKind,
) -> pb::Cost {
    pb::Cost {
        cost_id: id.to_owned(),
        customer_id: customer.to_owned(),
        occurred_at: Some(at(when)),
        amount: Some(money(amount)),
        exchange_rate: None,
        kind: kind.into(),
    }
}

/// One customer brought another.
pub(crate) fn referral(referrer: &str, referee: &str, id: &str, when: &str) -> pb::Referral {
    pb::Referral {
        referral_id: id.to_owned(),
        referrer_id: referrer.to_owned(),
        referee_id: referee.to_owned(),
        occurred_at: Some(at(when)),
    }
}

/// A value of an attribute: yes or no, a finite number, or a text.
pub(crate) fn attribute(
    customer: &str,
    id: &str,
    when: &str,
    name: &str,
    value: &str,
) -> pb::CustomerAttribute {
    use pb::customer_attribute::Value;
    let value = match (value, value.parse::<f64>()) {
        ("yes" | "no", _) => Value::Flag(value == "yes"),
        (_, Ok(number)) => Value::Number(number),
        (_, Err(_)) => Value::Text(value.to_owned()),
    };
    pb::CustomerAttribute {
        attribute_id: id.to_owned(),
        customer_id: customer.to_owned(),
        occurred_at: Some(at(when)),
        name: name.to_owned(),
        value: Some(value),
    }
}

/// Somebody of the organisation spoke with a customer.
pub(crate) fn contact(
    customer: &str,
    id: &str,
    when: &str,
    purpose: pb::ContactPurpose,
) -> pb::Contact {
    pb::Contact {
        contact_id: id.to_owned(),
        customer_id: customer.to_owned(),
        occurred_at: Some(at(when)),
        direction: pb::ContactDirection::Outbound.into(),
        purpose: purpose.into(),
        channel: None,
    }
}

/// A fact shall count no more.
pub(crate) fn void(customer: &str, kind: pb::FactKind, id: &str) -> pb::FactVoid {
    pb::FactVoid {
        customer_id: customer.to_owned(),
        kind: kind.into(),
        fact_id: id.to_owned(),
        reason: None,
    }
}

/// What is asked about a customer's value.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) request: pb::ScoreCustomerRequest,
}

/// Asks about a customer now.
pub(crate) fn about(customer: &str) -> Question {
    Question {
        request: pb::ScoreCustomerRequest {
            customer_id: customer.to_owned(),
            ..pb::ScoreCustomerRequest::default()
        },
    }
}

impl Question {
    /// For an instant.
    pub(crate) fn as_of(mut self, as_of: impl Into<Option<prost_types::Timestamp>>) -> Self {
        self.request.as_of = as_of.into();
        self
    }

    /// As known at an instant.
    pub(crate) fn known_at(mut self, known_at: impl Into<Option<prost_types::Timestamp>>) -> Self {
        self.request.known_at = known_at.into();
        self
    }

    /// Looking so many days ahead.
    pub(crate) fn horizon_days(mut self, days: i32) -> Self {
        self.request.horizon_days = Some(days);
        self
    }
}
