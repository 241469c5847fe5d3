//! What the scores of many customers add up to, for people.

use super::pairs;
use crate::cli::amounts::money_text;
use crate::cli::table::grouped;
use crate::grpc::pb::customervalue::v1 as pb;

/// Totals; what is absent is named with why.
pub(super) fn text(totals: &pb::ScoreCustomersTotals) -> String {
    let (all, predicted) = (
        grouped(totals.customers),
        grouped(totals.predicted_customers),
    );
    let mut text = format!("{all} customers, of {predicted} of whom something is expected\n");
    let mut rows = Vec::new();
    if let Some(purchases) = totals.expected_purchases {
        let interval = totals.expected_purchases_interval.as_ref();
        let interval = interval.map_or(String::new(), |found| {
            format!(" ({:.1} to {:.1})", found.lower, found.upper)
        });
        rows.push(("expected purchases", format!("{purchases:.1}{interval}")));
    }
    if let Some(contribution) = &totals.expected_contribution {
        let interval = totals.expected_contribution_interval.as_ref();
        let interval = interval.map_or(String::new(), |found| {
            let (lower, upper) = (found.lower.as_ref(), found.upper.as_ref());
            format!(" ({} to {})", money_text(lower), money_text(upper))
        });
        let amount = money_text(Some(contribution));
        let currency = &contribution.currency_code;
        rows.push((
            "expected contribution",
            format!("{amount}{interval} {currency}"),
        ));
    }
    let absent = totals.unavailable.iter();
    rows.extend(absent.map(|absent| (absent.component.as_str(), absent.detail.clone())));
    text.push_str(&pairs(&rows));
    text
}
