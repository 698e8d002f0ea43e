//! Work that no store can undo: on media, firmware, keys. Its audit entry comes before it.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Granted, Permission},
};

/// Work that was authorised, and is in the audit as begun.
///
/// Whoever does it ends it with [`Self::done`] or [`Self::failed`]. A task that is dropped leaves
/// its first entry alone: the work was cut off.
#[must_use = "say how the work ended"]
pub struct Task<'a, P> {
    orchestrator: &'a Orchestrator,
    caller: &'a Caller,
    granted: Granted<P>,
    action: String,
    detail: Option<String>,
}

impl Orchestrator {
    /// Asks for the permission `P` for work that concerns all hosts, and appends an entry with
    /// [`AuditOutcome::Begun`] before the work. `action` is its name, as `media.remove`; `detail`
    /// says on what, and holds no secret.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission, and for who has it for some hosts
    /// only: that leaves an audit entry. [`OrchestratorError::Store`] if there can be no entry. The
    /// work must not be done then.
    pub async fn begin<'a, P: Permission>(
        &'a self,
        caller: &'a Caller,
        action: &str,
        detail: Option<String>,
    ) -> Result<Task<'a, P>, OrchestratorError> {
        let granted = self.authorize_for_all::<P>(caller, action, detail.as_deref()).await?;
        let task = Task { orchestrator: self, caller, granted, action: action.to_owned(), detail };
        task.append(AuditOutcome::Begun, task.detail.clone()).await?;
        Ok(task)
    }

    /// Asks for the permission `P` for all hosts; who is denied it leaves an audit entry with
    /// `detail`.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without it, and for who has it for some hosts only.
    pub async fn authorize_for_all<P: Permission>(
        &self,
        caller: &Caller,
        action: &str,
        detail: Option<&str>,
    ) -> Result<Granted<P>, OrchestratorError> {
        let granted = self.authorize::<P>(caller, action).await?;
        if granted.scope().is_all() {
            return Ok(granted);
        }
        let (who, what) = (caller.actor(), P::ACTION);
        let why = format!("{who} may {what} only in part: {action} needs that for all hosts");
        let mut entry = self.entry(caller, action);
        entry.detail = detail.map(ToOwned::to_owned);
        self.deny(entry, why).await
    }
}

impl<P> Task<'_, P> {
    /// The proof that the caller may do it.
    pub const fn granted(&self) -> &Granted<P> {
        &self.granted
    }

    /// Ends the work: an entry with [`AuditOutcome::Done`]. `detail` says what came of it, as the
    /// id of a key, and holds no secret.
    ///
    /// # Errors
    /// [`OrchestratorError::Store`]: the work is done, and the audit says only that it was begun.
    pub async fn done(self, detail: Option<String>) -> Result<(), OrchestratorError> {
        let detail = detail.or_else(|| self.detail.clone());
        self.append(AuditOutcome::Done, detail).await
    }

    /// Ends the work that was not done, or not wholly: an entry with [`AuditOutcome::Failed`] that
    /// says `why`.
    ///
    /// # Errors
    /// [`OrchestratorError::Store`]: the audit says only that the work was begun.
    pub async fn failed(self, why: &str) -> Result<(), OrchestratorError> {
        let detail = match &self.detail {
            Some(detail) => format!("{detail}: {why}"),
            None => why.to_owned(),
        };
        self.append(AuditOutcome::Failed, Some(detail)).await
    }

    async fn append(
        &self,
        outcome: AuditOutcome,
        detail: Option<String>,
    ) -> Result<(), OrchestratorError> {
        let entry = self.orchestrator.entry(self.caller, &self.action);
        let entry = AuditEntry { outcome, detail, ..entry };
        Ok(self.orchestrator.append(&[entry]).await?)
    }
}
