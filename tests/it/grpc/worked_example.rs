//! The worked example: A buys for five years and brings four customers, directly and indirectly.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{
    Fact, about, at, cost, from_now, instant, micros, money, purchase, referral,
};

/// Net value at the end of each year: lasting value, own, referred.
const YEARS: [(&str, i64, i64, i64); 5] = [
    ("2001-12-31T23:59:59Z", -50, -50, 0),
    ("2002-12-31T23:59:59Z", 1_400, 600, 800),
    ("2003-12-31T23:59:59Z", 3_550, 1_200, 2_350),
    ("2004-12-31T23:59:59Z", 7_000, 1_600, 5_400),
    ("2005-12-31T23:59:59Z", 12_800, 4_700, 8_100),
];

fn bought(customer: &str, when: &str, amount: &str, kind: pb::PurchaseKind) -> Fact {
    let fact = purchase(customer, &format!("{when} {amount}"), when, amount);
    pb::Transaction {
        kind: kind.into(),
        ..fact
    }
    .into()
}

/// Money in, money out, who brought whom: R1 and R2 are A's, R3 is R1's, R4 is R3's.
fn facts() -> Vec<Fact> {
    use pb::PurchaseKind::{CrossSell, New, Repeat, Upgrade};
    let own = [
        ("2001-02-01", "800", New),
        ("2002-02-01", "500", Upgrade),
        ("2002-03-01", "250", CrossSell),
        ("2003-02-01", "500", CrossSell),
        ("2003-03-01", "200", CrossSell),
        ("2004-02-01", "250", Upgrade),
        ("2004-03-01", "250", Upgrade),
        ("2005-02-01", "3000", New),
        ("2005-03-01", "200", CrossSell),
    ]
    .map(|(when, amount, kind)| bought("A", when, amount, kind));
    let referred = [
        ("R1", "2002-05-01", "800", New),
        ("R1", "2003-05-01", "750", Repeat),
        ("R1", "2004-05-01", "700", Repeat),
        ("R1", "2005-05-01", "500", Repeat),
        ("R2", "2003-05-02", "800", New),
        ("R2", "2004-05-02", "750", Repeat),
        ("R2", "2005-05-02", "700", Repeat),
        ("R3", "2004-05-03", "800", New),
        ("R3", "2005-05-03", "750", Repeat),
        ("R4", "2004-05-04", "800", New),
        ("R4", "2005-05-04", "750", Repeat),
    ]
    .map(|(customer, when, amount, kind)| bought(customer, when, amount, kind));
    let costs = [
        ("2001-01-15", "850", pb::CostKind::Acquisition),
        ("2002-06-01", "100", pb::CostKind::ToServe),
        ("2003-06-01", "100", pb::CostKind::ToServe),
        ("2004-06-01", "100", pb::CostKind::ToServe),
        ("2005-06-01", "100", pb::CostKind::ToServe),
    ]
    .map(|(when, amount, kind)| cost("A", when, when, amount, kind).into());
    let referrals = [
        ("A", "R1", "2002-04-01"),
        ("A", "R2", "2003-04-01"),
        ("R1", "R3", "2004-04-01"),
        ("R3", "R4", "2004-04-15"),
    ]
    .map(|(referrer, referee, when)| referral(referrer, referee, "brought", when).into());
    let all = [
        own.to_vec(),
        referred.to_vec(),
        costs.to_vec(),
        referrals.to_vec(),
    ];
    all.concat()
}

fn happened_at(fact: &Fact) -> i64 {
    let when = match fact {
        Fact::Transaction(fact) => fact.occurred_at,
        Fact::Refund(fact) => fact.occurred_at,
        Fact::Cost(fact) => fact.occurred_at,
        Fact::Referral(fact) => fact.occurred_at,
        Fact::Attribute(fact) => fact.occurred_at,
        Fact::Contact(fact) => fact.occurred_at,
        Fact::Void(_) => None,
    };
    when.expect("the fact has happened").seconds
}

#[track_caller]
fn check(score: &pb::CustomerScore, lasting_value: i64, clv: i64, crv: i64) {
    let units = |amount: i64| i128::from(amount) * 1_000_000;
    let value = score.lasting_value.as_ref().unwrap();
    assert_eq!(micros(value.to_date.as_ref()), units(lasting_value));
    let parts: i128 = value
        .parts
        .iter()
        .map(|part| micros(part.amount.as_ref()))
        .sum();
    assert_eq!(parts, units(lasting_value), "the parts add up");
    let to_date = |totals: &Option<pb::ValueTotals>| {
        micros(totals.as_ref().and_then(|totals| totals.to_date.as_ref()))
    };
    assert_eq!(to_date(&score.clv), units(clv));
    assert_eq!(to_date(&score.crv), units(crv));
    let history = score.history.as_ref().unwrap();
    assert_eq!(micros(history.contribution.as_ref()), units(clv));
}

async fn check_years(caller: &Caller, known_at: Option<prost_types::Timestamp>) {
    for (year_end, lasting_value, clv, crv) in YEARS {
        let question = about("A").as_of(at(year_end)).known_at(known_at);
        check(&caller.score(question).await, lasting_value, clv, crv);
    }
}

#[tokio::test]
async fn worked_example_comes_out_to_the_cent_in_every_year() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(facts()).await;
    check_years(&caller, None).await;
    check_years(&caller, Some(from_now(0))).await;
    // Every fact lies before today, so a question without as_of reads the state.
    check(&caller.score(about("A")).await, 12_800, 4_700, 8_100);
}

#[tokio::test]
async fn worked_example_holds_while_its_years_pass() {
    let mut left = facts();
    let mut app = TestApp::at(instant("2001-01-01")).await;
    left.sort_by_key(happened_at);
    for (year_end, lasting_value, clv, crv) in YEARS {
        app = app.later(instant(year_end)).await;
        let caller = app.caller();
        let happened = left
            .iter()
            .position(|fact| happened_at(fact) > at(year_end).seconds)
            .unwrap_or(left.len());
        caller.record(left.drain(..happened)).await;
        check(&caller.score(about("A")).await, lasting_value, clv, crv);
    }
    assert!(left.is_empty());
}

#[tokio::test]
async fn worked_example_names_its_parts() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(facts()).await;
    let score = caller.score(about("A").as_of(at(YEARS[4].0))).await;
    let parts: Vec<_> = score
        .lasting_value
        .unwrap()
        .parts
        .into_iter()
        .map(|part| (part.part(), part.amount.unwrap()))
        .collect();
    assert_eq!(
        parts,
        [
            (pb::ValuePart::OwnRevenue, money("5950")),
            (pb::ValuePart::AcquisitionCost, money("-850")),
            (pb::ValuePart::ServiceCost, money("-400")),
            (pb::ValuePart::ReferralCredit, money("8100")),
        ]
    );
    let tree = score.referral.unwrap();
    assert_eq!(
        (tree.direct_referees, tree.indirect_referees, tree.depth),
        (2, 2, 0)
    );
    let credits: Vec<_> = tree
        .credits
        .into_iter()
        .map(|at| (at.depth, at.referees, at.credit.unwrap()))
        .collect();
    assert_eq!(
        credits,
        [
            (1, 2, money("5000")),
            (2, 1, money("1550")),
            (3, 1, money("1550"))
        ]
    );
    assert_eq!(
        score.provenance.unwrap().model_versions,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn worked_example_is_credited_as_a_policy_says() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(facts()).await;
    let terms = |referral| pb::PolicyTerms {
        referral: Some(referral),
        ..pb::PolicyTerms::default()
    };
    let halved = pb::PolicyReferral {
        share: Some(0.5),
        decay: Some(0.5),
        ..pb::PolicyReferral::default()
    };
    let some_anyway = pb::PolicyReferral {
        depth: Some(2),
        probability_came_anyway: Some(0.2),
        acquisition_cost_saved: Some(money("850")),
        ..halved.clone()
    };
    // (0.8 x 5000 + 0.2 x 850 x 2) / 2 and (0.8 x 1550 + 0.2 x 850) / 4
    for (referral, credits, buyers, words) in [
        (
            halved,
            &["2500", "387.5", "193.75"][..],
            [None, None],
            "contributed by 2 direct and 2 indirect referees since they were brought; share 50 % of \
             direct referees; from one depth to the next 50 % of the share",
        ),
        (
            some_anyway,
            &["2170", "352.5"][..],
            [Some(2), Some(1)],
            "contributed by 2 direct and 1 indirect referees since they were brought; credited to \
             depth 2; share 50 % of direct referees; from one depth to the next 50 % of the share; \
             20 % would have come anyway, which saves 850.00 CNY on each who bought",
        ),
    ] {
        let mut question = about("A").as_of(at(YEARS[4].0));
        question.request.policy_version = Some(caller.define_policy(terms(referral)).await);
        let score = caller.score(question).await;
        let tree = score.referral.unwrap();
        let found: Vec<_> = tree.credits.iter().map(|at| at.credit.clone()).collect();
        let expected: Vec<_> = credits.iter().map(|credit| Some(money(credit))).collect();
        assert_eq!(found, expected);
        let found: Vec<_> = tree.credits.iter().map(|at| at.buyers).collect();
        assert_eq!(found[..2], buyers);
        let parts = score.lasting_value.unwrap().parts;
        let credit = parts.last().unwrap();
        assert_eq!(credit.part(), pb::ValuePart::ReferralCredit);
        assert_eq!(credit.explanation, words);
        assert_eq!(credit.amount, score.crv.unwrap().to_date);
    }
}
