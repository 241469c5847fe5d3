//! Values side by side, for people.

use crate::cli::amounts::money_text;
use crate::cli::table::{Side, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// What was, what the models expect and what the formula says.
pub(super) fn text(values: &pb::ValueComparison, currency: &str) -> String {
    let row = |name: &str, amount: Option<&_>, how: &str| {
        vec![name.to_owned(), money_text(amount), how.to_owned()]
    };
    let formula = values.formula.as_ref();
    let rows = [
        row("historic", values.historic.as_ref(), "to date, nominal"),
        row(
            "predictive",
            values.predictive.as_ref(),
            "expected in the horizon, discounted",
        ),
        row(
            "predictive, residual",
            values.predictive_residual.as_ref(),
            "over an unlimited future, before cost to serve",
        ),
        row(
            "formula",
            formula.and_then(|of| of.value.as_ref()),
            formula.map_or("", |of| of.text.as_str()),
        ),
    ];
    let columns = [
        ("value", Side::Left),
        (currency, Side::Right),
        ("what it is", Side::Left),
    ];
    table(&columns, &rows)
}
