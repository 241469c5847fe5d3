//! Pure scoring: customers a second on one core, all parts of a score included; and what residual
//! value and intervals add to it, by family.
//!
//! `cargo bench --bench engine`
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measuring program"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fact::PurchaseKind;
use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::history::{CustomerTotals, Fold, Purchase};
use customer_value::engine::interval::SpendIntervals;
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::money::{Currency, Micros};
use customer_value::engine::outlook::{PurchaseOutlook, Uncertain, outlook};
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::policy::BUILTIN_1;
use customer_value::engine::purchase_scorer::AnyPurchaseModel;
use customer_value::engine::score::{Models, Referees, ScoreInput, SpendModel, prepare, score};
use customer_value::engine::time::{Day, parse_day, parse_instant};

/// Customers scored.
const CUSTOMERS: usize = 2_000_000;
/// Customers scored with and without residual value and intervals.
const OUTLOOKS: usize = 200_000;
/// Variances and correlations of an ordinary fit.
const PURCHASE_COVARIANCE: [[f64; 4]; 4] = [
    [0.003, 0.003, 0.001, 0.002],
    [0.003, 0.008, 0.002, 0.003],
    [0.001, 0.002, 0.055, 0.060],
    [0.002, 0.003, 0.060, 0.085],
];
const SPEND_COVARIANCE: [[f64; 3]; 3] = [
    [0.036, -0.010, -0.045],
    [-0.010, 0.006, 0.016],
    [-0.045, 0.016, 0.072],
];

fn main() {
    let customers = cdnow();
    let models = (
        AnyPurchaseModel::BgNbd(
            BgNbd::new(0.242_594_5, 4.413_602, 0.792_922, 2.425_907).expect("parameters"),
        ),
        GammaGamma::new(6.249_572, 3.744_225, 15.443_521).expect("parameters"),
    );
    let purchase_model = prepare(models.0, BUILTIN_1.horizon_days, &BUILTIN_1).expect("horizon");
    let spend_model = SpendModel {
        model: models.1,
        net_revenue: Micros(1),
        cost_of_goods: Micros::ZERO,
        net_revenue_without_cost_of_goods: Micros(1),
    };
    let referees = Referees::Counted(Vec::new());
    let as_of_day = parse_day("1998-06-30").expect("day");
    let started = Instant::now();
    let mut total = Micros::ZERO;
    for index in 0..CUSTOMERS {
        let input = ScoreInput {
            own: Some(&customers[index % customers.len()]),
            referees: &referees,
            as_of_day,
            horizon_days: BUILTIN_1.horizon_days,
            policy: &BUILTIN_1,
            models: Models {
                purchase: Some(&purchase_model),
                spend: Some(&spend_model),
            },
            referral: None,
            buyers_brought: 0,
        };
        let score = score(black_box(&input));
        total += score.expected().expect("expected value");
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = CUSTOMERS as f64 / seconds;
    println!(
        "pure scoring: {:.2} million customers a second on one core, {:.2} of the goal of 1 million \
         (sum of expected values {})",
        rate / 1e6,
        rate / 1e6,
        black_box(total).0,
    );
    let spend_intervals =
        SpendIntervals::new(models.1, &SPEND_COVARIANCE).expect("spend uncertainty");
    for (name, model) in [
        ("bg-nbd", models.0),
        (
            "mbg-nbd",
            AnyPurchaseModel::MbgNbd(MbgNbd::new(0.525, 6.183, 0.891, 1.614).expect("parameters")),
        ),
        (
            "pareto-nbd",
            AnyPurchaseModel::ParetoNbd(
                ParetoNbd::new(0.553, 10.578, 0.606, 11.669).expect("parameters"),
            ),
        ),
    ] {
        with_outlook(name, model, &customers, &spend_model, spend_intervals);
    }
}

/// Prints what residual value and intervals cost beside a score.
fn with_outlook(
    name: &str,
    model: AnyPurchaseModel,
    customers: &[CustomerTotals],
    spend: &SpendModel,
    spend_intervals: SpendIntervals,
) {
    let policy = &BUILTIN_1;
    let scorer = prepare(model, policy.horizon_days, policy).expect("horizon");
    let referees = Referees::Counted(Vec::new());
    let as_of_day = parse_day("1998-06-30").expect("day");
    let started = Instant::now();
    let covariance = PURCHASE_COVARIANCE.as_flattened();
    let purchases = PurchaseOutlook::new(model, Some(covariance), policy.horizon_days, policy);
    let prepared = started.elapsed();
    let models = Uncertain {
        purchases: &purchases,
        discounted_purchases: 0.0,
        spend: Some(spend),
        spend_intervals: Some(spend_intervals),
    };
    let outlook_of = |customer: &CustomerTotals| {
        let found = outlook(black_box(customer), as_of_day, models, policy);
        black_box(found).expect("a purchase");
    };
    let frequencies: BTreeSet<i64> = customers.iter().map(|one| one.purchase_days).collect();
    let started = Instant::now();
    customers.iter().for_each(outlook_of);
    let first = started.elapsed();
    let started = Instant::now();
    for index in 0..OUTLOOKS {
        outlook_of(&customers[index % customers.len()]);
    }
    let later = started.elapsed();
    let started = Instant::now();
    for index in 0..OUTLOOKS {
        let input = ScoreInput {
            own: Some(&customers[index % customers.len()]),
            referees: &referees,
            as_of_day,
            horizon_days: policy.horizon_days,
            policy,
            models: Models {
                purchase: Some(&scorer),
                spend: Some(spend),
            },
            referral: None,
            buyers_brought: 0,
        };
        black_box(score(black_box(&input)));
    }
    let scores = started.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let of_each = |time: Duration, count: usize| time.as_secs_f64() * 1e6 / count as f64;
    let (alone, added) = (of_each(scores, OUTLOOKS), of_each(later, OUTLOOKS));
    println!(
        "{name}: a score {alone:.2} us, residual value and intervals {added:.2} us more, together \
         {:.1} times the score; preparing {:.0} us, and {:.0} us for each of {} frequencies",
        (alone + added) / alone,
        of_each(prepared, 1),
        of_each(first, frequencies.len()),
        frequencies.len(),
    );
}

/// The totals of the 2,357 CDNOW customers.
fn cdnow() -> Vec<CustomerTotals> {
    let mut folds: BTreeMap<&str, Fold> = BTreeMap::new();
    let text = include_str!("../data/cdnow_sample_transactions.csv");
    for (row, line) in text.lines().skip(1).enumerate() {
        let columns: Vec<&str> = line.split(',').collect();
        let (whole, decimals) = columns[4].split_once('.').unwrap_or((columns[4], ""));
        let micros: i64 = format!("{whole}{decimals:0<6}").parse().expect("amount");
        let day: Day = parse_day(columns[2]).expect("day");
        folds.entry(columns[1]).or_default().purchase(
            row.to_string(),
            Purchase {
                amount_micros: micros,
                currency: Currency::parse("USD").expect("currency"),
                exchange_rate: None,
                kind: PurchaseKind::Unspecified,
                cost_of_goods_micros: None,
                occurred_at: parse_instant(columns[2]).expect("instant"),
                day,
            },
        );
    }
    folds.into_values().map(|fold| fold.finish().0).collect()
}
