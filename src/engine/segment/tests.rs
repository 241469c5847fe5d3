//! Made-up populations, and what holds for each of them.

mod cases;
mod laws;
mod rfm_cuts;

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
use crate::engine::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
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
    purchase: PurchaseScorer,
    spend: SpendModel,
}

impl World {
    fn new() -> Self {
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).expect("parameters");
        Self {
            purchase: prepare(AnyPurchaseModel::BgNbd(model), 365, &BUILTIN_2).expect("horizon"),
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
        newest_cut_points: None,
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
