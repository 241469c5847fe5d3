//! `TrackModel`: what a model expects of each week beside what happened.

use std::collections::BTreeMap;
use std::path::Path;

use customer_value::engine::family::Family;
use customer_value::engine::purchase_scorer::AnyPurchaseModel;
use customer_value::engine::time::{Day, parse_day};
use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::google::r#type::Date;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{at, purchase};
use crate::support::cdnow;
use crate::support::errors::{bad_fields, reason, refused};

fn date(text: &str) -> Option<Date> {
    let (year, month, day) = parse_day(text).unwrap().to_calendar();
    Some(Date { year, month, day })
}

fn track(model_name: &str, first_day: &str, last_day: &str) -> pb::TrackModelRequest {
    pb::TrackModelRequest {
        model_name: model_name.to_owned(),
        first_day: date(first_day),
        last_day: date(last_day),
    }
}

async fn fitted(
    caller: &Caller,
    family: pb::ModelFamily,
    end: &str,
    prior: pb::ModelPrior,
) -> pb::Model {
    let request = pb::FitModelRequest {
        family: family.into(),
        calibration_end: date(end),
        prior: prior.into(),
    };
    caller.fit(request).await
}

/// The purchase days of each customer of CDNOW, from its file.
fn cdnow_days() -> Vec<Vec<Day>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow_sample_transactions.csv");
    let mut days: BTreeMap<String, Vec<Day>> = BTreeMap::new();
    for row in csv::Reader::from_path(file).unwrap().records() {
        let row = row.unwrap();
        let of_customer = days.entry(row[1].to_owned()).or_default();
        of_customer.push(parse_day(&row[2]).unwrap());
    }
    for of_customer in days.values_mut() {
        of_customer.sort();
        of_customer.dedup();
    }
    days.into_values().collect()
}

/// Repeat purchase days of all customers from one day to another.
fn repeats(customers: &[Vec<Day>], first: &str, last: &str) -> i64 {
    let period = parse_day(first).unwrap()..=parse_day(last).unwrap();
    let repeats = customers.iter().flat_map(|days| &days[1..]);
    let count = repeats.filter(|day| period.contains(day)).count();
    i64::try_from(count).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    let off = (found - expected).abs();
    assert!(off <= 1e-9 * expected.abs(), "{found} is not {expected}");
}

#[tokio::test]
async fn cdnow_is_tracked_as_its_customers_add_up() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller.record(cdnow::purchases()).await;
    let customers = cdnow_days();
    for (family, total) in [
        (pb::ModelFamily::BgNbd, "1653.4"),
        (pb::ModelFamily::MbgNbd, "1576.7"),
        (pb::ModelFamily::ParetoNbd, "1665.5"),
    ] {
        let model = fitted(&caller, family, "1997-09-30", pb::ModelPrior::None).await;
        let name = &model.name;
        let asked = pb::TrackModelRequest {
            first_day: None,
            ..track(name, "1997-01-01", "1998-06-30")
        };
        let found = caller.track(asked).await;
        assert_eq!(found.weeks.len(), 39);
        assert_eq!(found.customers_known, 2_357);
        assert_eq!(found.calibration_end, model.calibration_end);
        let (first, last) = (&found.weeks[0], &found.weeks[38]);
        assert_eq!((first.number, last.number), (1, 39));
        assert_eq!(first.first_day, date("1997-10-01"));
        assert_eq!(first.last_day, date("1997-10-07"));
        assert_eq!(last.last_day, date("1998-06-30"));
        assert_eq!(format!("{:.1}", last.cumulative_predicted), total);
        assert_eq!(last.cumulative_actual, 1_882);
        let of_week = repeats(&customers, "1997-10-01", "1997-10-07");
        assert_eq!(first.actual_repeat_days, of_week);
        assert!(
            found
                .weeks
                .iter()
                .all(|week| week.predicted_of_acquired == 0.0)
        );

        // From the first day on: within the data everybody goes by age.
        let whole = caller.track(track(name, "1997-01-01", "1998-06-30")).await;
        assert_eq!(whole.weeks.len(), 78);
        assert_eq!(whole.weeks[0].number, -38);
        assert_eq!(whole.weeks[0].first_day, date("1997-01-01"));
        let week = &whole.weeks[38];
        assert_eq!((week.number, week.last_day), (0, date("1997-09-30")));
        let by_then = repeats(&customers, "1997-01-01", "1997-09-30");
        assert_eq!(week.cumulative_actual, by_then);
        assert_eq!(week.customers, 2_357);
        let model = any(&model);
        let end = parse_day("1997-09-30").unwrap();
        let by_age = customers.iter().map(|days| {
            let age_weeks = f64::from(end.days_since(days[0])) / 7.0;
            model.purchases_of_new_customer(age_weeks)
        });
        let by_age: f64 = by_age.sum();
        close(week.cumulative_predicted, by_age);
        close(week.cumulative_unconditional, by_age);
        let after = &whole.weeks[39..];
        for (week, alone) in after.iter().zip(&found.weeks) {
            assert_eq!(week.predicted_repeat_days, alone.predicted_repeat_days);
            assert_eq!(week.actual_repeat_days, alone.actual_repeat_days);
        }
    }
}

fn any(model: &pb::Model) -> AnyPurchaseModel {
    let family = Family::named(model.name.split('/').next().unwrap()).unwrap();
    let found = model.parameters.unwrap();
    let values = [found.r, found.alpha, found.a, found.b, found.s, found.beta];
    let values: Vec<f64> = values.into_iter().flatten().collect();
    family.purchase_model(&values).unwrap()
}

#[tokio::test]
async fn model_in_force_is_held_against_facts_that_come_in() {
    let app = TestApp::at(instant("2020-06-30T12:00:00Z")).await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    let weak = pb::ModelPrior::Weak;
    let model = fitted(&caller, pb::ModelFamily::BgNbd, "2020-03-01", weak).await;
    let nothing = caller.try_track(pb::TrackModelRequest::default()).await;
    let status = refused(nothing, Code::FailedPrecondition);
    assert_eq!(reason(&status), "NO_MODEL");
    caller.activate(&model.name, None).await;
    let before = caller.track(pb::TrackModelRequest::default()).await;
    assert_eq!(before.model_name, model.name);
    // The seventeenth week after 1 March ends on 28 June, the eighteenth is not over.
    assert_eq!(before.weeks.len(), 17);
    assert_eq!(before.weeks[16].last_day, date("2020-06-28"));
    assert_eq!(before.read_at, Some(at("2020-06-30T12:00:00Z")));

    caller
        .record([
            purchase("late", "t1", "2020-03-10", "1").into(),
            purchase("late", "t2", "2020-03-10", "1").into(),
            purchase("late", "t3", "2020-03-11", "1").into(),
            purchase("late", "t4", "2020-06-29", "1").into(),
        ])
        .await;
    // Whoever polls again is answered the same for half a minute; another replica reads anew.
    assert_eq!(caller.track(pb::TrackModelRequest::default()).await, before);
    let replica = app.later(instant("2020-06-30T12:00:00Z")).await;
    let after = replica
        .caller()
        .track(pb::TrackModelRequest::default())
        .await;
    let [second, seventeenth] = [1, 16].map(|place| (&before.weeks[place], &after.weeks[place]));
    assert_eq!(second.1.actual_repeat_days, second.0.actual_repeat_days + 1);
    assert_eq!(second.1.customers, second.0.customers + 1);
    let acquired = any(&model).purchases_of_new_customer(5.0 / 7.0);
    let more = second.1.predicted_of_acquired - second.0.predicted_of_acquired;
    assert!((more - acquired).abs() < 1e-12, "{more} {acquired}");
    let known = |week: &pb::TrackedWeek| week.predicted_repeat_days - week.predicted_of_acquired;
    assert!((known(second.1) - known(second.0)).abs() < 1e-12);
    assert_eq!(
        seventeenth.1.actual_repeat_days,
        seventeenth.0.actual_repeat_days
    );
    assert_eq!(after.customers_known, before.customers_known);
}

fn instant(text: &str) -> customer_value::engine::time::Instant {
    customer_value::engine::time::parse_instant(text).unwrap()
}

#[tokio::test]
async fn weeks_must_be_over_in_order_and_not_too_many() {
    let app = TestApp::at(instant("2020-06-30T12:00:00Z")).await;
    let caller = app.caller();
    caller.record(cdnow::small_shop("CNY")).await;
    let fit = async |family| {
        let fitted = fitted(&caller, family, "2020-06-27", pb::ModelPrior::Weak);
        fitted.await.name
    };
    let model = fit(pb::ModelFamily::BgNbd).await;
    let spend = fit(pb::ModelFamily::GammaGamma).await;
    let nothing_yet = pb::TrackModelRequest {
        model_name: model.clone(),
        ..pb::TrackModelRequest::default()
    };
    assert_eq!(caller.track(nothing_yet).await.weeks, []);
    // A range that lies within the data.
    let within = caller
        .track(track(&model, "2020-01-01", "2020-02-01"))
        .await;
    assert_eq!(within.weeks.last().unwrap().last_day, date("2020-02-01"));
    assert!(within.weeks.iter().all(|week| week.number < 1));
    for (first, last, field) in [
        ("2020-06-01", "2020-05-01", "first_day"),
        ("2010-01-01", "2020-06-01", "first_day"),
        ("2020-06-01", "2020-07-01", "last_day"),
    ] {
        let asked = caller.try_track(track(&model, first, last)).await;
        let status = refused(asked, Code::InvalidArgument);
        assert_eq!(bad_fields(&status), [field]);
    }
    let of_spend = caller.try_track(track(&spend, "2020-01-01", "2020-02-01"));
    let status = refused(of_spend.await, Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["model_name"]);
    let unknown = caller.try_track(track("bg-nbd/9", "2020-01-01", "2020-02-01"));
    refused(unknown.await, Code::NotFound);
}
