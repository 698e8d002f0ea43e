//! Removing hosts. Their ids and history stay.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::AuditOutcome,
    auth::ChangeHosts,
    lease::Phase,
    stores::{HostKey, HostRecord, PutHost},
};

impl Orchestrator {
    /// Removes a host. Its name, MACs and addresses become free, and its id is never used again.
    /// Its image boots the local disk from now on. A late report of its last install still counts.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`], with the remedy, while the host is marked, offered or
    /// installing.
    pub async fn remove(
        &self,
        caller: &Caller,
        host: &HostKey,
        reason: Option<String>,
    ) -> Result<HostRecord, OrchestratorError> {
        let resource = Some(host.resource());
        let grant = self.authorize_for::<ChangeHosts>(caller, "host.remove", resource).await?;
        let host = self.known(&grant.see(), host).await?;
        let put = PutHost::Remove { id: host.id, generation: host.lease.generation };
        let mut entry = self.put_entry(caller, &put);
        entry.host_name = Some(host.spec.name.clone());
        entry.reason = reason;
        if let Some(remedy) = remedy(&host) {
            entry.outcome = AuditOutcome::Refused;
            self.append(&[entry]).await?;
            return Err(OrchestratorError::Refused(remedy));
        }
        self.put(&grant.into(), &[(put, entry)]).await?;
        Ok(host)
    }
}

/// What must be done first.
fn remedy(host: &HostRecord) -> Option<String> {
    let (name, phase) = (&host.spec.name, host.lease.phase());
    match phase {
        Phase::Marked | Phase::Offered => {
            Some(format!("host {name} is {phase}: cancel its mark, then remove it"))
        }
        Phase::Installing => {
            Some(format!("host {name} is installing: wait for its end, or abandon it first"))
        }
        Phase::Idle | Phase::Held => None,
    }
}
