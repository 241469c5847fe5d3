//! `customer-value complain`.

use crate::support::app::TestApp;
use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

async fn complain(app: &TestApp, arguments: &'static [&'static str]) -> Ran {
    let server = app.address.clone();
    let run_it = move || {
        let scratch = Scratch::new();
        let common = ["--server", &server, "--tenant", "acme"];
        run(
            &scratch.directory,
            &[&["complain"], arguments, &common].concat(),
        )
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

const RECORD: &[&str] = &[
    "record",
    "c-17",
    "--customer",
    "4711",
    "--occurred-at",
    "2026-03-01",
    "--received-at",
    "2026-03-01T10:00:00Z",
    "--channel",
    "hotline",
    "--subject",
    "parcel came late",
    "--wants",
    "fix",
    "--wants",
    "respect",
    "--received-by",
    "olga",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_goes_round_its_loop_by_commands() {
    let app = TestApp::new().await;
    let steps: [&[&str]; 9] = [
        RECORD,
        &["act", "acknowledge", "c-17", "--actor", "olga"],
        &[
            "act",
            "assess",
            "c-17",
            "valid",
            "--actor",
            "olga",
            "--severity",
            "high",
            "--category",
            "delivery",
        ],
        &["act", "dispatch", "c-17", "hans", "--actor", "olga"],
        &[
            "act", "pause", "c-17", "customer", "--reason", "a photo", "--actor", "hans",
        ],
        &["act", "resume", "c-17", "--actor", "hans"],
        &["act", "resolve", "c-17", "sent again", "--actor", "hans"],
        &[
            "act",
            "follow-up",
            "c-17",
            "--accepted",
            "true",
            "--satisfied",
            "5",
            "--actor",
            "olga",
        ],
        &[
            "act",
            "close",
            "c-17",
            "--root-cause",
            "address",
            "--action",
            "partner:a-7",
            "--actor",
            "olga",
        ],
    ];
    for step in steps {
        let ran = complain(&app, step).await;
        assert_eq!(ran.code, Some(0), "{step:?}: {}", ran.errors);
        assert!(ran.output.contains("parcel came late"), "{}", ran.output);
    }
    let shown = complain(&app, &["show", "c-17"]).await;
    for told in [
        "closed",
        "olga, the first asked",
        "respect, fix",
        "2026-03-02T10:00:00Z",
        "a-7, partner",
        "accepted, satisfied 5 of 5",
        "waiting customer",
    ] {
        assert!(shown.output.contains(told), "{told}: {}", shown.output);
    }
    let shown = complain(&app, &["show", "c-17", "--output", "json"]).await;
    let json: serde_json::Value = serde_json::from_str(&shown.output).unwrap();
    assert_eq!(json["complaint"]["state"], "COMPLAINT_STATE_CLOSED");
    assert_eq!(
        json["complaint"]["clocks"][0]["dueAt"],
        "2026-03-02T10:00:00Z"
    );
    let listed = complain(&app, &["list", "--state", "closed"]).await;
    assert!(listed.output.contains("c-17"), "{}", listed.output);
    let listed = complain(&app, &["list", "--overdue"]).await;
    assert_eq!(listed.output, "no complaint is like that\n");
    // Repeating the record changes nothing and shows where it stands.
    let again = complain(&app, RECORD).await;
    assert!(again.output.contains("closed"), "{}", again.output);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_step_says_what_is_legal() {
    let app = TestApp::new().await;
    complain(&app, RECORD).await;
    let ran = complain(&app, &["act", "close", "c-17", "--actor", "olga"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.errors.contains("AcknowledgeComplaint"),
        "{}",
        ran.errors
    );
    let ran = complain(&app, &["list", "--state", "lost"]).await;
    assert_eq!(ran.code, Some(2));
    assert!(ran.errors.contains("in-handling"), "{}", ran.errors);
}
