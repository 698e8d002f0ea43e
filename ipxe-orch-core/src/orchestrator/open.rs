//! What a machine shows, checked before anything else is done for it.
//!
//! Whoever answers requests opens them first: that costs a few hashes and no store. Then it is
//! known who proved something and who did not, and the two can be given different limits.

use super::{Orchestrator, OrchestratorError};
use crate::{
    auth::{Boot, Granted, Origin},
    boot::{BootRequest, ImageIdentity, Proof, Refusal, Tickets, prove, prove_identity},
    ids::{AttemptId, HostId},
    stores::{BootEvent, BootEventKind},
};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A ticket that this installation issued. Whoever shows it may act for its attempt. Whether there
/// is such an attempt is not known yet.
#[derive(Clone)]
pub struct OpenTicket {
    pub(super) attempt: AttemptId,
    pub(super) grant: Granted<Boot>,
    /// The ticket itself, for answer files.
    pub(super) text: Arc<str>,
    pub(super) writing: Writing,
}

/// A boot request, and whether its secret is right.
#[derive(Clone)]
pub struct OpenBoot {
    pub(super) request: BootRequest,
    pub(super) proof: Result<Proof, Refusal>,
    pub(super) writing: Writing,
}

impl OpenTicket {
    /// The attempt of the ticket.
    pub const fn attempt(&self) -> AttemptId {
        self.attempt
    }

    /// The ticket as it stands in paths.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether the store is writing for this request.
    pub const fn writing(&self) -> &Writing {
        &self.writing
    }
}

impl OpenBoot {
    /// The host whose secret was shown. `None` if the secret is wrong.
    pub fn host(&self) -> Option<HostId> {
        self.proof.as_ref().ok().map(|_| self.request.host)
    }

    /// Tells whether the store is writing for this request.
    pub const fn writing(&self) -> &Writing {
        &self.writing
    }
}

// A ticket is as good as a password while its install runs.
impl fmt::Debug for OpenTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTicket").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBoot").field("host", &self.host()).finish_non_exhaustive()
    }
}

/// Whether the store is writing for a request at this moment.
///
/// A server that has waited long enough may drop the work on a request at any time: a store writes
/// wholly or not at all. If it waits for a write that is under way, its events tell what became of
/// it.
#[derive(Clone, Debug, Default)]
pub struct Writing(Arc<AtomicBool>);

impl Writing {
    /// Whether a write is under way.
    pub fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A write is under way until the result is dropped.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.0.store(true, Ordering::Relaxed);
        UnderWay(self)
    }
}

/// See [`Writing::begin`].
pub(super) struct UnderWay<'a>(&'a Writing);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

impl Orchestrator {
    /// Opens the ticket in the path of a request. `None` if this installation did not issue it; that
    /// is recorded as an event.
    ///
    /// # Errors
    /// [`OrchestratorError::Store`] if the keys cannot be read.
    pub async fn open_ticket(
        &self,
        text: &str,
        origin: &Origin,
    ) -> Result<Option<OpenTicket>, OrchestratorError> {
        let Some((attempt, grant)) = Tickets::new(self.parts.keys.as_ref()).open(text).await?
        else {
            self.record_unproved(origin, BootEventKind::TicketRefused);
            return Ok(None);
        };
        let (text, writing) = (text.into(), Writing::default());
        Ok(Some(OpenTicket { attempt, grant, text, writing }))
    }

    /// Reads the query of a boot request and checks its secret. [`Self::answer_boot`] answers it. If a
    /// genuine image sent what cannot be read, that is recorded as an event.
    ///
    /// # Errors
    /// [`OrchestratorError::BadRequest`] if the query is not a boot request.
    /// [`OrchestratorError::Store`] if the keys cannot be read.
    pub async fn open_boot(
        &self,
        query: &str,
        origin: &Origin,
    ) -> Result<OpenBoot, OrchestratorError> {
        let request: BootRequest = match query.parse() {
            Ok(request) => request,
            Err(why) => {
                self.record_malformed(query, origin).await?;
                return Err(why.into());
            }
        };
        let proof = prove(&request, self.parts.keys.as_ref()).await?;
        Ok(OpenBoot { request, proof, writing: Writing::default() })
    }

    /// The host is not looked up: what cannot be read costs no store.
    async fn record_malformed(
        &self,
        query: &str,
        origin: &Origin,
    ) -> Result<(), OrchestratorError> {
        let Some(image) = ImageIdentity::of_query(query) else { return Ok(()) };
        if prove_identity(&image, self.parts.keys.as_ref()).await?.is_ok() {
            let kind = BootEventKind::Refused { why: Refusal::BadRequest, shown: None };
            self.record(Some(image.host), origin, kind);
        }
        Ok(())
    }

    /// Records a request of somebody who proved nothing: no secret, no ticket, no key.
    pub fn record_unproved(&self, origin: &Origin, kind: BootEventKind) {
        self.record(None, origin, kind);
    }

    fn record(&self, host: Option<HostId>, origin: &Origin, kind: BootEventKind) {
        let event = BootEvent::new(self.parts.clock.now(), origin.clone(), kind);
        self.event(BootEvent { host, alert: true, ..event });
    }
}
