//! The parts put together: load, decide, render, apply, answer.
//!
//! An [`Orchestrator`] is what a server, a command line or somebody's own tooling talks to. It
//! holds its parts as `Arc<dyn …>` and nothing else; two of them over one database are safe.

mod answer;
mod boot;
mod defaults;
mod discovered;
mod engine;
mod error;
mod hosts;
mod image;
mod import;
mod operate;
mod overdue;
mod preview;
mod profiles;
mod read;
mod remove;
mod seal;
mod suspend;
mod task;
mod variables;
mod warning;

pub use answer::{Report, ReportError, TicketAnswer};
pub use boot::BootAnswer;
pub use defaults::DefaultsEdit;
pub use discovered::Relearn;
pub use error::OrchestratorError;
pub use import::{HostChange, HostInput, Import};
pub use operate::{MarkOrder, Marked, Operation};
pub use preview::{Preview, PreviewFile};
pub use seal::Resealed;
pub use task::Task;
pub use warning::InstallWarning;

pub use crate::media::MediaLibrary;

use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{
        Actor, AuthorizeError, Authorizer, Granted, Origin, Permission, Record, Resource, Subject,
        authorize,
    },
    ids::Epoch,
    keys::KeyProvider,
    lease::Limits,
    profile::ScriptRenderer,
    stores::{BootEvent, Store, StoreError},
    time::{Clock, Random, Timestamp},
};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes events of the boot path.
///
/// # Rules
/// - It never makes a boot wait: it does not block, sleep or write. It puts the event into a queue
///   with a limit, and counts what goes beyond it.
/// - It never panics, and it has no errors: no boot depends on an event.
/// - It is called from several threads at once. Events may come in another order than their times.
/// - The texts of an event come from machines, and may be forged. They are kept as data, and
///   escaped where they are shown.
/// - Many events may come of machines that proved nothing (`host` is `None`). Limit those, so that
///   they do not displace the others.
///
/// # Example
/// ```
/// use ipxe_orch_core::{
///     auth::{Granted, Record},
///     orchestrator::EventSink,
///     stores::BootEvent,
/// };
/// use std::sync::mpsc::SyncSender;
///
/// /// Hands events to a thread that writes them. If that is too slow, events are lost.
/// struct Queue(SyncSender<(Granted<Record>, BootEvent)>);
///
/// impl EventSink for Queue {
///     fn record(&self, grant: &Granted<Record>, event: BootEvent) {
///         self.0.try_send((grant.clone(), event)).ok();
///     }
/// }
/// ```
pub trait EventSink: Send + Sync {
    /// Takes one; it may be lost in a crash. The grant is for
    /// [`EventStore::record_events`](crate::stores::EventStore::record_events).
    fn record(&self, grant: &Granted<Record>, event: BootEvent);
}

/// The parts of an [`Orchestrator`].
#[derive(Clone)]
#[expect(missing_docs, reason = "the traits say what each part does")]
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub keys: Arc<dyn KeyProvider>,
    pub renderer: Arc<dyn ScriptRenderer>,
    pub media: Arc<dyn MediaLibrary>,
    pub authorizer: Arc<dyn Authorizer>,
    pub events: Arc<dyn EventSink>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// Answers machines and people.
pub struct Orchestrator {
    parts: Parts,
    limits: Limits,
    /// For what the orchestrator itself keeps.
    recorder: Granted<Record>,
    /// The epoch as last read; an old one makes a write a conflict, which reads it again.
    epoch: Mutex<Option<Epoch>>,
    /// Why installs are suspended, if they are.
    suspended: Mutex<Option<Arc<str>>>,
}

/// Who does it, and from where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Caller {
    /// Who, with the groups of the directory.
    pub subject: Subject,
    /// From where.
    pub origin: Origin,
}

impl Caller {
    /// Somebody at some place.
    pub fn new(subject: impl Into<Subject>, origin: Origin) -> Self {
        Self { subject: subject.into(), origin }
    }

    /// Who does it, as the audit names it.
    pub const fn actor(&self) -> &Actor {
        &self.subject.actor
    }
}

impl Orchestrator {
    /// Puts the parts together.
    pub fn new(parts: Parts, limits: Limits) -> Self {
        let (epoch, suspended) = (Mutex::new(None), Mutex::new(None));
        let recorder = Granted::<Record>::background("orchestrator");
        Self { parts, limits, recorder, epoch, suspended }
    }

    /// The keys.
    pub fn keys(&self) -> &dyn KeyProvider {
        self.parts.keys.as_ref()
    }

    /// The media: what a server serves.
    pub fn media_library(&self) -> &dyn MediaLibrary {
        self.parts.media.as_ref()
    }

    /// What time it is, as the orchestrator sees it.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The randomness that the orchestrator uses.
    pub fn random(&self) -> &dyn Random {
        self.parts.random.as_ref()
    }

    /// Asks for the permission `P`; who is denied it leaves an audit entry.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without it.
    pub async fn authorize<P: Permission>(
        &self,
        caller: &Caller,
        action: &str,
    ) -> Result<Granted<P>, OrchestratorError> {
        self.authorize_for(caller, action, None).await
    }

    /// The same for one thing that was named, of which an [`Authorizer`] may know.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without it.
    pub async fn authorize_for<P: Permission>(
        &self,
        caller: &Caller,
        action: &str,
        resource: Option<Resource<'_>>,
    ) -> Result<Granted<P>, OrchestratorError> {
        let authorizer = self.parts.authorizer.as_ref();
        match authorize::<P>(authorizer, &caller.subject, resource).await {
            Ok(granted) => Ok(granted),
            Err(AuthorizeError::Store(error)) => Err(error.into()),
            Err(denied @ AuthorizeError::Denied { .. }) => {
                self.deny(self.entry(caller, action), denied.to_string()).await
            }
        }
    }

    /// What is denied leaves its entry.
    async fn deny<T>(&self, mut entry: AuditEntry, why: String) -> Result<T, OrchestratorError> {
        entry.outcome = AuditOutcome::Denied;
        self.append(&[entry]).await?;
        Err(OrchestratorError::Denied(why))
    }

    /// Keeps what happened at boot.
    fn event(&self, event: BootEvent) {
        self.parts.events.record(&self.recorder, event);
    }

    /// Keeps entries about what changed nothing in the store.
    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.parts.store.append_audit(&self.recorder, entries).await
    }

    fn entry(&self, caller: &Caller, action: &str) -> AuditEntry {
        self.entry_of(caller.actor(), &caller.origin, action)
    }

    fn entry_of(&self, actor: &Actor, origin: &Origin, action: &str) -> AuditEntry {
        AuditEntry::new(self.now(), actor.clone(), origin.clone(), action)
    }

    /// The epoch that writes compare: never read later than what they were decided on.
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        let known = *self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(epoch) = known {
            return Ok(epoch);
        }
        let epoch = self.parts.store.epoch().await?;
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = Some(epoch);
        Ok(epoch)
    }

    fn forget_epoch(&self) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
