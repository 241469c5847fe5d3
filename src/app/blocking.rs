//! Arithmetic that takes longer than a thread that serves should be kept.

use super::error::AppError;
use crate::store::error::StoreError;

/// Does work of up to seconds on a thread of its own.
///
/// # Errors
///
/// [`AppError::Store`] when it panics or the service stops.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| AppError::Store(StoreError::Stopped))
}
