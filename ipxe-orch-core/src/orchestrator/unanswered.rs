//! Requests of believed machines that this server cannot answer.

use super::{OpenTicket, Orchestrator, OrchestratorError};
use crate::{
    auth::Origin,
    ids::AttemptId,
    media::MediaFault,
    stores::{BootEvent, BootEventKind, HostRecord, StoreError},
};

/// The largest number of characters of a reason that an event keeps.
const MAX_WHY: usize = 500;

impl Orchestrator {
    /// Tells in an event why the machine with this ticket did not get a file.
    pub async fn media_fault(&self, ticket: &OpenTicket, fault: &MediaFault, origin: Origin) {
        let found = self.parts.store.lookup_attempt(&ticket.grant, ticket.attempt).await;
        if let Ok(Some((host, attempt))) = found {
            self.record_unanswered(&host, Some(attempt.id), &fault.to_string(), origin);
        }
    }

    /// Tells in an event why a machine got no answer, if a person must act first.
    pub(super) fn unanswered(
        &self,
        host: &HostRecord,
        attempt: Option<AttemptId>,
        error: &OrchestratorError,
        origin: Origin,
    ) {
        if needs_a_person(error) {
            self.record_unanswered(host, attempt, &error.to_string(), origin);
        }
    }

    fn record_unanswered(
        &self,
        host: &HostRecord,
        attempt: Option<AttemptId>,
        why: &str,
        origin: Origin,
    ) {
        let kind = BootEventKind::Unanswered { why: why.chars().take(MAX_WHY).collect() };
        let event = BootEvent::new(self.parts.clock.now(), origin, kind).of(host);
        self.event(BootEvent { attempt, alert: true, ..event });
    }
}

/// Whether it stays wrong until somebody mends it. That the store does not answer concerns all hosts
/// alike: readiness tells it, and events could not be stored.
const fn needs_a_person(error: &OrchestratorError) -> bool {
    match error {
        OrchestratorError::Store(error) => {
            matches!(error, StoreError::Corrupt(_) | StoreError::Invalid(_))
        }
        OrchestratorError::BadRequest(_) => false,
        _ => true,
    }
}
