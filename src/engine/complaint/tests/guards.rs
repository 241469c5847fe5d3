//! Each guard refuses what it is for.

use super::{complaint, event, moves, views};
use crate::engine::complaint::guard::{Guard, ROUNDS_UNTIL};
use crate::engine::complaint::machine::Refusal;
use crate::engine::complaint::transition::Move;
use crate::engine::complaint::{Severity, State};

#[test]
fn guards_refuse_what_they_are_for_and_say_what_to_do() {
    let views = views();
    let mut bare = complaint();
    bare.concerns = None;
    let assess = |assessor: &str, severity, category: Option<&str>| Move::Assess {
        is_valid: true,
        assessor: assessor.into(),
        severity,
        category: category.map(str::to_owned),
    };
    let close = |root_cause: Option<&str>| Move::Close {
        root_cause: root_cause.map(str::to_owned),
        corrective_action: None,
    };
    let reopen = Move::Reopen {
        reason: "again".into(),
    };
    let follow_up = |is_accepted, satisfied| Move::FollowUp {
        is_accepted,
        satisfied,
    };
    let high = Some(Severity::High);
    // State, moves made before, the actor and move that is refused, the guard.
    type Case = (State, Vec<Move>, &'static str, Move, Guard);
    let cases: Vec<Case> = vec![
        (
            State::Acknowledged,
            vec![],
            "concerned",
            assess("x", high, Some("d")),
            Guard::NotConcerned,
        ),
        (
            State::Acknowledged,
            vec![],
            "x",
            assess("concerned", high, Some("d")),
            Guard::NotConcerned,
        ),
        (
            State::Acknowledged,
            vec![],
            "x",
            assess("x", None, Some("d")),
            Guard::Severity,
        ),
        (
            State::Acknowledged,
            vec![],
            "x",
            assess("x", high, None),
            Guard::Category,
        ),
        (
            State::InHandling,
            vec![Move::Return],
            "x",
            Move::Return,
            Guard::Dispatched,
        ),
        (
            State::Resolved,
            vec![follow_up(false, 5)],
            "x",
            close(Some("r")),
            Guard::Accepted,
        ),
        (
            State::Resolved,
            vec![follow_up(true, 5)],
            "x",
            close(None),
            Guard::Cause,
        ),
        (
            State::Resolved,
            vec![follow_up(true, 5)],
            "x",
            close(Some("r")),
            Guard::CorrectiveAction,
        ),
        (
            State::Resolved,
            vec![follow_up(true, 3)],
            "x",
            reopen.clone(),
            Guard::Unsatisfied,
        ),
        (
            State::Received,
            vec![],
            "x",
            Move::Offer {
                new_owner: "first".into(),
            },
            Guard::AnotherOwner,
        ),
        (
            State::Received,
            vec![Move::Accept],
            "next",
            Move::Accept,
            Guard::Offered,
        ),
        (
            State::Received,
            vec![],
            "x",
            Move::Accept,
            Guard::OfferedToActor,
        ),
    ];
    for (state, before, actor, transition, guard) in cases {
        let mut view = views[&state].clone();
        for made in before {
            view.make(&complaint(), &event(50, "next", made))
                .expect("legal");
        }
        let shown = format!("{transition:?} in {state:?}");
        let kind = transition.kind();
        let unchanged = view.clone();
        let refusal = view
            .make(&complaint(), &event(50, actor, transition.clone()))
            .expect_err(&shown);
        let state = unchanged.state;
        assert_eq!(refusal, Refusal::Guarded { state, kind, guard }, "{shown}");
        assert_eq!(view, unchanged, "{shown}");
        assert!(refusal.to_string().len() > 20, "{refusal}");
    }
    // Reopened as invalid: to be assessed again before somebody works on it.
    let mut view = views[&State::Explained].clone();
    for made in [follow_up(false, 1), Move::Reopen { reason: "x".into() }] {
        view.make(&bare, &event(60, "x", made)).expect("legal");
    }
    let dispatch = Move::Dispatch {
        handler: "h".into(),
    };
    let refusal = view
        .make(&bare, &event(60, "x", dispatch))
        .expect_err("guarded");
    assert!(matches!(
        refusal,
        Refusal::Guarded {
            guard: Guard::AssessedValid,
            ..
        }
    ));
    // A history without end can still be brought to its end.
    let mut long = views[&State::Valid].clone();
    let dispatch = Move::Dispatch {
        handler: "h".into(),
    };
    while long.transitions < ROUNDS_UNTIL {
        long.make(&bare, &event(60, "x", dispatch.clone()))
            .expect("legal");
    }
    let refusal = long
        .make(&bare, &event(60, "x", dispatch))
        .expect_err("guarded");
    assert!(matches!(
        refusal,
        Refusal::Guarded {
            guard: Guard::Room,
            ..
        }
    ));
    for made in moves() {
        if [8, 10, 11]
            .map(|place| moves()[place].kind())
            .contains(&made.kind())
        {
            long.make(&bare, &event(60, "x", made)).expect("forward");
        }
    }
    assert_eq!(long.state, State::Closed);
    // Nothing happens before what happened last.
    let early = view.make(&bare, &event(59, "x", assess("x", None, None)));
    assert!(matches!(
        early,
        Err(Refusal::Guarded {
            guard: Guard::InOrder,
            ..
        })
    ));
}
