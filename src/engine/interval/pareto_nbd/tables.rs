//! Forecasts of the Pareto/NBD model at and around a fit, for one horizon and discount rate.
//!
//! Everything that takes a quadrature is, for a frequency, a function of one time: the chance of
//! having left is a difference of a function of T and the same function of t_x, and what a living
//! customer will do depends on T. They are Chebyshev interpolants in ln(1 + T/c), c the smallest
//! scale of any point, made for a frequency and a segment of T when first asked for. What a table
//! holds depends on nothing that was asked before.

use std::sync::OnceLock;

use super::AtLeast;
use super::departures::Silence;
use crate::engine::bg_nbd::PurchaseForecast;
use crate::engine::bg_nbd::scorer::frequency_index;
use crate::engine::interval::around::Around;
use crate::engine::interval::model::{CountModel, Direct, Prepared, Surroundings};
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::exp;
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::{
    ForecastError, PurchaseModel, discount_rate_checked, horizon_checked,
};
use crate::engine::statistics::PurchaseStatistics;

/// Frequencies 0, 1, … whose tables are kept; others are computed directly.
const FREQUENCIES: usize = 128;
/// Ages up to which there are tables, in whatever unit: a hundred years of weeks.
const AGE_MAX: f64 = 5_218.0;
/// Longest segment: half of it is to the strip's half-width as 1 to 2.5, which leaves an error of
/// 5.2⁻¹⁸ = 1e-13.
const SEGMENT_MAX: f64 = 1.25;
/// Models near the fit, the fit's first; the others are far from it.
const NEAR: usize = 9;
const FAR: usize = 8;
/// Numbers of purchases 1, 2, … whose survivors are tabulated.
const COUNTS: usize = 16;
/// Smallest r + s that is tabulated: with less, departures are likely for longer than numbers reach.
const SHAPE_MIN: f64 = 0.1;
/// Largest K(T) at which the difference of two K still has its digits.
const SUBTRACTED_MAX: f64 = 10.0;
/// Largest logarithm whose exponential is a number.
const LOG_MAX: f64 = 700.0;

type Coefficients = [f64; chebyshev::POINTS];

/// The Pareto/NBD model at and around a fit, prepared.
#[derive(Debug, Clone)]
pub struct ParetoNbdAround {
    direct: Surroundings<Direct<ParetoNbd>, 4>,
    models: [ParetoNbd; NEAR + FAR],
    horizon: f64,
    discount_rate: f64,
    segments: Segments,
    /// How many ages are tabulated; 0 where the parameters allow no tables.
    tabulated: usize,
    /// D/E by segment, of each model near the fit.
    discounts: Vec<OnceLock<[Coefficients; NEAR]>>,
    /// K by frequency and segment.
    departures: Vec<OnceLock<Box<[Coefficients; NEAR + FAR]>>>,
    /// P(X ≥ n | alive) by frequency and segment, of each model far from the fit.
    survivors: Vec<OnceLock<Vec<[Coefficients; FAR]>>>,
}

fn empty<T>(count: usize) -> Vec<OnceLock<T>> {
    (0..count).map(|_| OnceLock::new()).collect()
}

impl ParetoNbdAround {
    pub(super) fn new(
        models: &Surroundings<ParetoNbd, 4>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        let discount_rate = discount_rate_checked(discount_rate_continuous)?;
        let direct = |model: &ParetoNbd| Direct::new(*model, horizon, discount_rate);
        let direct = Surroundings {
            near: models.near.try_map(direct)?,
            far: models.far.try_map(direct)?,
        };
        let mut all = [models.near.centre; NEAR + FAR];
        let beside = models.near.beside().chain(models.far.beside());
        for (place, model) in all.iter_mut().skip(1).zip(beside) {
            *place = *model;
        }
        let scale = all.map(|model| model.alpha.min(model.beta));
        let scale = scale.into_iter().fold(f64::INFINITY, f64::min);
        let segments = Segments::new(1.0 / scale, AGE_MAX, SEGMENT_MAX);
        let has_tables = all.iter().all(|model| SHAPE_MIN <= model.r + model.s);
        let tabulated = if has_tables { segments.count() } else { 0 };
        Ok(Self {
            direct,
            models: all,
            horizon,
            discount_rate,
            segments,
            tabulated,
            discounts: empty(tabulated),
            departures: empty(FREQUENCIES * tabulated),
            survivors: empty(FREQUENCIES * tabulated),
        })
    }

    /// Index of the tables of a frequency and an age, with the age's place there.
    fn place(&self, frequency: f64, age: f64) -> Option<(usize, usize, f64)> {
        let row = frequency_index(frequency);
        if FREQUENCIES <= row || AGE_MAX < age || self.tabulated == 0 {
            return None;
        }
        let (segment, local) = self.segments.locate(age);
        Some((row * self.tabulated + segment, segment, local))
    }

    /// Ages of a segment, descending.
    fn ages(&self, segment: usize) -> Coefficients {
        let ages = self.segments.points();
        ages.get(segment).copied().unwrap_or_default()
    }

    /// The probabilities of being alive of some of the models.
    fn alive<const COUNT: usize>(
        &self,
        statistics: &PurchaseStatistics,
        first: usize,
    ) -> [f64; COUNT] {
        let tables = self.departures_at(statistics);
        std::array::from_fn(|index| {
            let model = &self.models[first + index];
            let of_tables = tables.and_then(|both| alive(model, statistics, both, first + index));
            of_tables.unwrap_or_else(|| model.probability_alive(statistics))
        })
    }

    /// K at t_x and at T, each with its place in the segment.
    fn departures_at(
        &self,
        statistics: &PurchaseStatistics,
    ) -> Option<[(&[Coefficients; NEAR + FAR], f64); 2]> {
        let frequency = statistics.frequency();
        let at = |age: f64| {
            let (cell, segment, local) = self.place(frequency, age)?;
            let table = self.departures.get(cell)?;
            let table = table.get_or_init(|| Box::new(self.departures_of(frequency, segment)));
            Some((table.as_ref(), local))
        };
        Some([at(statistics.recency())?, at(statistics.age())?])
    }

    /// K at the ages of a segment, from the latest back.
    fn departures_of(&self, frequency: f64, segment: usize) -> [Coefficients; NEAR + FAR] {
        let ages = self.ages(segment);
        self.models.map(|model| {
            let mut later: Option<(f64, f64)> = None;
            let values = ages.map(|age| {
                let here = Silence::new(&model, frequency, age);
                let departures = match later {
                    None => here.departures(f64::INFINITY),
                    Some((age_later, departures)) => {
                        let silence = age_later - age;
                        here.departures(silence) + exp(-here.log_ratio(silence)) * departures
                    }
                };
                later = Some((age, departures));
                departures
            });
            chebyshev::coefficients(&values)
        })
    }

    fn discounts_of(&self, segment: usize) -> [Coefficients; NEAR] {
        let ages = self.ages(segment);
        std::array::from_fn(|index| {
            let model = &self.models[index];
            let share = |age: f64| {
                let statistics = PurchaseStatistics::new(0.0, 0.0, age).ok()?;
                let expected = model.purchases_if_alive(&statistics, self.horizon);
                let discounted = model.discounted_purchases_if_alive(
                    &statistics,
                    self.horizon,
                    self.discount_rate,
                );
                Some(discounted / expected)
            };
            chebyshev::coefficients(&ages.map(|age| share(age).unwrap_or(1.0)))
        })
    }

    fn survivors_of(&self, frequency: f64, segment: usize) -> Vec<[Coefficients; FAR]> {
        let mut values = vec![[[0.0; chebyshev::POINTS]; FAR]; COUNTS];
        for (point, age) in self.ages(segment).into_iter().enumerate() {
            let recency = if frequency == 0.0 { 0.0 } else { age };
            let Ok(statistics) = PurchaseStatistics::new(frequency, recency, age) else {
                continue;
            };
            for (index, model) in self.models[NEAR..].iter().enumerate() {
                let survivors = model.at_least_if_alive(&statistics, self.horizon);
                for (of_count, survivor) in values.iter_mut().zip(survivors) {
                    of_count[index][point] = survivor;
                }
            }
        }
        let of_count =
            |values: &[Coefficients; FAR]| values.map(|one| chebyshev::coefficients(&one));
        values.iter().map(of_count).collect()
    }
}

/// The probability of being alive by the tables; `None` where too many digits would be lost.
///
/// # Formula
///
/// ```text
/// odds of having left = K(t_x)·((α+T)/(α+t_x))^(r+x)·((β+T)/(β+t_x))^s − K(T)
/// ```
fn alive(
    model: &ParetoNbd,
    statistics: &PurchaseStatistics,
    [(last, at_last), (now, at_now)]: [(&[Coefficients; NEAR + FAR], f64); 2],
    index: usize,
) -> Option<f64> {
    let idle = statistics.age() - statistics.recency();
    if idle == 0.0 {
        return Some(1.0);
    }
    let subtracted = chebyshev::evaluate(now.get(index)?, at_now);
    let since = Silence::new(model, statistics.frequency(), statistics.recency());
    let log_ratio = since.log_ratio(idle);
    if SUBTRACTED_MAX < subtracted || LOG_MAX < log_ratio {
        return None;
    }
    let departures = chebyshev::evaluate(last.get(index)?, at_last);
    let odds = departures * exp(log_ratio) - subtracted;
    Some(1.0 / (1.0 + odds.max(0.0)))
}

/// P(X ≥ n | alive) for n = 1, 2, …: the first by tables, the rest one by one.
#[derive(Debug)]
pub enum Survivors<'p> {
    /// All of them one by one.
    Direct(AtLeast),
    /// By tables, as far as they reach.
    Tabulated {
        /// The tables.
        of: &'p ParetoNbdAround,
        /// By number of purchases.
        table: &'p [[Coefficients; FAR]],
        /// Place of the age in its segment.
        place: f64,
        /// Which of the models.
        model: usize,
        /// Whose.
        statistics: PurchaseStatistics,
    },
}

impl Iterator for Survivors<'_> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        match self {
            Self::Direct(rest) => rest.next(),
            Self::Tabulated {
                of,
                table,
                place,
                model,
                statistics,
            } => {
                if let Some((first, rest)) = table.split_first() {
                    let survivor = chebyshev::evaluate(first.get(*model)?, *place);
                    *table = rest;
                    return Some(survivor.max(0.0));
                }
                let owner = of.models.get(NEAR + *model)?;
                let mut rest = owner.at_least_if_alive(statistics, of.horizon);
                let next = rest.nth(COUNTS);
                *self = Self::Direct(rest);
                next
            }
        }
    }
}

impl Prepared<4> for ParetoNbdAround {
    type AtLeast<'p> = Survivors<'p>;

    fn forecast(&self, statistics: &PurchaseStatistics) -> Around<PurchaseForecast, 4> {
        let age = statistics.age();
        let Some((_, segment, local)) = self.place(statistics.frequency(), age) else {
            return self.direct.forecast(statistics);
        };
        let alive = self.alive::<NEAR>(statistics, 0);
        let discounts = self.discounts.get(segment);
        let discounts = discounts.filter(|_| 0.0 < self.horizon && 0.0 < self.discount_rate);
        let discounts = discounts.map(|table| table.get_or_init(|| self.discounts_of(segment)));
        let at = |index: usize| {
            let model = &self.models[index];
            let expected = alive[index] * model.purchases_if_alive(statistics, self.horizon);
            let share = discounts.map_or(1.0, |of| chebyshev::evaluate(&of[index], local));
            PurchaseForecast {
                probability_alive: alive[index],
                expected_purchases: expected,
                discounted_expected_purchases: expected * share,
            }
        };
        Around {
            centre: at(0),
            sides: std::array::from_fn(|axis| [at(1 + 2 * axis), at(2 + 2 * axis)]),
            distance: self.direct.near.distance,
        }
    }

    fn survivors(&self, statistics: &PurchaseStatistics) -> Vec<(f64, Survivors<'_>)> {
        let frequency = statistics.frequency();
        let cell = self.place(frequency, statistics.age());
        let cell = cell.and_then(|(cell, segment, place)| {
            let table = self.survivors.get(cell)?;
            let table = table.get_or_init(|| self.survivors_of(frequency, segment));
            Some((table.as_slice(), place))
        });
        let alive = self.alive::<FAR>(statistics, NEAR);
        let of_model = |(model, alive)| {
            let survivors = match cell {
                Some((table, place)) => Survivors::Tabulated {
                    of: self,
                    table,
                    place,
                    model,
                    statistics: *statistics,
                },
                None => {
                    let owner = &self.models[NEAR + model];
                    Survivors::Direct(owner.at_least_if_alive(statistics, self.horizon))
                }
            };
            (alive, survivors)
        };
        alive.into_iter().enumerate().map(of_model).collect()
    }
}
