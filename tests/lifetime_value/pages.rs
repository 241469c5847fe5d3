//! The figures in `docs/models/` are what the engine gives.

use crate::fits::{
    cdnow_fit, cdnow_mbg_fit, cdnow_pareto_fit, cdnow_spend_fit, contracts, donations_fit,
};
use crate::holdout::assessments;
use crate::support::cdnow_purchases;
use customer_value::engine::evaluation::{Assessment, Candidate};
use customer_value::engine::fit::{Fit, Prior, fit_nbd, fit_sbg};
use std::path::PathBuf;

fn page(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "docs", "models", name]
        .iter()
        .collect();
    std::fs::read_to_string(path).unwrap()
}

/// Every line stands on the page; all that do not are told together.
#[track_caller]
fn check(name: &str, lines: &[String]) {
    let page = page(name);
    let missing = lines.iter().filter(|line| !page.contains(*line));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    assert!(missing.is_empty(), "{name} lacks\n{}", missing.join("\n"));
}

/// A number with a comma between thousands.
fn grouped(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let whole = text
        .split_once('.')
        .map_or(text.len(), |(whole, _)| whole.len());
    let sign = if number < 0.0 { "-" } else { "" };
    let digits = text.chars().enumerate().map(|(place, digit)| {
        let is_thousand = 0 < place && place < whole && (whole - place).is_multiple_of(3);
        format!("{}{digit}", if is_thousand { "," } else { "" })
    });
    format!("{sign}{}", digits.collect::<String>())
}

/// Rows of parameters, and the log-likelihood.
fn fitted<M, const N: usize>(fit: &Fit<M, N>, names: [[&str; 2]; N]) -> Vec<String> {
    let rows = names.iter().zip(fit.parameters).zip(fit.standard_errors);
    let mut lines: Vec<String> = rows
        .map(|(([name, symbol], value), error)| {
            format!("| `{name}` | {symbol} | {value:.6} | {error:.5} |")
        })
        .collect();
    lines.push(format!("log-likelihood {}", grouped(fit.log_likelihood, 5)));
    lines
}

#[test]
fn fits_on_the_pages_are_the_engines() {
    let nbd = fit_nbd(&cdnow_purchases(), Prior::None).unwrap();
    check("nbd.md", &fitted(&nbd, [["r", "r"], ["alpha", "α"]]));
    let beta_geometric = [["r", "r"], ["alpha", "α"], ["a", "a"], ["b", "b"]];
    check("bg-nbd.md", &fitted(&cdnow_fit(), beta_geometric));
    check("mbg-nbd.md", &fitted(&cdnow_mbg_fit(), beta_geometric));
    let pareto = [["r", "r"], ["alpha", "α"], ["s", "s"], ["beta", "β"]];
    check("pareto-nbd.md", &fitted(&cdnow_pareto_fit(), pareto));
    let discrete = [
        ["alpha", "α"],
        ["beta", "β"],
        ["gamma", "γ"],
        ["delta", "δ"],
    ];
    check("bg-bb.md", &fitted(&donations_fit(), discrete));
    let spend = [["p", "p"], ["q", "q"], ["gamma", "γ"]];
    check("gamma-gamma.md", &fitted(&cdnow_spend_fit(), spend));
    for survivors in [
        [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0],
        [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0],
    ] {
        let fit = fit_sbg(&contracts(survivors), Prior::None).unwrap();
        check("sbg.md", &fitted(&fit, [["alpha", "α"], ["beta", "β"]]));
    }
}

fn name(candidate: Candidate) -> &'static str {
    match candidate {
        Candidate::SameRate => "same rate as before",
        Candidate::Nbd => "NBD",
        Candidate::BgNbd => "BG/NBD",
        Candidate::MbgNbd => "MBG/NBD",
        Candidate::ParetoNbd => "Pareto/NBD",
    }
}

/// The row of a candidate in the table of the hold-out, and in that of likelihoods.
fn rows((candidate, found): &(Candidate, Assessment)) -> Vec<String> {
    let (name, accuracy) = (name(*candidate), &found.accuracy);
    let mut lines = vec![format!(
        "| {name} | {} | {:+.1} % | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} |",
        grouped(accuracy.predicted, 1),
        100.0 * accuracy.bias.unwrap(),
        accuracy.mean_absolute_error,
        accuracy.root_mean_squared_error,
        accuracy.mean_squared_log_error,
        found.ranking.pearson.unwrap(),
        found.ranking.spearman.unwrap(),
    )];
    if let Some(likelihood) = &found.likelihood {
        let criteria = likelihood.criteria.unwrap();
        lines.push(format!(
            "| {name} | {} | {} | {} | {} |",
            likelihood.parameters.len(),
            grouped(likelihood.log_likelihood, 3),
            grouped(criteria.akaike, 2),
            grouped(criteria.bayesian, 2),
        ));
    }
    lines
}

/// Purchases foretold and come of each class of frequency.
fn classes(found: &[(Candidate, Assessment)]) -> Vec<String> {
    let of = |candidate: Candidate| {
        let found = found.iter().find(|(other, _)| *other == candidate);
        &found.unwrap().1.accuracy.classes
    };
    let actual = of(Candidate::ParetoNbd);
    let row = |place: usize| {
        let class = &actual[place];
        let plus = if place + 1 == actual.len() { "+" } else { "" };
        let foretold = [
            Candidate::ParetoNbd,
            Candidate::BgNbd,
            Candidate::MbgNbd,
            Candidate::Nbd,
        ];
        let foretold = foretold.map(|candidate| grouped(of(candidate)[place].predicted, 1));
        format!(
            "| {}{plus} | {} | {} | {} |",
            class.frequency,
            grouped(class.customers, 0),
            grouped(class.actual, 0),
            foretold.join(" | ")
        )
    };
    (0..actual.len()).map(row).collect()
}

#[test]
fn the_comparison_is_what_the_engine_measures() {
    let found = assessments();
    let mut lines: Vec<String> = found.iter().flat_map(rows).collect();
    lines.extend(classes(&found));
    check("comparison.md", &lines);
}
