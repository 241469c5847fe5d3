//! The facts of one request, ready for their transaction.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::error::{AppError, FactConflict};
use crate::engine::attribute::CustomerAttribute;
use crate::engine::contact::Contact;
use crate::engine::fact::{Content, Cost, FactKind, FactVoid, Referral, Refund, Transaction};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::fact::{FactRow, content_hash};
use crate::store::response::{CheckedResponse, response_key};
use crate::store::tenant::Tenant;
use crate::store::void::VoidRow;

/// The facts of one request.
#[derive(Clone, Debug)]
pub enum Facts {
    /// Purchases.
    Transactions(Vec<Transaction>),
    /// Money given back.
    Refunds(Vec<Refund>),
    /// Money spent on customers.
    Costs(Vec<Cost>),
    /// Who brought whom.
    Referrals(Vec<Referral>),
    /// What was answered.
    Responses(Vec<CheckedResponse>),
    /// What is known about customers.
    Attributes(Vec<CustomerAttribute>),
    /// Who spoke with customers.
    Contacts(Vec<Contact>),
    /// Facts that shall count no more.
    Voids(Vec<FactVoid>),
}

/// What all facts have in common.
pub(super) struct Item {
    /// Empty for people nobody knows.
    pub(super) customer_id: String,
    pub(super) kind: Option<FactKind>,
    pub(super) fact_id: String,
    pub(super) content: Content,
}

impl Facts {
    /// What each fact is, by its place.
    fn items(&self) -> Vec<Item> {
        let item = |customer_id: &String, kind, fact_id: &String, content| Item {
            customer_id: customer_id.clone(),
            kind,
            fact_id: fact_id.clone(),
            content,
        };
        match self {
            Self::Transactions(facts) => facts
                .iter()
                .map(|fact| {
                    item(
                        &fact.customer_id,
                        None,
                        &fact.transaction_id,
                        fact.content(),
                    )
                })
                .collect(),
            Self::Refunds(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.refund_id, fact.content()))
                .collect(),
            Self::Costs(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.cost_id, fact.content()))
                .collect(),
            Self::Referrals(facts) => facts
                .iter()
                .map(|fact| item(&fact.referee_id, None, &fact.referral_id, fact.content()))
                .collect(),
            Self::Responses(facts) => facts
                .iter()
                .map(|CheckedResponse { response, .. }| Item {
                    customer_id: response.customer_id.clone().unwrap_or_default(),
                    kind: None,
                    fact_id: response.response_id.clone(),
                    content: response.content(),
                })
                .collect(),
            Self::Attributes(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.attribute_id, fact.content()))
                .collect(),
            Self::Contacts(facts) => facts
                .iter()
                .map(|fact| item(&fact.customer_id, None, &fact.contact_id, fact.content()))
                .collect(),
            Self::Voids(facts) => facts
                .iter()
                .map(|fact| {
                    item(
                        &fact.customer_id,
                        Some(fact.kind),
                        &fact.fact_id,
                        fact.content(),
                    )
                })
                .collect(),
        }
    }

    /// The name of the request's repeated field.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Transactions(_) => "transactions",
            Self::Refunds(_) => "refunds",
            Self::Costs(_) => "costs",
            Self::Referrals(_) => "referrals",
            Self::Responses(_) => "responses",
            Self::Attributes(_) => "attributes",
            Self::Contacts(_) => "contacts",
            Self::Voids(_) => "facts",
        }
    }
}

/// A request, ready for its transaction.
pub(super) struct Batch {
    pub(super) facts: Facts,
    pub(super) items: Vec<Item>,
    pub(super) keys: Vec<CustomerKey>,
    /// Items that are not repetitions within the request, in the order of key and id.
    pub(super) unique: Vec<usize>,
    /// Customers to lock, sorted.
    pub(super) customers: Vec<CustomerKey>,
}

/// A fact's identity: whose, of which kind for voids, and its id.
type Identity<'b> = (&'b CustomerKey, Option<FactKind>, &'b str);

impl Batch {
    /// Names every item and customer; refuses repetitions with other content.
    pub(super) fn new(tenant_id: &str, facts: Facts) -> Result<Self, AppError> {
        let items = facts.items();
        let keys: Vec<CustomerKey> = items
            .iter()
            .map(|item| response_key(tenant_id, Some(&item.customer_id), &item.fact_id))
            .collect();
        let mut first: BTreeMap<Identity<'_>, usize> = BTreeMap::new();
        for (index, (item, key)) in items.iter().zip(&keys).enumerate() {
            let earlier = *first
                .entry((key, item.kind, &item.fact_id))
                .or_insert(index);
            if earlier == index {
                continue;
            }
            let fields = items[earlier].content.differing_fields(&item.content);
            if !fields.is_empty() {
                return Err(conflict(&facts, index, item, fields));
            }
        }
        let unique = first.into_values().collect();
        // People nobody knows have no state.
        let known = keys.iter().filter(|key| !key.customer_id.is_empty());
        let mut customers: BTreeSet<CustomerKey> = known.cloned().collect();
        if let Facts::Referrals(referrals) = &facts {
            customers.extend(
                referrals
                    .iter()
                    .map(|fact| CustomerKey::new(tenant_id, &fact.referrer_id)),
            );
        }
        Ok(Self {
            facts,
            items,
            keys,
            unique,
            customers: customers.into_iter().collect(),
        })
    }

    /// The facts that are not repetitions, as rows.
    pub(super) fn rows<'b, F>(
        &'b self,
        facts: &'b [F],
        tenant: &Tenant,
        occurred_at: impl Fn(&F) -> Instant,
    ) -> Vec<FactRow<'b, F>> {
        self.unique
            .iter()
            .map(|&index| FactRow {
                key: &self.keys[index],
                fact: &facts[index],
                day: tenant.zone.day_of(occurred_at(&facts[index])),
                content_hash: content_hash(&tenant.content_key, &self.items[index].content),
            })
            .collect()
    }

    /// The voids that are not repetitions, as rows.
    pub(super) fn void_rows<'b>(
        &'b self,
        facts: &'b [FactVoid],
        tenant: &Tenant,
    ) -> Vec<VoidRow<'b>> {
        self.unique
            .iter()
            .map(|&index| VoidRow {
                key: &self.keys[index],
                fact: &facts[index],
                content_hash: content_hash(&tenant.content_key, &self.items[index].content),
            })
            .collect()
    }
}

/// The refusal of an item whose id is taken by other content.
pub(super) fn conflict(
    facts: &Facts,
    index: usize,
    item: &Item,
    fields: Vec<&'static str>,
) -> AppError {
    AppError::FactExists(FactConflict {
        item: format!("{}[{index}]", facts.field()),
        fact_id: item.fact_id.clone(),
        fields,
    })
}
