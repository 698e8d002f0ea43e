//! What policies make of marks.

use super::{Caller, MarkOrder, Orchestrator, OrchestratorError};
use crate::{
    audit::AuditOutcome,
    auth::{Granted, HostRef, SeeHosts},
    lease::{Approval, Mark},
    policy::{Calendar, Order, PolicyRecord, Taken, Violation, check_told, judge},
    stores::{HostRecord, StoreError},
    time::Timestamp,
};
use std::sync::Arc;

/// The policies, as they were read for one order or for one import.
pub(super) struct Governing {
    policies: Vec<PolicyRecord>,
    calendar: Arc<dyn Calendar>,
}

impl Governing {
    /// Whether the person says what the policies want.
    pub(super) fn check(
        &self,
        host: HostRef<'_>,
        reason: Option<&str>,
        change_ref: Option<&str>,
    ) -> Result<(), Violation> {
        check_told(&self.policies, host, reason, change_ref)
    }

    /// Makes the mark wait, or count, or begin in a window. `from` is `None` for a first boot. The
    /// places that it takes are taken for the next mark.
    pub(super) fn apply(
        &mut self,
        mark: &mut Mark,
        host: HostRef<'_>,
        protected: bool,
        from: Option<Timestamp>,
    ) -> Result<(), Violation> {
        let order = Order { host, protected, now: mark.created_at, from };
        let judged = judge(&self.policies, &order, self.calendar.as_ref())?;
        mark.approval = Approval::from(judged.needs);
        mark.counts = judged.counts;
        if let Some(opening) = judged.opening {
            mark.not_before = Some(opening.from);
            mark.expires_at = mark.expires_at.map(|end| end.min(opening.until));
        }
        let taken: Vec<Taken> = mark.taken().collect();
        for taken in &taken {
            let of = |record: &&mut PolicyRecord| record.policy.name == taken.count.policy;
            if let Some(record) = self.policies.iter_mut().find(of)
                && let Ok(meter) = taken.from(Some(&record.meter))
            {
                record.meter = meter;
            }
        }
        Ok(())
    }
}

impl Orchestrator {
    /// The policies of now.
    pub(super) async fn governing(&self, see: &Granted<SeeHosts>) -> Result<Governing, StoreError> {
        let policies = self.parts.store.list_policies(see).await?;
        Ok(Governing { policies, calendar: Arc::clone(&self.calendar) })
    }

    /// Makes of an order what the policies want. A refusal leaves an audit entry.
    pub(super) async fn govern(
        &self,
        caller: &Caller,
        see: &Granted<SeeHosts>,
        host: &HostRecord,
        mark: &mut Mark,
        order: &MarkOrder,
    ) -> Result<(), OrchestratorError> {
        let mut governing = self.governing(see).await?;
        let (reason, change_ref) = (order.reason.as_deref(), order.change_ref.as_deref());
        let from = mark.not_before.unwrap_or(mark.created_at).max(mark.created_at);
        let protected = host.lease.protected.is_some();
        let governed = governing
            .check(host.into(), reason, change_ref)
            .and_then(|()| governing.apply(mark, host.into(), protected, Some(from)));
        let Err(violation) = governed else { return Ok(()) };
        let mut entry = self.entry(caller, "host.mark");
        entry.outcome = AuditOutcome::Refused;
        entry.host = Some(host.id);
        entry.host_name = Some(host.spec.name.clone());
        entry.reason.clone_from(&order.reason);
        entry.change_ref.clone_from(&order.change_ref);
        entry.detail = Some(violation.to_string());
        self.append(&[entry]).await?;
        let text = format!("host {}: {violation}", host.spec.name);
        Err(OrchestratorError::Refused(text))
    }
}
