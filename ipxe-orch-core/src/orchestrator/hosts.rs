//! Hosts are registered and edited: many at once, all or none.

use super::{Caller, Orchestrator, OrchestratorError, variables::Secrets};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{ChangeHosts, Granted},
    host::{HostSpec, problems},
    ids::{Generation, HostId, ImageGeneration, KeyId, MarkId},
    lease::Mark,
    names::HostName,
    stores::{HostKey, HostRecord, PutHost, StoreError},
};

/// A host as somebody wants it to be; known ones are found by their name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostInput {
    /// What it is.
    pub spec: HostSpec,
    /// Whether the first boot of a new host installs; a known host is never marked so.
    pub install_first: bool,
    /// The id of an image made without a database.
    pub id: Option<HostId>,
    /// The generation of that image.
    pub image_generation: ImageGeneration,
    /// The key of that image.
    pub image_key: Option<KeyId>,
    /// The generation that was looked at: an edit of a host that was changed since is refused.
    pub seen: Option<Generation>,
}

impl HostInput {
    /// A host whose image is not made yet.
    pub fn new(spec: HostSpec, install_first: bool) -> Self {
        let image_generation = ImageGeneration::default();
        Self { spec, install_first, id: None, image_generation, image_key: None, seen: None }
    }

    /// The known host, to become `spec`.
    pub fn edit(known: &HostRecord, spec: HostSpec) -> Self {
        Self { seen: Some(known.lease.generation), ..Self::new(spec, false) }
    }
}

/// What an import does to one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostChange {
    /// It is new.
    Created,
    /// It is known, and becomes another.
    Edited,
    /// It is known, and as wanted.
    Unchanged,
}

/// A planned import: look at it, then [`Orchestrator::import`] it.
#[derive(Clone, Debug)]
pub struct Import {
    puts: Vec<PutHost>,
    changes: Vec<(HostName, HostChange)>,
    reason: Option<String>,
}

impl Import {
    /// What it does to each host, in the order of the input.
    pub fn changes(&self) -> &[(HostName, HostChange)] {
        &self.changes
    }

    /// The hosts that would be installed at their next boot.
    pub fn installs(&self) -> impl Iterator<Item = &HostName> {
        self.puts.iter().filter_map(|put| match put {
            PutHost::Create { spec, mark: Some(_), .. } => Some(&spec.name),
            _ => None,
        })
    }

    /// With this reason in the audit.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    fn count(&self, change: HostChange) -> usize {
        self.changes.iter().filter(|(_, other)| *other == change).count()
    }

    /// The host that it edits, for messages.
    fn edited_name(&self) -> String {
        let edited = |(_, change): &&(HostName, HostChange)| *change == HostChange::Edited;
        let mut names = self.changes.iter().filter(edited).map(|(name, _)| name);
        match (names.next(), names.next()) {
            (Some(name), None) => format!("host {name}"),
            _ => "one of the hosts".to_owned(),
        }
    }

    /// How many hosts it creates.
    pub fn created(&self) -> usize {
        self.count(HostChange::Created)
    }

    /// How many hosts it edits.
    pub fn edited(&self) -> usize {
        self.count(HostChange::Edited)
    }

    /// How many hosts are as wanted.
    pub fn unchanged(&self) -> usize {
        self.count(HostChange::Unchanged)
    }
}

/// Several as one, done together; reasons are given afterwards.
impl FromIterator<Self> for Import {
    fn from_iter<I: IntoIterator<Item = Self>>(imports: I) -> Self {
        let mut all = Self { puts: Vec::new(), changes: Vec::new(), reason: None };
        for import in imports {
            all.puts.extend(import.puts);
            all.changes.extend(import.changes);
        }
        all
    }
}

impl Orchestrator {
    /// Finds out what an import would do; changes nothing.
    ///
    /// # Errors
    /// [`OrchestratorError::Invalid`] for a specification that contradicts itself, an id that
    /// belongs to another name, or a first boot that could not install;
    /// [`OrchestratorError::Changed`] if a host is not as it was looked at.
    pub async fn plan_import(
        &self,
        caller: &Caller,
        inputs: &[HostInput],
    ) -> Result<Import, OrchestratorError> {
        let grant = self.authorize::<ChangeHosts>(caller, "hosts.import").await?;
        let mut import = Import { puts: Vec::new(), changes: Vec::new(), reason: None };
        for input in inputs {
            let (put, change) = self.plan(&grant, caller, input).await?;
            import.changes.push((input.spec.name.clone(), change));
            import.puts.extend(put);
        }
        Ok(import)
    }

    /// Does what was planned, all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] names what is taken; [`OrchestratorError::Changed`] if a host
    /// was changed since it was planned; [`OrchestratorError::Refused`] if it marks hosts while
    /// installs are suspended, which leaves an audit entry.
    pub async fn import(&self, caller: &Caller, import: &Import) -> Result<(), OrchestratorError> {
        let grant = self.authorize::<ChangeHosts>(caller, "hosts.import").await?;
        let entry = |put: &PutHost| {
            let mut entry = self.put_entry(caller, put);
            entry.reason.clone_from(&import.reason);
            (put.clone(), entry)
        };
        let puts: Vec<_> = import.puts.iter().map(entry).collect();
        if import.installs().next().is_some()
            && let Some(why) = self.suspended()
        {
            self.audit_refused(caller, import).await?;
            return Err(OrchestratorError::Refused(why.to_string()));
        }
        match self.put(&grant, &puts).await {
            Err(OrchestratorError::Store(StoreError::Conflict)) => {
                Err(OrchestratorError::Changed(import.edited_name()))
            }
            other => other,
        }
    }

    /// One entry for all of it.
    async fn audit_refused(&self, caller: &Caller, import: &Import) -> Result<(), StoreError> {
        let mut entry = self.entry(caller, "hosts.import");
        entry.outcome = AuditOutcome::Refused;
        entry.reason.clone_from(&import.reason);
        let (hosts, installs) = (import.puts.len(), import.installs().count());
        entry.detail = Some(format!("hosts: {hosts}, to install: {installs}"));
        self.parts.store.append_audit(&entry).await
    }

    pub(super) async fn put(
        &self,
        grant: &Granted<ChangeHosts>,
        puts: &[(PutHost, AuditEntry)],
    ) -> Result<(), OrchestratorError> {
        let epoch = self.epoch().await?;
        let done = self.parts.store.put_hosts(grant, epoch, puts).await;
        if matches!(done, Err(StoreError::Conflict)) {
            self.forget_epoch();
        }
        Ok(done?)
    }

    async fn plan(
        &self,
        grant: &Granted<ChangeHosts>,
        caller: &Caller,
        input: &HostInput,
    ) -> Result<(Option<PutHost>, HostChange), OrchestratorError> {
        let name = &input.spec.name;
        let wrong: Vec<_> = problems(&input.spec).iter().map(ToString::to_string).collect();
        if !wrong.is_empty() {
            let text = format!("host {name}: {}", wrong.join("; "));
            return Err(OrchestratorError::Invalid(text));
        }
        self.refuse_plain_secrets(&input.spec).await?;
        let key = HostKey::Name(name.clone());
        let known = self.parts.store.lookup_host(&grant.see(), &key).await?;
        match known {
            Some(known) => edit(&known, input),
            None => Ok((Some(self.create(caller, input).await?), HostChange::Created)),
        }
    }

    async fn create(
        &self,
        caller: &Caller,
        input: &HostInput,
    ) -> Result<PutHost, OrchestratorError> {
        let now = self.parts.clock.now();
        let random = self.parts.random.as_ref();
        let id = input.id.unwrap_or_else(|| HostId::generate(now, random));
        let mark = if input.install_first {
            let pin = self.pin(id, &input.spec).await?;
            self.try_out(&pin, id, Secrets::Masked).await?;
            Some(Box::new(Mark {
                id: MarkId::generate(now, random),
                created_at: now,
                expires_at: None,
                not_before: None,
                pin,
                by: caller.actor.to_string(),
                reason: Some("first boot".to_owned()),
                change_ref: None,
                approval: None,
            }))
        } else {
            None
        };
        Ok(PutHost::Create {
            id,
            spec: input.spec.clone(),
            image_generation: input.image_generation,
            image_key: input.image_key,
            mark,
        })
    }

    pub(super) fn put_entry(&self, caller: &Caller, put: &PutHost) -> AuditEntry {
        let action = match put {
            PutHost::Create { .. } => "host.create",
            PutHost::Edit { .. } => "host.edit",
            PutHost::Remove { .. } => "host.remove",
        };
        let mut entry = self.entry(caller, action);
        entry.host = Some(put.id());
        entry.host_name = put.spec().map(|spec| spec.name.clone());
        entry.digest = put.spec().map(HostSpec::digest);
        match put {
            PutHost::Create { mark, .. } => entry.mark = mark.as_ref().map(|mark| mark.id),
            PutHost::Edit { generation, .. } | PutHost::Remove { generation, .. } => {
                entry.generation = Some(*generation);
            }
        }
        entry
    }
}

fn edit(
    known: &HostRecord,
    input: &HostInput,
) -> Result<(Option<PutHost>, HostChange), OrchestratorError> {
    if input.id.is_some_and(|id| id != known.id) {
        let text = format!("host {} is known with another id: {}", known.spec.name, known.id);
        return Err(OrchestratorError::Invalid(text));
    }
    if input.seen.is_some_and(|seen| seen != known.lease.generation) {
        return Err(OrchestratorError::Changed(format!("host {}", known.spec.name)));
    }
    if known.spec == input.spec {
        return Ok((None, HostChange::Unchanged));
    }
    let (id, generation, spec) = (known.id, known.lease.generation, input.spec.clone());
    Ok((Some(PutHost::Edit { id, generation, spec }), HostChange::Edited))
}
