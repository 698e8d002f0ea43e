//! What people, machines and the program itself may do, and the entries that they leave.

use super::{Bench, must, origin};
use crate::{
    audit::AuditEntry,
    auth::{
        AuthorizeError, Boot, Granted, MarkHosts, OperatorAuthorizer, Permission, Record, Scope,
        WriteGrant, authorize,
    },
    boot::{BootRequest, Ticket, Tickets, prove},
    fakes::AllowWithin,
    ids::{AttemptId, HostId},
    keys::{KeyProvider, Purpose},
    lease::Limits,
    orchestrator::{OpenTicket, Orchestrator},
    stores::PutGrant,
    time::Clock,
};
use std::sync::Arc;

impl Bench {
    /// The operator's grant.
    pub async fn grant<P: Permission>(&self) -> Granted<P> {
        let granted = authorize::<P>(&OperatorAuthorizer, &self.operator.subject, None).await;
        must(granted.map_err(|error: AuthorizeError| error.to_string()))
    }

    /// The grant of a person who may do everything in one scope.
    pub async fn grant_within<P: Permission>(&self, scope: Scope) -> Granted<P> {
        let granted = authorize::<P>(&AllowWithin(scope), &self.operator.subject, None).await;
        must(granted.map_err(|error: AuthorizeError| error.to_string()))
    }

    /// The same bench, at which people may do everything in one scope.
    pub fn orchestrator_within(&self, scope: Scope) -> Orchestrator {
        let mut parts = self.parts.clone();
        parts.authorizer = Arc::new(AllowWithin(scope));
        Orchestrator::new(parts, Limits::default())
    }

    /// The grant with which the program itself keeps events and audit entries.
    pub fn recorder(&self) -> Granted<Record> {
        Granted::<Record>::background("bench")
    }

    /// The grant to create hosts, with a mark or without.
    pub async fn put_grant(&self) -> PutGrant {
        PutGrant::new(self.grant().await, Some(self.grant().await))
    }

    /// The operator's grant to change leases.
    pub async fn write_grant(&self) -> WriteGrant {
        self.grant::<MarkHosts>().await.write()
    }

    /// The grant of a booting machine.
    pub async fn machine(&self, host: HostId) -> Granted<Boot> {
        let request: BootRequest = must(self.query(host, 1).await.parse());
        must(must(prove(&request, self.keys.as_ref()).await)).grant
    }

    /// The grant of whoever holds the ticket of an attempt.
    pub async fn opened(&self, attempt: AttemptId) -> Granted<Boot> {
        let ticket = self.ticket_text(attempt).await;
        let opened = must(Tickets::new(self.keys.as_ref()).open(&ticket).await);
        must(opened.ok_or("no ticket of this bench")).1
    }

    /// The ticket of an attempt, opened.
    pub async fn ticket(&self, attempt: AttemptId) -> OpenTicket {
        let text = self.ticket_text(attempt).await;
        let opened = must(self.orchestrator.open_ticket(&text, &origin()).await);
        must(opened.ok_or("no ticket of this bench"))
    }

    /// The ticket of an attempt, as it stands in paths.
    pub async fn ticket_text(&self, attempt: AttemptId) -> String {
        Ticket::new(&must(self.keys.active(Purpose::Ticket).await), attempt).to_string()
    }

    /// An audit entry of the operator.
    pub fn entry(&self, action: &str) -> AuditEntry {
        let (actor, origin) = (self.operator.actor().clone(), origin());
        AuditEntry::new(self.clock.now(), actor, origin, action)
    }
}
