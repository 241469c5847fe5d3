//! Reads of customers what their scores need, a page of them in a fixed number of statements.

use std::collections::BTreeMap;

use super::{LookBack, Past, Reading, RecentDays, Trees, folded_together, observed};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::score_customer::complaints::CustomerComplaints;
use crate::app::score_customer::{Frame, Read, buyers_brought, referees};
use crate::engine::fact::FactKind;
use crate::ids::CustomerKey;
use crate::store::customer_state::CurrentState;
use crate::store::error::StoreError;

/// States of customers with their places, in the order of the customers.
type States = Vec<Option<CurrentState>>;

/// The customers of whom a state tells that there is something.
fn those_with(
    keys: &[CustomerKey],
    states: &States,
    count: impl Fn(&CurrentState) -> i64,
) -> Vec<(CustomerKey, i64)> {
    let counts = states.iter().map(|state| state.as_ref().map_or(0, &count));
    let counted = keys.iter().zip(counts).filter(|(_, count)| *count > 0);
    counted.map(|(key, count)| (key.clone(), count)).collect()
}

impl App {
    /// Reads what the scores of customers are functions of, by place; `None` where nothing was
    /// recorded by the frame's `known_at`. At most a thousand at a time.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(crate) async fn read_customers(
        &self,
        frame: &Frame,
        keys: &[CustomerKey],
    ) -> Result<Vec<Option<Read>>, AppError> {
        let (tenant_id, view, wanted) = (&frame.tenant.tenant_id, frame.view, frame.wanted);
        let look_back = LookBack::from(frame.tenant.zone.day_of(view.as_of), &frame.policy);
        // The days before the states, as in `observe`.
        let mut recent = if wanted.segments {
            let policy = &frame.policy;
            self.recent(tenant_id, keys, look_back, policy).await?
        } else {
            RecentDays::new()
        };
        let states = self.store.customer_states(tenant_id, keys).await?;
        let complained = those_with(keys, &states, |current| current.state.complaints);
        let responses = FactKind::SurveyResponse.index();
        let answered = those_with(keys, &states, |current| current.state.facts[responses]);
        let mut reading = Reading {
            tenant: &frame.tenant,
            keys,
            as_of: Some(view.as_of),
            known_at: Some(view.known_at),
            policy: &frame.policy,
            trees: if wanted.referrals {
                Trees::All
            } else {
                Trees::Nobody
            },
            bases: keys.iter().map(|_| None).collect(),
            newest_fact_at: None,
            newest_recorded_at: None,
        };
        let mut contacted = Vec::new();
        let past = self
            .read_states(&mut reading, states, &mut contacted)
            .await?;
        self.read_all_past(&mut reading, &past, frame).await?;
        let has_contacts = wanted.segments && frame.policy.segmentation.is_some();
        let contacted = if has_contacts { &contacted[..] } else { &[] };
        let contacts = self.latest_contacts(tenant_id, contacted, view).await?;
        let mut complaints = if wanted.complaints {
            self.complaints_of(tenant_id, &complained, view).await?
        } else {
            BTreeMap::new()
        };
        let answered: Vec<CustomerKey> = answered.into_iter().map(|(key, _)| key).collect();
        let answered = if wanted.satisfaction {
            &answered[..]
        } else {
            &[]
        };
        let mut satisfaction = self
            .last_responses(tenant_id, answered, view, &frame.definitions)
            .await?;
        let customers = reading.bases.into_iter().zip(keys);
        let customers = customers.map(|(basis, key)| {
            let basis = basis?;
            let stored = recent.remove(key).unwrap_or_default();
            let (contacts, _) = contacts.get(key).copied().unwrap_or_default();
            let none = || Ok(CustomerComplaints::default());
            Some(Read {
                own: basis.own.clone(),
                position: basis.tree.position,
                referees: referees(&basis.tree),
                buyers_brought: buyers_brought(basis.own.as_ref(), &basis.tree),
                observed: (wanted.rfm || wanted.segments)
                    .then(|| observed(basis, stored, contacts, look_back, &frame.policy)),
                satisfaction: satisfaction.remove(key).unwrap_or_default(),
                complaints: complaints.remove(key).unwrap_or_else(none),
            })
        });
        Ok(customers.collect())
    }

    /// Folds the facts of the customers whose states do not answer.
    async fn read_all_past(
        &self,
        reading: &mut Reading<'_>,
        past: &[Past],
        frame: &Frame,
    ) -> Result<(), StoreError> {
        let mut rest = past;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(folded_together(rest));
            self.read_past(reading, some, frame.view).await?;
            rest = others;
        }
        Ok(())
    }
}
