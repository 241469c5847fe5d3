//! The one place that maps errors to status, by a table that binds clients.

mod refusal;

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::app::error::{AppError, Violation};
use crate::engine::attribute::NAMES_MAX;
use crate::store::error::StoreError;

/// The domain of every `ErrorInfo`.
const DOMAIN: &str = "customervalue";
/// Details travel in trailers, and clients stop reading at 8 KiB.
const VIOLATIONS_SHOWN_MAX: usize = 20;
const VIOLATIONS_BYTES_MAX: usize = 4_096;
/// When a retry can help: after this long.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How an error reaches a caller.
struct Answer {
    code: Code,
    reason: &'static str,
    message: String,
    metadata: HashMap<String, String>,
    is_retryable: bool,
    violations: Vec<Violation>,
}

fn answer(code: Code, reason: &'static str, message: impl Into<String>) -> Answer {
    Answer {
        code,
        reason,
        message: message.into(),
        metadata: HashMap::new(),
        is_retryable: false,
        violations: Vec::new(),
    }
}

impl Answer {
    fn retryable(self) -> Self {
        Self {
            is_retryable: true,
            ..self
        }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    fn status(self) -> Status {
        let mut details = ErrorDetails::new();
        let mut metadata = self.metadata;
        if !self.violations.is_empty() {
            metadata.insert(
                "violations_total".to_owned(),
                self.violations.len().to_string(),
            );
            details.set_bad_request(shown(&self.violations));
        }
        details.set_error_info(self.reason, DOMAIN, metadata);
        if self.is_retryable {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Status::with_error_details(self.code, self.message, details)
    }
}

/// The first violations that fit into the trailers.
fn shown(violations: &[Violation]) -> Vec<FieldViolation> {
    let mut bytes = 0;
    violations
        .iter()
        .take(VIOLATIONS_SHOWN_MAX)
        .take_while(|violation| {
            bytes += violation.field.len() + violation.description.len() + 8;
            bytes <= VIOLATIONS_BYTES_MAX
        })
        .map(|violation| FieldViolation::new(&violation.field, &violation.description))
        .collect()
}

/// Bad fields of a request.
#[must_use]
pub fn invalid(violations: Vec<Violation>) -> Status {
    let message = match violations.first() {
        Some(first) if violations.len() == 1 => format!("{}: {}", first.field, first.description),
        Some(first) => format!(
            "{}: {} (and {} more)",
            first.field,
            first.description,
            violations.len() - 1
        ),
        None => "the request is not valid".to_owned(),
    };
    Answer {
        violations,
        ..answer(Code::InvalidArgument, "INVALID_FIELD", message)
    }
    .status()
}

/// The deadline of a call passed.
#[must_use]
pub fn deadline_exceeded() -> Status {
    answer(
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
        "the call's deadline passed",
    )
    .retryable()
    .status()
}

/// The same with a reason, if the transport refused a message that it could not read: only it
/// refuses without details.
#[must_use]
pub fn unreadable(refusal: &Status) -> Option<Status> {
    let (code, reason) = if !refusal.details().is_empty() {
        return None;
    } else if refusal.code() == Code::Internal {
        (Code::InvalidArgument, "UNREADABLE_MESSAGE")
    } else if refusal.code() == Code::OutOfRange {
        (Code::OutOfRange, "MESSAGE_TOO_LARGE")
    } else {
        return None;
    };
    Some(answer(code, reason, refusal.message()).status())
}

/// Something that must not happen did.
#[must_use]
pub fn internal() -> Status {
    answer(
        Code::Internal,
        "INTERNAL",
        "an internal error happened; it is in the service's log",
    )
    .status()
}

impl From<AppError> for Status {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        let answer = match error {
            AppError::Invalid(violations) => return invalid(violations),
            AppError::FactExists(conflict) => {
                answer(Code::AlreadyExists, "FACT_CONTENT_DIFFERS", message)
                    .with("item", conflict.item)
                    .with("fact_id", conflict.fact_id)
                    .with("fields", conflict.fields.join(","))
            }
            AppError::UnknownCustomer { customer_id } => {
                answer(Code::NotFound, "UNKNOWN_CUSTOMER", message).with("customer_id", customer_id)
            }
            AppError::UnknownComplaint { complaint_id } => {
                answer(Code::NotFound, "UNKNOWN_COMPLAINT", message)
                    .with("complaint_id", complaint_id)
            }
            AppError::ComplaintMoved => answer(Code::Aborted, "STALE_ETAG", message),
            AppError::ComplaintRefused(refusal) => refusal::answer_to(&refusal),
            AppError::UnknownModel { name } => {
                answer(Code::NotFound, "UNKNOWN_MODEL", message).with("name", name)
            }
            AppError::UnknownInstrument { instrument_id, .. } => {
                answer(Code::NotFound, "UNKNOWN_INSTRUMENT", message)
                    .with("instrument_id", instrument_id)
            }
            AppError::TooManyInstruments { .. } => {
                answer(Code::FailedPrecondition, "TOO_MANY_INSTRUMENTS", message)
            }
            AppError::TooManyResponses { responses_max } => {
                answer(Code::FailedPrecondition, "TOO_MANY_RESPONSES", message)
                    .with("responses_max", responses_max.to_string())
            }
            AppError::TooManyGroups { groups_max } => {
                answer(Code::FailedPrecondition, "TOO_MANY_GROUPS", message)
                    .with("groups_max", groups_max.to_string())
            }
            AppError::UnknownSnapshot { name } => {
                answer(Code::NotFound, "UNKNOWN_SNAPSHOT", message).with("snapshot_id", name)
            }
            AppError::NoModel => answer(Code::FailedPrecondition, "NO_MODEL", message),
            AppError::NoSnapshot => answer(Code::FailedPrecondition, "NO_SNAPSHOT", message),
            AppError::NobodyToMeasure => {
                answer(Code::FailedPrecondition, "NOBODY_TO_MEASURE", message)
            }
            AppError::TakeAbandoned => answer(Code::Aborted, "TAKE_ABANDONED", message),
            AppError::UnknownPolicy { version } => {
                answer(Code::NotFound, "UNKNOWN_POLICY", message).with("policy_version", version)
            }
            AppError::PolicyWithoutSegments { version } => {
                answer(Code::FailedPrecondition, "POLICY_WITHOUT_SEGMENTS", message)
                    .with("policy_version", version)
            }
            AppError::TooManyPolicies { policies_max } => {
                answer(Code::FailedPrecondition, "TOO_MANY_POLICIES", message)
                    .with("policies_max", policies_max.to_string())
            }
            AppError::MoneyBeforeCurrency { field } => {
                answer(Code::FailedPrecondition, "NO_BASE_CURRENCY", message).with("field", field)
            }
            AppError::NoBaseCurrency { item } => {
                answer(Code::FailedPrecondition, "NO_BASE_CURRENCY", message).with("item", item)
            }
            AppError::TooManyAttributeNames {
                item, names_used, ..
            } => answer(
                Code::FailedPrecondition,
                "TOO_MANY_ATTRIBUTE_NAMES",
                message,
            )
            .with("item", item)
            .with("names_used", names_used.to_string())
            .with("names_max", NAMES_MAX.to_string()),
            AppError::NoCurrencyToImportIn => {
                answer(Code::FailedPrecondition, "NO_BASE_CURRENCY", message)
            }
            AppError::NothingToFit => answer(Code::FailedPrecondition, "NOTHING_TO_FIT", message),
            AppError::NotFittable { .. } => {
                answer(Code::FailedPrecondition, "NOT_FITTABLE", message)
            }
            AppError::NothingToEvaluate { .. } => {
                answer(Code::FailedPrecondition, "NOTHING_TO_EVALUATE", message)
            }
            AppError::StillSettling { .. } => {
                answer(Code::Unavailable, "STILL_SETTLING", message).retryable()
            }
            AppError::Store(error) => return store(&error),
        };
        answer.status()
    }
}

/// What callers learn of a store's error: whether asking again can help, never what it was.
fn store(error: &StoreError) -> Status {
    let mut chain = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    let unavailable = |reason| {
        answer(
            Code::Unavailable,
            reason,
            "the service's database is not available; ask again in a moment",
        )
        .retryable()
        .status()
    };
    match error {
        StoreError::Unavailable(_) => {
            tracing::warn!(error = chain, "store is not available");
            unavailable("STORE_UNAVAILABLE")
        }
        StoreError::Shared(error) => store(error),
        StoreError::Contended { .. } | StoreError::TooSlow { .. } => {
            tracing::warn!(error = chain, "store is overloaded");
            unavailable("STORE_OVERLOADED")
        }
        StoreError::Corrupt { .. }
        | StoreError::Migrate(_)
        | StoreError::Stopped
        | StoreError::Database(_) => {
            tracing::error!(error = chain, "store failed");
            internal()
        }
    }
}

#[cfg(test)]
mod tests;
