//! The axioms of the contributions, over families, parameters and histories.

use proptest::prelude::*;

use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::history::{Span, Totals};
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::numeric::special::{exp, ln};
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::policy::BUILTIN_1;
use crate::engine::purchase_scorer::AnyPurchaseModel;
use crate::engine::score::{Models, Prediction, Referees, SpendModel, prepare, score};

const TODAY: Day = Day::from_days(20_000);

/// Somebody who bought on `frequency + 1` days, the last `gap_days` ago and the first
/// `busy_days` before that, for so many units on each repeat day.
fn customer(frequency: i32, gap_days: i32, busy_days: i32, units: i64) -> CustomerTotals {
    let last = TODAY.plus_days(-gap_days);
    let first = last.plus_days(-busy_days);
    let first_day_net = Micros(7_000_000);
    let repeats = Micros(i128::from(frequency) * i128::from(units) * 1_000_000);
    CustomerTotals {
        totals: Totals {
            purchases: i64::from(frequency) + 1,
            revenue: first_day_net + repeats,
            ..Totals::default()
        },
        purchase_days: i64::from(frequency) + 1,
        purchase_day_span: Some(Span::including(Some(Span::including(None, first)), last)),
        first_day_net,
        ..CustomerTotals::default()
    }
}

fn spend_model(q: f64) -> SpendModel {
    SpendModel {
        model: GammaGamma::new(6.249_572, q, 15.443_521).unwrap(),
        net_revenue: Micros(10_000_000),
        cost_of_goods: Micros(4_000_000),
        net_revenue_without_cost_of_goods: Micros::ZERO,
    }
}

fn cdnow() -> [AnyPurchaseModel; 3] {
    [
        AnyPurchaseModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        AnyPurchaseModel::MbgNbd(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        AnyPurchaseModel::ParetoNbd(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap()),
    ]
}

fn explained_by(
    models: Models<'_>,
    own: &CustomerTotals,
) -> (Prediction, Result<Explanation, Reason>) {
    let input = ScoreInput {
        own: Some(own),
        referees: &Referees::Counted(Vec::new()),
        as_of_day: TODAY,
        horizon_days: 365,
        policy: &BUILTIN_1,
        models,
        referral: None,
        buyers_brought: 0,
    };
    let score = score(&input);
    (score.prediction.unwrap(), explain(&input, &score))
}

fn explained(model: AnyPurchaseModel, own: &CustomerTotals) -> (Prediction, Explanation) {
    let purchase = prepare(model, 365, &BUILTIN_1).unwrap();
    let spend = spend_model(3.744_225);
    let models = Models {
        purchase: Some(&purchase),
        spend: Some(&spend),
    };
    let (prediction, explanation) = explained_by(models, own);
    (prediction, explanation.unwrap())
}

fn amounts(explanation: &Explanation) -> [Micros; PLAYERS] {
    explanation.contributions.map(|of| of.amount)
}

/// Base value and contributions add up to the expected contribution.
fn adds_up(prediction: &Prediction, explanation: &Explanation) -> bool {
    let sum: Micros = amounts(explanation).into_iter().sum();
    explanation.new_customer + sum == prediction.spend.unwrap().expected_contribution
}

fn models() -> impl Strategy<Value = AnyPurchaseModel> {
    let parameter = || (ln(0.05)..ln(50.0)).prop_map(exp);
    let four = (parameter(), parameter(), parameter(), parameter());
    (0..3_u8, four).prop_map(|(family, (first, second, third, fourth))| match family {
        0 => AnyPurchaseModel::BgNbd(BgNbd::new(first, second, third, fourth).unwrap()),
        1 => AnyPurchaseModel::MbgNbd(MbgNbd::new(first, second, third, fourth).unwrap()),
        _ => AnyPurchaseModel::ParetoNbd(ParetoNbd::new(first, second, third, fourth).unwrap()),
    })
}

fn customers() -> impl Strategy<Value = CustomerTotals> {
    let frequency = prop_oneof![Just(0), 1..6_i32, 6..120_i32];
    let gap = prop_oneof![Just(0), 1..900_i32];
    (frequency, gap, 0..900_i32, 0..500_i64).prop_map(|(frequency, gap, spare, units)| {
        let busy = if frequency == 0 { 0 } else { frequency + spare };
        customer(frequency, gap, busy, units)
    })
}

proptest! {
    // A case prepares tables of a model, which is what takes the time.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn contributions_add_up_and_what_is_as_a_new_customers_gets_none(
        model in models(), own in customers(),
    ) {
        let (prediction, explanation) = explained(model, &own);
        prop_assert!(adds_up(&prediction, &explanation), "{explanation:?}");
        for of in explanation.contributions {
            if of.measured == of.of_new_customer {
                prop_assert_eq!(of.amount, Micros::ZERO, "{:?}", of.input);
            }
        }
    }

    #[test]
    fn silence_and_age_share_alike_without_a_repeat_purchase(
        model in models(), age_days in 0..2_000_i32,
    ) {
        let (_, explanation) = explained(model, &customer(0, age_days, 0, 0));
        let [frequency, gap, age, spend] = amounts(&explanation);
        prop_assert_eq!([frequency, spend], [Micros::ZERO; 2]);
        // Of equal ones the first takes the remainder of rounding.
        prop_assert!((gap - age).0.abs() <= 2, "{:?} {:?}", gap, age);
    }

    #[test]
    fn mixtures_are_histories_no_longer_than_the_customers(
        own in customers(), coalition in 0..COALITIONS / 2,
    ) {
        let inputs = Inputs::of(&own, TODAY).unwrap();
        let mixture = inputs.mixture(|input| game::holds(coalition, input as usize));
        let statistics = mixture.statistics().unwrap();
        prop_assert!(statistics.age() <= inputs.statistics().unwrap().age());
    }
}

#[test]
fn somebody_who_bought_first_today_is_a_new_customer() {
    for model in cdnow() {
        let (prediction, explanation) = explained(model, &customer(0, 0, 0, 0));
        let expected = prediction.spend.unwrap().expected_contribution;
        assert_eq!(explanation.new_customer, expected);
        assert_eq!(amounts(&explanation), [Micros::ZERO; PLAYERS]);
    }
}

#[test]
fn the_whole_coalition_is_the_customers_own_history() {
    let own = customer(3, 40, 100, 20);
    let inputs = Inputs::of(&own, TODAY).unwrap();
    let whole = inputs.mixture(|_| true).statistics();
    let statistics = crate::engine::score::purchase_statistics(&own, TODAY);
    assert_eq!(whole, statistics);
    // Without age the shortest history; without gap one that ends with a purchase.
    let of = |held: &[Input]| inputs.mixture(|input| held.contains(&input));
    let without_age = of(&[Input::Frequency, Input::RecencyGap]);
    assert_eq!((without_age.age_days, without_age.gap_days), (43, 40));
    let without_gap = of(&[Input::Frequency, Input::Age]);
    assert_eq!((without_gap.age_days, without_gap.gap_days), (140, 0));
    assert_eq!(of(&[Input::RecencyGap]).age_days, 40);
    assert_eq!(of(&[]).age_days, 0);
}

#[test]
fn contributions_equal_all_orders_of_arrival() {
    // The definition itself: what each input adds, on average over the 24 orders of the four.
    let own = customer(12, 106, 124, 52);
    for model in cdnow() {
        let purchase = prepare(model, 365, &BUILTIN_1).unwrap();
        let spend = spend_model(3.744_225);
        let inputs = Inputs::of(&own, TODAY).unwrap();
        let margin = spend.margin(&BUILTIN_1).unwrap();
        let spends = [
            spend.model.population_mean().unwrap(),
            expected_spend(&spend, &own).unwrap().0,
        ];
        let worth = |held: &[Input]| {
            let mixture = inputs.mixture(|input| held.contains(&input));
            let forecast = purchase.score(&mixture.statistics().unwrap());
            let spend = spends[usize::from(held.contains(&Input::Spend))];
            forecast.discounted_expected_purchases * spend * margin
        };
        let mut sums = [0.0; PLAYERS];
        let mut orders = vec![Vec::new()];
        for _ in 0..PLAYERS {
            orders = orders
                .iter()
                .flat_map(|order: &Vec<Input>| {
                    let rest = Input::ALL
                        .into_iter()
                        .filter(|input| !order.contains(input));
                    rest.map(|input| [order.as_slice(), &[input]].concat())
                })
                .collect();
        }
        assert_eq!(orders.len(), 24);
        for order in &orders {
            for place in 0..PLAYERS {
                let added = worth(&order[..=place]) - worth(&order[..place]);
                sums[order[place] as usize] += added / 24.0;
            }
        }
        let whole = inputs.statistics().unwrap();
        let parts =
            purchase.probability_alive(&whole) * purchase.discounted_purchases_if_alive(&whole);
        let score = purchase.score(&whole);
        assert_eq!(
            score.discounted_expected_purchases.to_bits(),
            parts.to_bits()
        );
        let (_, explanation) = explained(model, &own);
        for (of, sum) in explanation.contributions.iter().zip(sums) {
            let off = of.amount.to_units() - sum;
            assert!(off.abs() <= 3e-6, "{of:?} is not {sum}");
        }
    }
}

#[test]
fn more_purchases_before_a_long_silence_look_less_alive() {
    // The vignette of the R package BTYD: the same dates, more purchases, less alive.
    for model in cdnow() {
        let (prediction, explanation) = explained(model, &customer(12, 106, 124, 52));
        let paradox = explanation.frequency_paradox.unwrap();
        assert_eq!(paradox.probability_alive, prediction.probability_alive);
        assert!(paradox.with_one_more < paradox.probability_alive);
        // Somebody who never came back, and who bought on every day there was, cannot have bought oftener.
        for (frequency, busy_days) in [(0, 0), (5, 5)] {
            let (_, explanation) = explained(model, &customer(frequency, 106, busy_days, 52));
            assert_eq!(explanation.frequency_paradox, None);
        }
        // Somebody who bought today is not silent.
        let (_, explanation) = explained(model, &customer(3, 0, 124, 52));
        assert_eq!(explanation.frequency_paradox, None);
    }
}

#[test]
fn what_has_no_mean_is_not_explained() {
    let purchase = prepare(cdnow()[0], 365, &BUILTIN_1).unwrap();
    let own = customer(3, 40, 100, 20);
    // q ≤ 1: this customer's spend has a mean, a new customer's has none.
    let spend = spend_model(0.9);
    let mut models = Models {
        purchase: Some(&purchase),
        spend: Some(&spend),
    };
    assert_eq!(explained_by(models, &own).1, Err(Reason::NotEnoughData));
    models.spend = None;
    assert_eq!(explained_by(models, &own).1, Err(Reason::NoModel));
}
