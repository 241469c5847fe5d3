//! Pure scoring: customers a second on one core, all parts of a score included.
//!
//! `cargo bench --bench engine`
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measuring program"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fact::PurchaseKind;
use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::history::{CustomerTotals, Fold, Purchase};
use customer_value::engine::money::{Currency, Micros};
use customer_value::engine::policy::BUILTIN_1;
use customer_value::engine::purchase_scorer::AnyPurchaseModel;
use customer_value::engine::score::{Models, Referees, ScoreInput, SpendModel, prepare, score};
use customer_value::engine::time::{Day, parse_day, parse_instant};

/// Customers scored.
const CUSTOMERS: usize = 2_000_000;

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
