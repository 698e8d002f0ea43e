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
mod operate;
mod overdue;
mod preview;
mod profiles;
mod remove;
mod seal;
mod suspend;
mod task;
mod variables;

pub use answer::{Report, ReportError, TicketAnswer};
pub use boot::BootAnswer;
pub use defaults::DefaultsEdit;
pub use discovered::Relearn;
pub use error::OrchestratorError;
pub use hosts::{HostChange, HostInput, Import};
pub use operate::{MarkOrder, Marked, Operation};
pub use preview::{Preview, PreviewFile};
pub use seal::Resealed;
pub use task::Task;

use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Actor, AuthorizeError, Authorizer, Granted, Origin, Permission, authorize},
    ids::Epoch,
    keys::KeyProvider,
    lease::Limits,
    profile::{PinnedMedia, ScriptRenderer},
    stores::{BootEvent, Store, StoreError},
    time::{Clock, Random},
};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

/// Where kernels, initrds and images are kept.
#[async_trait]
pub trait MediaLibrary: Send + Sync {
    /// Whether a file or tree is there, in the content that is pinned, and can be read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if that cannot be told.
    async fn contains(&self, media: &PinnedMedia) -> Result<bool, StoreError>;
}

/// Takes events of the boot path without making it wait.
pub trait EventSink: Send + Sync {
    /// Takes one; it may be lost in a crash.
    fn record(&self, event: BootEvent);
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
    /// The epoch as last read; an old one makes a write a conflict, which reads it again.
    epoch: Mutex<Option<Epoch>>,
    /// Why installs are suspended, if they are.
    suspended: Mutex<Option<Arc<str>>>,
}

/// Who does it, and from where.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
}

impl Orchestrator {
    /// Puts the parts together.
    pub const fn new(parts: Parts, limits: Limits) -> Self {
        Self { parts, limits, epoch: Mutex::new(None), suspended: Mutex::new(None) }
    }

    /// The parts.
    pub const fn parts(&self) -> &Parts {
        &self.parts
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
        match authorize::<P>(self.parts.authorizer.as_ref(), &caller.actor).await {
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
        self.parts.store.append_audit(&entry).await?;
        Err(OrchestratorError::Denied(why))
    }

    fn entry(&self, caller: &Caller, action: &str) -> AuditEntry {
        let Caller { actor, origin } = caller.clone();
        AuditEntry::new(self.parts.clock.now(), actor, origin, action)
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
