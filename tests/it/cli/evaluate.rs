//! `customer-value evaluate`, `fit --best` and `models track`.

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::cdnow;
use crate::support::command::ask;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_programs_read_which_model_foretells_best() {
    let app = TestApp::new().await;
    app.caller().record(cdnow::purchases()).await;
    let arguments = &[
        "evaluate",
        "--calibration-end",
        "1997-09-30",
        "--holdout-end",
        "1998-06-30",
        "--prior",
        "none",
    ];
    let shown = ask(&app, arguments).await;
    assert_eq!(shown.code, Some(0), "{}", shown.errors);
    for told in [
        "known until 1997-09-30, held out until 1998-06-30: 2,357 customers bought on 1,882 days",
        "same rate as before     2930.1  +55.7 %",
        "pareto-nbd              1665.5  -11.5 %    1.5940  0.7545  1.6028  0.2377",
        "0.4597",
        "pareto-nbd has the least mean Poisson deviance at the one origin, 1.5940",
    ] {
        assert!(shown.output.contains(told), "{told}: {}", shown.output);
    }
    let arguments = &[
        "evaluate",
        "--family",
        "bg-nbd",
        "--family",
        "mbg-nbd",
        "--origins",
        "2",
        "--criterion",
        "bic",
        "--output",
        "json",
    ];
    let shown = ask(&app, arguments).await;
    let answer: Value = serde_json::from_str(&shown.output).unwrap();
    assert_eq!(answer["chosenFamily"], "MODEL_FAMILY_MBG_NBD");
    assert_eq!(answer["criterion"], "EVALUATION_CRITERION_BIC");
    assert_eq!(answer["origins"].as_array().unwrap().len(), 2);
    let both = ask(&app, &["evaluate", "--family", "sbg"]).await;
    assert_eq!(both.code, Some(2), "{}", both.errors);

    let fitted = ask(&app, &["fit", "--best", "--activate"]).await;
    assert_eq!(fitted.code, Some(0), "{}", fitted.errors);
    assert!(
        fitted
            .errors
            .contains("has the least mean Poisson deviance")
    );
    let arguments = &[
        "models",
        "track",
        "--from",
        "1998-06-17",
        "--until",
        "1998-06-30",
    ];
    let shown = ask(&app, arguments).await;
    assert_eq!(shown.code, Some(0), "{}", shown.errors);
    for told in [
        "data until 1998-06-30: 2,357 customers",
        "1998-06-23",
        "█",
        "│",
    ] {
        assert!(shown.output.contains(told), "{told}: {}", shown.output);
    }
    let none = ask(&app, &["models", "track", "bg-nbd/9"]).await;
    assert_eq!(none.code, Some(1), "{}", none.output);
}
