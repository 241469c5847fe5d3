//! What every call goes through: trace context in, deadline, panics, one log line.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument;

use super::status;
use crate::telemetry::set_parent;

/// A call without a deadline of its own ends after this; streams are not bounded by it.
const DEADLINE_DEFAULT: Duration = Duration::from_secs(30);
/// The transport cuts a call at its deadline; answering just before it lets the caller see why.
const DEADLINE_MARGIN: Duration = Duration::from_millis(2);

/// Wraps the services of a server.
#[derive(Clone, Copy, Debug)]
pub struct CallLayer;

impl<S> Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call { inner }
    }
}

/// A service whose calls are traced, bounded and never panic.
#[derive(Clone, Debug)]
pub struct Call<S> {
    inner: S,
}

impl<S> Service<http::Request<Body>> for Call<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let method = request.uri().path().trim_start_matches('/').to_owned();
        let span = tracing::debug_span!(
            "call",
            otel.name = method,
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = tracing::field::Empty,
        );
        set_parent(&span, request.headers());
        let bound = deadline(request.headers());
        let call = async move {
            let answer = AssertUnwindSafe(inner.call(request)).catch_unwind();
            let response = match tokio::time::timeout(bound, answer).await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(impossible))) => match impossible {},
                Ok(Err(_)) => {
                    tracing::error!(rpc.method = method, "handler panicked");
                    status::internal().into_http()
                }
                Err(_) => status::deadline_exceeded().into_http(),
            };
            let refusal = Status::from_header_map(response.headers());
            let unreadable = refusal.as_ref().and_then(status::unreadable);
            let (response, refusal) = match unreadable {
                Some(told) => (told.clone().into_http(), Some(told)),
                None => (response, refusal),
            };
            let code = refusal.map_or(Code::Ok, |status| status.code());
            tracing::Span::current().record("rpc.response.status_code", code_name(code));
            tracing::debug!(rpc.method = method, code = code_name(code), "call answered");
            Ok(response)
        };
        Box::pin(call.instrument(span))
    }
}

/// How long a call may take: as its `grpc-timeout` says, else the default.
fn deadline(headers: &http::HeaderMap) -> Duration {
    let asked = headers
        .get("grpc-timeout")
        .and_then(|value| value.to_str().ok())
        .and_then(parse_timeout);
    let bound = asked.unwrap_or(DEADLINE_DEFAULT);
    bound.checked_sub(DEADLINE_MARGIN).unwrap_or(bound)
}

/// A timeout as the gRPC protocol writes it: at most 8 digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// A code as gRPC writes it.
const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(parse_timeout("100m"), Some(Duration::from_millis(100)));
        assert_eq!(parse_timeout("2S"), Some(Duration::from_secs(2)));
        assert_eq!(
            parse_timeout("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3_600))
        );
        for text in ["", "S", "1", "-1S", "123456789S", "1x", "1é"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }
}
