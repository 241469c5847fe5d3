//! Which snapshot is the newest.

use super::*;
use crate::store::snapshot::SnapshotBasis;

const fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn snapshot(number: i32, as_of: i64, recorded_at: i64) -> StoredSnapshot {
    StoredSnapshot {
        number,
        take_id: number.to_string(),
        basis: SnapshotBasis {
            as_of: instant(as_of),
            known_at: instant(recorded_at),
            policy_version: "builtin/2".to_owned(),
            model_versions: Vec::new(),
            engine_version: "1".to_owned(),
        },
        customers: 1,
        recorded_at: instant(recorded_at),
    }
}

#[test]
fn the_newest_snapshot_is_of_the_latest_instant_that_was_known() {
    let definitions = Definitions {
        stored: StoredDefinitions {
            snapshots: vec![
                snapshot(1, 100, 110),
                snapshot(2, 300, 310),
                // Of the past, and taken later.
                snapshot(3, 200, 400),
                snapshot(4, 300, 500),
            ],
            ..StoredDefinitions::default()
        },
        ..Definitions::default()
    };
    for (as_of, known_at, name) in [
        (99, 999, None),
        (100, 109, None),
        (100, 110, Some("snapshot/1")),
        (250, 399, Some("snapshot/1")),
        (250, 400, Some("snapshot/3")),
        (300, 309, Some("snapshot/1")),
        (300, 310, Some("snapshot/2")),
        (300, 499, Some("snapshot/2")),
        (300, 500, Some("snapshot/4")),
        (999, 999, Some("snapshot/4")),
    ] {
        let found = definitions.stored_snapshot_newest(instant(as_of), instant(known_at));
        let found = found.map(|(snapshot, newest)| {
            assert_eq!(newest.recorded_at, snapshot.recorded_at);
            assert_eq!(newest.name, snapshot.name());
            newest.name
        });
        assert_eq!(found.as_deref(), name, "as of {as_of} known at {known_at}");
    }
}
