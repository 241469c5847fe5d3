//! A referrer with more referees than one score reads.

use customer_value::grpc::pb::customervalue::v1 as pb;
use sqlx::PgConnection;

use crate::support::app::TestApp;
use crate::support::builders::{about, at, money, purchase, referral};

/// Writes the states and edges of 100,000 more referees of ann, as recording them one by one would.
async fn refer_a_crowd(connection: &mut PgConnection) {
    for statement in [
        "INSERT INTO customer_states (
            bucket, tenant_id, customer_id, referrals, first_fact_at, last_fact_at,
            first_fact_day, last_recorded_at, referrer_id, referral_id, referred_at, referred_day
        )
        SELECT
            0, 'acme', 'crowd-' || n, 1, '2020-01-02Z', '2020-01-02Z', '2020-01-02',
            '2021-01-01Z', 'ann', 'e', '2020-01-02Z', '2020-01-02'
        FROM generate_series(1, 100000) AS n",
        "INSERT INTO referrals (
            bucket, tenant_id, customer_id, referral_id, referrer_id, occurred_at, day,
            recorded_at, content_hash, content_version
        )
        SELECT
            0, 'acme', 'crowd-' || n, 'e', 'ann', '2020-01-02Z', '2020-01-02',
            '2021-01-01Z', '', 1
        FROM generate_series(1, 100000) AS n",
    ] {
        sqlx::query(statement)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn beyond_the_bound_referral_value_is_too_large_and_own_value_is_there() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([
            purchase("ann", "t1", "2020-01-01", "10").into(),
            referral("ann", "bob", "e1", "2020-01-02").into(),
        ])
        .await;
    let fits = caller.score(about("ann")).await;
    assert_eq!(fits.crv.unwrap().to_date, Some(money("0")));
    refer_a_crowd(&mut app.connection().await).await;
    // In 2022 the crowd alone was known: as many referees as are read.
    let crowd = about("ann")
        .as_of(at("2020-06-01"))
        .known_at(at("2022-01-01"));
    assert_eq!(
        caller.score(crowd).await.crv.unwrap().to_date,
        Some(money("0"))
    );
    let now = caller.score(about("ann")).await;
    let known_at = now.provenance.clone().unwrap().known_at;
    let from_facts = caller.score(about("ann").known_at(known_at)).await;
    for score in [now, from_facts] {
        assert_eq!(score.clv.unwrap().to_date, Some(money("10")));
        assert_eq!(
            (score.crv, score.lasting_value, score.referral),
            (None, None, None)
        );
        for component in ["crv", "lasting_value", "referral"] {
            let told = score
                .unavailable
                .iter()
                .find(|absent| absent.component == component);
            let reason = told.map(pb::Unavailable::reason);
            assert_eq!(reason, Some(pb::UnavailableReason::TooLarge), "{component}");
        }
    }
}
