//! Work that no store can undo, on media, firmware and keys. Its audit entry is written before the
//! work.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Granted, Permission},
};

/// Work that was authorised, and is in the audit as begun.
///
/// End it with [`Self::done`] or [`Self::failed`]. A task that is dropped writes no second entry:
/// the work was cut off.
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
    /// [`AuditOutcome::Begun`] before the work. `action` is its name, such as `media.remove`.
    /// `detail` says what the work is done to, and contains no secret.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`], with an audit entry, without the permission for all hosts.
    /// [`OrchestratorError::Store`] if the entry cannot be written. Do not begin the work after an
    /// error.
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

    /// Asks for the permission `P` for all hosts. A denial leaves an audit entry with `detail`.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission for all hosts.
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

    /// Ends the work with an entry [`AuditOutcome::Done`]. `detail` is the result, such as the id
    /// of a key, and contains no secret.
    ///
    /// # Errors
    /// [`OrchestratorError::Store`]: the work is done, and the audit says only that it was begun.
    pub async fn done(self, detail: Option<String>) -> Result<(), OrchestratorError> {
        let detail = detail.or_else(|| self.detail.clone());
        self.append(AuditOutcome::Done, detail).await
    }

    /// Ends work that was not done, or not completely, with an entry [`AuditOutcome::Failed`] that
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
