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

/// Predicts one row of a statistics file.
fn predicted(family: &str, parameters: &str, row: &str, look: (&str, &str)) -> Value {
    let scratch = Scratch::new();
    std::fs::write(
        scratch.directory.join("s.csv"),
        format!("frequency,recency,age\n{row}\n"),
    )
    .unwrap();
    let (horizon, rate) = look;
    let arguments = [
        "predict",
        "--family",
        family,
        "--parameters",
        parameters,
        "--statistics",
        "s.csv",
        "--horizon",
        horizon,
        "--discount-rate",
        rate,
        "--output",
        "json",
    ];
    let ran = run(&scratch.directory, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    let answer: Value = serde_json::from_str(&ran.output).unwrap();
    answer["rows"][0].clone()
}

#[test]
fn every_family_of_purchases_predicts_the_reference() {
    // Edge cases and published values of tests/golden/oracle-lifetime-value.json; the NBD model's by
    // hand: (1 + 4)/(10 + 40) a unit of time.
    for (family, parameters, row, look, expected) in [
        (
            "mbg-nbd",
            "r=0.525,alpha=6.183,a=0.891,b=1.614",
            "0,0,39",
            ("39", "0.0027"),
            [
                ("probabilityAlive", 0.389_347_648_663_597_2),
                ("expectedPurchases", 0.153_439_448_448_650_3),
                ("logLikelihood", -0.540_472_121_222_502),
            ],
        ),
        (
            "pareto-nbd",
            "r=0.55,alpha=10.58,s=1,beta=11.67",
            "3,20,30",
            ("39", "0.0027"),
            [
                ("probabilityAlive", 0.642_718_790_203_027_4),
                ("expectedPurchases", 1.547_710_474_240_954_6),
                ("residualPurchases", 4.501_684_007_290_491),
            ],
        ),
        (
            "nbd",
            "r=1,alpha=10",
            "4,30,40",
            ("10", "0.02"),
            [
                ("probabilityAlive", 1.0),
                ("expectedPurchases", 1.0),
                ("residualPurchases", 5.0),
            ],
        ),
        (
            "bg-bb",
            "alpha=1.2,beta=0.75,gamma=0.66,delta=2.78",
            "3,4,6",
            ("1", "0.1"),
            [
                ("residualPurchases", 1.621_379_185_842_62),
                // The next period's purchase: P(alive)·(α+3)/(α+β+6).
                ("probabilityAlive", 0.438_343_854_584_901),
                ("expectedPurchases", 0.231_577_885_441_08),
            ],
        ),
        (
            "sbg",
            "alpha=0.7040772984762983,beta=1.1820430262162465",
            "0,0,0",
            ("1", "0.1"),
            [
                ("probabilityAlive", 1.0),
                ("expectedPurchases", 0.626_706_054_084_291),
                ("residualPurchases", 2.964_399_270_261_449_4),
            ],
        ),
    ] {
        let actual = predicted(family, parameters, row, look);
        for (field, expected) in expected {
            let value = actual[field].as_f64().unwrap();
            let error = (value - expected).abs();
            assert!(error < 1e-9, "{family} {field}: {value} {expected}");
        }
    }
}

/// Fits a family to a file of these lines.
fn fitted(family: &str, prior: &str, lines: &str) -> Value {
    let scratch = Scratch::new();
    std::fs::write(scratch.directory.join("s.csv"), lines).unwrap();
    let arguments = [
        "fit",
        "--family",
        family,
        "--statistics",
        "s.csv",
        "--prior",
        prior,
        "--output",
        "json",
    ];
    let ran = run(&scratch.directory, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    serde_json::from_str(&ran.output).unwrap()
}

#[test]
fn contracts_of_a_statistics_file_fit_to_the_published() {
    // Survivors of 1,000 customers, regular group: Fader and Hardie (2007), table 1.
    let survivors = [1000, 631, 468, 382, 326, 289, 262, 241];
    let mut lines = "frequency,recency,age,weight\n".to_owned();
    for (renewals, pair) in survivors.windows(2).enumerate() {
        lines += &format!("{renewals},{renewals},7,{}\n", pair[0] - pair[1]);
    }
    lines += "7,7,7,241\n";
    let model = fitted("sbg", "none", &lines);
    let number = |of: &str, name: &str| model[of][name].as_f64().unwrap();
    assert_eq!(model["family"], "MODEL_FAMILY_SBG");
    assert_eq!(model["customers"], "1000");
    assert_eq!(model["converged"], true);
    assert!((number("parameters", "alpha") - 0.704_077_298).abs() < 1e-7);
    assert!((number("parameters", "beta") - 1.182_043_026).abs() < 1e-7);
    assert!((number("standardErrors", "beta") - 0.152_475_6).abs() < 1e-5);
    let log_likelihood = model["logLikelihood"].as_f64().unwrap();
    assert!((log_likelihood - -1_680.265_188_463).abs() < 1e-6);
}

#[test]
fn every_family_of_purchases_fits_a_statistics_file() {
    let lines = "frequency,recency,age,weight\n0,0,39,60\n1,10,38,12\n1,30,36,6\n2,30,38,5\n\
                 5,12,35,3\n12,31,33,2\n4,37,37,1\n";
    for (family, parameters, name) in [
        ("bg-nbd", 4, "MODEL_FAMILY_BG_NBD"),
        ("mbg-nbd", 4, "MODEL_FAMILY_MBG_NBD"),
        ("pareto-nbd", 4, "MODEL_FAMILY_PARETO_NBD"),
        ("nbd", 2, "MODEL_FAMILY_NBD"),
        ("bg-bb", 4, "MODEL_FAMILY_BG_BB"),
    ] {
        let model = fitted(family, "weak", lines);
        assert_eq!(model["family"], name);
        assert_eq!(model["parameters"].as_object().unwrap().len(), parameters);
        assert_eq!(model["customers"], "89");
    }
}

#[test]
fn families_a_server_does_not_fit_are_refused_with_the_way_out() {
    let scratch = Scratch::new();
    for family in ["nbd", "bg-bb", "sbg"] {
        let ran = run(&scratch.directory, &["fit", "--family", family]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let refused = format!("not {family}: give --statistics FILE");
        assert!(ran.errors.contains(&refused), "{}", ran.errors);
    }
}

#[test]
fn periods_that_cannot_be_are_named_by_line_and_column() {
    for (family, row, column) in [
        ("bg-bb", "3,2,6", "recency"),
        ("bg-bb", "1,1.5,6", "recency"),
        ("sbg", "1,2,6", "recency"),
        ("sbg", "2,2,6.5", "age"),
    ] {
        let scratch = Scratch::new();
        let text = format!("frequency,recency,age\n1,1,3\n{row}\n");
        std::fs::write(scratch.directory.join("s.csv"), text).unwrap();
        let arguments = ["fit", "--family", family, "--statistics", "s.csv"];
        let ran = run(&scratch.directory, &arguments);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let place = format!("line 3, column {column}");
        assert!(
            ran.errors.contains(&place),
            "{family} {row}: {}",
            ran.errors
        );
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

#[test]
fn counts_have_the_published_probabilities_and_threads_change_nothing() {
    let scratch = Scratch::new();
    // A new customer, and enough others that they are interpolated, on several threads.
    let mut text = "frequency,recency,age\n0,0,0\n".to_owned();
    for index in 0..3_000 {
        let age = 27.0 + f64::from(index) / 100.0;
        let x = index % 4;
        let recency = if x == 0 { 0.0 } else { age * 0.7 };
        text += &format!("{x},{recency},{age}\n");
    }
    std::fs::write(scratch.directory.join("s.csv"), text).unwrap();
    let predict = |threads: &str| {
        let arguments = [
            "predict",
            "--family",
            "bg-nbd",
            "--parameters",
            "r=0.243,alpha=4.414,a=0.793,b=2.426",
            "--statistics",
            "s.csv",
            "--horizon",
            "39",
            "--counts",
            "2",
            "--threads",
            threads,
            "--output",
            "json",
        ];
        let ran = run(&scratch.directory, &arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.errors);
        ran.output
    };
    let one = predict("1");
    assert!(one == predict("2") && one == predict("8"));
    let answer: Value = serde_json::from_str(&one).unwrap();
    let new = &answer["rows"][0];
    assert_eq!(new["countProbabilities"].as_array().unwrap().len(), 3);
    // tests/golden/oracle-lifetime-value.json: pmf_t39_x0
    let none = new["countProbabilities"][0].as_f64().unwrap();
    assert!((none - 0.573_786_352_096_009).abs() < 1e-12, "{none}");
    const LOG_NONE: f64 = -0.555_498_160_841_464;
    let log = new["logCountProbabilities"][0].as_f64().unwrap();
    assert!((log - LOG_NONE).abs() < 1e-12, "{log}");

    // What many rows get is what one gets.
    let row = &answer["rows"][1_003];
    std::fs::write(
        scratch.directory.join("s.csv"),
        format!("frequency,recency,age\n2,{},{}\n", 37.02 * 0.7, 37.02),
    )
    .unwrap();
    let alone: Value = serde_json::from_str(&predict("1")).unwrap();
    let expected = |row: &Value| row["expectedPurchases"].as_f64().unwrap();
    assert!((expected(row) / expected(&alone["rows"][0]) - 1.0).abs() < 1e-11);
}
