//! Our side of the comparison with lifetimes and PyMC-Marketing; `benches/peers/run` runs all sides.
//!
//! One task a process, as for the peers: `draw-customers N FILE`, `draw-log N FILE`, or
//! `fit|predict|statistics FAMILY FILE`, which answers one line of JSON. Files are those that
//! `measure.py` describes.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::panic,
    reason = "a measuring program with numbers that it drew itself"
)]

#[expect(dead_code, reason = "only customers and numbers are drawn here")]
#[path = "../../tests/intervals/population.rs"]
mod population;

use std::fs;

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::fit::{Fit, Prior, fit_bg_nbd, fit_mbg_nbd, fit_pareto_nbd};
use customer_value::engine::mbg_nbd::MbgNbd;
use customer_value::engine::pareto_nbd::ParetoNbd;
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::purchase_scorer::{AnyPurchaseModel, PurchaseScorer};
use customer_value::engine::purchase_table::PurchaseTable;
use customer_value::engine::statistics::{
    LoggedPurchase, LoggedStatistics, PurchaseStatistics, Weighted, group_rows, statistics_of_log,
};
use customer_value::engine::time::Day;
use serde_json::{Map, Value, json};

use population::{CDNOW_SPEND, Leaving, Random, Truth, draw};

/// Weeks ahead, and parameters in weeks; as in `measure.py`.
const HORIZON: f64 = 39.0;
const BG_NBD: [f64; 4] = [0.243, 4.414, 0.793, 2.426];
const MBG_NBD: [f64; 4] = [0.525, 6.183, 0.891, 1.614];
const PARETO_NBD: [f64; 4] = [0.553, 10.578, 0.606, 11.669];
/// A task is repeated until this many seconds or runs have passed, and its fastest run counts.
const ENOUGH_SECONDS: f64 = 10.0;
const RUNS_MAX: usize = 5;
const SEED: u64 = 1;
/// 2020-01-01 and the days from there to 2021-12-31, both included.
const LOG_FIRST_DAY: i64 = 18_262;
const LOG_DAYS: i64 = 731;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["draw-customers", count, file] => draw_customers(count.parse().expect("N"), file),
        ["draw-log", count, file] => draw_log(count.parse().expect("N"), file),
        ["fit", family, file] => fit(family, file),
        ["predict", family, file] => predict(family, file),
        ["log-likelihood", family, file, parameters @ ..] => {
            log_likelihood(family, file, parameters);
        }
        ["statistics", _, file] => statistics(file),
        _ => eprintln!("benches/peers/run compares with lifetimes and PyMC-Marketing"),
    }
}

/// A BG/NBD population near the CDNOW customers, 27 to 78 weeks old, in continuous time.
fn draw_customers(count: u32, file: &str) {
    let truth = Truth {
        leaving: Leaving::AfterRepeat,
        purchases: BG_NBD,
        spend: CDNOW_SPEND,
        customers: count,
        ages: [27.0, 78.0],
        horizon: 0.0,
        discount_rate: 0.0,
    };
    let customers = draw(&truth, &mut Random::new(SEED));
    let mut bytes = Vec::new();
    for column in [
        PurchaseStatistics::frequency,
        PurchaseStatistics::recency,
        PurchaseStatistics::age,
    ] {
        let numbers = customers.iter().map(|customer| column(&customer.purchases));
        bytes.extend(numbers.flat_map(f64::to_le_bytes));
    }
    fs::write(file, bytes).expect("file");
}

/// A log in the order of time, of a quarter as many customers.
fn draw_log(count: i64, file: &str) {
    let mut random = Random::new(SEED);
    let customers = (count as f64 / 4.0).ceil();
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for index in 0..count {
        let customer = (random.uniform() * customers) as i64;
        let day = LOG_FIRST_DAY + index * LOG_DAYS / count;
        let amount = (1.0 + random.uniform() * 20_000.0).floor() / 100.0;
        let line = [
            customer.to_le_bytes(),
            day.to_le_bytes(),
            amount.to_le_bytes(),
        ];
        for (column, bytes) in columns.iter_mut().zip(line) {
            column.extend(bytes);
        }
    }
    fs::write(file, columns.concat()).expect("file");
}

/// The three columns of a file, as bytes of 8.
fn columns(file: &str) -> [Vec<[u8; 8]>; 3] {
    let bytes = fs::read(file).expect("file");
    let (numbers, _) = bytes.as_chunks::<8>();
    let count = numbers.len() / 3;
    [0, 1, 2].map(|column| numbers[column * count..(column + 1) * count].to_vec())
}

fn rows(file: &str) -> Vec<Weighted<PurchaseStatistics>> {
    let [frequency, recency, age] = columns(file);
    let row = |index: usize| {
        let number = |column: &[[u8; 8]]| f64::from_le_bytes(column[index]);
        let (x, last, age) = (number(&frequency), number(&recency), number(&age));
        let row = PurchaseStatistics::new(x, last, age).expect("a history");
        Weighted { row, weight: 1.0 }
    };
    (0..age.len()).map(row).collect()
}

fn fit(family: &str, file: &str) {
    let rows = rows(file);
    let tell = |run: Run, parameters: [f64; 4], log_likelihood: f64, iterations: u32| {
        let distinct = group_rows(&rows).len();
        run.tell([
            ("parameters", json!(parameters)),
            ("log_likelihood", json!(log_likelihood)),
            ("iterations", json!(iterations)),
            ("customers", json!(rows.len())),
            ("distinct_rows", json!(distinct)),
        ]);
    };
    fn facts<M>(fit: Fit<M, 4>) -> ([f64; 4], f64, u32) {
        (fit.parameters, fit.log_likelihood, fit.iterations)
    }
    let (run, (parameters, log_likelihood, iterations)) = timed(|| match family {
        "bg-nbd" => facts(fit_bg_nbd(&rows, Prior::None).expect("a fit")),
        "mbg-nbd" => facts(fit_mbg_nbd(&rows, Prior::None).expect("a fit")),
        "pareto-nbd" => facts(fit_pareto_nbd(&rows, Prior::None).expect("a fit")),
        _ => panic!("no family {family}"),
    });
    tell(run, parameters, log_likelihood, iterations);
}

fn predict(family: &str, file: &str) {
    let rows = rows(file);
    let model = match family {
        "bg-nbd" => AnyPurchaseModel::BgNbd(bg_nbd(BG_NBD)),
        "mbg-nbd" => AnyPurchaseModel::MbgNbd(mbg_nbd(MBG_NBD)),
        "pareto-nbd" => AnyPurchaseModel::ParetoNbd(pareto_nbd(PARETO_NBD)),
        _ => panic!("no family {family}"),
    };
    let (run, purchases) = timed(|| {
        let scorer = PurchaseScorer::new(model, HORIZON, 0.0).expect("a horizon");
        let age_max = rows.iter().map(|row| row.row.age()).fold(0.0, f64::max);
        let table = PurchaseTable::new(&scorer, age_max);
        let purchases = rows
            .iter()
            .map(|row| table.score(&row.row).expected_purchases);
        purchases.collect::<Vec<f64>>()
    });
    run.tell([("total", json!(purchases.iter().sum::<f64>()))]);
}

/// What our likelihood says of a peer's parameters.
fn log_likelihood(family: &str, file: &str, parameters: &[&str]) {
    let numbers: Vec<f64> = parameters.iter().flat_map(|text| text.parse()).collect();
    let numbers: [f64; 4] = numbers.try_into().expect("four parameters");
    let rows = rows(file);
    let sum = |model: &dyn Fn(&PurchaseStatistics) -> f64| -> f64 {
        rows.iter().map(|row| model(&row.row)).sum()
    };
    let value = match family {
        "bg-nbd" => sum(&|row| bg_nbd(numbers).log_likelihood(row)),
        "mbg-nbd" => sum(&|row| mbg_nbd(numbers).log_likelihood(row)),
        "pareto-nbd" => sum(&|row| pareto_nbd(numbers).log_likelihood(row)),
        _ => panic!("no family {family}"),
    };
    println!("{}", json!({ "log_likelihood": value }));
}

fn statistics(file: &str) {
    let [customer, day, amount] = columns(file);
    let purchase = |index: usize| LoggedPurchase {
        customer: i64::from_le_bytes(customer[index]) as u32,
        day: Day::from_days(i64::from_le_bytes(day[index]) as i32),
        amount_micros: (f64::from_le_bytes(amount[index]) * 1e6).round() as i64,
    };
    let log: Vec<LoggedPurchase> = (0..day.len()).map(purchase).collect();
    let until = Day::from_days((LOG_FIRST_DAY + LOG_DAYS - 1) as i32);
    let (run, found) = timed(|| statistics_of_log(log.clone(), until, 1.0).expect("statistics"));
    let sum = |of: fn(&LoggedStatistics) -> f64| -> f64 { found.iter().map(of).sum() };
    let total = [
        sum(|own| own.purchases.frequency()),
        sum(|own| own.purchases.recency()),
        sum(|own| own.purchases.age()),
        sum(|own| own.monetary),
    ];
    run.tell([("customers", json!(found.len())), ("total", json!(total))]);
}

fn bg_nbd([r, alpha, a, b]: [f64; 4]) -> BgNbd {
    BgNbd::new(r, alpha, a, b).expect("parameters")
}

fn mbg_nbd([r, alpha, a, b]: [f64; 4]) -> MbgNbd {
    MbgNbd::new(r, alpha, a, b).expect("parameters")
}

fn pareto_nbd([r, alpha, s, beta]: [f64; 4]) -> ParetoNbd {
    ParetoNbd::new(r, alpha, s, beta).expect("parameters")
}

/// Seconds of processor time of each run, and the memory at its highest after them.
struct Run {
    seconds: Vec<f64>,
    peak_kilobytes: Option<u64>,
}

fn timed<T>(task: impl Fn() -> T) -> (Run, T) {
    let mut seconds = Vec::new();
    loop {
        let begun = processor_seconds();
        let result = std::hint::black_box(task());
        seconds.push(processor_seconds() - begun);
        if RUNS_MAX <= seconds.len() || ENOUGH_SECONDS <= seconds.iter().sum() {
            let peak_kilobytes = peak_kilobytes();
            return (
                Run {
                    seconds,
                    peak_kilobytes,
                },
                result,
            );
        }
    }
}

/// Time that this thread has been on a processor: what neighbours do to the clock does not count.
fn processor_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds: u64 = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .expect("nanoseconds");
    nanoseconds as f64 / 1e9
}

fn peak_kilobytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Run {
    fn tell(self, found: impl IntoIterator<Item = (&'static str, Value)>) {
        let mut answer = Map::new();
        let fastest = self.seconds.iter().copied().fold(f64::INFINITY, f64::min);
        answer.insert("seconds".to_owned(), json!(fastest));
        answer.insert("runs".to_owned(), json!(self.seconds.len()));
        answer.insert("peak_kilobytes".to_owned(), json!(self.peak_kilobytes));
        answer.extend(
            found
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        println!("{}", Value::Object(answer));
    }
}
