//! Values as the contract writes them.

use super::pb::customervalue::v1 as pb;
use super::pb::google::r#type::{Date, Money};
use crate::engine::contact::{ContactDirection, ContactPurpose};
use crate::engine::fact::{CostKind, FactKind, PurchaseKind};
use crate::engine::money::{Currency, MICROS_PER_UNIT, Micros};
use crate::engine::time::{Day, Instant, MICROS_PER_SECOND};

/// An amount, cut to what the message can hold.
#[must_use]
pub fn money(amount: Micros, currency: Currency) -> Money {
    let nanos = (amount.0 % MICROS_PER_UNIT) * 1_000;
    let units = amount.0 / MICROS_PER_UNIT;
    let bound = if units < 0 { i64::MIN } else { i64::MAX };
    Money {
        currency_code: currency.code().to_owned(),
        units: i64::try_from(units).unwrap_or(bound),
        nanos: i32::try_from(nanos).unwrap_or(0),
    }
}

/// An instant.
#[must_use]
pub fn timestamp(instant: Instant) -> prost_types::Timestamp {
    let (seconds, nanos) = instant.to_unix();
    prost_types::Timestamp { seconds, nanos }
}

/// A length of time.
#[must_use]
pub fn duration(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros % MICROS_PER_SECOND * 1_000).unwrap_or(0);
    prost_types::Duration {
        seconds: micros / MICROS_PER_SECOND,
        nanos,
    }
}

/// The number of an enum's value that stands at a place from 0 on, where 0 is not told.
#[must_use]
pub fn choice(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(0)
}

/// A calendar day.
#[must_use]
pub fn date(day: Day) -> Date {
    let (year, month, day) = day.to_calendar();
    Date { year, month, day }
}

/// A kind of cost.
#[must_use]
pub const fn cost_kind(kind: CostKind) -> pb::CostKind {
    match kind {
        CostKind::Acquisition => pb::CostKind::Acquisition,
        CostKind::ToServe => pb::CostKind::ToServe,
        CostKind::Marketing => pb::CostKind::Marketing,
        CostKind::Retention => pb::CostKind::Retention,
        CostKind::ReferralReward => pb::CostKind::ReferralReward,
        CostKind::Compensation => pb::CostKind::Compensation,
        CostKind::Rebate => pb::CostKind::Rebate,
    }
}

/// A kind of purchase.
#[must_use]
pub const fn purchase_kind(kind: PurchaseKind) -> pb::PurchaseKind {
    match kind {
        PurchaseKind::Unspecified => pb::PurchaseKind::Unspecified,
        PurchaseKind::New => pb::PurchaseKind::New,
        PurchaseKind::Repeat => pb::PurchaseKind::Repeat,
        PurchaseKind::Upgrade => pb::PurchaseKind::Upgrade,
        PurchaseKind::CrossSell => pb::PurchaseKind::CrossSell,
    }
}

/// A kind of fact.
#[must_use]
pub const fn fact_kind(kind: FactKind) -> pb::FactKind {
    match kind {
        FactKind::Transaction => pb::FactKind::Transaction,
        FactKind::Refund => pb::FactKind::Refund,
        FactKind::Cost => pb::FactKind::Cost,
        FactKind::Referral => pb::FactKind::Referral,
        FactKind::Attribute => pb::FactKind::CustomerAttribute,
        FactKind::Contact => pb::FactKind::Contact,
        FactKind::SurveyResponse => pb::FactKind::SurveyResponse,
    }
}

/// Who began a contact.
#[must_use]
pub const fn contact_direction(direction: ContactDirection) -> pb::ContactDirection {
    match direction {
        ContactDirection::Inbound => pb::ContactDirection::Inbound,
        ContactDirection::Outbound => pb::ContactDirection::Outbound,
    }
}

/// What a contact was for.
#[must_use]
pub const fn contact_purpose(purpose: ContactPurpose) -> pb::ContactPurpose {
    match purpose {
        ContactPurpose::Sale => pb::ContactPurpose::Sale,
        ContactPurpose::Inbound => pb::ContactPurpose::Inbound,
        ContactPurpose::FollowUp => pb::ContactPurpose::FollowUp,
        ContactPurpose::Proactive => pb::ContactPurpose::Proactive,
        ContactPurpose::Joint => pb::ContactPurpose::Joint,
    }
}
