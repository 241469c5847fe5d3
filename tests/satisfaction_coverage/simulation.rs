//! Surveys drawn from populations whose index is known, and how often the interval holds it.

use customer_value::engine::satisfaction::comparison::difference;
use customer_value::engine::satisfaction::fold::GroupFold;
use customer_value::engine::satisfaction::instrument::{
    Instrument, InstrumentDraft, Item, Node, NodeContent, Scale,
};
use customer_value::engine::satisfaction::interval::precision;
use customer_value::engine::satisfaction::method::{Method, MethodRequest};
use customer_value::engine::satisfaction::response::{Answer, Period, Response};
use customer_value::engine::satisfaction::scoring::Scoring;

/// Nominal coverage of every interval.
pub(crate) const LEVEL: f64 = 0.95;

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere for a seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Whether something happens that does so with this probability, in 65536ths.
    fn happens(&mut self, probability: u64) -> bool {
        self.next() >> 48 < probability
    }

    /// A place, each with its share of a thousand.
    fn place(&mut self, per_mille: &[u64]) -> usize {
        let mut left = ((self.next() >> 32) * 1_000) >> 32;
        for (place, share) in per_mille.iter().enumerate() {
            if left < *share {
                return place;
            }
            left -= share;
        }
        per_mille.len() - 1
    }

    /// A weight in millionths whose logarithm has about the given standard deviation, in halves: the
    /// sum of twelve uniform numbers is near a normal one, and only 2ˣ by squares is needed.
    fn weight(&mut self, halves: u32) -> i64 {
        if halves == 0 {
            return 1_000_000;
        }
        let mut sum = -6.0;
        for _ in 0..12 {
            sum += (self.next() >> 11) as f64 / 9_007_199_254_740_992.0;
        }
        let logarithm = sum * f64::from(halves) / 2.0;
        // (1 + x/1024)^1024
        let mut weight = 1.0 + logarithm / 1_024.0;
        for _ in 0..10 {
            weight *= weight;
        }
        (weight * 1e6) as i64
    }
}

/// A distribution of marks from 1 to 5, in shares of a thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) name: &'static str,
    pub(crate) per_mille: [u64; 5],
}

/// The populations: scores of 100, 80 and 20 with .85, .10 and .05, rarer yet, and others.
pub(crate) const MARKS: [Marks; 7] = [
    marks("skewed", [50, 0, 0, 100, 850]),
    marks("more skewed", [20, 0, 0, 40, 940]),
    marks("U-shaped", [400, 70, 60, 70, 400]),
    marks("near the floor", [750, 120, 60, 40, 30]),
    marks("all alike", [200, 200, 200, 200, 200]),
    marks("agreeing", [30, 70, 200, 450, 250]),
    marks("narrow", [0, 20, 80, 850, 50]),
];

const fn marks(name: &'static str, per_mille: [u64; 5]) -> Marks {
    Marks { name, per_mille }
}

/// Numbers of answers, or of customers where each gives four.
pub(crate) const SIZES: [usize; 4] = [5, 10, 30, 100];

/// Weights: equal, or lognormal with these standard deviations of the logarithm, in halves.
pub(crate) const WEIGHTS: [u32; 3] = [0, 1, 2];

/// How answers come from customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// One from each.
    Once,
    /// Four from each, as many answers as the size, with an intraclass correlation of a half.
    FourAnswers,
    /// Four from each, as many customers as the size, likewise.
    FourEach,
}

pub(crate) const REPETITIONS: [Repetition; 3] = [
    Repetition::Once,
    Repetition::FourAnswers,
    Repetition::FourEach,
];

/// √½ in 65536ths: two answers both repeat the customer's mark with probability ½, and correlate so.
const REPEATS: u64 = 46_341;

/// An index whose intervals are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// Mean of one item, 20 to 100.
    Mean,
    /// Share of marks of 4 and 5.
    Rate,
    /// Net promoter score; marks 1 to 5 are 0, 5, 7, 8, 10.
    NetPromoter,
    /// Three items, the last two below a node, each unanswered by one in ten.
    Tree,
}

impl Index {
    pub(crate) const ALL: [Index; 4] = [Index::Mean, Index::Rate, Index::NetPromoter, Index::Tree];

    /// The marks on the item's scale.
    const fn values(self) -> [i32; 5] {
        match self {
            Self::NetPromoter => [0, 5_000, 7_000, 8_000, 10_000],
            Self::Mean | Self::Rate | Self::Tree => [1_000, 2_000, 3_000, 4_000, 5_000],
        }
    }

    const fn items(self) -> u16 {
        match self {
            Self::Tree => 3,
            Self::Mean | Self::Rate | Self::NetPromoter => 1,
        }
    }

    pub(crate) fn scoring(self) -> Scoring {
        let scale = match self {
            Self::NetPromoter => Scale::whole(0, 10),
            Self::Mean | Self::Rate | Self::Tree => Scale::whole(1, 5),
        };
        let item = |place: u16| Item {
            item_id: place.to_string(),
            text: String::new(),
            scale,
        };
        let node = |name: &str, weight_millionths, content| Node {
            name: name.to_owned(),
            weight_millionths,
            content,
        };
        let leaf = |name: &str, weight| node(name, weight, NodeContent::Item(name.to_owned()));
        let tree = if self == Self::Tree {
            let below = vec![leaf("1", 700_000), leaf("2", 300_000)];
            vec![
                leaf("0", 400_000),
                node("below", 600_000, NodeContent::Children(below)),
            ]
        } else {
            vec![leaf("0", 1_000_000)]
        };
        let draft = InstrumentDraft {
            instrument_id: "simulated".to_owned(),
            items: (0..self.items()).map(item).collect(),
            scale: Scale::whole(20, 100),
            tree,
            blocks: Vec::new(),
            attributes: Vec::new(),
        };
        let instrument = Instrument::new(draft, 1).expect("instrument");
        let method = match self {
            Self::Mean | Self::Tree => Method::WeightedTree,
            Self::Rate => Method::Rate,
            Self::NetPromoter => Method::NetPromoter,
        };
        let request = MethodRequest {
            method,
            item_id: None,
            cut_thousandths: None,
            detractor_cut_thousandths: None,
            renormalise: true,
        };
        Scoring::new(&instrument, &request).expect("scoring")
    }

    /// The population's index; the same for every item of a tree.
    pub(crate) fn truth(self, scoring: &Scoring, marks: &Marks) -> f64 {
        let leaf = &scoring.leaves[0];
        let values = self.values();
        let points: f64 = marks
            .per_mille
            .iter()
            .zip(values)
            .map(|(share, value)| *share as f64 / 1e3 * leaf.points(value.into()) as f64)
            .sum();
        let share = points / leaf.points_max() as f64;
        scoring.scale.min() + (scoring.scale.max() - scoring.scale.min()) * share
    }
}

/// One setting of the simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) index: Index,
    pub(crate) marks: Marks,
    pub(crate) size: usize,
    pub(crate) weights: u32,
    pub(crate) repetition: Repetition,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) surveys: u32,
    pub(crate) covered: u32,
    pub(crate) covered_naive: u32,
    pub(crate) width: f64,
    pub(crate) width_naive: f64,
}

impl Outcome {
    pub(crate) fn coverage(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.surveys)
    }

    pub(crate) fn coverage_naive(&self) -> f64 {
        f64::from(self.covered_naive) / f64::from(self.surveys)
    }
}

type Drawn = (i64, Vec<Answer>);

impl Setting {
    fn survey(&self, random: &mut Random) -> Vec<Vec<Drawn>> {
        let (customers, each, mut left) = match self.repetition {
            Repetition::Once => (self.size, 1, self.size),
            Repetition::FourAnswers => (self.size.div_ceil(4), 4, self.size),
            Repetition::FourEach => (self.size, 4, 4 * self.size),
        };
        let values = self.index.values();
        (0..customers)
            .map(|_| {
                let own = random.place(&self.marks.per_mille);
                let given = each.min(left);
                left -= given;
                (0..given)
                    .map(|_| {
                        let weight = random.weight(self.weights);
                        let mut answers = Vec::new();
                        for item in 0..self.index.items() {
                            let repeats = each > 1 || self.index == Index::Tree;
                            let mark = if repeats && random.happens(REPEATS) {
                                own
                            } else {
                                random.place(&self.marks.per_mille)
                            };
                            let is_missing = self.index == Index::Tree && random.happens(6_554);
                            if !is_missing {
                                answers.push(Answer {
                                    item,
                                    value_thousandths: values[mark],
                                });
                            }
                        }
                        (weight, answers)
                    })
                    .collect()
            })
            .collect()
    }

    /// Draws surveys and counts how often their intervals hold the population's index.
    pub(crate) fn run(&self, surveys: u32, seed: u64) -> Outcome {
        let scoring = self.index.scoring();
        let truth = self.index.truth(&scoring, &self.marks);
        let mut random = Random(seed);
        let mut outcome = Outcome::default();
        for _ in 0..surveys {
            let survey = self.survey(&mut random);
            let mut fold = GroupFold::new(&scoring);
            for customer in &survey {
                let responses = responses(customer, Period::Asked);
                fold.customer(&scoring, &responses).expect("sums");
            }
            let Some(precision) = precision(&scoring, &fold, Period::Asked, LEVEL) else {
                continue;
            };
            let interval = precision.interval;
            let (lower, upper) = naive(&scoring, &survey);
            outcome.surveys += 1;
            outcome.covered += u32::from(holds(interval.lower, interval.upper, truth));
            outcome.covered_naive += u32::from(holds(lower, upper, truth));
            outcome.width += interval.upper - interval.lower;
            outcome.width_naive += upper - lower;
        }
        outcome
    }

    /// The same for the difference, zero, between two surveys of one population; of the second by
    /// other customers, or in every other customer the same who repeats about half of the marks.
    pub(crate) fn run_difference(&self, are_shared: bool, surveys: u32, seed: u64) -> Outcome {
        let scoring = self.index.scoring();
        let mut random = Random(seed);
        let mut outcome = Outcome::default();
        for _ in 0..surveys {
            let mut fold = GroupFold::new_compared(&scoring);
            let first = self.survey(&mut random);
            let mut second = self.survey(&mut random);
            for (place, (before, now)) in first.iter().zip(&mut second).enumerate() {
                let mut both = responses(before, Period::Asked);
                if are_shared && place % 2 == 0 {
                    for (before, now) in before.iter().zip(now.iter_mut()) {
                        if random.happens(REPEATS) {
                            now.1.clone_from(&before.1);
                        }
                    }
                    both.extend(responses(now, Period::Compared));
                } else {
                    let other = responses(now, Period::Compared);
                    fold.customer(&scoring, &other).expect("sums");
                }
                fold.customer(&scoring, &both).expect("sums");
            }
            let Some(difference) = difference(&scoring, &fold, LEVEL) else {
                continue;
            };
            let interval = difference.interval;
            outcome.surveys += 1;
            outcome.covered += u32::from(holds(interval.lower, interval.upper, 0.0));
            outcome.width += interval.upper - interval.lower;
        }
        outcome
    }
}

fn responses(drawn: &[Drawn], period: Period) -> Vec<Response<'_>> {
    drawn
        .iter()
        .map(|drawn| Response {
            period,
            weight_millionths: drawn.0,
            answers: &drawn.1,
        })
        .collect()
}

fn holds(lower: f64, upper: f64, truth: f64) -> bool {
    const ROUNDING: f64 = 1e-8;
    lower - ROUNDING <= truth && truth <= upper + ROUNDING
}

/// The usual z interval of a weighted mean, every response taken for a customer of its own.
fn naive(scoring: &Scoring, survey: &[Vec<Drawn>]) -> (f64, f64) {
    let leaf_weights: &[f64] = if scoring.leaves.len() == 1 {
        &[1.0]
    } else {
        &[0.4, 0.42, 0.18]
    };
    let mut sums = vec![(0.0, 0.0); scoring.leaves.len()];
    let responses = || survey.iter().flatten();
    let share = |answer: &Answer| {
        let leaf = &scoring.leaves[usize::from(answer.item)];
        leaf.points(answer.value_thousandths.into()) as f64 / leaf.points_max() as f64
    };
    for (weight, answers) in responses() {
        for answer in answers {
            let sums = &mut sums[usize::from(answer.item)];
            sums.0 += *weight as f64;
            sums.1 += *weight as f64 * share(answer);
        }
    }
    let index: f64 = sums
        .iter()
        .zip(leaf_weights)
        .map(|((all, points), weight)| weight * points / all)
        .sum();
    let mut variance = 0.0;
    for (weight, answers) in responses() {
        let influence: f64 = answers
            .iter()
            .map(|answer| {
                let place = usize::from(answer.item);
                let (all, points) = sums[place];
                leaf_weights[place] * *weight as f64 * (share(answer) - points / all) / all
            })
            .sum();
        variance += influence * influence;
    }
    let count = responses().count() as f64;
    let half = 1.959_964 * (variance * count / (count - 1.0)).sqrt();
    let length = scoring.scale.max() - scoring.scale.min();
    let at = |share: f64| scoring.scale.min() + length * share;
    (at(index - half), at(index + half))
}
