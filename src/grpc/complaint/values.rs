//! Enums of complaints: the contract's numbers are the engine's places from 1 on.

use crate::engine::complaint::State;
use crate::grpc::pb::customervalue::v1 as pb;

/// A state.
#[must_use]
pub const fn complaint_state(state: State) -> pb::ComplaintState {
    match state {
        State::Received => pb::ComplaintState::Received,
        State::Acknowledged => pb::ComplaintState::Acknowledged,
        State::Valid => pb::ComplaintState::Valid,
        State::Invalid => pb::ComplaintState::Invalid,
        State::InHandling => pb::ComplaintState::InHandling,
        State::WaitingCustomer => pb::ComplaintState::WaitingCustomer,
        State::WaitingPartner => pb::ComplaintState::WaitingPartner,
        State::Resolved => pb::ComplaintState::Resolved,
        State::Explained => pb::ComplaintState::Explained,
        State::FollowedUp => pb::ComplaintState::FollowedUp,
        State::Closed => pb::ComplaintState::Closed,
        State::Reopened => pb::ComplaintState::Reopened,
        State::Withdrawn => pb::ComplaintState::Withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::complaint::clock::ClockState;
    use crate::engine::complaint::transition::{ActionPlace, MoveKind, WaitingFor};
    use crate::engine::complaint::{ComplaintKind, Severity, WantedRemedy};
    use crate::grpc::write::choice;

    /// The name of a value without its enum's prefix and without underscores.
    fn plain(name: &str, prefix: &str) -> String {
        let rest = name.strip_prefix(prefix).unwrap_or(name);
        rest.replace('_', "").to_lowercase()
    }

    macro_rules! assert_same {
        ($all:expr, $message:ident, $prefix:literal) => {
            for (place, value) in $all.into_iter().enumerate() {
                let number = choice(place);
                let sent = pb::$message::try_from(number).map(|sent| sent.as_str_name());
                let sent = plain(sent.unwrap_or_default(), $prefix);
                assert_eq!(sent, format!("{value:?}").to_lowercase());
            }
            let beyond = choice($all.len());
            assert!(pb::$message::try_from(beyond).is_err(), "{}", $prefix);
        };
    }

    #[test]
    fn the_contracts_numbers_are_the_engines_places() {
        assert_same!(State::ALL, ComplaintState, "COMPLAINT_STATE_");
        assert_same!(ComplaintKind::ALL, ComplaintKind, "COMPLAINT_KIND_");
        assert_same!(Severity::ALL, ComplaintSeverity, "COMPLAINT_SEVERITY_");
        assert_same!(WantedRemedy::ALL, WantedRemedy, "WANTED_REMEDY_");
        assert_same!(
            WaitingFor::ALL,
            ComplaintWaitingFor,
            "COMPLAINT_WAITING_FOR_"
        );
        assert_same!(
            ActionPlace::ALL,
            CorrectiveActionPlace,
            "CORRECTIVE_ACTION_PLACE_"
        );
        assert_same!(
            MoveKind::ALL,
            ComplaintTransitionKind,
            "COMPLAINT_TRANSITION_KIND_"
        );
        assert_same!(
            ClockState::ALL,
            ComplaintClockState,
            "COMPLAINT_CLOCK_STATE_"
        );
        for (place, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(i32::from(complaint_state(state)), choice(place));
        }
    }
}
