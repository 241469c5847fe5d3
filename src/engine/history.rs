//! From facts to sums: what a purchase adds on its day, what the days of a customer add up to.
//!
//! The same functions serve the writer, who moves sums by the difference between before and after,
//! and the reader of the past, who folds a customer's facts from scratch; so both agree to the bit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Add, AddAssign, Sub};

use super::fact::{CostKind, PurchaseKind};
use super::money::{Currency, Decimal, Micros};
use super::time::{Day, Instant};

/// What counts of a purchase, as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Paid, in micro-units of `currency`.
    pub amount_micros: i64,
    /// The purchase's currency.
    pub currency: Currency,
    /// Base currency units per unit; `None` in base currency.
    pub exchange_rate: Option<Decimal>,
    /// What the purchase was to the customer.
    pub kind: PurchaseKind,
    /// Cost of the goods, in micro-units of `currency`.
    pub cost_of_goods_micros: Option<i64>,
    /// When it happened.
    pub occurred_at: Instant,
    /// On which day.
    pub day: Day,
}

/// Refunds of one purchase in one currency, before any cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundTotal {
    /// How many refunds.
    pub refunds: i64,
    /// Their sum.
    pub amount: Micros,
    /// Cost of the goods that came back.
    pub cost_of_goods_returned: Micros,
}

impl Add for RefundTotal {
    type Output = RefundTotal;
    fn add(self, other: RefundTotal) -> RefundTotal {
        RefundTotal {
            refunds: self.refunds + other.refunds,
            amount: self.amount + other.amount,
            cost_of_goods_returned: self.cost_of_goods_returned + other.cost_of_goods_returned,
        }
    }
}

/// An amount of a fact in base currency.
#[must_use]
pub fn to_base(amount: i128, exchange_rate: Option<Decimal>) -> Micros {
    Micros(exchange_rate.map_or(amount, |rate| rate.convert(amount)))
}

/// What a day, or all days, add up to; in base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Purchases left after refunds and voids.
    pub purchases: i64,
    /// Paid before refunds.
    pub revenue: Micros,
    /// Given back as far as it counts.
    pub refunds: Micros,
    /// Cost of goods less returned goods.
    pub cost_of_goods: Micros,
    /// Revenue after refunds whose cost of goods is not known.
    pub revenue_without_cost_of_goods: Micros,
    /// Money spent, by [`CostKind::index`].
    pub costs: [Micros; CostKind::ALL.len()],
}

impl Totals {
    /// Revenue after refunds.
    #[must_use]
    pub fn net_revenue(&self) -> Micros {
        self.revenue - self.refunds
    }

    /// What the cost of a kind adds.
    #[must_use]
    pub fn of_cost(kind: CostKind, amount: Micros) -> Self {
        let mut totals = Self::default();
        totals.costs[kind.index()] = amount;
        totals
    }

    fn zip(self, other: Self, with: impl Fn(Micros, Micros) -> Micros) -> Self {
        let mut costs = self.costs;
        for (cost, other) in costs.iter_mut().zip(other.costs) {
            *cost = with(*cost, other);
        }
        Self {
            purchases: 0,
            revenue: with(self.revenue, other.revenue),
            refunds: with(self.refunds, other.refunds),
            cost_of_goods: with(self.cost_of_goods, other.cost_of_goods),
            revenue_without_cost_of_goods: with(
                self.revenue_without_cost_of_goods,
                other.revenue_without_cost_of_goods,
            ),
            costs,
        }
    }
}

impl Add for Totals {
    type Output = Totals;
    fn add(self, other: Totals) -> Totals {
        Totals {
            purchases: self.purchases + other.purchases,
            ..self.zip(other, Add::add)
        }
    }
}

impl Sub for Totals {
    type Output = Totals;
    fn sub(self, other: Totals) -> Totals {
        Totals {
            purchases: self.purchases - other.purchases,
            ..self.zip(other, Sub::sub)
        }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        *self = *self + other;
    }
}

impl Purchase {
    /// What a purchase adds to its day under its refunds (of its own currency).
    ///
    /// # Formula
    ///
    /// ```text
    /// counted refund   = min(Σ refunds, amount), converted after summing
    /// returned cost    = min(Σ returned, cost of goods), converted after summing
    /// left             unless Σ refunds > 0 and Σ refunds ≥ amount
    /// ```
    #[must_use]
    pub fn totals(&self, refunds: RefundTotal) -> Totals {
        let amount = i128::from(self.amount_micros);
        let fully_refunded = refunds.amount > Micros::ZERO && refunds.amount.0 >= amount;
        let base = |micros: i128| to_base(micros, self.exchange_rate);
        let revenue = base(amount);
        let refunded = base(refunds.amount.0.min(amount));
        let (cost_of_goods, without_cost) = match self.cost_of_goods_micros {
            Some(cost) => {
                let cost = i128::from(cost);
                let returned = refunds.cost_of_goods_returned.0.min(cost);
                (base(cost) - base(returned), Micros::ZERO)
            }
            None => (Micros::ZERO, revenue - refunded),
        };
        Totals {
            purchases: i64::from(!fully_refunded),
            revenue,
            refunds: refunded,
            cost_of_goods,
            revenue_without_cost_of_goods: without_cost,
            ..Totals::default()
        }
    }
}

/// Purchases of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindTotals {
    /// How many are left after refunds and voids.
    pub purchases: i64,
    /// Revenue after refunds.
    pub net_revenue: Micros,
}

/// First and last of something that may not have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T> {
    /// The first.
    pub first: T,
    /// The last.
    pub last: T,
}

impl<T: Copy + Ord> Span<T> {
    /// The span widened to hold another point.
    #[must_use]
    pub fn including(span: Option<Span<T>>, point: T) -> Span<T> {
        span.map_or(
            Span {
                first: point,
                last: point,
            },
            |span| Span {
                first: span.first.min(point),
                last: span.last.max(point),
            },
        )
    }
}

/// Everything a score needs of a customer's own facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerTotals {
    /// Sums over all days.
    pub totals: Totals,
    /// Purchases by [`PurchaseKind::index`].
    pub kinds: [KindTotals; PurchaseKind::ALL.len()],
    /// Days with a purchase left after refunds and voids.
    pub purchase_days: i64,
    /// The first and last such day.
    pub purchase_day_span: Option<Span<Day>>,
    /// When the first and last such purchase happened.
    pub purchase_span: Option<Span<Instant>>,
    /// Net amount of the first purchase day; zero without one.
    pub first_day_net: Micros,
}

/// A customer's facts, folded one by one in any order, each once.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    purchases: BTreeMap<String, Purchase>,
    refunds: BTreeMap<(String, Currency), RefundTotal>,
    days: BTreeMap<Day, Totals>,
    voided_purchases: BTreeSet<String>,
}

impl Fold {
    /// Takes a purchase in.
    pub fn purchase(&mut self, transaction_id: String, purchase: Purchase) {
        self.purchases.insert(transaction_id, purchase);
    }

    /// Takes in that a purchase is void.
    pub fn void_purchase(&mut self, transaction_id: String) {
        self.voided_purchases.insert(transaction_id);
    }

    /// Takes in a refund that is not void.
    pub fn refund(&mut self, transaction_id: String, currency: Currency, refund: RefundTotal) {
        let total = self.refunds.entry((transaction_id, currency)).or_default();
        *total = *total + refund;
    }

    /// Takes in a cost that is not void, in base currency.
    pub fn cost(&mut self, day: Day, kind: CostKind, amount: Micros) {
        *self.days.entry(day).or_default() += Totals::of_cost(kind, amount);
    }

    /// What the facts add up to, whole and day by day.
    #[must_use]
    pub fn finish(mut self) -> (CustomerTotals, BTreeMap<Day, Totals>) {
        let mut customer = CustomerTotals::default();
        for (transaction_id, purchase) in &self.purchases {
            if self.voided_purchases.contains(transaction_id) {
                continue;
            }
            let key = (transaction_id.clone(), purchase.currency);
            let refunds = self.refunds.get(&key).copied().unwrap_or_default();
            let totals = purchase.totals(refunds);
            *self.days.entry(purchase.day).or_default() += totals;
            let kind = &mut customer.kinds[purchase.kind.index()];
            kind.purchases += totals.purchases;
            kind.net_revenue += totals.net_revenue();
            if totals.purchases > 0 {
                customer.purchase_span = Some(Span::including(
                    customer.purchase_span,
                    purchase.occurred_at,
                ));
            }
        }
        for (day, totals) in &self.days {
            customer.totals += *totals;
            if totals.purchases > 0 {
                if customer.purchase_days == 0 {
                    customer.first_day_net = totals.net_revenue();
                }
                customer.purchase_days += 1;
                customer.purchase_day_span =
                    Some(Span::including(customer.purchase_day_span, *day));
            }
        }
        (customer, self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchase(
        amount_micros: i64,
        cost_of_goods_micros: Option<i64>,
        rate: Option<&str>,
    ) -> Purchase {
        Purchase {
            amount_micros,
            currency: Currency::parse("EUR").expect("code"),
            exchange_rate: rate.and_then(Decimal::parse),
            kind: PurchaseKind::New,
            cost_of_goods_micros,
            occurred_at: Instant::from_micros(0),
            day: Day::from_days(0),
        }
    }

    fn refunds(amount: i128, returned: i128) -> RefundTotal {
        RefundTotal {
            refunds: 1,
            amount: Micros(amount),
            cost_of_goods_returned: Micros(returned),
        }
    }

    #[test]
    fn a_full_refund_in_parts_is_exactly_zero() {
        let totals = purchase(1_000_003, None, Some("1.3333333")).totals(refunds(1_000_003, 0));
        assert_eq!(totals.net_revenue(), Micros::ZERO);
        assert_eq!(totals.purchases, 0);
    }

    #[test]
    fn refunds_count_up_to_the_amount() {
        let totals = purchase(100, Some(60), None).totals(refunds(150, 90));
        assert_eq!(totals.refunds, Micros(100));
        assert_eq!(totals.cost_of_goods, Micros::ZERO);
    }

    #[test]
    fn a_free_purchase_is_a_purchase_until_money_goes_back() {
        assert_eq!(
            purchase(0, None, None)
                .totals(RefundTotal::default())
                .purchases,
            1
        );
        assert_eq!(purchase(0, None, None).totals(refunds(0, 0)).purchases, 1);
        assert_eq!(purchase(0, None, None).totals(refunds(1, 0)).purchases, 0);
    }

    #[test]
    fn unknown_cost_of_goods_leaves_net_revenue_for_the_policy() {
        let totals = purchase(100, None, None).totals(refunds(30, 10));
        assert_eq!(totals.revenue_without_cost_of_goods, Micros(70));
        assert_eq!(totals.cost_of_goods, Micros::ZERO);
    }

    #[test]
    fn voided_purchases_and_refunds_in_other_currencies_do_not_count() {
        let mut fold = Fold::default();
        fold.purchase("void".into(), purchase(500, None, None));
        fold.void_purchase("void".into());
        fold.purchase("kept".into(), purchase(100, None, None));
        fold.refund(
            "kept".into(),
            Currency::parse("USD").expect("code"),
            refunds(100, 0),
        );
        let (customer, days) = fold.finish();
        assert_eq!(customer.totals.revenue, Micros(100));
        assert_eq!(customer.totals.refunds, Micros::ZERO);
        assert_eq!(customer.purchase_days, 1);
        assert_eq!(customer.first_day_net, Micros(100));
        assert_eq!(days.len(), 1);
    }
}
