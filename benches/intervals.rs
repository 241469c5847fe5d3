//! Coverage of intervals over refitted populations, nominal 90 %.
//!
//! `cargo bench --bench intervals [-- POPULATIONS CUSTOMERS]`, 2,000 populations of 1,000 customers
//! for each family unless told otherwise. Seeded: the same numbers on every run.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program with small counts"
)]

#[path = "../tests/intervals/coverage.rs"]
mod coverage;
#[path = "../tests/intervals/population.rs"]
mod population;

use std::collections::BTreeSet;
use std::time::Instant;

use customer_value::engine::fit::Prior;

use coverage::{Coverage, Estimand, Scope, simulate};
use population::{CDNOW_SPEND, Leaving, Truth};

/// Families with parameters near those of the CDNOW customers, in weeks.
const FAMILIES: [(&str, Leaving, [f64; 4]); 3] = [
    ("BG/NBD", Leaving::AfterRepeat, [0.25, 4.5, 0.8, 2.5]),
    ("MBG/NBD", Leaving::AfterAny, [0.52, 6.2, 0.9, 1.6]),
    ("Pareto/NBD", Leaving::AnyTime, [0.55, 10.6, 0.6, 11.7]),
];
/// Every family's populations come from this one.
const SEED: u64 = 1;

const COLUMNS: [(Estimand, &str); 7] = [
    (Estimand::ProbabilityAlive, "P(alive)"),
    (Estimand::ExpectedPurchases, "E purchases"),
    (Estimand::ExpectedValue, "E value"),
    (Estimand::ActualPurchases, "count"),
    (Estimand::ActualPurchasesTransform, "count PIT"),
    (Estimand::ActualValue, "value"),
    (Estimand::ActualValueTransform, "value PIT"),
];

fn main() {
    let numbers: Vec<u32> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let populations = numbers.first().copied().unwrap_or(2_000);
    let customers = numbers.get(1).copied().unwrap_or(1_000);
    for (name, leaving, purchases) in FAMILIES {
        let truth = Truth {
            leaving,
            purchases,
            spend: CDNOW_SPEND,
            customers,
            ages: [26.0, 52.0],
            horizon: 39.0,
            discount_rate: 0.0018,
        };
        let started = Instant::now();
        let coverage = simulate(&truth, populations, SEED, Prior::Weak);
        println!(
            "{name} + Gamma-Gamma, {populations} populations of {customers}, 26 to 52 weeks old, 39 ahead, \
             refused {}{}, {:.0} s",
            coverage.refused,
            coverage
                .reason
                .as_ref()
                .map_or(String::new(), |reason| format!(" ({reason})")),
            started.elapsed().as_secs_f64(),
        );
        print(&coverage);
    }
}

/// Percentage of intervals that cover, with its standard error.
fn print(coverage: &Coverage) {
    let head: String = COLUMNS.map(|(_, title)| format!("{title:>15}")).concat();
    println!("{:24}{head}", "nominal 90 %");
    let scopes: BTreeSet<Scope> = coverage.tallies.keys().map(|(_, scope)| *scope).collect();
    for scope in scopes {
        let cells = COLUMNS.map(|(estimand, _)| {
            let cell = coverage
                .tallies
                .get(&(estimand, scope))
                .map(|tally| format!("{:.2} ± {:.2}", tally.percent(), tally.error()));
            format!("{:>15}", cell.unwrap_or_default())
        });
        println!("{:24}{}", label(scope), cells.concat());
    }
    println!();
}

fn label(scope: Scope) -> String {
    match scope {
        Scope::Customer => "a customer".to_owned(),
        Scope::CustomerOf(class) => format!("a customer of {class}"),
        Scope::SumOf(class) => format!("sum over {class}"),
        Scope::SumFirst(size) => format!("sum over {size}"),
        Scope::SumOfAll => "sum over all".to_owned(),
    }
}
