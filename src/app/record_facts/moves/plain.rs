//! Facts that are counted and move no sums: their values are read from the facts themselves.

use super::Writer;
use crate::engine::attribute::CustomerAttribute;
use crate::engine::contact::Contact;
use crate::engine::fact::FactKind;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::attribute::attributes_stored_in_tx;
use crate::store::contact::contacts_stored_in_tx;
use crate::store::error::StoreError;

impl Writer<'_> {
    pub(super) async fn attributes(
        &mut self,
        facts: &[(&CustomerKey, &CustomerAttribute, Day)],
    ) -> Result<(), StoreError> {
        let facts = facts
            .iter()
            .map(|&(key, fact, day)| (key, &fact.attribute_id, fact.occurred_at, day));
        self.plain(FactKind::Attribute, facts).await
    }

    pub(super) async fn contacts(
        &mut self,
        facts: &[(&CustomerKey, &Contact, Day)],
    ) -> Result<(), StoreError> {
        let facts = facts
            .iter()
            .map(|&(key, fact, day)| (key, &fact.contact_id, fact.occurred_at, day));
        self.plain(FactKind::Contact, facts).await
    }

    /// Counts facts, and the voids that waited for them no more.
    async fn plain<'f>(
        &mut self,
        kind: FactKind,
        facts: impl Iterator<Item = (&'f CustomerKey, &'f String, Instant, Day)> + Clone,
    ) -> Result<(), StoreError> {
        let ids = facts.clone().map(|(key, id, ..)| (key, id));
        self.voided_before(kind, ids).await?;
        for (key, _, occurred_at, day) in facts {
            self.count(key, kind, occurred_at, day);
        }
        Ok(())
    }

    /// Voids of facts that are recorded wait no longer.
    pub(super) async fn plain_voids(
        &mut self,
        attributes: &[(CustomerKey, String)],
        contacts: &[(CustomerKey, String)],
    ) -> Result<(), StoreError> {
        let mut stored = Vec::new();
        if !attributes.is_empty() {
            stored = attributes_stored_in_tx(self.connection, self.tenant_id, attributes).await?;
        }
        if !contacts.is_empty() {
            stored.extend(contacts_stored_in_tx(self.connection, self.tenant_id, contacts).await?);
        }
        for fact in stored {
            self.state(&fact.key).pending_voids -= 1;
        }
        Ok(())
    }
}
