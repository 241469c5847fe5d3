//! Coverage and width of satisfaction intervals by simulation, and the speed of folding responses.
//!
//! `cargo bench --bench satisfaction`
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a measuring program"
)]

#[path = "../tests/satisfaction_coverage/simulation.rs"]
mod simulation;

use std::hint::black_box;
use std::time::Instant;

use customer_value::engine::satisfaction::fold::GroupFold;
use customer_value::engine::satisfaction::response::{Answer, Period, Response};
use simulation::{Index, MARKS, REPETITIONS, SIZES, Setting, WEIGHTS};

/// Surveys drawn in each setting; a coverage of 95 % then has a standard error of 0.3 %.
const SURVEYS: u32 = 4_000;

/// Responses folded.
const RESPONSES: usize = 1_000_000;

fn main() {
    println!("coverage of nominal 95 %, in per cent, least of the nine combinations of weights");
    println!("(equal, lognormal .5 and 1) and answers (one a customer; four with ICC .5: as many");
    println!("answers, as many customers); width against the naive interval in the first of them");
    println!();
    println!(
        "| index | marks | n | least | naive least | one answer, equal weights | width / naive |"
    );
    println!("|---|---|---|---|---|---|---|");
    for index in Index::ALL {
        for marks in MARKS {
            for size in SIZES {
                row(index, marks, size);
            }
        }
    }
    differences();
    for index in [Index::Rate, Index::NetPromoter, Index::Tree] {
        speed(index);
    }
}

fn settings(index: Index, marks: simulation::Marks, size: usize) -> Vec<Setting> {
    let mut settings = Vec::new();
    for repetition in REPETITIONS {
        for weights in WEIGHTS {
            settings.push(Setting {
                index,
                marks,
                size,
                weights,
                repetition,
            });
        }
    }
    settings
}

fn row(index: Index, marks: simulation::Marks, size: usize) {
    let outcomes: Vec<_> = settings(index, marks, size)
        .iter()
        .zip(1..)
        .map(|(setting, seed)| setting.run(SURVEYS, seed))
        .collect();
    let least = |coverage: fn(&simulation::Outcome) -> f64| {
        outcomes.iter().map(coverage).fold(1.0, f64::min) * 100.0
    };
    println!(
        "| {index:?} | {} | {size} | {:.1} | {:.1} | {:.1} | {:.2} |",
        marks.name,
        least(simulation::Outcome::coverage),
        least(simulation::Outcome::coverage_naive),
        outcomes[0].coverage() * 100.0,
        outcomes[0].width / outcomes[0].width_naive,
    );
}

fn differences() {
    println!();
    println!("differences of two surveys of one population, least coverage over all settings");
    for index in Index::ALL {
        for are_shared in [false, true] {
            let mut least = (1.0, String::new());
            for marks in MARKS {
                for size in SIZES {
                    for (setting, seed) in settings(index, marks, size).iter().zip(1..) {
                        let outcome = setting.run_difference(are_shared, SURVEYS / 2, seed);
                        if outcome.coverage() < least.0 {
                            least = (outcome.coverage(), format!("{setting:?}"));
                        }
                    }
                }
            }
            let (coverage, setting) = (least.0 * 100.0, least.1);
            println!("{index:?}, customers shared {are_shared}: {coverage:.1} ({setting})");
        }
    }
}

/// Folds single responses of as many customers.
fn speed(index: Index) {
    let scoring = index.scoring();
    let answers: Vec<Answer> = (0..scoring.leaves.len())
        .map(|item| Answer {
            item: u16::try_from(item).expect("place"),
            value_thousandths: 4_000,
        })
        .collect();
    let started = Instant::now();
    let mut fold = GroupFold::new(&scoring);
    for _ in 0..RESPONSES {
        let response = Response {
            period: Period::Asked,
            weight_millionths: 1_000_000,
            answers: black_box(&answers),
        };
        fold.customer(&scoring, &[response]).expect("sums");
    }
    let seconds = started.elapsed().as_secs_f64();
    let responses = fold.period(Period::Asked).responses;
    println!("{index:?}: {responses} responses folded in {seconds:.3} s on one core");
}
