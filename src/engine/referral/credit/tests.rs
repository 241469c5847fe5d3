//! What is credited: cases checkable by hand, and laws over random forests of referrals.

use proptest::prelude::*;

use super::*;
use crate::engine::fact::CostKind;
use crate::engine::money::{MICROS_PER_UNIT, divide_half_even};
use crate::engine::policy::BUILTIN_1;

const MILLION: i128 = MICROS_PER_UNIT;

fn policy(referral: ReferralPolicy) -> Policy {
    Policy {
        referral,
        ..BUILTIN_1
    }
}

fn paying(purchases: i64, micros: i128) -> Totals {
    Totals {
        purchases,
        revenue: Micros(micros),
        revenue_without_cost_of_goods: Micros(micros),
        ..Totals::default()
    }
}

fn generation(referees: &[Totals]) -> Generation {
    let mut generation = Generation::default();
    for referee in referees {
        generation.add(*referee);
    }
    generation
}

fn credits(generations: &[Generation], referral: &ReferralPolicy) -> Vec<i128> {
    let credits = credit(generations, &policy(referral.clone()));
    credits.iter().map(|depth| depth.credit.0).collect()
}

#[test]
fn margin_is_applied_once_to_the_sum_of_a_depth() {
    let policy = Policy {
        margin_millionths: 300_000,
        ..BUILTIN_1
    };
    let three = generation(&[paying(1, 5); 3]);
    // 70 % of 15 is 10.5, to the even 10
    assert_eq!(credit(&[three], &policy)[0].credit, Micros(5));
}

#[test]
fn full_credit_to_every_depth_is_the_worked_example() {
    // Direct and indirect referees of A: R1 2750 and R2 2250, R3 1550, R4 1550.
    let units = |amount: i128| paying(1, amount * MILLION);
    let tree = [
        generation(&[units(2_750), units(2_250)]),
        generation(&[units(1_550)]),
        generation(&[units(1_550)]),
    ];
    let full: i128 = credits(&tree, &ReferralPolicy::FULL_TO_16).iter().sum();
    assert_eq!(full, 8_100 * MILLION);
    let direct_only = ReferralPolicy {
        depth: 1,
        ..ReferralPolicy::FULL_TO_16
    };
    assert_eq!(credits(&tree, &direct_only), [5_000 * MILLION]);
    let decayed = ReferralPolicy {
        share_millionths: 500_000,
        decay_millionths: 500_000,
        ..ReferralPolicy::FULL_TO_16
    };
    let expected = [2_500_000_000, 387_500_000, 193_750_000];
    assert_eq!(credits(&tree, &decayed), expected);
    let one_in_five_anyway = ReferralPolicy {
        came_anyway_millionths: 200_000,
        acquisition_cost_saved: Micros(850 * MILLION),
        ..decayed
    };
    // (0.8 · 5000 + 0.2 · 850 · 2) / 2, (0.8 · 1550 + 0.2 · 850) / 4 and half of that
    let expected = [2_170_000_000, 352_500_000, 176_250_000];
    assert_eq!(credits(&tree, &one_in_five_anyway), expected);
}

#[test]
fn acquisition_cost_is_saved_on_those_who_have_bought() {
    let all_came_anyway = ReferralPolicy {
        came_anyway_millionths: MILLION,
        acquisition_cost_saved: Micros(40),
        ..ReferralPolicy::FULL_TO_16
    };
    let tree = generation(&[paying(3, 900), paying(0, 0), paying(1, 0)]);
    let credited = credit(&[tree], &policy(all_came_anyway));
    let expected = DepthCredit {
        depth: 1,
        referees: 3,
        buyers: 2,
        credit: Micros(80),
    };
    assert_eq!(credited, [expected]);
}

/// Who brought whom: of each customer the referrer, who is named before, or nobody; and what each
/// adds up to.
#[derive(Clone, Debug)]
struct Forest {
    customers: Vec<(Option<usize>, Totals)>,
}

impl Forest {
    /// Referrers above a customer, nearest first.
    fn ancestors(&self, customer: usize) -> Vec<usize> {
        std::iter::successors(self.customers[customer].0, |above| self.customers[*above].0)
            .collect()
    }

    /// The generations below a customer, as the walk down the tree finds them.
    fn generations(&self, root: usize) -> Vec<Generation> {
        let mut generations: Vec<Generation> = Vec::new();
        for customer in 0..self.customers.len() {
            let place = self.ancestors(customer).iter().position(|of| *of == root);
            if let Some(level) = place {
                while generations.len() <= level {
                    generations.push(Generation::default());
                }
                generations[level].add(self.customers[customer].1);
            }
        }
        generations
    }
}

fn totals(least: i128) -> impl Strategy<Value = Totals> {
    let amount = prop_oneof![least..100, least * 1_000_000..100_000_000_000];
    (0..3_i64, amount).prop_map(|(purchases, amount)| {
        let mut totals = paying(purchases, amount.max(0));
        totals.costs[CostKind::ToServe.index()] = Micros((-amount).max(0));
        totals
    })
}

fn forests(least: i128) -> impl Strategy<Value = Forest> {
    let customer = (any::<prop::sample::Index>(), totals(least));
    prop::collection::vec(customer, 1..20).prop_map(|customers| {
        let choose = |(place, (index, totals)): (usize, (prop::sample::Index, Totals))| {
            let referrer = index.index(place + 1);
            ((referrer < place).then_some(referrer), totals)
        };
        Forest {
            customers: customers.into_iter().enumerate().map(choose).collect(),
        }
    })
}

fn millionths() -> impl Strategy<Value = i128> {
    prop_oneof![Just(0), Just(MILLION), Just(500_000), 0..=MILLION]
}

fn policies() -> impl Strategy<Value = ReferralPolicy> {
    let saved = prop_oneof![Just(0), 0..1_000_i128, 0..100_000_000_000_i128];
    let shares = (millionths(), millionths(), millionths());
    (1..=16_usize, shares, saved).prop_map(|(depth, (share, decay, came_anyway), saved)| {
        ReferralPolicy {
            depth,
            share_millionths: share,
            decay_millionths: decay,
            came_anyway_millionths: came_anyway,
            acquisition_cost_saved: Micros(saved),
        }
    })
}

/// The same policy with a share so small that over its depths the shares sum to at most one.
fn shared_out(referral: ReferralPolicy) -> ReferralPolicy {
    let unit = MILLION * MILLION;
    let mut weight = unit;
    let mut sum = 0;
    for _ in 0..referral.depth {
        sum += weight;
        // Up, so that the sum is not below what it stands for.
        weight = (weight * referral.decay_millionths + MILLION - 1) / MILLION;
    }
    ReferralPolicy {
        share_millionths: referral.share_millionths.min(unit * MILLION / sum),
        ..referral
    }
}

fn worth(generation: &Generation, referral: &ReferralPolicy) -> (i128, i128) {
    let contributed = contribution(&generation.totals, &BUILTIN_1).0;
    let saved = if referral.came_anyway_millionths == 0 {
        0
    } else {
        referral.acquisition_cost_saved.0 * i128::from(generation.buyers)
    };
    (contributed.min(0), contributed.max(saved).max(0))
}

proptest! {
    /// Whatever the signs.
    #[test]
    fn no_ancestor_is_credited_more_than_the_descendants_are_worth(
        forest in forests(-100_000),
        referral in policies(),
    ) {
        for root in 0..forest.customers.len() {
            let generations = forest.generations(root);
            for (generation, credit) in generations.iter().zip(credits(&generations, &referral)) {
                let (least, most) = worth(generation, &referral);
                prop_assert!((least..=most).contains(&credit), "{least} {credit} {most}");
            }
        }
    }

    #[test]
    fn no_descendant_is_credited_twice_to_an_ancestor(forest in forests(-100_000)) {
        let full = policy(ReferralPolicy { depth: 20, ..ReferralPolicy::FULL_TO_16 });
        for root in 0..forest.customers.len() {
            let below = (0..forest.customers.len())
                .filter(|customer| forest.ancestors(*customer).contains(&root));
            let (mut referees, mut value) = (0, 0);
            for customer in below {
                referees += 1;
                value += contribution(&forest.customers[customer].1, &full).0;
            }
            let credits = credit(&forest.generations(root), &full);
            prop_assert_eq!(credits.iter().map(|depth| depth.referees).sum::<i64>(), referees);
            prop_assert_eq!(credits.iter().map(|depth| depth.credit.0).sum::<i128>(), value);
        }
    }

    /// Each credit is rounded for itself: half a micro-unit each is all that may be too much.
    #[test]
    fn all_ancestors_together_are_credited_no_more_than_referees_are_worth(
        forest in forests(0),
        referral in policies(),
    ) {
        let referral = shared_out(referral);
        let (mut credited, mut roundings, mut worths) = (0, 0, 0);
        for root in 0..forest.customers.len() {
            let credits = credits(&forest.generations(root), &referral);
            credited += credits.iter().sum::<i128>();
            roundings += credits.len() as i128;
        }
        for (referrer, totals) in &forest.customers {
            if referrer.is_some() {
                worths += worth(&generation(&[*totals]), &referral).1;
            }
        }
        prop_assert!(2 * credited <= 2 * worths + roundings, "{credited} {worths} {roundings}");
    }

    #[test]
    fn credit_grows_with_share_decay_and_depth(
        forest in forests(0),
        low in policies(),
        high in policies(),
    ) {
        let both = |of: fn(&ReferralPolicy) -> i128| (of(&low).min(of(&high)), of(&low).max(of(&high)));
        let share = both(|of| of.share_millionths);
        let decay = both(|of| of.decay_millionths);
        let depth = (low.depth.min(high.depth), low.depth.max(high.depth));
        let with = |share_millionths, decay_millionths, depth| ReferralPolicy {
            depth,
            share_millionths,
            decay_millionths,
            ..low.clone()
        };
        let least = with(share.0, decay.0, depth.0);
        for more in [
            with(share.1, decay.0, depth.0),
            with(share.0, decay.1, depth.0),
            with(share.0, decay.0, depth.1),
        ] {
            for root in 0..forest.customers.len() {
                let generations = forest.generations(root);
                let before = credits(&generations, &least);
                let after = credits(&generations, &more);
                prop_assert!(before.len() <= after.len());
                prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after));
                prop_assert!(after.iter().all(|credit| 0 <= *credit));
            }
        }
    }

    #[test]
    fn a_depth_is_rounded_once(
        referees in prop::collection::vec(totals(-100_000), 1..5),
        referral in policies(),
    ) {
        let generation = generation(&referees);
        let contributed = contribution(&generation.totals, &BUILTIN_1).0 / 1_000;
        let generation = Generation { totals: paying(0, contributed), ..generation };
        let saved = referral.acquisition_cost_saved.0 / 1_000 * i128::from(generation.buyers);
        let referral = ReferralPolicy {
            depth: 2,
            acquisition_cost_saved: Micros(referral.acquisition_cost_saved.0 / 1_000),
            ..referral
        };
        let bracket = (MILLION - referral.came_anyway_millionths) * contributed
            + referral.came_anyway_millionths * saved;
        let shared = bracket * referral.share_millionths;
        let expected = [
            divide_half_even(shared, MILLION.pow(2)),
            divide_half_even(shared * referral.decay_millionths, MILLION.pow(3)),
        ];
        prop_assert_eq!(credits(&[generation; 2], &referral), expected);
    }
}
