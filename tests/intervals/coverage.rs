//! How often intervals cover: one population drawn, fitted, foretold and compared with its future.

use std::collections::BTreeMap;
use std::error::Error;

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fit::{
    Fit, FitError, Prior, fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_pareto_nbd,
};
use customer_value::engine::interval::around::Around;
use customer_value::engine::interval::model::{CountModel, Prepared as _, Surroundings};
use customer_value::engine::interval::{
    Level, PurchaseIntervals, Purchases, SpendIntervals, Value,
};
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::pareto_nbd::ParetoNbd;

use crate::population::{Customer, Leaving, Random, Truth, draw, purchase_rows, spend_rows};

/// The probability that is asked for.
const COVERAGE: f64 = 0.9;
/// Customers of each class whose own intervals are checked in each population.
const CUSTOMERS_OF_CLASS: usize = 4;
/// Customers in small sets.
const SMALL_SETS: [usize; 3] = [3, 10, 50];

/// What an interval is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Estimand {
    ProbabilityAlive,
    ExpectedPurchases,
    ExpectedValue,
    ActualPurchases,
    ActualPurchasesTransform,
    ActualValue,
    ActualValueTransform,
}

/// What it is for: a class of customers or a set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// One customer with any number of repeat purchases.
    Customer,
    /// One customer of a class.
    CustomerOf(&'static str),
    /// The sum over the customers of a class.
    SumOf(&'static str),
    /// The sum over so many customers of all classes.
    SumFirst(usize),
    /// The sum over the population.
    SumOfAll,
}

/// Share of hits, with the error that populations as clusters give it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) hits: f64,
    pub(crate) trials: f64,
    squares: f64,
    cross: f64,
    trials_squared: f64,
    pub(crate) populations: u32,
}

impl Tally {
    fn add(&mut self, hits: f64, trials: f64) {
        self.hits += hits;
        self.trials += trials;
        self.squares += hits * hits;
        self.cross += hits * trials;
        self.trials_squared += trials * trials;
        self.populations += 1;
    }

    /// Hits in percent.
    pub(crate) fn percent(&self) -> f64 {
        100.0 * self.hits / self.trials
    }

    /// Standard error of the percentage: that of a ratio of sums over populations.
    pub(crate) fn error(&self) -> f64 {
        let share = self.hits / self.trials;
        let squares = self.squares - 2.0 * share * self.cross + share * share * self.trials_squared;
        100.0 * squares.max(0.0).sqrt() / self.trials
    }
}

/// Tallies of all estimands and scopes.
#[derive(Default)]
pub(crate) struct Coverage {
    pub(crate) tallies: BTreeMap<(Estimand, Scope), Tally>,
    /// Populations that could not be fitted or foretold, with the reason of the last.
    pub(crate) refused: u32,
    pub(crate) reason: Option<String>,
}

/// The class of a number of repeat purchases.
fn class(customer: &Customer) -> &'static str {
    match customer.purchases.frequency() {
        x if x < 1.0 => "x = 0",
        x if x < 2.0 => "x = 1",
        x if x < 4.0 => "x = 2-3",
        _ => "x >= 4",
    }
}

/// Draws populations from the truth, fits the family it came from, and tallies.
pub(crate) fn simulate(truth: &Truth, populations: u32, seed: u64, prior: Prior) -> Coverage {
    let mut coverage = Coverage::default();
    let mut random = Random::new(seed);
    for _ in 0..populations {
        let customers = draw(truth, &mut random);
        let rows = purchase_rows(&customers);
        let hits = match truth.leaving {
            Leaving::AfterRepeat => {
                let fit = fit_bg_nbd(&rows, prior);
                check::<BgNbd>(truth, &customers, fit, prior, &mut random)
            }
            Leaving::AfterAny => {
                let fit = fit_mbg_nbd(&rows, prior);
                check::<MbgNbd>(truth, &customers, fit, prior, &mut random)
            }
            Leaving::AnyTime => {
                let fit = fit_pareto_nbd(&rows, prior);
                check::<ParetoNbd>(truth, &customers, fit, prior, &mut random)
            }
        };
        match hits {
            Ok(hits) => {
                for (key, (hits, trials)) in hits {
                    coverage.tallies.entry(key).or_default().add(hits, trials);
                }
            }
            Err(reason) => {
                coverage.refused += 1;
                coverage.reason = Some(reason.to_string());
            }
        }
    }
    coverage
}

/// Hits and trials of one population.
type Hits = BTreeMap<(Estimand, Scope), (f64, f64)>;

/// One customer or a set of them: foretold, true and actual.
#[derive(Clone)]
struct Outlook {
    purchases: Purchases<4>,
    value: Value<4>,
    true_alive: f64,
    true_purchases: f64,
    true_value: f64,
    actual_purchases: f64,
    actual_value: f64,
}

impl Outlook {
    /// `true_alive` means nothing in a sum.
    fn add(&mut self, other: &Self) {
        self.purchases.add(&other.purchases);
        self.value.add(&other.value);
        self.true_purchases += other.true_purchases;
        self.true_value += other.true_value;
        self.actual_purchases += other.actual_purchases;
        self.actual_value += other.actual_value;
    }

    /// Whether the intervals of a sum cover.
    fn sum_outcomes(&self, level: Level) -> Result<Vec<(Estimand, bool)>, Box<dyn Error>> {
        let Self {
            purchases, value, ..
        } = self;
        Ok(vec![
            (
                Estimand::ExpectedPurchases,
                purchases.expected(level).contains(self.true_purchases),
            ),
            (
                Estimand::ExpectedValue,
                value.expected(level).contains(self.true_value),
            ),
            (
                Estimand::ActualPurchases,
                purchases.actual(level).contains(self.actual_purchases),
            ),
            (
                Estimand::ActualValue,
                value.actual(level)?.contains(self.actual_value),
            ),
        ])
    }
}

/// What was fitted to a population, and what it was drawn from.
struct Fitted<'t, M: CountModel<4>> {
    truth: &'t Truth,
    true_model: M::Prepared,
    purchases: PurchaseIntervals<M, 4>,
    spend: SpendIntervals,
    level: Level,
}

impl<M: CountModel<4>> Fitted<'_, M> {
    fn outlook(&self, customer: &Customer) -> Result<Outlook, Box<dyn Error>> {
        let purchases = self.purchases.forecast(&customer.purchases);
        let value = self.spend.value(&purchases, customer.spend.as_ref())?;
        let forecast = self.true_model.forecast(&customer.purchases).centre;
        let true_spend = match &customer.spend {
            Some(statistics) => self.truth.spend.expected_spend(statistics)?,
            None => self.truth.spend.population_mean()?,
        };
        Ok(Outlook {
            purchases,
            value,
            true_alive: forecast.probability_alive,
            true_purchases: forecast.expected_purchases,
            true_value: forecast.discounted_expected_purchases * true_spend,
            actual_purchases: customer.future_purchases as f64,
            actual_value: customer.future_value,
        })
    }

    /// Whether the intervals of a single customer cover.
    fn own_outcomes(
        &self,
        customer: &Customer,
        outlook: &Outlook,
        random: &mut Random,
    ) -> Result<[(Estimand, bool); 7], Box<dyn Error>> {
        let Outlook {
            purchases, value, ..
        } = outlook;
        let counts = self.purchases.count(&customer.purchases)?;
        let values = self
            .spend
            .distribution(purchases, &counts, customer.spend.as_ref());
        let inside = |transform: f64| (0.05..0.95).contains(&transform);
        let of_count = counts.probability_transform(customer.future_purchases, random.uniform());
        let of_value = values.probability_transform(outlook.actual_value, random.uniform());
        let level = self.level;
        let alive = self.purchases.probability_alive(&customer.purchases, level);
        Ok([
            (
                Estimand::ProbabilityAlive,
                alive.contains(outlook.true_alive),
            ),
            (
                Estimand::ExpectedPurchases,
                purchases.expected(level).contains(outlook.true_purchases),
            ),
            (
                Estimand::ExpectedValue,
                value.expected(level).contains(outlook.true_value),
            ),
            (
                Estimand::ActualPurchases,
                counts.interval(level).contains(outlook.actual_purchases),
            ),
            (Estimand::ActualPurchasesTransform, inside(of_count)),
            (
                Estimand::ActualValue,
                values.interval(level).contains(outlook.actual_value),
            ),
            (Estimand::ActualValueTransform, inside(of_value)),
        ])
    }
}

fn check<M: CountModel<4>>(
    truth: &Truth,
    customers: &[Customer],
    fit: Result<Fit<M, 4>, FitError>,
    prior: Prior,
    random: &mut Random,
) -> Result<Hits, Box<dyn Error>> {
    let fit = fit?;
    let spend = fit_gamma_gamma(&spend_rows(customers), prior)?;
    let (horizon, rate) = (truth.horizon, truth.discount_rate);
    let covariance = &fit.log_parameter_covariance;
    // The truth has no uncertainty: it is the same on all sides.
    let true_model = Around {
        centre: M::from_parameters(truth.purchases),
        sides: [[M::from_parameters(truth.purchases); 2]; 4],
        distance: 1.0,
    };
    let around = Surroundings {
        near: true_model,
        far: true_model,
    };
    let fitted = Fitted::<M> {
        truth,
        true_model: M::prepare(&around, horizon, rate)?,
        purchases: PurchaseIntervals::new(fit.model, covariance, horizon, rate)?,
        spend: SpendIntervals::new(spend.model, &spend.log_parameter_covariance)?,
        level: Level::new(COVERAGE)?,
    };

    let mut hits = Hits::new();
    let mut sums: BTreeMap<Scope, Outlook> = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, customer) in customers.iter().enumerate() {
        let outlook = fitted.outlook(customer)?;
        let class = class(customer);
        let place = seen.entry(class).or_default();
        *place += 1;
        // Classes are sampled alike, the base by its first customers: a fair sample of it.
        let mut scopes = Vec::new();
        if *place <= CUSTOMERS_OF_CLASS {
            scopes.push(Scope::CustomerOf(class));
        }
        if index < CUSTOMERS_OF_CLASS {
            scopes.push(Scope::Customer);
        }
        if !scopes.is_empty() {
            for (estimand, is_hit) in fitted.own_outcomes(customer, &outlook, random)? {
                for scope in &scopes {
                    let entry = hits.entry((estimand, *scope)).or_default();
                    entry.0 += f64::from(u8::from(is_hit));
                    entry.1 += 1.0;
                }
            }
        }
        let small = SMALL_SETS.into_iter().filter(|size| index < *size);
        let sets = small
            .map(Scope::SumFirst)
            .chain([Scope::SumOf(class), Scope::SumOfAll]);
        for scope in sets {
            match sums.get_mut(&scope) {
                Some(sum) => sum.add(&outlook),
                None => {
                    sums.insert(scope, outlook.clone());
                }
            }
        }
    }
    for (scope, sum) in &sums {
        for (estimand, is_hit) in sum.sum_outcomes(fitted.level)? {
            hits.insert((estimand, *scope), (f64::from(u8::from(is_hit)), 1.0));
        }
    }
    Ok(hits)
}
