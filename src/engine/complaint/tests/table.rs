//! Every move in every state, as the data file and the documentation say.

use std::collections::BTreeSet;

use super::{HOUR, complaint, event, moves, views};
use crate::engine::complaint::State;
use crate::engine::complaint::clock::{Clock, ClockState, Effect};
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::complaint::guard::Guard;
use crate::engine::complaint::machine::{ComplaintView, Refusal};
use crate::engine::complaint::rules::{RECEIPT, RULES, Rule, Target};
use crate::engine::complaint::transition::{Move, MoveKind, WaitingFor};
use crate::engine::time::Instant;

const TABLE: &str = include_str!("../../../../data/complaint_transitions.csv");
const PAGE: &str = include_str!("../../../../docs/complaints.md");

/// The rules as rows of text.
fn rows_of_rules() -> Vec<Vec<String>> {
    let clocks = |effects: &[(Clock, Effect)]| -> String {
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
    let case = if let Move::Assess { is_valid, .. } = transition {
        if *is_valid { "valid" } else { "invalid" }
    } else if let Move::Pause { waiting_for, .. } = transition {
        match waiting_for {
            WaitingFor::Customer => "customer",
            WaitingFor::Partner => "partner",
        }
    } else {
        ""
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
