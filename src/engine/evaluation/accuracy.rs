//! How many purchases are foretold, and how far that is from what happened.

use super::Outcome;
use crate::engine::numeric::special::{ln, ln_1p};

/// Classes of customers by frequency: 0, 1, .., and the last for all from its number on.
pub const FREQUENCY_CLASSES: usize = 8;

/// Calibration and errors of the forecasts of one candidate.
///
/// # Formula
///
/// With y the purchases of a customer, μ those foretold, and means over the n customers:
///
/// ```text
/// bias      = (Σμ − Σy) / Σy
/// MAE       = mean |μ − y|
/// RMSE      = √ mean (μ − y)²
/// MSLE      = mean (ln(1+μ) − ln(1+y))²
/// deviance  = mean 2·(y·ln(y/μ) − (y − μ)),  its first term 0 where y = 0
/// ```
///
/// # Source
///
/// The deviance is that of Poisson counts: McCullagh and Nelder (1989), "Generalized Linear Models",
/// 2nd edition, table 2.1. It and the mean square are least where μ is the mean of y, whatever the
/// distribution of y; the mean absolute error is least where μ is its median, which for most
/// customers of most shops is 0: Gneiting (2011), "Making and Evaluating Point Forecasts", JASA
/// 106(494), 746–762, sections 3.1 and 3.3.
/// Reference values: CDNOW weeks 40 to 78 in `tests/lifetime_value/holdout.rs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracy {
    /// Customers.
    pub customers: f64,
    /// Purchases foretold.
    pub predicted: f64,
    /// Purchases that happened.
    pub actual: f64,
    /// Share by which the total is too high; `None` when nobody bought.
    pub bias: Option<f64>,
    /// Mean absolute error of a customer.
    pub mean_absolute_error: f64,
    /// Root of the mean square error.
    pub root_mean_squared_error: f64,
    /// Mean square of the logarithms' difference.
    pub mean_squared_log_error: f64,
    /// Mean Poisson deviance; `None` where it is unbounded, because somebody bought who was foretold
    /// not to.
    pub mean_poisson_deviance: Option<f64>,
    /// The totals by frequency in the calibration period.
    pub classes: [FrequencyClass; FREQUENCY_CLASSES],
}

/// Customers who bought again equally often in the calibration period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrequencyClass {
    /// Repeat purchases; the last class holds all with at least as many.
    pub frequency: u32,
    /// Customers.
    pub customers: f64,
    /// Purchases foretold.
    pub predicted: f64,
    /// Purchases that happened.
    pub actual: f64,
}

impl Accuracy {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut classes = [FrequencyClass::default(); FREQUENCY_CLASSES];
        for (class, frequency) in classes.iter_mut().zip(0..) {
            class.frequency = frequency;
        }
        let mut absolute = 0.0;
        let mut squared = 0.0;
        let mut squared_log = 0.0;
        let mut deviance = 0.0;
        for outcome in outcomes {
            let Outcome {
                predicted, actual, ..
            } = *outcome;
            let weight = outcome.customers;
            let class = &mut classes[class_of(outcome.frequency)];
            class.customers += weight;
            class.predicted += weight * predicted;
            class.actual += weight * actual;
            let error = predicted - actual;
            absolute += weight * error.abs();
            squared += weight * (error * error);
            let log_error = ln_1p(predicted) - ln_1p(actual);
            squared_log += weight * (log_error * log_error);
            deviance += weight * poisson_deviance(actual, predicted);
        }
        let sum = |of: fn(&FrequencyClass) -> f64| -> f64 { classes.iter().map(of).sum() };
        let customers = sum(|class| class.customers);
        let predicted = sum(|class| class.predicted);
        let actual = sum(|class| class.actual);
        let deviance = deviance / customers;
        Self {
            customers,
            predicted,
            actual,
            bias: (0.0 < actual).then(|| (predicted - actual) / actual),
            mean_absolute_error: absolute / customers,
            root_mean_squared_error: (squared / customers).sqrt(),
            mean_squared_log_error: squared_log / customers,
            mean_poisson_deviance: deviance.is_finite().then_some(deviance),
            classes,
        }
    }
}

/// 2·(y·ln(y/μ) − (y − μ)); ∞ where μ = 0 < y.
fn poisson_deviance(actual: f64, predicted: f64) -> f64 {
    let surprise = if actual == 0.0 {
        0.0
    } else {
        actual * ln(actual / predicted)
    };
    2.0 * (surprise - (actual - predicted))
}

/// Place of a frequency's class.
fn class_of(frequency: f64) -> usize {
    let mut place = 0;
    let mut bound = 1.0;
    while bound <= frequency && place + 1 < FREQUENCY_CLASSES {
        place += 1;
        bound += 1.0;
    }
    place
}
