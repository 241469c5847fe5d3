//! `customer-value score` of many customers, and models from one tenant to another.

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::cdnow::small_shop;
use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

/// Runs a command for a tenant, with a file `input` beside it.
async fn command(app: &TestApp, arguments: &[&str], input: &str) -> Ran {
    let scratch = Scratch::new();
    let path = scratch.directory.join("input");
    std::fs::write(&path, input).unwrap();
    let path = path.to_str().unwrap();
    let arguments = arguments.iter().map(|word| word.replace("INPUT", path));
    let mut arguments: Vec<String> = arguments.collect();
    arguments.extend(["--server".to_owned(), app.address.clone()]);
    let run_it = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&scratch.directory, &arguments)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

async fn done(app: &TestApp, arguments: &[&str], input: &str) -> String {
    let ran = command(app, arguments, input).await;
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.errors);
    ran.output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_customers_are_a_row_or_a_line_each() {
    let app = TestApp::new().await;
    app.tenant("here").record(small_shop("USD")).await;
    app.tenant("there").record(small_shop("USD")).await;
    let fit = [
        "fit",
        "--family",
        "bg-nbd",
        "--activate",
        "--tenant",
        "here",
    ];
    done(&app, &fit, "").await;

    let everybody = ["score", "--everybody", "--tenant", "here"];
    let ran = command(&app, &everybody, "").await;
    assert!(
        ran.errors.contains("60 customers") && ran.errors.contains("expected purchases"),
        "{}",
        ran.errors
    );
    let shown = ran.output;
    let mut rows = csv::Reader::from_reader(shown.as_bytes());
    assert_eq!(&rows.headers().unwrap()[0], "customer_id");
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 60);
    for row in &rows {
        assert_eq!(&row[1], "USD");
        let alive: f64 = row[5].parse().unwrap();
        assert!((0.0..=1.0).contains(&alive));
        assert!(
            row[7].contains("lasting_value.expected: NO_MODEL"),
            "{row:?}"
        );
    }

    let ids = [
        "score", "--ids", "INPUT", "--output", "json", "--tenant", "here",
    ];
    let ids: Vec<&str> = ids
        .into_iter()
        .chain(["--components", "prediction"])
        .collect();
    let shown = done(&app, &ids, "shop-3\n\nnobody\nshop-1\n").await;
    let lines: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<&str> = lines
        .iter()
        .map(|line| line["customerId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["shop-3", "nobody", "shop-1"]);
    let unknown = &lines[1]["unavailable"][0]["reason"];
    assert_eq!(unknown, "UNAVAILABLE_REASON_UNKNOWN_CUSTOMER");
    assert_eq!(lines[0]["provenance"], lines[2]["provenance"]);
    assert!(lines[0].get("history").is_none_or(Value::is_null));
    let with_totals: Vec<&str> = ids.iter().copied().chain(["--totals"]).collect();
    let longer = done(&app, &with_totals, "shop-3\n\nnobody\nshop-1\n").await;
    let last: Value = serde_json::from_str(longer.lines().nth(3).unwrap()).unwrap();
    assert_eq!(longer.lines().count(), 4);
    assert_eq!(last["totals"]["customers"], "3");
    assert_eq!(last["totals"]["predictedCustomers"], "2");

    let segment = ["score", "--segment", "lifecycle", "--tenant", "here"];
    assert_eq!(command(&app, &segment, "").await.code, Some(2));
    let segment = ["score", "--segment", "abc/a", "--tenant", "here"];
    let ran = command(&app, &segment, "").await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.errors.contains("snapshot"), "{}", ran.errors);

    let export = ["models", "export", "bg-nbd/1", "--tenant", "here"];
    let exported = done(&app, &export, "").await;
    let import = ["models", "import", "INPUT", "--tenant", "there"];
    let shown = done(&app, &import, &exported).await;
    let mut lines = shown.lines();
    let from = lines.find(|line| line.trim_start().starts_with("imported from"));
    assert!(from.unwrap().ends_with(" bg-nbd/1"), "{shown}");
    let export = ["models", "export", "bg-nbd/1", "--tenant", "there"];
    let again: Value = serde_json::from_str(&done(&app, &export, "").await).unwrap();
    let first: Value = serde_json::from_str(&exported).unwrap();
    for field in [
        "parameters",
        "logParameterCovariance",
        "logLikelihood",
        "marginSums",
    ] {
        assert_eq!(again[field], first[field], "{field}");
    }
    let ran = command(&app, &import, "{\"nothing\": 1}").await;
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.errors.contains("holds no exported model"),
        "{}",
        ran.errors
    );
}
