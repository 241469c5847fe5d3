//! Long walks through the machine.

use super::{HOUR, complaint, event, moves};
use crate::engine::complaint::clock::{Clock, ClockState};
use crate::engine::complaint::clock_policy::CLOCKS;
use crate::engine::complaint::machine::{ComplaintView, Refusal, fold};
use crate::engine::complaint::rules::{legal, rule_of};
use crate::engine::complaint::transition::{Event, Move, MoveKind};
use crate::engine::complaint::{Complaint, State};

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
