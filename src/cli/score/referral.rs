//! A customer among referrals, for people.

use super::pairs;
use crate::cli::amounts::money_text;
use crate::cli::table::{Side, grouped, table};
use crate::grpc::pb::customervalue::v1 as pb;

/// Who was brought, what is credited, and who is expected to come.
pub(super) fn text(referral: &pb::ReferralTree, currency: &str) -> String {
    let mut text = pairs(&[
        ("brought directly", grouped(referral.direct_referees)),
        ("brought by those", grouped(referral.indirect_referees)),
        ("referrers above", grouped(referral.depth)),
    ]);
    let rows: Vec<Vec<String>> = referral
        .credits
        .iter()
        .map(|credit| {
            vec![
                format!("credit at depth {}", credit.depth),
                referees(credit),
                format!("{} {currency}", money_text(credit.credit.as_ref())),
            ]
        })
        .collect();
    let columns = [("", Side::Left), ("", Side::Right), ("", Side::Right)];
    if !rows.is_empty() {
        text.push_str(&table(&columns, &rows));
    }
    if let Some(forecast) = &referral.forecast {
        text.push_str(&forecast_text(forecast, currency));
    }
    text
}

/// How many referees there are at a depth, and of how many acquisition cost is saved.
fn referees(credit: &pb::CreditByDepth) -> String {
    let referees = match credit.referees {
        1 => "1 referee".to_owned(),
        referees => format!("{} referees", grouped(referees)),
    };
    match credit.buyers {
        Some(buyers) => format!("{referees}, {} bought", grouped(buyers)),
        None => referees,
    }
}

fn forecast_text(forecast: &pb::ReferralForecast, currency: &str) -> String {
    let credit = money_text(forecast.credit.as_ref());
    pairs(&[
        (
            "expected direct referees",
            format!("{:.4}", forecast.expected_referees),
        ),
        ("credit for them", format!("{credit} {currency}")),
        ("referral model", forecast.referral_model.clone()),
    ])
}
