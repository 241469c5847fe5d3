//! Statistics of customers from a log of purchases.

use super::{PurchaseStatistics, StatisticsError};
use crate::engine::time::Day;

/// One line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedPurchase {
    /// Whoever bought, as a number.
    pub customer: u32,
    /// When.
    pub day: Day,
    /// What was paid, in micro-units, at most 10¹⁸ either way.
    pub amount_micros: i64,
}

/// What a log says of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoggedStatistics {
    /// Who, as in the log.
    pub customer: u32,
    /// Purchase days after the first, the last of them, and the age.
    pub purchases: PurchaseStatistics,
    /// Mean spend on a purchase day after the first, in money; 0 without one.
    pub monetary: f64,
}

/// Statistics of every customer who bought by `until`, in the order of their numbers.
///
/// All purchases of a customer on one day are one event. The order of the log does not matter.
///
/// # Formula
///
/// ```text
/// x = purchase days − 1,  t_x = (last day − first day)/unit,  T = (until − first day)/unit
/// z̄ = spend on the days after the first / x
/// ```
///
/// # Units
///
/// - `unit_days`: days in a unit of time, above 0
/// - returns: times in that unit
///
/// # Errors
///
/// [`StatisticsError`] when the unit makes a time that is no number.
///
/// # Source
///
/// Fader and Hardie, note 004, "How to create the summary data"; days are counted as in
/// [`crate::engine::score::purchase_statistics`].
pub fn statistics_of_log(
    mut log: Vec<LoggedPurchase>,
    until: Day,
    unit_days: f64,
) -> Result<Vec<LoggedStatistics>, StatisticsError> {
    log.retain(|purchase| purchase.day <= until);
    // Amounts are whole numbers: their sums do not depend on the order within a day.
    log.sort_unstable_by_key(|purchase| (purchase.customer, purchase.day));
    let of_one = |own: &[LoggedPurchase]| own_statistics(own, until, unit_days);
    let customers = log.chunk_by(|one, next| one.customer == next.customer);
    customers
        .filter_map(|own| of_one(own).transpose())
        .collect()
}

/// Statistics of one customer's purchases, sorted by day; `None` without any.
#[expect(
    clippy::cast_precision_loss,
    reason = "spend far below 2^53 units is exact to its last digit, and more is rounded once"
)]
fn own_statistics(
    own: &[LoggedPurchase],
    until: Day,
    unit_days: f64,
) -> Result<Option<LoggedStatistics>, StatisticsError> {
    let (Some(first), Some(last)) = (own.first(), own.last()) else {
        return Ok(None);
    };
    let time = |from: Day, to: Day| f64::from(to.days_since(from)) / unit_days;
    let repeats = own.iter().skip_while(|purchase| purchase.day == first.day);
    let (mut days, mut micros, mut day) = (0.0, 0_i128, first.day);
    for purchase in repeats {
        micros += i128::from(purchase.amount_micros);
        if day < purchase.day {
            days += 1.0;
            day = purchase.day;
        }
    }
    let spend = micros as f64 / 1e6;
    Ok(Some(LoggedStatistics {
        customer: first.customer,
        purchases: PurchaseStatistics::new(
            days,
            time(first.day, last.day),
            time(first.day, until),
        )?,
        monetary: if days == 0.0 { 0.0 } else { spend / days },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchase(customer: u32, day: i32, amount: i64) -> LoggedPurchase {
        LoggedPurchase {
            customer,
            day: Day::from_days(day),
            amount_micros: amount * 1_000_000,
        }
    }

    fn statistics(log: &[LoggedPurchase], until: i32, unit: f64) -> Vec<(u32, [f64; 4])> {
        let found = statistics_of_log(log.to_vec(), Day::from_days(until), unit).unwrap();
        let numbers = |own: &LoggedStatistics| {
            let purchases = own.purchases;
            let (x, last) = (purchases.frequency(), purchases.recency());
            (own.customer, [x, last, purchases.age(), own.monetary])
        };
        found.iter().map(numbers).collect()
    }

    #[test]
    fn days_are_events_in_any_order_of_the_log() {
        let mut log = vec![
            purchase(7, 3, 10),
            purchase(2, 0, 1),
            purchase(7, 17, 20),
            purchase(7, 17, 5),
            purchase(7, 10, 35),
            purchase(7, 3, 1),
            purchase(2, 99, 4),
        ];
        // Customer 7: days 3, 10, 17; (35 + 25)/2. Customer 2 comes back only after the end.
        let expected = vec![(2, [0.0, 0.0, 3.0, 0.0]), (7, [2.0, 2.0, 18.0 / 7.0, 30.0])];
        assert_eq!(statistics(&log, 21, 7.0), expected);
        log.reverse();
        assert_eq!(statistics(&log, 21, 7.0), expected);
    }

    #[test]
    fn nobody_is_known_before_the_first_purchase() {
        assert_eq!(statistics(&[purchase(1, 5, 1)], 4, 1.0), []);
        assert_eq!(statistics(&[], 4, 1.0), []);
    }
}
