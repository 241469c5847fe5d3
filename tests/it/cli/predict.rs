//! `customer-value predict` and `fit`, without a server.

use serde_json::Value;

use crate::support::command::run;
use crate::support::scratch::Scratch;

#[test]
fn predictions_of_a_statistics_file_are_the_published_ones() {
    let scratch = Scratch::new();
    // Customers 1 and 1136 of CDNOW: reference values in tests/golden/oracle-lifetime-value.json.
    let days = |days: f64| days / 7.0;
    let text = format!(
        "frequency,recency,age\n2,{},{}\n12,{},{}\n",
        days(213.0),
        days(272.0),
        days(124.0),
        days(230.0)
    );
    std::fs::write(scratch.directory.join("s.csv"), text).unwrap();
    let parameters = "r=0.2425945224442441,alpha=4.413602019451522,a=0.7929220168871121,\
                      b=2.4259067757245796";
    let arguments = [
        "predict",
        "--family",
        "bg-nbd",
        "--parameters",
        parameters,
        "--statistics",
        "s.csv",
        "--horizon",
        "39",
        "--discount-rate",
        "0.0027",
        "--output",
        "json",
    ];
    let ran = run(&scratch.directory, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    let answer: Value = serde_json::from_str(&ran.output).unwrap();
    for (row, field, expected) in [
        (0, "probabilityAlive", 0.726_620),
        (0, "expectedPurchases", 1.225_994),
        (0, "residualPurchases", 5.156_632),
        (1, "probabilityAlive", 0.027_822),
        (1, "expectedPurchases", 0.271_352),
        (1, "residualPurchases", 0.961_514),
    ] {
        let value = answer["rows"][row][field].as_f64().unwrap();
        assert!((value - expected).abs() < 1e-6, "{row} {field}: {value}");
    }
}

#[test]
fn statistics_that_cannot_be_are_named_by_line() {
    let scratch = Scratch::new();
    let text = "frequency,recency,age\n1,2,3\n1,5,3\n";
    std::fs::write(scratch.directory.join("s.csv"), text).unwrap();
    let arguments = ["fit", "--family", "bg-nbd", "--statistics", "s.csv"];
    let ran = run(&scratch.directory, &arguments);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.errors.contains("line 3"), "{}", ran.errors);
    assert!(ran.errors.contains("recency"), "{}", ran.errors);
}
