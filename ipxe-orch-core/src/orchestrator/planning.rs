//! What planning many hosts looks at: read once for all of them.

use super::{HostInput, Orchestrator, OrchestratorError, governing::Governing};
use crate::{
    auth::{Granted, SeeHosts},
    host::{HostSpec, SECRET},
    ids::HostId,
    names::{HostName, ProfileName},
    profile::{Defaults, ProfileVersion, plain_secret},
    stores::{HostRecord, StoreError},
};
use std::{collections::HashMap, sync::Arc};

/// The hosts that inputs mean, and the profiles that they name.
pub(super) struct Planning {
    pub(super) see: Granted<SeeHosts>,
    by_id: HashMap<HostId, Arc<HostRecord>>,
    by_name: HashMap<HostName, Arc<HostRecord>>,
    profiles: HashMap<ProfileName, Option<Arc<ProfileVersion>>>,
    defaults: HashMap<ProfileName, Arc<Vec<Defaults>>>,
    governing: Option<Governing>,
}

impl Planning {
    /// For these inputs.
    pub(super) async fn new(
        orchestrator: &Orchestrator,
        see: Granted<SeeHosts>,
        inputs: &[HostInput],
    ) -> Result<Self, StoreError> {
        let ids: Vec<HostId> = inputs.iter().filter_map(|input| input.id).collect();
        // By their names alone: what else they have may belong to others.
        let name = |input: &HostInput| HostSpec::new(input.spec.name.clone(), Vec::new());
        let names: Vec<_> = inputs.iter().map(name).collect();
        let known = orchestrator.parts.store.lookup_clashing(&see, &ids, &names).await?;
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
        for host in known.into_iter().map(Arc::new) {
            by_name.insert(host.spec.name.clone(), host.clone());
            by_id.insert(host.id, host);
        }
        let (profiles, defaults) = (HashMap::new(), HashMap::new());
        Ok(Self { see, by_id, by_name, profiles, defaults, governing: None })
    }

    /// The policies, with the places that the hosts before this one take.
    pub(super) async fn governing(
        &mut self,
        orchestrator: &Orchestrator,
    ) -> Result<&mut Governing, StoreError> {
        let governing = match self.governing.take() {
            Some(governing) => governing,
            None => orchestrator.governing(&self.see).await?,
        };
        Ok(self.governing.insert(governing))
    }

    /// The known host that is meant: by its id, where that is known, else by its name.
    pub(super) fn known(&self, input: &HostInput) -> Option<Arc<HostRecord>> {
        let by_id = input.id.and_then(|id| self.by_id.get(&id));
        by_id.or_else(|| self.by_name.get(&input.spec.name)).cloned()
    }

    /// The current version of a profile, if there is one.
    pub(super) async fn profile(
        &mut self,
        orchestrator: &Orchestrator,
        name: &ProfileName,
    ) -> Result<Option<Arc<ProfileVersion>>, StoreError> {
        if let Some(version) = self.profiles.get(name) {
            return Ok(version.clone());
        }
        let version = orchestrator.parts.store.current_profile(&self.see, name).await?;
        let version = version.map(Arc::new);
        self.profiles.insert(name.clone(), version.clone());
        Ok(version)
    }

    /// The defaults of a profile.
    pub(super) async fn defaults(
        &mut self,
        orchestrator: &Orchestrator,
        profile: &ProfileName,
    ) -> Result<Arc<Vec<Defaults>>, StoreError> {
        if let Some(defaults) = self.defaults.get(profile) {
            return Ok(defaults.clone());
        }
        let defaults = orchestrator.parts.store.list_defaults(&self.see, Some(profile)).await?;
        let defaults = Arc::new(defaults);
        self.defaults.insert(profile.clone(), defaults.clone());
        Ok(defaults)
    }

    /// A profile is stored before a host gets it. A host that has it keeps it through other edits.
    pub(super) async fn refuse_unknown_profile(
        &mut self,
        orchestrator: &Orchestrator,
        known: Option<&HostRecord>,
        spec: &HostSpec,
    ) -> Result<(), OrchestratorError> {
        let before = known.and_then(|known| known.spec.profile.as_ref());
        let Some(profile) = spec.profile.as_ref().filter(|wanted| before != Some(*wanted)) else {
            return Ok(());
        };
        match self.profile(orchestrator, profile).await? {
            Some(_) => Ok(()),
            None => Err(OrchestratorError::NoSuchProfile(profile.clone())),
        }
    }

    /// Refuses a specification that keeps a secret of its profile in plain text.
    pub(super) async fn refuse_plain_secrets(
        &mut self,
        orchestrator: &Orchestrator,
        spec: &HostSpec,
    ) -> Result<(), OrchestratorError> {
        let host = &spec.name;
        if let Some((name, _)) = spec.values.iter().find(|(_, value)| value.as_str() == SECRET) {
            let text = format!(
                "host {host}: the variable `{name}` cannot be `{SECRET}`, which stands for a secret: set it as a secret"
            );
            return Err(OrchestratorError::Invalid(text));
        }
        let Some(profile) = spec.profile.as_ref().filter(|_| !spec.values.is_empty()) else {
            return Ok(());
        };
        let Some(version) = self.profile(orchestrator, profile).await? else { return Ok(()) };
        let Some(name) = plain_secret(&version.profile().variables, &spec.values) else {
            return Ok(());
        };
        let text = format!(
            "host {host}: the variable `{name}` is secret: set it as a secret, so that it is sealed"
        );
        Err(OrchestratorError::Invalid(text))
    }
}
