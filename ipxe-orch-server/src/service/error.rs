//! Why a service did not do what it was asked.

use crate::media::MediaError;
use ipxe_orch_core::{orchestrator::OrchestratorError, stores::StoreError};
use std::{convert::Infallible, error::Error};
use tokio::task::JoinError;

/// Why something was not done; `E` is what is particular to the work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError<E: Error + 'static = Infallible> {
    /// The caller may not, or what the database has does not allow it.
    #[error(transparent)]
    Orchestrator(OrchestratorError),
    /// The work itself.
    #[error(transparent)]
    Work(E),
    /// It is done, and the audit says only that it was begun.
    #[error("{done}: it is done, but its end is not in the audit")]
    Unrecorded {
        /// What was done.
        done: String,
        /// Why the audit has no entry of it.
        source: OrchestratorError,
    },
    /// The media are here, and profiles that take them are not pinned to them.
    #[error("the media are here, but profiles are not pinned to them: apply the profiles again")]
    Unpinned(#[source] Box<ServiceError<MediaError>>),
    /// The work ended before it was done.
    #[error("the work was cut off")]
    CutOff(#[source] JoinError),
}

impl<E: Error + 'static> From<OrchestratorError> for ServiceError<E> {
    fn from(error: OrchestratorError) -> Self {
        Self::Orchestrator(error)
    }
}

impl<E: Error + 'static> From<StoreError> for ServiceError<E> {
    fn from(error: StoreError) -> Self {
        Self::Orchestrator(error.into())
    }
}

/// The error and its causes, joined by `: `; a cause that was said already is left out.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(cause_text.trim_end()) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn causes_are_said_once() {
        let io = || io::Error::other("disk full");
        let store = StoreError::Unavailable(Box::new(io()));
        assert_eq!(with_causes(&store), "the store does not answer: disk full");
        let outer = OrchestratorError::Store(StoreError::Backend(Box::new(io())));
        assert_eq!(with_causes(&outer), "the store failed: disk full");
        let service = ServiceError::<io::Error>::from(StoreError::Backend(Box::new(io())));
        assert_eq!(with_causes(&service), "the store failed: disk full");
    }
}
