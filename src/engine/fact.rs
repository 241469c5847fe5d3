//! Facts about customers, as recorded, and the content that tells whether two are the same.

mod survey_response;

use std::collections::BTreeMap;

use super::money::{Currency, Decimal};
use super::time::Instant;
pub use survey_response::SurveyResponse;

/// What a purchase was to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurchaseKind {
    /// Not told.
    Unspecified,
    /// The first purchase of something.
    New,
    /// The same again.
    Repeat,
    /// A better version of what the customer has.
    Upgrade,
    /// Something else beside what the customer has.
    CrossSell,
}

impl PurchaseKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [PurchaseKind; 5] = [
        PurchaseKind::Unspecified,
        PurchaseKind::New,
        PurchaseKind::Repeat,
        PurchaseKind::Upgrade,
        PurchaseKind::CrossSell,
    ];

    /// Its place in [`PurchaseKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What money was spent on a customer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostKind {
    /// Winning the customer.
    Acquisition,
    /// Serving the customer.
    ToServe,
    /// Marketing to an existing customer.
    Marketing,
    /// Keeping the customer.
    Retention,
    /// A reward for a referral.
    ReferralReward,
    /// Compensation for something that went wrong.
    Compensation,
    /// A rebate paid out.
    Rebate,
}

impl CostKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [CostKind; 7] = [
        CostKind::Acquisition,
        CostKind::ToServe,
        CostKind::Marketing,
        CostKind::Retention,
        CostKind::ReferralReward,
        CostKind::Compensation,
        CostKind::Rebate,
    ];

    /// Its place in [`CostKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// A kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// A purchase.
    Transaction,
    /// Money given back.
    Refund,
    /// Money spent on a customer.
    Cost,
    /// A customer brought another.
    Referral,
    /// A value of an attribute of a customer.
    Attribute,
    /// Somebody spoke with a customer.
    Contact,
    /// A customer answered a survey.
    SurveyResponse,
}

impl FactKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [FactKind; 7] = [
        FactKind::Transaction,
        FactKind::Refund,
        FactKind::Cost,
        FactKind::Referral,
        FactKind::Attribute,
        FactKind::Contact,
        FactKind::SurveyResponse,
    ];

    /// Its place in [`FactKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// An amount and its currency; the amount within 10^12 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Millionths of a unit of `currency`.
    pub micros: i64,
    /// The currency.
    pub currency: Currency,
}

/// A purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The caller's id, unique per customer.
    pub transaction_id: String,
    /// Who bought.
    pub customer_id: String,
    /// When.
    pub occurred_at: Instant,
    /// What was paid; not negative.
    pub amount: Amount,
    /// Base currency units per unit; `None` in base currency.
    pub exchange_rate: Option<Decimal>,
    /// What the purchase was to the customer.
    pub kind: PurchaseKind,
    /// Cost of the goods in the amount's currency, in micro-units.
    pub cost_of_goods_micros: Option<i64>,
    /// Where it was bought.
    pub channel: Option<String>,
    /// Lines of the order.
    pub lines: Vec<TransactionLine>,
    /// Anything else.
    pub attributes: BTreeMap<String, String>,
}

/// A line of an order; amounts in the transaction's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionLine {
    /// Id of the product.
    pub product_id: String,
    /// Category of the product.
    pub category: Option<String>,
    /// How many units; `None` is one.
    pub quantity: Option<Decimal>,
    /// The line's share of the amount, in micro-units; may be negative.
    pub amount_micros: i64,
    /// The line's cost of goods, in micro-units.
    pub cost_of_goods_micros: Option<i64>,
}

/// Money given back for a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The caller's id, unique per customer.
    pub refund_id: String,
    /// Whose purchase.
    pub customer_id: String,
    /// The purchase.
    pub transaction_id: String,
    /// When.
    pub occurred_at: Instant,
    /// What was given back; not negative.
    pub amount: Amount,
    /// Cost of the goods that came back, in micro-units of the amount's currency.
    pub cost_of_goods_returned_micros: Option<i64>,
}

/// Money spent on a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The caller's id, unique per customer.
    pub cost_id: String,
    /// Whom it was spent on.
    pub customer_id: String,
    /// When.
    pub occurred_at: Instant,
    /// How much; not negative.
    pub amount: Amount,
    /// Base currency units per unit; `None` in base currency.
    pub exchange_rate: Option<Decimal>,
    /// What for.
    pub kind: CostKind,
}

/// One customer brought another; a fact of the referee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// The caller's id, unique per referee.
    pub referral_id: String,
    /// Who brought the other.
    pub referrer_id: String,
    /// Who was brought.
    pub referee_id: String,
    /// When.
    pub occurred_at: Instant,
}

/// A fact shall count no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactVoid {
    /// Whose fact.
    pub customer_id: String,
    /// Which kind.
    pub kind: FactKind,
    /// Its id.
    pub fact_id: String,
    /// Why.
    pub reason: Option<String>,
}

/// The fields of a fact that are set, by their names in the contract, in the contract's order, as
/// bytes that are equal if and only if the values are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(Vec<(&'static str, Vec<u8>)>);

impl Content {
    /// Version of the field set below; stored with a fact, since a later version may know more
    /// fields, which then do not conflict with it.
    pub const VERSION: i16 = 1;

    pub(super) fn bytes(mut self, name: &'static str, value: &[u8]) -> Self {
        self.0.push((name, value.to_vec()));
        self
    }

    pub(super) fn text(self, name: &'static str, value: &str) -> Self {
        self.bytes(name, value.as_bytes())
    }

    pub(super) fn whole(self, name: &'static str, value: i64) -> Self {
        self.bytes(name, &value.to_be_bytes())
    }

    pub(super) fn amount(self, name: &'static str, amount: Amount) -> Self {
        let mut value = amount.micros.to_be_bytes().to_vec();
        value.extend_from_slice(amount.currency.code().as_bytes());
        self.bytes(name, &value)
    }

    pub(super) fn maybe<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }

    /// The content as one run of bytes: each field's name and value after its length.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut run = Vec::with_capacity(256);
        for (name, value) in &self.0 {
            for part in [name.as_bytes(), value] {
                run.extend_from_slice(&(part.len() as u64).to_be_bytes());
                run.extend_from_slice(part);
            }
        }
        run
    }

    /// Names of the fields that differ between two contents, in the contract's order, those only
    /// the other has last.
    #[must_use]
    pub fn differing_fields(&self, other: &Content) -> Vec<&'static str> {
        let lacks = |content: &Content, field: &(&'static str, Vec<u8>)| !content.0.contains(field);
        let mut names: Vec<&'static str> = self
            .0
            .iter()
            .filter(|field| lacks(other, field))
            .chain(other.0.iter().filter(|field| lacks(self, field)))
            .map(|(name, _)| *name)
            .collect();
        let mut seen = Vec::with_capacity(names.len());
        names.retain(|name| {
            let first = !seen.contains(name);
            seen.push(*name);
            first
        });
        names
    }
}

impl Transaction {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        let mut content = Content::default()
            .text("transaction_id", &self.transaction_id)
            .text("customer_id", &self.customer_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .amount("amount", self.amount)
            .maybe(self.exchange_rate, |content, rate| {
                content.text("exchange_rate", &rate.to_string())
            });
        if self.kind != PurchaseKind::Unspecified {
            content = content.whole("kind", self.kind.index() as i64);
        }
        content = content
            .maybe(self.cost_of_goods_micros, |content, micros| {
                content.whole("cost_of_goods", micros)
            })
            .maybe(self.channel.as_deref(), |content, channel| {
                content.text("channel", channel)
            });
        if !self.lines.is_empty() {
            let lines: Vec<u8> = self
                .lines
                .iter()
                .flat_map(TransactionLine::content)
                .collect();
            content = content.bytes("lines", &lines);
        }
        if !self.attributes.is_empty() {
            let entries = self
                .attributes
                .iter()
                .fold(Vec::new(), |mut run, (name, value)| {
                    for part in [name, value] {
                        run.extend_from_slice(&(part.len() as u64).to_be_bytes());
                        run.extend_from_slice(part.as_bytes());
                    }
                    run
                });
            content = content.bytes("attributes", &entries);
        }
        content
    }
}

impl TransactionLine {
    fn content(&self) -> Vec<u8> {
        let line = Content::default()
            .text("product_id", &self.product_id)
            .maybe(self.category.as_deref(), |content, category| {
                content.text("category", category)
            })
            .maybe(self.quantity, |content, quantity| {
                content.text("quantity", &quantity.to_string())
            })
            .whole("amount", self.amount_micros)
            .maybe(self.cost_of_goods_micros, |content, micros| {
                content.whole("cost_of_goods", micros)
            })
            .canonical();
        let mut run = (line.len() as u64).to_be_bytes().to_vec();
        run.extend_from_slice(&line);
        run
    }
}

impl Refund {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::default()
            .text("refund_id", &self.refund_id)
            .text("customer_id", &self.customer_id)
            .text("transaction_id", &self.transaction_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .amount("amount", self.amount)
            .maybe(self.cost_of_goods_returned_micros, |content, micros| {
                content.whole("cost_of_goods_returned", micros)
            })
    }
}

impl Cost {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::default()
            .text("cost_id", &self.cost_id)
            .text("customer_id", &self.customer_id)
            .whole("occurred_at", self.occurred_at.as_micros())
            .amount("amount", self.amount)
            .maybe(self.exchange_rate, |content, rate| {
                content.text("exchange_rate", &rate.to_string())
            })
            .whole("kind", self.kind.index() as i64)
    }
}

impl Referral {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::default()
            .text("referral_id", &self.referral_id)
            .text("referrer_id", &self.referrer_id)
            .text("referee_id", &self.referee_id)
            .whole("occurred_at", self.occurred_at.as_micros())
    }
}

impl FactVoid {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::default()
            .text("customer_id", &self.customer_id)
            .whole("kind", self.kind.index() as i64)
            .text("fact_id", &self.fact_id)
            .maybe(self.reason.as_deref(), |content, reason| {
                content.text("reason", reason)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_fields_are_named_once() {
        let refund = Refund {
            refund_id: "r".into(),
            customer_id: "c".into(),
            transaction_id: "t".into(),
            occurred_at: Instant::from_micros(0),
            amount: Amount {
                micros: 5,
                currency: Currency::parse("EUR").expect("code"),
            },
            cost_of_goods_returned_micros: None,
        };
        let other = Refund {
            amount: Amount {
                micros: 6,
                ..refund.amount
            },
            cost_of_goods_returned_micros: Some(1),
            ..refund.clone()
        };
        assert_eq!(
            refund.content().differing_fields(&other.content()),
            ["amount", "cost_of_goods_returned"]
        );
        assert!(
            refund
                .content()
                .differing_fields(&refund.content())
                .is_empty()
        );
        assert_ne!(refund.content().canonical(), other.content().canonical());
    }
}
