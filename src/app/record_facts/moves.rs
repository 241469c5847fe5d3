//! Moves a customer's sums by what new facts change: f(after) - f(before), never by walking history.

mod plain;
mod responses;
mod settle;
mod voids;

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use crate::engine::attribute::CustomerAttribute;
use crate::engine::contact::Contact;
use crate::engine::fact::{Cost, CostKind, FactKind, FactVoid, Referral, Refund, Transaction};
use crate::engine::history::{Purchase, RefundTotal, Span, Totals, to_base};
use crate::engine::money::Micros;
use crate::engine::referral::{Edge, elect};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::customer_day::DayTotals;
use crate::store::customer_state::CustomerState;
use crate::store::error::StoreError;
use crate::store::refund_total::{PurchaseName, RefundTotals, refund_totals_in_tx};
use crate::store::response::CheckedResponse;
use crate::store::tenant::Tenant;
use crate::store::transaction::{StoredPurchase, purchases_in_tx};
use crate::store::void::{FactName, voided_in_tx};

/// Facts of one kind that were just inserted, with the day each happened on.
#[derive(Debug)]
pub enum NewFacts<'b> {
    /// Purchases.
    Transactions(Vec<(&'b CustomerKey, &'b Transaction, Day)>),
    /// Money given back.
    Refunds(Vec<(&'b CustomerKey, &'b Refund, Day)>),
    /// Money spent on customers.
    Costs(Vec<(&'b CustomerKey, &'b Cost, Day)>),
    /// Who brought whom.
    Referrals(Vec<(&'b CustomerKey, &'b Referral, Day)>),
    /// What was answered.
    Responses(Vec<(&'b CustomerKey, &'b CheckedResponse, Day)>),
    /// What is known about customers.
    Attributes(Vec<(&'b CustomerKey, &'b CustomerAttribute, Day)>),
    /// Who spoke with customers.
    Contacts(Vec<(&'b CustomerKey, &'b Contact, Day)>),
    /// Facts that count no more.
    Voids(Vec<(&'b CustomerKey, &'b FactVoid)>),
}

/// States under lock.
type States = BTreeMap<CustomerKey, CustomerState>;

/// What happens to purchases and days, gathered before anything is written.
#[derive(Default)]
struct Moves {
    /// Differences of the days.
    days: DayTotals,
    /// Differences of the refund sums.
    refunds: RefundTotals,
    /// When purchases happened that count from now on.
    gained: BTreeMap<CustomerKey, Vec<Instant>>,
    /// When purchases happened that count no more.
    lost: BTreeMap<CustomerKey, Vec<Instant>>,
}

/// One writer's view of its transaction.
struct Writer<'w> {
    connection: &'w mut PgConnection,
    tenant_id: &'w str,
    states: &'w mut States,
    moves: Moves,
}

/// Moves refund sums, days and states by new facts; answers whose states changed.
///
/// # Errors
///
/// When the store does not answer or a row cannot be read.
pub async fn apply(
    connection: &mut PgConnection,
    tenant: &Tenant,
    facts: NewFacts<'_>,
    states: &mut States,
) -> Result<BTreeSet<CustomerKey>, StoreError> {
    let mut changed = BTreeSet::new();
    let mut writer = Writer {
        connection,
        tenant_id: &tenant.tenant_id,
        states,
        moves: Moves::default(),
    };
    match facts {
        NewFacts::Transactions(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.transactions(&facts).await?;
        }
        NewFacts::Refunds(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.refunds(&facts).await?;
        }
        NewFacts::Costs(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.costs(&facts).await?;
        }
        NewFacts::Referrals(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            changed.extend(writer.referrals(&facts).await?);
        }
        NewFacts::Responses(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.responses(&facts).await?;
        }
        NewFacts::Attributes(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.attributes(&facts).await?;
        }
        NewFacts::Contacts(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.contacts(&facts).await?;
        }
        NewFacts::Voids(facts) => {
            changed.extend(facts.iter().map(|(key, ..)| (*key).clone()));
            writer.voids(&facts).await?;
        }
    }
    writer.settle().await?;
    Ok(changed)
}

impl Writer<'_> {
    fn state(&mut self, key: &CustomerKey) -> &mut CustomerState {
        self.states.entry(key.clone()).or_default()
    }

    /// Counts a new fact and answers nothing about its content.
    fn count(&mut self, key: &CustomerKey, kind: FactKind, occurred_at: Instant, day: Day) {
        let state = self.state(key);
        state.facts[kind.index()] += 1;
        state.fact_span = Some(Span::including(state.fact_span, occurred_at));
        state.first_fact_day = Some(state.first_fact_day.map_or(day, |first| first.min(day)));
    }

    /// Which of the new facts were voided before they arrived; they are awaited no more.
    async fn voided_before<'f>(
        &mut self,
        kind: FactKind,
        facts: impl Iterator<Item = (&'f CustomerKey, &'f String)>,
    ) -> Result<BTreeSet<(CustomerKey, String)>, StoreError> {
        let names: Vec<FactName> = facts
            .filter(|(key, _)| {
                self.states
                    .get(*key)
                    .is_some_and(|state| state.pending_voids > 0)
            })
            .map(|(key, id)| (key.clone(), kind, id.clone()))
            .collect();
        let voided = voided_in_tx(self.connection, self.tenant_id, &names).await?;
        for (key, _, _) in &voided {
            self.state(key).pending_voids -= 1;
        }
        Ok(voided.into_iter().map(|(key, _, id)| (key, id)).collect())
    }

    async fn transactions(
        &mut self,
        facts: &[(&CustomerKey, &Transaction, Day)],
    ) -> Result<(), StoreError> {
        let ids = facts
            .iter()
            .map(|(key, fact, _)| (*key, &fact.transaction_id));
        let voided = self.voided_before(FactKind::Transaction, ids).await?;
        let awaited: Vec<PurchaseName> = facts
            .iter()
            .filter(|(key, ..)| {
                self.states
                    .get(*key)
                    .is_some_and(|state| state.pending_refunds > 0)
            })
            .map(|(key, fact, _)| ((*key).clone(), fact.transaction_id.clone()))
            .collect();
        let totals = refund_totals_in_tx(self.connection, self.tenant_id, &awaited).await?;
        for ((name, _), total) in &totals {
            self.state(&name.0).pending_refunds -= total.refunds;
        }
        for &(key, fact, day) in facts {
            self.count(key, FactKind::Transaction, fact.occurred_at, day);
            let name = (key.clone(), fact.transaction_id.clone());
            let purchase = Purchase {
                amount_micros: fact.amount.micros,
                currency: fact.amount.currency,
                exchange_rate: fact.exchange_rate,
                kind: fact.kind,
                cost_of_goods_micros: fact.cost_of_goods_micros,
                occurred_at: fact.occurred_at,
                day,
            };
            let is_void = voided.contains(&name);
            let refunds = totals
                .get(&(name, purchase.currency))
                .copied()
                .unwrap_or_default();
            let after = (!is_void).then(|| purchase.totals(refunds));
            self.move_purchase(key, &purchase, None, after);
        }
        Ok(())
    }

    async fn refunds(&mut self, facts: &[(&CustomerKey, &Refund, Day)]) -> Result<(), StoreError> {
        let ids = facts.iter().map(|(key, fact, _)| (*key, &fact.refund_id));
        let voided = self.voided_before(FactKind::Refund, ids).await?;
        for &(key, fact, day) in facts {
            self.count(key, FactKind::Refund, fact.occurred_at, day);
            let is_void = voided.contains(&(key.clone(), fact.refund_id.clone()));
            let difference = if is_void {
                RefundTotal::default()
            } else {
                refund_total(fact, 1)
            };
            self.move_refund(key, fact, difference);
        }
        self.move_refunded(&BTreeSet::new()).await
    }

    async fn costs(&mut self, facts: &[(&CustomerKey, &Cost, Day)]) -> Result<(), StoreError> {
        let ids = facts.iter().map(|(key, fact, _)| (*key, &fact.cost_id));
        let voided = self.voided_before(FactKind::Cost, ids).await?;
        for &(key, fact, day) in facts {
            self.count(key, FactKind::Cost, fact.occurred_at, day);
            let is_void = voided.contains(&(key.clone(), fact.cost_id.clone()));
            let amount = if is_void {
                Micros::ZERO
            } else {
                cost_amount(fact)
            };
            self.move_cost(key, day, fact.kind, amount);
        }
        Ok(())
    }

    async fn referrals(
        &mut self,
        facts: &[(&CustomerKey, &Referral, Day)],
    ) -> Result<Vec<CustomerKey>, StoreError> {
        let ids = facts.iter().map(|(key, fact, _)| (*key, &fact.referral_id));
        let voided = self.voided_before(FactKind::Referral, ids).await?;
        let mut referrers = Vec::with_capacity(facts.len());
        for &(key, fact, day) in facts {
            self.count(key, FactKind::Referral, fact.occurred_at, day);
            let referrer = CustomerKey::new(self.tenant_id, &fact.referrer_id);
            self.state(&referrer).referrals_made += 1;
            referrers.push(referrer);
            if !voided.contains(&(key.clone(), fact.referral_id.clone())) {
                let edge = Edge {
                    referrer_id: fact.referrer_id.clone(),
                    referee_id: fact.referee_id.clone(),
                    referral_id: fact.referral_id.clone(),
                    occurred_at: fact.occurred_at,
                    day,
                };
                let state = self.state(key);
                state.referrer = elect(state.referrer.take().into_iter().chain([edge]));
            }
        }
        Ok(referrers)
    }

    fn move_refund(&mut self, key: &CustomerKey, fact: &Refund, difference: RefundTotal) {
        let name = (key.clone(), fact.transaction_id.clone());
        let total = self
            .moves
            .refunds
            .entry((name, fact.amount.currency))
            .or_default();
        *total = *total + difference;
    }

    fn move_cost(&mut self, key: &CustomerKey, day: Day, kind: CostKind, amount: Micros) {
        *self.moves.days.entry((key.clone(), day)).or_default() += Totals::of_cost(kind, amount);
    }

    /// Moves the purchases whose refunds move or that were just voided.
    async fn move_refunded(&mut self, voided: &BTreeSet<PurchaseName>) -> Result<(), StoreError> {
        let touched: BTreeSet<PurchaseName> = self
            .moves
            .refunds
            .keys()
            .map(|(name, _)| name.clone())
            .chain(voided.iter().cloned())
            .collect();
        let touched: Vec<PurchaseName> = touched.into_iter().collect();
        let totals = refund_totals_in_tx(self.connection, self.tenant_id, &touched).await?;
        let purchases = purchases_in_tx(self.connection, self.tenant_id, &touched).await?;
        for name in touched {
            let key = &name.0;
            let Some(StoredPurchase { purchase, is_void }) = purchases.get(&name).copied() else {
                let refunds: i64 = self
                    .moves
                    .refunds
                    .iter()
                    .filter(|((of, _), _)| *of == name)
                    .map(|(_, difference)| difference.refunds)
                    .sum();
                self.state(key).pending_refunds += refunds;
                continue;
            };
            let was_void = is_void && !voided.contains(&name);
            if voided.contains(&name) {
                self.state(key).pending_voids -= 1;
            }
            let total_name = (name.clone(), purchase.currency);
            let before = totals.get(&total_name).copied().unwrap_or_default();
            let difference = self
                .moves
                .refunds
                .get(&total_name)
                .copied()
                .unwrap_or_default();
            self.move_purchase(
                key,
                &purchase,
                (!was_void).then(|| purchase.totals(before)),
                (!is_void).then(|| purchase.totals(before + difference)),
            );
        }
        Ok(())
    }

    /// Moves a purchase's day and the customer's kinds from what it added to what it adds.
    fn move_purchase(
        &mut self,
        key: &CustomerKey,
        purchase: &Purchase,
        before: Option<Totals>,
        after: Option<Totals>,
    ) {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let difference = after - before;
        *self
            .moves
            .days
            .entry((key.clone(), purchase.day))
            .or_default() += difference;
        let kind = &mut self.state(key).own.kinds[purchase.kind.index()];
        kind.purchases += difference.purchases;
        kind.net_revenue += difference.net_revenue();
        let list = match difference.purchases {
            1 => &mut self.moves.gained,
            -1 => &mut self.moves.lost,
            _ => return,
        };
        list.entry(key.clone())
            .or_default()
            .push(purchase.occurred_at);
    }
}

/// People nobody knows have no state: what they answered lies beside the states.
fn has_state(key: &CustomerKey) -> bool {
    !key.customer_id.is_empty()
}

fn refund_total(fact: &Refund, sign: i64) -> RefundTotal {
    let signed = |micros: i64| Micros(i128::from(micros) * i128::from(sign));
    RefundTotal {
        refunds: sign,
        amount: signed(fact.amount.micros),
        cost_of_goods_returned: fact
            .cost_of_goods_returned_micros
            .map_or(Micros::ZERO, signed),
    }
}

fn cost_amount(fact: &Cost) -> Micros {
    to_base(i128::from(fact.amount.micros), fact.exchange_rate)
}
