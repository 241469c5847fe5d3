//! Policies that a tenant defines and puts in force.

mod effects;
mod in_force;

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::{Caller, TestApp};
use crate::support::builders::{about, at, money, purchase};
use crate::support::errors::{bad_fields, metadata, reason, refused};
use crate::support::policies::{all_terms, depth, margin};
use crate::support::rows::row_counts;

/// A tenant whose base currency is CNY.
async fn shop() -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([purchase("ann", "t1", "2020-01-10", "100").into()])
        .await;
    (app, caller)
}

fn names(policies: &[pb::Policy]) -> Vec<&str> {
    policies.iter().map(|policy| &*policy.name).collect()
}

#[tokio::test]
async fn every_term_comes_back_as_it_was_told() {
    let (_app, caller) = shop().await;
    let defined = caller.try_define_policy(None, all_terms()).await;
    let (policy, outcome) = defined.unwrap();
    assert_eq!(outcome, pb::RecordOutcome::Created);
    assert_eq!(policy.name, "policy/1");
    assert_eq!(policy.base_policy, "builtin/2");
    assert_eq!(policy.terms, Some(all_terms()));
    let shown = caller.try_policy("policy/1").await.unwrap();
    assert_eq!(shown.policy, Some(policy));
    assert_eq!(shown.activations, []);
}

#[tokio::test]
async fn what_is_not_told_is_as_in_the_base() {
    let (_app, caller) = shop().await;
    let base = caller.try_policy("builtin/1").await.unwrap();
    let base = base.policy.unwrap();
    assert_eq!((&*base.base_policy, base.recorded_at), ("", None));
    let terms = base.terms.unwrap();
    assert_eq!((terms.horizon_days, terms.margin), (Some(365), Some(1.0)));
    assert_eq!(terms.cost_to_serve_per_year, Some(money("0")));
    let defined = caller.try_define_policy(Some("builtin/1"), margin(0.5));
    let (policy, _) = defined.await.unwrap();
    assert_eq!(policy.base_policy, "builtin/1");
    let expected = pb::PolicyTerms {
        margin: Some(0.5),
        ..terms
    };
    assert_eq!(policy.terms, Some(expected));
}

#[tokio::test]
async fn policy_that_equals_one_there_is_that_one() {
    let (app, caller) = shop().await;
    let first = caller.try_define_policy(None, margin(0.5)).await.unwrap();
    let second = caller.try_define_policy(None, depth(1)).await.unwrap();
    assert_eq!((&*first.0.name, &*second.0.name), ("policy/1", "policy/2"));
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    // Spelt out, or told to start from the base that is the default.
    let spelt_out = first.0.terms.clone().unwrap();
    for (base, terms) in [
        (None, margin(0.5)),
        (Some("builtin/2"), margin(0.5)),
        (None, spelt_out),
    ] {
        let again = caller.try_define_policy(base, terms).await.unwrap();
        assert_eq!(again, (first.0.clone(), pb::RecordOutcome::Duplicate));
    }
    for name in ["builtin/1", "builtin/2"] {
        let nothing = pb::PolicyTerms::default();
        let (policy, outcome) = caller.try_define_policy(Some(name), nothing).await.unwrap();
        assert_eq!(policy.name, name);
        assert_eq!(outcome, pb::RecordOutcome::Duplicate);
    }
    assert_eq!(row_counts(&mut connection).await, counts);
    // Another base is another policy: segments differ.
    let other = caller.try_define_policy(Some("builtin/1"), margin(0.5));
    assert_eq!(other.await.unwrap().0.name, "policy/3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_defined_many_times_at_once_is_one_row() {
    let app = TestApp::new().await;
    let replica = app.replica().await;
    let calls = (0..8).map(|number| {
        let caller = if number % 2 == 0 {
            app.caller()
        } else {
            replica.caller()
        };
        tokio::spawn(async move { caller.try_define_policy(None, margin(0.25)).await.unwrap() })
    });
    let mut created = 0;
    for call in calls.collect::<Vec<_>>() {
        let (policy, outcome) = call.await.unwrap();
        assert_eq!(policy.name, "policy/1");
        created += usize::from(outcome == pb::RecordOutcome::Created);
    }
    assert_eq!(created, 1);
    let list = app.caller().try_policies(0, "").await.unwrap();
    assert_eq!(
        names(&list.policies),
        ["policy/1", "builtin/2", "builtin/1"]
    );
}

#[tokio::test]
async fn policies_are_listed_newest_first_with_their_activations() {
    let (_app, caller) = shop().await;
    let none = caller.try_policies(0, "").await.unwrap();
    assert_eq!(names(&none.policies), ["builtin/2", "builtin/1"]);
    for share in [0.1, 0.2, 0.3] {
        caller.define_policy(margin(share)).await;
    }
    caller
        .activate_policy("policy/2", Some(at("2020-02-01")))
        .await;
    caller
        .activate_policy("builtin/1", Some(at("2020-03-01")))
        .await;
    let mut listed = Vec::new();
    let mut held = Vec::new();
    let mut token = String::new();
    loop {
        let page = caller.try_policies(2, &token).await.unwrap();
        assert!(page.policies.len() <= 2);
        listed.extend(page.policies);
        held.extend(page.activations);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(
        names(&listed),
        ["policy/3", "policy/2", "policy/1", "builtin/2", "builtin/1"]
    );
    let held: Vec<_> = held
        .iter()
        .map(|held| (&*held.policy_name, held.effective_at, held.effective_until))
        .collect();
    let march = Some(at("2020-03-01"));
    assert_eq!(
        held,
        [
            ("policy/2", Some(at("2020-02-01")), march),
            ("builtin/1", march, None)
        ]
    );
}

#[tokio::test]
async fn activating_what_is_already_so_writes_nothing() {
    let (app, caller) = shop().await;
    let name = caller.define_policy(margin(0.5)).await;
    let since = Some(at("2020-02-01"));
    let first = caller.activate_policy(&name, since).await;
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    assert_eq!(caller.activate_policy(&name, since).await, first);
    // Without an instant it is in force already.
    assert_eq!(caller.activate_policy(&name, None).await, first);
    assert_eq!(row_counts(&mut connection).await, counts);
    let back = caller.activate_policy("builtin/2", None).await;
    assert_eq!(caller.activate_policy("builtin/2", None).await, back);
    let shown = caller.try_policy(&name).await.unwrap();
    assert_eq!(shown.activations[0].effective_until, back.effective_at);
    let unknown = caller.try_activate_policy("policy/9", None).await;
    let unknown = refused(unknown, Code::NotFound);
    assert_eq!(reason(&unknown), "UNKNOWN_POLICY");
}

#[tokio::test]
async fn money_needs_the_currency_of_the_tenant() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut connection = app.connection().await;
    let nothing = row_counts(&mut connection).await;
    let outcome = caller.try_define_policy(None, all_terms()).await;
    let status = refused(outcome, Code::FailedPrecondition);
    assert_eq!(reason(&status), "NO_BASE_CURRENCY");
    let field = metadata(&status, "field");
    assert_eq!(field, "terms.cost_to_serve_per_purchase");
    assert_eq!(row_counts(&mut connection).await, nothing);
    // Without money it may be the first thing a tenant does; what is zero has no currency yet.
    let (policy, _) = caller.try_define_policy(None, margin(0.5)).await.unwrap();
    assert_eq!(policy.terms.unwrap().cost_to_serve_per_year, None);
    let activated = caller.activate_policy(&policy.name, None).await;
    assert_eq!(activated.policy_name, "policy/1");
    caller
        .record([purchase("ann", "t1", "2020-01-10", "100 EUR").into()])
        .await;
    let outcome = caller.try_define_policy(None, all_terms()).await;
    let fields = bad_fields(&refused(outcome, Code::InvalidArgument));
    assert_eq!(
        fields,
        [
            "terms.cost_to_serve_per_purchase.currency_code",
            "terms.cost_to_serve_per_year.currency_code",
            "terms.referral.acquisition_cost_saved.currency_code",
            "terms.rfm_cuts.custom.monetary[0].currency_code",
            "terms.rfm_cuts.custom.monetary[1].currency_code",
            "terms.rfm_cuts.custom.monetary[2].currency_code",
            "terms.rfm_cuts.custom.monetary[3].currency_code",
        ]
    );
    let score = caller.score(about("ann")).await;
    assert_eq!(score.history.unwrap().contribution, Some(money("50 EUR")));
}

#[tokio::test]
async fn choice_that_is_not_made_and_cuts_that_do_not_ascend_are_refused() {
    let (_app, caller) = shop().await;
    let mut terms = all_terms();
    terms.discounting = Some(pb::PolicyDiscounting::default());
    terms.rfm_cuts = Some(pb::PolicyRfmCuts::default());
    let outcome = caller.try_define_policy(None, terms).await;
    assert_eq!(
        bad_fields(&refused(outcome, Code::InvalidArgument)),
        ["terms.discounting", "terms.rfm_cuts"]
    );
    let mut terms = all_terms();
    terms.rfm_cuts = Some(pb::PolicyRfmCuts {
        cuts: Some(pb::policy_rfm_cuts::Cuts::Custom(pb::CustomCuts {
            recency_days: vec![7, 30, 30, 365],
            frequency: vec![1, 2, 3],
            monetary: ["1", "2", "3", "2.999999"].map(money).to_vec(),
        })),
    });
    let outcome = caller.try_define_policy(None, terms).await;
    assert_eq!(
        bad_fields(&refused(outcome, Code::InvalidArgument)),
        [
            "terms.rfm_cuts.custom.recency_days[2]",
            "terms.rfm_cuts.custom.frequency",
            "terms.rfm_cuts.custom.monetary[3]",
        ]
    );
}

#[tokio::test]
async fn policies_of_one_tenant_are_nothing_to_another() {
    let (app, owner) = shop().await;
    let name = owner.define_policy(margin(0.5)).await;
    owner.define_policy(margin(0.25)).await;
    owner.activate_policy(&name, Some(at("2020-01-01"))).await;
    let page = owner.try_policies(1, "").await.unwrap();
    for (tenant, has_facts) in [("stranger", true), ("nobody", false)] {
        let stranger = app.tenant(tenant);
        if has_facts {
            stranger
                .record([purchase("own", "t", "2020-01-01", "1 USD").into()])
                .await;
        }
        let mut connection = app.connection().await;
        let counts = row_counts(&mut connection).await;
        let refusals = [
            refused(stranger.try_policy(&name).await, Code::NotFound),
            refused(
                stranger.try_activate_policy(&name, None).await,
                Code::NotFound,
            ),
        ];
        for refusal in refusals {
            assert_eq!(reason(&refusal), "UNKNOWN_POLICY");
        }
        let mut question = about("own");
        question.request.policy_version = Some(name.clone());
        let refusal = refused(stranger.try_score(question).await, Code::NotFound);
        if has_facts {
            assert_eq!(reason(&refusal), "UNKNOWN_POLICY");
            let score = stranger.score(about("own")).await;
            assert_eq!(score.history.unwrap().contribution, Some(money("1 USD")));
            assert_eq!(score.provenance.unwrap().policy_version, "builtin/2");
        }
        let listed = stranger.try_policies(0, "").await.unwrap();
        assert_eq!(names(&listed.policies), ["builtin/2", "builtin/1"]);
        assert_eq!(listed.activations, []);
        let outcome = stranger.try_policies(1, &page.next_page_token).await;
        let refusal = refused(outcome, Code::InvalidArgument);
        assert_eq!(bad_fields(&refusal), ["page_token"]);
        assert_eq!(row_counts(&mut connection).await, counts);
    }
    let score = owner.score(about("ann")).await;
    assert_eq!(score.history.unwrap().contribution, Some(money("50")));
}
