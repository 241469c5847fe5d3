//! The complaints of a customer, as a score shows them.

use crate::app::App;
use crate::app::complaint::FoldedComplaint;
use crate::app::error::AppError;
use crate::engine::complaint::Severity;
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::score::Reason;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
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
        if found.len() > COMPLAINTS_MAX {
            return Ok(Err(Reason::TooLarge));
        }
        let mut complaints = CustomerComplaints {
            total: found.len(),
            newest_received_at: found.first().map(|newest| newest.complaint.received_at),
            ..CustomerComplaints::default()
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
