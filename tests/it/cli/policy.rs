//! `customer-value policy`.

use crate::support::app::TestApp;
use crate::support::builders::purchase;
use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

async fn policy(app: &TestApp, arguments: &'static [&'static str]) -> Ran {
    let server = app.address.clone();
    let run_it = move || {
        let scratch = Scratch::new();
        let mut all = vec!["policy"];
        all.extend(arguments);
        all.extend(["--server", &server, "--tenant", "acme"]);
        run(&scratch.directory, &all)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_defined_shown_activated_and_listed() {
    let app = TestApp::new().await;
    let listed = policy(&app, &["list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(listed.output.contains("builtin/2"));
    let early = policy(&app, &["define", "--cost-per-year", "12"]).await;
    assert_eq!(early.code, Some(1));
    assert!(early.errors.contains("no base currency yet"), "{early:?}");
    app.caller()
        .record([purchase("ann", "t", "2020-01-01", "10 EUR").into()])
        .await;

    let all = &[
        "define",
        "--horizon-days",
        "730",
        "--discount-rate",
        "0.08",
        "--mid-period-days",
        "365",
        "--margin",
        "0.355",
        "--cost-per-purchase",
        "1.25",
        "--cost-per-year",
        "12",
        "--referral-depth",
        "3",
        "--referral-share",
        "0.5",
        "--referral-decay",
        "0.25",
        "--came-anyway",
        "0.1",
        "--acquisition-cost-saved",
        "40",
        "--recency-cuts",
        "7,30,90,365",
        "--frequency-cuts",
        "1,2,5,10",
        "--monetary-cuts",
        "10,50.5,100,500",
    ];
    let defined = policy(&app, all).await;
    assert_eq!(defined.code, Some(0), "{defined:?}");
    assert!(defined.output.starts_with("policy/1\n"));
    for told in [
        "730 days",
        "8 % a year",
        "in the middle of each 365 days",
        "35.5 %",
        "1.25 EUR a purchase day, 12.00 EUR a year",
        "50 % of what they bring, 25 % of that a depth further, to depth 3",
        "10 %, saving 40.00 EUR",
        "recency in days: 7, 30, 90, 365",
        "purchase days: 1, 2, 5, 10",
        "revenue: 10.00, 50.50, 100.00, 500.00",
        "builtin/2",
    ] {
        assert!(defined.output.contains(told), "{told}: {}", defined.output);
    }
    let again = policy(&app, all).await;
    assert_eq!(again.output, defined.output);
    let other = policy(
        &app,
        &[
            "define",
            "--base",
            "builtin/1",
            "--rfm-cuts",
            "newest",
            "--continuous",
            "--output",
            "json",
        ],
    );
    let other: serde_json::Value = serde_json::from_str(&other.await.output).unwrap();
    assert_eq!(other["policy"]["name"], "policy/2");
    assert_eq!(other["outcome"], "RECORD_OUTCOME_CREATED");
    let activated = policy(
        &app,
        &["activate", "policy/1", "--effective-at", "2020-01-01"],
    )
    .await;
    assert_eq!(
        activated.output,
        "policy/1 is in force from 2020-01-01T00:00:00Z on\n"
    );
    let shown = policy(&app, &["show", "policy/1"]).await;
    assert!(shown.output.starts_with(&defined.output));
    assert!(shown.output.contains("from 2020-01-01T00:00:00Z on"));
    let listed = policy(&app, &["list"]).await;
    let first: Vec<&str> = listed
        .output
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        first[first.len() - 4..],
        ["policy/2", "policy/1", "builtin/2", "builtin/1"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_meant_is_refused() {
    let app = TestApp::new().await;
    app.caller()
        .record([purchase("ann", "t", "2020-01-01", "10 EUR").into()])
        .await;
    for arguments in [
        &["define", "--continuous", "--mid-period-days", "30"][..],
        &["define", "--recency-cuts", "1,2,3,4"],
        &["define", "--margin", "much"],
        &["define", "--cost-per-year", "-1"],
        &[
            "define",
            "--recency-cuts",
            "1,2,3",
            "--frequency-cuts",
            "1,2,3,4",
            "--monetary-cuts",
            "1,2,3,4",
        ],
    ] {
        let refused = policy(&app, arguments).await;
        assert_eq!(refused.code, Some(2), "{arguments:?}: {refused:?}");
    }
    for (arguments, told) in [
        (&["define", "--margin", "-0.5"][..], "terms.margin"),
        (&["define", "--base", "policy/1"], "base_policy"),
        (&["show", "policy/9"], "there is no policy version"),
        (&["activate", "policy/9"], "there is no policy version"),
    ] {
        let refused = policy(&app, arguments).await;
        assert_eq!(refused.code, Some(1), "{arguments:?}: {refused:?}");
        assert!(refused.errors.contains(told), "{arguments:?}: {refused:?}");
    }
}
