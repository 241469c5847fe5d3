//! Reads for an instant in the past: facts that had happened by it, as they were known at another.

mod edges;
mod fold;
mod known;

use crate::engine::time::Instant;
pub use fold::Folded;
pub use known::Known;

/// Which facts a read sees: happened by `as_of`, recorded and voided by `known_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Facts that happened up to this instant.
    pub as_of: Instant,
    /// Facts and voids recorded up to this instant; [`Instant::LATEST`] for all.
    pub known_at: Instant,
}
