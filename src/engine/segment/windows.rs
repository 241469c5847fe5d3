//! What a customer's recent days add up to, for any window of days.

use std::collections::BTreeMap;
use std::ops::{Add, Sub};

use crate::engine::history::Totals;
use crate::engine::money::Micros;
use crate::engine::policy::Policy;
use crate::engine::referral::assumed_cost_of_goods;
use crate::engine::time::Day;

/// What the days of a window add up to, in base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowSums {
    /// Revenue after refunds.
    pub net_revenue: Micros,
    /// Cost of goods that is known, and all other costs.
    pub spent: Micros,
    /// Revenue after refunds whose cost of goods is not known.
    pub revenue_without_cost_of_goods: Micros,
}

impl WindowSums {
    /// What the days contribute.
    #[must_use]
    pub fn contribution(&self, policy: &Policy) -> Micros {
        let assumed = assumed_cost_of_goods(self.revenue_without_cost_of_goods, policy);
        self.net_revenue - self.spent - assumed
    }

    fn zip(self, other: Self, with: impl Fn(Micros, Micros) -> Micros) -> Self {
        Self {
            net_revenue: with(self.net_revenue, other.net_revenue),
            spent: with(self.spent, other.spent),
            revenue_without_cost_of_goods: with(
                self.revenue_without_cost_of_goods,
                other.revenue_without_cost_of_goods,
            ),
        }
    }
}

impl Add for WindowSums {
    type Output = WindowSums;
    fn add(self, other: WindowSums) -> WindowSums {
        self.zip(other, Add::add)
    }
}

impl Sub for WindowSums {
    type Output = WindowSums;
    fn sub(self, other: WindowSums) -> WindowSums {
        self.zip(other, Sub::sub)
    }
}

impl From<&Totals> for WindowSums {
    fn from(totals: &Totals) -> Self {
        Self {
            net_revenue: totals.net_revenue(),
            spent: totals.cost_of_goods + totals.costs.iter().copied().sum(),
            revenue_without_cost_of_goods: totals.revenue_without_cost_of_goods,
        }
    }
}

/// A customer's recent days with the sums up to each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    days: Vec<Day>,
    /// Sums of all days up to and including the day at the same place.
    up_to: Vec<WindowSums>,
}

impl Windows {
    /// Windows over days in ascending order, each once.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = (Day, WindowSums)>) -> Self {
        let mut windows = Self::default();
        let mut sums = WindowSums::default();
        for (day, of_day) in days {
            sums = sums + of_day;
            windows.days.push(day);
            windows.up_to.push(sums);
        }
        windows
    }

    /// Windows over the days of folded facts from a day on.
    #[must_use]
    pub fn of_totals(days: &BTreeMap<Day, Totals>, since: Day) -> Self {
        let recent = days.range(since..);
        Self::of(recent.map(|(day, totals)| (*day, WindowSums::from(totals))))
    }

    /// The days, ascending.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// What the days from `after` (not included) to `until` (included) add up to.
    #[must_use]
    pub fn sums(&self, after: Day, until: Day) -> WindowSums {
        let up_to = |bound: Day| {
            let place = self.days.partition_point(|day| *day <= bound);
            match place.checked_sub(1) {
                Some(last) => self.up_to.get(last).copied().unwrap_or_default(),
                None => WindowSums::default(),
            }
        };
        up_to(until) - up_to(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_last_day_and_not_the_day_before_its_first() {
        let day = |number| Day::from_days(number);
        let sums = |amount| WindowSums {
            net_revenue: Micros(amount),
            ..WindowSums::default()
        };
        let windows = Windows::of([(day(1), sums(1)), (day(5), sums(10)), (day(9), sums(100))]);
        let net = |after, until| windows.sums(day(after), day(until)).net_revenue.0;
        assert_eq!(net(0, 9), 111);
        assert_eq!(net(1, 9), 110);
        assert_eq!(net(1, 8), 10);
        assert_eq!(net(5, 8), 0);
        assert_eq!(net(-9, 0), 0);
    }
}
