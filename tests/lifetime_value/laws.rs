//! What theory says of any legal parameters and any history.

use customer_value::engine::bg_bb::BgBb;
use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::nbd::Nbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::sbg::Sbg;
use customer_value::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, RenewalStatistics, SpendStatistics,
};
use proptest::prelude::*;

/// Rounding of functions that agree to 14 digits.
const ROUNDING: f64 = 1e-12;

/// The whole legal domain of a parameter, evenly by its logarithm.
fn parameter() -> impl Strategy<Value = f64> {
    (1e-3_f64.ln()..1e4_f64.ln()).prop_map(f64::exp)
}

/// A history, what comes later in it, and how far to look ahead at what rate.
#[derive(Debug)]
struct Question {
    frequency: f64,
    recency: f64,
    later_recency: f64,
    age: f64,
    horizon: f64,
    longer_horizon: f64,
    rate: f64,
}

fn questions() -> impl Strategy<Value = Question> {
    let frequency = prop_oneof![Just(0), 1..10_u32, 10..5000_u32];
    let shares = (1e-6..=1.0_f64, 0.0..=1.0_f64);
    let horizon = prop_oneof![0.0..2.0_f64, 0.0..1e5_f64];
    let age = (0.01_f64.ln()..1e4_f64.ln()).prop_map(f64::exp);
    let rate = (1e-5_f64.ln()..1.0_f64.ln()).prop_map(f64::exp);
    (frequency, shares, age, horizon, 1.0..3.0_f64, rate).prop_map(
        |(frequency, (share, more), age, horizon, factor, rate)| {
            let share = if frequency == 0 { 0.0 } else { share };
            let more = if frequency == 0 { 0.0 } else { more };
            let recency = share * age;
            Question {
                frequency: f64::from(frequency),
                recency,
                later_recency: (recency + more * (age - recency)).min(age),
                age,
                horizon: horizon * age,
                longer_horizon: factor * horizon * age,
                rate,
            }
        },
    )
}

/// `earlier` and `later` differ in the last purchase only.
fn check<M: PurchaseModel>(
    model: &M,
    question: &Question,
    (earlier, later): (&M::Statistics, &M::Statistics),
) -> Result<(), TestCaseError> {
    prop_assert!(model.log_likelihood(earlier).is_finite());

    // A later last purchase never lowers the probability of being alive.
    let alive = model.probability_alive(earlier);
    prop_assert!((0.0..=1.0).contains(&alive));
    let (log_earlier, log_later) = (
        model.log_probability_alive(earlier),
        model.log_probability_alive(later),
    );
    prop_assert!(log_earlier <= 0.0);
    prop_assert!(log_earlier <= log_later + ROUNDING * log_later.abs().max(1.0));

    // A longer horizon never lowers expected purchases, of anybody.
    let short = model.purchases_if_alive(earlier, question.horizon);
    let long = model.purchases_if_alive(earlier, question.longer_horizon);
    prop_assert!(0.0 <= short && short <= long * (1.0 + ROUNDING) && long.is_finite());
    let expected = model.expected_purchases(earlier, question.horizon).unwrap();
    prop_assert!(0.0 <= expected && expected <= short);
    let new = |horizon| model.expected_purchases_new_customer(horizon).unwrap();
    let (short_new, long_new) = (new(question.horizon), new(question.longer_horizon));
    prop_assert!(0.0 <= short_new && short_new <= long_new * (1.0 + ROUNDING));

    // Discounting lowers, but not below the discount of the whole horizon; the unlimited future holds
    // every part of it.
    let rate = question.rate;
    let part = model.discounted_purchases_if_alive(earlier, question.horizon, rate);
    let whole = model.discounted_purchases_if_alive(earlier, f64::INFINITY, rate);
    prop_assert!(part <= short * (1.0 + ROUNDING), "{part} {short}");
    let force = if M::IS_DISCRETE { rate.ln_1p() } else { rate };
    let least = (-force * question.horizon).exp() * short;
    prop_assert!(least <= part * (1.0 + ROUNDING), "{least} {part}");
    prop_assert!(
        part <= whole * (1.0 + ROUNDING) && whole.is_finite(),
        "{part} {whole}"
    );
    Ok(())
}

fn check_continuous(
    model: &impl PurchaseModel<Statistics = PurchaseStatistics>,
    question: &Question,
) -> Result<(), TestCaseError> {
    let history =
        |recency| PurchaseStatistics::new(question.frequency, recency, question.age).unwrap();
    let (earlier, later) = (history(question.recency), history(question.later_recency));
    check(model, question, (&earlier, &later))
}

/// The same question in whole periods.
fn in_periods(question: &Question, frequency: u32) -> Question {
    let frequency = f64::from(frequency);
    let age = frequency + question.age.min(1e3).ceil();
    let recency = |recency: f64| {
        let share = recency / question.age;
        let rest = (share * (age - frequency)).floor();
        if frequency == 0.0 {
            0.0
        } else {
            frequency + rest
        }
    };
    Question {
        frequency,
        recency: recency(question.recency),
        later_recency: recency(question.later_recency),
        age,
        horizon: question.horizon.ceil(),
        longer_horizon: question.longer_horizon.ceil(),
        rate: question.rate,
    }
}

fn between(low: f64, value: f64, high: f64) -> bool {
    let (low, high) = (low.min(high), low.max(high));
    low * (1.0 - ROUNDING) <= value && value <= high * (1.0 + ROUNDING)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_nbd(r in parameter(), alpha in parameter(), question in questions()) {
        let model = Nbd { r, alpha };
        check_continuous(&model, &question)?;
        let Question { frequency, recency, age, .. } = question;
        let history = PurchaseStatistics::new(frequency, recency, age).unwrap();
        prop_assert!(between(r / alpha, model.expected_rate(&history), frequency / age));
    }

    #[test]
    fn laws_hold_for_bg_nbd(
        r in parameter(), alpha in parameter(), a in parameter(), b in parameter(),
        question in questions(),
    ) {
        check_continuous(&BgNbd { r, alpha, a, b }, &question)?;
    }

    #[test]
    fn laws_hold_for_mbg_nbd(
        r in parameter(), alpha in parameter(), a in parameter(), b in parameter(),
        question in questions(),
    ) {
        check_continuous(&MbgNbd { r, alpha, a, b }, &question)?;
    }

    #[test]
    fn laws_hold_for_pareto_nbd(
        r in parameter(), alpha in parameter(), s in parameter(), beta in parameter(),
        question in questions(),
    ) {
        check_continuous(&ParetoNbd { r, alpha, s, beta }, &question)?;
    }

    #[test]
    fn laws_hold_for_bg_bb(
        alpha in parameter(), beta in parameter(), gamma in parameter(), delta in parameter(),
        question in questions(), frequency in 0..60_u32,
    ) {
        let question = in_periods(&question, frequency);
        let history = |recency| {
            PeriodStatistics::new(question.frequency, recency, question.age).unwrap()
        };
        let (earlier, later) = (history(question.recency), history(question.later_recency));
        let model = BgBb { alpha, beta, gamma, delta };
        check(&model, &question, (&earlier, &later))?;
    }

    #[test]
    fn laws_hold_for_sbg(
        alpha in parameter(), beta in parameter(), question in questions(), renewals in 0..60_u32,
    ) {
        let question = in_periods(&question, renewals);
        let history = |age| RenewalStatistics::new(question.frequency, question.frequency, age);
        let (left, active) = (history(question.age).unwrap(), history(question.frequency).unwrap());
        let model = Sbg { alpha, beta };
        check(&model, &question, (&left, &active))?;
        // Retention rises with age.
        let renewals = question.frequency;
        let later = model.retention(renewals + 1.0);
        prop_assert!(model.retention(renewals) <= later && later <= 1.0);
    }

    #[test]
    fn expected_spend_lies_between_base_and_customer(
        p in parameter(), excess in parameter(), gamma in parameter(),
        frequency in 1..5000_u32, monetary in parameter(),
    ) {
        let model = GammaGamma { p, q: 1.0 + excess, gamma };
        let history = SpendStatistics::new(f64::from(frequency), monetary).unwrap();
        let expected = model.expected_spend(&history).unwrap();
        prop_assert!(between(model.population_mean().unwrap(), expected, monetary));
    }
}
