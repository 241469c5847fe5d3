//! What a refusal tells a caller.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The refusal of a call.
#[track_caller]
pub(crate) fn refused<T>(outcome: Result<T, Status>, code: Code) -> Status {
    match outcome {
        Ok(_) => panic!("{code:?} was expected, the call succeeded"),
        Err(status) => {
            assert_eq!(status.code(), code, "{status:?}");
            let details = status.get_error_details();
            let info = details.error_info().expect("every refusal has ErrorInfo");
            assert_eq!(info.domain, "customervalue");
            status
        }
    }
}

/// The reason within the refusal.
pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

/// A value of the refusal's metadata.
pub(crate) fn metadata(status: &Status, key: &str) -> String {
    let details = status.get_error_details();
    let found = details.error_info().unwrap().metadata.get(key).cloned();
    found.unwrap_or_default()
}

/// Paths of the bad fields.
pub(crate) fn bad_fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let bad = details.bad_request().expect("bad fields are named");
    bad.field_violations
        .iter()
        .map(|violation| violation.field.clone())
        .collect()
}
