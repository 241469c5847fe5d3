//! Where recency, frequency and monetary value are cut into scores.

use crate::engine::money::Micros;

/// Four ascending cut points each; a score is one and the number of cuts strictly below the value,
/// recency reversed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RfmCutPoints {
    /// Days since the last purchase day.
    pub recency_days: [i64; 4],
    /// Purchase days.
    pub frequency: [i64; 4],
    /// Revenue after refunds.
    pub monetary: [Micros; 4],
}

/// Which cut points scores go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RfmCuts {
    /// The quintiles of the population snapshot in force: frozen until another is activated.
    SnapshotInForce,
    /// The quintiles of the newest population snapshot, activated or not: they slide with the
    /// population.
    NewestSnapshot,
    /// The policy's own, whatever the population.
    Custom(RfmCutPoints),
}
