//! How services do their work: apart from asynchronous tasks, between two entries of the audit.

use super::{ServiceError, with_causes};
use ipxe_orch_core::orchestrator::Task;
use std::error::Error;
use tokio::task::spawn_blocking;

/// Does work that waits for disks or networks on a thread for such.
pub(super) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ServiceError<E>>
where
    T: Send + 'static,
    E: Error + Send + 'static,
{
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(ServiceError::Work),
        Err(error) => Err(ServiceError::CutOff(error)),
    }
}

/// Says in the audit how a task ended; `tell` says what was done.
pub(super) async fn end<P, T, E: Error + 'static>(
    task: Task<'_, P>,
    done: Result<T, ServiceError<E>>,
    tell: impl FnOnce(&T) -> String,
) -> Result<T, ServiceError<E>> {
    match done {
        Ok(value) => {
            let done = tell(&value);
            let recorded = task.done(Some(done.clone())).await;
            recorded.map_err(|source| ServiceError::Unrecorded { done, source })?;
            Ok(value)
        }
        Err(error) => {
            // Why the work failed matters more to the caller.
            if let Err(unrecorded) = task.failed(&with_causes(&error)).await {
                tracing::error!(error = %unrecorded, "the audit does not say that work failed");
            }
            Err(error)
        }
    }
}
