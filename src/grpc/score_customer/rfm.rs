//! Recency, frequency and monetary value as the contract writes them, and what their scores hide.

use super::answer::Writer;
use crate::engine::score::Reason;
use crate::engine::segment::Scheme;
use crate::engine::segment::measures::MICROS_PER_DAY;
use crate::engine::segment::rfm::hidden::{Finding, Hidden};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::money;

impl Writer<'_> {
    pub(super) fn rfm(&mut self) -> Option<pb::RecencyFrequencyMonetary> {
        let (currency, _) = self.own("rfm")?;
        let rfm = self.present("rfm", self.scored.score.rfm)?;
        let scores = self.scored.rfm_scores;
        let scored = scores.and_then(|scores| self.present("rfm.scores", scores));
        let percentiles = scored.map(|of| of.percentiles).unwrap_or_default();
        if scored.is_some() && percentiles.contains(&None) {
            self.present::<()>("rfm.percentiles", Err(Reason::NoSnapshot));
        }
        let hidden = self.scored.rfm_hidden.as_ref();
        let hidden = hidden.and_then(|found| {
            let found = found.as_ref().map_err(|reason| *reason);
            self.present("rfm.hidden", found)
        });
        let score = |place: usize| scored.map(|of| i32::from(of.scores[place]));
        let percentile = |place: usize| percentiles[place].map(i32::from);
        let segment = scored.and_then(|of| Scheme::Rfm.segments().get(of.grid_segment()));
        Some(pb::RecencyFrequencyMonetary {
            recency_days: i64::from(rfm.recency_days),
            frequency: rfm.frequency,
            monetary: Some(money(rfm.monetary, currency)),
            recency_score: score(0),
            frequency_score: score(1),
            monetary_score: score(2),
            cell: scored.map(|of| of.cell()).unwrap_or_default(),
            segment: segment.map(|of| of.name.to_owned()).unwrap_or_default(),
            map_segment: scored
                .map(|of| of.map_segment().to_owned())
                .unwrap_or_default(),
            recency_percentile: percentile(0),
            frequency_percentile: percentile(1),
            monetary_percentile: percentile(2),
            hidden: hidden.map(hidden_by_scores),
        })
    }
}

fn hidden_by_scores(hidden: &Hidden) -> pb::RfmHidden {
    let finding = match hidden.finding {
        Finding::Nothing => pb::RfmFinding::Nothing,
        Finding::SlowRegular => pb::RfmFinding::SlowRegular,
        Finding::LapsedLooksLoyal => pb::RfmFinding::LapsedLooksLoyal,
    };
    let whole = |millionths: i128| millionths as f64 / MICROS_PER_DAY as f64;
    pb::RfmHidden {
        finding: finding.into(),
        probability_alive: hidden.probability_alive,
        rhythm_days: hidden.rhythm_micro_days.map(whole),
        silence_rhythms: hidden.silence_micro_rhythms().map(whole),
        explanation: hidden.sentence.clone(),
    }
}
