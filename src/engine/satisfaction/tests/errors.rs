//! Published intervals and tests of differences, and answers that tell nothing.

use super::*;
use crate::engine::satisfaction::comparison::{Difference, difference};
use crate::engine::satisfaction::fold::TooLarge;
use crate::engine::satisfaction::interval::{IntervalMethod, Precision, precision, wilson};
use crate::engine::satisfaction::response::WEIGHT_MILLIONTHS_MAX;

const LEVEL: f64 = 0.95;

fn single(scale: Scale, method: Method) -> Scoring {
    let items = vec![item("q", scale)];
    let instrument =
        Instrument::new(draft(items, vec![leaf("q", 1_000_000)]), 1).expect("instrument");
    Scoring::new(&instrument, &plain(method)).expect("scoring")
}

/// A group of marks with how often each was given, every one by another customer.
fn fold_of(scoring: &Scoring, marks: &[(i64, usize)]) -> GroupFold {
    let mut fold = GroupFold::new_compared(scoring);
    add_marks(scoring, &mut fold, Period::Asked, marks);
    fold
}

fn add_marks(scoring: &Scoring, fold: &mut GroupFold, period: Period, marks: &[(i64, usize)]) {
    for (mark, times) in marks {
        for _ in 0..*times {
            let answers = answers(&[(0, *mark)]);
            let response = Response {
                period,
                ..asked(&answers)
            };
            fold.customer(scoring, &[response]).expect("sums");
        }
    }
}

fn of(scoring: &Scoring, fold: &GroupFold) -> Option<Precision> {
    precision(scoring, fold, Period::Asked, LEVEL)
}

/// `satisfaction-and-complaints.md` section 2, in tenths of a per cent.
#[test]
fn shares_have_wilsons_interval() {
    let scoring = single(Scale::whole(1, 5), Method::Rate);
    for (satisfied, all, lower, upper) in [
        (8, 10, 490.0, 943.0),
        (82, 100, 733.0, 883.0),
        (5, 5, 566.0, 1_000.0),
        (0, 5, 0.0, 434.0),
    ] {
        let fold = fold_of(&scoring, &[(4, satisfied), (3, all - satisfied)]);
        let precision = of(&scoring, &fold).expect("error");
        assert_eq!(precision.interval.method, IntervalMethod::Wilson);
        assert_eq!((precision.interval.lower * 10.0).round(), lower);
        assert_eq!((precision.interval.upper * 10.0).round(), upper);
        assert!((precision.effective_responses - float_of(all)).abs() < 1e-9);
    }
}

fn float_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("count"))
}

#[test]
fn wilson_meets_its_closed_form_at_the_ends() {
    let square = 3.841_458_820_694_124;
    let (lower, upper) = wilson(0.0, 5.0, LEVEL);
    assert!(lower.abs() < 1e-15);
    assert!((upper - square / (5.0 + square)).abs() < 1e-12);
}

/// Half promoters, a sixth detractors of 324: 33.3 with a standard error of 4.14.
#[test]
fn net_promoter_has_its_error() {
    let scoring = single(Scale::whole(0, 10), Method::NetPromoter);
    let fold = fold_of(&scoring, &[(10, 162), (8, 108), (3, 54)]);
    let interval = of(&scoring, &fold).expect("error").interval;
    assert_eq!(interval.method, IntervalMethod::AdjustedWald);
    let half = 0.5 * (interval.upper - interval.lower);
    assert!((half - 8.1).abs() < 0.1, "{half}");
}

#[test]
fn all_alike_are_not_certain() {
    let net = single(Scale::whole(0, 10), Method::NetPromoter);
    let passives = of(&net, &fold_of(&net, &[(8, 50)]))
        .expect("error")
        .interval;
    assert!(
        passives.lower < -3.0 && 3.0 < passives.upper,
        "{passives:?}"
    );
    let tree = single(Scale::whole(1, 5), Method::WeightedTree);
    for mark in [1, 3, 5] {
        let fold = fold_of(&tree, &[(mark, 5)]);
        let interval = of(&tree, &fold).expect("error").interval;
        assert_eq!(interval.method, IntervalMethod::BoundedScore);
        assert!(interval.upper - interval.lower > 20.0, "{interval:?}");
        assert!(20.0 <= interval.lower && interval.upper <= 100.0);
    }
}

#[test]
fn one_answer_or_one_customer_has_no_error() {
    let scoring = single(Scale::whole(1, 5), Method::Rate);
    assert_eq!(of(&scoring, &fold_of(&scoring, &[])), None);
    assert_eq!(of(&scoring, &fold_of(&scoring, &[(5, 1)])), None);
    let answers = answers(&[(0, 5)]);
    let mut fold = GroupFold::new(&scoring);
    let responses = [asked(&answers); 9];
    fold.customer(&scoring, &responses).expect("sums");
    assert_eq!(of(&scoring, &fold), None);
    fold.customer(&scoring, &responses[..1]).expect("sums");
    assert!(of(&scoring, &fold).is_some());
}

/// Four equal answers from each of ten customers tell as much as ten answers.
#[test]
fn repetitions_of_customers_tell_nothing_new() {
    let scoring = single(Scale::whole(1, 5), Method::WeightedTree);
    let mut repeated = GroupFold::new(&scoring);
    let mut once = GroupFold::new(&scoring);
    for mark in [5, 5, 4, 3, 5, 1, 4, 5, 5, 2] {
        let answers = answers(&[(0, mark)]);
        repeated
            .customer(&scoring, &[asked(&answers); 4])
            .expect("sums");
        once.customer(&scoring, &[asked(&answers)]).expect("sums");
    }
    let [repeated, once] = [&repeated, &once].map(|fold| of(&scoring, fold).expect("error"));
    assert_eq!(repeated.interval, once.interval);
    assert!((repeated.effective_responses - 10.0).abs() < 1e-9);
    assert!((once.effective_responses - 10.0).abs() < 1e-9);
}

/// If all answers are alike, nothing tells customers of one mind from customers like each other.
#[test]
fn alike_answers_count_by_customer() {
    let scoring = single(Scale::whole(1, 5), Method::WeightedTree);
    let mut fold = GroupFold::new(&scoring);
    let answers = answers(&[(0, 5)]);
    for _ in 0..7 {
        fold.customer(&scoring, &[asked(&answers); 3])
            .expect("sums");
    }
    let precision = of(&scoring, &fold).expect("error");
    assert!((precision.effective_responses - 7.0).abs() < 1e-9);
}

/// Kish: weights 1, 1, 2 tell as much as 16/6 equal ones.
#[test]
fn weights_cost_effective_responses() {
    let scoring = single(Scale::whole(1, 5), Method::Rate);
    let mut fold = GroupFold::new(&scoring);
    for (mark, weight) in [(5, 1), (1, 1), (4, 2)] {
        let answers = answers(&[(0, mark)]);
        let response = Response {
            weight_millionths: weight * WEIGHT_DEFAULT_MILLIONTHS,
            ..asked(&answers)
        };
        fold.customer(&scoring, &[response]).expect("sums");
    }
    let precision = of(&scoring, &fold).expect("error");
    assert_eq!(precision.interval.method, IntervalMethod::AdjustedWald);
    assert!((precision.effective_responses - 16.0 / 6.0).abs() < 1e-8);
    assert_eq!(group_index(&scoring, &fold, Period::Asked).index, Ok(75.0));
}

/// A fall of the net promoter score from 24 to 12, with as many promoters and detractors together in
/// both periods.
fn fall(answers: usize, extremes: usize) -> Difference {
    let scoring = single(Scale::whole(0, 10), Method::NetPromoter);
    let mut fold = GroupFold::new_compared(&scoring);
    for (period, score) in [(Period::Compared, 24), (Period::Asked, 12)] {
        let promoters = (extremes + answers * score / 100) / 2;
        let marks = [
            (10, promoters),
            (7, answers - extremes),
            (0, extremes - promoters),
        ];
        add_marks(&scoring, &mut fold, period, &marks);
    }
    difference(&scoring, &fold, LEVEL).expect("difference")
}

/// `satisfaction-and-complaints.md` section 2: 250 answers each, z -1.62, -1.97, -2.61. A share of
/// .722 of 250 is no whole number, so a thousand answers stand in, which have twice the statistic.
#[test]
fn a_fall_of_twelve_points_is_judged_by_its_shares() {
    for (extremes, statistic) in [(722, -1.62), (500, -1.97), (300, -2.61)] {
        let fall = fall(1_000, extremes);
        assert_eq!(fall.value, -12.0);
        assert!((fall.statistic / 2.0 - statistic).abs() < 0.005, "{fall:?}");
    }
    // The nearest that 250 answers come to .722: not significant.
    let fall = fall(250, 180);
    assert!((fall.p_value - 0.105).abs() < 0.000_5, "{fall:?}");
    assert!(fall.interval.lower < 0.0 && 0.0 < fall.interval.upper);
}

/// Forty customers, twelve of whom mark one lower than before: the covariance tells that they are the
/// same ones.
#[test]
fn shared_customers_make_a_difference_surer() {
    let scoring = single(Scale::whole(1, 5), Method::WeightedTree);
    let mut shared = GroupFold::new_compared(&scoring);
    let mut apart = GroupFold::new_compared(&scoring);
    for place in 0..40 {
        let before = 2 + place % 4;
        let now = before - i64::from(place % 16 < 4);
        let [before, now] = [before, now].map(|mark| answers(&[(0, mark)]));
        let responses = [
            asked(&now),
            Response {
                period: Period::Compared,
                ..asked(&before)
            },
        ];
        shared.customer(&scoring, &responses).expect("sums");
        for response in responses {
            apart.customer(&scoring, &[response]).expect("sums");
        }
    }
    let [shared, apart] =
        [&shared, &apart].map(|fold| difference(&scoring, fold, LEVEL).expect("difference"));
    // 12 of 40 marks fell by 20 points.
    assert_eq!((shared.value, apart.value), (-6.0, -6.0));
    let width = |difference: &Difference| difference.interval.upper - difference.interval.lower;
    assert!(width(&shared) < 0.6 * width(&apart), "{shared:?} {apart:?}");
    assert!(shared.p_value < 0.05 && 0.05 < apart.p_value);
}

/// 4,611 marks at the end of the widest scale, each of the greatest weight, are below 2⁶³.
#[test]
fn sums_of_one_customer_have_a_bound() {
    let scoring = single(Scale::whole(-1_000, 1_000), Method::WeightedTree);
    let answers = answers(&[(0, 1_000)]);
    let response = Response {
        weight_millionths: WEIGHT_MILLIONTHS_MAX,
        ..asked(&answers)
    };
    let fold = |responses| GroupFold::new(&scoring).customer(&scoring, &vec![response; responses]);
    assert_eq!(fold(4_611), Ok(()));
    assert_eq!(fold(4_612), Err(TooLarge));
}
