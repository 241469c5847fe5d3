//! Reference data, the CDNOW customers, and comparisons.

use customer_value::engine::statistics::{
    PeriodStatistics, PurchaseStatistics, SpendStatistics, Weighted,
};
use serde_json::Value;
use std::collections::BTreeMap;

const ORACLE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/oracle-lifetime-value.json"
));
pub(crate) const FORECASTS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/bg-nbd-forecasts.json"
));
const CDNOW: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/cdnow_sample_transactions.csv"
));

/// Relative tolerance of single functions: the service's promise.
pub(crate) const FUNCTION_TOLERANCE: f64 = 1e-10;

#[track_caller]
pub(crate) fn check(actual: f64, expected: f64, tolerance_relative: f64) {
    let error = ((actual - expected) / expected).abs();
    assert!(
        error <= tolerance_relative,
        "{actual} against {expected}: {error:e}"
    );
}

/// A number, or a number printed as a string.
#[track_caller]
pub(crate) fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => value.as_f64().unwrap(),
    }
}

pub(crate) fn oracle() -> Value {
    serde_json::from_str(ORACLE).unwrap()
}

/// Days since 1997-01-01 of a date in 1997 or 1998.
fn day(date: &str) -> i32 {
    const BEFORE_MONTH: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let year: i32 = date[0..4].parse().unwrap();
    let month: usize = date[5..7].parse().unwrap();
    let of_month: i32 = date[8..10].parse().unwrap();
    (year - 1997) * 365 + BEFORE_MONTH[month - 1] + of_month - 1
}

/// A customer of CDNOW.
pub(crate) struct Customer {
    pub(crate) id: u32,
    pub(crate) purchases: PurchaseStatistics,
    pub(crate) spend: Option<SpendStatistics>,
}

/// CDNOW in the calibration period: events are days, weeks are days / 7.
pub(crate) fn cdnow() -> Vec<Customer> {
    let cut_off = day("1997-09-30");
    let mut days: BTreeMap<u32, BTreeMap<i32, f64>> = BTreeMap::new();
    for line in CDNOW.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let of_purchase = day(fields[2]);
        if of_purchase <= cut_off {
            let events = days.entry(fields[1].parse().unwrap()).or_default();
            *events.entry(of_purchase).or_default() += fields[4].parse::<f64>().unwrap();
        }
    }
    let customer = |(id, events): (u32, BTreeMap<i32, f64>)| {
        let first = *events.keys().next().unwrap();
        let last = *events.keys().next_back().unwrap();
        let frequency = events.len() as f64 - 1.0;
        let weeks = |days: i32| f64::from(days) / 7.0;
        let spend: f64 = events.values().skip(1).sum();
        Customer {
            id,
            purchases: PurchaseStatistics::new(
                frequency,
                weeks(last - first),
                weeks(cut_off - first),
            )
            .unwrap(),
            spend: SpendStatistics::new(frequency, spend / frequency).ok(),
        }
    };
    days.into_iter().map(customer).collect()
}

/// Rows of one customer each.
pub(crate) fn weighted<T>(rows: impl Iterator<Item = T>) -> Vec<Weighted<T>> {
    rows.map(|row| Weighted { row, weight: 1.0 }).collect()
}

/// What the purchase models know of CDNOW.
pub(crate) fn cdnow_purchases() -> Vec<Weighted<PurchaseStatistics>> {
    weighted(cdnow().iter().map(|customer| customer.purchases))
}

/// Donors of 1995 by their gifts of the six years after.
const DONATIONS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/donations.csv"));

/// The 11,104 donors.
pub(crate) fn donations() -> Vec<Weighted<PeriodStatistics>> {
    let row = |line: &str| {
        let numbers = line.split(',').map(|cell| cell.parse().unwrap());
        let numbers: Vec<f64> = numbers.collect();
        let [frequency, recency, age, weight] = numbers[..] else {
            panic!("four columns: {line}")
        };
        Weighted {
            row: PeriodStatistics::new(frequency, recency, age).unwrap(),
            weight,
        }
    };
    DONATIONS.lines().skip(1).map(row).collect()
}
