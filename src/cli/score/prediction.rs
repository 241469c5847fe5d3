//! What the models expect, for people.

use super::pairs;
use crate::cli::amounts::money_text;
use crate::grpc::pb::customervalue::v1 as pb;

/// What the models expect.
pub(super) fn text(prediction: &pb::Prediction, currency: &str) -> String {
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    let spend = &prediction.expected_spend_per_purchase;
    let whose = if prediction.spend_is_population_mean {
        " (the population's mean)"
    } else {
        ""
    };
    let contribution = money_text(prediction.expected_contribution.as_ref());
    let between = |found: &Option<pb::Interval>, decimals: usize| {
        found.as_ref().map_or(String::new(), |found| {
            let (lower, upper) = (found.lower, found.upper);
            format!(" ({lower:.decimals$} to {upper:.decimals$})")
        })
    };
    let few = between(&prediction.expected_purchases_interval, 4);
    let money_between = prediction.expected_contribution_interval.as_ref();
    let money_between = money_between.map_or(String::new(), |found| {
        let (lower, upper) = (found.lower.as_ref(), found.upper.as_ref());
        format!(" ({} to {})", money_text(lower), money_text(upper))
    });
    let periods = prediction.discounting_period_days;
    let applied = periods.map_or(String::new(), |days| {
        format!(", in the middle of periods of {days} days")
    });
    let mut rows = vec![
        ("probability alive", share(prediction.probability_alive)),
        (
            "expected purchases",
            format!("{:.4}{few}", prediction.expected_purchases),
        ),
        (
            "expected spend on each",
            format!("{} {currency}{whose}", money_text(spend.as_ref())),
        ),
        (
            "expected contribution",
            format!("{contribution}{money_between} {currency}"),
        ),
        (
            "residual value",
            format!(
                "{} {currency}",
                money_text(prediction.residual_value.as_ref())
            ),
        ),
        ("margin", prediction.margin.map_or("-".to_owned(), share)),
        (
            "discount rate",
            format!("{} a year{applied}", share(prediction.discount_rate)),
        ),
        ("purchase model", prediction.purchase_model.clone()),
    ];
    if !prediction.spend_model.is_empty() {
        rows.push(("spend model", prediction.spend_model.clone()));
    }
    if prediction.actual_purchases_interval.is_some() {
        rows.push((
            "purchases, 9 of 10 times",
            between(&prediction.actual_purchases_interval, 0)
                .trim_matches([' ', '(', ')'])
                .to_owned(),
        ));
    }
    pairs(&rows)
}
