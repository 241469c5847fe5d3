//! The CDNOW customers: histories to the end of September 1997, what came after, and the four models
//! of purchases fitted to them.

use std::collections::BTreeMap;

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fact::PurchaseKind;
use customer_value::engine::fit::{Prior, fit_bg_nbd, fit_mbg_nbd, fit_nbd, fit_pareto_nbd};
use customer_value::engine::history::{Fold, Purchase};
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::money::Currency;
use customer_value::engine::nbd::Nbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::score::{purchase_statistics, spend_statistics};
use customer_value::engine::statistics::{PurchaseStatistics, SpendStatistics, Weighted};
use customer_value::engine::time::{Day, parse_day, parse_instant};

const CDNOW: &str = include_str!("../../data/cdnow_sample_transactions.csv");

/// Weeks of the calibration period; its last day is 1997-09-30.
pub(crate) const CALIBRATION_WEEKS: i32 = 39;
/// Weeks to the last day of the data, 1998-06-30.
pub(crate) const ALL_WEEKS: i32 = 78;

/// A customer of CDNOW.
pub(crate) struct Customer {
    /// Purchase days, counted from 1997-01-01.
    pub(crate) days: Vec<i32>,
    /// What the models knew at the end of the calibration period.
    pub(crate) purchases: PurchaseStatistics,
    /// The same of spend; `None` without a repeat day that was paid for.
    pub(crate) spend: Option<SpendStatistics>,
    /// Purchase days after the calibration period.
    pub(crate) held_out: usize,
}

/// All of them.
pub(crate) struct Cohort {
    /// By their number.
    pub(crate) customers: Vec<Customer>,
}

fn purchase(columns: &[&str], day: Day) -> Purchase {
    let (whole, decimals) = columns[4].split_once('.').unwrap_or((columns[4], ""));
    Purchase {
        amount_micros: format!("{whole}{decimals:0<6}").parse().expect("amount"),
        currency: Currency::parse("USD").expect("currency"),
        exchange_rate: None,
        kind: PurchaseKind::Unspecified,
        cost_of_goods_micros: None,
        occurred_at: parse_instant(columns[2]).expect("instant"),
        day,
    }
}

impl Cohort {
    /// Reads them.
    pub(crate) fn read() -> Self {
        let start = parse_day("1997-01-01").expect("day");
        let cut_off = parse_day("1997-09-30").expect("day");
        let mut folds: BTreeMap<u32, (Fold, Vec<i32>)> = BTreeMap::new();
        for (row, line) in CDNOW.lines().skip(1).enumerate() {
            let columns: Vec<&str> = line.split(',').collect();
            let day = parse_day(columns[2]).expect("day");
            let (fold, days) = folds
                .entry(columns[1].parse().expect("number"))
                .or_default();
            if day <= cut_off {
                fold.purchase(row.to_string(), purchase(&columns, day));
            }
            days.push(day.days_since(start));
        }
        let customer = |(fold, mut days): (Fold, Vec<i32>)| {
            let (own, _) = fold.finish();
            days.sort_unstable();
            days.dedup();
            let after = days.iter().filter(|day| **day > cut_off.days_since(start));
            Customer {
                held_out: after.count(),
                purchases: purchase_statistics(&own, cut_off).expect("a purchase"),
                spend: spend_statistics(&own),
                days,
            }
        };
        Self {
            customers: folds.into_values().map(customer).collect(),
        }
    }

    fn rows(&self) -> Vec<Weighted<PurchaseStatistics>> {
        let rows = self.customers.iter().map(|customer| Weighted {
            row: customer.purchases,
            weight: 1.0,
        });
        rows.collect()
    }
}

/// The models of purchases, fitted without a prior.
pub(crate) struct Fits {
    pub(crate) nbd: Nbd,
    pub(crate) bg_nbd: BgNbd,
    pub(crate) mbg_nbd: MbgNbd,
    pub(crate) pareto_nbd: ParetoNbd,
}

/// A function of a customer or of a time that a model gives.
type Foretold<A> = Box<dyn Fn(A) -> f64>;

impl Fits {
    /// Fits them to the calibration period.
    pub(crate) fn of(cohort: &Cohort) -> Self {
        let rows = cohort.rows();
        Self {
            nbd: fit_nbd(&rows, Prior::None).expect("a fit").model,
            bg_nbd: fit_bg_nbd(&rows, Prior::None).expect("a fit").model,
            mbg_nbd: fit_mbg_nbd(&rows, Prior::None).expect("a fit").model,
            pareto_nbd: fit_pareto_nbd(&rows, Prior::None).expect("a fit").model,
        }
    }

    /// Expected repeat purchases of a new customer in a time, by model.
    pub(crate) fn of_new_customer(&self) -> [Foretold<f64>; 4] {
        fn by(model: impl PurchaseModel + 'static) -> Foretold<f64> {
            Box::new(move |weeks| {
                let expected = model.expected_purchases_new_customer(weeks);
                expected.expect("a horizon")
            })
        }
        [
            by(self.pareto_nbd),
            by(self.bg_nbd),
            by(self.mbg_nbd),
            by(self.nbd),
        ]
    }

    /// Expected purchases of a customer in the hold-out period, by model.
    pub(crate) fn of_customer(&self) -> [Foretold<PurchaseStatistics>; 4] {
        fn by(
            model: impl PurchaseModel<Statistics = PurchaseStatistics> + 'static,
        ) -> Foretold<PurchaseStatistics> {
            let weeks = f64::from(ALL_WEEKS - CALIBRATION_WEEKS);
            Box::new(move |history| {
                let expected = model.expected_purchases(&history, weeks);
                expected.expect("a horizon")
            })
        }
        [
            by(self.pareto_nbd),
            by(self.bg_nbd),
            by(self.mbg_nbd),
            by(self.nbd),
        ]
    }
}
