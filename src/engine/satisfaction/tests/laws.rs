//! Laws that hold whatever was answered.

use std::ops::RangeInclusive;

use proptest::prelude::*;

use super::*;
use crate::engine::satisfaction::comparison::difference;
use crate::engine::satisfaction::interval::precision;

/// A response before it is borrowed: period, weight, a mark or none for each of three items.
type Given = (bool, i64, [Option<i64>; 3]);

fn instrument() -> Instrument {
    let items = ["a", "b", "c"]
        .iter()
        .map(|id| item(id, Scale::whole(0, 10)))
        .collect();
    let tree = vec![
        leaf("a", 250_000),
        branch(
            "rest",
            750_000,
            vec![leaf("b", 400_000), leaf("c", 600_000)],
        ),
    ];
    Instrument::new(draft(items, tree), 1).expect("instrument")
}

fn requests() -> Vec<MethodRequest<'static>> {
    let of_item = |method| MethodRequest {
        item_id: Some("a"),
        ..plain(method)
    };
    let renormalised = MethodRequest {
        renormalise: true,
        ..plain(Method::WeightedTree)
    };
    vec![
        plain(Method::WeightedTree),
        renormalised,
        plain(Method::Rate),
        of_item(Method::Rate),
        of_item(Method::TopBox),
        of_item(Method::NetPromoter),
        of_item(Method::CustomerEffort),
    ]
}

fn customers(weights: RangeInclusive<i64>) -> impl Strategy<Value = Vec<Vec<Given>>> {
    let mark = prop_oneof![1 => Just(None), 6 => (0..=10_i64).prop_map(Some)];
    let response = (any::<bool>(), weights, prop::array::uniform3(mark));
    let customer = prop::collection::vec(response, 1..4);
    prop::collection::vec(customer, 0..14)
}

fn fold_all(scoring: &Scoring, customers: &[Vec<Given>], times: i64) -> GroupFold {
    let mut fold = GroupFold::new_compared(scoring);
    for customer in customers {
        let given: Vec<(Period, i64, Vec<Answer>)> = customer
            .iter()
            .map(|(is_asked, weight, marks)| {
                let places = marks.iter().enumerate();
                let marks: Vec<(usize, i64)> = places
                    .filter_map(|(place, mark)| mark.map(|mark| (place, mark)))
                    .collect();
                let period = if *is_asked {
                    Period::Asked
                } else {
                    Period::Compared
                };
                (period, weight * times, answers(&marks))
            })
            .collect();
        let responses: Vec<Response<'_>> = given
            .iter()
            .map(|(period, weight_millionths, answers)| Response {
                period: *period,
                weight_millionths: *weight_millionths,
                answers,
            })
            .collect();
        fold.customer(scoring, &responses).expect("sums");
    }
    fold
}

proptest! {
    #[test]
    fn order_and_splitting_change_no_bit(
        customers in customers(1..=3_000_000),
        seed in any::<u64>(),
        cut in 0..14_usize,
    ) {
        let instrument = instrument();
        for request in requests() {
            let scoring = Scoring::new(&instrument, &request).expect("scoring");
            let whole = fold_all(&scoring, &customers, 1);
            let mut shuffled = customers.clone();
            shuffled.sort_by_key(|customer| {
                let text = format!("{seed}{customer:?}");
                text.bytes().fold(seed, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                })
            });
            for customer in &mut shuffled {
                customer.reverse();
            }
            let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
            let mut merged = fold_all(&scoring, left, 1);
            merged.merge(&fold_all(&scoring, right, 1)).expect("sums");
            prop_assert_eq!(&merged, &whole);
            let bits = |fold: &GroupFold| {
                let index = group_index(&scoring, fold, Period::Asked);
                let precision = precision(&scoring, fold, Period::Asked, 0.95);
                format!("{index:?} {precision:?} {:?}", difference(&scoring, fold, 0.95))
            };
            prop_assert_eq!(bits(&merged), bits(&whole));
        }
    }

    #[test]
    fn the_interval_holds_the_index_within_the_scale_and_grows_with_its_level(
        customers in customers(1..=3_000_000),
    ) {
        let instrument = instrument();
        for request in requests() {
            let scoring = Scoring::new(&instrument, &request).expect("scoring");
            let fold = fold_all(&scoring, &customers, 1);
            let index = group_index(&scoring, &fold, Period::Asked);
            let mut before: Option<(f64, f64)> = None;
            for level in [0.5, 0.8, 0.9, 0.95, 0.99, 0.999] {
                let Some(precision) = precision(&scoring, &fold, Period::Asked, level) else {
                    continue;
                };
                let index = index.index.clone().expect("what has an error has an index");
                let (lower, upper) = (precision.interval.lower, precision.interval.upper);
                prop_assert!(lower <= index && index <= upper);
                prop_assert!(scoring.scale.min() <= lower && upper <= scoring.scale.max());
                prop_assert!(lower < upper);
                if let Some((inner_lower, inner_upper)) = before {
                    prop_assert!(lower <= inner_lower && inner_upper <= upper);
                }
                before = Some((lower, upper));
                let (responses, effective) = (index_responses(&fold), precision.effective_responses);
                prop_assert!(0.0 < effective && effective <= responses + 1e-6);
            }
        }
    }

    #[test]
    fn a_difference_is_significant_exactly_if_its_interval_leaves_zero_out(
        customers in customers(1..=3_000_000),
    ) {
        let instrument = instrument();
        for request in requests() {
            let scoring = Scoring::new(&instrument, &request).expect("scoring");
            let fold = fold_all(&scoring, &customers, 1);
            for level in [0.5, 0.95] {
                let Some(difference) = difference(&scoring, &fold, level) else {
                    continue;
                };
                let (lower, upper) = (difference.interval.lower, difference.interval.upper);
                prop_assert!(lower <= difference.value && difference.value <= upper);
                prop_assert!(lower < upper);
                prop_assert!((0.0..=1.0).contains(&difference.p_value));
                let margin = (difference.p_value - (1.0 - level)).abs();
                if margin > 1e-6 {
                    let leaves_out = 0.0 < lower || upper < 0.0;
                    prop_assert_eq!(difference.p_value < 1.0 - level, leaves_out);
                }
            }
        }
    }

    #[test]
    fn weights_count_only_against_each_other(
        customers in customers(1..=3_000_000),
        times in 2..=300_i64,
    ) {
        let instrument = instrument();
        for request in requests() {
            let scoring = Scoring::new(&instrument, &request).expect("scoring");
            let once = fold_all(&scoring, &customers, 1);
            let scaled = fold_all(&scoring, &customers, times);
            let index = |fold| group_index(&scoring, fold, Period::Asked).index.ok();
            check_close(index(&once), index(&scaled))?;
            let lower = |fold| {
                let precision = precision(&scoring, fold, Period::Asked, 0.95);
                precision.map(|precision| precision.interval.lower)
            };
            check_close(lower(&once), lower(&scaled))?;
            let p_value = |fold| difference(&scoring, fold, 0.95).map(|found| found.p_value);
            check_close(p_value(&once), p_value(&scaled))?;
        }
    }
}

fn index_responses(fold: &GroupFold) -> f64 {
    f64::from(u32::try_from(fold.period(Period::Asked).responses).expect("count"))
}

/// Sums beyond 53 bits are rounded before they are divided; what is left of that is far below what an
/// index shows.
fn check_close(left: Option<f64>, right: Option<f64>) -> Result<(), TestCaseError> {
    prop_assert_eq!(left.is_some(), right.is_some());
    if let (Some(left), Some(right)) = (left, right) {
        prop_assert!((left - right).abs() <= 2e-6, "{} {}", left, right);
    }
    Ok(())
}
