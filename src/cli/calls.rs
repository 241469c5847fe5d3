//! What commands that call a server share.

use std::time::Duration;

use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use super::failure::Refused;
use crate::config::client::ClientSettings;
use crate::grpc::client::{Client, ConnectError};

/// How often a call is made that fails because the service is not available.
const ATTEMPTS_MAX: u32 = 5;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// Connects as the settings say.
///
/// # Errors
///
/// [`ConnectError`] says what to do.
pub async fn connect(settings: &ClientSettings) -> Result<Client, ConnectError> {
    let host = settings.server.strip_prefix("http://").unwrap_or_default();
    if host.trim_matches('/').is_empty() {
        let address = settings.server.clone();
        return Err(ConnectError::Address { address });
    }
    Client::connect(&settings.server, &settings.tenant).await
}

/// The message of an answer.
///
/// # Errors
///
/// [`Refused`].
pub fn answer<T>(outcome: Result<Response<T>, Status>) -> Result<T, Refused> {
    Ok(outcome?.into_inner())
}

/// Makes an idempotent call, again while the service is not available.
///
/// # Errors
///
/// The last refusal.
pub async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, Refused>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut pause = PAUSE;
    let mut attempts = 1;
    loop {
        let status = match call().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status) => status,
        };
        let is_hopeless = status.code() != Code::Unavailable || attempts == ATTEMPTS_MAX;
        if is_hopeless {
            return Err(status.into());
        }
        let asked = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay);
        tokio::time::sleep(pause.max(asked.unwrap_or(Duration::ZERO))).await;
        attempts += 1;
        pause *= 2;
    }
}
