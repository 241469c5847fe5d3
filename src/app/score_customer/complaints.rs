//! The complaints of a customer, as a score shows them.

use std::collections::BTreeMap;

use crate::app::App;
use crate::app::complaint::FoldedComplaint;
use crate::app::error::AppError;
use crate::engine::complaint::Severity;
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::score::Reason;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::complaint::StoredComplaint;
use crate::store::past::View;

/// Most complaints of a customer that a score reads.
const COMPLAINTS_MAX: usize = 1_000;
/// Most open complaints that a score shows.
const SHOWN_MAX: usize = 20;

/// The complaints of a customer.
#[derive(Clone, Debug, Default)]
pub struct CustomerComplaints {
    /// Complaints received.
    pub total: usize,
    /// Those to which something can still happen.
    pub open: usize,
    /// Those of them with a running clock that is past due.
    pub overdue: usize,
    /// When the newest was received.
    pub newest_received_at: Option<Instant>,
    /// The worst severity of the open ones.
    pub worst_severity: Option<Severity>,
    /// Open ones, those due first before the others.
    pub shown: Vec<FoldedComplaint>,
    /// When the newest of what was read was recorded.
    pub newest_recorded_at: Option<Instant>,
}

impl CustomerComplaints {
    /// Those that were found, received last first; [`Reason::TooLarge`] if a score does not read so
    /// many.
    fn of(found: Vec<StoredComplaint>, view: View) -> Result<Result<Self, Reason>, AppError> {
        if found.len() > COMPLAINTS_MAX {
            return Ok(Err(Reason::TooLarge));
        }
        let mut complaints = Self {
            total: found.len(),
            newest_received_at: found.first().map(|newest| newest.complaint.received_at),
            ..Self::default()
        };
        for stored in found {
            complaints.newest_recorded_at = complaints
                .newest_recorded_at
                .max(Some(stored.newest_recorded_at()));
            let folded = FoldedComplaint::of(stored)?;
            if !folded.view.state.is_open() {
                continue;
            }
            complaints.open += 1;
            complaints.overdue += usize::from(folded.view.is_overdue(&CLOCKS, view.as_of));
            complaints.worst_severity = complaints.worst_severity.max(folded.view.severity);
            complaints.shown.push(folded);
        }
        // Stable: among equals those received last stay first.
        complaints.shown.sort_by_key(|folded| {
            let due = folded.view.next_due_at(&CLOCKS);
            due.unwrap_or(Instant::LATEST)
        });
        complaints.shown.truncate(SHOWN_MAX);
        Ok(Ok(complaints))
    }
}

impl App {
    /// The complaints of a customer that a view sees.
    pub(super) async fn customer_complaints(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        view: View,
    ) -> Result<Result<CustomerComplaints, Reason>, AppError> {
        let found = self
            .store
            .complaints_of_customer(
                tenant_id,
                key,
                (Instant::EARLIEST..=view.as_of, COMPLAINTS_MAX as i64 + 1),
                view,
            )
            .await?;
        CustomerComplaints::of(found, view)
    }

    /// The complaints of customers that a view sees; each customer comes with how many were recorded,
    /// and few are read at a time. Customers without any are left out.
    pub(crate) async fn complaints_of(
        &self,
        tenant_id: &str,
        customers: &[(CustomerKey, i64)],
        view: View,
    ) -> Result<BTreeMap<CustomerKey, Result<CustomerComplaints, Reason>>, AppError> {
        let limit = COMPLAINTS_MAX as i64 + 1;
        let mut all = BTreeMap::new();
        let mut rest = customers;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(read_together(rest));
            rest = others;
            let keys: Vec<CustomerKey> = some.iter().map(|(key, _)| key.clone()).collect();
            let found = self
                .store
                .complaints_of_customers(tenant_id, &keys, limit, view)
                .await?;
            for (key, found) in found {
                all.insert(key, CustomerComplaints::of(found, view)?);
            }
        }
        Ok(all)
    }
}

/// How many of the first customers are read together: as many as have few enough complaints, or one.
fn read_together(customers: &[(CustomerKey, i64)]) -> usize {
    let mut complaints = 0_i64;
    let within = customers.iter().take_while(|(_, count)| {
        complaints = complaints.saturating_add(*count);
        complaints <= COMPLAINTS_MAX as i64
    });
    within.count().max(1).min(customers.len())
}
