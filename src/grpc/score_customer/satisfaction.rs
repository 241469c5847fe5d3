//! What the customer answered last, as the contract writes it.

use super::answer::Writer;
use crate::app::score_customer::satisfaction::LastResponse;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::satisfaction_index::indicator;
use crate::grpc::write::timestamp;

impl Writer<'_> {
    pub(super) fn satisfaction(&mut self) -> Option<pb::CustomerSatisfaction> {
        if !self.wanted("satisfaction") {
            return None;
        }
        let instruments = &self.scored.satisfaction;
        if instruments.is_empty() {
            self.unavailable.push(pb::Unavailable {
                component: "satisfaction".to_owned(),
                reason: pb::UnavailableReason::NoFacts.into(),
                detail: "no survey had been answered by then".to_owned(),
            });
            return None;
        }
        Some(pb::CustomerSatisfaction {
            instruments: instruments.iter().map(instrument).collect(),
        })
    }
}

fn instrument(last: &LastResponse) -> pb::CustomerInstrument {
    pb::CustomerInstrument {
        instrument_id: last.instrument_id.clone(),
        instrument_version: last.version,
        response_id: last.response_id.clone(),
        answered_at: Some(timestamp(last.answered_at)),
        index: last.index.index.as_ref().ok().copied(),
        scale_min: last.scale.min(),
        scale_max: last.scale.max(),
        indicators: last.index.parts.iter().map(indicator).collect(),
        responses: last.responses,
    }
}
