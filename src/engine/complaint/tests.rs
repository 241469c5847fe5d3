//! The machine against its table, in data and documentation, and long walks through it.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::{Clock, ClockState};
use super::clock_policy::CLOCKS;
use super::machine::{ComplaintView, Guard, ROUNDS_UNTIL, Refusal, fold};
use super::rules::{RECEIPT, RULES, Rule, Target, legal, rule_of};
use super::transition::{ActionPlace, CorrectiveAction, Event, Move, MoveKind, WaitingFor};
use super::{Complaint, ComplaintKind, Severity, State, WantedRemedy};
use crate::engine::time::Instant;

const HOUR: i64 = 3_600_000_000;
const TABLE: &str = include_str!("../../../data/complaint_transitions.csv");
const PAGE: &str = include_str!("../../../docs/complaints.md");

fn complaint() -> Complaint {
    Complaint {
        complaint_id: "c".into(),
        customer_id: "ann".into(),
        occurred_at: Instant::from_micros(0),
        received_at: Instant::from_micros(0),
        is_received_at_told: true,
        channel: "hotline".into(),
        kind: ComplaintKind::Complaint,
        subject: "late".into(),
        description: None,
        wanted_remedies: vec![WantedRemedy::Fix],
        severity: None,
        received_by: "first".into(),
        transaction_id: None,
        product_id: None,
        partner_id: None,
        category: None,
        concerns: Some("concerned".into()),
    }
}

/// One move of each kind and case, with all it could carry.
fn moves() -> Vec<Move> {
    let action = Some(CorrectiveAction::Linked {
        place: ActionPlace::Internal,
        reference: "a".into(),
    });
    let assess = |is_valid| Move::Assess {
        is_valid,
        assessor: "assessor".into(),
        severity: Some(Severity::High),
        category: Some("delivery".into()),
    };
    let pause = |waiting_for| Move::Pause {
        waiting_for,
        reason: "photo".into(),
        resume_due_at: None,
    };
    vec![
        Move::Acknowledge,
        assess(true),
        assess(false),
        Move::Dispatch {
            handler: "handler".into(),
        },
        Move::Return,
        pause(WaitingFor::Customer),
        pause(WaitingFor::Partner),
        Move::Resume,
        Move::Resolve {
            resolution: "sent".into(),
            root_cause: None,
            corrective_action: None,
        },
        Move::Explain {
            explanation: "as agreed".into(),
        },
        Move::FollowUp {
            is_accepted: true,
            satisfied: 2,
        },
        Move::Close {
            root_cause: Some("address".into()),
            corrective_action: action,
        },
        Move::Reopen {
            reason: "again".into(),
        },
        Move::Withdraw {
            reason: "found".into(),
        },
        Move::Offer {
            new_owner: "next".into(),
        },
        Move::Accept,
    ]
}

fn event(hours: i64, actor: &str, transition: Move) -> Event {
    Event {
        event_id: "e".into(),
        actor: actor.into(),
        occurred_at: Instant::from_micros(hours * HOUR),
        is_occurred_at_told: true,
        note: None,
        transition,
    }
}

/// A complaint in each state, made by legal moves an hour apart, whose guards all hold: it was
/// dispatched and offered wherever it could be.
fn views() -> BTreeMap<State, ComplaintView> {
    let kinds = |names: &[usize]| -> Vec<Move> {
        let moves = moves();
        names.iter().map(|place| moves[*place].clone()).collect()
    };
    let offer = 14;
    let paths: [(State, &[usize]); 13] = [
        (State::Received, &[offer]),
        (State::Acknowledged, &[offer, 0]),
        (State::Valid, &[offer, 0, 1]),
        (State::Invalid, &[offer, 0, 2]),
        (State::InHandling, &[offer, 0, 1, 3]),
        (State::WaitingCustomer, &[offer, 0, 1, 3, 5]),
        (State::WaitingPartner, &[offer, 0, 1, 3, 6]),
        (State::Resolved, &[offer, 0, 1, 3, 8]),
        (State::Explained, &[offer, 0, 2, 9]),
        (State::FollowedUp, &[offer, 0, 1, 3, 8, 10]),
        (State::Closed, &[offer, 0, 1, 3, 8, 10, 11]),
        (State::Reopened, &[offer, 0, 1, 3, 8, 10, 12]),
        (State::Withdrawn, &[offer, 13]),
    ];
    paths
        .into_iter()
        .map(|(state, path)| {
            let events: Vec<Event> = (1..)
                .zip(kinds(path))
                .map(|(hours, transition)| event(hours, "first", transition))
                .collect();
            let view = fold(&complaint(), &events).expect("legal");
            assert_eq!(view.state, state);
            (state, view)
        })
        .collect()
}

/// The rules as rows of text.
fn rows_of_rules() -> Vec<Vec<String>> {
    let clocks = |effects: &[(Clock, super::clock::Effect)]| -> String {
        let parts: Vec<String> = effects
            .iter()
            .map(|(clock, effect)| format!("{} {}", clock.name(), effect.name()))
            .collect();
        parts.join("; ")
    };
    let row = |rule: &Rule| {
        let from: Vec<&str> = rule.from.iter().map(|state| state.name()).collect();
        let guards: Vec<&str> = rule.guards.iter().map(|guard| guard.name()).collect();
        vec![
            rule.kind.name().to_owned(),
            rule.case.unwrap_or_default().to_owned(),
            from.join(" "),
            match rule.to {
                Target::To(state) => state.name().to_owned(),
                Target::Same => "same".to_owned(),
            },
            guards.join(" "),
            clocks(rule.clocks),
        ]
    };
    let receipt = ["record", "", "", "Received", "", &clocks(&RECEIPT)];
    let mut rows = vec![receipt.map(str::to_owned).to_vec()];
    rows.extend(RULES.iter().map(row));
    rows
}

/// Rows of a table of the page, by the heading it stands under.
fn page_rows(heading: &str) -> Vec<Vec<String>> {
    PAGE.lines()
        .skip_while(|line| *line != format!("## {heading}"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .skip(2)
        .collect()
}

#[test]
fn data_file_and_documentation_hold_the_rules() {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    let data: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("row").iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(data, rows_of_rules());
    assert_eq!(page_rows("Moves"), rows_of_rules());
    let first = |heading: &str| -> Vec<String> {
        let rows = page_rows(heading);
        rows.into_iter().map(|row| row[0].clone()).collect()
    };
    assert_eq!(first("States"), State::ALL.map(|state| state.name()));
    assert_eq!(first("Guards"), Guard::ALL.map(|guard| guard.name()));
    assert_eq!(first("Clocks"), Clock::ALL.map(|clock| clock.name()));
    let ends: Vec<bool> = page_rows("States")
        .iter()
        .map(|row| row[2] == "yes")
        .collect();
    assert_eq!(ends, State::ALL.map(|state| !state.is_open()));
    let due = page_rows("Clocks").into_iter().map(|row| row[3].clone());
    let due: Vec<String> = due.collect();
    assert_eq!(due, ["24 hours", "24 hours", "7 days"]);
    let hours = Clock::ALL.map(|clock| clock.allowance_micros(&CLOCKS) / HOUR);
    assert_eq!(hours, [24, 24, 7 * 24]);
}

/// What the data file says of a move in a state.
fn told(state: State, transition: &Move) -> Option<Vec<String>> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("row").iter().map(str::to_owned).collect())
        .collect();
    let case = match transition {
        Move::Assess { is_valid: true, .. } => "valid",
        Move::Assess { .. } => "invalid",
        Move::Pause { waiting_for, .. } if *waiting_for == WaitingFor::Customer => "customer",
        Move::Pause { .. } => "partner",
        _ => "",
    };
    rows.into_iter().find(|row| {
        row[0] == transition.kind().name()
            && row[1] == case
            && row[2].split(' ').any(|from| from == state.name())
    })
}

#[test]
fn every_move_in_every_state_is_as_the_data_file_says() {
    for (state, view) in views() {
        for transition in moves() {
            let shown = format!("{transition:?} in {state:?}");
            // The one asked to own it is also who acts, so that every guard can hold.
            let made = event(100, "next", transition.clone());
            let mut after = view.clone();
            let outcome = after.make(&complaint(), &made);
            match told(state, &transition) {
                None => {
                    let refusal = outcome.expect_err(&shown);
                    let kind = transition.kind();
                    assert_eq!(refusal, Refusal::Illegal { state, kind }, "{shown}");
                    let names: BTreeSet<&str> =
                        refusal.legal().into_iter().map(MoveKind::name).collect();
                    let known: BTreeSet<&str> = moves()
                        .iter()
                        .filter(|other| told(state, other).is_some())
                        .map(|other| other.kind().name())
                        .collect();
                    assert_eq!(names, known, "{shown}");
                    assert_eq!(after, view, "{shown}");
                }
                Some(row) => {
                    // What was reopened was found valid before.
                    outcome.expect(&shown);
                    let to = match row[3].as_str() {
                        "same" => state.name(),
                        to => to,
                    };
                    assert_eq!(after.state.name(), to, "{shown}");
                    check_clocks(&row[5], &view, &after, &shown);
                }
            }
        }
    }
}

/// Clocks change as the row says, and no other clock does.
fn check_clocks(effects: &str, before: &ComplaintView, after: &ComplaintView, shown: &str) {
    let as_of = Instant::from_micros(100 * HOUR);
    for clock in Clock::ALL {
        let read = |view: &ComplaintView| view.clock(clock, &CLOCKS, as_of);
        let (was, is) = (read(before), read(after));
        let effect = effects
            .split("; ")
            .find_map(|effect| effect.strip_prefix(clock.name()))
            .map(str::trim);
        let ran = was.started_at.is_some() && was.ended_at.is_none();
        match effect {
            None => assert_eq!(is, was, "{shown}: {clock:?}"),
            Some("starts") => assert_eq!(is.started_at, Some(as_of), "{shown}: {clock:?}"),
            Some("resets") => assert_eq!(is.state, ClockState::NotStarted, "{shown}"),
            Some("stops" | "is cancelled") if ran => {
                assert_eq!(is.ended_at, Some(as_of), "{shown}: {clock:?}");
            }
            Some("pauses") => assert_eq!(is.due_at, was.due_at, "{shown}"),
            Some(_) => assert_eq!(is.ended_at, was.ended_at, "{shown}: {clock:?}"),
        }
    }
}

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

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // Splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below a usize")
    }
}

#[test]
fn walks_of_ten_thousand_steps_never_leave_the_guards() {
    const STEPS: usize = 10_000;
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let mut walk = Walk::new();
        let (mut made, mut ends, mut hours) = (0, 0, 0);
        for _ in 0..STEPS {
            let mut transition = moves().swap_remove(numbers.below(moves().len()));
            if let Move::FollowUp {
                is_accepted,
                satisfied,
            } = &mut transition
            {
                *is_accepted = numbers.below(2) == 0;
                *satisfied = i16::try_from(numbers.below(5) + 1).expect("small");
            }
            // A withdrawal too often would leave the rest of the table untrodden.
            if transition.kind() == MoveKind::Withdraw && numbers.below(20) > 0 {
                continue;
            }
            let actor = ["first", "next", "handler", "concerned"][numbers.below(4)];
            hours += i64::try_from(numbers.below(3)).expect("small") - 1;
            let step = event(hours, actor, transition);
            if walk.step(&step) {
                made += 1;
            }
            hours = hours.max(walk.view.last_at.as_micros() / HOUR);
            if !walk.view.state.is_open() {
                ends += 1;
                walk = Walk::new();
                hours = 0;
            }
        }
        assert!(made > STEPS / 10 && ends > 5, "seed {seed}: {made} {ends}");
    }
}

/// A walk that checks after each step what must always hold.
struct Walk {
    complaint: Complaint,
    view: ComplaintView,
    events: Vec<Event>,
}

impl Walk {
    fn new() -> Self {
        let complaint = complaint();
        Self {
            view: ComplaintView::received(&complaint),
            complaint,
            events: Vec::new(),
        }
    }

    /// Tries a step; answers whether it was made.
    fn step(&mut self, step: &Event) -> bool {
        let before = self.view.clone();
        let is_legal = rule_of(before.state, &step.transition).is_some();
        let kind = step.transition.kind();
        assert!(is_legal || !legal(before.state).contains(&kind));
        match self.view.make(&self.complaint, step) {
            Err(refusal) => {
                assert_eq!(self.view, before);
                assert_eq!(matches!(refusal, Refusal::Illegal { .. }), !is_legal);
                return false;
            }
            Ok(()) => assert!(is_legal, "{kind:?} in {:?}", before.state),
        }
        self.events.push(step.clone());
        let view = &self.view;
        assert!(!view.owner.is_empty());
        assert!(view.last_at >= before.last_at);
        if view.owner != before.owner {
            assert_eq!(kind, MoveKind::Accept);
            assert_eq!(before.offered_to.as_ref(), Some(&view.owner));
            assert_eq!(step.actor, view.owner);
        }
        assert_ne!(view.assessor.as_deref(), Some("concerned"));
        assert!(view.handler.as_ref() != Some(&view.owner));
        if matches!(view.state, State::FollowedUp | State::Closed) {
            assert_eq!(view.handler, None, "it is back with its owner");
        }
        if view.state == State::Closed {
            assert!(view.visit.is_some_and(|visit| visit.is_accepted));
            let is_explained = view.is_valid == Some(false) && view.explanation.is_some();
            let is_cured = view.root_cause.is_some() && view.corrective_action.is_some();
            assert!(is_explained || is_cured);
        }
        assert_eq!(
            view.cycle - before.cycle,
            i32::from(kind == MoveKind::Reopen)
        );
        let resolution = view.clock(Clock::Resolution, &CLOCKS, view.last_at);
        let is_held = resolution.state == ClockState::Paused;
        assert!(!is_held || view.state == State::WaitingCustomer);
        assert_eq!(
            fold(&self.complaint, &self.events).as_ref(),
            Ok(view),
            "the fold of the events is the complaint"
        );
        true
    }
}
