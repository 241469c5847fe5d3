//! The only source of "now".

use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::time::Instant;

/// Tells the time: the machine's, or one that stands still for tests.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always this instant.
    Fixed(Instant),
}

impl Clock {
    /// The instant it is.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub fn now(&self) -> Instant {
        match self {
            Self::Fixed(instant) => *instant,
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|elapsed| i64::try_from(elapsed.as_micros()).ok())
                .map_or(Instant::from_micros(0), Instant::from_micros),
        }
    }
}
