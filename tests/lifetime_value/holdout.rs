//! Hold-out of CDNOW: fitted to 39 weeks, compared with the 39 weeks after.
//!
//! The expected figures were computed by an independent maximum likelihood of each model; they are
//! given to as many digits as were printed.

use std::collections::BTreeMap;

use customer_value::engine::evaluation::{
    Assessment, Candidate, Contender, Criterion, HeldOut, Origin, Values, choose,
};
use customer_value::engine::fit::Prior;
use customer_value::engine::statistics::{PurchaseStatistics, Weighted};
use customer_value::engine::time::{Day, parse_day};

const CDNOW: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/cdnow_sample_transactions.csv"
));

/// The customers of CDNOW on 1997-09-30, and their purchase days until 1998-06-30.
fn cdnow_held_out() -> Vec<Weighted<HeldOut>> {
    let origin = parse_day("1997-09-30").unwrap();
    let mut days: BTreeMap<&str, Vec<Day>> = BTreeMap::new();
    for line in CDNOW.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let of_customer = days.entry(fields[1]).or_default();
        of_customer.push(parse_day(fields[2]).unwrap());
    }
    let row = |mut days: Vec<Day>| {
        days.sort();
        days.dedup();
        let known = days.iter().take_while(|day| **day <= origin).count();
        let first = days[0];
        let weeks = |day: Day| f64::from(day.days_since(first)) / 7.0;
        let repeats = (known - 1) as f64;
        let history = PurchaseStatistics::new(repeats, weeks(days[known - 1]), weeks(origin));
        HeldOut {
            history: history.unwrap(),
            actual: (days.len() - known).try_into().unwrap(),
        }
    };
    days.into_values()
        .map(|days| Weighted {
            row: row(days),
            weight: 1.0,
        })
        .collect()
}

pub(crate) fn assessments() -> Vec<(Candidate, Assessment)> {
    let origin = Origin::new(&cdnow_held_out(), 39.0).unwrap();
    Candidate::ALL
        .into_iter()
        .map(|candidate| (candidate, origin.assess(candidate, Prior::None).unwrap()))
        .collect()
}

#[track_caller]
fn printed(found: f64, expected: &str, who: Candidate) {
    let decimals = expected.split_once('.').map_or(0, |(_, after)| after.len());
    assert_eq!(format!("{found:.decimals$}"), expected, "{who:?}");
}

#[test]
fn cdnow_has_1882_purchase_days_in_weeks_40_to_78() {
    let origin = Origin::new(&cdnow_held_out(), 39.0).unwrap();
    assert_eq!(origin.customers(), 2_357.0);
    assert_eq!(origin.actual(), 1_882.0);
}

#[test]
fn measures_of_all_candidates_are_the_reference() {
    // Total, bias in %, MAE, RMSE, MSLE, Pearson, Spearman.
    let expected = [
        (
            Candidate::SameRate,
            [
                "2930.1", "55.7", "1.0237", "2.2119", "0.4010", "0.5839", "0.4898",
            ],
        ),
        (
            Candidate::Nbd,
            [
                "2929.8", "55.7", "1.0410", "1.8595", "0.3622", "0.5834", "0.4539",
            ],
        ),
        (
            Candidate::BgNbd,
            [
                "1653.4", "-12.1", "0.7855", "1.6080", "0.2343", "0.6256", "0.4493",
            ],
        ),
        (
            Candidate::MbgNbd,
            [
                "1576.7", "-16.2", "0.7648", "1.6072", "0.2314", "0.6273", "0.4500",
            ],
        ),
        (
            Candidate::ParetoNbd,
            [
                "1665.5", "-11.5", "0.7545", "1.6028", "0.2377", "0.6302", "0.4597",
            ],
        ),
    ];
    for ((who, found), (expected_who, expected)) in assessments().into_iter().zip(expected) {
        assert_eq!(who, expected_who);
        let accuracy = &found.accuracy;
        let numbers = [
            accuracy.predicted,
            100.0 * accuracy.bias.unwrap(),
            accuracy.mean_absolute_error,
            accuracy.root_mean_squared_error,
            accuracy.mean_squared_log_error,
            found.ranking.pearson.unwrap(),
            found.ranking.spearman.unwrap(),
        ];
        for (found, expected) in numbers.into_iter().zip(expected) {
            printed(found, expected, who);
        }
    }
}

#[test]
fn likelihoods_are_the_published_and_give_their_criteria() {
    for (who, expected) in [
        (Candidate::BgNbd, -9_582.429_21),
        (Candidate::ParetoNbd, -9_594.976_18),
    ] {
        let all = assessments();
        let (_, found) = all.iter().find(|(candidate, _)| *candidate == who).unwrap();
        let likelihood = found.likelihood.as_ref().unwrap();
        assert!((likelihood.log_likelihood - expected).abs() < 1e-5);
        let criteria = likelihood.criteria.unwrap();
        assert_eq!(criteria.akaike, 8.0 - 2.0 * likelihood.log_likelihood);
        let bayesian = 4.0 * 2_357.0_f64.ln() - 2.0 * likelihood.log_likelihood;
        assert!((criteria.bayesian - bayesian).abs() < 1e-9);
    }
}

#[test]
fn what_is_chosen_depends_on_the_criterion() {
    let all = assessments();
    let chosen = |criterion: Criterion| {
        let table: Vec<_> = all
            .iter()
            .map(|(candidate, found)| Values {
                contender: Contender::Fitted(*candidate),
                by_origin: vec![criterion.value(found)],
            })
            .collect();
        choose(&table)
    };
    for (criterion, expected) in [
        (Criterion::MeanPoissonDeviance, Candidate::ParetoNbd),
        (Criterion::MeanAbsoluteError, Candidate::ParetoNbd),
        (Criterion::RootMeanSquaredError, Candidate::ParetoNbd),
        (Criterion::MeanSquaredLogError, Candidate::MbgNbd),
        (Criterion::AbsoluteBias, Candidate::ParetoNbd),
        (Criterion::Akaike, Candidate::MbgNbd),
        (Criterion::Bayesian, Candidate::MbgNbd),
    ] {
        let choice = chosen(criterion);
        assert_eq!(choice.chosen.unwrap().0, expected, "{criterion:?}");
        assert_eq!(choice.better_baseline, None, "{criterion:?}");
    }
}

#[test]
fn totals_by_class_add_up() {
    for (who, found) in assessments() {
        let classes = found.accuracy.classes;
        let predicted: f64 = classes.iter().map(|class| class.predicted).sum();
        let customers: f64 = classes.iter().map(|class| class.customers).sum();
        let actual: f64 = classes.iter().map(|class| class.actual).sum();
        assert_eq!(predicted, found.accuracy.predicted, "{who:?}");
        assert_eq!((customers, actual), (2_357.0, 1_882.0));
        // 1,411 customers had not come back.
        assert_eq!(classes[0].customers, 1_411.0);
    }
}
