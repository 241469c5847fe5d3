//! Refusals name their field; grouping does not depend on order.

use super::*;

fn purchases(
    frequency: f64,
    recency: f64,
    age: f64,
) -> Result<PurchaseStatistics, StatisticsError> {
    PurchaseStatistics::new(frequency, recency, age)
}

#[test]
fn ordinary_histories_are_accepted() {
    assert!(purchases(0.0, 0.0, 0.0).is_ok());
    assert!(purchases(0.0, -0.0, 12.0).is_ok());
    assert!(purchases(2.0, 30.43, 38.86).is_ok());
    assert!(purchases(2.0, 30.0, 30.0).is_ok());
    assert!(SpendStatistics::new(1.0, 0.01).is_ok());
}

#[test]
fn impossible_histories_are_refused_by_name() {
    assert_eq!(
        purchases(1.5, 1.0, 2.0),
        Err(StatisticsError::NotACount { value: 1.5 })
    );
    assert_eq!(
        purchases(2e9, 1.0, 2.0),
        Err(StatisticsError::NotACount { value: 2e9 })
    );
    assert_eq!(
        purchases(-1.0, 0.0, 2.0),
        Err(StatisticsError::Negative {
            field: "frequency",
            value: -1.0
        })
    );
    assert_eq!(
        purchases(1.0, f64::INFINITY, 2.0),
        Err(StatisticsError::NotFinite {
            field: "recency",
            value: f64::INFINITY
        })
    );
    assert!(matches!(
        purchases(1.0, 1.0, f64::NAN),
        Err(StatisticsError::NotFinite { field: "age", .. })
    ));
    assert_eq!(
        purchases(1.0, 3.0, 2.0),
        Err(StatisticsError::RecencyAboveAge {
            recency: 3.0,
            age: 2.0
        })
    );
    assert_eq!(
        purchases(0.0, 1.0, 2.0),
        Err(StatisticsError::RecencyWithoutRepeat { recency: 1.0 })
    );
    assert_eq!(
        purchases(3.0, 0.0, 2.0),
        Err(StatisticsError::RepeatWithoutRecency { frequency: 3.0 })
    );
    assert_eq!(
        SpendStatistics::new(0.0, 5.0),
        Err(StatisticsError::SpendWithoutRepeat)
    );
    assert_eq!(
        SpendStatistics::new(1.0, 0.0),
        Err(StatisticsError::SpendNotPositive { value: 0.0 })
    );
}

#[test]
fn impossible_periods_are_refused_by_name() {
    assert!(PeriodStatistics::new(2.0, 4.0, 6.0).is_ok());
    assert_eq!(
        PeriodStatistics::new(2.0, 3.5, 6.0),
        Err(StatisticsError::NotPeriods {
            field: "recency",
            value: 3.5
        })
    );
    assert_eq!(
        PeriodStatistics::new(2.0, 3.0, 1e6),
        Err(StatisticsError::NotPeriods {
            field: "age",
            value: 1e6
        })
    );
    assert_eq!(
        PeriodStatistics::new(4.0, 3.0, 6.0),
        Err(StatisticsError::FrequencyAboveRecency {
            frequency: 4.0,
            recency: 3.0
        })
    );
    assert!(RenewalStatistics::new(3.0, 3.0, 6.0).is_ok_and(|row| !row.is_active()));
    assert_eq!(
        RenewalStatistics::new(2.0, 3.0, 6.0),
        Err(StatisticsError::RecencyIsNotRenewals {
            frequency: 2.0,
            recency: 3.0
        })
    );
}

#[test]
fn grouping_adds_weights_in_any_order() {
    let row = |frequency, recency, weight| Weighted {
        row: purchases(frequency, recency, 10.0).unwrap(),
        weight,
    };
    let mut rows = vec![
        row(1.0, 2.0, 0.1),
        row(0.0, 0.0, 3.0),
        row(1.0, 2.0, 0.7),
        row(1.0, 2.0, 0.2),
    ];
    let grouped = group_rows(&rows);
    assert_eq!(grouped.len(), 2);
    assert_eq!(grouped[0], row(0.0, 0.0, 3.0));
    rows.reverse();
    assert_eq!(group_rows(&rows), grouped);
    rows.swap(0, 2);
    assert_eq!(group_rows(&rows), grouped);
}
