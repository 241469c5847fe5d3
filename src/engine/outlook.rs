//! What a score foretells beyond its prediction: the value of an unlimited future, and how far the
//! truth may lie from what is expected.

mod totals;

use std::sync::LazyLock;

use super::bg_nbd::BgNbdResidual;
use super::history::CustomerTotals;
use super::interval::around::Around;
use super::interval::model::{CountModel, Prepared};
use super::interval::{
    Expected, ExpectedValue, Interval, IntervalError, Level, PurchaseIntervals, SpendIntervals,
};
use super::mbg_nbd::MbgNbd;
use super::money::Micros;
use super::pareto_nbd::ParetoNbdResidual;
use super::policy::{Discounting, Policy};
use super::purchase_model::{ForecastError, PurchaseModel};
use super::purchase_scorer::AnyPurchaseModel;
use super::score::{
    DAYS_PER_WEEK, Reason, SpendModel, purchase_statistics, spend_statistics, weekly_discount_rate,
};
use super::statistics::PurchaseStatistics;
use super::time::Day;

pub use totals::{ContributionTotals, PredictionTotals, Totals};

/// Nominal coverage of the intervals of a prediction.
pub const LEVEL: f64 = 0.9;
/// The same with its quantile, computed once.
static CHECKED_LEVEL: LazyLock<Result<Level, IntervalError>> = LazyLock::new(|| Level::new(LEVEL));
/// Age up to which residual purchases are tabulated: a hundred years. Older customers are computed
/// directly.
const AGE_MAX_WEEKS: f64 = 5_218.0;

/// What a purchase model of any family foretells with its uncertainty.
trait Foretells: std::fmt::Debug + Send + Sync {
    fn expected(&self, statistics: &PurchaseStatistics) -> Expected<4>;
    fn count_interval(
        &self,
        statistics: &PurchaseStatistics,
        level: Level,
    ) -> Result<Interval, IntervalError>;
}

impl<M, P> Foretells for PurchaseIntervals<M, 4, P>
where
    M: CountModel<4> + std::fmt::Debug + Send + Sync,
    P: Prepared<4> + std::fmt::Debug + Send + Sync,
{
    fn expected(&self, statistics: &PurchaseStatistics) -> Expected<4> {
        self.expected(statistics)
    }

    fn count_interval(
        &self,
        statistics: &PurchaseStatistics,
        level: Level,
    ) -> Result<Interval, IntervalError> {
        self.count_interval(statistics, level)
    }
}

/// Residual purchases by a model of any family.
#[derive(Debug)]
#[expect(clippy::enum_variant_names, reason = "they are the families' names")]
enum Residual {
    BgNbd(BgNbdResidual),
    MbgNbd {
        model: MbgNbd,
        /// Of those who stayed after the first purchase.
        stayed: BgNbdResidual,
    },
    ParetoNbd(ParetoNbdResidual),
}

impl Residual {
    fn new(model: AnyPurchaseModel, rate: f64) -> Result<Self, ForecastError> {
        Ok(match model {
            AnyPurchaseModel::BgNbd(model) => {
                Self::BgNbd(BgNbdResidual::new(model, rate, AGE_MAX_WEEKS)?)
            }
            AnyPurchaseModel::MbgNbd(model) => {
                let stayed = model.after_first_purchase();
                Self::MbgNbd {
                    model,
                    stayed: BgNbdResidual::new(stayed, rate, AGE_MAX_WEEKS)?,
                }
            }
            AnyPurchaseModel::ParetoNbd(model) => {
                Self::ParetoNbd(ParetoNbdResidual::new(model, rate, AGE_MAX_WEEKS)?)
            }
        })
    }

    fn purchases(&self, statistics: &PurchaseStatistics) -> f64 {
        match self {
            Self::BgNbd(residual) => residual.purchases(statistics),
            Self::MbgNbd { model, stayed } => {
                model.probability_alive(statistics) * stayed.purchases_if_alive(statistics)
            }
            Self::ParetoNbd(residual) => residual.purchases(statistics),
        }
    }
}

/// A purchase model of any family with its uncertainty, for a horizon and a policy's discount rate.
///
/// Its numbers do not depend on what was asked before; the beta-geometric families make tables for
/// each frequency when it is first asked for, about a millisecond each.
#[derive(Debug)]
pub struct PurchaseOutlook {
    /// Why there is none: without a discount rate the sum is not finite in general.
    residual: Result<Residual, Reason>,
    intervals: Result<Box<dyn Foretells>, Reason>,
}

impl PurchaseOutlook {
    /// The model with the covariance of its log-parameters, row by row, if it is known.
    #[must_use]
    pub fn new(
        model: AnyPurchaseModel,
        log_parameter_covariance: Option<&[f64]>,
        horizon_days: i32,
        policy: &Policy,
    ) -> Self {
        let horizon = f64::from(horizon_days) / DAYS_PER_WEEK;
        let rate = weekly_discount_rate(policy.discount_rate);
        let covariance = log_parameter_covariance.and_then(square);
        let intervals = covariance.ok_or(Reason::NoUncertainty).and_then(|known| {
            let prepared = match model {
                AnyPurchaseModel::BgNbd(model) => boxed(model, &known, horizon, rate),
                AnyPurchaseModel::MbgNbd(model) => boxed(model, &known, horizon, rate),
                AnyPurchaseModel::ParetoNbd(model) => boxed(model, &known, horizon, rate),
            };
            prepared.map_err(|_| Reason::NotEnoughData)
        });
        Self {
            residual: Residual::new(model, rate).map_err(|_| Reason::NotInPolicy),
            intervals,
        }
    }
}

fn boxed<M>(
    model: M,
    covariance: &[[f64; 4]; 4],
    horizon: f64,
    rate: f64,
) -> Result<Box<dyn Foretells>, IntervalError>
where
    M: CountModel<4> + std::fmt::Debug + Send + Sync + 'static,
    M::Prepared: std::fmt::Debug + Send + Sync + 'static,
{
    let intervals = PurchaseIntervals::<M, 4>::new(model, covariance, horizon, rate)?;
    Ok(Box::new(intervals))
}

/// A matrix written row by row; `None` if there are too few or too many entries.
#[must_use]
pub fn square<const N: usize>(entries: &[f64]) -> Option<[[f64; N]; N]> {
    let (rows, rest) = entries.as_chunks();
    rows.try_into().ok().filter(|_| rest.is_empty())
}

/// The models in force with their uncertainty, where it is known.
#[derive(Clone, Copy, Debug)]
pub struct Uncertain<'m> {
    /// Purchases.
    pub purchases: &'m PurchaseOutlook,
    /// Expected purchases of the customer in the horizon, discounted as the policy says.
    pub discounted_purchases: f64,
    /// Spend.
    pub spend: Option<&'m SpendModel>,
    /// The same with its uncertainty.
    pub spend_intervals: Option<SpendIntervals>,
}

/// An interval of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyInterval {
    /// Lower end.
    pub lower: Micros,
    /// Upper end.
    pub upper: Micros,
}

/// What is foretold of a customer beyond the prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Contribution of an unlimited future, discounted.
    pub residual_value: Result<Micros, Reason>,
    /// Interval of the expected purchases in the horizon.
    pub expected_purchases: Result<Interval, Reason>,
    /// Interval of the actual purchases in the horizon.
    pub actual_purchases: Result<Interval, Reason>,
    /// Interval of the expected contribution in the horizon.
    pub expected_contribution: Result<MoneyInterval, Reason>,
    /// Expected purchases around the fit, which sums over customers add.
    pub purchases: Result<Around<f64, 4>, Reason>,
    /// Expected value before the margin, likewise.
    pub value: Result<ExpectedValue<4>, Reason>,
}

/// What the models foretell of a customer from a day on, beyond the prediction.
///
/// # Formula
///
/// ```text
/// residual value = discounted purchases of an unlimited future · expected spend · margin
/// ```
///
/// The intervals are those of [`super::interval`]; the margin counts as known. Residual purchases are
/// discounted continuously, whatever the policy does in the horizon.
///
/// # Errors
///
/// [`Reason::NoPurchase`] and [`Reason::NotEnoughData`].
pub fn outlook(
    own: &CustomerTotals,
    day: Day,
    models: Uncertain<'_>,
    policy: &Policy,
) -> Result<Outlook, Reason> {
    let statistics = purchase_statistics(own, day).ok_or(Reason::NoPurchase)?;
    let level = (*CHECKED_LEVEL).map_err(|_| Reason::NotEnoughData)?;
    let own_spend = spend_statistics(own);
    let micros = |units: f64| Micros::from_estimate(units).ok_or(Reason::NotEnoughData);
    let residual_value = models.spend.ok_or(Reason::NoModel).and_then(|spend| {
        let residual = models.purchases.residual.as_ref().map_err(|why| *why)?;
        let purchases = residual.purchases(&statistics);
        let expected = match &own_spend {
            Some(statistics) => spend.model.expected_spend(statistics),
            None => spend.model.population_mean(),
        };
        let expected = expected.map_err(|_| Reason::NotEnoughData)?;
        let margin = spend.margin(policy).ok_or(Reason::NotEnoughData)?;
        micros(purchases * expected * margin)
    });
    let intervals = models.purchases.intervals.as_ref().map_err(|why| *why);
    let expected = intervals.map(|known| known.expected(&statistics));
    let value = models.spend_intervals.ok_or(Reason::NoUncertainty);
    let value = value.and_then(|known| {
        let discounted = expected?.discounted;
        let timing = match policy.discounting {
            // Without purchases there is nothing to move.
            Discounting::MidPeriod { .. } if discounted.centre != 0.0 => {
                // What periods change is the centre: by how much is the same for all parameters near
                // the fit, but for a share of the little that they change.
                models.discounted_purchases / discounted.centre
            }
            Discounting::Continuous | Discounting::MidPeriod { .. } => 1.0,
        };
        let value = known.expected_value(&discounted, own_spend.as_ref());
        Ok(value.map_err(|_| Reason::NotEnoughData)?.scaled(timing))
    });
    let expected_contribution = models.spend.ok_or(Reason::NoModel).and_then(|spend| {
        let value = value?;
        let margin = spend.margin(policy).ok_or(Reason::NotEnoughData)?;
        money_interval(value.interval(level).scaled(margin))
    });
    let actual_purchases = intervals.and_then(|known| {
        let interval = known.count_interval(&statistics, level);
        interval.map_err(|_| Reason::NotEnoughData)
    });
    let purchases = expected.map(|expected| expected.purchases);
    Ok(Outlook {
        residual_value,
        expected_purchases: purchases.and_then(|purchases| finite(purchases.interval(level))),
        actual_purchases,
        expected_contribution,
        purchases,
        value,
    })
}

/// An interval whose ends are numbers.
fn finite(interval: Interval) -> Result<Interval, Reason> {
    let is_finite = interval.high.is_finite();
    is_finite.then_some(interval).ok_or(Reason::NotEnoughData)
}

fn money_interval(interval: Interval) -> Result<MoneyInterval, Reason> {
    let micros = |units: f64| Micros::from_estimate(units).ok_or(Reason::NotEnoughData);
    Ok(MoneyInterval {
        lower: micros(interval.low)?,
        upper: micros(interval.high)?,
    })
}

#[cfg(test)]
mod tests;
