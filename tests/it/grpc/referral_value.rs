//! Referees to come: the model of who brings whom, and what scores make of it.

use std::collections::BTreeMap;

use customer_value::engine::bg_nbd::BgNbd;
use customer_value::engine::purchase_model::PurchaseModel as _;
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use jiff::civil::date;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{Fact, about, at, from_now, micros, purchase, referral, void};
use crate::support::cdnow;

const END: Date = Date {
    year: 2020,
    month: 4,
    day: 30,
};
/// Days from the first of 2020 to the calibration's end and to the instant of scores.
const END_DAY: i64 = 120;
const AS_OF_DAY: i64 = 130;
const HORIZON_DAYS: i32 = 200;

fn day(number: i64) -> String {
    (date(2020, 1, 1) + jiff::Span::new().days(number)).to_string()
}

/// Who brings whom on which day; the newcomers' first purchases, a day later; and what does not count.
fn brought() -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut bring = |referrer: &str, referee: &str, number: i64, buys: bool| {
        facts.push(referral(referrer, referee, "e", &day(number)).into());
        if buys {
            facts.push(purchase(referee, "n", &day(number + 1), "21.5").into());
        }
    };
    for (place, number) in [45, 60, 75, 90].into_iter().enumerate() {
        bring("shop-0", &format!("new-{place}"), number, true);
    }
    bring("shop-5", "new-4", 50, true);
    bring("shop-5", "new-5", 55, true);
    bring("shop-7", "new-6", 100, true);
    // A newcomer who brings another, and one who never buys.
    bring("new-0", "new-11", 80, true);
    bring("shop-10", "new-7", 70, false);
    // Before the referrer's own first purchase, which is on day 20.
    bring("shop-20", "new-8", 10, true);
    // After the calibration's end.
    bring("shop-12", "new-9", 125, true);
    // Void.
    bring("shop-15", "new-10", 70, true);
    // A loop of two, whose second edge is dropped.
    bring("shop-30", "shop-31", 40, false);
    bring("shop-31", "shop-30", 50, false);
    facts.push(void("new-10", pb::FactKind::Referral, "e").into());
    facts
}

/// Buyers brought up to the calibration's end, by who counts them.
const COUNTS: [(&str, i32); 5] = [
    ("shop-0", 4),
    ("shop-5", 2),
    ("shop-7", 1),
    ("new-0", 1),
    ("shop-30", 1),
];

/// Referees and weeks of exposure of every customer with a purchase up to the calibration's end.
fn rows(facts: &[Fact]) -> Vec<(i32, f64)> {
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    for fact in facts {
        if let Fact::Transaction(bought) = fact {
            let seconds = bought.occurred_at.unwrap().seconds;
            let number = (seconds - at("2020-01-01T00:00:00Z").seconds).div_euclid(86_400);
            let earliest = first.entry(bought.customer_id.clone()).or_insert(number);
            *earliest = number.min(*earliest);
        }
    }
    let counts = BTreeMap::from(COUNTS);
    let row = |(customer, first): (String, i64)| {
        let referees = counts.get(&*customer).copied().unwrap_or_default();
        (first < END_DAY).then(|| (referees, (END_DAY - first) as f64 / 7.0))
    };
    first.into_iter().filter_map(row).collect()
}

/// Log-likelihood of (r, α): Γ(r+n)·αʳ / (Γ(r)·(α+T)^(r+n)) for each row.
fn log_likelihood(rows: &[(i32, f64)], r: f64, alpha: f64) -> f64 {
    let of_row = |(referees, weeks): &(i32, f64)| {
        let rising: f64 = (0..*referees).map(|k| (r + f64::from(k)).ln()).sum();
        rising + r * alpha.ln() - (r + f64::from(*referees)) * (alpha + weeks).ln()
    };
    rows.iter().map(of_row).sum()
}

fn fit(family: pb::ModelFamily, prior: pb::ModelPrior) -> pb::FitModelRequest {
    pb::FitModelRequest {
        family: family.into(),
        calibration_end: Some(END),
        prior: prior.into(),
    }
}

async fn shop() -> (TestApp, Caller, Vec<Fact>) {
    let app = TestApp::new().await;
    let caller = app.caller();
    let facts = [cdnow::small_shop("CNY"), brought()].concat();
    caller.record(facts.clone()).await;
    (app, caller, facts)
}

async fn in_force(caller: &Caller, family: pb::ModelFamily) -> pb::Model {
    let model = caller.fit(fit(family, pb::ModelPrior::Weak)).await;
    caller.activate(&model.name, Some(at("2020-01-01"))).await;
    model
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let off = (found - expected).abs();
    assert!(
        off <= tolerance * expected.abs(),
        "{found} is not {expected}"
    );
}

fn question(customer: &str) -> crate::support::builders::Question {
    about(customer)
        .as_of(at(&day(AS_OF_DAY)))
        .horizon_days(HORIZON_DAYS)
}

#[tokio::test]
async fn referral_model_is_the_maximum_over_those_who_count() {
    let (app, caller, facts) = shop().await;
    let rows = rows(&facts);
    let time: f64 = rows.iter().map(|(_, weeks)| weeks).sum();
    let referees: i32 = rows.iter().map(|(referees, _)| referees).sum();
    for (prior, name, weight) in [
        (pb::ModelPrior::None, "referral-nbd/1", 0.0),
        (pb::ModelPrior::Weak, "referral-nbd/2", 1.0 / 9.0),
    ] {
        let model = caller.fit(fit(pb::ModelFamily::ReferralNbd, prior)).await;
        assert_eq!(model.name, name);
        assert_eq!(model.family(), pb::ModelFamily::ReferralNbd);
        assert_eq!(model.customers, rows.len() as i64);
        let parameters = model.parameters.unwrap();
        let (r, alpha) = (parameters.r.unwrap(), parameters.alpha.unwrap());
        let found = log_likelihood(&rows, r, alpha);
        close(model.log_likelihood, found, 1e-12);
        // No slope in any direction, the weak prior's (normal, deviation 3) included.
        let centre = time / f64::from(referees);
        let posterior = |by_r: f64, by_alpha: f64| {
            let (r, alpha) = (r * by_r.exp(), alpha * by_alpha.exp());
            let prior = r.ln().powi(2) + (alpha / centre).ln().powi(2);
            log_likelihood(&rows, r, alpha) - 0.5 * weight * prior
        };
        let step = 1e-4;
        for (slope, name) in [
            (posterior(step, 0.0) - posterior(-step, 0.0), "r"),
            (posterior(0.0, step) - posterior(0.0, -step), "alpha"),
        ] {
            assert!((slope / (2.0 * step)).abs() < 1e-5, "{name}: {slope}");
        }
        // The same fit again, on another replica, is the same model.
        let again = app.replica().await.caller();
        let again = again.fit(fit(pb::ModelFamily::ReferralNbd, prior)).await;
        assert_eq!(again, model);
    }
    let listed = pb::ListModelsRequest::default();
    let mut models = caller.client.models.clone();
    let listed = models.list_models(listed).await.unwrap().into_inner();
    assert_eq!(listed.models[0].name, "referral-nbd/2");
}

#[tokio::test]
async fn referees_to_come_are_shrunk_valued_and_discounted() {
    let (app, caller, _) = shop().await;
    let purchases = in_force(&caller, pb::ModelFamily::BgNbd).await;
    let spend = in_force(&caller, pb::ModelFamily::GammaGamma).await;

    // Without a referral model nothing but that is missing.
    let without = caller.score(question("shop-0")).await;
    let crv = without.crv.clone().unwrap();
    assert_eq!((crv.expected, crv.total), (None, None));
    let expected = without.clv.unwrap().expected;
    assert!(expected.is_some());
    assert_eq!(without.lasting_value.unwrap().expected, expected);
    let absent = without.unavailable.iter();
    let absent: Vec<_> = absent
        .filter(|absent| absent.reason() == pb::UnavailableReason::NoModel)
        .map(|absent| (&*absent.component, &*absent.detail))
        .collect();
    let detail = "no referral model was in force then; fit and activate a referral model";
    assert_eq!(
        absent,
        [("crv.expected", detail), ("referral.forecast", detail)]
    );

    let rates = in_force(&caller, pb::ModelFamily::ReferralNbd).await;
    let of = |model: &pb::Model| model.parameters.unwrap();
    let (r, alpha) = (of(&rates).r.unwrap(), of(&rates).alpha.unwrap());
    let purchase_model = BgNbd::new(
        of(&purchases).r.unwrap(),
        of(&purchases).alpha.unwrap(),
        of(&purchases).a.unwrap(),
        of(&purchases).b.unwrap(),
    )
    .unwrap();
    let mean_spend =
        of(&spend).p.unwrap() * of(&spend).gamma.unwrap() / (of(&spend).q.unwrap() - 1.0);
    // ∫ e^(−δv)·(1 + E(v)) dv by Simpson's rule, at 10 % a year.
    let horizon = f64::from(HORIZON_DAYS) / 7.0;
    let (steps, rate) = (2_000, 1.1_f64.ln() * 7.0 / 365.0);
    let integral: f64 = (0..=steps)
        .map(|place| {
            let weeks = horizon * f64::from(place) / f64::from(steps);
            let weight = match place {
                0 => 1.0,
                last if last == steps => 1.0,
                odd if odd % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let repeats = purchase_model.expected_purchases_new_customer(weeks);
            weight * (-rate * weeks).exp() * (1.0 + repeats.unwrap())
        })
        .sum::<f64>()
        * horizon
        / f64::from(3 * steps);

    // Shop-12 brought one after the model's data ended, shop-20 before buying, shop-10 one who never
    // bought, shop-31 one whose edge is dropped, shop-1 nobody.
    for (customer, first_day, buyers) in [
        ("shop-0", 0, 4),
        ("shop-5", 5, 2),
        ("shop-12", 12, 1),
        ("shop-20", 20, 0),
        ("shop-10", 10, 0),
        ("shop-15", 15, 0),
        ("shop-30", 0, 1),
        ("shop-31", 1, 0),
        ("shop-1", 1, 0),
    ] {
        let score = caller.score(question(customer)).await;
        let forecast = score.referral.unwrap().forecast.unwrap();
        assert_eq!(forecast.buyers_brought, buyers, "{customer}");
        let weeks = (AS_OF_DAY - first_day) as f64 / 7.0;
        close(forecast.exposure_weeks, weeks, 1e-14);
        let expected_rate = (r + buyers as f64) / (alpha + weeks);
        close(forecast.referees_per_week, expected_rate, 1e-14);
        close(forecast.expected_referees, expected_rate * horizon, 1e-14);
        let expected = expected_rate * integral;
        close(forecast.discounted_purchases, expected, 1e-8);
        let spent = micros(forecast.expected_spend_per_purchase.as_ref()) as f64 / 1e6;
        close(spent, mean_spend, 1e-6);
        assert_eq!(forecast.margin, 1.0);
        let credit = micros(forecast.credit.as_ref());
        close(credit as f64 / 1e6, expected * mean_spend, 1e-6);
        assert_eq!(forecast.referral_model, "referral-nbd/1");

        let (clv, crv) = (score.clv.unwrap(), score.crv.unwrap());
        assert_eq!(crv.expected, forecast.credit);
        let value = score.lasting_value.unwrap();
        let of_customer = micros(clv.expected.as_ref());
        assert_eq!(micros(value.expected.as_ref()), of_customer + credit);
        let parts: i128 = value
            .parts
            .iter()
            .map(|part| micros(part.amount.as_ref()))
            .sum();
        assert_eq!(parts, micros(value.total.as_ref()));
        let last = value.parts.last().unwrap();
        assert_eq!(last.part(), pb::ValuePart::ExpectedReferral);
        assert_eq!(last.amount, forecast.credit);
        assert!(
            last.explanation
                .contains("direct referees expected in 200 days")
        );
        let used = score.provenance.unwrap().model_versions;
        assert_eq!(used, ["bg-nbd/1", "gamma-gamma/1", "referral-nbd/1"]);
        // From the facts instead of the states.
        let past = question(customer).known_at(from_now(0));
        let past = caller.score(past).await;
        assert_eq!(past.referral.unwrap().forecast, Some(forecast));
        assert_eq!(past.lasting_value, Some(value));
    }

    // Nothing ahead brings nobody; who never bought has no expectation.
    let now = question("shop-0").horizon_days(0);
    let now = caller.score(now).await.crv.unwrap();
    assert_eq!(micros(now.expected.as_ref()), 0);
    let never = app.replica().await.caller().score(question("new-7")).await;
    let absent = never
        .unavailable
        .iter()
        .find(|absent| absent.component == "crv.expected");
    assert_eq!(absent.unwrap().reason(), pb::UnavailableReason::NoPurchase);
}

#[tokio::test]
async fn what_was_known_stays_after_another_referee_and_fit() {
    let (app, caller, _) = shop().await;
    for family in [
        pb::ModelFamily::BgNbd,
        pb::ModelFamily::GammaGamma,
        pb::ModelFamily::ReferralNbd,
    ] {
        in_force(&caller, family).await;
    }
    let default = caller.score(question("shop-7")).await;
    let rests_on = default.provenance.clone().unwrap();
    let default_again = question("shop-7").known_at(rests_on.known_at);
    let explicit = question("shop-7").known_at(from_now(0));
    let before = caller.score_bytes(explicit.clone()).await;
    assert_eq!(caller.score(default_again.clone()).await, default);

    let late: [Fact; 2] = [
        referral("shop-7", "late", "e", &day(110)).into(),
        purchase("late", "n", &day(111), "33").into(),
    ];
    caller.record(late).await;
    let second = in_force(&caller, pb::ModelFamily::ReferralNbd).await;
    assert_eq!(second.name, "referral-nbd/2");
    for at in [&app.replica().await.caller(), &caller] {
        assert_eq!(at.score_bytes(explicit.clone()).await, before);
        assert_eq!(at.score(default_again.clone()).await, default);
        let now = at.score(question("shop-7")).await;
        let forecast = now.referral.unwrap().forecast.unwrap();
        assert_eq!(forecast.buyers_brought, 2);
        assert_eq!(forecast.referral_model, "referral-nbd/2");
        let used = now.provenance.unwrap().model_versions;
        assert_eq!(used.last().unwrap(), "referral-nbd/2");
    }
}
