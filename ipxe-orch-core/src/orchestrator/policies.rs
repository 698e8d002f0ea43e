//! Reading and changing policies.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    auth::{ManageAccess, SeeHosts},
    policy::{PolicyRecord, PutPolicy, Rules, Window},
    stores::StoreError,
};

impl Orchestrator {
    /// All policies, in the order of their names, with what was armed under their limits.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission to see hosts.
    pub async fn list_policies(
        &self,
        caller: &Caller,
    ) -> Result<Vec<PolicyRecord>, OrchestratorError> {
        let see = self.authorize::<SeeHosts>(caller, "policies.list").await?;
        Ok(self.parts.store.list_policies(&see).await?)
    }

    /// Sets or removes a policy. Marks that stand stay as they are.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] for who may not manage access everywhere.
    /// [`OrchestratorError::Invalid`] for a limit out of its bounds and for a window that never opens.
    /// [`OrchestratorError::Changed`] if somebody changed the policy since it was looked at.
    pub async fn put_policy(
        &self,
        caller: &Caller,
        change: &PutPolicy,
        reason: Option<String>,
    ) -> Result<(), OrchestratorError> {
        let (name, action) = match change {
            PutPolicy::Set { policy, .. } => (&policy.name, "policy.set"),
            PutPolicy::Remove { name, .. } => (name, "policy.remove"),
        };
        let grant = self.authorize::<ManageAccess>(caller, action).await?;
        let mut entry = self.entry(caller, action);
        entry.reason = reason;
        entry.detail = Some(detail(change));
        let Ok(grant) = grant.access() else {
            let text =
                format!("{} may not change policies, which hold for all hosts", caller.actor());
            return self.deny(entry, text).await;
        };
        if let PutPolicy::Set { policy, .. } = change {
            self.check(&policy.rules)?;
        }
        match self.parts.store.put_policy(&grant, change, &entry).await {
            Err(StoreError::Conflict) => {
                Err(OrchestratorError::Changed(format!("the policy {name}")))
            }
            Err(StoreError::NotFound) => {
                Err(OrchestratorError::NothingToDo(format!("there is no policy {name}")))
            }
            other => Ok(other?),
        }
    }

    fn check(&self, rules: &Rules) -> Result<(), OrchestratorError> {
        if rules.limit.is_some_and(|limit| !limit.is_valid()) {
            let text = "a limit is 1 to 10,000 installs within 1 second to 1 week";
            return Err(OrchestratorError::Invalid(text.to_owned()));
        }
        let never = |window: &&Window| self.calendar.opening(window, self.now()).is_none();
        let Some(window) = rules.windows.iter().find(never) else { return Ok(()) };
        let text = format!("the window `{window}` never opens: its time zone is not known here");
        Err(OrchestratorError::Invalid(text))
    }
}

/// The whole policy, so that the audit tells what held when.
fn detail(change: &PutPolicy) -> String {
    match change {
        PutPolicy::Set { policy, .. } => {
            serde_json::to_string(policy).unwrap_or_else(|_| policy.name.to_string())
        }
        PutPolicy::Remove { name, .. } => name.to_string(),
    }
}
