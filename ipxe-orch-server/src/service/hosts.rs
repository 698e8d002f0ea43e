//! One host is edited.

use ipxe_orch_core::{
    auth::ChangeHosts,
    host::{FieldChange, HostSpec},
    names::VariableName,
    orchestrator::{Caller, HostChange, HostInput, Import, Orchestrator, OrchestratorError},
    stores::{HostKey, HostRecord},
};
use std::sync::Arc;
use zeroize::Zeroizing;

const ACTION: &str = "host.edit";

/// How often a host is read again if somebody else changes it at the same time.
const TRIES: u32 = 3;

/// Edits hosts.
#[derive(Clone)]
pub struct HostService {
    orchestrator: Arc<Orchestrator>,
}

/// An edited host.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EditedHost {
    /// The host before.
    pub before: HostRecord,
    /// Its specification now.
    pub spec: HostSpec,
    /// What has changed; nothing if the host was as wanted before. Secrets are masked.
    pub changes: Vec<FieldChange>,
}

/// Secrets for variables of a host, as they are.
pub type HostSecrets = Vec<(VariableName, Zeroizing<String>)>;

impl HostService {
    /// For the hosts of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator }
    }

    /// Reads a host, changes its specification with `edit`, seals `secrets` for it and stores it:
    /// all of it in one step. If somebody else changes the host at the same time, it begins again,
    /// so that no change is lost.
    ///
    /// # Errors
    /// What `edit` returns; denied; [`OrchestratorError::NoSuchProfile`] for a profile that is not
    /// stored; [`OrchestratorError::Invalid`] for a host that contradicts itself;
    /// [`OrchestratorError::Changed`] if others changed the host again and again.
    pub async fn edit<E: From<OrchestratorError>>(
        &self,
        caller: &Caller,
        host: &HostKey,
        secrets: &HostSecrets,
        edit: impl Fn(&mut HostSpec) -> Result<(), E>,
    ) -> Result<EditedHost, E> {
        self.orchestrator.authorize::<ChangeHosts>(caller, ACTION).await?;
        for _ in 0..TRIES {
            let before = self.orchestrator.host(caller, host).await?;
            let mut spec = before.spec.clone();
            edit(&mut spec)?;
            self.seal(caller, &before, &mut spec, secrets).await?;
            match self.store(caller, &before, &spec).await {
                Ok(plan) => return Ok(EditedHost { before, spec, changes: changes(&plan) }),
                Err(OrchestratorError::Changed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let host = match host {
            HostKey::Name(name) => name.to_string(),
            HostKey::Id(id) => id.to_string(),
        };
        Err(OrchestratorError::Changed(format!("host {host}")).into())
    }

    /// Puts the secrets into the specification, sealed for this host.
    async fn seal(
        &self,
        caller: &Caller,
        before: &HostRecord,
        spec: &mut HostSpec,
        secrets: &HostSecrets,
    ) -> Result<(), OrchestratorError> {
        for (variable, secret) in secrets {
            let host = HostRecord { spec: spec.clone(), ..before.clone() };
            let sealed = self.orchestrator.seal_value(caller, &host, variable, secret).await?;
            spec.values.insert(variable.clone(), sealed);
        }
        Ok(())
    }

    async fn store(
        &self,
        caller: &Caller,
        before: &HostRecord,
        spec: &HostSpec,
    ) -> Result<Import, OrchestratorError> {
        let input = HostInput::edit(before, spec.clone());
        let plan = self.orchestrator.plan_import(caller, &[input]).await?;
        self.orchestrator.import(caller, &plan).await?;
        Ok(plan)
    }
}

fn changes(plan: &Import) -> Vec<FieldChange> {
    let edited = |(_, change): &(_, HostChange)| match change {
        HostChange::Edited(changes) => changes.clone(),
        _ => Vec::new(),
    };
    plan.changes().iter().flat_map(edited).collect()
}
