//! Measures of forecasts that can be checked by hand, and laws of the choice.

use super::*;

fn customer(frequency: f64, recency: f64, age: f64, actual: u32) -> Weighted<HeldOut> {
    let history = PurchaseStatistics::new(frequency, recency, age).unwrap();
    Weighted {
        row: HeldOut { history, actual },
        weight: 1.0,
    }
}

/// Four customers, whose rates of before foretell 0, 1, 2 and 8 purchases in ten weeks.
fn four() -> Vec<Weighted<HeldOut>> {
    vec![
        customer(0.0, 0.0, 10.0, 0),
        customer(1.0, 5.0, 10.0, 1),
        customer(2.0, 5.0, 10.0, 4),
        customer(8.0, 9.0, 10.0, 5),
    ]
}

fn same_rate(rows: &[Weighted<HeldOut>]) -> Assessment {
    let origin = Origin::new(rows, 10.0).unwrap();
    origin.assess(Candidate::SameRate, Prior::None).unwrap()
}

#[test]
fn measures_are_what_hand_computation_says() {
    let found = same_rate(&four());
    let accuracy = &found.accuracy;
    assert_eq!(accuracy.predicted, 11.0);
    assert_eq!(accuracy.actual, 10.0);
    assert_eq!(accuracy.bias, Some(0.1));
    assert_eq!(accuracy.mean_absolute_error, 5.0 / 4.0);
    assert_eq!(accuracy.root_mean_squared_error, (13.0_f64 / 4.0).sqrt());
    let deviance = 2.0 * (4.0 * ln(2.0) - 2.0 + 5.0 * ln(5.0 / 8.0) + 3.0) / 4.0;
    let told = accuracy.mean_poisson_deviance.unwrap();
    assert!((told - deviance).abs() < 1e-15, "{told} {deviance}");
    let log_errors = [ln(3.0 / 5.0), ln(9.0 / 6.0)];
    let squares: f64 = log_errors.iter().map(|error| error * error).sum();
    assert!((accuracy.mean_squared_log_error - squares / 4.0).abs() < 1e-15);
    assert_eq!(found.ranking.spearman, Some(1.0));
    // The best tenth of four customers is 0.4 of the best one.
    let share = found.ranking.top_decile_share.unwrap();
    assert!((share - 0.4 * 5.0 / 10.0).abs() < 1e-15);
    assert_eq!(found.likelihood, None);
}

#[test]
fn classes_hold_every_customer_once_and_the_last_all_beyond() {
    let found = same_rate(&four());
    let classes = found.accuracy.classes;
    let customers: Vec<f64> = classes.iter().map(|class| class.customers).collect();
    assert_eq!(customers, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(classes[7].frequency, 7);
    assert_eq!((classes[7].predicted, classes[7].actual), (8.0, 5.0));
}

#[test]
fn deviance_is_unbounded_where_somebody_bought_who_was_foretold_not_to() {
    let mut rows = four();
    rows.push(customer(0.0, 0.0, 10.0, 1));
    let found = same_rate(&rows);
    assert_eq!(found.accuracy.mean_poisson_deviance, None);
    assert_eq!(Criterion::MeanPoissonDeviance.value(&found), None);
    assert!(Criterion::MeanAbsoluteError.value(&found).is_some());
}

#[test]
fn equals_share_their_mean_rank() {
    // Forecasts 0, 0, 1 against 0, 1, 1: ranks 1.5, 1.5, 3 against 1, 2.5, 2.5.
    let rows = [
        customer(0.0, 0.0, 10.0, 0),
        customer(0.0, 0.0, 10.0, 1),
        customer(1.0, 5.0, 10.0, 1),
    ];
    let found = same_rate(&rows).ranking.spearman.unwrap();
    assert!((found - 0.5).abs() < 1e-15, "{found}");
}

#[test]
fn what_does_not_vary_has_no_rank() {
    let rows = [customer(0.0, 0.0, 10.0, 0), customer(0.0, 0.0, 5.0, 0)];
    let found = same_rate(&rows);
    assert_eq!(found.ranking.spearman, None);
    assert_eq!(found.ranking.pearson, None);
    assert_eq!(found.ranking.top_decile_share, None);
    assert_eq!(found.accuracy.bias, None);
}

#[test]
fn order_and_grouping_of_customers_move_no_bit() {
    let mut rows = Vec::new();
    for number in 0..200_u32 {
        let frequency = f64::from(number % 5);
        let recency = if frequency == 0.0 {
            0.0
        } else {
            f64::from(1 + number % 7)
        };
        rows.push(customer(
            frequency,
            recency,
            f64::from(8 + number % 3),
            number % 4,
        ));
    }
    let turned: Vec<_> = rows.iter().rev().copied().collect();
    let grouped = group_rows(&rows);
    for candidate in Candidate::ALL {
        let assess = |rows: &[Weighted<HeldOut>]| {
            let origin = Origin::new(rows, 10.0).unwrap();
            origin.assess(candidate, Prior::Weak).unwrap()
        };
        let found = assess(&rows);
        assert_eq!(assess(&turned), found, "{candidate:?}");
        assert_eq!(assess(&grouped), found, "{candidate:?}");
    }
}

#[test]
fn information_criteria_penalise_parameters() {
    let found = InformationCriteria::of(-100.0, 4, 1.0);
    assert_eq!((found.akaike, found.bayesian), (208.0, 200.0));
}

#[test]
fn origin_without_customers_says_so() {
    let origin = Origin::new(&[], 10.0).unwrap();
    for candidate in Candidate::ALL {
        let refused = origin.assess(candidate, Prior::Weak);
        assert_eq!(refused, Err(FitError::NoCustomers));
    }
    assert!(Origin::new(&[], -1.0).is_err());
}

fn table(rows: &[(Candidate, &[Option<f64>])]) -> Choice {
    let values = |(candidate, by_origin): &(Candidate, &[Option<f64>])| Values {
        contender: Contender::Fitted(*candidate),
        by_origin: by_origin.to_vec(),
    };
    choose(&rows.iter().map(values).collect::<Vec<_>>())
}

#[test]
fn least_mean_over_the_origins_is_chosen_and_baselines_never() {
    let choice = table(&[
        (Candidate::SameRate, &[Some(0.1), Some(0.1)]),
        (Candidate::Nbd, &[Some(0.2), None]),
        (Candidate::BgNbd, &[Some(1.0), Some(4.0)]),
        (Candidate::MbgNbd, &[Some(2.0), Some(2.0)]),
        (Candidate::ParetoNbd, &[Some(0.5), None]),
    ]);
    assert_eq!(choice.chosen, Some((Candidate::MbgNbd, 2.0)));
    assert_eq!(choice.better_baseline, Some((Candidate::SameRate, 0.1)));
    let values: Vec<_> = choice
        .standings
        .iter()
        .map(|standing| standing.value)
        .collect();
    assert_eq!(values, [Some(0.1), None, Some(2.5), Some(2.0), None]);
    assert_eq!(choice.standings[4].origins, 1);
}

#[test]
fn first_of_equals_is_chosen() {
    let choice = table(&[
        (Candidate::Nbd, &[Some(1.0)]),
        (Candidate::MbgNbd, &[Some(1.0)]),
        (Candidate::ParetoNbd, &[Some(1.0)]),
    ]);
    assert_eq!(choice.chosen, Some((Candidate::MbgNbd, 1.0)));
    assert_eq!(choice.better_baseline, None);
}

#[test]
fn origin_where_no_family_has_a_value_does_not_count() {
    let choice = table(&[
        (Candidate::SameRate, &[Some(9.0), Some(1.0)]),
        (Candidate::BgNbd, &[None, Some(2.0)]),
    ]);
    assert_eq!(choice.origins, 1);
    assert_eq!(choice.chosen, Some((Candidate::BgNbd, 2.0)));
    assert_eq!(choice.better_baseline, Some((Candidate::SameRate, 1.0)));
    let nobody = table(&[
        (Candidate::SameRate, &[Some(1.0)]),
        (Candidate::BgNbd, &[None]),
    ]);
    assert_eq!(nobody.chosen, None);
    assert_eq!(nobody.better_baseline, None);
}

#[test]
fn stored_model_has_a_value_and_is_never_chosen() {
    let choice = choose(&[
        Values {
            contender: Contender::Fitted(Candidate::BgNbd),
            by_origin: vec![Some(2.0)],
        },
        Values {
            contender: Contender::Stored,
            by_origin: vec![Some(1.0)],
        },
    ]);
    assert_eq!(choice.chosen, Some((Candidate::BgNbd, 2.0)));
    assert_eq!(choice.better_baseline, None);
    assert_eq!(choice.standings[1].value, Some(1.0));
}
