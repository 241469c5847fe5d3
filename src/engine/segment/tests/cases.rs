//! Populations and customers reckoned by hand.

use super::*;

#[test]
fn hard_populations_are_divided_too() {
    let world = World::new();
    let models = world.models();
    let one = vec![buyer(&[(10, 5)])];
    let equal = vec![buyer(&[(10, 5), (40, 5)]); 50];
    let nobody_bought = vec![buyer(&[]); 3];
    let free = vec![buyer(&[(3, 0)]); 4];
    let losses: Vec<Person> = (0..20)
        .map(|number| Person {
            costs: vec![(5, 100 + number)],
            ..buyer(&[(number as i32, number)])
        })
        .collect();
    // 60 of 100 have bought once.
    let mostly_once: Vec<Person> = (0..100)
        .map(|number| {
            let days = if number < 60 { 1 } else { number - 57 };
            let purchases: Vec<(i32, i64)> = (0..days).map(|day| (day * 9 + number, 7)).collect();
            buyer(&purchases)
        })
        .collect();
    for people in [one, equal, nobody_bought, free, losses, mostly_once] {
        let population = measured(&people, models);
        let cuts = cut_points(&population, true);
        let context = context(&cuts, models);
        if population
            .iter()
            .any(|of| of.now().silence_days().is_some())
        {
            assert_divided(&population, &context);
        } else {
            let segment = |scheme| segment_of(scheme, &population[0].now(), &context);
            assert_eq!(segment(Scheme::Rfm), Ok(10));
            assert_eq!(segment(Scheme::Activity), Ok(0));
            assert_eq!(segment(Scheme::Lifecycle), Ok(0));
        }
    }
}

#[test]
fn sixty_of_a_hundred_with_one_frequency_score_alike() {
    let people: Vec<Person> = (0..100)
        .map(|number| {
            let days = if number < 60 { 1 } else { number - 57 };
            buyer(&(0..days).map(|day| (day, 7)).collect::<Vec<_>>())
        })
        .collect();
    let population = measured(&people, Models::default());
    let cuts = cut_points(&population, false);
    let context = context(&cuts, Models::default());
    for (number, measures) in population.iter().enumerate() {
        let scores = rfm::scores(&measures.now(), &context)
            .expect("scores")
            .scores;
        // The first three cuts are all 1, the fourth is the 80th's.
        let frequency = match number {
            0..60 => 1,
            60..80 => 4,
            _ => 5,
        };
        assert_eq!(scores[1], frequency, "{number}");
        // Everybody bought today: nobody is later than anybody.
        assert_eq!(scores[0], 1);
    }
}

#[test]
fn who_bought_last_scores_five() {
    let people: Vec<Person> = (0..100)
        .map(|ago| buyer(&[(ago, i64::from(100 - ago))]))
        .collect();
    let population = measured(&people, Models::default());
    let cuts = cut_points(&population, false);
    let context = context(&cuts, Models::default());
    let scores = |place: usize| rfm::scores(&population[place].now(), &context).expect("scores");
    assert_eq!(scores(0).scores, [5, 1, 5]);
    assert_eq!(scores(0).percentiles, [98, 0, 99].map(Some));
    assert_eq!(scores(99).scores, [1, 1, 1]);
    assert_eq!(scores(99).percentiles[0], Some(0));
    // 20 % bought 0 to 19 days ago, and the cut is the value of rank 20: 19 days.
    assert_eq!(scores(18).scores[0], 5);
    assert_eq!(scores(19).scores[0], 4);
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let models = world.models();
    let population = measured(&[buyer(&[(400, 5)]), buyer(&[(400, 9), (450, 9)])], models);
    let cuts = cut_points(&population, true);
    let full = context(&cuts, models);
    let without_snapshot = Context {
        cut_points: None,
        ..full
    };
    let without_models = Context {
        models: Models::default(),
        ..full
    };
    let old_policy = Context {
        policy: &BUILTIN_1,
        ..full
    };
    let single = &population[0];
    let silent = |measures: &Measures| {
        Measures::new(
            measures.observed.clone(),
            TODAY,
            Models::default(),
            &BUILTIN_2,
        )
    };
    for (scheme, snapshot, model) in [
        (Scheme::Rfm, Err(Reason::NoSnapshot), true),
        (Scheme::Abc, Err(Reason::NoSnapshot), true),
        (Scheme::ClvCrv, Err(Reason::NoSnapshot), false),
        (Scheme::ValueMatrix, Err(Reason::NoSnapshot), false),
        (Scheme::Tier, Err(Reason::NoSnapshot), true),
        (Scheme::Lifecycle, Ok(()), true),
        (Scheme::Relationship, Ok(()), true),
        (Scheme::Activity, Ok(()), true),
    ] {
        let at = single.now();
        assert_eq!(
            segment_of(scheme, &at, &old_policy),
            Err(Reason::NotInPolicy)
        );
        let alone = segment_of(scheme, &at, &without_snapshot).map(|_| ());
        assert_eq!(alone, snapshot, "{scheme:?}");
        let silent = silent(single);
        let outcome = segment_of(scheme, &silent.now(), &without_models).map(|_| ());
        let expected = if model { Ok(()) } else { Err(Reason::NoModel) };
        assert_eq!(outcome, expected, "{scheme:?}");
        let nobody = Observed {
            own: None,
            ..single.observed.clone()
        };
        let nobody = Measures::new(nobody, TODAY, models, &BUILTIN_2);
        assert_eq!(
            segment_of(scheme, &nobody.now(), &full),
            Err(Reason::NoFacts)
        );
    }
    let silent = silent(single);
    let neither = Context {
        cut_points: None,
        ..without_models
    };
    let activity = segment_of(Scheme::Activity, &silent.now(), &neither);
    assert_eq!(
        activity,
        Err(Reason::NoSnapshot),
        "a single purchase has no rhythm of its own"
    );
}

#[test]
fn one_criterion_decides_alone() {
    let population = measured(
        &[buyer(&[(10, 12_000_000)]), buyer(&[(10, 1)])],
        Models::default(),
    );
    let nothing = Context {
        policy: &BUILTIN_2,
        cut_points: None,
        newest_cut_points: None,
        models: Models::default(),
        currency: None,
    };
    let big = assign(Scheme::Tier, &population[0], &nothing).expect("tier");
    assert_eq!(Scheme::Tier.segments()[big.segment].name, "platinum");
    assert_eq!(
        segment_of(Scheme::Tier, &population[1].now(), &nothing),
        Err(Reason::NoSnapshot)
    );
}

/// Each line of the decision list of the lifecycle once.
#[test]
fn every_stage_of_life_is_reached() {
    let stage = |person: &Person| {
        let measures = &measured(std::slice::from_ref(person), Models::default())[0];
        let nothing = Context {
            policy: &BUILTIN_2,
            cut_points: None,
            newest_cut_points: None,
            models: Models::default(),
            currency: None,
        };
        let segment = segment_of(Scheme::Lifecycle, &measures.now(), &nothing).expect("stage");
        Scheme::Lifecycle.segments()[segment].name
    };
    let regular: Vec<(i32, i64)> = (0..12).map(|month| (month * 60 + 5, 10)).collect();
    assert_eq!(stage(&buyer(&[])), "exploration");
    let gone: Vec<(i32, i64)> = regular
        .iter()
        .map(|(ago, paid)| (ago + 400, *paid))
        .collect();
    assert_eq!(stage(&buyer(&gone)), "decline");
    assert_eq!(
        stage(&buyer(&[(900, 10), (960, 10)])),
        "lost_in_development"
    );
    assert_eq!(stage(&buyer(&[(366, 10)])), "lost_in_development");
    let costly = Person {
        costs: vec![(5, 500)],
        ..buyer(&regular)
    };
    assert_eq!(stage(&costly), "exploration");
    let falling = buyer(&[(30, 10), (200, 10), (380, 50), (500, 50)]);
    assert_eq!(stage(&falling), "decline");
    let widened = Person {
        cross_sold: true,
        ..buyer(&[(30, 10)])
    };
    assert_eq!(stage(&widened), "stable");
    assert_eq!(stage(&buyer(&[(30, 10)])), "development");
    assert_eq!(
        stage(&buyer(&[(30, 10), (200, 90), (380, 20), (500, 20)])),
        "development"
    );
    assert_eq!(stage(&buyer(&regular)), "stable");
}

#[test]
fn the_closest_contact_of_the_window_decides() {
    let level = |contacts: [Option<i32>; 5]| {
        let person = Person {
            contacts,
            ..buyer(&[(1, 1)])
        };
        let measures = &measured(&[person], Models::default())[0];
        let nothing = Context {
            policy: &BUILTIN_2,
            cut_points: None,
            newest_cut_points: None,
            models: Models::default(),
            currency: None,
        };
        let assigned = assign(Scheme::Relationship, measures, &nothing).expect("level");
        (
            Scheme::Relationship.segments()[assigned.segment].name,
            assigned.next_change,
        )
    };
    assert_eq!(level([None; 5]), ("basic", None));
    assert_eq!(level([Some(1), None, None, None, None]), ("basic", None));
    let day = |ahead| Some(TODAY.plus_days(ahead));
    assert_eq!(
        level([None, Some(364), None, None, Some(365)]),
        ("reactive", day(1))
    );
    assert_eq!(
        level([None, Some(10), Some(20), Some(30), Some(40)]),
        ("partner", day(325))
    );
    assert_eq!(
        level([None, None, Some(20), Some(30), None]),
        ("proactive", day(335))
    );
}
