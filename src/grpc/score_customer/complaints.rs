//! The complaints of a customer as the contract writes them.

use super::answer::Writer;
use crate::app::complaint::FoldedComplaint;
use crate::engine::time::Instant;
use crate::grpc::complaint::clocks;
use crate::grpc::complaint::values::complaint_state;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::{choice, timestamp};

impl Writer<'_> {
    pub(super) fn complaints(&mut self) -> Option<pb::CustomerComplaints> {
        let scored = self.scored;
        let found = scored.complaints.as_ref().map_err(|reason| *reason);
        let found = self.present("complaints", found)?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let worst = found.worst_severity;
        Some(pb::CustomerComplaints {
            total: count(found.total),
            open: count(found.open),
            overdue: count(found.overdue),
            newest_received_at: found.newest_received_at.map(timestamp),
            worst_severity: worst.map_or(0, |severity| choice(severity.index())),
            complaints: found
                .shown
                .iter()
                .map(|folded| open_complaint(folded, scored.as_of))
                .collect(),
        })
    }
}

fn open_complaint(folded: &FoldedComplaint, as_of: Instant) -> pb::OpenComplaint {
    let (recorded, view) = (&folded.stored.complaint, &folded.view);
    pb::OpenComplaint {
        complaint_id: recorded.complaint_id.clone(),
        state: complaint_state(view.state).into(),
        subject: recorded.subject.clone(),
        severity: view.severity.map_or(0, |severity| choice(severity.index())),
        received_at: Some(timestamp(recorded.received_at)),
        owner: view.owner.clone(),
        handler: view.handler.clone(),
        cycle: view.cycle,
        clocks: clocks(view, as_of),
    }
}
