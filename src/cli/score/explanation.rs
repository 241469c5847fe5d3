//! Why the models expect what they do, for people.

use super::words;
use crate::cli::amounts::money_text;
use crate::cli::table::{Side, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// A new customer's expected contribution and what each input adds to it.
pub(super) fn text(
    explanation: &pb::PredictionExplanation,
    prediction: &pb::Prediction,
    currency: &str,
) -> String {
    let row = |name: &str, amount: &Option<_>, how: &str| {
        vec![name.to_owned(), money_text(amount.as_ref()), how.to_owned()]
    };
    let mut rows = vec![row(
        "new customer",
        &explanation.new_customer,
        "somebody who bought for the first time just now",
    )];
    rows.extend(explanation.contributions.iter().map(|of| {
        let name = words(of.input().as_str_name(), "PREDICTION_INPUT_");
        row(&name, &of.amount, &of.text)
    }));
    rows.push(row(
        "expected contribution",
        &prediction.expected_contribution,
        "",
    ));
    let columns = [
        ("input", Side::Left),
        (currency, Side::Right),
        ("the customer's", Side::Left),
    ];
    let mut text = String::from("\nwhy this contribution is expected\n");
    text.push_str(&table(&columns, &rows));
    if let Some(paradox) = &explanation.frequency_paradox {
        text.push_str(&format!("note: {}\n", paradox.text));
    }
    text
}
