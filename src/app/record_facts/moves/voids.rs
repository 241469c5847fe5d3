//! Takes voided facts out of what they moved.

use std::collections::BTreeSet;

use super::{Writer, cost_amount, has_state, refund_total};
use crate::engine::fact::{FactKind, FactVoid};
use crate::engine::referral::elect;
use crate::ids::CustomerKey;
use crate::store::cost::costs_stored_in_tx;
use crate::store::error::StoreError;
use crate::store::referral::{edges_of_referee_in_tx, referrals_stored_in_tx};
use crate::store::refund::refunds_stored_in_tx;
use crate::store::refund_total::PurchaseName;

impl Writer<'_> {
    /// Takes voided facts out of what they moved; a void whose fact is not recorded waits for it.
    pub(super) async fn voids(
        &mut self,
        facts: &[(&CustomerKey, &FactVoid)],
    ) -> Result<(), StoreError> {
        let named = |kind: FactKind| -> Vec<(CustomerKey, String)> {
            facts
                .iter()
                .filter(|(_, fact)| fact.kind == kind)
                .map(|(key, fact)| ((*key).clone(), fact.fact_id.clone()))
                .collect()
        };
        for (key, _) in facts.iter().filter(|(key, _)| has_state(key)) {
            let state = self.state(key);
            state.voids += 1;
            state.pending_voids += 1;
        }
        let refunds =
            refunds_stored_in_tx(self.connection, self.tenant_id, &named(FactKind::Refund)).await?;
        for (fact, stored) in &refunds {
            self.state(&stored.key).pending_voids -= 1;
            self.move_refund(&stored.key, fact, refund_total(fact, -1));
        }
        let voided: BTreeSet<PurchaseName> = named(FactKind::Transaction).into_iter().collect();
        self.move_refunded(&voided).await?;
        let costs =
            costs_stored_in_tx(self.connection, self.tenant_id, &named(FactKind::Cost)).await?;
        for (fact, day, stored) in &costs {
            self.state(&stored.key).pending_voids -= 1;
            self.move_cost(&stored.key, *day, fact.kind, -cost_amount(fact));
        }
        let referrals =
            referrals_stored_in_tx(self.connection, self.tenant_id, &named(FactKind::Referral))
                .await?;
        for (fact, stored) in &referrals {
            let state = self.state(&stored.key);
            state.pending_voids -= 1;
            if state
                .referrer
                .as_ref()
                .is_some_and(|edge| edge.referral_id == fact.referral_id)
            {
                let edges =
                    edges_of_referee_in_tx(self.connection, self.tenant_id, &stored.key).await?;
                self.state(&stored.key).referrer = elect(edges);
            }
        }
        self.responses_voided(&named(FactKind::SurveyResponse))
            .await?;
        let attributes = named(FactKind::Attribute);
        let contacts = named(FactKind::Contact);
        self.plain_voids(&attributes, &contacts).await
    }
}
