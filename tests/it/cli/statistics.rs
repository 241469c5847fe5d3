//! `customer-value statistics`: from a log of purchases to a file that `fit` reads.

use serde_json::Value;

use crate::support::command::run;
use crate::support::scratch::Scratch;

const CDNOW: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/cdnow_sample_transactions.csv"
));

/// The first 39 weeks of the CDNOW customers, as in the published fits.
#[test]
fn a_log_becomes_the_statistics_that_the_published_fit_was_made_of() {
    let scratch = Scratch::new();
    let (_, rows) = CDNOW.split_once('\n').unwrap();
    let log = format!("master_id,customer_id,occurred_at,cds,amount\n{rows}");
    std::fs::write(scratch.directory.join("log.csv"), log).unwrap();
    let arguments = ["statistics", "log.csv", "--until", "1997-09-30"];
    let ran = run(&scratch.directory, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    let mut lines = ran.output.lines();
    assert_eq!(
        lines.next(),
        Some("customer_id,frequency,recency,age,monetary")
    );
    assert_eq!(lines.count(), 2_357);
    std::fs::write(scratch.directory.join("s.csv"), &ran.output).unwrap();

    let fit = |family: &str, threads: &str| {
        let arguments = [
            "fit",
            "--family",
            family,
            "--prior",
            "none",
            "--output",
            "json",
            "--statistics",
            "s.csv",
            "--threads",
            threads,
        ];
        let ran = run(&scratch.directory, &arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.errors);
        ran.output
    };
    for (family, log_likelihood) in [
        ("bg-nbd", -9_582.429_21),
        ("pareto-nbd", -9_594.976_18),
        ("gamma-gamma", -4_055.917_69),
    ] {
        let one = fit(family, "1");
        let model: Value = serde_json::from_str(&one).unwrap();
        let found = model["logLikelihood"].as_f64().unwrap();
        assert!((found - log_likelihood).abs() < 1e-5, "{family} {found}");
        for threads in ["2", "8"] {
            assert_eq!(fit(family, threads), one, "{family} on {threads} threads");
        }
    }
}

#[test]
fn instants_lie_on_days_of_the_zone_and_amounts_may_be_missing() {
    let scratch = Scratch::new();
    let text = "occurred_at,note,customer_id\n\
                2020-01-06T23:30:00Z,x,\"b,1\"\n\
                2020-01-07T00:10:00Z,y,\"b,1\"\n\
                2020-01-01,z,a\n";
    std::fs::write(scratch.directory.join("log.csv"), text).unwrap();
    let statistics = |zone: &str| {
        let arguments = [
            "statistics",
            "log.csv",
            "--unit",
            "days",
            "--time-zone",
            zone,
            "--until",
            "2020-01-11",
        ];
        let ran = run(&scratch.directory, &arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.errors);
        ran.output
    };
    let head = "customer_id,frequency,recency,age\na,0,0,10\n";
    assert_eq!(statistics("UTC"), format!("{head}\"b,1\",1,1,5\n"));
    assert_eq!(
        statistics("Europe/Berlin"),
        format!("{head}\"b,1\",0,0,4\n")
    );
}

#[test]
fn bad_rows_are_named_by_line_and_column() {
    let scratch = Scratch::new();
    let text = "customer_id,occurred_at,amount\n\
                ,2020-01-01,1\n\
                a,yesterday,1\n\
                a,2020-01-01,much\n\
                a,2020-01-01\n";
    std::fs::write(scratch.directory.join("log.csv"), text).unwrap();
    let ran = run(&scratch.directory, &["statistics", "log.csv"]);
    assert_eq!(ran.code, Some(1));
    for expected in [
        "line 2, column customer_id: is empty",
        "line 3, column occurred_at: is neither a date",
        "line 4, column amount: is not decimal text",
        "line 5: has 2 fields, the header has 3",
    ] {
        assert!(ran.errors.contains(expected), "{expected}: {}", ran.errors);
    }

    std::fs::write(
        scratch.directory.join("log.csv"),
        "customer_id,occurred_at\n",
    )
    .unwrap();
    let ran = run(&scratch.directory, &["statistics", "log.csv"]);
    assert_eq!(ran.code, Some(2), "{}", ran.errors);
    assert!(ran.errors.contains("has no purchases"), "{}", ran.errors);
}
