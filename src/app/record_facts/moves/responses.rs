//! Counts survey responses; no sum hangs on them.

use super::{Writer, has_state};
use crate::engine::fact::FactKind;
use crate::engine::time::Day;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::response::{CheckedResponse, responses_there_in_tx};

impl Writer<'_> {
    pub(super) async fn responses(
        &mut self,
        facts: &[(&CustomerKey, &CheckedResponse, Day)],
    ) -> Result<(), StoreError> {
        let known = || facts.iter().filter(|(key, ..)| has_state(key));
        let ids = known().map(|(key, fact, _)| (*key, &fact.response.response_id));
        self.voided_before(FactKind::SurveyResponse, ids).await?;
        for &(key, fact, day) in known() {
            self.count(
                key,
                FactKind::SurveyResponse,
                fact.response.answered_at,
                day,
            );
        }
        Ok(())
    }

    /// Voids of responses that are recorded are not awaited.
    pub(super) async fn responses_voided(
        &mut self,
        named: &[(CustomerKey, String)],
    ) -> Result<(), StoreError> {
        let known: Vec<(CustomerKey, String)> = named
            .iter()
            .filter(|(key, _)| has_state(key))
            .cloned()
            .collect();
        for key in responses_there_in_tx(self.connection, self.tenant_id, &known).await? {
            self.state(&key).pending_voids -= 1;
        }
        Ok(())
    }
}
