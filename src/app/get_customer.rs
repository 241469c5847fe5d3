//! Shows what is recorded about a customer now.

use super::App;
use super::error::AppError;
use crate::engine::attribute::CustomerAttribute;
use crate::engine::contact::Contact;
use crate::engine::fact::{FactKind, Refund};
use crate::engine::referral::Edge;
use crate::ids::CustomerKey;
use crate::store::customer_card::RefundAnomaly;
use crate::store::customer_state::CustomerState;

/// Most referees, pending refunds and anomalies shown.
const SHOWN_MAX: i64 = 100;

/// What is recorded about a customer.
#[derive(Clone, Debug)]
pub struct CustomerCard {
    /// Counts, sums and the elected referrer.
    pub state: CustomerState,
    /// Elected edges to direct referees, by referee id.
    pub referees: Vec<Edge>,
    /// How many direct referees.
    pub direct_referees: i64,
    /// Refunds that wait for their transaction.
    pub pending_refunds: Vec<Refund>,
    /// Refunds that do not count as sent.
    pub anomalies: Vec<RefundAnomaly>,
    /// The current values of attributes, by name.
    pub attributes: Vec<CustomerAttribute>,
    /// The newest contact of each purpose, by purpose.
    pub contacts: Vec<Contact>,
}

impl App {
    /// What is recorded about a customer now.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownCustomer`], and what the store says.
    pub async fn get_customer(
        &self,
        tenant_id: &str,
        customer_id: &str,
    ) -> Result<CustomerCard, AppError> {
        let key = CustomerKey::new(tenant_id, customer_id);
        let unknown = || AppError::UnknownCustomer {
            customer_id: customer_id.to_owned(),
        };
        let current = self
            .store
            .customer_state(tenant_id, &key)
            .await?
            .ok_or_else(unknown)?;
        let state = current.state;
        if !state.exists() {
            return Err(unknown());
        }
        let has = |kind: FactKind| state.facts[kind.index()] > 0;
        let (referees, direct_referees) = if state.referrals_made > 0 {
            let shown = self
                .store
                .referees_of(tenant_id, customer_id, SHOWN_MAX)
                .await?;
            (
                shown,
                self.store.referees_count(tenant_id, customer_id).await?,
            )
        } else {
            (Vec::new(), 0)
        };
        let pending_refunds = if state.pending_refunds > 0 {
            self.store
                .refunds_pending(tenant_id, &key, SHOWN_MAX)
                .await?
        } else {
            Vec::new()
        };
        let anomalies = if has(FactKind::Refund) {
            self.store
                .refund_anomalies(tenant_id, &key, SHOWN_MAX)
                .await?
        } else {
            Vec::new()
        };
        let attributes = if has(FactKind::Attribute) {
            self.store.attributes_current(tenant_id, &key).await?
        } else {
            Vec::new()
        };
        let contacts = if has(FactKind::Contact) {
            self.store.contacts_newest(tenant_id, &key).await?
        } else {
            Vec::new()
        };
        Ok(CustomerCard {
            state,
            referees,
            direct_referees,
            pending_refunds,
            anomalies,
            attributes,
            contacts,
        })
    }
}
