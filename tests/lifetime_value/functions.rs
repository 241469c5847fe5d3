//! Every function of every family over its legal domain, against values computed with 50 digits.

use crate::support::FUNCTION_TOLERANCE;
use customer_value::engine::bg_bb::BgBb;
use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::nbd::Nbd;
use customer_value::engine::parameter::ParameterError;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::sbg::Sbg;
use customer_value::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, SpendStatistics, StatisticsError,
};
use std::collections::BTreeMap;

const VALUES: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/lifetime-value.csv"
));

/// A row of the file: a family with its parameters, a history, and the values by name.
struct Row {
    text: &'static str,
    family: &'static str,
    parameters: Vec<f64>,
    fields: BTreeMap<&'static str, f64>,
}

fn rows() -> Vec<Row> {
    let mut lines = VALUES.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|text| {
            let cells = text.split(',').collect::<Vec<_>>();
            let number = |cell: &&str| cell.replace("+inf", "inf").parse::<f64>().ok();
            Row {
                text,
                family: cells[0],
                parameters: cells[1..5].iter().filter_map(number).collect(),
                fields: (names.iter().copied().zip(&cells).skip(5))
                    .filter_map(|(name, cell)| Some((name, number(cell)?)))
                    .collect(),
            }
        })
        .collect()
}

/// Largest error of each function of each family.
#[derive(Default)]
struct Worst(BTreeMap<(&'static str, &'static str), f64>);

impl Worst {
    /// Compares relatively, or absolutely where the value is a logarithm near 0.
    fn compare(&mut self, row: &Row, name: &'static str, actual: f64) {
        let expected = row.fields[name];
        let is_logarithm = name.starts_with("log");
        let scale = if is_logarithm {
            expected.abs().max(1.0)
        } else {
            expected.abs()
        };
        let error = if actual == expected {
            0.0
        } else {
            (actual - expected).abs() / scale
        };
        assert!(
            error <= FUNCTION_TOLERANCE,
            "{name}: {actual} against {expected}, {error:e}, {}",
            row.text
        );
        let worst = self.0.entry((row.family, name)).or_default();
        *worst = worst.max(error);
    }
}

fn compare<M: PurchaseModel>(
    worst: &mut Worst,
    row: &Row,
    model: Result<M, ParameterError>,
    history: impl Fn(f64, f64, f64) -> Result<M::Statistics, StatisticsError>,
) {
    let field = |name: &str| row.fields[name];
    let model = model.unwrap();
    let (horizon, rate) = (field("horizon"), field("rate"));
    let history = history(field("frequency"), field("recency"), field("age")).unwrap();
    worst.compare(row, "log_likelihood", model.log_likelihood(&history));
    let alive = model.probability_alive(&history);
    let is_known_to_have_left = alive == 0.0 && model.log_odds_left(&history) == f64::INFINITY;
    if !is_known_to_have_left {
        let log_alive = model.log_probability_alive(&history);
        worst.compare(row, "log_alive", log_alive);
    }
    if 1e-300 < alive {
        let log_alive = model.log_probability_alive(&history);
        assert!((alive.ln() - log_alive).abs() < FUNCTION_TOLERANCE);
        let expected = model.expected_purchases(&history, horizon).unwrap();
        worst.compare(row, "expected", expected / alive);
        let discounted = model.discounted_expected_purchases(&history, horizon, rate);
        worst.compare(row, "discounted", discounted.unwrap() / alive);
        let residual = model.residual_purchases(&history, rate).unwrap();
        worst.compare(row, "residual", residual / alive);
    } else {
        assert!(0.0 <= model.expected_purchases(&history, horizon).unwrap());
        let if_alive = |horizon| model.discounted_purchases_if_alive(&history, horizon, rate);
        worst.compare(row, "expected", model.purchases_if_alive(&history, horizon));
        worst.compare(row, "discounted", if_alive(horizon));
        worst.compare(row, "residual", if_alive(f64::INFINITY));
    }
    let new = model.expected_purchases_new_customer(horizon).unwrap();
    worst.compare(row, "new_customer", new);
}

fn compare_spend(worst: &mut Worst, row: &Row, model: &GammaGamma) {
    let history = SpendStatistics::new(row.fields["frequency"], row.fields["recency"]).unwrap();
    worst.compare(row, "log_likelihood", model.log_likelihood(&history));
    match model.expected_spend(&history) {
        Ok(expected) => worst.compare(row, "expected", expected),
        Err(_) => assert_eq!(row.fields["expected"], f64::INFINITY),
    }
    match model.population_mean() {
        Ok(mean) => worst.compare(row, "new_customer", mean),
        Err(_) => assert_eq!(row.fields["new_customer"], f64::INFINITY),
    }
}

#[test]
fn functions_match_50_digits_over_the_legal_domain() {
    let mut worst = Worst::default();
    let mut count = 0;
    for row in rows() {
        let purchases = PurchaseStatistics::new;
        match (row.family, row.parameters.as_slice()) {
            ("nbd", &[r, alpha]) => {
                compare(&mut worst, &row, Nbd::new(r, alpha), purchases);
            }
            ("bg-nbd", &[r, alpha, a, b]) => {
                compare(&mut worst, &row, BgNbd::new(r, alpha, a, b), purchases);
            }
            ("mbg-nbd", &[r, alpha, a, b]) => {
                compare(&mut worst, &row, MbgNbd::new(r, alpha, a, b), purchases);
            }
            ("pareto-nbd", &[r, alpha, s, beta]) => {
                compare(
                    &mut worst,
                    &row,
                    ParetoNbd::new(r, alpha, s, beta),
                    purchases,
                );
            }
            ("bg-bb", &[alpha, beta, gamma, delta]) => {
                let model = BgBb::new(alpha, beta, gamma, delta);
                compare(&mut worst, &row, model, PeriodStatistics::new);
            }
            ("sbg", &[alpha, beta]) => {
                let model = Sbg::new(alpha, beta);
                compare(&mut worst, &row, model, RenewalStatistics::new);
            }
            ("gamma-gamma", &[p, q, gamma]) => {
                compare_spend(&mut worst, &row, &GammaGamma::new(p, q, gamma).unwrap());
            }
            other => panic!("{other:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 144);
    for ((family, name), error) in &worst.0 {
        println!("{family} {name}: {error:e}");
    }
}
