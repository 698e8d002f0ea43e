//! What people do to a host's lease.

use super::{
    Caller, HostWarning, Orchestrator, OrchestratorError, approvals,
    engine::{Decided, Loaded, Transition, action},
    suspend::is_instead,
    variables::Secrets,
    variables::resolved,
};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Granted, MarkHosts, ReleaseHolds, SeeHosts, WriteGrant},
    host::HostSpec,
    ids::{Generation, HostId, MarkId},
    lease::{Approval, Event, Hold, Lease, Mark, Phase, Pin, Protection, Reply},
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
    stores::{HostKey, HostRecord, StoreError},
    time::Timestamp,
};
use async_trait::async_trait;
use std::time::Duration;

/// An order to install a host, once. Start from [`MarkOrder::default`] and set what you need.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MarkOrder {
    /// The id of the mark. With an id, an order that is sent twice is one order. Without one, a new
    /// id is made.
    pub id: Option<MarkId>,
    /// The generation that the person looked at. If the host was changed since, the order is
    /// refused.
    pub seen: Option<Generation>,
    /// The mark is not offered before this time.
    pub not_before: Option<Timestamp>,
    /// How long the mark stands; [`crate::lease::Limits::mark_lifetime`] if it is not given.
    pub lifetime: Option<Duration>,
    /// The reason, for the audit.
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    pub change_ref: Option<String>,
}

/// The result of an order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Marked {
    /// The id of the mark.
    pub id: MarkId,
    /// Whether the mark was stored just now. Otherwise it existed before.
    pub created: bool,
    /// The lease of the host after the order.
    pub lease: Lease,
    /// What is probably wrong with the install that was ordered.
    pub warnings: Vec<HostWarning>,
}

/// What a person does to a lease, apart from marking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Cancels the mark: it cannot be claimed any more.
    Cancel,
    /// Gives up an install. The installer may still be running.
    Abandon,
    /// Closes the offer, so that the next boot gets a new script. The mark stays.
    Withdraw,
    /// Forbids installs.
    Hold,
    /// Allows installs again. It restores nothing.
    Release,
    /// Protects the host: its marks wait for a second person from now on.
    Protect,
    /// Ends the protection of the host.
    Unprotect,
}

impl Operation {
    /// Its name in the audit.
    const fn action(&self) -> &'static str {
        match self {
            Self::Cancel => "host.cancel",
            Self::Abandon => "host.abandon",
            Self::Withdraw => "host.withdraw",
            Self::Hold => "host.hold",
            Self::Release => "host.release",
            Self::Protect => "host.protect",
            Self::Unprotect => "host.unprotect",
        }
    }

    /// What happens to the lease.
    fn event(&self, by: String, at: Timestamp, reason: Option<String>) -> Event {
        match self {
            Self::Cancel => Event::Cancel,
            Self::Abandon => Event::Abandon,
            Self::Withdraw => Event::Withdraw,
            Self::Hold => Event::Hold(Hold { by, at, reason }),
            Self::Release => Event::Release,
            Self::Protect => Event::Protect(Box::new(Protection { by, at, reason })),
            Self::Unprotect => Event::Unprotect,
        }
    }
}

impl Orchestrator {
    /// Marks a host: orders an install.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] names the obstacle and the remedy. Templates or a script that
    /// would fail when the host boots already fail here.
    pub async fn mark(
        &self,
        caller: &Caller,
        host: &HostKey,
        order: MarkOrder,
    ) -> Result<Marked, OrchestratorError> {
        let resource = Some(host.resource());
        let grant = self.authorize_for::<MarkHosts>(caller, "host.mark", resource).await?;
        let see = grant.see();
        let known = self.known(&see, host).await?;
        let mark = self.order(&see, caller, &known, &order).await?;
        let warnings = self.try_out(&see, &mark.pin, known.id, Secrets::Open).await?;
        let id = mark.id;
        let used = self.parts.store.lookup_mark(&grant, id).await?;
        if used.is_some_and(|other| other != known.id) {
            return Err(OrchestratorError::Refused(format!("mark {id} is of another host")));
        }
        let transition = OperatorTransition {
            orchestrator: self,
            see,
            grant: grant.write(),
            key: HostKey::Id(known.id),
            reason: order.reason.clone(),
            change_ref: order.change_ref.clone(),
        };
        let mut decided = if used.is_some() {
            self.carry_out(&transition, &marking(&mark, &order, true), &caller.origin).await
        } else {
            self.mark_anew(caller, &transition, &known, &mark, &order).await
        };
        // The same order at the same time, or its own write that the store did not tell of: the
        // order that stands in the way is this one.
        if used.is_none()
            && in_the_way(&decided)
            && self.parts.store.lookup_mark(&grant, id).await? == Some(known.id)
        {
            let again = marking(&mark, &order, true);
            decided = self.carry_out(&transition, &again, &caller.origin).await;
        }
        let decided = decided?;
        let decided = self.done(decided, host, caller, &transition).await?;
        let created = decided.row.reply == Reply::Ok;
        Ok(Marked { id, created, lease: decided.lease, warnings })
    }

    /// Stores a new mark as the policies want it; again if another order has taken the last place
    /// of a limit meanwhile.
    async fn mark_anew(
        &self,
        caller: &Caller,
        transition: &OperatorTransition<'_>,
        host: &HostRecord,
        ordered: &Mark,
        order: &MarkOrder,
    ) -> Result<Option<Decided>, OrchestratorError> {
        for _ in 0..TRIES {
            let mut mark = ordered.clone();
            self.govern(caller, &transition.see, host, &mut mark, order).await?;
            let event = marking(&mark, order, false);
            match self.carry_out(transition, &event, &caller.origin).await {
                Err(OrchestratorError::Store(StoreError::Limited)) => {}
                decided => return decided,
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Does `operation`, and returns the lease after it.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] names the obstacle and the remedy;
    /// [`OrchestratorError::NothingToDo`] if there is nothing that the operation could end.
    pub async fn operate(
        &self,
        caller: &Caller,
        host: &HostKey,
        operation: &Operation,
        reason: Option<String>,
    ) -> Result<Lease, OrchestratorError> {
        let (see, grant) = self.may(caller, host, operation).await?;
        let known = self.known(&see, host).await?;
        let by = caller.actor().to_string();
        let event = operation.event(by, self.parts.clock.now(), reason.clone());
        let key = HostKey::Id(known.id);
        let transition =
            OperatorTransition { orchestrator: self, see, grant, key, reason, change_ref: None };
        let decided = self.carry_out(&transition, &event, &caller.origin).await?;
        Ok(self.done(decided, host, caller, &transition).await?.lease)
    }

    async fn may(
        &self,
        caller: &Caller,
        host: &HostKey,
        operation: &Operation,
    ) -> Result<(Granted<SeeHosts>, WriteGrant), OrchestratorError> {
        let (action, resource) = (operation.action(), Some(host.resource()));
        if matches!(operation, Operation::Release | Operation::Protect | Operation::Unprotect) {
            let grant = self.authorize_for::<ReleaseHolds>(caller, action, resource).await?;
            return Ok((grant.see(), grant.write()));
        }
        let grant = self.authorize_for::<MarkHosts>(caller, action, resource).await?;
        Ok((grant.see(), grant.write()))
    }

    /// The mark that an order makes: it pins the profile's version and the specification of now.
    async fn order(
        &self,
        see: &Granted<SeeHosts>,
        caller: &Caller,
        host: &HostRecord,
        order: &MarkOrder,
    ) -> Result<Mark, OrchestratorError> {
        let now = self.parts.clock.now();
        let made = || MarkId::generate(now, self.parts.random.as_ref());
        let lifetime = order.lifetime.unwrap_or(self.limits.mark_lifetime);
        let from = order.not_before.unwrap_or(now).max(now);
        Ok(Mark {
            id: order.id.unwrap_or_else(made),
            created_at: now,
            expires_at: Some(from.plus(lifetime)),
            not_before: order.not_before,
            pin: self.pin(see, host.id, &host.spec).await?,
            by: caller.actor().to_string(),
            ordered_by: Some(Box::new(caller.actor().clone())),
            reason: order.reason.clone(),
            change_ref: order.change_ref.clone(),
            approval: Approval::Unneeded,
            counts: Vec::new(),
            other: std::collections::BTreeMap::new(),
        })
    }

    pub(super) async fn pin(
        &self,
        see: &Granted<SeeHosts>,
        host: HostId,
        spec: &HostSpec,
    ) -> Result<Pin, OrchestratorError> {
        let profile = profile_of(spec)?;
        let version = self.parts.store.current_profile(see, profile).await?;
        let version = version.ok_or_else(|| no_version(spec, profile))?;
        let defaults = self.parts.store.list_defaults(see, Some(profile)).await?;
        self.pin_to(&version, &defaults, host, spec).await
    }

    /// The same with a version and the defaults of its profile.
    pub(super) async fn pin_to(
        &self,
        version: &ProfileVersion,
        defaults: &[Defaults],
        host: HostId,
        spec: &HostSpec,
    ) -> Result<Pin, OrchestratorError> {
        let spec = self.completed(version, defaults, spec, host).await?;
        resolved(version, &spec)?;
        Ok(Pin { profile: version.profile().name.clone(), version: version.digest(), spec })
    }

    pub(super) async fn known(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<HostRecord, OrchestratorError> {
        let found = self.parts.store.lookup_host(grant, key).await?;
        found.ok_or_else(|| no_such(key))
    }

    /// What was decided, unless the table refused it; a refusal leaves an audit entry.
    pub(super) async fn done(
        &self,
        decided: Option<Decided>,
        key: &HostKey,
        caller: &Caller,
        transition: &OperatorTransition<'_>,
    ) -> Result<Decided, OrchestratorError> {
        let decided = decided.ok_or_else(|| no_such(key))?;
        let refused = matches!(decided.row.reply, Reply::Conflict | Reply::Nothing);
        if !refused {
            return Ok(decided);
        }
        let mut entry = self.entry(caller, action(decided.row));
        entry.outcome = AuditOutcome::Refused;
        entry.host = Some(decided.host.id);
        entry.host_name = Some(decided.host.spec.name.clone());
        entry.generation = Some(decided.host.lease.generation);
        transition.audit(&mut entry);
        self.append(&[entry]).await?;
        let suspended = self.suspended().filter(|_| is_instead(decided.row));
        let why = suspended.map_or_else(|| remedy(&decided), |why| why.to_string());
        Err(match decided.row.reply {
            Reply::Nothing => OrchestratorError::NothingToDo(why),
            _ => OrchestratorError::Refused(why),
        })
    }
}

/// The profile with which the host is to be installed.
pub(super) fn profile_of(spec: &HostSpec) -> Result<&ProfileName, OrchestratorError> {
    spec.profile.as_ref().ok_or_else(|| {
        let name = &spec.name;
        let text = format!("host {name} has no profile: set one, then mark it");
        OrchestratorError::Invalid(text)
    })
}

pub(super) fn no_version(spec: &HostSpec, profile: &ProfileName) -> OrchestratorError {
    let name = &spec.name;
    let text = format!("host {name} has the profile {profile}, which is not there");
    OrchestratorError::Invalid(text)
}

/// So often an order that lost the last place of a limit is looked at again.
const TRIES: u32 = 5;

fn marking(mark: &Mark, order: &MarkOrder, known: bool) -> Event {
    Event::Mark { mark: Box::new(mark.clone()), seen: order.seen, known }
}

/// Whether an order was not stored, perhaps because another one exists already.
const fn in_the_way(decided: &Result<Option<Decided>, OrchestratorError>) -> bool {
    match decided {
        Ok(Some(decided)) => matches!(decided.row.reply, Reply::Conflict),
        Ok(None) => false,
        Err(error) => matches!(
            error,
            OrchestratorError::Store(
                StoreError::AlreadyExists(_) | StoreError::Conflict | StoreError::OutcomeUnknown(_)
            )
        ),
    }
}

fn no_such(key: &HostKey) -> OrchestratorError {
    OrchestratorError::NoSuchHost(match key {
        HostKey::Id(id) => id.to_string(),
        HostKey::Name(name) => name.to_string(),
    })
}

/// The obstacle, and the remedy.
fn remedy(decided: &Decided) -> String {
    use crate::lease::EventKind;
    let name = &decided.host.spec.name;
    let phase = decided.lease.phase();
    match (decided.row.event, phase) {
        (EventKind::Mark, Phase::Marked | Phase::Offered) => {
            format!("host {name} is {phase} already: cancel that mark first")
        }
        (EventKind::Mark, Phase::Installing) => {
            format!("host {name} is installing: wait for its end, or abandon it")
        }
        (EventKind::Mark, Phase::Held) => format!("host {name} is held: release it first"),
        (EventKind::Mark, Phase::Idle) => {
            format!("host {name} was changed since it was looked at: look again")
        }
        (EventKind::Cancel, Phase::Installing) => {
            format!("host {name} has claimed its install: it can only be abandoned")
        }
        (EventKind::Approve, _) => approvals::remedy(&decided.lease, name),
        (EventKind::Reject, _) => format!("host {name} has no such mark that waits for approval"),
        (EventKind::Protect, _) => format!("host {name} is protected already"),
        (EventKind::Unprotect, _) => format!("host {name} is not protected"),
        (_, _) => format!("host {name} is {}: there is nothing to do", decided.lease.status()),
    }
}

pub(super) struct OperatorTransition<'a> {
    pub(super) orchestrator: &'a Orchestrator,
    pub(super) see: Granted<SeeHosts>,
    pub(super) grant: WriteGrant,
    pub(super) key: HostKey,
    pub(super) reason: Option<String>,
    pub(super) change_ref: Option<String>,
}

#[async_trait]
impl Transition for OperatorTransition<'_> {
    async fn load(&self) -> Result<Option<Loaded>, StoreError> {
        let host = self.orchestrator.parts.store.lookup_host(&self.see, &self.key).await?;
        Ok(host.map(|host| Loaded { host, earlier: None, grant: self.grant.clone() }))
    }

    fn audit(&self, entry: &mut AuditEntry) {
        entry.reason.clone_from(&self.reason);
        entry.change_ref.clone_from(&self.change_ref);
    }
}
