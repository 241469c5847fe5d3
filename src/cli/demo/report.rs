//! What the demo prints: it depends on the data alone.

use super::cdnow::{CALIBRATION_END, DATA_END, Load, TENANT};
use super::example;
use super::scores::Customer;
use crate::cli::amounts::{micros, money_text, text as amount_text};
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// Customers in the first table.
const SHOWN: usize = 10;
/// Parts of the distribution.
const DECILES: usize = 10;
/// Width of the longest bar, in characters.
const BAR_MAX: f64 = 40.0;
/// Classes of repeat purchase days: title, least, most.
const CLASSES: [(&str, i64, i64); 4] = [
    ("0", 0, 0),
    ("1", 1, 1),
    ("2 to 3", 2, 3),
    ("4 and more", 4, i64::MAX),
];

fn title(text: &str) -> String {
    format!("\n{text}\n\n")
}

/// How much there is, and the models.
pub(super) fn overview(load: &Load, models: &[pb::Model]) -> String {
    let customers = grouped(load.customer_ids.len());
    let facts = grouped(load.transactions);
    let mut text = format!(
        "CDNOW: {customers} customers and {facts} purchases in the tenant {TENANT}, recorded \
         through gRPC\n\
         models fitted to {CALIBRATION_END}, customers scored as of {DATA_END}\n\n"
    );
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|model| {
            let parameters = model.parameters.unwrap_or_default();
            let named = [
                ("r", parameters.r),
                ("alpha", parameters.alpha),
                ("a", parameters.a),
                ("b", parameters.b),
                ("p", parameters.p),
                ("q", parameters.q),
                ("gamma", parameters.gamma),
            ];
            let parts: Vec<String> = named
                .into_iter()
                .filter_map(|(name, value)| Some(format!("{name} {:.4}", value?)))
                .collect();
            vec![
                model.name.clone(),
                grouped(model.customers),
                format!("{:.3}", model.log_likelihood),
                parts.join("  "),
            ]
        })
        .collect();
    let columns = [
        ("model", Side::Left),
        ("customers", Side::Right),
        ("log-likelihood", Side::Right),
        ("parameters (weeks, USD)", Side::Left),
    ];
    text.push_str(&table(&columns, &rows));
    text
}

/// What a customer is worth in all, in micro-units.
fn total(customer: &Customer) -> i128 {
    let clv = customer.score.clv.as_ref();
    clv.map_or(0, |clv| micros(clv.total.as_ref().or(clv.to_date.as_ref())))
}

/// Customers, the most valuable first; among equals in the order of the data.
fn ranked(customers: &[Customer]) -> Vec<&Customer> {
    let mut ranked: Vec<&Customer> = customers.iter().collect();
    ranked.sort_by_key(|customer| std::cmp::Reverse(total(customer)));
    ranked
}

/// The id of the most valuable customer.
pub(super) fn first_id(customers: &[Customer]) -> String {
    let ranked = ranked(customers);
    ranked
        .first()
        .map(|customer| customer.score.customer_id.clone())
        .unwrap_or_default()
}

/// The most valuable customers with the parts of their value.
pub(super) fn most_valuable(customers: &[Customer]) -> String {
    let part = |score: &pb::CustomerScore, wanted: pb::ValuePart| {
        let value = score.lasting_value.clone().unwrap_or_default();
        let found = value.parts.into_iter().find(|part| part.part() == wanted);
        amount_text(micros(found.and_then(|part| part.amount).as_ref()))
    };
    let rows: Vec<Vec<String>> = (1..)
        .zip(ranked(customers))
        .take(SHOWN)
        .map(|(rank, customer)| {
            let score = &customer.score;
            let purchases = score
                .history
                .as_ref()
                .map_or(0, |history| history.purchases);
            let prediction = score.prediction.clone().unwrap_or_default();
            vec![
                format!("{rank}"),
                score.customer_id.clone(),
                grouped(purchases),
                part(score, pb::ValuePart::OwnRevenue),
                format!("{:.1} %", prediction.probability_alive * 100.0),
                format!("{:.2}", prediction.expected_purchases),
                part(score, pb::ValuePart::ExpectedContribution),
                amount_text(total(customer)),
            ]
        })
        .collect();
    let columns = [
        ("", Side::Right),
        ("customer", Side::Right),
        ("purchases", Side::Right),
        ("own revenue", Side::Right),
        ("P(alive)", Side::Right),
        ("next year", Side::Right),
        ("expected", Side::Right),
        ("total USD", Side::Right),
    ];
    let mut text = title("The ten most valuable customers");
    text.push_str(&table(&columns, &rows));
    text.push_str(
        "\n  own revenue + expected contribution of the next 365 days (10 % a year) = total;\n  \
         next year: expected purchase days\n",
    );
    text
}

/// Who holds how much of the value.
pub(super) fn distribution(customers: &[Customer]) -> String {
    let ranked = ranked(customers);
    let count = ranked.len();
    let all: i128 = ranked.iter().map(|customer| total(customer)).sum();
    let sums: Vec<(usize, i128)> = (0..DECILES)
        .map(|decile| {
            let (from, to) = (decile * count / DECILES, (decile + 1) * count / DECILES);
            let held = &ranked[from..to];
            (
                held.len(),
                held.iter().map(|customer| total(customer)).sum(),
            )
        })
        .collect();
    let largest = sums
        .iter()
        .map(|(_, sum)| share(*sum, all))
        .fold(0.0, f64::max);
    let mut cumulative = 0;
    let rows: Vec<Vec<String>> = (1..)
        .zip(&sums)
        .map(|(decile, (members, sum))| {
            cumulative += sum;
            vec![
                match decile {
                    1 => "top 10 %".to_owned(),
                    10 => "last 10 %".to_owned(),
                    _ => format!("to {decile}0 %"),
                },
                grouped(members),
                amount_text(*sum),
                format!("{:.1} %", share(*sum, all) * 100.0),
                format!("{:.1} %", share(cumulative, all) * 100.0),
                bar(share(*sum, all) / largest),
            ]
        })
        .collect();
    let columns = [
        ("customers", Side::Left),
        ("number", Side::Right),
        ("value USD", Side::Right),
        ("share", Side::Right),
        ("so far", Side::Right),
        ("", Side::Left),
    ];
    let mut text = title("Who holds how much of the value");
    text.push_str(&table(&columns, &rows));
    let (members, sum) = (grouped(count), amount_text(all));
    text.push_str(&format!("\n  all {members} customers: {sum} USD\n"));
    text
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share is shown to one decimal"
)]
fn share(part: i128, all: i128) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

/// A bar of eighths of a character.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and eight times the greatest width"
)]
fn bar(length: f64) -> String {
    let eighths = (length.clamp(0.0, 1.0) * BAR_MAX * 8.0).round() as usize;
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    format!("{}{}", "█".repeat(eighths / 8), rest[eighths % 8])
}

/// How good the predictions were.
pub(super) fn predicted_and_actual(customers: &[Customer]) -> String {
    let row = |name: &str, least: i64, most: i64| {
        let members: Vec<&Customer> = customers
            .iter()
            .filter(|customer| (least..=most).contains(&customer.frequency))
            .collect();
        let predicted: f64 = members.iter().map(|customer| customer.predicted).sum();
        let actual: i64 = members.iter().map(|customer| customer.actual).sum();
        vec![
            name.to_owned(),
            grouped(members.len()),
            grouped(format!("{predicted:.1}")),
            grouped(actual),
            difference(predicted, actual),
        ]
    };
    let mut rows: Vec<Vec<String>> = CLASSES
        .into_iter()
        .map(|(name, least, most)| row(name, least, most))
        .collect();
    rows.push(row("all", 0, i64::MAX));
    let columns = [
        ("repeat days before", Side::Left),
        ("customers", Side::Right),
        ("predicted", Side::Right),
        ("actual", Side::Right),
        ("difference", Side::Right),
    ];
    let mut text = title("Predicted beside actual purchase days, 1997-10-01 to 1998-06-30");
    text.push_str(&table(&columns, &rows));
    text.push_str("\n  the models saw nothing after 1997-09-30\n");
    text
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share is shown to one decimal"
)]
fn difference(predicted: f64, actual: i64) -> String {
    if actual == 0 {
        return "-".to_owned();
    }
    format!("{:+.1} %", (predicted / actual as f64 - 1.0) * 100.0)
}

/// The worked example, year by year.
pub(super) fn example(years: &[(i32, pb::CustomerScore)]) -> String {
    let parts = [
        ("own revenue", pb::ValuePart::OwnRevenue),
        ("acquisition", pb::ValuePart::AcquisitionCost),
        ("service", pb::ValuePart::ServiceCost),
        ("referral credit", pb::ValuePart::ReferralCredit),
    ];
    let rows: Vec<Vec<String>> = years
        .iter()
        .map(|(year, score)| {
            let value = score.lasting_value.clone().unwrap_or_default();
            let mut row = vec![year.to_string()];
            row.extend(parts.iter().map(|(_, wanted)| {
                let found = value.parts.iter().find(|part| part.part() == *wanted);
                amount_text(micros(found.and_then(|part| part.amount.as_ref())))
            }));
            row.push(money_text(value.to_date.as_ref()));
            row
        })
        .collect();
    let mut columns = vec![("after year", Side::Right)];
    columns.extend(parts.iter().map(|(name, _)| (*name, Side::Right)));
    columns.push(("lasting value CNY", Side::Right));
    let mut text = title("A customer who brings others: the worked example, in its own tenant");
    text.push_str(&table(&columns, &rows));
    text.push_str(&format!(
        "\n  {} spends 5,950 itself and brings four customers, who spend 8,100;\n  \
         tenant {}\n",
        example::CUSTOMER,
        example::TENANT
    ));
    text
}

/// What to try next.
pub(super) fn next_lines(customer_id: &str, place: &str) -> String {
    let server = match place {
        "127.0.0.1:50051" => String::new(),
        _ => format!(" --server http://{place}"),
    };
    let example = example::TENANT;
    let company = example::CUSTOMER;
    let mut text = title("Try next, while the server is up (demo without --exit, or serve)");
    for line in [
        format!("customer-value score {customer_id} --tenant {TENANT} --as-of {DATA_END}{server}"),
        format!("customer-value score {company} --tenant {example} --output json{server}"),
        format!("customer-value models list --tenant {TENANT}{server}"),
        format!("customer-value import transactions orders.csv{server}"),
        format!("grpcurl -plaintext {place} list"),
        format!(
            "grpcurl -plaintext -H 'x-tenant-id: {TENANT}' \\\n    \
             -d '{{\"customerId\": \"{customer_id}\", \"asOf\": \"{DATA_END}\"}}' \\\n    \
             {place} customervalue.v1.ScoringService/ScoreCustomer"
        ),
    ] {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("\n  `cargo install --path .` puts customer-value on the path\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_eighths() {
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(1.0).chars().count(), 40);
        assert_eq!(bar(0.5 / 40.0), "▌");
    }

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(difference(110.0, 100), "+10.0 %");
        assert_eq!(difference(90.0, 100), "-10.0 %");
        assert_eq!(difference(1.0, 0), "-");
    }
}
