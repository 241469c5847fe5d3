//! How a move that a complaint cannot make reaches a caller.

use tonic::Code;

use super::{Answer, answer};
use crate::engine::complaint::machine::Refusal;
use crate::engine::complaint::transition::MoveKind;
use crate::grpc::complaint::values::complaint_state;

/// A move that a complaint cannot make, with those it can.
pub(super) fn answer_to(refusal: &Refusal) -> Answer {
    let calls: Vec<&str> = refusal.legal().into_iter().map(MoveKind::call).collect();
    let legal = match calls.as_slice() {
        [] => "none".to_owned(),
        calls => calls.join(", "),
    };
    let (state, call) = match refusal {
        Refusal::Illegal { state, kind } | Refusal::Guarded { state, kind, .. } => {
            (*state, kind.call())
        }
    };
    let answer = match refusal {
        Refusal::Illegal { .. } => answer(
            Code::FailedPrecondition,
            "ILLEGAL_TRANSITION",
            format!(
                "{call} is not legal in state {}; legal there: {legal}",
                state.name()
            ),
        ),
        Refusal::Guarded { guard, .. } => answer(
            Code::FailedPrecondition,
            "GUARD_NOT_MET",
            format!("{call}: {}", guard.advice()),
        )
        .with("guard", guard.name()),
    };
    answer
        .with("state", complaint_state(state).as_str_name())
        .with("transition", call)
        .with("legal", calls.join(","))
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::app::error::AppError;
    use crate::engine::complaint::State;
    use crate::engine::complaint::guard::Guard;

    #[test]
    fn refusals_say_what_is_legal_and_what_is_missing() {
        let (state, kind) = (State::FollowedUp, MoveKind::Close);
        let guard = Guard::Accepted;
        let open =
            "CloseComplaint,ReopenComplaint,WithdrawComplaint,OfferComplaint,AcceptComplaint";
        for (refusal, reason, guard, legal, message) in [
            (
                Refusal::Guarded { state, kind, guard },
                "GUARD_NOT_MET",
                Some("accepted"),
                open,
                "CloseComplaint: the customer did not accept what came of it",
            ),
            (
                Refusal::Illegal {
                    state: State::Closed,
                    kind,
                },
                "ILLEGAL_TRANSITION",
                None,
                "",
                "CloseComplaint is not legal in state Closed; legal there: none",
            ),
        ] {
            let status = Status::from(AppError::from(refusal));
            assert_eq!(status.code(), Code::FailedPrecondition);
            assert!(status.message().starts_with(message), "{status}");
            let details = status.get_error_details();
            let info = details.error_info().expect("info");
            assert_eq!(info.reason, reason);
            assert_eq!(info.metadata.get("guard").map(String::as_str), guard);
            assert_eq!(info.metadata["legal"], legal);
            assert_eq!(info.metadata["transition"], "CloseComplaint");
        }
    }
}
