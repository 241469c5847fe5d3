//! Scores by cuts of every kind, and what they hide.

use super::*;
use crate::engine::policy::{RfmCutPoints, RfmCuts};
use crate::engine::segment::rfm::hidden::{Finding, Hidden, finding, hidden};

pub(super) fn policy(rfm_cuts: RfmCuts) -> Policy {
    Policy {
        rfm_cuts,
        ..BUILTIN_2.clone()
    }
}

pub(super) fn own_cuts() -> RfmCuts {
    let units = |amount: i128| Micros(amount * 1_000_000);
    RfmCuts::Custom(RfmCutPoints {
        recency_days: [30, 90, 180, 365],
        frequency: [1, 2, 5, 10],
        monetary: [units(10), units(50), units(100), units(500)],
    })
}

fn scored(person: &Person, context: &Context<'_>) -> Result<rfm::RfmScores, Reason> {
    let measures = &measured(std::slice::from_ref(person), Models::default())[0];
    rfm::scores(&measures.now(), context)
}

#[test]
fn own_cuts_need_no_snapshot_and_equals_score_alike() {
    let policy = policy(own_cuts());
    let alone = Context {
        policy: &policy,
        cut_points: None,
        newest_cut_points: None,
        models: Models::default(),
        currency: None,
    };
    for (ago, paid, scores) in [
        // At the cuts of recency: reached is lost. At the cuts of money: reached is not yet above.
        (29, 10, [5, 1, 1]),
        (30, 11, [4, 1, 2]),
        (89, 50, [4, 1, 2]),
        (90, 51, [3, 1, 3]),
        (180, 100, [2, 1, 3]),
        (364, 101, [2, 1, 4]),
        (365, 500, [1, 1, 4]),
        (366, 501, [1, 1, 5]),
    ] {
        let found = scored(&buyer(&[(ago, paid)]), &alone).expect("scores");
        assert_eq!(found.scores, scores, "{ago} {paid}");
        assert_eq!(found.percentiles, [None; 3], "nobody to be compared with");
    }
    for (days, score) in [(1, 1), (2, 2), (3, 3), (5, 3), (6, 4), (10, 4), (11, 5)] {
        let purchases: Vec<(i32, i64)> = (0..days).map(|day| (day * 7, 1)).collect();
        let found = scored(&buyer(&purchases), &alone).expect("scores");
        assert_eq!(found.scores[1], score, "{days} purchase days");
    }
    let prospect = &measured(&[buyer(&[])], Models::default())[0];
    assert_eq!(segment_of(Scheme::Rfm, &prospect.now(), &alone), Ok(10));

    // With a snapshot the percentiles come from it, and the scores stay.
    let population = measured(&[buyer(&[(5, 1)]), buyer(&[(400, 9)])], Models::default());
    let cuts = cut_points(&population, false);
    let among = Context {
        cut_points: Some(&cuts),
        ..alone
    };
    let found = scored(&buyer(&[(29, 501)]), &among).expect("scores");
    assert_eq!(found.scores, [5, 1, 5]);
    assert_eq!(found.percentiles.map(|of| of.is_some()), [true; 3]);
}

#[test]
fn scores_slide_with_the_newest_snapshot() {
    let early = measured(&[buyer(&[(400, 1)]), buyer(&[(500, 2)])], Models::default());
    let late = measured(&[buyer(&[(1, 100)]), buyer(&[(2, 200)])], Models::default());
    let (early, late) = (cut_points(&early, false), cut_points(&late, false));
    let frozen = policy(RfmCuts::SnapshotInForce);
    let sliding = policy(RfmCuts::NewestSnapshot);
    let person = buyer(&[(30, 50)]);
    let by_policy = |policy, newest_cut_points| {
        let context = Context {
            policy,
            cut_points: Some(&early),
            newest_cut_points,
            models: Models::default(),
            currency: None,
        };
        let of_person = &measured(std::slice::from_ref(&person), Models::default())[0];
        let sentence = assign(Scheme::Rfm, of_person, &context)?.why.sentence;
        Ok((scored(&person, &context)?.scores, sentence))
    };
    let (scores, why) = by_policy(&frozen, Some(&late)).expect("scores");
    assert_eq!(scores, [5, 1, 5]);
    assert!(
        why.contains("by the quintiles of the snapshot in force"),
        "{why}"
    );
    let (scores, why) = by_policy(&sliding, Some(&late)).expect("scores");
    assert_eq!(scores, [1, 1, 1]);
    assert!(
        why.contains("by the quintiles of the newest snapshot"),
        "{why}"
    );
    assert_eq!(by_policy(&sliding, None), Err(Reason::NoSnapshot));
    let own = policy(own_cuts());
    let (scores, why) = by_policy(&own, None).expect("scores");
    assert_eq!(scores, [4, 1, 2]);
    assert!(why.contains("by the policy's own cut points"), "{why}");
}

#[test]
fn own_cuts_at_the_quintiles_score_as_the_snapshot_does() {
    let people: Vec<Person> = (0..60)
        .map(|number| {
            let purchases: Vec<(i32, i64)> =
                (0..=number % 7).map(|n| (number + n * 9, 3)).collect();
            buyer(&purchases)
        })
        .collect();
    let population = measured(&people, Models::default());
    let cuts = cut_points(&population, false);
    let quintiles = |axis| cuts.distributions[&axis].quintile_cuts();
    let whole = |cut: i128| i64::try_from(cut).expect("days");
    let own = policy(RfmCuts::Custom(RfmCutPoints {
        recency_days: quintiles(Axis::RecencyDays).map(whole),
        frequency: quintiles(Axis::Frequency).map(whole),
        monetary: quintiles(Axis::Monetary).map(Micros),
    }));
    let by_snapshot = context(&cuts, Models::default());
    let by_own = Context {
        policy: &own,
        ..by_snapshot
    };
    for measures in &population {
        let now = measures.now();
        assert_eq!(rfm::scores(&now, &by_own), rfm::scores(&now, &by_snapshot));
        let told = |context| {
            assign(Scheme::Rfm, measures, context)
                .expect("segment")
                .next_change
        };
        assert_eq!(told(&by_own), told(&by_snapshot));
    }
}

/// Every cell by every band of the probability, in and out of rhythm: one finding each, and the two
/// that matter never contradict their own words.
#[test]
fn every_cell_and_probability_has_one_finding() {
    let segmentation = BUILTIN_2.segmentation.expect("thresholds");
    let mut counts = [0; 3];
    for number in 0..125_u8 {
        let scores = [number / 25 + 1, number / 5 % 5 + 1, number % 5 + 1];
        for (probability, is_alive, is_gone) in [
            (0.0, false, true),
            (0.099_999, false, true),
            (0.1, false, false),
            (0.499_999, false, false),
            (0.5, true, false),
            (1.0, true, false),
        ] {
            for is_in_rhythm in [false, true] {
                let found = finding(scores, probability, is_in_rhythm, segmentation);
                let shown = format!("{scores:?} {probability} {is_in_rhythm}");
                match found {
                    Finding::SlowRegular => {
                        counts[1] += 1;
                        assert!(is_alive && is_in_rhythm && scores[0] <= 2, "{shown}");
                    }
                    Finding::LapsedLooksLoyal => {
                        counts[2] += 1;
                        assert!(is_gone, "{shown}");
                        let best = scores[1].max(scores[2]);
                        assert!(scores[0] >= 3 || best >= 4, "{shown}");
                    }
                    Finding::Nothing => counts[0] += 1,
                }
            }
        }
    }
    // 50 cells look lapsed, in 2 bands and in rhythm; 107 look loyal, in 2 bands, whatever the rhythm.
    assert_eq!(counts, [1_500 - 100 - 428, 100, 428]);
}

/// A population of people who come every week or two, beside whom `person` is scored.
fn among_weekly_buyers(person: &Person) -> (Option<Hidden>, Assignment) {
    let world = World::new();
    let mut people: Vec<Person> = (0..99)
        .map(|number| {
            let visits = (0..20).map(|visit| (visit * (7 + number % 8) + number % 10, 10));
            buyer(&visits.collect::<Vec<_>>())
        })
        .collect();
    people.push(person.clone());
    let population = measured(&people, world.models());
    let cuts = cut_points(&population, true);
    let context = context(&cuts, world.models());
    let now = population[99].now();
    let scores = rfm::scores(&now, &context).expect("scores");
    let found = hidden(&scores, &now, &context).ok();
    (
        found,
        assign(Scheme::Rfm, &population[99], &context).expect("segment"),
    )
}

#[test]
fn who_orders_twice_a_year_looks_lapsed_beside_weekly_buyers() {
    let orders: Vec<(i32, i64)> = (0..9).map(|order| (170 + order * 182, 80)).collect();
    let (found, assigned) = among_weekly_buyers(&buyer(&orders));
    let found = found.expect("a model");
    assert_eq!(Scheme::Rfm.segments()[assigned.segment].name, "hibernating");
    assert_eq!(found.finding, Finding::SlowRegular);
    assert_eq!(found.rhythm_micro_days, Some(182_000_000));
    assert_eq!(found.silence_micro_rhythms(), Some(934_066));
    assert_eq!(
        found.sentence,
        "looks lapsed by recency score 1, but buys slowly and regularly: the pause of 170 days is 0.9 \
         times the own rhythm of 182.0 days, and the probability of still being a customer is 83.0 %, \
         active from 50.0 %"
    );
    assert!(assigned.why.sentence.contains(&found.sentence));
    // The same orders, the last of them three rhythms ago: no longer by their own rhythm.
    let missed: Vec<(i32, i64)> = orders
        .iter()
        .map(|(ago, paid)| (ago + 364, *paid))
        .collect();
    let (found, _) = among_weekly_buyers(&buyer(&missed));
    assert_eq!(found.expect("a model").finding, Finding::Nothing);
}

#[test]
fn a_weekly_buyer_silent_for_months_looks_loyal_beside_a_single_cohort() {
    // The CDNOW customer 1136 at the end of September 1997: 12 repeat days in 124 days, then silent for
    // 106, with the quintiles of all 2,357 on that day.
    let purchases: Vec<(i32, i64)> = (0..13).map(|order| (106 + order * 124 / 12, 52)).collect();
    let world = World::new();
    let units = |cents: i128| Micros(cents * 10_000);
    let cdnow = policy(RfmCuts::Custom(RfmCutPoints {
        recency_days: [99, 198, 219, 242],
        frequency: [1, 1, 2, 3],
        monetary: [units(1_496), units(2_799), units(4_604), units(9_376)],
    }));
    let context = Context {
        policy: &cdnow,
        cut_points: None,
        newest_cut_points: None,
        models: world.models(),
        currency: None,
    };
    let measures = &measured(&[buyer(&purchases)], world.models())[0];
    let now = measures.now();
    let scores = rfm::scores(&now, &context).expect("scores");
    assert_eq!(
        (scores.cell(), scores.map_segment()),
        ("455".to_owned(), "Champions")
    );
    let found = hidden(&scores, &now, &context).expect("a model");
    assert_eq!(found.finding, Finding::LapsedLooksLoyal);
    assert_eq!(
        found.sentence,
        "looks loyal by scores 4, 5 and 5, but has probably lapsed: the pause of 106 days is 10.3 times \
         the own rhythm of 10.3 days, and the probability of still being a customer is 2.8 %, lost below \
         10.0 %"
    );
}

#[test]
fn a_single_purchase_hides_nothing_and_missing_models_are_named() {
    let (found, assigned) = among_weekly_buyers(&buyer(&[(400, 500)]));
    let found = found.expect("a model");
    assert_eq!(
        (found.finding, found.rhythm_micro_days),
        (Finding::Nothing, None)
    );
    assert_eq!(found.probability_alive, 1.0);
    assert_eq!(
        found.sentence,
        "the scores hide nothing: the pause is 400 days and a single purchase has no rhythm, and the \
         probability of still being a customer is 100.0 % (active from 50.0 %, lost below 10.0 %)"
    );
    assert!(!assigned.why.sentence.contains("hide"));
    let population = measured(&[buyer(&[(400, 5), (410, 5)])], Models::default());
    let cuts = cut_points(&population, false);
    let context = context(&cuts, Models::default());
    let now = population[0].now();
    let scores = rfm::scores(&now, &context).expect("scores");
    assert_eq!(hidden(&scores, &now, &context), Err(Reason::NoModel));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With cuts of any kind everybody has a finding where there are scores, told with a sentence and
    /// the probability the model gives.
    #[test]
    fn whoever_is_scored_has_a_finding(people in prop::collection::vec(a_person(), 1..20)) {
        let world = World::new();
        let population = measured(&people, world.models());
        let cuts = cut_points(&population, true);
        for chosen in [RfmCuts::SnapshotInForce, RfmCuts::NewestSnapshot, own_cuts()] {
            let policy = policy(chosen);
            let context = Context {
                policy: &policy,
                newest_cut_points: Some(&cuts),
                ..context(&cuts, world.models())
            };
            for measures in &population {
                let now = measures.now();
                let Ok(scores) = rfm::scores(&now, &context) else {
                    prop_assert!(now.silence_days().is_none());
                    continue;
                };
                prop_assert!(scores.scores.iter().all(|score| (1..=5).contains(score)));
                let found = hidden(&scores, &now, &context).expect("a model");
                prop_assert_eq!(found.probability_alive, now.prediction.expect("a model").probability_alive);
                prop_assert!(!found.sentence.is_empty());
                if let Some(times) = found.silence_micro_rhythms() {
                    prop_assert!(times >= 0);
                }
            }
        }
    }
}
