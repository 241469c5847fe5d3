//! Draws the plots of `docs/models/` from what the engine answers.
//!
//! ```sh
//! cargo run --release --example plots              # into docs/models
//! cargo run --release --example plots -- FOLDER
//! ```
//!
//! The same engine gives the same bytes, and the test in this file compares them with the committed
//! plots. In reading order:
//!
//! - `cohort`: the CDNOW customers, their histories and the four fits;
//! - `frame`: what all charts look like;
//! - `tracking`: repeat purchases by week, foretold and come;
//! - `calibration`: purchases of the hold-out by what was known of a customer;
//! - `alive`: the probability of being alive by frequency and recency;
//! - `retention`, `spend`: contracts that are renewed, and what is spent.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that draws small numbers, and says what it could not do by ending"
)]

mod alive;
mod calibration;
mod cohort;
mod frame;
mod retention;
mod spend;
mod tracking;

use std::path::PathBuf;

/// All plots: names of files and what they hold.
fn plots() -> Vec<(&'static str, String)> {
    let cohort = cohort::Cohort::read();
    let fits = cohort::Fits::of(&cohort);
    vec![
        ("tracking-weekly.svg", tracking::weekly(&cohort, &fits)),
        (
            "tracking-cumulative.svg",
            tracking::cumulative(&cohort, &fits),
        ),
        ("calibration.svg", calibration::by_frequency(&cohort, &fits)),
        ("alive-bg-nbd.svg", alive::contour("BG/NBD", &fits.bg_nbd)),
        (
            "alive-mbg-nbd.svg",
            alive::contour("MBG/NBD", &fits.mbg_nbd),
        ),
        (
            "alive-pareto-nbd.svg",
            alive::contour("Pareto/NBD", &fits.pareto_nbd),
        ),
        ("alive-bg-bb.svg", alive::of_donors()),
        ("retention-sbg.svg", retention::of_contracts()),
        ("spend-gamma-gamma.svg", spend::densities(&cohort)),
    ]
}

fn folder() -> PathBuf {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    given.unwrap_or_else(|| {
        [env!("CARGO_MANIFEST_DIR"), "docs", "models"]
            .iter()
            .collect()
    })
}

fn main() {
    let folder = folder();
    for (name, svg) in plots() {
        let path = folder.join(name);
        std::fs::write(&path, svg).expect("the folder can be written");
        println!("{}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_plots_are_what_the_engine_draws() {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "docs", "models"]
            .iter()
            .collect();
        for (name, svg) in plots() {
            let committed = std::fs::read_to_string(folder.join(name)).expect("a committed plot");
            assert!(
                committed == svg,
                "{name} is not what the engine draws: cargo run --example plots"
            );
        }
    }
}
