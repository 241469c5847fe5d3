//! Laws of all schemes: everybody is in exactly one segment, equals are together, and a customer moves
//! on the day that was told.

use proptest::prelude::*;

use super::*;

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
    #![proptest_config(ProptestConfig::with_cases(32))]

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
            let own_cuts = rfm_cuts::policy(rfm_cuts::own_cuts());
            let context = Context { policy: &own_cuts, cut_points: None, ..context };
            if let Ok(assigned) = assign(Scheme::Rfm, measures, &context) {
                let expected = change_day_by_day(Scheme::Rfm, assigned.segment, measures, &context);
                prop_assert_eq!(assigned.next_change, expected);
            }
        }
    }
}
