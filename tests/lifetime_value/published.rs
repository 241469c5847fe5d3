//! Values that others have published, and edge cases that broke other tools.

use crate::fits::{cdnow_fit, cdnow_mbg_fit, cdnow_pareto_fit, cdnow_spend_fit, donations_fit};
use crate::support::{FORECASTS, FUNCTION_TOLERANCE, cdnow, check, donations, number, oracle};
use customer_value::engine::bg_bb::BgBb;
use customer_value::engine::bg_nbd::{BgNbd, BgNbdScorer};
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::statistics::{PeriodStatistics, PurchaseStatistics, Weighted};
use serde_json::Value;

/// Customers 1, 3 and 1136 of CDNOW with what the reference says of them.
fn three_customers() -> Vec<(PurchaseStatistics, Value)> {
    let customers = cdnow();
    let oracle = oracle();
    let named = oracle["three_customers"]["customers"].as_array().unwrap();
    let history = |id: u64| {
        let mut of_id = customers
            .iter()
            .filter(|customer| u64::from(customer.id) == id);
        of_id.next().unwrap().purchases
    };
    let pair = |named: &Value| (history(named["id"].as_u64().unwrap()), named.clone());
    named.iter().map(pair).collect()
}

#[track_caller]
fn check_three(
    model: &impl PurchaseModel<Statistics = PurchaseStatistics>,
    name: &str,
    residuals: [f64; 3],
) {
    for ((history, named), residual) in three_customers().iter().zip(residuals) {
        let expected = &named[name];
        check(model.log_likelihood(history), number(&expected["ll"]), 1e-6);
        check(
            model.probability_alive(history),
            number(&expected["p_alive"]),
            1e-6,
        );
        let purchases = |horizon| model.expected_purchases(history, horizon).unwrap();
        check(purchases(39.0), number(&expected["expected_39w"]), 1e-6);
        check(purchases(52.0), number(&expected["expected_52w"]), 1e-6);
        let actual = model.residual_purchases(history, 0.0027).unwrap();
        check(actual, residual, 1e-6);
    }
}

#[test]
fn three_customers_are_forecast() {
    // DERT at .0027 a week: no peer gives it for the BG/NBD model.
    let model = cdnow_fit().model;
    check_three(&model, "bgnbd", [5.156_632, 1.014_257, 0.961_514]);
    let residuals = [
        6.482_402_568_652_726,
        0.476_959_550_729_100,
        2.959_688_996_795_568,
    ];
    check_three(&cdnow_pareto_fit().model, "pareto_nbd", residuals);
}

#[test]
fn three_customers_are_forecast_by_mbg_nbd() {
    // Probability of being alive, purchases of 39 weeks and DERT at .0027 a week, to six decimals.
    let expected = [
        [0.706_138, 1.262_759, 4.911_008],
        [0.389_723, 0.153_966, 0.722_508],
        [0.031_634, 0.294_758, 0.966_122],
    ];
    let model = cdnow_mbg_fit().model;
    for ((history, _), expected) in three_customers().iter().zip(expected) {
        let actual = [
            model.probability_alive(history),
            model.expected_purchases(history, 39.0).unwrap(),
            model.residual_purchases(history, 0.0027).unwrap(),
        ];
        for (actual, expected) in actual.into_iter().zip(expected) {
            assert!((actual - expected).abs() < 1.5e-6, "{actual} {expected}");
        }
    }
}

#[test]
fn three_customers_are_expected_to_spend() {
    let model = cdnow_spend_fit().model;
    let oracle = oracle();
    for named in oracle["three_customers"]["customers"].as_array().unwrap() {
        let id = named["id"].as_u64().unwrap();
        let customers = cdnow();
        let mut of_id = customers
            .iter()
            .filter(|customer| u64::from(customer.id) == id);
        let expected_spend = match &of_id.next().unwrap().spend {
            Some(statistics) => model.expected_spend(statistics),
            None => model.population_mean(),
        };
        let expected = number(&named["expected_spend"]);
        check(expected_spend.unwrap(), expected, 1e-6);
    }
}

/// A decimal number below the range of doubles, by its logarithm.
fn log_of_decimal(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: f64 = exponent.parse().unwrap();
    mantissa.parse::<f64>().unwrap().ln() + exponent * std::f64::consts::LN_10
}

#[track_caller]
fn check_edge_case(model: &impl PurchaseModel<Statistics = PurchaseStatistics>, case: &Value) {
    let history =
        PurchaseStatistics::new(number(&case["x"]), number(&case["tx"]), number(&case["T"]))
            .unwrap();
    let horizon = number(&case["t"]);
    let log_alive = log_of_decimal(case["p_alive"].as_str().unwrap());
    let actual = model.log_probability_alive(&history);
    assert!((actual - log_alive).abs() <= FUNCTION_TOLERANCE * log_alive.abs().max(1.0));
    let log_likelihood = model.log_likelihood(&history);
    check(log_likelihood, number(&case["ll"]), FUNCTION_TOLERANCE);

    let if_alive = |value: &Value| (log_of_decimal(value.as_str().unwrap()) - log_alive).exp();
    // Logarithms near −1800 leave 1e-12 here.
    let expected = if_alive(&case["expected"]);
    let actual = model.purchases_if_alive(&history, horizon);
    check(actual, expected, FUNCTION_TOLERANCE);
    for (name, rate) in [("dert_d0.0027", 0.0027), ("dert_d0.1", 0.1)] {
        if case[name].is_string() {
            let actual = model.discounted_purchases_if_alive(&history, f64::INFINITY, rate);
            check(actual, if_alive(&case[name]), FUNCTION_TOLERANCE);
        }
    }
    let actual = model.expected_purchases(&history, horizon).unwrap();
    let expected = number(&case["expected"]);
    if 0.0 < expected {
        check(actual, expected, FUNCTION_TOLERANCE);
    } else {
        assert_eq!(actual, 0.0);
    }
}

#[test]
fn edge_cases_match_to_the_promised_digits() {
    let oracle = oracle();
    let mut count = 0;
    for case in oracle["edge_cases"].as_array().unwrap() {
        let parameter = |name: &str| number(&case["params"][name]);
        let (r, alpha) = (parameter("r"), parameter("alpha"));
        match case["model"].as_str().unwrap() {
            "bgnbd" => {
                let model = BgNbd::new(r, alpha, parameter("a"), parameter("b")).unwrap();
                check_edge_case(&model, case);
                let field = |name: &str| number(&case[name]);
                let history = PurchaseStatistics::new(field("x"), field("tx"), field("T")).unwrap();
                let scorer = BgNbdScorer::new(model, field("t"), 0.0).unwrap();
                let scored = scorer.score(&history).expected_purchases;
                check(scored, field("expected"), FUNCTION_TOLERANCE);
            }
            "mbgnbd" => {
                let model = MbgNbd::new(r, alpha, parameter("a"), parameter("b"));
                check_edge_case(&model.unwrap(), case);
            }
            "pareto_nbd" => {
                let model = ParetoNbd::new(r, alpha, parameter("s"), parameter("beta"));
                check_edge_case(&model.unwrap(), case);
            }
            other => panic!("{other}"),
        }
        count += 1;
    }
    assert_eq!(count, 15);
}

#[test]
fn residuals_of_pareto_nbd_are_the_published() {
    let oracle = oracle();
    let values = &oracle["function_values"]["pareto_nbd_dert"];
    let parameters: Vec<f64> = values["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    let [r, alpha, s, beta] = parameters[..] else {
        panic!("four parameters")
    };
    let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
    let residual = |frequency, recency| {
        let history = PurchaseStatistics::new(frequency, recency, 77.86).unwrap();
        model.residual_purchases(&history, 0.0027).unwrap()
    };
    let expected = number(&values["x7_tx35_T7786"]);
    check(residual(7.0, 35.0), expected, FUNCTION_TOLERANCE);
    let row = values["x1_10_tx30_T7786"].as_array().unwrap();
    for (frequency, expected) in (1..).zip(row) {
        let actual = residual(f64::from(frequency), 30.0);
        check(actual, number(expected), FUNCTION_TOLERANCE);
    }
}

#[test]
fn values_of_bg_bb_are_the_published() {
    let oracle = oracle();
    let values = &oracle["function_values"]["bgbb_dert"];
    let model = BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap();
    let residual = |frequency, recency| {
        let history = PeriodStatistics::new(frequency, recency, 6.0).unwrap();
        model.residual_purchases(&history, 0.1).unwrap()
    };
    let expected = number(&values["x3_tx4_n6"]);
    check(residual(3.0, 4.0), expected, FUNCTION_TOLERANCE);
    for (frequency, expected) in (1..).zip(values["x1_6_tx6_n6"].as_array().unwrap()) {
        let actual = residual(f64::from(frequency), 6.0);
        check(actual, number(expected), FUNCTION_TOLERANCE);
    }

    let values = &oracle["function_values"]["bgbb_p_alive_next_period"];
    let model = BgBb::new(1.204, 0.75, 0.657, 2.783).unwrap();
    for (frequency, recency, name) in [
        (0.0, 0.0, "x0_tx0"),
        (2.0, 4.0, "x2_tx4"),
        (6.0, 6.0, "x6_tx6"),
    ] {
        let history = PeriodStatistics::new(frequency, recency, 6.0).unwrap();
        let actual = model.probability_alive(&history);
        check(actual, number(&values[name]), FUNCTION_TOLERANCE);
    }
}

#[test]
fn donors_of_the_next_five_years_are_the_published() {
    let model = donations_fit().model;
    let expected = |row: &Weighted<PeriodStatistics>| {
        row.weight * model.expected_purchases(&row.row, 5.0).unwrap()
    };
    let total: f64 = donations().iter().map(expected).sum();
    let values = &oracle()["function_values"]["bgbb_total_expected_5y_holdout"];
    check(total, number(&values["computed"]), 1e-7);
}

#[test]
fn published_function_values_are_met() {
    let oracle = oracle();
    let values = &oracle["function_values"]["bgnbd_params_0243_4414_0793_2426"];
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    for (horizon, expected) in values["expected_new_customer"].as_object().unwrap() {
        let actual = model.expected_purchases_new_customer(horizon.parse().unwrap());
        check(actual.unwrap(), number(expected), FUNCTION_TOLERANCE);
    }
    let history = PurchaseStatistics::new(2.0, 30.43, 38.86).unwrap();
    let actual = model.expected_purchases(&history, 39.0).unwrap();
    check(
        actual,
        number(&values["cet_x2_tx3043_T3886_t39"]),
        FUNCTION_TOLERANCE,
    );

    let values = &oracle["function_values"]["bgnbd_hardie_note27"];
    let model = BgNbd::new(0.25, 4.0, 0.8, 2.5).unwrap();
    let never = PurchaseStatistics::new(0.0, 0.0, 40.0).unwrap();
    check(
        model.log_likelihood(&never),
        number(&values["ll_x0_tx0"]),
        FUNCTION_TOLERANCE,
    );
    let often = PurchaseStatistics::new(200.0, 38.0, 40.0).unwrap();
    check(
        model.log_likelihood(&often),
        number(&values["ll_x200_tx38"]),
        FUNCTION_TOLERANCE,
    );
}

#[test]
fn discounted_forecasts_match_an_independent_integral() {
    let golden: Value = serde_json::from_str(FORECASTS).unwrap();
    let mut worst = [0.0_f64; 6];
    for row in golden["rows"].as_array().unwrap() {
        let field = |name: &str| number(&row[name]);
        let model = BgNbd::new(field("r"), field("alpha"), field("a"), field("b")).unwrap();
        let history =
            PurchaseStatistics::new(field("frequency"), field("recency"), field("age")).unwrap();
        let (horizon, rate) = (field("horizon"), field("discount_rate"));
        let scored = BgNbdScorer::new(model, horizon, rate)
            .unwrap()
            .score(&history);
        let pairs = [
            (
                model.probability_alive(&history),
                field("probability_alive"),
            ),
            (
                model.expected_purchases(&history, horizon).unwrap(),
                field("expected"),
            ),
            (
                model
                    .discounted_expected_purchases(&history, horizon, rate)
                    .unwrap(),
                field("discounted"),
            ),
            (
                model.residual_purchases(&history, rate).unwrap(),
                field("residual"),
            ),
            (scored.expected_purchases, field("expected")),
            (scored.discounted_expected_purchases, field("discounted")),
        ];
        for (index, (actual, expected)) in pairs.into_iter().enumerate() {
            worst[index] = worst[index].max(((actual - expected) / expected).abs());
            check(actual, expected, FUNCTION_TOLERANCE);
        }
    }
    println!("worst relative errors {worst:?}");
}
