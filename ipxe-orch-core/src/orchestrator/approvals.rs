//! The second person: approves or rejects a mark that waits.

use super::{Caller, Orchestrator, OrchestratorError, operate::OperatorTransition};
use crate::{
    auth::ApproveMarks,
    digest::Digest,
    ids::MarkId,
    lease::{Approved, Event, Lease},
    names::HostName,
    stores::HostKey,
};

impl Orchestrator {
    /// Approves a mark that waits, so that it is offered. `digest` is the
    /// [`Pin::digest`](crate::lease::Pin::digest) of what the person looked at. Repeating an
    /// approval changes nothing.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] for an order of one's own, for a mark that does not wait, and
    /// for one that installs something else than what the person looked at.
    pub async fn approve(
        &self,
        caller: &Caller,
        host: &HostKey,
        mark: MarkId,
        digest: Digest,
        reason: Option<String>,
    ) -> Result<Lease, OrchestratorError> {
        let approved = Approved { by: caller.actor().clone(), at: self.now(), digest };
        let event = Event::Approve(mark, Box::new(approved));
        self.decide_mark(caller, "host.approve_mark", host, &event, reason).await
    }

    /// Rejects a mark that waits: it ends.
    ///
    /// # Errors
    /// [`OrchestratorError::NothingToDo`] if this mark does not wait.
    pub async fn reject(
        &self,
        caller: &Caller,
        host: &HostKey,
        mark: MarkId,
        reason: Option<String>,
    ) -> Result<Lease, OrchestratorError> {
        self.decide_mark(caller, "host.reject_mark", host, &Event::Reject(mark), reason).await
    }

    async fn decide_mark(
        &self,
        caller: &Caller,
        action: &str,
        host: &HostKey,
        event: &Event,
        reason: Option<String>,
    ) -> Result<Lease, OrchestratorError> {
        let resource = Some(host.resource());
        let grant = self.authorize_for::<ApproveMarks>(caller, action, resource).await?;
        let see = grant.see();
        let key = HostKey::Id(self.known(&see, host).await?.id);
        let grant = grant.write();
        let transition =
            OperatorTransition { orchestrator: self, see, grant, key, reason, change_ref: None };
        let decided = self.carry_out(&transition, event, &caller.origin).await?;
        Ok(self.done(decided, host, caller, &transition).await?.lease)
    }
}

/// Why a mark was not approved, and the remedy.
pub(super) fn remedy(lease: &Lease, host: &HostName) -> String {
    if !lease.waits() {
        return format!("host {host} is {}: no mark of it waits for approval", lease.status());
    }
    format!(
        "this mark of host {host} cannot be approved: either it is your own order, which another \
         person must approve, or it is not what you looked at: look again"
    )
}
