//! `customer-value segment`, and segments in `score`.

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::builders::purchase;
use crate::support::command::ask;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_programs_read_where_customers_belong() {
    let app = TestApp::new().await;
    let caller = app.caller();
    caller
        .record([
            purchase("ann", "t1", "2021-01-01", "50").into(),
            purchase("ann", "t2", "2021-03-01", "70").into(),
        ])
        .await;
    let shown = ask(&app, &["segment", "ann", "bob", "--as-of", "2021-07-01"]).await;
    assert_eq!(shown.code, Some(0), "{}", shown.errors);
    for told in [
        "customer ann as of 2021-07-01T00:00:00Z",
        "Development (growth)",
        "Dormant",
        "2021-10-24T00:00:00Z",
        "silent for 122 days, the own rhythm being 59.0 days",
        "no population snapshot was in force then",
        "Make buying easy and widen what they buy.",
        "nothing was recorded about the customer by then",
        "policy builtin/2, snapshot none",
    ] {
        assert!(shown.output.contains(told), "{told}: {}", shown.output);
    }
    let arguments = &[
        "segment",
        "ann",
        "--as-of",
        "2021-07-01",
        "--scheme",
        "activity",
        "--output",
        "json",
    ];
    let shown = ask(&app, arguments).await;
    let answer: Value = serde_json::from_str(&shown.output).unwrap();
    let assignments = answer["customers"][0]["assignments"].as_array().unwrap();
    assert_eq!(assignments.len(), 1);
    assert_eq!(assignments[0]["segment"], "dormant");
    let measure = &assignments[0]["reason"]["measures"][0];
    assert_eq!(measure["measure"], "silence_days");
    assert_eq!(measure["value"]["days"], 122.0);
    assert_eq!(measure["lowerCut"]["days"], 118.0);
    assert_eq!(measure["belowUpperCut"]["days"], 114.0);
    let shown = ask(&app, &["score", "ann", "--as-of", "2021-07-01"]).await;
    assert!(shown.output.contains("Dormant"), "{}", shown.output);
    let wrong = ask(&app, &["segment", "ann", "--scheme", "clp"]).await;
    assert_eq!(wrong.code, Some(2), "{}", wrong.errors);
}
