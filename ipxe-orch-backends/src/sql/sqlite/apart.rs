//! Work that waits for the disk, apart from the threads that answer machines.

use super::super::driver::{Fault, FaultKind};
use tokio::{runtime::Handle, task::spawn_blocking};

/// Does it on a thread where it may wait. Whoever stops waiting does not stop it.
///
/// # Errors
/// [`FaultKind::Lost`] if the runtime is shut down, or if the work panicked.
pub(super) async fn apart<T: Send + 'static>(
    work: impl AsyncFnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let runtime = Handle::current();
    let done = spawn_blocking(move || runtime.block_on(work())).await;
    done.map_err(|error| Fault::new(FaultKind::Lost, error))
}
