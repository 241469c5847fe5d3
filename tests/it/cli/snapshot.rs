//! `customer-value snapshot`.

use crate::support::app::TestApp;
use crate::support::builders::purchase;
use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

async fn snapshot(app: &TestApp, arguments: &'static [&'static str]) -> Ran {
    let server = app.address.clone();
    let run_it = move || {
        let scratch = Scratch::new();
        let mut all = vec!["snapshot"];
        all.extend(arguments);
        all.extend(["--server", &server, "--tenant", "acme"]);
        run(&scratch.directory, &all)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_taken_listed_activated_and_shown() {
    let app = TestApp::new().await;
    let bought = (0..5_i32).map(|who| {
        let day = format!("2020-01-0{}", who + 1);
        let amount = format!("{}.50", 10 * (who + 1));
        purchase(&format!("c{who}"), "t", &day, &amount).into()
    });
    app.caller().record(bought).await;
    let nobody = snapshot(&app, &["list"]).await;
    assert!(nobody.output.contains("there is no snapshot yet"));
    let refused = snapshot(&app, &["describe"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .errors
            .contains("no population snapshot is in force")
    );

    let taken = snapshot(&app, &["take", "--as-of", "2020-02-01", "--activate"]).await;
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert!(taken.output.starts_with("snapshot/1\n"));
    assert!(
        taken
            .errors
            .contains("snapshot/1 is in force from 2020-02-01T00:00:00Z on")
    );
    let later = snapshot(&app, &["take", "--as-of", "2020-03-01", "--output", "json"]).await;
    let later: serde_json::Value = serde_json::from_str(&later.output).unwrap();
    assert_eq!(
        (&later["snapshotId"], &later["customers"]),
        (&"snapshot/2".into(), &"5".into())
    );
    let activated = snapshot(&app, &["activate", "snapshot/2"]).await;
    assert_eq!(
        activated.output,
        "snapshot/2 is in force from 2020-03-01T00:00:00Z on\n"
    );
    let listed = snapshot(&app, &["list"]).await;
    assert!(
        listed.output.contains("until 2020-03-01T00:00:00Z"),
        "{listed:?}"
    );

    let members = snapshot(&app, &["members", "--scheme", "abc", "--limit", "3"]).await;
    assert_eq!(
        members
            .output
            .lines()
            .filter(|line| line.contains(".50"))
            .count(),
        3
    );
    assert!(members.output.contains("and more"));
    let described = snapshot(&app, &["describe", "--compare", "snapshot/1"]).await;
    assert_eq!(described.code, Some(0), "{described:?}");
    for told in [
        "snapshot/2 for 2020-03-01",
        "152.50",
        "moves since snapshot/1",
        "activity",
    ] {
        assert!(
            described.output.contains(told),
            "{told}: {}",
            described.output
        );
    }
    let wrong = snapshot(&app, &["members", "--scheme", "clp"]).await;
    assert_eq!(wrong.code, Some(2));
    let unknown = snapshot(&app, &["activate", "snapshot/9"]).await;
    assert_eq!(unknown.code, Some(1));
}
