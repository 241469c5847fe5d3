//! Every error and the status it maps to.

use super::*;
use crate::app::error::FactConflict;
use crate::engine::time::Instant;

#[test]
fn every_error_has_its_code_and_reason() {
    let table: Vec<(AppError, Code, &str, bool)> = vec![
        (
            AppError::Invalid(vec![Violation::new("a", "b")]),
            Code::InvalidArgument,
            "INVALID_FIELD",
            false,
        ),
        (
            AppError::FactExists(FactConflict {
                item: "costs[0]".into(),
                fact_id: "c".into(),
                fields: vec!["amount"],
            }),
            Code::AlreadyExists,
            "FACT_CONTENT_DIFFERS",
            false,
        ),
        (
            AppError::UnknownCustomer {
                customer_id: "c".into(),
            },
            Code::NotFound,
            "UNKNOWN_CUSTOMER",
            false,
        ),
        (
            AppError::UnknownComplaint {
                complaint_id: "c".into(),
            },
            Code::NotFound,
            "UNKNOWN_COMPLAINT",
            false,
        ),
        (AppError::ComplaintMoved, Code::Aborted, "STALE_ETAG", false),
        (
            AppError::UnknownInstrument {
                instrument_id: "i".into(),
                version: None,
            },
            Code::NotFound,
            "UNKNOWN_INSTRUMENT",
            false,
        ),
        (
            AppError::TooManyInstruments {
                instruments_max: 1,
                versions_max: 1,
            },
            Code::FailedPrecondition,
            "TOO_MANY_INSTRUMENTS",
            false,
        ),
        (
            AppError::TooManyResponses { responses_max: 1 },
            Code::FailedPrecondition,
            "TOO_MANY_RESPONSES",
            false,
        ),
        (
            AppError::TooManyGroups { groups_max: 1 },
            Code::FailedPrecondition,
            "TOO_MANY_GROUPS",
            false,
        ),
        (
            AppError::UnknownModel { name: "m".into() },
            Code::NotFound,
            "UNKNOWN_MODEL",
            false,
        ),
        (
            AppError::UnknownSnapshot { name: "s".into() },
            Code::NotFound,
            "UNKNOWN_SNAPSHOT",
            false,
        ),
        (
            AppError::NoModel,
            Code::FailedPrecondition,
            "NO_MODEL",
            false,
        ),
        (
            AppError::NoSnapshot,
            Code::FailedPrecondition,
            "NO_SNAPSHOT",
            false,
        ),
        (
            AppError::NobodyToMeasure,
            Code::FailedPrecondition,
            "NOBODY_TO_MEASURE",
            false,
        ),
        (
            AppError::TakeAbandoned,
            Code::Aborted,
            "TAKE_ABANDONED",
            false,
        ),
        (
            AppError::UnknownPolicy {
                version: "p".into(),
            },
            Code::NotFound,
            "UNKNOWN_POLICY",
            false,
        ),
        (
            AppError::PolicyWithoutSegments {
                version: "builtin/1".into(),
            },
            Code::FailedPrecondition,
            "POLICY_WITHOUT_SEGMENTS",
            false,
        ),
        (
            AppError::TooManyPolicies { policies_max: 1 },
            Code::FailedPrecondition,
            "TOO_MANY_POLICIES",
            false,
        ),
        (
            AppError::MoneyBeforeCurrency {
                field: "terms.cost_to_serve_per_year".into(),
            },
            Code::FailedPrecondition,
            "NO_BASE_CURRENCY",
            false,
        ),
        (
            AppError::NoBaseCurrency {
                item: "costs[0]".into(),
            },
            Code::FailedPrecondition,
            "NO_BASE_CURRENCY",
            false,
        ),
        (
            AppError::TooManyAttributeNames {
                item: "attributes[0]".into(),
                names_used: 64,
                names_new: 1,
            },
            Code::FailedPrecondition,
            "TOO_MANY_ATTRIBUTE_NAMES",
            false,
        ),
        (
            AppError::NoCurrencyToImportIn,
            Code::FailedPrecondition,
            "NO_BASE_CURRENCY",
            false,
        ),
        (
            AppError::NothingToFit,
            Code::FailedPrecondition,
            "NOTHING_TO_FIT",
            false,
        ),
        (
            AppError::NothingToEvaluate {
                calibration_end: crate::engine::time::Day::from_days(0),
            },
            Code::FailedPrecondition,
            "NOTHING_TO_EVALUATE",
            false,
        ),
        (
            AppError::NotFittable {
                explanation: "x".into(),
            },
            Code::FailedPrecondition,
            "NOT_FITTABLE",
            false,
        ),
        (
            AppError::StillSettling {
                known_at: Instant::from_micros(0),
            },
            Code::Unavailable,
            "STILL_SETTLING",
            true,
        ),
        (
            StoreError::Unavailable(sqlx_error()).into(),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
            true,
        ),
        (
            StoreError::Contended { attempts: 5 }.into(),
            Code::Unavailable,
            "STORE_OVERLOADED",
            true,
        ),
        (
            StoreError::TooSlow { seconds_max: 5 }.into(),
            Code::Unavailable,
            "STORE_OVERLOADED",
            true,
        ),
        (
            StoreError::Corrupt { entity: "x" }.into(),
            Code::Internal,
            "INTERNAL",
            false,
        ),
        (
            StoreError::Stopped.into(),
            Code::Internal,
            "INTERNAL",
            false,
        ),
    ];
    for (error, code, reason, is_retryable) in table {
        let shown = error.to_string();
        let status = Status::from(error);
        let details = status.get_error_details();
        assert_eq!(status.code(), code, "{shown}");
        assert_eq!(
            details.error_info().map(|info| info.reason.as_str()),
            Some(reason),
            "{shown}"
        );
        assert_eq!(
            details.error_info().map(|info| info.domain.as_str()),
            Some(DOMAIN)
        );
        assert_eq!(details.retry_info().is_some(), is_retryable, "{shown}");
    }
}

fn sqlx_error() -> crate::store::error::DriverError {
    crate::store::error::DriverError::PoolClosed
}

#[test]
fn many_violations_stay_within_the_trailers() {
    let violations: Vec<Violation> = (0..1_000)
        .map(|index| Violation::new(format!("costs[{index}].cost_id"), "x".repeat(300)))
        .collect();
    let status = invalid(violations);
    assert!(status.details().len() < 6_000, "{}", status.details().len());
    let details = status.get_error_details();
    let shown = details.bad_request().map(|bad| bad.field_violations.len());
    assert!(shown.is_some_and(|shown| (1..=20).contains(&shown)));
    let total = details
        .error_info()
        .and_then(|info| info.metadata.get("violations_total").cloned());
    assert_eq!(total.as_deref(), Some("1000"));
}
