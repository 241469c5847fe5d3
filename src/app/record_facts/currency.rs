//! Whether the money of a request fits the tenant's base currency.

use super::Facts;
use crate::app::error::{AppError, Violation};
use crate::engine::fact::Amount;
use crate::engine::history::to_base;
use crate::engine::money::{Currency, Decimal, FACT_MICROS_MAX};

/// The money of an item: its path, amount and exchange rate; a refund takes its purchase's rate.
struct Money {
    item: String,
    amount: Amount,
    exchange_rate: Option<Decimal>,
    is_refund: bool,
}

fn money(facts: &Facts) -> Vec<Money> {
    let money = |index: usize, amount, exchange_rate, is_refund| Money {
        item: format!("{}[{index}]", facts.field()),
        amount,
        exchange_rate,
        is_refund,
    };
    match facts {
        Facts::Transactions(facts) => facts
            .iter()
            .enumerate()
            .map(|(index, fact)| money(index, fact.amount, fact.exchange_rate, false))
            .collect(),
        Facts::Costs(facts) => facts
            .iter()
            .enumerate()
            .map(|(index, fact)| money(index, fact.amount, fact.exchange_rate, false))
            .collect(),
        Facts::Refunds(facts) => facts
            .iter()
            .enumerate()
            .map(|(index, fact)| money(index, fact.amount, None, true))
            .collect(),
        Facts::Referrals(_)
        | Facts::Attributes(_)
        | Facts::Contacts(_)
        | Facts::Responses(_)
        | Facts::Voids(_) => Vec::new(),
    }
}

/// The currency of the first money of a request.
#[must_use]
pub fn first_money(facts: &Facts) -> Option<Currency> {
    match facts {
        Facts::Transactions(facts) => facts.first().map(|fact| fact.amount.currency),
        Facts::Refunds(facts) => facts.first().map(|fact| fact.amount.currency),
        Facts::Costs(facts) => facts.first().map(|fact| fact.amount.currency),
        Facts::Referrals(_)
        | Facts::Attributes(_)
        | Facts::Contacts(_)
        | Facts::Responses(_)
        | Facts::Voids(_) => None,
    }
}

/// The base currency that a request proposes for a tenant without one.
///
/// # Errors
///
/// [`AppError::NoBaseCurrency`] when its first money carries an exchange rate.
pub fn base_of_first(facts: &Facts) -> Result<Option<Currency>, AppError> {
    match money(facts).into_iter().next() {
        Some(Money {
            exchange_rate: Some(_),
            item,
            ..
        }) => Err(AppError::NoBaseCurrency { item }),
        Some(Money { amount, .. }) => Ok(Some(amount.currency)),
        None => Ok(None),
    }
}

/// Checks that a rate is there exactly where one is needed, and that what comes of it is in range.
///
/// # Errors
///
/// [`AppError::Invalid`] with every violation.
pub fn check(facts: &Facts, base: Currency) -> Result<(), AppError> {
    let violations: Vec<Violation> = money(facts)
        .into_iter()
        .filter(|money| !money.is_refund)
        .filter_map(|money| {
            let currency = money.amount.currency;
            let rate_path = format!("{}.exchange_rate", money.item);
            match money.exchange_rate {
                Some(_) if currency == base => Some(Violation::new(
                    rate_path,
                    format!(
                        "must be absent: the amount is in the tenant's base currency {}",
                        base.code()
                    ),
                )),
                None if currency != base => Some(Violation::new(
                    rate_path,
                    format!(
                        "is required: the amount is in {}, the tenant's base currency is {}",
                        currency.code(),
                        base.code()
                    ),
                )),
                Some(_) => {
                    let converted = to_base(i128::from(money.amount.micros), money.exchange_rate);
                    (converted.0 > i128::from(FACT_MICROS_MAX)).then(|| {
                        Violation::new(
                            format!("{}.amount", money.item),
                            format!("must be at most 10^12 {} when converted", base.code()),
                        )
                    })
                }
                None => None,
            }
        })
        .collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(violations))
    }
}
