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
