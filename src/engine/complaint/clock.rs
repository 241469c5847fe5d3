//! Clocks of a complaint: when they are due, and how they stand at an instant.
//!
//! A stopwatch keeps when it started, paused and stopped, as the transitions say; how it stands is
//! computed for the instant asked about and never kept.

use super::super::time::Instant;
use super::clock_policy::ClockPolicy;

/// A clock by what it measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// From receipt to acknowledgement.
    Acknowledgement,
    /// From receipt, or reopening, to a resolution or explanation.
    Resolution,
    /// From a resolution or explanation to the follow-up.
    FollowUp,
}

impl Clock {
    /// All clocks, in the order of their numbers.
    pub const ALL: [Clock; 3] = [Clock::Acknowledgement, Clock::Resolution, Clock::FollowUp];

    /// Its place in [`Clock::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name, as answers carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Clock::Acknowledgement => "acknowledgement",
            Clock::Resolution => "resolution",
            Clock::FollowUp => "follow_up",
        }
    }

    /// How long it runs, in microseconds.
    #[must_use]
    pub const fn allowance_micros(self, policy: &ClockPolicy) -> i64 {
        match self {
            Clock::Acknowledgement => policy.acknowledgement_micros,
            Clock::Resolution => policy.resolution_micros,
            Clock::FollowUp => policy.follow_up_micros,
        }
    }
}

/// What a transition does to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Starts it, afresh if it had run before.
    Start,
    /// Holds it.
    Pause,
    /// Lets it go on.
    Resume,
    /// Ends it: what it waited for has come.
    Stop,
    /// Sets it back, not started.
    Reset,
    /// Ends it: what it waited for will not come, and is not owed any more.
    Cancel,
}

impl Effect {
    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Start => "starts",
            Effect::Pause => "pauses",
            Effect::Resume => "resumes",
            Effect::Stop => "stops",
            Effect::Reset => "resets",
            Effect::Cancel => "is cancelled",
        }
    }
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockState {
    /// What starts it has not happened.
    NotStarted,
    /// It runs, and is not due yet.
    Running,
    /// It is held, and was not due before.
    Paused,
    /// What it waits for came in time.
    Met,
    /// What it waits for came late, or was withdrawn when it was late already.
    Missed,
    /// It is past due, and what it waits for has not come.
    Overdue,
    /// It was withdrawn in time.
    Cancelled,
}

impl ClockState {
    /// All states, in the order of their numbers.
    pub const ALL: [ClockState; 7] = [
        ClockState::NotStarted,
        ClockState::Running,
        ClockState::Paused,
        ClockState::Met,
        ClockState::Missed,
        ClockState::Overdue,
        ClockState::Cancelled,
    ];

    /// Its place in [`ClockState::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// How a clock stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its state.
    pub state: ClockState,
    /// When it started.
    pub started_at: Option<Instant>,
    /// Until when what it waits for must come; of a clock that is held, as if it went on at once.
    pub due_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Microseconds until it is due, negative when it is overdue; `None` when it does not run.
    pub remaining_micros: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pause {
    from: Instant,
    until: Option<Instant>,
}

/// When a clock started, paused and stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopwatch {
    started_at: Option<Instant>,
    pauses: Vec<Pause>,
    ended_at: Option<Instant>,
    is_cancelled: bool,
}

impl Stopwatch {
    /// Does to it what a transition at an instant says; what has no meaning in its state, such as
    /// stopping what has not started, changes nothing.
    pub fn apply(&mut self, effect: Effect, at: Instant) {
        let runs = self.started_at.is_some() && self.ended_at.is_none();
        match effect {
            Effect::Start => {
                *self = Self {
                    started_at: Some(at),
                    ..Self::default()
                };
            }
            Effect::Reset => *self = Self::default(),
            Effect::Pause if runs => self.pauses.push(Pause {
                from: at,
                until: None,
            }),
            Effect::Resume => {
                if let Some(pause) = self.pauses.last_mut() {
                    pause.until.get_or_insert(at);
                }
            }
            Effect::Stop | Effect::Cancel if runs => {
                self.ended_at = Some(at);
                self.is_cancelled = effect == Effect::Cancel;
            }
            Effect::Pause | Effect::Stop | Effect::Cancel => {}
        }
    }

    /// How it stands at an instant that is not before anything that was applied.
    ///
    /// # Formula
    ///
    /// ```text
    /// due_at = started_at + allowance + length of the pauses that began up to when it was due
    /// ```
    ///
    /// It is in time up to `due_at`, included: a pause that begins at that very instant counts, one
    /// that begins later does not move it.
    ///
    /// # Units
    ///
    /// - `allowance_micros`: microseconds, not negative.
    #[must_use]
    pub fn reading(&self, allowance_micros: i64, as_of: Instant) -> Reading {
        let Some(started_at) = self.started_at else {
            return Reading {
                state: ClockState::NotStarted,
                started_at: None,
                due_at: None,
                ended_at: None,
                remaining_micros: None,
            };
        };
        let now = self.ended_at.unwrap_or(as_of);
        let (due_at, is_paused) = self.due(started_at, allowance_micros, now);
        let is_late = now > due_at;
        let state = match self.ended_at {
            Some(_) if is_late => ClockState::Missed,
            Some(_) if self.is_cancelled => ClockState::Cancelled,
            Some(_) => ClockState::Met,
            None if is_late => ClockState::Overdue,
            None if is_paused => ClockState::Paused,
            None => ClockState::Running,
        };
        Reading {
            state,
            started_at: Some(started_at),
            due_at: Some(due_at),
            ended_at: self.ended_at,
            remaining_micros: match self.ended_at {
                Some(_) => None,
                None => Some(due_at.as_micros().saturating_sub(now.as_micros())),
            },
        }
    }

    /// When it is due, and whether it is held and was not due before.
    fn due(&self, started_at: Instant, allowance_micros: i64, now: Instant) -> (Instant, bool) {
        let mut left = allowance_micros;
        let mut runs_from = started_at;
        for pause in &self.pauses {
            let ran = pause.from.as_micros() - runs_from.as_micros();
            if ran > left {
                break;
            }
            left -= ran;
            match pause.until {
                Some(until) => runs_from = until,
                None => return (now.plus_micros(left), true),
            }
        }
        (runs_from.plus_micros(left), false)
    }
}

#[cfg(test)]
mod tests;
