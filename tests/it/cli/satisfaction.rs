//! `customer-value satisfaction`, and importing what it is asked about.

use crate::support::app::TestApp;
use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

const SURVEY: &str = r#"{
    "instrumentId": "ease",
    "definition": {
        "items": [
            {"itemId": "site", "scale": {"min": 1, "max": 7}},
            {"itemId": "help", "scale": {"min": 1, "max": 7}}
        ],
        "tree": [
            {"name": "site", "weight": "0.75", "itemId": "site"},
            {"name": "help", "weight": "0.25", "itemId": "help"}
        ],
        "attributes": ["region"]
    }
}"#;
const ANSWERS: &str = "response_id,instrument_id,customer_id,answered_at,weight,answer.site,answer.help,attribute.region,other\n\
                       r1,ease,ann,2024-01-01,,7,4,north,x\n\
                       r2,ease,,2024-01-02T12:00:00Z,2.5,1,,south,x\n\
                       r3,ease,bob,2024-02-01,1,7,7,north,x\n";
const BAD: &str = "response_id,instrument_id,answered_at,answer.site\n\
                   r1,ease,2024-01-01,seven\n\
                   r2,ease,2024-01-01,\n";
const OFF_SCALE: &str = "response_id,instrument_id,answered_at,answer.site\n\
                         r8,ease,2024-01-01,7\n\
                         r9,ease,2024-01-01,8\n\
                         r7,other,2024-01-01,7\n";

async fn command(app: &TestApp, file: &'static str, arguments: &'static [&'static str]) -> Ran {
    let scratch = Scratch::new();
    std::fs::write(scratch.directory.join("file"), file).unwrap();
    let server = app.address.clone();
    let run_it = move || {
        let mut all = arguments.to_vec();
        all.extend(["--server", &server, "--tenant", "acme"]);
        run(&scratch.directory, &all)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

#[track_caller]
fn assert_tells(ran: &Ran, code: i32, told: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    for words in told {
        let text = format!("{}{}", ran.output, ran.errors);
        assert!(text.contains(words), "{words:?} is missing: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_survey_is_defined_answered_and_asked_about() {
    let app = TestApp::new().await;
    let define = &["satisfaction", "define", "file"];
    let ran = command(&app, SURVEY, define).await;
    assert_tells(&ran, 0, &["ease, version 1, is defined\n"]);
    let ran = command(&app, SURVEY, define).await;
    assert_tells(&ran, 0, &["is defined so already"]);
    let ran = command(&app, "{\"instrument\": 1}", define).await;
    assert_tells(&ran, 1, &["file is no definition"]);

    let import = &["import", "responses", "file"];
    let ran = command(&app, BAD, import).await;
    assert_tells(
        &ran,
        1,
        &["line 2, column answer.site", "line 3", "nothing is stored"],
    );
    let ran = command(&app, OFF_SCALE, import).await;
    assert_tells(
        &ran,
        1,
        &[
            "line 3, column answer.site: must lie between 1 and 7",
            "line 4, column instrument_id",
            "nothing is stored",
        ],
    );
    let ran = command(&app, ANSWERS, import).await;
    assert_tells(&ran, 0, &["3 created, 0 duplicates", "not used: other"]);
    let ran = command(&app, ANSWERS, import).await;
    assert_tells(&ran, 0, &["0 created, 3 duplicates"]);

    let ran = command(&app, "", &["satisfaction", "ease", "--threshold", "1"]).await;
    // Site: (7 + 2.5 x 1 + 7) / 4.5 = 3.667; help: 5.5.
    assert_tells(
        &ran,
        0,
        &["on a scale from 0 to 100", "52.1", "44.4", "75.0"],
    );
    let ran = command(&app, "", &["satisfaction", "ease"]).await;
    assert_tells(&ran, 0, &["withheld: fewer than 5 responses"]);
    let by_region = &[
        "satisfaction",
        "ease",
        "--method",
        "customer-effort",
        "--item",
        "site",
        "--group-by",
        "attribute:region",
        "--threshold",
        "1",
        "--output",
        "json",
    ];
    let ran = command(&app, "", by_region).await;
    let value: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(value["groups"][0]["key"], "north");
    assert_eq!(value["groups"][0]["index"], 7.0);
    assert_eq!(value["groups"][0]["scaleMax"], 7.0);
    assert_eq!(value["groups"][1]["responses"], "1");
    let ran = command(&app, "", &["satisfaction", "list"]).await;
    assert_tells(&ran, 0, &["ease", "site, help"]);
    let ran = command(&app, "", &["score", "ann"]).await;
    assert_tells(&ran, 0, &["last answers", "87.5"]);
    let ran = command(&app, "", &["satisfaction", "none"]).await;
    assert_tells(&ran, 1, &["there is no instrument \"none\""]);
    let ran = command(&app, "", &["satisfaction"]).await;
    assert_tells(&ran, 2, &["name an instrument"]);
    let skip = &["import", "responses", "file", "--skip-bad-rows"];
    let ran = command(&app, OFF_SCALE, skip).await;
    assert_tells(&ran, 0, &["1 rows: 1 created"]);
}
