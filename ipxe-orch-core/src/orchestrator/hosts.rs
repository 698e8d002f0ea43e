//! Registering and changing hosts: many at once, all or none.

use super::{
    Caller, HostChange, HostInput, HostWarning, Import, Orchestrator, OrchestratorError,
    image_keys::{enrolled, image_change},
    operate::{no_version, profile_of},
    planning::Planning,
    variables::Secrets,
    warning::spec_warnings,
};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{ChangeHosts, Granted, HostRef, MarkHosts, SeeHosts},
    host::{FieldChange, HostSpec, problems},
    ids::{HostId, MarkId},
    lease::{Approval, Mark},
    policy::Violation,
    stores::{HostRecord, PutGrant, PutHost, StoreError},
};

const ACTION: &str = "hosts.import";

impl Orchestrator {
    /// Plans an import, and changes nothing.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] also without the permission to mark, if a first boot is to
    /// install. [`OrchestratorError::Invalid`] for a specification that contradicts itself, for an
    /// id that belongs to another name, and for a first boot that could not install.
    /// [`OrchestratorError::NoSuchProfile`] for a new profile that is not stored.
    /// [`OrchestratorError::Changed`] if somebody changed a host since the person looked at it.
    pub async fn plan_import(
        &self,
        caller: &Caller,
        inputs: &[HostInput],
    ) -> Result<Import, OrchestratorError> {
        self.plan_each(caller, inputs).await?.into_iter().collect()
    }

    /// The same for each host by itself, with the error of each that cannot be imported as wanted.
    ///
    /// # Errors
    /// What concerns more than one host, such as [`OrchestratorError::Denied`].
    pub async fn plan_each(
        &self,
        caller: &Caller,
        inputs: &[HostInput],
    ) -> Result<Vec<Result<Import, OrchestratorError>>, OrchestratorError> {
        let see = self.authorize::<ChangeHosts>(caller, ACTION).await?.see();
        let mut planning = Planning::new(self, see, inputs).await?;
        let mut plans = Vec::with_capacity(inputs.len());
        for input in inputs {
            match self.plan(&mut planning, caller, input).await {
                Err(error) if !error.is_of_one_host() => return Err(error),
                plan => plans.push(plan),
            }
        }
        let puts = plans.iter().flatten().flat_map(|import| &import.puts);
        let armed: Vec<_> = puts.filter_map(armed).collect();
        if !armed.is_empty() {
            self.may_arm(caller, &armed).await?;
        }
        Ok(plans)
    }

    /// The permission to mark, for these new hosts.
    async fn may_arm(
        &self,
        caller: &Caller,
        hosts: &[HostRef<'_>],
    ) -> Result<Granted<MarkHosts>, OrchestratorError> {
        let grant = self.authorize::<MarkHosts>(caller, ACTION).await?;
        let beyond = hosts.iter().filter(|host| !grant.covers(**host)).count();
        if beyond == 0 {
            return Ok(grant);
        }
        let who = caller.actor();
        let text =
            format!("{who} may not mark {beyond} of the new hosts, whose first boot installs");
        self.deny(self.entry(caller, ACTION), text).await
    }

    /// Carries out a plan: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] names what is taken. [`OrchestratorError::Changed`] if a host
    /// was changed since the plan was made. [`OrchestratorError::Refused`], with an audit entry, if
    /// it marks hosts while installs are suspended.
    pub async fn import(&self, caller: &Caller, import: &Import) -> Result<(), OrchestratorError> {
        let change = self.authorize::<ChangeHosts>(caller, ACTION).await?;
        let armed: Vec<_> = import.puts.iter().filter_map(armed).collect();
        let mark = if armed.is_empty() { None } else { Some(self.may_arm(caller, &armed).await?) };
        self.check_governed(&change.see(), caller, import).await?;
        let grant = PutGrant::new(change, mark);
        let puts = self.put_entries(caller, import);
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
            Err(OrchestratorError::Store(StoreError::Limited)) => Err(governed_otherwise()),
            other => other,
        }
    }

    /// The first installs are as the policies want them, also if these were changed after the plan.
    async fn check_governed(
        &self,
        see: &Granted<SeeHosts>,
        caller: &Caller,
        import: &Import,
    ) -> Result<(), OrchestratorError> {
        let marked = |put| match put {
            &PutHost::Create { id, ref spec, mark: Some(ref mark), .. } => Some((id, spec, mark)),
            _ => None,
        };
        let marked: Vec<_> = import.puts.iter().filter_map(marked).collect();
        if marked.is_empty() {
            return Ok(());
        }
        let mut governing = self.governing(see).await?;
        let (reason, change_ref) = (import.reason.as_deref(), import.change_ref.as_deref());
        for (id, spec, planned) in marked {
            let host = new_host(id, spec);
            let mut mark = planned.clone();
            let governed = governing
                .check(host, reason, change_ref)
                .and_then(|()| governing.apply(&mut mark, host, false, None));
            if let Err(violation) = governed {
                self.audit_refused(caller, import).await?;
                return Err(refused(spec, &violation));
            }
            if mark != *planned {
                return Err(governed_otherwise());
            }
        }
        Ok(())
    }

    /// Each host with its audit entry, which tells what is changed.
    fn put_entries(&self, caller: &Caller, import: &Import) -> Vec<(PutHost, AuditEntry)> {
        let edits = import.changes.iter().filter(|(_, change)| *change != HostChange::Unchanged);
        let entry = |(put, (_, change)): (&PutHost, &(_, HostChange))| {
            let mut entry = self.put_entry(caller, put);
            entry.reason.clone_from(&import.reason);
            entry.change_ref.clone_from(&import.change_ref);
            if let HostChange::Edited(changes) = change {
                entry.detail = Some(told(changes));
            }
            (put.clone(), entry)
        };
        import.puts.iter().zip(edits).map(entry).collect()
    }

    /// One entry for all of it.
    async fn audit_refused(&self, caller: &Caller, import: &Import) -> Result<(), StoreError> {
        let mut entry = self.entry(caller, ACTION);
        entry.outcome = AuditOutcome::Refused;
        entry.reason.clone_from(&import.reason);
        let (hosts, installs) = (import.puts.len(), import.installs().count());
        entry.detail = Some(format!("hosts: {hosts}, to install: {installs}"));
        self.append(&[entry]).await
    }

    pub(super) async fn put(
        &self,
        grant: &PutGrant,
        puts: &[(PutHost, AuditEntry)],
    ) -> Result<(), OrchestratorError> {
        let epoch = self.epoch().await?;
        let done = self.parts.store.put_hosts(grant, epoch, puts).await;
        if matches!(done, Err(StoreError::Conflict)) {
            self.forget_epoch();
        }
        Ok(done?)
    }

    /// Plans one host.
    async fn plan(
        &self,
        planning: &mut Planning,
        caller: &Caller,
        input: &HostInput,
    ) -> Result<Import, OrchestratorError> {
        let (name, mut import) = (&input.spec.name, Import::empty());
        let wrong: Vec<_> = problems(&input.spec).iter().map(ToString::to_string).collect();
        if !wrong.is_empty() {
            let text = format!("host {name}: {}", wrong.join("; "));
            return Err(OrchestratorError::Invalid(text));
        }
        planning.refuse_plain_secrets(self, &input.spec).await?;
        let known = planning.known(input);
        planning.refuse_unknown_profile(self, known.as_deref(), &input.spec).await?;
        let (put, change) = if let Some(known) = known {
            edit(&known, input)?
        } else {
            let (put, warnings) = self.create(planning, caller, input).await?;
            import.warnings.extend(warnings.into_iter().map(|warning| (name.clone(), warning)));
            (Some(put), HostChange::Created)
        };
        if change != HostChange::Unchanged {
            let warnings = spec_warnings(&input.spec).into_iter();
            import.warnings.extend(warnings.map(|warning| (name.clone(), warning)));
        }
        import.changes.push((name.clone(), change));
        import.puts.extend(put);
        Ok(import)
    }

    async fn create(
        &self,
        planning: &mut Planning,
        caller: &Caller,
        input: &HostInput,
    ) -> Result<(PutHost, Vec<HostWarning>), OrchestratorError> {
        let (now, random) = (self.parts.clock.now(), self.parts.random.as_ref());
        let id = input.id.unwrap_or_else(|| HostId::generate(now, random));
        let (mark, warnings) = if input.install_first {
            let (mark, warnings) = self.first_mark(planning, caller, id, &input.spec).await?;
            (Some(Box::new(mark)), warnings)
        } else {
            (None, Vec::new())
        };
        // Without a key, an image is made with the active one: no other key proves this host.
        let image_key = match input.image_key {
            None => self.active_image_key().await?,
            given => given,
        };
        let (spec, image_generation) = (input.spec.clone(), input.image_generation);
        let put = PutHost::Create { id, spec, image_generation, image_key, mark };
        Ok((put, warnings))
    }

    /// The mark with which a new host is registered, if its first boot installs.
    async fn first_mark(
        &self,
        planning: &mut Planning,
        caller: &Caller,
        host: HostId,
        spec: &HostSpec,
    ) -> Result<(Mark, Vec<HostWarning>), OrchestratorError> {
        let profile = profile_of(spec)?;
        let version = planning.profile(self, profile).await?;
        let version = version.ok_or_else(|| no_version(spec, profile))?;
        let defaults = planning.defaults(self, profile).await?;
        let pin = self.pin_to(&version, &defaults, host, spec).await?;
        let warnings = self.try_out_with(&version, &pin, host, Secrets::Masked).await?;
        let (now, random) = (self.parts.clock.now(), self.parts.random.as_ref());
        let mut mark = Mark {
            id: MarkId::generate(now, random),
            created_at: now,
            expires_at: None,
            not_before: None,
            pin,
            by: caller.actor().to_string(),
            ordered_by: Some(Box::new(caller.actor().clone())),
            reason: Some("first boot".to_owned()),
            change_ref: None,
            approval: Approval::Unneeded,
            counts: Vec::new(),
            other: std::collections::BTreeMap::new(),
        };
        let new = new_host(host, spec);
        let governing = planning.governing(self).await?;
        governing
            .apply(&mut mark, new, false, None)
            .map_err(|violation| refused(spec, &violation))?;
        Ok((mark, warnings))
    }

    pub(super) fn put_entry(&self, caller: &Caller, put: &PutHost) -> AuditEntry {
        let action = match put {
            PutHost::Create { .. } => "host.create",
            PutHost::Edit { .. } | PutHost::Enrol { .. } => "host.edit",
            PutHost::RotateImage { .. } => "image.rotate",
            PutHost::RevokeImages { .. } => "image.revoke",
            PutHost::Remove { .. } => "host.remove",
        };
        let mut entry = self.entry(caller, action);
        entry.host = Some(put.id());
        entry.host_name = put.spec().map(|spec| spec.name.clone());
        entry.digest = put.spec().map(HostSpec::digest);
        entry.generation = put.generation();
        if let PutHost::Create { mark, .. } = put {
            entry.mark = mark.as_ref().map(|mark| mark.id);
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
    let (id, generation, mut spec) = (known.id, known.lease.generation, input.spec.clone());
    spec.keep_other(&known.spec);
    let mut changes = known.spec.changes_to(&spec);
    if let Some(image_key) = enrolled(known, input)? {
        changes.push(image_change(known, input.image_generation, image_key));
        let image_generation = input.image_generation;
        let put = PutHost::Enrol { id, generation, spec, image_generation, image_key };
        return Ok((Some(put), HostChange::Edited(changes)));
    }
    if known.spec == spec {
        return Ok((None, HostChange::Unchanged));
    }
    Ok((Some(PutHost::Edit { id, generation, spec }), HostChange::Edited(changes)))
}

/// The new host, if it gets a mark.
const fn armed(put: &PutHost) -> Option<HostRef<'_>> {
    match put {
        PutHost::Create { id, spec, mark: Some(_), .. } => Some(new_host(*id, spec)),
        _ => None,
    }
}

const fn new_host(id: HostId, spec: &HostSpec) -> HostRef<'_> {
    HostRef { id, site: spec.site.as_ref(), labels: &spec.labels, attempt: None }
}

fn refused(spec: &HostSpec, violation: &Violation) -> OrchestratorError {
    OrchestratorError::Refused(format!("host {}: {violation}", spec.name))
}

/// Others armed installs or changed policies meanwhile: more or fewer would wait than the person saw.
fn governed_otherwise() -> OrchestratorError {
    OrchestratorError::Changed("what the policies allow".to_owned())
}

/// So many changes of one host are told in its audit entry.
const TOLD: usize = 50;

fn told(changes: &[FieldChange]) -> String {
    let mut told: Vec<_> = changes.iter().take(TOLD).map(ToString::to_string).collect();
    if changes.len() > TOLD {
        told.push(format!("and {} more", changes.len().saturating_sub(TOLD)));
    }
    told.join("; ")
}
