//! Clocks by their history.

use super::*;

const HOUR: i64 = 3_600_000_000;

fn at(hours: i64) -> Instant {
    Instant::from_micros(hours * HOUR)
}

fn watch(effects: &[(Effect, i64)]) -> Stopwatch {
    let mut watch = Stopwatch::default();
    for (effect, hours) in effects {
        watch.apply(*effect, at(*hours));
    }
    watch
}

#[test]
fn clocks_stand_as_their_history_says() {
    use ClockState as S;
    use Effect as E;
    // Effects by hour, hour asked about, state, hour due, hours remaining; 24 hours allowed.
    type Case = (
        &'static [(Effect, i64)],
        i64,
        ClockState,
        Option<i64>,
        Option<i64>,
    );
    let table: &[Case] = &[
        (&[], 5, S::NotStarted, None, None),
        (&[(E::Start, 0)], 23, S::Running, Some(24), Some(1)),
        (&[(E::Start, 0)], 24, S::Running, Some(24), Some(0)),
        (&[(E::Start, 0)], 25, S::Overdue, Some(24), Some(-1)),
        (&[(E::Start, 0), (E::Stop, 24)], 99, S::Met, Some(24), None),
        (
            &[(E::Start, 0), (E::Stop, 25)],
            99,
            S::Missed,
            Some(24),
            None,
        ),
        (
            &[(E::Start, 0), (E::Pause, 10)],
            40,
            S::Paused,
            Some(54),
            Some(14),
        ),
        (
            &[(E::Start, 0), (E::Pause, 10), (E::Resume, 40)],
            41,
            S::Running,
            Some(54),
            Some(13),
        ),
        (
            &[(E::Start, 0), (E::Pause, 10), (E::Resume, 40)],
            55,
            S::Overdue,
            Some(54),
            Some(-1),
        ),
        // A pause at the very instant it is due still holds it; a later one does not.
        (
            &[(E::Start, 0), (E::Pause, 24)],
            40,
            S::Paused,
            Some(40),
            Some(0),
        ),
        (
            &[(E::Start, 0), (E::Pause, 25)],
            40,
            S::Overdue,
            Some(24),
            Some(-16),
        ),
        (
            &[(E::Start, 0), (E::Pause, 25), (E::Stop, 30)],
            40,
            S::Missed,
            Some(24),
            None,
        ),
        (
            &[
                (E::Start, 0),
                (E::Pause, 4),
                (E::Resume, 5),
                (E::Pause, 6),
                (E::Resume, 9),
            ],
            10,
            S::Running,
            Some(28),
            Some(18),
        ),
        (
            &[(E::Start, 0), (E::Cancel, 3)],
            99,
            S::Cancelled,
            Some(24),
            None,
        ),
        (
            &[(E::Start, 0), (E::Cancel, 30)],
            99,
            S::Missed,
            Some(24),
            None,
        ),
        (
            &[(E::Start, 0), (E::Pause, 3), (E::Cancel, 50)],
            99,
            S::Cancelled,
            Some(71),
            None,
        ),
        (
            &[(E::Start, 0), (E::Stop, 3), (E::Start, 50)],
            60,
            S::Running,
            Some(74),
            Some(14),
        ),
        (
            &[(E::Start, 0), (E::Stop, 3), (E::Reset, 50)],
            60,
            S::NotStarted,
            None,
            None,
        ),
        (
            &[(E::Stop, 3), (E::Pause, 4), (E::Cancel, 5)],
            60,
            S::NotStarted,
            None,
            None,
        ),
    ];
    for (effects, hour, state, due, remaining) in table {
        let reading = watch(effects).reading(24 * HOUR, at(*hour));
        let found = (reading.state, reading.due_at, reading.remaining_micros);
        let expected = (*state, due.map(at), remaining.map(|hours| hours * HOUR));
        assert_eq!(found, expected, "{effects:?} at {hour}");
    }
}
