//! What a server needs to forward the audit.

use super::{AuditReading, Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{AuditEntry, ChainHead, SinkState},
    auth::{Actor, Granted, Origin, ReadAudit},
    stores::{LastEntry, StoreError},
};

/// The name of this work in the audit.
const TASK: &str = "audit-forward";

impl Orchestrator {
    /// How far each chain was forwarded to each sink.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission to read the audit.
    pub async fn sinks(&self, caller: &Caller) -> Result<Vec<SinkState>, OrchestratorError> {
        let grant = self.authorize::<ReadAudit>(caller, "audit.sinks").await?;
        Ok(self.parts.store.list_sinks(&grant).await?)
    }

    /// The end of each chain. It needs no permission, because it says nothing about what was done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_ends(&self) -> Result<Vec<LastEntry>, StoreError> {
        Ok(self.parts.store.check(&self.recorder, self.now()).await?.latest)
    }

    /// The same as [`Self::sinks`], for the program that forwards.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forwarded(&self) -> Result<Vec<SinkState>, StoreError> {
        self.parts.store.list_sinks(&Granted::<ReadAudit>::background(TASK)).await
    }

    /// Writes how far a chain was forwarded, for the program that forwards.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another server has written it meanwhile.
    pub async fn put_forwarded(&self, state: &SinkState) -> Result<(), StoreError> {
        self.parts.store.put_sink(&self.recorder, state).await
    }

    /// Forgets a sink that is not configured any longer and has got everything.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another server has written it meanwhile.
    pub async fn remove_forwarded(&self, state: &SinkState) -> Result<(), StoreError> {
        self.parts.store.remove_sink(&self.recorder, state).await
    }

    /// Reads the chain of `position` after it, for the program that forwards. People read by
    /// [`Self::read_audit`].
    pub fn forward_audit(&self, position: ChainHead) -> AuditReading {
        let grant = Granted::<ReadAudit>::background(TASK);
        AuditReading::after(self.parts.store.clone(), grant, position)
    }

    /// Appends an entry about sinks, which the program itself has changed as the settings say.
    /// Returns the end of the chain, which is this entry or a later one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_sinks(&self, detail: String) -> Result<ChainHead, StoreError> {
        let actor = Actor::Background { task: TASK.to_owned() };
        let origin = Origin("settings".to_owned());
        let mut entry = AuditEntry::new(self.now(), actor, origin, "audit.sinks");
        entry.detail = Some(detail);
        self.append(&[entry]).await?;
        self.audit_head().await
    }
}
