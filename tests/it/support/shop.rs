//! A population with everything that segments measure: rhythms, costs, refunds, referrals in chains
//! and loops, kinds of purchase, contacts, voids, and customers who are only named.

use customer_value::grpc::pb::customervalue::v1 as pb;

use super::builders::{Fact, contact, cost, purchase, referral, refund, void};

/// Customers of the shop who have bought.
pub(crate) const BUYERS: i64 = 40;

/// A day of the shop's time, counted from 2020-01-01.
pub(crate) fn day(number: i64) -> String {
    (jiff::civil::date(2020, 1, 1) + jiff::Span::new().days(number)).to_string()
}

/// Name of a buyer.
pub(crate) fn buyer(number: i64) -> String {
    format!("buyer-{number}")
}

/// Everybody the shop knows, buyers first; the last four have not bought.
pub(crate) fn everybody() -> Vec<String> {
    let mut names: Vec<String> = (0..BUYERS).map(buyer).collect();
    names.extend(["paid-for", "referrer-only", "referred-only", "spoken-to"].map(str::to_owned));
    names
}

/// All facts.
pub(crate) fn facts() -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for number in 0..BUYERS {
        purchases_of(number, &mut facts);
    }
    for number in 0..BUYERS {
        let name = buyer(number);
        if number % 5 == 0 {
            let amount = (3 + number).to_string();
            let kind = pb::CostKind::Acquisition;
            facts.push(cost(&name, "c", &day(number), &amount, kind).into());
        }
        if number % 6 == 1 {
            // Chains, a loop (31 -> 1 -> 7 -> 13 -> 19 -> 25 -> 31), and referees of others.
            let referrer = buyer((number + 30) % 36);
            facts.push(referral(&referrer, &name, "e", &day(20 + number)).into());
        }
    }
    facts.push(cost("paid-for", "c", &day(5), "12", pb::CostKind::Marketing).into());
    facts.push(referral("referrer-only", "referred-only", "e", &day(40)).into());
    facts.push(referral("referrer-only", &buyer(2), "e", &day(41)).into());
    for number in 0..BUYERS {
        let name = buyer(number);
        let purpose = pb::ContactPurpose::try_from((number % 5 + 1) as i32).unwrap();
        if number % 3 == 0 {
            facts.push(contact(&name, "k1", &day(300 + number), purpose).into());
            let inbound = pb::ContactPurpose::Inbound;
            facts.push(contact(&name, "k2", &day(320 + number), inbound).into());
        }
    }
    let joint = pb::ContactPurpose::Joint;
    facts.push(contact("spoken-to", "k", &day(350), joint).into());
    facts.push(contact("spoken-to", "void", &day(355), joint).into());
    facts.push(void("spoken-to", pb::FactKind::Contact, "void").into());
    facts.push(refund(&buyer(3), "r", "t0", &day(200), "2").into());
    facts.push(refund(&buyer(4), "r", "t0", &day(200), "1000").into());
    facts.push(void(&buyer(6), pb::FactKind::Transaction, "t0").into());
    facts
}

fn purchases_of(number: i64, facts: &mut Vec<Fact>) {
    let rhythm = 6 + (number * 7) % 53;
    let last = 30 + (number * 37) % 620;
    let mut when = number % 30;
    let mut place = 0;
    while place == 0 || (when < last && number % 4 != 3) {
        let amount = format!("{}.5", 10 + (number * 11 + place * 3) % 40);
        let mut bought = purchase(&buyer(number), &format!("t{place}"), &day(when), &amount);
        let kind = match (place, number % 7) {
            (0, _) => pb::PurchaseKind::New,
            (3, 2) => pb::PurchaseKind::CrossSell,
            _ => pb::PurchaseKind::Repeat,
        };
        bought.kind = kind.into();
        facts.push(bought.into());
        when += rhythm + (place * 5) % 7;
        place += 1;
    }
}
