//! Laws of all schemes: everybody is in exactly one segment, equals are together, what is measured
//! is what is said, and a customer moves on the day that was told.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::abc::AbcBuilder;
use super::distribution::DistributionBuilder;
use super::relationship::LatestContacts;
use super::windows::{WindowSums, Windows};
use super::*;
use crate::engine::bg_nbd::BgNbd;
use crate::engine::gamma_gamma::GammaGamma;
use crate::engine::history::{CustomerTotals, KindTotals, Span, Totals};
use crate::engine::money::Micros;
use crate::engine::policy::{BUILTIN_1, BUILTIN_2};
use crate::engine::score::{SpendModel, prepare};
use crate::engine::time::Instant;

/// The day everybody is looked at.
const TODAY: Day = Day::from_days(20_000);

/// A customer of a made-up population.
#[derive(Clone, Debug)]
struct Person {
    /// Days before today with what was paid on each; several of a day make one.
    purchases: Vec<(i32, i64)>,
    /// Days before today with what was spent.
    costs: Vec<(i32, i64)>,
    cross_sold: bool,
    has_referees: bool,
    credit: i64,
    contacts: [Option<i32>; 5],
}

impl Person {
    fn observed(&self) -> Observed {
        let mut days: BTreeMap<Day, Totals> = BTreeMap::new();
        let units = |amount: i64| Micros(i128::from(amount) * 1_000_000);
        for (ago, amount) in &self.purchases {
            *days.entry(TODAY.plus_days(-ago)).or_default() += Totals {
                purchases: 1,
                revenue: units(*amount),
                ..Totals::default()
            };
        }
        for (ago, amount) in &self.costs {
            let kind = crate::engine::fact::CostKind::ToServe;
            *days.entry(TODAY.plus_days(-ago)).or_default() +=
                Totals::of_cost(kind, units(*amount));
        }
        let mut own = CustomerTotals::default();
        for (day, totals) in &days {
            own.totals += *totals;
            if totals.purchases > 0 {
                if own.purchase_days == 0 {
                    own.first_day_net = totals.net_revenue();
                }
                own.purchase_days += 1;
                own.purchase_day_span = Some(Span::including(own.purchase_day_span, *day));
                let instant = Instant::from_micros(0);
                own.purchase_span = Some(Span::including(own.purchase_span, instant));
            }
        }
        let cross_sell = crate::engine::fact::PurchaseKind::CrossSell.index();
        own.kinds[cross_sell] = KindTotals {
            purchases: i64::from(self.cross_sold && !self.purchases.is_empty()),
            net_revenue: Micros::ZERO,
        };
        let recent = days
            .iter()
            .map(|(day, totals)| (*day, WindowSums::from(totals)));
        Observed {
            own: Some(own),
            crv_to_date: Ok(units(self.credit)),
            has_referees: self.has_referees,
            windows: Windows::of(recent),
            contacts: LatestContacts(
                self.contacts
                    .map(|ago| ago.map(|ago| TODAY.plus_days(-ago))),
            ),
        }
    }
}

struct World {
    purchase: crate::engine::bg_nbd::BgNbdScorer,
    spend: SpendModel,
}

impl World {
    fn new() -> Self {
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).expect("parameters");
        Self {
            purchase: prepare(model, 365, &BUILTIN_2).expect("horizon"),
            spend: SpendModel {
                model: GammaGamma::new(6.25, 3.74, 15.44).expect("parameters"),
                net_revenue: Micros(1_000_000),
                cost_of_goods: Micros(400_000),
                net_revenue_without_cost_of_goods: Micros::ZERO,
            },
        }
    }

    fn models(&self) -> Models<'_> {
        Models {
            purchase: Some(&self.purchase),
            spend: Some(&self.spend),
        }
    }
}

fn measured(people: &[Person], models: Models<'_>) -> Vec<Measures> {
    let measure = |person: &Person| Measures::new(person.observed(), TODAY, models, &BUILTIN_2);
    people.iter().map(measure).collect()
}

/// What a snapshot of a population would keep.
fn cut_points(population: &[Measures], has_models: bool) -> CutPoints {
    let mut distributions = BTreeMap::new();
    for axis in Axis::ALL {
        let values = population.iter();
        let mut values: Vec<i128> = values.filter_map(|of| of.axis(axis, &BUILTIN_2)).collect();
        values.sort_unstable();
        let mut builder = DistributionBuilder::new(values.len() as u64);
        values.iter().for_each(|value| builder.push(*value));
        if let Some(distribution) = builder.finish() {
            distributions.insert(axis, distribution);
        }
    }
    let mut values: Vec<i128> = population.iter().map(|of| of.contribution.0).collect();
    values.sort_unstable_by(|left, right| right.cmp(left));
    let mut abc = AbcBuilder::new(values.iter().sum(), 80, 95);
    values.iter().for_each(|value| abc.push(*value));
    CutPoints {
        distributions,
        abc: abc.finish(),
        has_models,
    }
}

fn context<'c>(cut_points: &'c CutPoints, models: Models<'c>) -> Context<'c> {
    Context {
        policy: &BUILTIN_2,
        cut_points: Some(cut_points),
        models,
        currency: None,
    }
}

fn a_person() -> impl Strategy<Value = Person> {
    let amounts = || prop_oneof![Just(0_i64), 1..40_i64, Just(12_000_000)];
    let ago = || prop_oneof![0..40_i32, 0..1_500_i32];
    (
        prop::collection::vec((ago(), amounts()), 0..7),
        prop::collection::vec((ago(), 0..60_i64), 0..3),
        any::<[bool; 2]>(),
        -20..20_i64,
        prop::array::uniform5(prop::option::of(0..800_i32)),
    )
        .prop_map(
            |(purchases, costs, [cross_sold, has_referees], credit, contacts)| Person {
                purchases,
                costs,
                cross_sold,
                has_referees,
                credit,
                contacts,
            },
        )
}

/// Everybody is in exactly one segment of every scheme, said with a reason whose cuts hold the value.
fn assert_divided(population: &[Measures], context: &Context<'_>) {
    for scheme in Scheme::ALL {
        for measures in population {
            let assigned = assign(scheme, measures, context);
            let own = measures.observed.own.as_ref();
            if own.is_none_or(|own| own.purchase_days == 0) && scheme == Scheme::ValueMatrix {
                assert_eq!(assigned, Err(Reason::NoPurchase));
                continue;
            }
            let assigned = assigned.unwrap_or_else(|reason| panic!("{scheme:?}: {reason:?}"));
            assert!(assigned.segment < scheme.segments().len());
            assert_eq!(
                Ok(assigned.segment),
                segment_of(scheme, &measures.now(), context)
            );
            assert!(!assigned.why.sentence.is_empty());
            for measure in &assigned.why.measures {
                let is_negative = |distance: Option<reason::Quantity>| match distance {
                    Some(reason::Quantity::Days(days)) => days < 0,
                    Some(reason::Quantity::Count(count)) => count < 0,
                    Some(reason::Quantity::Money(amount)) => amount.0 < 0,
                    Some(reason::Quantity::MicroDays(micros)) => micros < 0,
                    Some(reason::Quantity::Probability(share)) => share < 0.0,
                    None => false,
                };
                assert!(!is_negative(measure.to_lower()), "{measure:?}");
                assert!(!is_negative(measure.to_upper()), "{measure:?}");
            }
        }
    }
}

/// The first day on which a customer is elsewhere, day by day.
fn change_day_by_day(
    scheme: Scheme,
    segment: usize,
    measures: &Measures,
    context: &Context<'_>,
) -> Option<Day> {
    let days = (1..=change::DAYS_AHEAD_MAX).map(|ahead| TODAY.plus_days(ahead));
    let mut days = days.filter(|day| {
        let at = measures.on(*day, context.models, context.policy);
        segment_of(scheme, &at, context) != Ok(segment)
    });
    days.next()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everybody_is_in_exactly_one_segment(people in prop::collection::vec(a_person(), 1..25)) {
        let world = World::new();
        for models in [world.models(), Models::default()] {
            let population = measured(&people, models);
            let cuts = cut_points(&population, models.purchase.is_some());
            let context = context(&cuts, models);
            if cuts.has_models {
                assert_divided(&population, &context);
            } else {
                for measures in &population {
                    for scheme in Scheme::ALL {
                        let assigned = segment_of(scheme, &measures.now(), &context);
                        let expected_absent = match scheme {
                            Scheme::ValueMatrix => Some(Reason::NoModel),
                            // Nobody has a rhythm to compare a single purchase with.
                            Scheme::Activity if !cuts.distributions.contains_key(&Axis::RhythmDays) => {
                                Some(Reason::NotEnoughData)
                            }
                            Scheme::Rfm
                            | Scheme::Abc
                            | Scheme::ClvCrv
                            | Scheme::Tier
                            | Scheme::Lifecycle
                            | Scheme::Relationship
                            | Scheme::Activity => None,
                        };
                        prop_assert!(assigned.is_ok() || assigned.err() == expected_absent);
                    }
                }
            }
        }
    }

    #[test]
    fn equals_are_together_whatever_the_order(people in prop::collection::vec(a_person(), 1..12)) {
        let world = World::new();
        let models = world.models();
        let doubled: Vec<Person> = people.iter().chain(people.iter().rev()).cloned().collect();
        let population = measured(&doubled, models);
        let mut turned = population.clone();
        turned.reverse();
        let cuts = cut_points(&population, true);
        prop_assert_eq!(&cut_points(&turned, true), &cuts);
        let context = context(&cuts, models);
        let last = population.len() - 1;
        for scheme in Scheme::ALL {
            for (place, measures) in population.iter().enumerate() {
                let twin = &population[last - place];
                prop_assert_eq!(
                    assign(scheme, measures, &context),
                    assign(scheme, twin, &context)
                );
            }
        }
    }
}

proptest! {
    // Each case looks at every day of ten years in every scheme.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_customer_moves_on_the_day_that_was_told(people in prop::collection::vec(a_person(), 1..4)) {
        let world = World::new();
        for models in [world.models(), Models::default()] {
            let population = measured(&people, models);
            let cuts = cut_points(&population, models.purchase.is_some());
            let context = context(&cuts, models);
            let measures = &population[0];
            for scheme in Scheme::ALL {
                let Ok(assigned) = assign(scheme, measures, &context) else { continue };
                let expected = change_day_by_day(scheme, assigned.segment, measures, &context);
                prop_assert_eq!(assigned.next_change, expected, "{:?}", scheme);
            }
        }
    }
}

fn buyer(purchases: &[(i32, i64)]) -> Person {
    Person {
        purchases: purchases.to_vec(),
        costs: Vec::new(),
        cross_sold: false,
        has_referees: false,
        credit: 0,
        contacts: [None; 5],
    }
}

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
    assert_eq!(scores(0).percentiles, [98, 0, 99]);
    assert_eq!(scores(99).scores, [1, 1, 1]);
    assert_eq!(scores(99).percentiles[0], 0);
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
