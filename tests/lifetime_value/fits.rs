//! Fits of published data, to the digits of an independent optimiser.

use crate::support::{cdnow, cdnow_purchases, check, donations, number, oracle, weighted};
use customer_value::engine::bg_bb::BgBb;
use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fit::{
    Fit, Prior, fit_bg_bb, fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_nbd, fit_pareto_nbd,
    fit_sbg,
};
use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::sbg::Sbg;
use customer_value::engine::statistics::{PurchaseStatistics, RenewalStatistics, Weighted};

pub(crate) fn cdnow_fit() -> Fit<BgNbd, 4> {
    fit_bg_nbd(&cdnow_purchases(), Prior::None).unwrap()
}

pub(crate) fn cdnow_mbg_fit() -> Fit<MbgNbd, 4> {
    fit_mbg_nbd(&cdnow_purchases(), Prior::None).unwrap()
}

pub(crate) fn cdnow_pareto_fit() -> Fit<ParetoNbd, 4> {
    fit_pareto_nbd(&cdnow_purchases(), Prior::None).unwrap()
}

pub(crate) fn cdnow_spend_fit() -> Fit<GammaGamma, 3> {
    let rows = weighted(cdnow().iter().filter_map(|customer| customer.spend));
    fit_gamma_gamma(&rows, Prior::None).unwrap()
}

#[track_caller]
fn check_fit<M, const N: usize>(
    fit: &Fit<M, N>,
    (model, data): (&str, &str),
    parameters: [(&str, f64); N],
) {
    let expected = &oracle()["independent_mle"][model][data];
    for ((name, parameter), error) in parameters.into_iter().zip(fit.standard_errors) {
        check(parameter, number(&expected["params"][name]), 1e-5);
        check(error, number(&expected["se"][name]), 1e-4);
    }
    assert!((fit.log_likelihood - number(&expected["ll_total"])).abs() < 1e-6);
    check_optimum(fit, model);
}

#[track_caller]
fn check_optimum<M, const N: usize>(fit: &Fit<M, N>, model: &str) {
    assert!(fit.converged && fit.gradient_norm < 1e-5 && fit.iterations < 30);
    assert!(0.0 < fit.curvature);
    let correlation = fit.log_parameter_correlation();
    for (row, entries) in correlation.iter().enumerate() {
        assert!((entries[row] - 1.0).abs() < 1e-12);
        assert!(entries.iter().all(|entry| entry.abs() < 1.0 + 1e-12));
    }
    println!(
        "{model}: {} steps, gradient {:e}, {}",
        fit.iterations, fit.gradient_norm, fit.log_likelihood
    );
}

#[test]
fn bg_nbd_of_cdnow_is_the_reference() {
    let fit = cdnow_fit();
    assert_eq!(fit.customers, 2357.0);
    let BgNbd { r, alpha, a, b } = fit.model;
    let parameters = [("r", r), ("alpha", alpha), ("a", a), ("b", b)];
    check_fit(&fit, ("bgnbd", "full_precision"), parameters);
}

#[test]
fn pareto_nbd_of_cdnow_is_the_reference() {
    let fit = cdnow_pareto_fit();
    let ParetoNbd { r, alpha, s, beta } = fit.model;
    let parameters = [("r", r), ("alpha", alpha), ("s", s), ("beta", beta)];
    check_fit(&fit, ("pareto_nbd", "full_precision"), parameters);
}

#[test]
fn gamma_gamma_of_cdnow_is_the_reference() {
    let fit = cdnow_spend_fit();
    assert_eq!(fit.customers, 946.0);
    let GammaGamma { p, q, gamma } = fit.model;
    let parameters = [("p", p), ("q", q), ("gamma", gamma)];
    check_fit(&fit, ("gamma_gamma", "full_precision"), parameters);
}

/// To two decimals, as the file that other tools ship.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn rounded_purchases() -> Vec<Weighted<PurchaseStatistics>> {
    let round = |row: PurchaseStatistics| {
        let (recency, age) = (rounded(row.recency()), rounded(row.age()));
        PurchaseStatistics::new(row.frequency(), recency, age).unwrap()
    };
    weighted(cdnow().iter().map(|customer| round(customer.purchases)))
}

#[test]
fn rounded_cdnow_fits_to_its_own_reference() {
    let rows = rounded_purchases();
    let fit = fit_bg_nbd(&rows, Prior::None).unwrap();
    let BgNbd { r, alpha, a, b } = fit.model;
    let parameters = [("r", r), ("alpha", alpha), ("a", a), ("b", b)];
    check_fit(&fit, ("bgnbd", "rounded"), parameters);

    let fit = fit_pareto_nbd(&rows, Prior::None).unwrap();
    let ParetoNbd { r, alpha, s, beta } = fit.model;
    let parameters = [("r", r), ("alpha", alpha), ("s", s), ("beta", beta)];
    check_fit(&fit, ("pareto_nbd", "rounded"), parameters);

    let fit = fit_mbg_nbd(&rows, Prior::None).unwrap();
    assert!((fit.log_likelihood - -9_582.132_68).abs() < 5e-6);
}

#[test]
fn mbg_nbd_of_cdnow_is_the_published() {
    let fit = cdnow_mbg_fit();
    let expected = &oracle()["published"]["mbgnbd_cdnow"]["params"];
    let MbgNbd { r, alpha, a, b } = fit.model;
    for (name, value) in [("r", r), ("alpha", alpha), ("a", a), ("b", b)] {
        assert!(
            (value - number(&expected[name])).abs() < 6e-4,
            "{name} {value}"
        );
    }
    check_optimum(&fit, "mbgnbd");
}

pub(crate) fn donations_fit() -> Fit<BgBb, 4> {
    fit_bg_bb(&donations(), Prior::None).unwrap()
}

#[test]
fn bg_bb_of_donations_is_the_reference() {
    let fit = donations_fit();
    assert_eq!(fit.customers, 11_104.0);
    let BgBb {
        alpha,
        beta,
        gamma,
        delta,
    } = fit.model;
    let parameters = [
        ("alpha", alpha),
        ("beta", beta),
        ("gamma", gamma),
        ("delta", delta),
    ];
    check_fit(&fit, ("bgbb", "donations"), parameters);
}

/// Customers who renewed until year 7 at most, of 1,000 in a group of the paper's table 1.
pub(crate) fn contracts(survivors: [f64; 8]) -> Vec<Weighted<RenewalStatistics>> {
    let row = |renewals, weight| Weighted {
        row: RenewalStatistics::new(renewals, renewals, 7.0).unwrap(),
        weight,
    };
    let mut rows: Vec<_> = (0..7_u8)
        .zip(survivors.windows(2))
        .map(|(renewals, pair)| row(f64::from(renewals), pair[0] - pair[1]))
        .collect();
    rows.push(row(7.0, survivors[7]));
    rows
}

#[test]
fn sbg_of_two_groups_is_the_reference() {
    let regular = contracts([1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0]);
    let fit = fit_sbg(&regular, Prior::None).unwrap();
    let Sbg { alpha, beta } = fit.model;
    check_fit(&fit, ("sbg", "regular"), [("alpha", alpha), ("beta", beta)]);

    let expected = &oracle()["independent_mle"]["sbg"]["regular"];
    let percents = expected["pred_survivors_pct_0_12"].as_array().unwrap();
    for (year, percent) in (0..).zip(percents) {
        let survival = fit.model.log_survival(f64::from(year)).exp();
        check(100.0 * survival, number(percent), 1e-6);
    }
    let residuals = expected["derl_d0.1_n1_5"].as_array().unwrap();
    for (renewals, residual) in (0..).zip(residuals) {
        let renewals = f64::from(renewals);
        let active = RenewalStatistics::new(renewals, renewals, renewals).unwrap();
        let actual = fit.model.residual_purchases(&active, 0.1).unwrap();
        check(actual, number(residual), 1e-6);
    }

    let highend = contracts([1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0]);
    let fit = fit_sbg(&highend, Prior::None).unwrap();
    assert!((fit.model.alpha - 0.668).abs() < 5e-4);
    assert!((fit.model.beta - 3.806).abs() < 5e-4);
    check_optimum(&fit, "sbg");
}

#[test]
fn totals_of_the_next_39_weeks_are_the_reference() {
    // 1,882 purchases came: every model of leaving is near, the NBD model is far off.
    fn total(model: &impl PurchaseModel<Statistics = PurchaseStatistics>) -> f64 {
        let rows = cdnow_purchases();
        let expected = |row: &Weighted<_>| model.expected_purchases(&row.row, 39.0).unwrap();
        rows.iter().map(expected).sum()
    }
    let nbd = fit_nbd(&cdnow_purchases(), Prior::None).unwrap();
    check_optimum(&nbd, "nbd");
    for (actual, expected) in [
        (total(&cdnow_fit().model), 1_653.4),
        (total(&cdnow_mbg_fit().model), 1_576.7),
        (total(&cdnow_pareto_fit().model), 1_665.5),
        (total(&nbd.model), 2_929.8),
    ] {
        assert!((actual - expected).abs() < 0.051, "{actual} {expected}");
    }
}

#[test]
fn weak_prior_moves_cdnow_by_less_than_a_standard_error() {
    fn check<M, const N: usize>(
        held: &Fit<M, N>,
        free: &Fit<M, N>,
        parameters: impl Fn(&M) -> [f64; N],
        share: f64,
    ) {
        for index in 0..N {
            let moved = parameters(&held.model)[index] - parameters(&free.model)[index];
            assert!(moved.abs() < share * free.standard_errors[index]);
        }
        assert!(held.log_likelihood < free.log_likelihood);
    }
    let rows = cdnow_purchases();
    let held = fit_bg_nbd(&rows, Prior::Weak).unwrap();
    check(&held, &cdnow_fit(), |m| [m.r, m.alpha, m.a, m.b], 0.1);
    let held = fit_mbg_nbd(&rows, Prior::Weak).unwrap();
    check(&held, &cdnow_mbg_fit(), |m| [m.r, m.alpha, m.a, m.b], 0.1);
    let held = fit_pareto_nbd(&rows, Prior::Weak).unwrap();
    check(
        &held,
        &cdnow_pareto_fit(),
        |m| [m.r, m.alpha, m.s, m.beta],
        0.1,
    );
}
