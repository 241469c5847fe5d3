//! The CDNOW sample: 6,919 purchases of 2,357 customers.

use std::path::Path;

use customer_value::grpc::pb::customervalue::v1 as pb;

use super::builders::{Fact, purchase};

/// All purchases; each row is one transaction, numbered as in the file.
pub(crate) fn purchases() -> Vec<Fact> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow_sample_transactions.csv");
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader
        .records()
        .enumerate()
        .map(|(index, row)| {
            let row = row.unwrap();
            let amount = format!("{} USD", &row[4]);
            let bought: pb::Transaction =
                purchase(&row[1], &format!("cdnow-{index}"), &row[2], &amount);
            bought.into()
        })
        .collect()
}

/// A shop whose purchases determine models: 60 customers with rhythms of their own.
pub(crate) fn small_shop(currency: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    for customer in 0..60_i64 {
        let rhythm = 5 + (customer * 7) % 23;
        let stays = (customer * 13) % 150;
        let mut day = customer % 30;
        let mut number = 0;
        while number == 0 || day < stays {
            let when = jiff::civil::date(2020, 1, 1) + jiff::Span::new().days(day);
            let amount = format!("{}.5 {currency}", 10 + (customer * 11 + number * 3) % 40);
            let id = format!("shop-{number}");
            facts.push(
                purchase(&format!("shop-{customer}"), &id, &when.to_string(), &amount).into(),
            );
            day += rhythm + (number * 5) % 7;
            number += 1;
        }
    }
    facts
}
