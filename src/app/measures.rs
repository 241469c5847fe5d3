//! Reads what the schemes of segments need to know about many customers at one instant.
//!
//! A customer's state answers where everything in it had happened by the instant and was recorded by
//! the time asked about; for the others the facts are folded by the same functions. A chunk of
//! customers costs a fixed number of statements, and some more for every hundred thousand facts that
//! are folded; of those who brought others the referees are walked one customer at a time.

mod basis;
mod read;

use std::collections::BTreeMap;

use super::App;
use super::score_customer::tree::Tree;
use crate::engine::contact::Contacts;
use crate::engine::fact::FactKind;
use crate::engine::policy::Policy;
use crate::engine::score::Models;
use crate::engine::segment::{Measures, Observed};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::customer_state::{CurrentState, CustomerState};
use crate::store::error::StoreError;
use crate::store::past::View;
use crate::store::tenant::Tenant;
pub(crate) use basis::{Basis, Days, has_contacts};
use basis::{LookBack, RecentDays, Trees, observed};

/// Most facts folded together, unless a single customer has more.
const FOLDED_FACTS_MAX: i64 = 100_000;

/// What was read about customers.
#[derive(Debug)]
pub struct Observation {
    /// By the place of each customer; `None` where nothing was recorded by the time asked about.
    pub customers: Vec<Option<Observed>>,
    /// The instant asked for, or now or when the newest fact read happened if that is later.
    pub as_of: Instant,
    /// The newest recording read.
    pub newest_recorded_at: Option<Instant>,
    /// The tenant's definition epoch at that time.
    pub definition_epoch: i64,
}

/// Customers on their way to an [`Observation`].
struct Reading<'r> {
    tenant: &'r Tenant,
    keys: &'r [CustomerKey],
    as_of: Option<Instant>,
    known_at: Option<Instant>,
    policy: &'r Policy,
    trees: Trees,
    bases: Vec<Option<Basis>>,
    newest_fact_at: Option<Instant>,
    newest_recorded_at: Option<Instant>,
}

/// A customer whose facts are folded.
struct Past {
    place: usize,
    has_contacts: bool,
    /// A referral was recorded that names the customer as referee.
    has_referrals: bool,
    /// Facts recorded of the customer.
    facts: i64,
}

/// How many of the first customers are folded together: as many as have few enough facts, or one.
fn folded_together(past: &[Past]) -> usize {
    let mut facts = 0_i64;
    let within = past.iter().take_while(|of| {
        facts = facts.saturating_add(of.facts);
        facts <= FOLDED_FACTS_MAX
    });
    within.count().max(1).min(past.len())
}

impl Reading<'_> {
    fn saw(&mut self, fact_at: Option<Instant>, recorded_at: Option<Instant>) {
        self.newest_fact_at = self.newest_fact_at.max(fact_at);
        self.newest_recorded_at = self.newest_recorded_at.max(recorded_at);
    }

    /// Whether what was read until then is within what is asked about.
    fn is_within(&self, fact_at: Option<Instant>, recorded_at: Option<Instant>) -> bool {
        let before = |newest: Option<Instant>, bound: Option<Instant>| {
            bound.is_none_or(|bound| newest.is_none_or(|newest| newest <= bound))
        };
        before(fact_at, self.as_of) && before(recorded_at, self.known_at)
    }

    fn take(&mut self, place: usize, state: CustomerState, tree: Tree) {
        self.saw(tree.newest_fact_at, tree.newest_recorded_at);
        self.saw(
            state.fact_span.map(|span| span.last),
            state.last_recorded_at,
        );
        self.bases[place] = Some(Basis {
            days: Days::of_state(&state),
            has_contacts: has_contacts(&state),
            own: Some(state.own),
            tree,
        });
    }
}

impl App {
    /// The measures of customers of one tenant, by place; `None` where nothing was recorded by
    /// `known_at`. At most a thousand at a time.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn measures(
        &self,
        tenant: &Tenant,
        keys: &[CustomerKey],
        view: View,
        models: Models<'_>,
        policy: &Policy,
    ) -> Result<Vec<Option<Measures>>, StoreError> {
        let (as_of, known_at) = (Some(view.as_of), Some(view.known_at));
        let observation = self.observe(tenant, keys, as_of, known_at, policy).await?;
        let day = tenant.zone.day_of(view.as_of);
        let customers = observation.customers.into_iter();
        let measured = |observed| Measures::new(observed, day, models, policy);
        Ok(customers.map(|customer| customer.map(measured)).collect())
    }

    /// Reads customers of one tenant, at most a thousand at a time.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(crate) async fn observe(
        &self,
        tenant: &Tenant,
        keys: &[CustomerKey],
        as_of: Option<Instant>,
        known_at: Option<Instant>,
        policy: &Policy,
    ) -> Result<Observation, StoreError> {
        let tenant_id = &tenant.tenant_id;
        let now = self.clock.now();
        let mut reading = Reading {
            tenant,
            keys,
            as_of,
            known_at,
            policy,
            trees: Trees::Referrers,
            bases: keys.iter().map(|_| None).collect(),
            newest_fact_at: None,
            newest_recorded_at: None,
        };
        // The days before the states: a state that holds nothing newer than is asked for then says
        // the same of the days.
        let look_back = self.look_back(tenant, as_of, policy);
        let mut recent = self.recent(tenant_id, keys, look_back, policy).await?;
        let states = self.store.customer_states(tenant_id, keys).await?;
        let epoch = states.iter().flatten().map(|state| state.definition_epoch);
        let definition_epoch = match epoch.max() {
            Some(epoch) => epoch,
            None => self.store.definition_epoch(tenant_id).await?,
        };
        let mut contacted = Vec::new();
        let past = self
            .read_states(&mut reading, states, &mut contacted)
            .await?;
        let latest = |reading: &Reading<'_>| {
            let newest = reading.newest_fact_at;
            as_of.unwrap_or_else(|| newest.map_or(now, |newest| newest.max(now)))
        };
        if !past.is_empty() {
            // With an explicit `known_at` alone, every fact recorded by then counts.
            let view_as_of = match (as_of, known_at) {
                (None, Some(_)) => Instant::LATEST,
                _ => latest(&reading),
            };
            let view = View {
                as_of: view_as_of,
                known_at: known_at.unwrap_or(Instant::LATEST),
            };
            let mut rest = &past[..];
            while !rest.is_empty() {
                let (some, others) = rest.split_at(folded_together(rest));
                self.read_past(&mut reading, some, view).await?;
                rest = others;
            }
        }
        let as_of = latest(&reading);
        let view = View {
            as_of,
            known_at: known_at.unwrap_or(Instant::LATEST),
        };
        let contacts = self.latest_contacts(tenant_id, &contacted, view).await?;
        let newest = contacts.values().filter_map(|(_, newest)| *newest).max();
        reading.saw(None, newest);
        let customers = reading.bases.into_iter().zip(keys);
        let customers = customers.map(|(basis, key)| {
            let stored = recent.remove(key).unwrap_or_default();
            let contacts = contacts.get(key).map(|(contacts, _)| *contacts);
            let contacts = contacts.unwrap_or_default();
            basis.map(|basis| observed(basis, stored, contacts, look_back, policy))
        });
        Ok(Observation {
            customers: customers.collect(),
            as_of,
            newest_recorded_at: reading.newest_recorded_at,
            definition_epoch,
        })
    }

    /// Takes over the states that answer; the places of the customers whose facts must be folded.
    async fn read_states(
        &self,
        reading: &mut Reading<'_>,
        states: Vec<Option<CurrentState>>,
        contacted: &mut Vec<CustomerKey>,
    ) -> Result<Vec<Past>, StoreError> {
        let mut past = Vec::new();
        for (place, current) in states.into_iter().enumerate() {
            let Some(state) = current.map(|current| current.state) else {
                continue;
            };
            if !state.exists() {
                continue;
            }
            let key = &reading.keys[place];
            let has_contacts = has_contacts(&state);
            if has_contacts {
                contacted.push(key.clone());
            }
            let in_past = Past {
                place,
                has_contacts,
                has_referrals: state.facts[FactKind::Referral.index()] > 0,
                facts: state.facts.iter().sum(),
            };
            let last_fact_at = state.fact_span.map(|span| span.last);
            if !reading.is_within(last_fact_at, state.last_recorded_at) {
                past.push(in_past);
                continue;
            }
            let is_referrer = state.referrals_made > 0;
            let tree = if reading.trees.has(is_referrer, state.referrer.is_some()) {
                let tenant_id = &reading.tenant.tenant_id;
                self.tree_now(tenant_id, key, &state, reading.policy)
                    .await?
            } else {
                Tree::default()
            };
            let within = reading.is_within(tree.newest_fact_at, tree.newest_recorded_at);
            if within && state.has_own_facts() {
                reading.take(place, state, tree);
            } else {
                // A state does not tell since when a customer is named as a referrer.
                if within {
                    reading.saw(tree.newest_fact_at, None);
                }
                past.push(in_past);
            }
        }
        Ok(past)
    }

    async fn read_past(
        &self,
        reading: &mut Reading<'_>,
        past: &[Past],
        view: View,
    ) -> Result<(), StoreError> {
        let tenant_id = &reading.tenant.tenant_id;
        let keys: Vec<CustomerKey> = past
            .iter()
            .map(|of| reading.keys[of.place].clone())
            .collect();
        let known = self.store.customers_known(tenant_id, &keys, view).await?;
        let mut folded = self.store.customers_fold(tenant_id, &keys, view).await?;
        for (of, key) in past.iter().zip(&keys) {
            let Some(known) = known.get(key) else {
                continue;
            };
            let tree = if reading.trees.has(known.is_referrer, of.has_referrals) {
                self.tree_past(tenant_id, key, view, reading.policy).await?
            } else {
                Tree::default()
            };
            let folded = folded.remove(key).unwrap_or_default();
            reading.saw(tree.newest_fact_at, tree.newest_recorded_at);
            reading.saw(known.newest_fact_at, known.newest_recorded_at);
            reading.saw(None, folded.newest_recorded_at);
            let (own, days) = folded.fold.finish();
            reading.bases[of.place] = Some(Basis {
                own: known.has_facts.then_some(own),
                tree,
                days: Days::Folded(days),
                has_contacts: of.has_contacts,
            });
        }
        Ok(())
    }

    async fn recent(
        &self,
        tenant_id: &str,
        keys: &[CustomerKey],
        look_back: LookBack,
        policy: &Policy,
    ) -> Result<RecentDays, StoreError> {
        if policy.segmentation.is_none() {
            return Ok(RecentDays::new());
        }
        let LookBack { since, until } = look_back;
        self.store.recent_days(tenant_id, keys, since, until).await
    }

    async fn latest_contacts(
        &self,
        tenant_id: &str,
        keys: &[CustomerKey],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, (Contacts, Option<Instant>)>, StoreError> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.store.contacts_of(tenant_id, keys, view).await
    }

    /// The days to read for an instant; `None` is now or soon after.
    fn look_back(&self, tenant: &Tenant, as_of: Option<Instant>, policy: &Policy) -> LookBack {
        let day = tenant.zone.day_of(as_of.unwrap_or(self.clock.now()));
        let mut look_back = LookBack::from(day, policy);
        if as_of.is_none() {
            look_back.until = day.plus_days(1);
        }
        look_back
    }

    /// What is left to read about one customer for the schemes, and the newest recording in it.
    pub(crate) async fn observe_one(
        &self,
        tenant: &Tenant,
        key: &CustomerKey,
        basis: Basis,
        view: View,
        policy: &Policy,
    ) -> Result<(Observed, Option<Instant>), StoreError> {
        let tenant_id = &tenant.tenant_id;
        let one = std::slice::from_ref(key);
        let look_back = LookBack::from(tenant.zone.day_of(view.as_of), policy);
        let may_hold = |fact: Instant| tenant.zone.day_of(fact) >= look_back.since;
        let mut recent = match &basis.days {
            Days::Stored {
                last_fact_at: Some(fact),
            } if may_hold(*fact) => self.recent(tenant_id, one, look_back, policy).await?,
            Days::Stored { .. } | Days::Folded(_) => RecentDays::new(),
        };
        let has_contacts = basis.has_contacts && policy.segmentation.is_some();
        let contacted = if has_contacts { one } else { &[] };
        let contacts = self.latest_contacts(tenant_id, contacted, view).await?;
        let (contacts, newest) = contacts.get(key).copied().unwrap_or_default();
        let stored = recent.remove(key).unwrap_or_default();
        Ok((observed(basis, stored, contacts, look_back, policy), newest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_folded_together_have_few_facts_or_are_one() {
        let of = |facts: &[i64]| {
            let past = facts.iter().enumerate().map(|(place, facts)| Past {
                place,
                has_contacts: false,
                has_referrals: false,
                facts: *facts,
            });
            folded_together(&past.collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[FOLDED_FACTS_MAX + 1, 1]), 1);
        assert_eq!(of(&[FOLDED_FACTS_MAX - 1, 1, 1]), 2);
        assert_eq!(of(&[1, FOLDED_FACTS_MAX, 1]), 1);
        assert_eq!(of(&[1, 2, 3]), 3);
    }
}
